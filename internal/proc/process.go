package proc

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ticksPerSecond is USER_HZ, which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// Process is what /proc/PID/stat says of a process.
type Process struct {
	Parent int
	Began  string  // when it was started, in ticks: a number is given to another process one day
	CPU    float64 // seconds it has burnt itself, user and system
	Reaped float64 // seconds of its children that have ended, and of theirs
}

// Read reads one process; false when there is none, or the kernel does not say.
func Read(pid int) (Process, bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Process{}, false
	}
	return parseProcess(string(text))
}

// parseProcess reads parent, times and start. The name in parentheses may hold spaces
// and parentheses.
func parseProcess(stat string) (Process, bool) {
	f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(f) < 20 {
		return Process{}, false
	}
	parent, err := strconv.Atoi(f[1])
	if err != nil {
		return Process{}, false
	}
	p := Process{Parent: parent, Began: f[19]}
	for i, sum := range []*float64{&p.CPU, &p.CPU, &p.Reaped, &p.Reaped} {
		ticks, err := strconv.ParseFloat(f[11+i], 64)
		if err != nil {
			return Process{}, false
		}
		*sum += ticks / ticksPerSecond
	}
	return p, true
}

// ReadAll reads all processes there are, by number; none where there is no /proc. One
// that ends meanwhile is left out: its parent has its CPU then.
func ReadAll() map[int]Process {
	entries, _ := os.ReadDir("/proc")
	all := map[int]Process{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := Read(pid); ok {
			all[pid] = p
		}
	}
	return all
}

// Below are those of all that are one of the roots or descend from one.
func Below(all map[int]Process, roots ...int) map[int]Process {
	under := map[int]Process{}
	for _, root := range roots {
		if p, there := all[root]; there {
			under[root] = p
		}
	}
	for grown := true; grown; {
		grown = false
		for pid, p := range all {
			_, known := under[pid]
			if _, below := under[p.Parent]; below && !known {
				under[pid], grown = p, true
			}
		}
	}
	return under
}

// Memory is what a process holds, in bytes, pages that it shares with others counted
// in parts (PSS), so that it can be added up. It takes Linux 4.14, and the right to
// look at the process.
func Memory(pid int) (bytes int, err error) {
	return kilobytes(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Pss")
}

// PeakMemory is the most that a process has held, in bytes (VmHWM).
func PeakMemory(pid int) (bytes int, err error) {
	return kilobytes(fmt.Sprintf("/proc/%d/status", pid), "VmHWM")
}

// kilobytes reads a line "NAME:   123 kB".
func kilobytes(file, name string) (bytes int, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == name+":" {
			kb, err := strconv.Atoi(f[1])
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, name)
}
