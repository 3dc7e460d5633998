package main

import (
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// The edge's heap is small and its latency is what fans feel, so the collector
// runs at five times the live heap instead of twice: a few tens of megabytes
// for a quarter of its work. Near what the machine or its control group grants,
// it works as hard as it must instead of being killed.
const (
	gcPercent = 400
	softShare = 0.75 // of what is granted; the rest is stacks, sockets and the page cache
)

// boundMemory sets the collector up; GOGC and GOMEMLIMIT in the environment
// overrule it.
func boundMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if granted := memoryGranted(os.DirFS("/")); granted > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(float64(granted) * softShare))
	}
}

// memoryGranted is the least of the machine's memory and the limits of our
// control groups (versions 1 and 2), in bytes; 0 where it is not known.
func memoryGranted(root fs.FS) (least int64) {
	take := func(file string, unit int64, value func(string) string) {
		b, err := fs.ReadFile(root, file)
		if err != nil {
			return
		}
		n, err := strconv.ParseInt(value(string(b)), 10, 64)
		if err == nil && n > 0 && n < 1<<50 && (least == 0 || n*unit < least) { // "max", or a huge number, is no limit
			least = n * unit
		}
	}
	take("proc/meminfo", 1024, func(s string) string {
		_, rest, _ := strings.Cut(s, "MemTotal:")
		if f := strings.Fields(rest); len(f) > 0 {
			return f[0]
		}
		return ""
	})
	groups, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 || part[1] != "" && part[1] != "memory" {
			continue
		}
		dir, file := "sys/fs/cgroup", "memory.max"
		if part[1] == "memory" {
			dir, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		for group := path.Clean("/" + part[2]); ; group = path.Dir(group) { // a parent's limit is ours too
			take(path.Join(dir, group, file), 1, strings.TrimSpace)
			if group == "/" {
				break
			}
		}
	}
	return least
}
