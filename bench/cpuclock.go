package main

import "golang.org/x/sys/unix"

// burntBy is the CPU time in seconds that a process has burnt with all its threads, those
// that ended included. It is the kernel's own sum in nanoseconds (clock_getcpuclockid(3)):
// /proc/PID/stat tells the same in steps of 10 ms, so that what is measured would have to
// last long. False when the process is gone.
func burntBy(pid int) (float64, bool) {
	const scheduled = 2 // CPUCLOCK_SCHED in Linux's include/linux/posix-timers.h: user and system
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil {
		return 0, false
	}
	return float64(t.Sec) + float64(t.Nsec)/1e9, true
}
