package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron"
)

// testBench writes into a folder of its own and says nothing.
func testBench(t *testing.T) *bench {
	t.Helper()
	return &bench{settings: settings{out: t.TempDir(), seeds: []uint64{1}, overloads: []float64{20}, requests: 1},
		machine: machine{Processor: "test"}, build: "b1", say: func(string, ...any) {}}
}

func TestSettings(t *testing.T) {
	env := func(kv ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(kv); i += 2 {
				if kv[i] == name {
					return kv[i+1]
				}
			}
			return ""
		}
	}
	s, err := readSettings(env())
	if err != nil || !wanted(s, "cost") || !wanted(s, "peers") || wanted(s, "orders") || len(s.seeds) != 3 || s.out != "docs" || s.full {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err = readSettings(env("FULL", "1")); err != nil || !wanted(s, "cost") || !wanted(s, "orders") || !s.full {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err = readSettings(env("SCENARIOS", "kill")); err != nil || !wanted(s, "orders") || wanted(s, "peers") || wanted(s, "radar") {
		t.Errorf("a scenario by its name: %+v, %v", s, err)
	}
	s, err = readSettings(env("ONLY", "cost, room", "SEEDS", "4,5", "OVERLOADS", "100", "SCENARIOS", "kill", "WAVE", "20s", "FRESH", "1"))
	if err != nil || wanted(s, "orders") || !wanted(s, "room") || s.seeds[1] != 5 || s.overloads[0] != 100 || s.wave != 20*time.Second || !s.fresh {
		t.Errorf("%+v, %v", s, err)
	}
	for name, bad := range map[string]string{"ONLY": "costs", "SEEDS": "1,x", "OVERLOADS": "0", "SCENARIOS": "thunder", "WAVE": "1s", "PARALLEL": "33"} {
		if _, err := readSettings(env(name, bad)); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%s=%s: %v", name, bad, err)
		}
	}
}

// wanted says whether settings ask for a section.
func wanted(s settings, name string) bool {
	all := sections()
	return s.wants(all[slices.IndexFunc(all, func(x section) bool { return x.name == name })])
}

func TestTable(t *testing.T) {
	tab := table{head: []string{"what", "ms"}}
	tab.add("żółw", "1.5")
	tab.add("a", "10.25")
	want := "| what |    ms |\n|:-----|------:|\n| żółw |   1.5 |\n| a    | 10.25 |\n"
	if diff := cmp.Diff(want, tab.String()); diff != "" {
		t.Error(diff)
	}
}

func TestMedian(t *testing.T) {
	for want, xs := range map[float64][]float64{2: {3, 1, 2}, 2.5: {4, 1, 3, 2}, 7: {7}} {
		if got := median(xs); got != want {
			t.Errorf("median of %v is %v", xs, got)
		}
	}
	if !math.IsNaN(median(nil)) {
		t.Error("nothing has a median")
	}
}

func TestFill(t *testing.T) {
	text := "before\n<!-- bench:cost:begin -->\nold\n<!-- bench:cost:end -->\nafter\n"
	got, err := fill(text, "cost", "new\n")
	if want := strings.Replace(text, "old", "new", 1); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if again, _ := fill(got, "cost", "new"); again != got {
		t.Error("the second time is not as the first")
	}
	if _, err := fill("<!-- bench:cost:begin -->", "cost", ""); falochron.HintOf(err) == "" {
		t.Error(err)
	}
}

