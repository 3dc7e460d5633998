package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// What the machine says about itself. It is read from /proc, so elsewhere than
// on Linux it is not known, and a result cannot be called void for it.

// ticksPerSecond is USER_HZ, which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// machineTimes are the machine's CPU seconds since it was started.
type machineTimes struct{ busy, all float64 }

func readMachine() machineTimes {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return machineTimes{}
	}
	line, _, _ := bytes.Cut(b, []byte{'\n'})
	return parseMachine(string(line))
}

// parseMachine reads the first line of /proc/stat. Time stolen by a host counts
// as busy: it is not there for us.
func parseMachine(line string) (m machineTimes) {
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return m
	}
	for i := 1; i <= 8; i++ { // guest times, beyond, are contained in user
		x, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return machineTimes{}
		}
		m.all += x / ticksPerSecond
		if i != 4 && i != 5 { // idle, iowait
			m.busy += x / ticksPerSecond
		}
	}
	return m
}

// busySince is the busy share between two readings, 0 to 1.
func (m machineTimes) busySince(before machineTimes) float64 {
	if m.all <= before.all {
		return 0
	}
	return (m.busy - before.busy) / (m.all - before.all)
}

// cpuOf returns the CPU seconds a process has burnt; 0 when not known.
func cpuOf(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return parseProcess(string(b))
}

// parseProcess reads utime and stime. The name in parentheses may hold spaces.
func parseProcess(stat string) float64 {
	f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(f) < 13 {
		return 0
	}
	user, err1 := strconv.ParseFloat(f[11], 64)
	system, err2 := strconv.ParseFloat(f[12], 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return (user + system) / ticksPerSecond
}

// peakRSS returns the most memory a process has held, in MB; 0 when not known.
func peakRSS(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}

// ownCPU is the CPU seconds this process has burnt.
func ownCPU() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	s := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return s(u.Utime) + s(u.Stime)
}
