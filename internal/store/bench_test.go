package store

import (
	"syscall"
	"testing"
	"time"
)

// worked is how long this process has kept a core busy. On a machine that others
// use as well it says more than the time that went by; the server's own work is
// not in it.
func worked(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppend: what a tap waits for before it is told "done", on this disk.
func BenchmarkAppend(b *testing.B) {
	for name, empty := range engines {
		b.Run(name, func(b *testing.B) {
			s := open(b, empty(b))
			after, before := uint64(0), worked(b)
			for b.Loop() {
				mustAppend(b, s, after, 1)
				after++
			}
			b.ReportMetric(float64((worked(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// BenchmarkStart: a program that starts reads the whole log, here of 300,000 acts.
func BenchmarkStart(b *testing.B) {
	const acts = 300_000
	for name, empty := range engines {
		b.Run(name, func(b *testing.B) {
			s := open(b, empty(b))
			for after := uint64(0); after < acts; after += MaxActs {
				mustAppend(b, s, after, MaxActs)
			}
			before := worked(b)
			for b.Loop() {
				n := 0
				for page, err := range s.Follow(b.Context(), 0) {
					if err != nil {
						b.Fatal(err)
					}
					if len(page) == 0 {
						break
					}
					n += len(page)
				}
				if n != acts {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64((worked(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}
