//go:build unix

package accept

import "syscall"

// descriptors returns how many files this process may have open. The Go
// runtime has raised the soft limit to the hard one already.
func descriptors() uint64 {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 1024 // what Linux gives a process by default
	}
	return uint64(l.Cur)
}
