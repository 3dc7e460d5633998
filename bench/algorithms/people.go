package algorithms

import (
	"math"
	"time"

	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/crowd"
)

// What people bear, as internal/crowd has it.
const (
	reloadAfter = 3 * time.Second
	reloadShare = 0.44
	maxReloads  = 5
	leaveAfter  = 5 * time.Second
	leaveShare  = 1.0 / 3
	giveUp      = 65 * time.Second
	retryShare  = reloadShare
	retryMin    = 2 * time.Second
	retryMax    = 5 * time.Second
	maxRetries  = 4
	brokenAfter = 10 * time.Second
	instant     = time.Second // an error sooner than that is none anybody has waited for
	compression = 5           // of arrivals and think times, nothing else
)

// step is one thing a fan does: what is asked one after the other until the page is
// there, and the mean time before it.
type step struct {
	hops  []route
	think time.Duration
}

const (
	thinkPage = 31 * time.Second
	thinkTill = 100 * time.Second // the form, and the code for the payment
)

// journeys are those of the demo's fans: of twenty, nine buy.
var journeys = [...]struct {
	count int
	buys  bool
	steps []step
}{
	{6, true, append([]step{look(product)}, buying...)},
	{3, true, append([]step{look(product), look(category), look(product)}, buying...)},
	{4, false, []step{look(product)}},
	{3, false, []step{look(product), look(category)}},
	{2, false, []step{look(product), look(home), look(product)}},
	{2, false, []step{look(product), look(category), look(product), look(search)}},
}

var buying = []step{
	{[]route{cartAdd, cartView}, thinkPage},
	{[]route{form}, thinkPage},
	{[]route{order, thanks}, thinkTill},
}

func look(r route) step { return step{[]route{r}, thinkPage} }

// buyerShare is the share of fans who come to buy.
const buyerShare = 9.0 / 20

// plan is the same as internal/crowd draws its lists from.
func plan(seed uint64) crowd.Plan {
	p := crowd.Plan{Seed: seed, Compression: compression}
	for _, j := range journeys {
		c := crowd.Journey{Count: j.count, Buys: j.buys}
		for range j.steps {
			c.Steps = append(c.Steps, crowd.Step{Method: "GET", Path: "/"})
		}
		p.Journeys = append(p.Journeys, c)
	}
	return p
}

// fan is one person.
type fan struct {
	id      uint64 // from 1
	seed    uint64
	journey uint8
	entered time.Duration

	in      bool // has seen the shop, or was let in by the line
	broken  bool // met an error, a refusal or more than ten seconds once in
	atTill  bool // came to the form that leads to the order
	tillBad bool // and there met any of it
	gone    bool
	ordered bool
	charged bool
}

func (f *fan) steps() []step { return journeys[f.journey].steps }

func (f *fan) think(i int) time.Duration {
	x := 0.5 - 0.5*math.Log(1-chance(f.seed, chanceThink, uint64(i)))
	return secs(f.steps()[i].think.Seconds() * min(x, 3) / compression)
}

// visits lives the visits of all fans.
type visits struct {
	*world
	front   *front
	tally   *tally
	after   func(*fan)    // a visit is over; may be nil
	stopped time.Duration // nobody begins anything from here on
}

// load is one page being loaded, from the press to the page or its end.
type load struct {
	f             *fan
	i, try        int
	press, hop    int
	from, pressed time.Duration
	running       *request
	over          bool
}

// begin presses for step i.
func (v *visits) begin(f *fan, i, try int) {
	if v.now >= v.stopped {
		return
	}
	if f.steps()[i].hops[0] >= form {
		f.atTill = true
	}
	l := &load{f: f, i: i, try: try, from: v.now, pressed: v.now}
	v.bear(l)
	v.send(l)
}

