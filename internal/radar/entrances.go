package radar

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// Entrances know what each entry brings in calm times, and count what it has brought
// since a wave began: only what came beyond the calm belongs to the wave. It has one
// owner. The zero value knows nothing yet.
//
// Of calm times it believes what is half a minute old: what is younger may be the rise
// of a wave that nobody has noticed. In a wave it learns nothing.
type Entrances struct {
	until   time.Time // of the last tally
	learnt  int64     // the last second that was learnt, in Unix seconds
	seconds float64   // that were learnt
	onset   time.Time // of the wave; zero: calm
	all     map[falochron.Entry]*entrance
}

// entrance is one entry.
type entrance struct {
	recent [recentSeconds]uint32 // newcomers, by Unix second
	calm   float64               // newcomers a second in calm times
	came   float64               // since the onset
	there  bool                  // it is in the last tally
}

const (
	recentSeconds = 64               // more than an onset is found late, and than is believed late
	believedAfter = 30               // seconds
	calmHalfLife  = 10 * time.Minute // of what is known of calm times: an evening differs from its afternoon. A guess
)

// Observe takes a tally in, four times a second to once in ten seconds: what is between
// two tallies that lie further apart is not seen. onset is when the wave began that is on
// now, as far as is known; it may be told better later. Zero: it is calm.
func (e *Entrances) Observe(t falochron.ArrivalTally, onset time.Time) {
	if t.Tick <= 0 || !t.Until.After(e.until) && !e.until.IsZero() && e.until.Sub(t.Until) < time.Minute {
		return // nothing new; of a clock that was set back by more, all is
	}
	if e.all == nil {
		e.all = make(map[falochron.Entry]*entrance)
		e.learnt = t.Until.Unix() // of what was before nothing is known
	}
	ticks := len(t.Shop)
	if since := t.Until.Sub(e.until); !e.until.IsZero() && since > 0 {
		ticks = min(ticks, int((since+t.Tick/2)/t.Tick))
	}
	e.clear(t.Until)
	began := !onset.IsZero() && !onset.Equal(e.onset) && t.Until.Sub(onset) < (recentSeconds-2)*time.Second
	for _, in := range e.all {
		in.there = false
	}
	for i := range t.Entries {
		e.add(&t.Entries[i], t, ticks, onset)
	}
	e.until = t.Until
	switch {
	case onset.IsZero():
		if !e.onset.IsZero() {
			e.learnt = t.Until.Unix() // the wave and its end are not calm
			for _, in := range e.all {
				in.came = 0
			}
		}
		e.onset = onset
	case e.onset.IsZero() || began:
		e.onset = onset
		for _, in := range e.all {
			in.came = in.since(onset, t.Until)
		}
	}
	e.forget()
	e.learn(t.Until)
}

// clear makes room for the seconds that have begun since the last tally.
func (e *Entrances) clear(until time.Time) {
	from := e.until.Unix() + 1
	if e.until.IsZero() || until.Before(e.until) || until.Unix()-from > recentSeconds {
		from = until.Unix() - recentSeconds + 1
	}
	for s := from; s <= until.Unix(); s++ {
		for _, in := range e.all {
			in.recent[secondAt(s)] = 0
		}
	}
}

func secondAt(second int64) int {
	return int(((second % recentSeconds) + recentSeconds) % recentSeconds)
}

// add takes the newest ticks of an entry in.
func (e *Entrances) add(of *falochron.EntryTally, t falochron.ArrivalTally, ticks int, onset time.Time) {
	in := e.all[of.Entry]
	if in == nil {
		in = new(entrance)
		e.all[of.Entry] = in
	}
	in.there = true
	for back := range min(ticks, len(of.Ticks)) {
		n := of.Ticks[len(of.Ticks)-1-back]
		begins := t.Until.Add(-time.Duration(back+1) * t.Tick)
		in.recent[secondAt(begins.Unix())] += n
		if !e.onset.IsZero() && !onset.IsZero() {
			in.came += float64(n)
		}
	}
}

// since are the newcomers since a moment, to the second.
func (in *entrance) since(from, until time.Time) (n float64) {
	for s := max(from.Unix(), until.Unix()-recentSeconds+1); s <= until.Unix(); s++ {
		n += float64(in.recent[secondAt(s)])
	}
	return n
}

// learn believes what is old enough, unless it belongs to the wave.
func (e *Entrances) learn(until time.Time) {
	last := until.Unix() - believedAfter
	if !e.onset.IsZero() {
		last = min(last, e.onset.Unix()-2)
	}
	e.learnt = max(e.learnt, until.Unix()-recentSeconds)
	for ; e.learnt < last; e.learnt++ {
		e.seconds++
		rate := max(1/e.seconds, 1-math.Exp2(-1/calmHalfLife.Seconds()))
		for _, in := range e.all {
			in.calm += rate * (float64(in.recent[secondAt(e.learnt+1)]) - in.calm)
		}
	}
}

// forget lets go of entries that lost their counter: what they brought belongs to their
// channel from now on, as at the edge.
func (e *Entrances) forget() {
	for entry, in := range e.all {
		if in.there || entry == (falochron.Entry{Channel: entry.Channel, By: entry.By}) {
			continue
		}
		delete(e.all, entry)
		channel := falochron.Entry{Channel: entry.Channel, By: entry.By}
		wide := e.all[channel]
		if wide == nil {
			in.there = true // if the loop comes to it as well
			e.all[channel] = in
			continue
		}
		wide.came += in.came
		wide.calm += in.calm
		for i, n := range in.recent {
			wide.recent[i] += n
		}
	}
}

// Excess is what an entry has brought since a wave began.
type Excess struct {
	Entry falochron.Entry
	Came  float64 // newcomers
	Calm  float64 // newcomers whom it would have brought without a wave in that time
}

// Since is what every entry has brought since the onset, the most first; nothing in calm
// times.
func (e *Entrances) Since() []Excess {
	if e.onset.IsZero() {
		return nil
	}
	lasts := max(e.until.Sub(e.onset).Seconds(), 0)
	var out []Excess
	for entry, in := range e.all {
		if in.came > 0 {
			out = append(out, Excess{entry, in.came, in.calm * lasts})
		}
	}
	slices.SortFunc(out, func(a, b Excess) int {
		x, y := a.Entry, b.Entry
		return cmp.Or(cmp.Compare(b.Came, a.Came), cmp.Compare(x.Post, y.Post), cmp.Compare(x.Channel, y.Channel), cmp.Compare(x.By, y.By),
			cmp.Compare(x.Campaign, y.Campaign), cmp.Compare(x.Path, y.Path))
	})
	return out
}
