package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// machine is what a number depends on and a reader must know.
type machine struct {
	Processor string  `json:"processor"`
	Cores     int     `json:"cores"`
	MemoryGB  float64 `json:"memory_gb"`
	System    string  `json:"system"`
	Go        string  `json:"go"`
}

func readMachineFacts() machine {
	m := machine{Processor: "unknown processor", Cores: runtime.NumCPU(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if name := field(string(b), "model name", ":"); name != "" {
			m.Processor = name
		}
	}
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		kb, _ := strconv.ParseFloat(strings.TrimSuffix(field(string(b), "MemTotal", ":"), " kB"), 64)
		m.MemoryGB = rounded(kb/1024/1024, 1)
	}
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System += ", Linux " + strings.TrimSpace(string(b))
	}
	return m
}

// String is the machine in one line.
func (m machine) String() string {
	return fmt.Sprintf("%s, %d cores, %.1f GB, %s, %s", m.Processor, m.Cores, m.MemoryGB, m.System, m.Go)
}

// field is the value of the first line "name SEPARATOR value".
func field(text, name, separator string) string {
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, separator); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// ticksPerSecond is USER_HZ, which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// cpuOf is the CPU seconds a process has burnt; ok is false when the kernel
// does not say.
func cpuOf(pid int) (seconds float64, ok bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	return parseStat(string(b))
}

// parseStat reads utime and stime of /proc/PID/stat. The name in parentheses
// may hold spaces and parentheses.
func parseStat(stat string) (float64, bool) {
	f := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(f) < 13 {
		return 0, false
	}
	user, err1 := strconv.ParseFloat(f[11], 64)
	system, err2 := strconv.ParseFloat(f[12], 64)
	return (user + system) / ticksPerSecond, err1 == nil && err2 == nil
}

// load is the CPU seconds the machine has burnt and had since its start.
type load struct{ busy, all float64 }

func readLoad() load {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return load{}
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return parseLoad(line)
}

// parseLoad reads the first line of /proc/stat. Time stolen by a host counts as
// busy: it is not there for us.
func parseLoad(line string) (l load) {
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return load{}
	}
	for i := 1; i <= 8; i++ {
		x, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return load{}
		}
		l.all += x / ticksPerSecond
		if i != 4 && i != 5 { // idle, iowait
			l.busy += x / ticksPerSecond
		}
	}
	return l
}

// othersSince is the share of the machine, 0 to 1, that was burnt by none of
// ours since before, when ours burnt own seconds.
func (l load) othersSince(before load, own float64) float64 {
	if l.all <= before.all {
		return 0
	}
	return max(0, (l.busy-before.busy-own)/(l.all-before.all))
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
