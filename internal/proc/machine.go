package proc

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Times are the machine's CPU seconds since it was started, over all its cores.
type Times struct {
	Busy float64 // what was burnt
	All  float64 // what there was
}

// Machine reads the machine's times; zero where the kernel does not say.
func Machine() Times {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return Times{}
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return parseTimes(line)
}

// parseTimes reads the first line of /proc/stat. Time stolen by a host counts as
// busy: it is not there for us.
func parseTimes(line string) (t Times) {
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return Times{}
	}
	for i := 1; i <= 8; i++ { // guest times, beyond, are contained in user
		x, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return Times{}
		}
		t.All += x / ticksPerSecond
		if i != 4 && i != 5 { // idle, iowait
			t.Busy += x / ticksPerSecond
		}
	}
	return t
}

// BusySince is the share of the machine, 0 to 1, that was burnt since before, without
// the seconds own of whoever asks; 0 when no time has gone by.
func (t Times) BusySince(before Times, own float64) float64 {
	if t.All <= before.All {
		return 0
	}
	return max(0, (t.Busy-before.Busy-own)/(t.All-before.All))
}

// OwnCPU is the CPU seconds that this process has burnt.
func OwnCPU() float64 { return burnt(syscall.RUSAGE_SELF) }

// ChildrenCPU is the CPU seconds of this process's children that have ended.
func ChildrenCPU() float64 { return burnt(syscall.RUSAGE_CHILDREN) }

func burnt(who int) float64 {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	s := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return s(u.Utime) + s(u.Stime)
}
