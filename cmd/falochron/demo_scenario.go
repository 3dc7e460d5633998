package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// scenario is what goes wrong during a wave beyond the wave itself. The zero
// value is nothing. Moments count from the wave's start; zero means never.
type scenario struct {
	slowAt     time.Duration // the shop becomes slowFactor times slower, in both waves
	slowFactor float64
	edgeColdAt time.Duration // the wave meets the bare shop first; the edge starts then
	killAt     time.Duration // the edge is killed (-9) and started again on the same data
	outageAt   time.Duration // the shop behind the edge is killed and back after outageFor
	outageFor  time.Duration
}

func (s *scenario) flags(f *pflag.FlagSet) {
	f.DurationVar(&s.slowAt, "slow-at", 0, "make the shop slower at this moment of both waves")
	f.Float64Var(&s.slowFactor, "slow-factor", 3, "how many times slower")
	f.DurationVar(&s.edgeColdAt, "edge-cold-at", 0, "let the wave meet the bare shop, and start the edge at this moment")
	f.DurationVar(&s.killAt, "kill-at", 0, "kill the edge at this moment and start it again")
	f.DurationVar(&s.outageAt, "outage-at", 0, "kill the shop behind the edge at this moment")
	f.DurationVar(&s.outageFor, "outage-for", time.Minute, "start it again after this long")
	for _, name := range []string{"slow-at", "slow-factor", "edge-cold-at", "kill-at", "outage-at", "outage-for"} {
		_ = f.MarkHidden(name) // exists: defined above
	}
}

func (s scenario) check() error {
	if s.slowAt < 0 || s.edgeColdAt < 0 || s.killAt < 0 || s.outageAt < 0 || s.outageFor <= 0 || !(s.slowFactor > 0 && s.slowFactor <= 100) {
		return usage("a scenario's moments and factor must be positive", "for example --slow-at 30s --slow-factor 3")
	}
	return nil
}

// String names what happens, for the result.
func (s scenario) String() string {
	var parts []string
	add := func(at time.Duration, format string, args ...any) {
		if at > 0 {
			parts = append(parts, fmt.Sprintf(format, args...)+fmt.Sprintf(" at %v", at))
		}
	}
	add(s.slowAt, "shop %g times slower", s.slowFactor)
	add(s.edgeColdAt, "edge started cold")
	add(s.killAt, "edge killed and restarted")
	add(s.outageAt, "shop dead for %v", s.outageFor)
	return strings.Join(parts, ", ")
}

// capacity is the share of its orders that the shop can still take in a window,
// given what the scenario does to it: a shop that is three times slower in half
// of the window has two thirds left.
func (s scenario) capacity(from, to time.Duration, protected bool) float64 {
	if to <= from {
		return 1
	}
	got := 0.0
	const step = 100 * time.Millisecond
	n := 0
	for t := from; t < to; t += step {
		n++
		switch {
		case protected && s.outageAt > 0 && t >= s.outageAt && t < s.outageAt+s.outageFor:
		case s.slowAt > 0 && t >= s.slowAt:
			got += 1 / s.slowFactor
		default:
			got++
		}
	}
	return got / float64(n)
}

// act is one thing a scenario does.
type act struct {
	at   time.Duration
	what string
	do   func(context.Context) error
}

// play does what a scenario says while a wave runs; errors go to failed.
func play(ctx context.Context, start time.Time, acts []act, say func(string), failed func(error)) {
	for _, a := range acts {
		t := time.NewTimer(time.Until(start.Add(a.at)))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
		say(a.what)
		if err := a.do(ctx); err != nil && ctx.Err() == nil {
			failed(fmt.Errorf("%s: %w", a.what, err))
			return
		}
	}
}
