package algorithms

import (
	"fmt"
	"time"
)

// Algorithm is one that takes part.
type Algorithm struct {
	Name     string
	Settings []Setting
	// Default is the index in Settings of what it comes with, or -1 where somebody
	// must choose.
	Default int
}

// Algorithms are all that take part, ours first. Every number that one of them needs
// is tried with at least five values, around its default and around what fits a shop
// of eight workers.
func Algorithms() []Algorithm {
	return []Algorithm{
		{Name: "ours", Settings: []Setting{{Name: "nothing is set"}}},
		{Name: "none", Settings: []Setting{{Name: "nothing is set", Bare: true}}},
		{Name: "fixed limit", Settings: fixed(), Default: -1},
		{Name: "AIMD", Settings: aimd()},
		{Name: "Vegas", Settings: vegas()},
		{Name: "Gradient2", Settings: gradient2()},
		{Name: "Envoy", Settings: envoy()},
		{Name: "CoDel, LIFO", Settings: codel(), Default: -1},
	}
}

// Fits says whether a setting can be tried with a front: a limit before which people
// wait for a while is what our lanes are in its place, and no limit at all has nothing
// to tell a line.
func (s Setting) Fits(how Front) bool {
	return how == Alone || !s.Bare && s.Queue.Wait == 0
}

// fixed are limits as in nginx's limit_conn (nobody waits) and HAProxy's maxconn with
// timeout queue (they wait).
func fixed() (out []Setting) {
	for _, wait := range []time.Duration{0, 5 * time.Second} {
		for _, n := range []int{4, 6, 8, 10, 12, 14, 16, 24, 48} {
			name := fmt.Sprintf("%d", n)
			if wait > 0 {
				name = fmt.Sprintf("%d, queue %v", n, wait)
			}
			out = append(out, Setting{Name: name, Limit: func(uint64) Limit { return Fixed(n) }, Queue: Queue{Wait: wait}})
		}
	}
	return out
}

func aimd() []Setting {
	d := DefaultAIMD()
	of := func(name string, change func(*AIMD)) Setting {
		a := d
		change(&a)
		return Setting{Name: name, Limit: func(uint64) Limit { return a.start() }}
	}
	out := []Setting{of("defaults", func(*AIMD) {})}
	for _, t := range []time.Duration{700 * time.Millisecond, time.Second, 1500 * time.Millisecond, 2 * time.Second, 3 * time.Second} {
		for _, back := range []float64{0.5, 0.9} {
			out = append(out, of(fmt.Sprintf("from 4, slow is %v, ×%g", t, back), func(a *AIMD) { a.Initial, a.Min, a.Timeout, a.Backoff = 4, 1, t, back }))
		}
	}
	return out
}

func vegas() []Setting {
	of := func(name string, windows bool, change func(*Vegas)) Setting {
		v := DefaultVegas()
		change(&v)
		return Setting{Name: name, Limit: func(seed uint64) Limit {
			v := v
			v.Seed = seed
			if windows {
				return &Windowed{Limiter: v.start()}
			}
			return v.start()
		}}
	}
	out := []Setting{of("defaults", false, func(*Vegas) {})}
	for _, ab := range [][2]float64{{1, 2}, {2, 4}, {3, 6}, {5, 8}, {8, 12}} {
		set := func(v *Vegas) { v.Initial, v.Alpha, v.Beta = 4, ab[0], ab[1] }
		name := fmt.Sprintf("from 4, α %g, β %g", ab[0], ab[1])
		out = append(out, of(name, false, set), of(name+", by the second", true, set))
	}
	return out
}

func gradient2() []Setting {
	of := func(name string, windows bool, change func(*Gradient2)) Setting {
		g := DefaultGradient2()
		change(&g)
		return Setting{Name: name, Limit: func(uint64) Limit {
			if windows {
				return &Windowed{Limiter: g.start()}
			}
			return g.start()
		}}
	}
	out := []Setting{of("defaults", true, func(*Gradient2) {})}
	for _, windows := range []bool{true, false} {
		for _, q := range []float64{0.5, 1, 2, 4, 8} {
			for _, tol := range []float64{1, 1.5} {
				name := fmt.Sprintf("from 4, queue %g, tolerance %g", q, tol)
				if windows {
					name += ", by the second"
				}
				out = append(out, of(name, windows, func(g *Gradient2) { g.Initial, g.Min, g.Queue, g.Tolerance = 4, 1, q, tol }))
			}
		}
	}
	return out
}

func envoy() []Setting {
	of := func(name string, change func(*Envoy)) Setting {
		e := DefaultEnvoy()
		change(&e)
		return Setting{Name: name, Limit: func(seed uint64) Limit {
			e := e
			e.Seed = seed
			return e.start()
		}}
	}
	out := []Setting{of("defaults", func(*Envoy) {})}
	for _, update := range []time.Duration{100 * time.Millisecond, time.Second} {
		for _, buffer := range []float64{0.1, 0.25, 0.5, 1, 2} {
			out = append(out, of(fmt.Sprintf("every %v, buffer %.0f %%, 20 of an idle shop", update, 100*buffer), func(e *Envoy) {
				e.Update, e.Buffer, e.Count = update, buffer, 20
			}))
		}
	}
	return out
}

// codel are queues before a number of workers, as its servers have them.
func codel() (out []Setting) {
	for _, n := range []int{6, 8, 10, 12, 16} {
		for _, q := range []Queue{
			{Short: 5 * time.Millisecond, Long: 100 * time.Millisecond}, // as in "Fail at Scale"
			{Short: 50 * time.Millisecond, Long: time.Second},
			{Short: 500 * time.Millisecond, Long: 5 * time.Second},
		} {
			out = append(out, Setting{Name: fmt.Sprintf("%d, %v of %v", n, q.Short, q.Long), Queue: q, Limit: func(uint64) Limit { return Fixed(n) }})
		}
	}
	return out
}