// bear plans what the fan does when it takes too long.
func (v *visits) bear(l *load) {
	n, press := uint64(l.i)<<16|uint64(l.press), l.press
	pays := l.f.steps()[l.i].hops[0] == order
	still := func() bool { return !l.over && l.press == press }
	switch {
	case !pays && press < maxReloads && chance(l.f.seed, chanceReload, n) < reloadShare:
		v.world.after(reloadAfter, func() {
			if still() {
				v.reload(l)
			}
		})
	case chance(l.f.seed, chanceLeave, n) < leaveShare:
		v.world.after(leaveAfter, func() {
			if still() {
				v.end(l)
				v.loaded(l, false)
				v.leave(l.f)
			}
		})
	default:
		v.world.after(giveUp, func() {
			if still() {
				v.failed(l)
			}
		})
	}
}

// reload presses again. An edge that knows the fan goes on with what it is doing for
// the page; anything else gets the request anew.
func (v *visits) reload(l *load) {
	l.press++
	l.pressed = v.now
	v.bear(l)
	if v.front.line == nil {
		v.front.giveUp(l.running)
		l.hop = 0
		v.send(l)
	}
}

// send asks for the next piece of a page.
func (v *visits) send(l *load) {
	f := l.f
	r := &request{visitor: f.id, route: f.steps()[l.i].hops[l.hop], pressed: l.from, entered: f.entered}
	r.lane = routes[r.route].lane
	if l.i == 0 {
		r.lane = admit.LaneNew
	}
	l.running = r
	mine := func() bool { return !l.over && l.running == r }
	r.refused = func() {
		if mine() {
			v.failed(l)
		}
	}
	r.answered = func(how admit.Outcome) {
		if !mine() {
			return
		}
		if how != admit.Answered {
			v.failed(l)
			return
		}
		f.in = true
		if r.route == order && !f.ordered {
			f.ordered = true
			v.tally.orders = append(v.tally.orders, v.now)
		}
		if l.hop++; l.hop < len(f.steps()[l.i].hops) {
			v.send(l)
			return
		}
		v.served(l)
	}
	if r.route == order {
		r.worked = func() { v.charge(f) }
	}
	v.front.ask(r)
}

// end stops waiting for a page.
func (v *visits) end(l *load) {
	l.over = true
	v.front.giveUp(l.running)
}

// loaded files a page load that is over.
func (v *visits) loaded(l *load, bad bool) {
	age := v.now - l.from
	if !l.f.in {
		return
	}
	if bad || age > brokenAfter {
		l.f.broken = true
		l.f.tillBad = l.f.tillBad || l.f.atTill
	}
	if !bad || age >= instant {
		v.tally.page(l.from, age)
	}
}

func (v *visits) served(l *load) {
	v.end(l)
	v.loaded(l, false)
	next := l.i + 1
	if next == len(l.f.steps()) {
		v.leave(l.f)
		return
	}
	v.world.after(l.f.think(next), func() { v.begin(l.f, next, 0) })
}

func (v *visits) failed(l *load) {
	v.end(l)
	v.loaded(l, true)
	n := uint64(l.i)<<8 | uint64(l.try)
	if l.try >= maxRetries || chance(l.f.seed, chanceRetry, n) >= retryShare {
		v.leave(l.f)
		return
	}
	v.world.after(between(retryMin, retryMax, chance(l.f.seed, chanceRetryWait, n)), func() { v.begin(l.f, l.i, l.try+1) })
}

func (v *visits) leave(f *fan) {
	f.gone = true
	if v.after != nil {
		v.after(f)
	}
}

// charge takes the money for an order that was worked, once, and has the shop told
// by the payment provider.
func (v *visits) charge(f *fan) {
	if f.charged {
		return
	}
	f.charged = true
	if f.gone && !f.ordered {
		v.tally.chargedAfterLeaving++
	}
	v.notify(f, 0, between(500*time.Millisecond, 2*time.Second, chance(f.seed, chanceNotice, 0)))
}

// resends are the pauses after a notice that failed.
var resends = [...]time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second, 60 * time.Second}

func (v *visits) notify(f *fan, try int, in time.Duration) {
	v.world.after(in, func() {
		again := func() {
			if try < len(resends) {
				v.notify(f, try+1, resends[try])
			}
		}
		v.front.ask(&request{route: notice, lane: admit.LaneCallback, pressed: v.now, refused: again, answered: func(how admit.Outcome) {
			if how != admit.Answered {
				again()
			}
		}})
	})
}
