package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// processStat is what /proc/PID/stat says of a process.
type processStat struct {
	parent int
	began  string  // when it was started, in ticks: a number is given to another process one day
	cpu    float64 // seconds of its own and of its children that have ended
}

// parseProcessStat reads parent, times and start. The name in parentheses may hold
// spaces and parentheses.
func parseProcessStat(text string) (s processStat, ok bool) {
	f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(f) < 20 {
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
	s.began = f[19]
	return s, true
}

// readProcesses reads all processes there are; none where there is no /proc. One that
// ends meanwhile is left out: its parent has its CPU then.
func readProcesses() map[int]processStat {
	entries, _ := os.ReadDir("/proc")
	all := map[int]processStat{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		if s, ok := parseProcessStat(string(text)); ok {
			all[pid] = s
		}
	}
	return all
}

// descendants are root and all that descend from it.
func descendants(all map[int]processStat, root int) map[int]processStat {
	under := map[int]processStat{}
	if s, there := all[root]; there {
		under[root] = s
	}
	for grown := true; grown; {
		grown = false
		for pid, s := range all {
			_, known := under[pid]
			if _, below := under[s.parent]; below && !known {
				under[pid], grown = s, true
			}
		}
	}
	return under
}

// proportionalMB is a process's memory, pages that it shares with others counted in
// parts (PSS), so that it can be added up; 0 when not known.
func proportionalMB(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "Pss:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}
