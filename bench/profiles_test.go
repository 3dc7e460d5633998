package main

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
)

// recorded makes a profile as Go's runtime writes it: of each sample its values and its
// functions, innermost first. A function with "+" before it was inlined into the next.
func recorded(t *testing.T, kinds string, samples ...recordedSample) *profile.Profile {
	t.Helper()
	p := &profile.Profile{PeriodType: &profile.ValueType{Type: "x", Unit: "y"}, Period: 1}
	for _, k := range strings.Fields(kinds) {
		p.SampleType = append(p.SampleType, &profile.ValueType{Type: k, Unit: "count"})
	}
	functions := map[string]*profile.Function{}
	for _, s := range samples {
		sample := &profile.Sample{Value: s.values}
		var lines []profile.Line
		for _, word := range s.stack {
			named, inlined := strings.CutPrefix(word, "+")
			if functions[named] == nil {
				name, file, _ := strings.Cut(named, " ")
				functions[named] = &profile.Function{ID: uint64(len(functions) + 1), Name: name, Filename: file}
				p.Function = append(p.Function, functions[named])
			}
			lines = append(lines, profile.Line{Function: functions[named]})
			if inlined {
				continue
			}
			l := &profile.Location{ID: uint64(len(p.Location) + 1), Address: uint64(len(p.Location) + 1), Line: lines}
			p.Location, sample.Location, lines = append(p.Location, l), append(sample.Location, l), nil
		}
		p.Sample = append(p.Sample, sample)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	read, err := profile.ParseData(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return read
}

type recordedSample struct {
	values []int64
	stack  []string
}

// Functions as they stand in a profile of the released program.
const (
	fnServe    = "net/http.(*conn).serve net/http/server.go"
	fnHandle   = "github.com/falochron/falochron/internal/edge.(*Server).ServeHTTP github.com/falochron/falochron/internal/edge/server.go"
	fnIdentify = "github.com/falochron/falochron/internal/edge.(*exchange).identify github.com/falochron/falochron/internal/edge/identify.go"
	fnFind     = "github.com/falochron/falochron/internal/edge.(*exchange).findTicket github.com/falochron/falochron/internal/edge/identify.go"
	fnSeal     = "github.com/falochron/falochron/internal/ticket.open github.com/falochron/falochron/internal/ticket/sealer.go"
	fnInject   = "github.com/falochron/falochron/internal/edge/page.(*Injector).fill /go/src/falochron/internal/edge/page/inject.go"
	fnStatus   = "github.com/falochron/falochron/internal/edge/page.(*Pages).ServeStatus /go/src/falochron/internal/edge/page/serve.go"
	fnWrite    = "internal/poll.(*FD).Write internal/poll/fd_unix.go"
	fnSyscall  = "internal/runtime/syscall/linux.Syscall6 internal/runtime/syscall/linux/asm_linux_amd64.s"
	fnShop     = "net/http.(*persistConn).writeLoop net/http/transport.go"
	fnMalloc   = "runtime.mallocgc runtime/malloc.go"
	fnHash     = "crypto/internal/fips140/sha256.(*Digest).Write crypto/internal/fips140/sha256/sha256.go"
	fnPark     = "runtime.park_m runtime/proc.go"
	fnProfile  = "net/http/pprof.Profile net/http/pprof/pprof.go"
	fnUnknown  = "example.org/new.Thing example.org/new/thing.go"
)

func TestStepOf(t *testing.T) {
	steps := costSteps()
	for _, c := range []struct {
		want  string
		stack []string
	}{
		{"sending, system", []string{fnSyscall, fnWrite, fnServe}},
		{"shop's connection, system", []string{fnSyscall, fnWrite, fnShop}},
		{"shop's connection", []string{fnHash, fnShop}},
		{"ticket", []string{fnHash, fnSeal, fnFind, fnIdentify, fnHandle, fnServe}},
		{"ticket", []string{fnHash, fnFind, fnIdentify, fnHandle, fnServe}},
		{"ticket", []string{"+" + fnHash, "+" + fnSeal, fnFind, fnHandle, fnServe}},
		{"whose and what for", []string{fnHash, fnIdentify, fnHandle, fnServe}},
		{"memory", []string{fnMalloc, fnSeal, fnIdentify, fnHandle, fnServe}},
		{"script and compression", []string{fnInject, fnHandle, fnServe}},
		{"waiting page and status", []string{fnStatus, fnHandle, fnServe}},
		{"beginning", []string{fnHash, fnHandle, fnServe}},
		{"connection", []string{fnHash, fnServe}},
		{"scheduler", []string{fnHash, fnPark}},
		{"other", []string{fnHash, fnUnknown}},
		{"other", nil},
	} {
		p := recorded(t, "cpu", recordedSample{[]int64{1}, c.stack})
		if i := stepOf(steps, frames(p.Sample[0])); i < 0 || steps[i].name != c.want {
			t.Errorf("%v: step %d, want %s", c.stack, i, c.want)
		}
	}
	p := recorded(t, "cpu", recordedSample{[]int64{1}, []string{fnMalloc, fnHash, fnProfile, fnServe}})
	if i := stepOf(steps, frames(p.Sample[0])); i != -1 {
		t.Errorf("the measurement itself is counted to step %d", i)
	}
}

// The answers that cost knows by these names are found there.
func TestProfileCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range profileCases() {
		if seen[c.path] = true; c.fresh || c.requests < profileTurns*10 || c.status != 200 {
			t.Errorf("%+v: not an answer on a kept connection, or too few even in a trial", c)
		}
	}
	for _, path := range []string{"/.falochron/status", "/hit-1k.css", "/hit-30k.css", "/page", "/basket"} {
		if !seen[path] {
			t.Errorf("no profile of %s", path)
		}
	}
}

// What the kernel and the allocator counted is divided as the profiles say, without
// what the measurement itself has burnt and allocated.
func TestRowIsDivided(t *testing.T) {
	used := recorded(t, "samples cpu",
		recordedSample{[]int64{60, 600}, []string{fnSyscall, fnWrite, fnServe}},
		recordedSample{[]int64{30, 300}, []string{fnHash, fnSeal, fnHandle, fnServe}},
		recordedSample{[]int64{10, 100}, []string{fnHash, fnProfile, fnServe}})
	given := recorded(t, "alloc_objects alloc_space inuse_objects inuse_space",
		recordedSample{[]int64{3, 100, 0, 0}, []string{fnSeal, fnHandle, fnServe}},
		recordedSample{[]int64{1, 300, 9, 9}, []string{fnInject, fnHandle, fnServe}})
	var row profileRow
	one := takenApart{requests: 1000, cpu: 0.1, bytes: 4_000_000, objects: 8000, used: used, given: given}
	two := one
	two.cpu = 0.2
	if err := row.add([]takenApart{one, two}); err != nil {
		t.Fatal(err)
	}
	steps := map[string]profileCosts{"all": row.profileCosts}
	for _, s := range row.Steps {
		if median(s.CPU)+median(s.Bytes) > 0 {
			steps[s.Step] = s.profileCosts
		}
	}
	want := map[string]profileCosts{
		"all":                    {CPU: []float64{90, 180}, Bytes: []float64{4000, 4000}, Objects: []float64{8, 8}},
		"sending, system":        {CPU: []float64{60, 120}, Bytes: []float64{0, 0}, Objects: []float64{0, 0}},
		"ticket":                 {CPU: []float64{30, 60}, Bytes: []float64{1000, 1000}, Objects: []float64{6, 6}},
		"script and compression": {CPU: []float64{0, 0}, Bytes: []float64{3000, 3000}, Objects: []float64{2, 2}},
	}
	if d := cmp.Diff(want, steps); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	name := func(fn string) string { n, _, _ := strings.Cut(fn, " "); return n }
	if d := cmp.Diff([]allocator{{name(fnInject), 3000, 2}, {name(fnSeal), 1000, 6}}, row.Allocates); d != "" {
		t.Errorf("who allocates, -want +got:\n%s", d)
	}
	if row.Samples != 200 || !slices.Equal(row.Requests, []int{1000, 1000}) {
		t.Errorf("%d samples of %v requests", row.Samples, row.Requests)
	}

	// A profile without anything of the program's proves nothing.
	idle := recorded(t, "samples cpu", recordedSample{[]int64{10, 100}, []string{fnProfile, fnServe}})
	one.used = idle
	if err := new(profileRow).add([]takenApart{one}); falochron.HintOf(err) == "" {
		t.Errorf("an idle program was taken apart: %v", err)
	}
	one.used, one.given = used, used
	if err := new(profileRow).add([]takenApart{one}); falochron.HintOf(err) == "" {
		t.Errorf("a profile of CPU was taken for one of allocations: %v", err)
	}
}

func testProfileRow(t *testing.T, cpu float64) profileRow {
	t.Helper()
	row := profileRow{stamp: stamp{Build: "b1"}, Case: "a hit"}
	used := recorded(t, "samples cpu",
		recordedSample{[]int64{40, 40}, []string{fnSyscall, fnWrite, fnServe}},
		recordedSample{[]int64{30, 30}, []string{fnMalloc, fnHandle, fnServe}},
		recordedSample{[]int64{20, 20}, []string{fnUnknown, fnUnknown}},
		recordedSample{[]int64{10, 10}, []string{fnHash, fnSeal, fnHandle, fnServe}})
	given := recorded(t, "alloc_objects alloc_space", recordedSample{[]int64{1, 1}, []string{fnSeal, fnServe}})
	var rounds []takenApart
	for i := range 3 {
		rounds = append(rounds, takenApart{requests: 1000, cpu: cpu * (1 + float64(i)/100), bytes: 2_000_000, objects: 9000, used: used, given: given})
	}
	if err := row.add(rounds); err != nil {
		t.Fatal(err)
	}
	return row
}

// The three largest are named, also when one of them is what nobody claims.
func TestProfilesOutcome(t *testing.T) {
	row := testProfileRow(t, 0.1)
	void := row
	void.Case, void.Void = "a page", true
	out := profilesOutcome([]profileRow{row, void})
	if len(out.missed) != 0 || len(out.void) != 1 || !strings.Contains(out.void[0], "a page") {
		t.Errorf("missed %v, void %v", out.missed, out.void)
	}
	lines := strings.Split(out.markdown, "\n")
	line := func(after, start string) string {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, after) })
		k := slices.IndexFunc(lines[max(0, i):], func(l string) bool { return strings.HasPrefix(l, start) })
		if i < 0 || k < 0 {
			t.Fatalf("no %q after %q in\n%s", start, after, out.markdown)
		}
		return strings.Join(strings.Fields(lines[i+k]), " ")
	}
	for _, c := range []struct{ after, start, want string }{
		{"largest cost", "| a hit", "| a hit | 101.0 µs | sending, system: 40.4 µs, 40 % | memory: 30.3 µs, 30 % | other: 20.2 µs, 20 % |"},
		{"allocated |", "| a hit", "| a hit | 2000 B in 9.0 objects | ticket: 2000 B in 9.0 objects, 100 % | reading the request: 0 B in 0.0 objects, 0 % | beginning: 0 B in 0.0 objects, 0 % |"},
		{"All of the CPU", "| ticket", "| ticket | 10.1 (10 %) | 10.1 (10 %) |"},
		{"All of the CPU", "| all", "| all | 101.0 (100 %) | 101.0 (100 %) |"},
		{"Who allocates", "| a hit", "| a hit | `internal/ticket.open` | 2000 | 9.0 |"},
		{"What is counted", "- **shop's connection, system:**", "- **shop's connection, system:** system calls that read from the shop and write to it, with the runtime's part: " +
			"`internal/poll.(*FD).Read`, `internal/poll.(*FD).Write`, `internal/poll.setDeadlineImpl`, below `net/http.(*persistConn)`."},
	} {
		if got := line(c.after, c.start); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if strings.Contains(out.markdown, "| admission") {
		t.Error("a step that costs nothing has a line")
	}
}

