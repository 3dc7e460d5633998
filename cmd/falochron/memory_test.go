package main

import (
	"testing"
	"testing/fstest"
)

func TestMemoryGranted(t *testing.T) {
	const machine = "MemTotal:       24684324 kB\nMemFree: 1 kB\n"
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, tc := range map[string]struct {
		files fstest.MapFS
		want  int64
	}{
		"nothing is known":    {fstest.MapFS{}, 0},
		"the machine":         {fstest.MapFS{"proc/meminfo": file(machine)}, 24684324 << 10},
		"nonsense":            {fstest.MapFS{"proc/meminfo": file("MemTotal:"), "proc/self/cgroup": file("0::\n::\nx")}, 0},
		"version 2":           {fstest.MapFS{"proc/meminfo": file(machine), "proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("268435456\n")}, 256 << 20},
		"no limit":            {fstest.MapFS{"proc/meminfo": file(machine), "proc/self/cgroup": file("0::/a\n"), "sys/fs/cgroup/a/memory.max": file("max\n")}, 24684324 << 10},
		"a parent's limit":    {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"), "sys/fs/cgroup/a/memory.max": file("1000\n"), "sys/fs/cgroup/a/b/memory.max": file("2000\n")}, 1000},
		"version 1":           {fstest.MapFS{"proc/self/cgroup": file("5:cpu:/x\n4:memory:/a\n"), "sys/fs/cgroup/memory/a/memory.limit_in_bytes": file("3000\n")}, 3000},
		"version 1, no limit": {fstest.MapFS{"proc/meminfo": file(machine), "proc/self/cgroup": file("4:memory:/\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, 24684324 << 10},
	} {
		if got := memoryGranted(tc.files); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
}
