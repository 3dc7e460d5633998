package main

import (
	"context"
	"time"

	"github.com/falochron/falochron/internal/proc"
	"github.com/falochron/falochron/internal/toyshop"
)

// second is what shop and machine said about once a second.
type second struct {
	at    time.Duration // after the wave's start, when the shop had answered
	stats toyshop.Stats
	ok    bool // the shop has answered
	times proc.Times
}

// sample asks shop and machine every second how they are. A shop in trouble
// answers late: what counts is when it did, not how often it was asked.
func (s *stage) sample(ctx context.Context, start time.Time) {
	s.mu.Lock()
	s.secs = append(s.secs, second{times: proc.Machine(), ok: true})
	s.mu.Unlock()
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		st, err := s.shop.stats(ctx, false)
		s.mu.Lock()
		s.secs = append(s.secs, second{at: time.Since(start), stats: st, ok: err == nil, times: proc.Machine()})
		if s.edge != nil {
			s.rss = max(s.rss, peakMB(s.edge.pid()))
		}
		if s.front != nil {
			s.rss = max(s.rss, s.front.memory())
		}
		s.mu.Unlock()
	}
}

// bySecond lays samples out over the seconds of the wave: how many connections
// the shop refused in each, and how busy the machine was. A sample tells of the
// second that ends nearest to it. What was refused since the sample before counts
// for the last second of the stretch, which is the latest that it can have been:
// protection must not look quicker than it was.
func bySecond(samples []second) (refused []int, busy []float64) {
	if len(samples) == 0 {
		return nil, nil
	}
	last := uint64(0)
	for i, now := range samples[1:] {
		ends := int((now.at + time.Second/2) / time.Second)
		share := now.times.BusySince(samples[i].times, 0)
		for len(busy) < ends {
			refused, busy = append(refused, 0), append(busy, share)
		}
		if !now.ok || len(refused) == 0 {
			continue
		}
		if n := now.stats.Refused502; n > last { // smaller after a restart
			refused[len(refused)-1] += int(n - last)
		}
		last = now.stats.Refused502
	}
	return refused, busy
}

// workedOff is the first moment after from at which nobody waited for the shop
// any more; the last sample's if that did not come.
func workedOff(samples []second, from time.Duration) (at time.Duration) {
	for _, s := range samples {
		if s.at <= from {
			continue
		}
		at = s.at
		if s.ok && s.stats.Backlog == 0 {
			break
		}
	}
	return at
}

// peakMB is the most memory that a process has held, in MB; 0 when not known.
func peakMB(pid int) float64 {
	n, _ := proc.PeakMemory(pid)
	return megabytes(n)
}

func megabytes(bytes int) float64 { return float64(bytes) / (1 << 20) }
