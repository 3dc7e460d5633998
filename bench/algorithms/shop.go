package algorithms

import (
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
)

// route is a kind of work at the shop.
type route uint8

const (
	home route = iota
	category
	product
	search
	cartAdd
	cartView
	form
	order
	thanks
	notice
	numRoutes
)

// routes are what each takes on an idle shop and how the edge sees it, as in
// internal/toyshop.
var routes = [numRoutes]struct {
	base  time.Duration
	class falochron.Class
	lane  admit.Lane
}{
	home:     {300 * time.Millisecond, falochron.ClassPage, admit.LaneInside},
	category: {400 * time.Millisecond, falochron.ClassPage, admit.LaneInside},
	product:  {350 * time.Millisecond, falochron.ClassPage, admit.LaneInside},
	search:   {450 * time.Millisecond, falochron.ClassPage, admit.LaneInside},
	cartAdd:  {300 * time.Millisecond, falochron.ClassCart, admit.LaneCart},
	cartView: {350 * time.Millisecond, falochron.ClassCart, admit.LaneCart},
	form:     {450 * time.Millisecond, falochron.ClassCheckout, admit.LaneCheckout},
	order:    {900 * time.Millisecond, falochron.ClassCheckout, admit.LaneOrder},
	thanks:   {200 * time.Millisecond, falochron.ClassCheckout, admit.LaneCheckout},
	notice:   {100 * time.Millisecond, falochron.ClassCallback, admit.LaneCallback},
}

const (
	backlog  = 511              // of PHP-FPM; beyond it 502 at once
	maxWait  = 30 * time.Second // for a worker, then 504
	maxTotal = 60 * time.Second // for the answer, then 504
	sigma    = 0.35             // of lognormal service times
	hangs    = 10 * time.Second // how long a call to somebody who does not answer holds its worker, before 504; chosen
)

// shop is the model of internal/toyshop: workers that are held, a backlog, service
// times that grow with both. What it has taken it works to the end, whether anybody
// still waits for it or not.
type shop struct {
	*world
	seed    uint64
	workers int
	pace    float64 // of service times; 3 is three times slower
	timeout float64 // share of requests that end in a time-out of something behind the shop
	stuck   bool    // all of them do
	db      *station
	dbShare float64 // part of the service time spent in the database

	busy   int
	queue  []*job
	taken  [numRoutes]uint64
	worked float64 // base seconds worked well so far
}

type job struct {
	route route
	begun bool
	given bool // answered, or the visitor's waiting was ended
	done  func(admit.Outcome)
	after func() // the work was done, whoever is there to hear of it; may be nil
}

func (j *job) answer(how admit.Outcome) {
	if !j.given {
		j.given = true
		j.done(how)
	}
}

// ask brings a request. done is called once; after, when the work is done.
func (s *shop) ask(r route, done func(admit.Outcome), after func()) {
	if len(s.queue) >= backlog {
		s.after(time.Millisecond, func() { done(admit.Errored) })
		return
	}
	j := &job{route: r, done: done, after: after}
	if s.busy < s.workers {
		s.begin(j)
	} else {
		s.queue = append(s.queue, j)
		s.after(maxWait, func() {
			if !j.begun {
				j.answer(admit.TimedOut)
			}
		})
	}
	s.after(maxTotal, func() { j.answer(admit.TimedOut) })
}

func (s *shop) begin(j *job) {
	j.begun = true
	s.busy++
	n := s.taken[j.route]
	s.taken[j.route]++
	if s.stuck || s.timeout > 0 && chance(s.seed, chanceHang+uint64(j.route)<<40, n) < s.timeout {
		s.after(hangs, func() {
			s.free()
			j.answer(admit.TimedOut)
		})
		return
	}
	b := float64(s.busy) / float64(s.workers)
	stretch := 1 + 0.3*b*b + 0.5*float64(len(s.queue))/backlog
	base := routes[j.route].base
	t := secs(base.Seconds() * lognormal(s.seed, uint64(j.route), n, sigma) * s.pace * stretch)
	end := func() {
		s.free()
		s.worked += base.Seconds()
		if j.after != nil {
			j.after()
		}
		j.answer(admit.Answered)
	}
	if s.db == nil {
		s.after(t, end)
		return
	}
	inDB := secs(t.Seconds() * s.dbShare)
	s.after(t-inDB, func() { s.db.serve(inDB, end) })
}

func (s *shop) free() {
	s.busy--
	if len(s.queue) > 0 {
		next := s.queue[0]
		s.queue[0] = nil
		s.queue = s.queue[1:]
		s.begin(next)
	}
}

// station is a few servers and one queue before them: a database.
type station struct {
	*world
	servers, busy int
	queue         []func()
}

func (s *station) serve(t time.Duration, done func()) {
	run := func() {
		s.busy++
		s.after(t, func() {
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
