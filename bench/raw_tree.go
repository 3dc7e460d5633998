package main

import (
	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/proc"
)

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
	all, sum := proc.Below(proc.ReadAll(), rootsOf(processes)...), 0.0
	if len(all) < len(processes) {
		return 0, gone("read the CPU time of a server")
	}
	for pid, p := range all {
		burnt, there := burntBy(pid)
		if !there {
			burnt = p.CPU // it has ended in this moment
		}
		sum += burnt + p.Reaped
	}
	return sum, nil
}

// treeMemory is the memory of servers and their children in bytes, what several
// share divided among them (PSS), so that it can be added up.
func treeMemory(processes []*process) (int, error) {
	all, sum := proc.Below(proc.ReadAll(), rootsOf(processes)...), 0
	if len(all) < len(processes) {
		return 0, gone("read the memory of a server")
	}
	for pid := range all {
		n, err := proc.Memory(pid)
		if err != nil {
			return 0, &falochron.Error{Kind: falochron.Unavailable, Op: "read the memory of a server", Public: err.Error(),
				Hint: "Linux 4.14 is needed, and the right to look at it: as root, or all of the same user", Err: err}
		}
		sum += n
	}
	return sum, nil
}

func gone(op string) error {
	return &falochron.Error{Kind: falochron.Unavailable, Op: op, Public: "it is gone, or the kernel does not say",
		Hint: "measured on Linux only, while the server lives"}
}
