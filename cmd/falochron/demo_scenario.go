package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/falochron/falochron/internal/crowd"
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

// part is a stretch of a wave in which orders are counted, and the share of its
// ideal that the shop can do in it.
type part struct {
	from, to time.Duration
	can      float64
}

// parts cuts a window by what the scenario does to the shop. A slower shop can
// do less. While it is dead, and for a session after (those who were in have
// gone), nothing is counted. With an edge started in mid-wave, counting begins
// one session after the shop has worked off what had come before the edge, which
// is at cleared.
func (s scenario) parts(from, to, session, cleared time.Duration, protected bool) []part {
	if protected && s.edgeColdAt > 0 {
		from = max(from, cleared+session)
	}
	parts := []part{{from, to, 1}}
	if s.slowAt > 0 {
		parts = []part{{from, min(to, s.slowAt), 1}, {max(from, s.slowAt), to, 1 / s.slowFactor}}
	}
	if protected && s.outageAt > 0 {
		var cut []part
		for _, p := range parts {
			cut = append(cut, part{p.from, min(p.to, s.outageAt), p.can}, part{max(p.from, s.outageAt+s.outageFor+session), p.to, p.can})
		}
		parts = cut
	}
	return slices.DeleteFunc(parts, func(p part) bool { return p.to <= p.from })
}

// goodput is the rate of orders a minute over parts, and its ratio to what the
// shop could do in them at ideal orders a minute. Both are 0 without parts.
func goodput(rep *crowd.Report, parts []part, ideal float64) (rate, ratio float64) {
	orders, minutes, could := 0.0, 0.0, 0.0
	for _, p := range parts {
		m := (p.to - p.from).Minutes()
		orders += rep.OrdersPerMinute(p.from, p.to) * m
		minutes += m
		could += ideal * p.can * m
	}
	if could == 0 {
		return 0, 0
	}
	return orders / minutes, orders / could
}

// act is one thing a scenario does.
type act struct {
	at   time.Duration
	what string
	do   func(context.Context) error
}

// onTime is how late an act of a scenario may begin. Later it is another
// scenario than the one that was asked for.
const onTime = time.Second

// play does what a scenario says while a wave runs, until ctx ends with the
// wave. Whatever did not happen as said goes to failed.
func play(ctx context.Context, start time.Time, acts []act, say func(string), failed func(error)) {
	for i, a := range acts {
		t := time.NewTimer(time.Until(start.Add(a.at)))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			for _, a := range acts[i:] {
				failed(fmt.Errorf("%s: the wave was over before", a.what))
			}
			return
		}
		if late := time.Since(start.Add(a.at)); late > onTime {
			failed(fmt.Errorf("%s: %.1f s late", a.what, late.Seconds()))
		}
		say(a.what)
		if err := a.do(ctx); err != nil {
			failed(fmt.Errorf("%s: %w", a.what, err))
			return
		}
	}
}
