package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/proc"
)

// How ideal is measured. The warm-up is one session of a buyer and a little
// more. It could be longer: some buyers take twice as long, and the first orders
// of the measured part are a little fewer than they would be after minutes (by 4 %
// over all, measured once). The demo must end within five minutes.
const (
	idealWarmup  = 44 * time.Second
	idealMeasure = 30 * time.Second
	idealGrace   = 2 * time.Second
	// idealWorkers bounds the workers of all shops measured at the same time.
	// They sleep, so they could be more; what the crowds burn could not.
	idealWorkers = 160
	idealRepeats = 4
)

// idealSizes are the crowds that are tried, in fans per worker: from a little
// too few to keep the workers busy to a little too many. They are closest where a
// shop of 8 workers was measured to take most over minutes: 91 orders a minute at
// 10.5, 85 at 11.25, while from 12 on it slowly collapses.
func idealSizes() []float64 { return []float64{9, 10.5, 11.25, 12, 13} }

// sweepPoint is one crowd size, averaged over its repeats.
type sweepPoint struct {
	Edge         bool    `json:"edge"`
	Fans         int     `json:"fans"`
	OrdersPerMin float64 `json:"orders_per_min"`
	P95MS        float64 `json:"p95_ms"`
	PagesPerS    float64 `json:"pages_per_s"`
	SessionS     float64 `json:"session_s"`
	LatenessMS   float64 `json:"lateness_p99_ms"`
}

// ideal measures what the shop can do with a well-behaved crowd: closed-loop
// crowds of several sizes, each against a shop of its own, with and without an
// edge that does nothing. All run at the same time: a shop's workers sleep, so
// the shops do not disturb each other while the machine has CPU to spare. The
// best of several sizes is an optimistic estimate, which makes the promise
// harder to keep; averaging repeats keeps that in bounds.
func (d *demo) ideal(ctx context.Context) (*idealResult, error) {
	sizes := idealSizes()
	repeats := min(max(idealWorkers/(2*len(sizes)*d.workers), 1), idealRepeats)
	d.out.say("\nHow many orders can this shop take? %d crowds of different sizes, %d times each, at shops of their own.", len(sizes), repeats)
	type job struct {
		point, repeat int
		shop          *shopProcess
		target        string
	}
	points := make([]sweepPoint, 2*len(sizes))
	var jobs []job
	for i := range points {
		points[i].Edge = i < len(sizes)
		points[i].Fans = max(2, int(sizes[i%len(sizes)]*float64(d.workers)+0.5))
		for rep := range repeats {
			shop, edge, target, err := d.idealShop(ctx, points[i].Edge, uint64(rep))
			if err != nil {
				return nil, err
			}
			if rep == 0 && i%len(sizes) == 0 {
				d.out.say("  $ %s", shop.line())
				if edge != nil {
					d.out.say("  $ %s", edge.line())
				}
			}
			jobs = append(jobs, job{i, rep, shop, target})
		}
	}
	if len(jobs) > 2 {
		d.out.say("  ... and %d more like these", len(jobs)-2)
	}

	before, began := proc.Machine(), time.Now()
	stop := make(chan struct{})
	var shown sync.WaitGroup
	shown.Go(func() { d.clock("at its best", began, idealWarmup+idealMeasure, stop) })
	reports := make([]*crowd.Report, len(jobs))
	errs := make([]error, len(jobs))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() {
			plan, err := planFor(d.as, d.seed+uint64(j.repeat)<<32, d.compression)
			if err != nil {
				errs[i] = err
				return
			}
			reports[i], errs[i] = crowd.Steady{Plan: plan,
				Target: d.target(j.target), Size: points[j.point].Fans,
				Warmup: idealWarmup, Measure: idealMeasure, Grace: idealGrace}.Run(ctx)
		})
	}
	wg.Wait()
	close(stop)
	shown.Wait()
	r := &idealResult{busy: proc.Machine().BusySince(before, 0)}
	for i, j := range jobs {
		if errs[i] != nil {
			return nil, errs[i]
		}
		points[j.point].add(reports[i], repeats)
	}
	for i := range points {
		points[i].round()
	}
	r.choose(points)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.edge.OrdersPerMin == 0 || r.bare.OrdersPerMin == 0 {
		return nil, fmt.Errorf("the toy shop took no order even from a well-behaved crowd")
	}
	return r, nil
}

// add averages one repeat in.
func (p *sweepPoint) add(r *crowd.Report, repeats int) {
	n := float64(repeats)
	p.OrdersPerMin += r.OrdersPerMinute(r.From, r.To) / n
	p.P95MS += ms(r.Pages.P95) / n
	p.PagesPerS += r.LoadsPerSecond() / n
	p.SessionS += r.MedianSession().Seconds() / n
	p.LatenessMS = max(p.LatenessMS, ms(r.Late.P99))
}

// idealShop starts one shop of the sweep, and the edge before it if wanted; it
// returns where the crowd goes.
func (d *demo) idealShop(ctx context.Context, edge bool, repeat uint64) (*shopProcess, *edgeProcess, string, error) {
	front := ""
	listen := d.house.port()
	if edge {
		front = "http://" + listen
	}
	shop, err := d.house.shop(ctx, d.workers, d.seed+repeat, front)
	if err != nil {
		return nil, nil, "", err
	}
	if !edge {
		return shop, nil, shop.base, nil
	}
	// Mode off passes everything on: no line, no limits, and no cache either.
	e, err := d.house.edge(listen, shop.base, "off")
	if err != nil {
		return nil, nil, "", err
	}
	if err := e.start(); err != nil {
		return nil, nil, "", err
	}
	return shop, e, front, e.listening(ctx, listen)
}

func (p *sweepPoint) round() {
	p.OrdersPerMin, p.P95MS = round(p.OrdersPerMin, 2), round(p.P95MS, 1)
	p.PagesPerS, p.SessionS = round(p.PagesPerS, 2), round(p.SessionS, 2)
}

func ms(d time.Duration) float64 { return round(float64(d)/float64(time.Millisecond), 1) }

// clock shows how time passes until stop is closed.
func (d *demo) clock(what string, began time.Time, whole time.Duration, stop <-chan struct{}) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			d.out.progress(what, time.Since(began), whole, "")
		case <-stop:
			return
		}
	}
}
