//go:build !unix

package accept

// descriptors returns how many files this process may have open: where that is
// not bounded, as many as we would ever use.
func descriptors() uint64 { return 1 << 16 }
