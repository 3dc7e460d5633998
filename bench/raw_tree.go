package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/falochron/falochron"
)

// stat is what /proc/PID/stat says of a process.
type stat struct {
	parent int
	cpu    float64 // seconds of its own and of its children that have ended
}

// parseTreeStat reads parent, utime, stime, cutime and cstime. The name in
// parentheses may hold spaces and parentheses.
func parseTreeStat(text string) (s stat, ok bool) {
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(f) < 15 {
		return s, false
	}
	var err error
	if s.parent, err = strconv.Atoi(f[1]); err != nil {
		return s, false
	}
	for _, ticks := range f[11:15] {
		t, err := strconv.ParseFloat(ticks, 64)
		if err != nil {
			return s, false
		}
		s.cpu += t / ticksPerSecond
	}
	return s, true
}

// readTree reads all processes there are. One that ends meanwhile is left out; its
// parent has its CPU then.
func readTree() map[int]stat {
	entries, _ := os.ReadDir("/proc") // nothing read is nothing found, which is an error below
	all := map[int]stat{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		if s, ok := parseTreeStat(string(text)); ok {
			all[pid] = s
		}
	}
	return all
}

// below are the processes in tree that are roots or descend from them.
func below(tree map[int]stat, roots []int) []int {
	under := map[int]bool{}
	for _, r := range roots {
		if _, there := tree[r]; there {
			under[r] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for pid, s := range tree {
			if !under[pid] && under[s.parent] {
				under[pid], grown = true, true
			}
		}
	}
	pids := make([]int, 0, len(under))
	for pid := range under {
		pids = append(pids, pid)
	}
	return pids
}

func rootsOf(processes []*process) []int {
	var roots []int
	for _, p := range processes {
		roots = append(roots, p.cmd.Process.Pid)
	}
	return roots
}

// treeCPU is the CPU seconds that servers and their children have burnt: Apache,
// nginx, Varnish and hitch work in children.
func treeCPU(processes []*process) (float64, error) {
	tree, sum := readTree(), 0.0
	pids := below(tree, rootsOf(processes))
	if len(pids) < len(processes) {
		return 0, gone("read the CPU time of a server")
	}
	for _, pid := range pids {
		sum += tree[pid].cpu
	}
	return sum, nil
}

// treeMemory is the memory of servers and their children in bytes, what several
// share divided among them (PSS), so that it can be added up.
func treeMemory(processes []*process) (int, error) {
	pids, sum := below(readTree(), rootsOf(processes)), 0
	if len(pids) < len(processes) {
		return 0, gone("read the memory of a server")
	}
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return 0, &falochron.Error{Kind: falochron.Unavailable, Op: "read the memory of a server", Public: err.Error(),
				Hint: "Linux 4.14 is needed, and the right to look at it: as root, or all of the same user", Err: err}
		}
		kb, err := strconv.Atoi(strings.TrimSuffix(field(string(text), "Pss", ":"), " kB"))
		if err != nil {
			return 0, fmt.Errorf("reading the memory of process %d: %w", pid, err)
		}
		sum += kb << 10
	}
	return sum, nil
}

func gone(op string) error {
	return &falochron.Error{Kind: falochron.Unavailable, Op: op, Public: "it is gone, or the kernel does not say",
		Hint: "measured on Linux only, while the server lives"}
}

// childrenCPU is the CPU seconds of children that have ended: the load's.
func childrenCPU() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u) != nil {
		return 0
	}
	s := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return s(u.Utime) + s(u.Stime)
}
