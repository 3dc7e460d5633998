package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/proc"
)

// Whatever stands before the shop today meets the protected wave in Falochron's place.
// Here that is Falochron again, started as anything else would be: nothing is promised
// of it, and the run is no failure for what it did.
func TestDemoWithAnotherFront(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	saveSmallIdeal(t, dir)
	front := `echo $FOLDER > folder; exec falochron run --origin http://$ORIGIN --listen $LISTEN_HOST:$LISTEN_PORT --data $FOLDER/data --admin ''`
	p := launch(t.Fatalf, dir, "demo", "--headless", "--wave", "10s", "--workers", "2", "--overload", "3", "--seed", "4",
		"--ideal", "ideal.json", "--waves", "protected", "--json", "result.json", "--front", front)
	t.Cleanup(func() { p.cleanup(t) })
	p.until("The shop with your front before it")
	p.until("$ echo $FOLDER > folder; exec falochron run")
	p.until("The same wave with your front before the same shop")
	p.until("with your front")
	if code := p.end(); code != exitOK && code != exitVoid {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(p.out.String(), "BROKEN") || strings.Contains(p.out.String(), "holds ") {
		t.Error("it was judged")
	}
	text, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r demoResult
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if r.Details.Front != front || len(r.Details.Promises) != 0 || r.Protected.AdmittedSessions == 0 {
		t.Errorf("%+v", r)
	}
	if r.Protected.EdgeCPUS <= 0 || r.Protected.EdgeRSSMB <= 1 {
		t.Errorf("it cost %v s and %v MB", r.Protected.EdgeCPUS, r.Protected.EdgeRSSMB)
	}
	folder, err := os.ReadFile(filepath.Join(dir, "folder"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(strings.TrimSpace(string(folder))); !os.IsNotExist(err) {
		t.Errorf("its folder %s is still there: %v", folder, err)
	}
}

// saveSmallIdeal writes the ideal of a shop of two workers, seed 4, into ideal.json.
func saveSmallIdeal(t *testing.T, dir string) {
	t.Helper()
	saved := savedIdeal{Workers: 2, Seed: 4, Compression: demoCompression, Busy: 0.3,
		Edge: sweepPoint{Edge: true, Fans: 24, OrdersPerMin: 20, P95MS: 2000, PagesPerS: 3, SessionS: 30},
		Bare: sweepPoint{Fans: 24, OrdersPerMin: 19, P95MS: 2000, PagesPerS: 3, SessionS: 30}}
	b, err := json.Marshal(saved)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ideal.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A front that does not start is said so, with its last words.
func TestDemoWithAFrontThatDoesNotStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	saveSmallIdeal(t, dir)
	p := launch(t.Fatalf, dir, "demo", "--headless", "--wave", "10s", "--workers", "2", "--overload", "3", "--seed", "4",
		"--ideal", "ideal.json", "--waves", "protected", "--front", "echo no such module; exit 7")
	t.Cleanup(func() { p.cleanup(t) })
	code := p.end()
	if said := p.out.String() + p.err.String(); code != exitFailed || strings.Contains(said, "panic") || !strings.Contains(said, "no such module") {
		t.Errorf("exit code %d:\n%s", code, said)
	}
}

// What a front has not told is not known, which is another thing than 0. Falochron's
// own numbers stay numbers.
func TestNotToldIsNull(t *testing.T) {
	for front, want := range map[string]string{"": "0", "exec nginx": "null"} {
		d := &demo{front: front}
		r := d.assemble(&crowd.List{Plan: &crowd.Plan{Compression: 1}}, &idealResult{edge: sweepPoint{OrdersPerMin: 88}}, waveNotShown(), waveNotShown())
		b, err := json.Marshal(r.Protected)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(b, &keys); err != nil {
			t.Fatal(err)
		}
		for _, k := range []string{"edge_answer_p99_ms", "waiting_peak", "wait_promise_kept"} {
			if got := string(keys[k]); got != want {
				t.Errorf("front %q: %s is %s, want %s", front, k, got, want)
			}
		}
		if len(d.promises(r)) > 0 != (front == "") {
			t.Errorf("front %q: %v", front, d.promises(r))
		}
		var back demoProtected
		if err := json.Unmarshal(b, &back); err != nil || math.IsNaN(float64(back.WaitingPeak)) != (front != "") {
			t.Errorf("front %q: read back as %v, %v", front, back.WaitingPeak, err)
		}
		if words := table(r); strings.Contains(words, "not told") != (front != "") || strings.Contains(words, "NaN") {
			t.Errorf("front %q:\n%s", front, words)
		}
	}
	seen := waveNotShown()
	seen.report.Totals.WaitingPeak, seen.report.Edge = 7, crowd.Latency{Count: 3, P99: 2 * time.Millisecond}
	d := &demo{front: "x"}
	r := d.assemble(&crowd.List{Plan: &crowd.Plan{Compression: 1}}, &idealResult{edge: sweepPoint{OrdersPerMin: 88}}, waveNotShown(), seen)
	if r.Protected.WaitingPeak != 7 || r.Protected.EdgeAnswerP99MS != 2 {
		t.Errorf("what was told is lost: %+v", r.Protected)
	}
}

// Nothing of a front is left when it is stopped, not even what it has put into the
// background or what does not want to end.
func TestFrontIsStoppedWhole(t *testing.T) {
	t.Parallel()
	h, err := newHouse()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	f, err := h.front(`trap '' TERM; setsid sleep 1000 & sleep 1000 & echo ready; while :; do sleep 1000; done`, "127.0.0.1:1", "http://127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.start(); err != nil {
		t.Fatal(err)
	}
	all := map[int]proc.Process{}
	for end := time.Now().Add(patience); len(all) < 4 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		all = proc.Below(proc.ReadAll(), f.pid())
	}
	if len(all) < 4 || f.memory() <= 0 || f.ended() {
		t.Fatalf("%d processes, %v MB, ended: %v", len(all), f.memory(), f.ended())
	}
	f.stop()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		left := 0
		now := proc.ReadAll()
		for pid, was := range all {
			if is, there := now[pid]; there && is.Began == was.Began && !isZombie(pid) {
				left++
			}
		}
		if left == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d processes are left", left)
		}
	}
	if f.burnt() != 0 || f.memory() != 0 {
		t.Error("a front that is gone still costs something")
	}
}

// isZombie says whether a process has ended and nobody has asked how.
func isZombie(pid int) bool {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && strings.HasPrefix(string(b[strings.LastIndexByte(string(b), ')')+1:]), " Z")
}

func TestFrontRefusals(t *testing.T) {
	for name, d := range map[string]*demo{
		"cold":   {front: "x", scenario: scenario{edgeColdAt: time.Second}},
		"killed": {front: "x", scenario: scenario{killAt: time.Second}},
		"cache":  {front: "x", rig: rig{fault: "no-cache"}},
		"folder": {front: "x", rig: rig{fault: "lost-folder"}},
		"bare":   {front: "x", rig: rig{waves: "bare"}},
	} {
		if err := d.checkFront(); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		d.front = ""
		if err := d.checkFront(); err != nil {
			t.Errorf("%s, without a front: %v", name, err)
		}
	}
	if err := (&demo{front: "x", scenario: scenario{slowAt: time.Second, outageAt: time.Second}, rig: rig{fault: "mix-carts"}}).checkFront(); err != nil {
		t.Error(err)
	}
}
