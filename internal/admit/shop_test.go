package admit

import (
	"math"
	"slices"
)

// A shop answers requests that cost base seconds each in an unloaded shop.
// What is asked is worked, whether somebody still waits for it or not.
type shop interface {
	ask(base float64, done func(Outcome))
	load() (busy, backlog int)
	worked() float64 // base seconds of requests answered so far
}

// phpShop is nginx before PHP: workers that are held, a backlog of 511, instant
// 502 beyond it, 504 after 30 s of waiting; service times grow with busy
// workers and backlog.
type phpShop struct {
	w       *world
	workers int
	pace    float64
	dead    bool    // refuses connections at once
	hangs   bool    // accepts and never answers: time-out after 30 s
	refuses float64 // share answered with an instant 502 for reasons of its own
	db      *station
	dbShare float64 // part of the service time spent in the shared database

	busy  int
	queue []*phpJob
	done  float64
}

type phpJob struct {
	base    float64
	begun   bool
	given   bool // answered or given up
	outcome func(Outcome)
}

func (j *phpJob) answer(how Outcome) {
	if !j.given {
		j.given = true
		j.outcome(how)
	}
}

func newPHP(w *world, workers int) *phpShop { return &phpShop{w: w, workers: workers, pace: 1} }

// newSharedDB is a shop with many workers before a database that serves only
// few queries at a time: the ceiling is not the workers.
func newSharedDB(w *world, workers, connections int) *phpShop {
	s := newPHP(w, workers)
	s.db, s.dbShare = &station{w: w, servers: connections}, 0.4
	return s
}

func (s *phpShop) load() (int, int) { return s.busy, len(s.queue) }
func (s *phpShop) worked() float64  { return s.done }

func (s *phpShop) ask(base float64, done func(Outcome)) {
	switch {
	case s.dead:
		s.w.after(0.001, func() { done(Unreach) })
		return
	case s.hangs:
		s.w.after(30, func() { done(TimedOut) })
		return
	case s.refuses > 0 && s.w.rng.Float64() < s.refuses:
		s.w.after(0.002, func() { done(Errored) })
		return
	case len(s.queue) >= 511:
		s.w.after(0.001, func() { done(Errored) })
		return
	}
	j := &phpJob{base: base, outcome: done}
	if s.busy < s.workers {
		s.begin(j)
		return
	}
	s.queue = append(s.queue, j)
	s.w.after(30, func() {
		if !j.begun {
			j.answer(Errored)
		}
	})
}

func (s *phpShop) begin(j *phpJob) {
	j.begun = true
	s.busy++
	b := float64(s.busy) / float64(s.workers)
	f := 1 + 0.3*b*b + 0.5*float64(len(s.queue))/511
	t := j.base * s.w.spread() * f * s.pace
	end := func() {
		s.busy--
		s.done += j.base
		if len(s.queue) > 0 {
			next := s.queue[0]
			s.queue = s.queue[1:]
			s.begin(next)
		}
		j.answer(Answered)
	}
	if s.db == nil {
		s.w.after(t, end)
		return
	}
	s.w.after(t*(1-s.dbShare), func() { s.db.serve(t*s.dbShare, end) })
}

// station is a few servers and one queue before them.
type station struct {
	w       *world
	servers int
	busy    int
	queue   []func()
}

func (s *station) serve(t float64, done func()) {
	run := func() {
		s.busy++
		s.w.after(t, func() {
			s.busy--
			if len(s.queue) > 0 {
				next := s.queue[0]
				s.queue = s.queue[1:]
				next()
			}
			done()
		})
	}
	if s.busy < s.servers {
		run()
	} else {
		s.queue = append(s.queue, run)
	}
}

// coreShop shares its processors among all requests in flight: the throughput
// measured at some numbers in flight, straight lines between them. It queues
// without end and refuses nobody.
type coreShop struct {
	w     *world
	curve []flow // pages per second by requests in flight, ascending
	pace  float64

	at   float64 // pages' worth of work every job in flight has received so far
	last float64 // seconds since the world began, when at was brought up to date
	jobs []coreJob
	plan int // number of the latest planned end
	done float64
}

type flow struct{ inFlight, pages float64 }

type coreJob struct {
	until, base float64
	outcome     func(Outcome)
}

// wooFlow is WooCommerce on two cores, one of them busy with other work;
// nodeFlow is EverShop, one process on one core. Both measured.
var (
	wooFlow  = []flow{{1, 4.7}, {2, 4.5}, {4, 5.1}, {8, 4.4}, {16, 3.3}, {64, 2.5}, {160, 2.4}}
	nodeFlow = []flow{{1, 13.5}, {4, 13}, {16, 12}, {40, 9}, {160, 4.6}}
)

// meanBase is the mean base of a page; a page of it is one page of the curve.
const meanBase = 0.4

func newCores(w *world, curve []flow) *coreShop { return &coreShop{w: w, curve: curve, pace: 1} }

func (s *coreShop) load() (int, int) { return len(s.jobs), 0 }
func (s *coreShop) worked() float64  { return s.done }

// each is the pages per second one of n requests in flight gets.
func (s *coreShop) each() float64 {
	n := float64(len(s.jobs))
	if n == 0 {
		return 0
	}
	c := s.curve
	i, _ := slices.BinarySearchFunc(c, n, func(f flow, n float64) int {
		return int(math.Copysign(1, f.inFlight-n-1e-9))
	})
	x := c[min(i, len(c)-1)].pages
	if i > 0 && i < len(c) {
		p := (n - c[i-1].inFlight) / (c[i].inFlight - c[i-1].inFlight)
		x = c[i-1].pages + p*(c[i].pages-c[i-1].pages)
	}
	return x / n / s.pace
}

func (s *coreShop) ask(base float64, done func(Outcome)) {
	s.advance()
	s.jobs = append(s.jobs, coreJob{until: s.at + base/meanBase*s.w.spread(), base: base, outcome: done})
	s.schedule()
}

func (s *coreShop) advance() {
	now := float64(s.w.now.UnixNano()) / 1e9
	s.at += (now - s.last) * s.each()
	s.last = now
}

func (s *coreShop) schedule() {
	s.plan++
	if len(s.jobs) == 0 {
		return
	}
	my, first := s.plan, math.Inf(1)
	for _, j := range s.jobs {
		first = min(first, j.until)
	}
	s.w.after((first-s.at)/s.each()+1e-6, func() {
		if my != s.plan {
			return
		}
		s.advance()
		var ended []coreJob
		s.jobs = slices.DeleteFunc(s.jobs, func(j coreJob) bool {
			if j.until <= s.at {
				ended = append(ended, j)
				return true
			}
			return false
		})
		s.schedule()
		for _, j := range ended {
			s.done += j.base
			j.outcome(Answered)
		}
	})
}