func TestProfilesAreCompared(t *testing.T) {
	folder := func(rows ...profileRow) string {
		b := testBench(t)
		if err := saveRows(b, "profiles", rows); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(b.out, "benchmarks")
	}
	var out strings.Builder
	old := folder(testProfileRow(t, 0.1))
	if code := compareFolders([]string{old, folder(testProfileRow(t, 0.15))}, &out); code != exitBroken {
		t.Errorf("exit %d for half as much again", code)
	}
	for _, want := range []string{"all, µs CPU", "sending, system, µs CPU", "+50 %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "bytes") {
		t.Errorf("what is allocated did not change:\n%s", out.String())
	}
	void := testProfileRow(t, 0.15)
	void.Void = true
	if code := compareFolders([]string{old, folder(void)}, &out); code != exitUsage {
		t.Errorf("exit %d: a void row was compared", code)
	}
}

// The real thing in small: a server that profiles itself, asked as the edge is.
func TestTakeApart(t *testing.T) {
	order := plainOrder{Answers: map[string]canned{"/a": {200, nil, bytes.Repeat([]byte("a"), 1000)}}}
	front := httptest.NewServer(order.handler())
	defer front.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			http.Error(w, "a token is needed", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	defer admin.Close()
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{edge: &process{cmd: &exec.Cmd{Process: self}}, edgeAt: front.Listener.Addr().String(), adminAt: admin.Listener.Addr().String(),
		requests: []request{{path: "/a"}}, conns: 2, data: t.TempDir()}
	if err := os.Mkdir(s.edgeData(), 0o700); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(s.edgeData(), control.TokenFile)
	for content, works := range map[string]bool{"secret\n": true, "wrong\n": false} {
		if err := os.WriteFile(token, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := s.takeApart(t.Context(), costCase{requests: 1000, status: 200}, 1)
		if !works {
			if err == nil || falochron.HintOf(err) == "" {
				t.Errorf("with a wrong token: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got.requests == 0 || got.bytes <= 0 || got.objects <= 0 || len(got.used.SampleType) != 2 {
			t.Errorf("%+v", got)
		}
		if slices.ContainsFunc(got.given.Sample, func(s *profile.Sample) bool { return s.Value[0] < 0 || s.Value[1] < 0 }) {
			t.Error("less was allocated after than before")
		}
	}
	// What stops the load stops the profiles.
	if err := os.WriteFile(token, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.takeApart(t.Context(), costCase{requests: 1000, status: 503}, 60); err == nil {
		t.Error("a wrong answer went unnoticed")
	}
}

func TestParseAllocated(t *testing.T) {
	text := "heap profile: 1: 2 [3: 4] @ heap/1048576\n\n# runtime.MemStats\n# Alloc = 1\n# TotalAlloc = 4096\n# Sys = 7\n# Mallocs = 12\n"
	if b, o, err := parseAllocated(text); err != nil || b != 4096 || o != 12 {
		t.Errorf("%v bytes, %v objects, %v", b, o, err)
	}
	if _, _, err := parseAllocated("# TotalAlloc = 4096\n"); falochron.HintOf(err) == "" {
		t.Errorf("half of it: %v", err)
	}
}

// Every file, folder and function of the map is there: of ours in the checkout, of
// Go's in the source of the Go that builds it. A name that has gone would let its costs
// fall to another step, and nobody would notice.
func TestStepsNameWhatThereIs(t *testing.T) {
	goroot := filepath.Join(build.Default.GOROOT, "src")
	if _, err := os.Stat(filepath.Join(goroot, "runtime")); err != nil {
		t.Fatal("the source of Go, which builds everything here, is not there: ", err)
	}
	declared := map[string][]string{} // names by package, as profiles write them
	names := func(pkg string) []string {
		if _, read := declared[pkg]; !read {
			dir := filepath.Join(goroot, pkg)
			if _, err := os.Stat(filepath.Join("..", pkg)); err == nil {
				dir = filepath.Join("..", pkg)
			}
			declared[pkg] = functionsIn(t, dir, pkg)
		}
		return declared[pkg]
	}
	exists := func(pattern string) bool {
		if strings.HasSuffix(pattern, "/") || strings.HasSuffix(pattern, ".go") {
			if strings.Contains(strings.SplitN(pattern, "/", 2)[0], ".") {
				return true // a module, which go.mod answers for
			}
			_, ours := os.Stat(filepath.Join("..", pattern))
			_, gos := os.Stat(filepath.Join(goroot, pattern))
			return ours == nil || gos == nil
		}
		slash := strings.LastIndex(pattern, "/") + 1
		name, _, _ := strings.Cut(pattern[slash:], ".")
		return slices.ContainsFunc(names(pattern[:slash]+name), func(f string) bool { return strings.HasPrefix(f, pattern) })
	}
	for _, s := range costSteps() {
		patterns := s.is
		if s.under != "" {
			patterns = append(slices.Clone(patterns), s.under)
		}
		for _, pattern := range patterns {
			if !exists(pattern) {
				t.Errorf("%s: there is no %s in this checkout nor in %s", s.name, pattern, runtime.Version())
			}
		}
	}
	for _, pattern := range append(measuring(), "runtime.noSuchThing", "internal/edge.(*exchange).noSuchThing", "internal/edge/nosuch.go") {
		if there := !strings.Contains(strings.ToLower(pattern), "nosuch"); exists(pattern) != there {
			t.Errorf("%s: there %v", pattern, !there)
		}
	}
}

// functionsIn are the functions of a folder, as profiles write them.
func functionsIn(t *testing.T, dir, pkg string) (out []string) {
	t.Helper()
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				out = append(out, pkg+"."+receiver(f)+f.Name.Name)
			}
		}
	}
	return out
}

// receiver is "(*T)." or "T." before a method's name.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	switch typ := f.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		if name, ok := typ.X.(*ast.Ident); ok {
			return "(*" + name.Name + ")."
		}
	case *ast.Ident:
		return typ.Name + "."
	}
	return "" // of a generic type, which the map does not name
}
