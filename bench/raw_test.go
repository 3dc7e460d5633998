package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

func TestRawCasesCoverWhatIsSaid(t *testing.T) {
	seen := map[string]int{}
	for _, c := range rawCases() {
		seen[c.wire.String()]++
		if c.requests <= 0 || c.name == "" {
			t.Errorf("%+v", c)
		}
		if (c.kind == fromServer) != (c.mode() == "hold") {
			t.Errorf("%s is measured in mode %s", c.name, c.mode())
		}
	}
	if len(seen) != len(wireNames) {
		t.Errorf("some wires have no case: %v", seen)
	}
}

// row is one case in which nginx costs what it does.
func row(unit string, ours, nginx float64) rawRow {
	return rawRow{stamp: stamp{Build: "b1"}, Case: "hit", Wire: "wire", Unit: unit, Cells: []rawCell{
		{Server: "falochron", Cost: []float64{ours, ours, ours}, PerSecond: []float64{1000}, Core: []float64{0.97}},
		{Server: "nginx", Version: "1.2", Cost: []float64{nginx - 1, nginx + 1, nginx}, PerSecond: []float64{3000}, Core: []float64{0.99}},
		{Server: "Caddy", Version: "2", Without: "no cache"},
		{Server: "Apache", Without: "not installed"},
	}}
}

func TestRawOutcome(t *testing.T) {
	out := rawOutcome([]rawRow{row(unitCPU, 30, 20), row(unitMemory, 10*1024, 20*1024)})
	for _, want := range []string{
		"Build b1", "nginx 1.2, Caddy 2, Apache (not installed)",
		"30.0 ± 0.0 | 20.0 ± 1.0 | no cache | not installed | 1.50 | 1.50 | nginx",
		"1000 (97 %) | 3000 (99 %)",
		"10.0 ± 0.0 | 20.0 ± 0.0 | no cache | not installed | 0.50 | 1.00 | falochron",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out.markdown), " "), want) {
			t.Errorf("no %q in\n%s", want, out.markdown)
		}
	}
	if want := []string{"raw speed of Apache: it is not installed"}; !slices.Equal(out.open, want) || len(out.void)+len(out.missed) != 0 {
		t.Errorf("%+v", out)
	}
	void := row(unitCPU, 1, 1)
	void.Void = true
	if out := rawOutcome([]rawRow{void}); len(out.void) != 1 || !strings.Contains(out.markdown, "(void)") {
		t.Errorf("%+v", out)
	}
	if out := rawOutcome(nil); !strings.Contains(out.markdown, "Nothing was measured") {
		t.Error(out.markdown)
	}
}

func TestRatio(t *testing.T) {
	for want, x := range map[string][2]float64{"1.50": {3, 2}, "not known": {1, 0}} {
		if got := ratio(x[0], x[1]); got != want {
			t.Errorf("%v: %s", x, got)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), -1} {
		if got := ratio(1, x); got != "not known" {
			t.Errorf("to %v: %s", x, got)
		}
	}
}

// The kernel counts the work of a child, while it runs and after it has ended; and
// a server that is gone is said to be gone.
func TestTreeCountsChildren(t *testing.T) {
	// The child works and waits; the shell above it does nothing.
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `sh -c 'i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; echo done; read x'; echo over; read x`)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := []*process{{cmd: cmd}}
	said := make([]byte, 5)
	for _, step := range []string{"alive", "ended"} {
		if _, err := out.Read(said); err != nil {
			t.Fatal(err)
		}
		burnt, err := treeCPU(p)
		if err != nil || burnt < 0.05 {
			t.Errorf("child %s: %v s, %v", step, burnt, err)
		}
		if step == "alive" {
			if own, err := p[0].cpu(); err != nil || own >= burnt {
				t.Errorf("the shell itself burnt %v of %v, %v", own, burnt, err)
			}
			if n, err := treeMemory(p); err != nil || n < 64<<10 {
				t.Errorf("%d bytes, %v", n, err)
			}
		}
		if _, err := in.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := treeCPU(p); err == nil {
		t.Error("a server that is gone has CPU")
	}
	if _, err := treeMemory(p); err == nil {
		t.Error("a server that is gone has memory")
	}
}

func TestWithoutSaysWhy(t *testing.T) {
	p := rawPeer{name: "x", programs: []string{"surely-not-installed-anywhere"}}
	p.look(t.Context())
	if p.missing != "surely-not-installed-anywhere" || p.without(aHit(wireKept)) != "not installed" || p.without(aStatus(wireKept)) != "not installed" {
		t.Errorf("%+v", p)
	}
	p = rawPeer{name: "y", programs: []string{"sh"}}
	p.look(t.Context())
	if p.missing != "" || p.without(aHit(wireKept)) != "no cache" || p.without(aPass(wireKept)) != "" {
		t.Errorf("%+v", p)
	}
}

// What cannot be quoted is refused, and a field that a template wants and nobody
// gives is an error.
func TestFillRefuses(t *testing.T) {
	v := rawValues{Folder: t.TempDir(), Status: `{"a":"b"}`}
	file, err := v.fill("nginx/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), `return 200 '{"a":"b"}';`) {
		t.Errorf("%v\n%s", err, text)
	}
	for _, bad := range []string{"a'b", "a$b", "a`b", "a\\b", "a\nb"} {
		v.Status = bad
		if _, err := v.fill("nginx/nginx.conf"); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// Without a package manager the script names what is missing, and does not pretend.
func TestInstallPeersSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	for _, tool := range []string{"bash", "dirname", "id", "grep", "mkdir"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, tool)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "bash"), filepath.Join("..", "scripts", "install-peers"))
	cmd.Env = []string{"PATH=" + dir}
	out, err := cmd.CombinedOutput()
	for _, want := range []string{"not installed, and there is no apt-get", "nghttp2-client", "not installed: caddy", "hint: "} {
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("no %q, %v:\n%s", want, err, out)
		}
	}
}

// While raw speed is measured the bench keeps to its core; afterwards it may use
// all it could before.
func TestPinSelf(t *testing.T) {
	if lookProgram("taskset") == "" {
		missing(t, "taskset is not installed; scripts/install-peers does it")
	}
	if runtime.NumCPU() < 2 {
		if _, err := pinSelf(t.Context()); falochron.HintOf(err) == "" {
			t.Errorf("one core is too few, and all that is said is %v", err)
		}
		return
	}
	before, err := allowedCores()
	if err != nil || before == "" {
		t.Fatal(before, err)
	}
	procs := runtime.GOMAXPROCS(0)
	release, err := pinSelf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if now, err := allowedCores(); err != nil || now != rawLoadCore || runtime.GOMAXPROCS(0) != 1 {
		t.Errorf("kept to %q, %v", now, err)
	}
	release()
	if now, err := allowedCores(); err != nil || now != before || runtime.GOMAXPROCS(0) != procs {
		t.Errorf("afterwards %q instead of %q, %v", now, before, err)
	}
	if err := pin(t.Context(), "4095"); falochron.HintOf(err) == "" {
		t.Error("a core that is not there:", err)
	}
}
