package proc

import (
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseProcess(t *testing.T) {
	const stat = "77 (a) b) S 12 1 1 0 -1 4194560 100 0 0 0 150 50 30 20 20 0 1 0 4242 1000 10"
	if p, ok := parseProcess(stat); !ok || p != (Process{Parent: 12, Began: "4242", CPU: 2, Reaped: 0.5}) {
		t.Errorf("%+v, %v", p, ok)
	}
	for _, bad := range []string{"", "77 (a) S", strings.Replace(stat, "12", "x", 1), strings.Replace(stat, "150", "x", 1), strings.Replace(stat, " 30 ", " x ", 1)} {
		if p, ok := parseProcess(bad); ok || p != (Process{}) {
			t.Errorf("%q was read: %+v", bad, p)
		}
	}
}

func TestBelow(t *testing.T) {
	all := map[int]Process{1: {}, 2: {Parent: 1}, 3: {Parent: 2}, 4: {Parent: 3}, 5: {Parent: 1}, 6: {Parent: 5}}
	for _, c := range []struct{ roots, want []int }{
		{[]int{2}, []int{2, 3, 4}},
		{[]int{2, 9}, []int{2, 3, 4}},
		{[]int{4, 5}, []int{4, 5, 6}},
		{[]int{2, 3}, []int{2, 3, 4}},
		{[]int{9}, nil},
		{nil, nil},
	} {
		if got := slices.Sorted(maps.Keys(Below(all, c.roots...))); !slices.Equal(got, c.want) {
			t.Errorf("below %v: %v, want %v", c.roots, got, c.want)
		}
	}
}

// A child is found, and what it burnt is its parent's once it has ended.
func TestReadsRealProcesses(t *testing.T) {
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
	pid, said := cmd.Process.Pid, make([]byte, 5)
	for _, step := range []string{"alive", "ended"} {
		if _, err := out.Read(said); err != nil {
			t.Fatal(err)
		}
		under := Below(ReadAll(), pid)
		p, ok := Read(pid)
		if !ok || p.Parent != os.Getpid() || under[pid].Began != p.Began {
			t.Errorf("child %s: %+v, %v, in the tree %+v", step, p, ok, under[pid])
		}
		if want := map[string]int{"alive": 2, "ended": 1}[step]; len(under) != want {
			t.Errorf("child %s: %d processes, want %d", step, len(under), want)
		}
		if (p.Reaped >= 0.05) != (step == "ended") {
			t.Errorf("child %s: the children that ended have burnt %v s", step, p.Reaped)
		}
		if _, err := in.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if p, ok := Read(pid); ok {
		t.Errorf("a process that is gone was read: %+v", p)
	}
	if _, err := Memory(pid); err == nil {
		t.Error("a process that is gone has memory")
	}
	if ChildrenCPU() < 0.05 || OwnCPU() <= 0 {
		t.Errorf("children burnt %v s, this process %v s", ChildrenCPU(), OwnCPU())
	}
}

func TestMemoryOfThisProcess(t *testing.T) {
	now, err := Memory(os.Getpid())
	if err != nil || now < 1<<20 {
		t.Errorf("%d bytes, %v", now, err)
	}
	peak, err := PeakMemory(os.Getpid())
	if err != nil || peak < 1<<20 {
		t.Errorf("at most %d bytes, %v", peak, err)
	}
	file := filepath.Join(t.TempDir(), "status")
	for text, want := range map[string]int{"Name:\tx\nVmHWM:\t     120 kB\n": 120 << 10, "VmHWM:\tx kB\n": 0, "VmRSS:\t9 kB\n": 0, "": 0} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := kilobytes(file, "VmHWM"); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func TestTimes(t *testing.T) {
	a, b := parseTimes("cpu  100 0 100 700 100 0 0 0 50 0"), parseTimes("cpu  200 0 200 750 150 0 50 50 90 0")
	for own, want := range map[float64]float64{0: 0.75, 1: 0.5, 9: 0} { // 3 of 4 s burnt, own of them by us
		if got := b.BusySince(a, own); math.Abs(got-want) > 1e-9 {
			t.Errorf("without %v s of ours: %v, want %v", own, got, want)
		}
	}
	if got := a.BusySince(b, 0); got != 0 {
		t.Errorf("backwards: %v", got)
	}
	for _, bad := range []string{"", "cpu", "cpu a b c d e f g h", "intr 1 2 3 4 5 6 7 8"} {
		if got := parseTimes(bad); got != (Times{}) {
			t.Errorf("%q: %+v", bad, got)
		}
	}
	if now := Machine(); now.Busy <= 0 || now.All <= now.Busy {
		t.Errorf("the machine: %+v", now)
	}
}
