package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
)

// pulse remembers a day of each shop: by the second what was a moment ago, by the
// minute the rest. It is safe for many at once.
type pulse struct {
	source control.Source
	// database says how busy that of a shop is, 0 to 1; -1 = nobody knows. Nil: nobody is asked.
	database func(shop string, now time.Time) (busy float64, asked bool)

	mu    sync.Mutex
	shops map[string]*beat
}

// How far back it goes, and for how long by the second: two minutes and a bit, since
// a figure of the minute before needs both its ends.
const (
	beatSeconds = 130
	beatMinutes = 24 * 60
)

// beat is what is remembered of one shop: 200 KB at most.
type beat struct {
	total   look   // the newest, with its counters since the first look
	recent  []look // one a second
	minutes []look // one a minute, all older than recent
	fold    look   // what has left recent and is no minute yet
	before  falochron.Vitals
}

// look is a shop at one moment. Counters are sums since the first look.
type look struct {
	at                        time.Time
	people, orders, left      float64
	edge, answers             float64
	database                  float64 // how busy; -1 = not known
	down                      time.Duration
	inLine, inside, perMinute float64
	busy                      float64
	wait                      time.Duration // the longest told since the look before
	full                      bool          // all of the time since the look before
}

// run looks once a second until ctx ends.
func (p *pulse) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		p.observe(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// observe looks at every shop, and forgets those that are gone.
func (p *pulse) observe(now time.Time) {
	names := p.source.Shops()
	seen := make(map[string]falochron.Vitals, len(names))
	for _, name := range names {
		if v, ok := p.source.Vitals(name); ok {
			seen[name] = v
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shops == nil {
		p.shops = make(map[string]*beat)
	}
	for name, v := range seen {
		if p.shops[name] == nil {
			p.shops[name] = &beat{}
		}
		database := -1.0
		if p.database != nil {
			database, _ = p.database(name, now)
		}
		p.shops[name].add(now, &v, database)
	}
	for name := range p.shops {
		if _, there := seen[name]; !there {
			delete(p.shops, name)
		}
	}
}

// add takes in the next look.
func (b *beat) add(now time.Time, v *falochron.Vitals, database float64) {
	last := b.total
	if !last.at.IsZero() && !now.After(last.at) {
		return // the clock was set back: until it has caught up nothing is known
	}
	l := last
	l.at, l.inLine, l.inside, l.perMinute = now, float64(v.InLine), float64(v.Inside), float64(v.OrdersPerMin)
	l.wait, l.full, l.busy = time.Duration(v.FrontWaitSecs)*time.Second, isFull(v), inUse(v)
	l.database = database
	edge, answers := answersOf(v)
	if !last.at.IsZero() {
		edgeBefore, answersBefore := answersOf(&b.before)
		l.people += since(b.before.Arrivals, v.Arrivals)
		l.orders += since(b.before.Orders, v.Orders)
		l.left += since(b.before.LeftEarly, v.LeftEarly)
		l.edge += since(edgeBefore, edge)
		l.answers += since(answersBefore, answers)
		if isDown(v) {
			l.down += now.Sub(last.at)
		}
	}
	b.total, b.before = l, *v
	b.recent = append(b.recent, l)
	for len(b.recent) > beatSeconds {
		b.age(b.recent[0])
		b.recent = slices.Delete(b.recent, 0, 1)
	}
}

// age keeps of what is no longer recent one look a minute: the last of it, with the
// longest wait, and full only if all of it was.
func (b *beat) age(l look) {
	if !b.fold.at.IsZero() {
		l.wait, l.full = max(l.wait, b.fold.wait), l.full && b.fold.full
	}
	if n := len(b.minutes); n > 0 && l.at.Sub(b.minutes[n-1].at) < time.Minute {
		b.fold = l
		return
	}
	b.minutes, b.fold = append(b.minutes, l), look{}
	if len(b.minutes) > beatMinutes {
		b.minutes = slices.Delete(b.minutes, 0, 1)
	}
}

// since is how much a counter has grown; one that went back began anew.
func since(before, now uint64) float64 {
	if now < before {
		return 0
	}
	return float64(now - before)
}

// answersOf counts the answers that did not need the shop, and all.
func answersOf(v *falochron.Vitals) (edge, all uint64) {
	for c := range v.Requests {
		for a, n := range v.Requests[c] {
			all += n
			if act := falochron.Action(a); act == falochron.Hit || act == falochron.Own || act == falochron.Wait {
				edge += n
			}
		}
	}
	return edge, all
}

// isDown reports whether the shop does not answer.
func isDown(v *falochron.Vitals) bool {
	return v.Line().Down
}

// isFull reports whether the shop was given all it can take, by nobody's order.
func isFull(v *falochron.Vitals) bool {
	return v.InLine > 0 && v.Mode != falochron.ModeHold && !isDown(v)
}

// inUse is how much of what the shop takes is in use, 0 to 1.
func inUse(v *falochron.Vitals) float64 {
	if v.Limit <= 0 {
		return 0
	}
	return min(float64(v.InFlight)/float64(v.Limit), 1)
}

// at is the look at a moment, its counters in proportion where none was taken just
// then. It reports false of what was before the first look.
func (b *beat) at(t time.Time) (look, bool) {
	all := [3][]look{b.minutes, nil, b.recent}
	if !b.fold.at.IsZero() {
		all[1] = []look{b.fold}
	}
	var below *look
	for _, list := range all {
		for i := range list {
			l := &list[i]
			if !l.at.After(t) {
				below = l
				continue
			}
			if below == nil {
				return look{}, false
			}
			part := float64(t.Sub(below.at)) / float64(l.at.Sub(below.at))
			out := *below
			out.at = t
			out.people += part * (l.people - below.people)
			out.orders += part * (l.orders - below.orders)
			out.left += part * (l.left - below.left)
			out.edge += part * (l.edge - below.edge)
			out.answers += part * (l.answers - below.answers)
			out.down += time.Duration(part * float64(l.down-below.down))
			return out, true
		}
	}
	if below == nil {
		return look{}, false
	}
	return *below, true
}

// glance is how a shop is now, and was a minute ago.
type glance struct {
	vitals       falochron.Vitals
	down         bool
	now, ago     look    // ago: a minute ago
	people       float64 // who came in the last minute; -1 = it has not been a minute yet
	peopleBefore float64 // in the minute before; -1
	edgeShare    float64 // of the last minute's answers; -1
	left         float64 // people who left the line early in the last ten minutes, or since the first look
	asked        bool    // the shop is asked how busy its database is
	top, lineTop float64 // the most people a minute, and the longest line, of the last ten minutes
}

// glance is that of a shop; false: it is not known, or there is no such shop.
func (p *pulse) glance(name string) (s glance, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.shops[name]
	if b == nil || b.total.at.IsZero() {
		return s, false
	}
	s = glance{vitals: b.before, down: isDown(&b.before), now: b.total, people: -1, peopleBefore: -1, edgeShare: -1}
	end := b.total.at
	minute, known := b.at(end.Add(-time.Minute))
	if known {
		s.ago, s.people = minute, s.now.people-minute.people
		if n := s.now.answers - minute.answers; n > 0 {
			s.edgeShare = (s.now.edge - minute.edge) / n
		}
	}
	if two, known := b.at(end.Add(-2 * time.Minute)); known {
		s.peopleBefore = minute.people - two.people
	}
	s.top, s.lineTop = s.people, s.now.inLine
	if p.database != nil {
		_, s.asked = p.database(name, end)
	}
	later := s.now
	s.left = s.now.left
	for i := range 10 {
		l, known := b.at(end.Add(-time.Duration(i+1) * time.Minute))
		if !known {
			break
		}
		s.left = s.now.left - l.left
		s.top, s.lineTop = max(s.top, later.people-l.people), max(s.lineTop, l.inLine)
		later = l
	}
	return s, true
}

// wave is what has happened at a shop between two moments.
type wave struct {
	people, orders float64
	left           float64 // the line early
	longest        time.Duration
	down           time.Duration
	ordersKnown    bool
}

// wave is that of a shop; false: it was not looked at for all of the time.
func (p *pulse) wave(name string, from, until time.Time) (w wave, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.shops[name]
	if b == nil {
		return w, false
	}
	first, ok := b.at(from)
	if !ok {
		return w, false
	}
	last, _ := b.at(until)
	w = wave{people: last.people - first.people, orders: last.orders - first.orders, left: last.left - first.left, down: last.down - first.down, ordersKnown: b.before.OrdersKnown}
	for _, list := range [][]look{b.minutes, {b.fold}, b.recent} {
		for i := range list {
			if !list[i].at.Before(from) && !list[i].at.After(until) {
				w.longest = max(w.longest, list[i].wait)
			}
		}
	}
	return w, true
}

// takes is what a shop finishes: the middle of the orders a minute of those minutes of
// the last day in which people waited all the time. False: there were not three.
func (p *pulse) takes(name string) (ordersPerMinute float64, at time.Time, minutes int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.shops[name]
	if b == nil || !b.before.OrdersKnown {
		return 0, time.Time{}, 0, false
	}
	var full []float64
	for i := range b.minutes {
		// The minute before was full as well: what was finished is of full minutes only.
		if l := &b.minutes[i]; i > 0 && l.full && b.minutes[i-1].full && l.at.Sub(b.minutes[i-1].at) < 90*time.Second {
			full, at = append(full, l.perMinute), l.at
		}
	}
	if len(full) < 3 {
		return 0, time.Time{}, 0, false
	}
	slices.Sort(full)
	return full[len(full)/2], at, len(full), full[len(full)/2] > 0
}