// The document has a place for every section.
func TestDocumentHasMarkers(t *testing.T) {
	all := ""
	for _, s := range sections() {
		text, err := os.ReadFile("../docs/" + documentOf(s.name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fill(string(text), s.name, "x"); err != nil {
			t.Error(err)
		}
		all += string(text)
	}
	for _, name := range namesOf(allSorts()) {
		if !strings.Contains(all, "`"+name+"`") {
			t.Errorf("the scenario %s is not documented", name)
		}
	}
}

func TestRowsComeBack(t *testing.T) {
	b := testBench(t)
	if rows, err := loadRows[roomRow](b, "room"); err != nil || rows != nil {
		t.Errorf("%v, %v", rows, err)
	}
	want := []roomRow{{Outstanding: 7}}
	if err := saveRows(b, "room", want); err != nil {
		t.Fatal(err)
	}
	if rows, err := loadRows[roomRow](b, "room"); err != nil || len(rows) != 1 || rows[0].Outstanding != 7 {
		t.Errorf("%v, %v", rows, err)
	}
	b.machine.Processor = "another"
	if rows, err := loadRows[roomRow](b, "room"); err != nil || rows != nil {
		t.Errorf("of another machine: %v, %v", rows, err)
	}
	if err := os.WriteFile(b.file("room"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadRows[roomRow](b, "room"); falochron.HintOf(err) == "" {
		t.Errorf("damaged: %v", err)
	}
}

func TestConclude(t *testing.T) {
	for name, c := range map[string]struct {
		out  outcome
		only []string
		want int
		said string
	}{
		"all reached":     {outcome{}, nil, exitOK, "every goal was reached"},
		"as usual":        {outcome{}, nil, exitOK, "every goal of the comparison was reached; FULL=1"},
		"void":            {outcome{void: []string{"v"}}, nil, exitVoid, "void: v"},
		"missed":          {outcome{missed: []string{"m"}}, nil, exitBroken, "missed: m"},
		"missed and void": {outcome{missed: []string{"m"}, void: []string{"v"}}, nil, exitBroken, "missed: m"},
		"narrowed":        {outcome{}, []string{"cost"}, exitOK, "not everything was measured"},
		"open":            {outcome{open: []string{"o"}}, nil, exitOK, "not everything was measured"},
	} {
		b := testBench(t)
		s, err := readSettings(func(string) string { return "" })
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		b.settings, b.say = s, func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
		b.only, b.full = c.only, name != "as usual"
		got, text := conclude(b, c.out), ""
		for _, line := range said {
			text += line + "\n"
		}
		if got != c.want || !strings.Contains(text, c.said) {
			t.Errorf("%s: exit %d, said %s", name, got, text)
		}
		if claims := strings.Contains(text, "every goal was"); claims != (name == "all reached") {
			t.Errorf("%s: claims every goal: %v", name, claims)
		}
	}
}

func TestNarrowed(t *testing.T) {
	for name, c := range map[string]struct {
		value    string
		narrowed bool
	}{
		"":          {"", false},
		"ONLY":      {"orders", true},
		"SCENARIOS": {"kill", true},
		"SEEDS":     {"1", true},
		"OVERLOADS": {"20", true},
		"WAVE":      {"20s", true},
		"TENTH":     {"1", true},
		"FRESH":     {"1", false},
		"OUT":       {"x", false},
	} {
		s, err := readSettings(func(asked string) string {
			if asked == name {
				return c.value
			}
			return ""
		})
		if err != nil || s.narrowed() != c.narrowed || s.allWaves() == (name == "SCENARIOS" || name == "WAVE") {
			t.Errorf("%s=%s: narrowed %v, all waves %v, %v", name, c.value, s.narrowed(), s.allWaves(), err)
		}
	}
	more := settings{seeds: []uint64{4, 5, 6, 7}, overloads: []float64{10, 20, 100}, requests: 1}
	if more.narrowed() {
		t.Error("more is not narrower")
	}
}

// The head of a table names what was measured by build and commit; without git by
// the build alone.
func TestHeadNamesTheCommit(t *testing.T) {
	b := testBench(t)
	rows := []roomRow{{stamp: b.stamp()}}
	of := func(r roomRow) stamp { return r.stamp }
	if text := head(rows, of); strings.Contains(text, "commit") || !strings.HasPrefix(text, "Build b1, measured 20") {
		t.Error(text)
	}
	b.commit = "abc1234" + changed
	rows[0].stamp = b.stamp()
	if text := head(rows, of); !strings.HasPrefix(text, "Build b1 (commit abc1234+changes), measured 20") {
		t.Error(text)
	}
}

func TestCommitOf(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is not there; it came with the checkout:", err)
	}
	dir := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	if got := commitOf(t.Context(), dir); got != "" {
		t.Errorf("no repository, but commit %s", got)
	}
	git := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	write := func(name string) {
		t.Helper()
		if err := replace(filepath.Join(dir, name), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	write("main.go")
	git("add", ".")
	git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "first")
	commit := git("rev-parse", "--short", "HEAD")
	if got := commitOf(t.Context(), dir); got != commit {
		t.Errorf("%q, want %q", got, commit)
	}
	write("docs/benchmarks.md")
	write("docs/benchmarks/orders.json")
	if got := commitOf(t.Context(), dir); got != commit {
		t.Errorf("%q: our own results are no change", got)
	}
	write("other.go")
	if got := commitOf(t.Context(), dir); got != commit+changed {
		t.Errorf("%q, want %q", got, commit+changed)
	}
}

func TestField(t *testing.T) {
	if got := field("a : 1\nmodel name\t: EPYC 7\n", "model name", ":"); got != "EPYC 7" {
		t.Error(got)
	}
}

func TestReadAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		in      string
		status  int
		closing bool
		bad     bool
	}{
		"length":         {in: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcREST", status: 200},
		"chunked":        {in: "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nREST", status: 503},
		"closing":        {in: "HTTP/1.1 204 No\r\nConnection: close\r\n\r\nREST", status: 204, closing: true},
		"no answer":      {in: "hello\r\n\r\n", bad: true},
		"bad chunk":      {in: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", bad: true},
		"cut short":      {in: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", bad: true},
		"bad length":     {in: "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", bad: true},
		"without an end": {in: "HTTP/1.1 200 OK\r\n", bad: true},
	} {
		in := bufio.NewReader(strings.NewReader(c.in))
		status, closing, err := readAnswer(in)
		if c.bad {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
			continue
		}
		rest, _ := in.Peek(4)
		if err != nil || status != c.status || closing != c.closing || string(rest) != "REST" {
			t.Errorf("%s: %d %v %q %v", name, status, closing, rest, err)
		}
	}
}

// The plain server answers the bytes it was given, and the lean client reads
// them and checks the status.
func TestDrivePlainServer(t *testing.T) {
	order := plainOrder{Answers: map[string]canned{"/a": {503, http.Header{"X-A": {"1"}}, []byte("body")}}}
	srv := httptest.NewServer(order.handler())
	defer srv.Close()
	at := srv.Listener.Addr().String()
	a, err := ask(at, request{path: "/a"})
	if err != nil || a.Status != 503 || string(a.Body) != "body" || a.Header.Get("X-A") != "1" {
		t.Errorf("%+v, %v", a, err)
	}
	for _, kept := range []bool{true, false} {
		if err := drive(t.Context(), at, []request{{path: "/a"}}, 20, 3, kept, 503); err != nil {
			t.Errorf("kept %v: %v", kept, err)
		}
		if err := drive(t.Context(), at, []request{{path: "/a"}, {path: "/other"}}, 20, 3, kept, 503); err == nil {
			t.Errorf("kept %v: a wrong status went unnoticed", kept)
		}
	}
}

func TestCostOutcome(t *testing.T) {
	row := func(ms float64, void bool) costRow {
		return costRow{Case: "status", EdgeMS: []float64{9, ms, 0}, PlainMS: []float64{0.01, 0.02, 0.03}, GoalMS: 0.05, Void: void}
	}
	if out := costOutcome([]costRow{row(0.05, false)}); len(out.missed)+len(out.void) != 0 || !strings.Contains(out.markdown, "2.50") {
		t.Errorf("at the goal: %+v", out)
	}
	if out := costOutcome([]costRow{row(0.051, false)}); len(out.missed) != 1 {
		t.Errorf("beyond the goal: %+v", out)
	}
	if out := costOutcome([]costRow{row(0.051, true)}); len(out.missed) != 0 || len(out.void) != 1 {
		t.Errorf("void: %+v", out)
	}
	goals := 0
	for _, c := range costCases() {
		if c.goalMS > 0 {
			goals++
		}
	}
	if goals != 2 {
		t.Errorf("%d goals", goals)
	}
}

func TestRoomIsMeasured(t *testing.T) {
	r, err := measureRoom(1000)
	if err != nil || r.Bytes == 0 || r.SnapshotBytes == 0 || r.ClaimNS == 0 || r.CallNS == 0 || r.RestoreMS == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	fine := roomRow{Outstanding: roomPeople, Bytes: goalRoomBytes, HeapBytes: goalRoomBytes}
	if out := roomOutcome([]roomRow{fine}); len(out.missed) != 0 {
		t.Errorf("%v", out.missed)
	}
	fine.HeapBytes++
	if out := roomOutcome([]roomRow{fine}); len(out.missed) != 1 {
		t.Error("a byte too many went unnoticed")
	}
}

func TestFingerprint(t *testing.T) {
	file := filepath.Join(t.TempDir(), "program")
	if _, err := fingerprint(file); falochron.HintOf(err) == "" {
		t.Error(err)
	}
	if err := os.WriteFile(file, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := fingerprint(file); got != "ba7816bf8f01" || err != nil { // SHA-256 of "abc", FIPS 180-2
		t.Error(got, err)
	}
}

func TestStampIsFlat(t *testing.T) {
	data, err := json.Marshal(roomRow{stamp: stamp{Build: "b"}})
	if err != nil || !strings.Contains(string(data), `"build":"b"`) {
		t.Errorf("%s %v", data, err)
	}
}
