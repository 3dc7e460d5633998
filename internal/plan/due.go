package plan

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Notice is something that somebody is to be told.
type Notice struct {
	// ID is the same whenever the same is to be told to the same, so that it is told
	// once. About is what an [Acknowledge] names; empty: there is nothing to acknowledge.
	ID, About string
	Shop      ID
	Campaign  ID
	To        Service
	Level     Level
	At        time.Time // from when, in the shop's zone; quiet hours are over by then
	Urgent    bool      // it is the last day: quiet hours do not count
	Reason    Reason    // what, as far as the reader may know
}

// Level is a rung of the ladder by which a matter comes to people.
type Level int

// The levels.
const (
	Asking    Level = iota + 1 // first to the owner
	Again                      // once more to the owner
	Everybody                  // to everybody of the campaign
)

// How long changes are told, and how patient the ladder is: with T within the hour
// ten times less than within the day, and twelve times more before. After its last rung
// it goes on until somebody answers or it is over: everybody is told again after as long
// as it took until everybody was told, and after [evenly] such times less and less often
// where T is far: each time after twice as long, and at most after a [nearing] of what is
// left until T. Guesses.
const (
	changeTold  = day
	nearDivides = 10
	farTimes    = 12
	evenly      = 6
	nearing     = 4
	nearBy      = 3 * time.Hour
)

// Due is everything that should have been told by now and is still open, by time, and
// when the next will be due; zero: nothing is ahead. Of a ladder the highest rung that
// was reached counts.
func (b *Book) Due(now time.Time) (notices []Notice, next time.Time) {
	d := due{b: b, now: now}
	far := b.matrix.reach()
	for _, id := range sorted(b.campaigns) {
		d.campaign(b.campaigns[id], far)
	}
	for _, id := range sorted(b.shops) {
		if s := b.shops[id]; !s.removed {
			d.inquiries(s)
			d.sights(s)
		}
	}
	slices.SortStableFunc(d.out, func(x, y Notice) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID)) })
	return d.out, d.next
}

// reach is how long before T the first step is asked, at most.
func (m *Matrix) reach() (longest time.Duration) {
	for i := range m.Steps {
		s := &m.Steps[i]
		// A day may have 25 hours.
		longest = max(longest, time.Duration(-s.Days)*25*time.Hour-s.After+s.Ahead)
	}
	return longest
}

// campaign collects what is to be told of one; nothing is asked earlier than far
// before it begins.
func (d *due) campaign(k *campaign, far time.Duration) {
	s := d.b.shops[k.Shop]
	if s.removed {
		return
	}
	d.k, d.s = k, s
	d.changes()
	if k.over(d.now) {
		return
	}
	if t, planned := k.Begins(); planned && t.Add(-far).After(d.now) {
		d.wake(t.Add(-far)) // nothing is asked yet; look again then
		return
	}
	for _, t := range d.b.judged(k, s, d.now) {
		if (t.Status == Asked || t.Status == Overdue || t.Status == Later) && !t.Refused && !t.Covered {
			d.task(&t)
		}
	}
}

// due collects notices.
type due struct {
	b    *Book
	now  time.Time
	loud bool // quiet hours are not looked at
	k    *campaign
	s    *shop
	out  []Notice
	next time.Time
}

func (d *due) wake(at time.Time) {
	if at.After(d.now) && (d.next.IsZero() || at.Before(d.next)) {
		d.next = at
	}
}

// rung is a moment from which something is told at a level.
type rung struct {
	at    time.Time
	level Level
	n     int  // how often everybody was told before
	calm  bool // quiet hours count in any case
}

// goesOn is the last rung with those after it, up to the end; there are few of them, as
// their distance grows with what is left. Nobody is woken by one of these until T is near.
func goesOn(last rung, every time.Duration, begin, end time.Time) []rung {
	if every <= 0 { // a step that is late as soon as it is due
		every = briefly
	}
	out, at, gap := []rung{last}, last.at, every
	for n := 1; ; n++ {
		if n > evenly {
			gap *= 2
			if left := begin.Sub(at); left > 0 {
				gap = max(every, min(gap, left/nearing))
			}
		}
		if at = at.Add(gap); !at.Before(end) {
			return out
		}
		out = append(out, rung{at, last.level, n, at.Before(begin.Add(-nearBy))})
	}
}

// tell adds the notice of the highest rung that was reached; the next one is waited
// for. Only who has it open can acknowledge it.
func (d *due) tell(to Service, about string, open bool, ladder []rung, urgent func(time.Time) bool, r Reason) {
	n, before := Notice{Shop: d.s.ID, Campaign: d.k.ID, To: to, Reason: r}, 0
	if open {
		n.About = about
	}
	for _, step := range ladder {
		hurry := urgent(step.at) && !step.calm
		at := step.at
		if !hurry && !d.loud {
			at = d.b.awake(to.Party, at.In(d.s.zone))
		}
		if at.After(d.now) {
			d.wake(at)
			continue
		}
		n.Level, n.At, n.Urgent, before = step.level, at.In(d.s.zone), hurry, step.n
	}
	if n.Level == 0 {
		return
	}
	rung := [...]string{"", "asked", "again", "all"}[n.Level]
	if before > 0 {
		rung += "-" + strconv.Itoa(before+1)
	}
	n.ID = about + "/" + rung + "/" + string(to.Party) + "/" + string(to.Role)
	if to.Role == Host {
		n.Reason = n.Reason.hidden()
	}
	d.out = append(d.out, n)
}

// awake is the moment, or the end of the party's quiet hours if it lies in them.
func (b *Book) awake(id ID, at time.Time) time.Time {
	p := b.parties[id]
	if p == nil || p.Quiet.From == p.Quiet.Until {
		return at
	}
	q := p.Quiet
	clock := at.Hour()*60 + at.Minute()
	ends := 0 // days from now
	switch {
	case q.From < q.Until && (clock < q.From || clock >= q.Until):
		return at
	case q.From > q.Until && clock >= q.From:
		ends = 1
	case q.From > q.Until && clock >= q.Until:
		return at
	}
	return time.Date(at.Year(), at.Month(), at.Day()+ends, q.Until/60, q.Until%60, 0, 0, at.Location())
}

// task tells of an open task: its owner when it is asked and when it is due, everybody
// when it is late, and again until its owner answers or T is over. Who acknowledged is not
// told again until it is late, and everybody then once.
func (d *due) task(t *Task) {
	about := d.k.aboutTask(t)
	ladder, end := t.Step.ladder(t.Asked, t.Due), t.moment.at.Add(t.moment.lasts)
	if t.Step.Posted { // while it may still slip, nobody need be called for it
		ladder[2].at, end = later(ladder[2].at, t.Due.Add(t.moment.slip+briefly)), end.Add(t.moment.slip)
	}
	late := ladder[2:]
	_, heard := d.k.heard[hearing{about, t.Who}]
	if heard {
		ladder = late
	} else {
		late = goesOn(ladder[2], t.Step.Late, t.moment.at, end)
		ladder = append(ladder[:2:2], late...)
	}
	urgent := func(at time.Time) bool {
		return !at.Before(t.moment.at.Add(-day)) && at.Before(end)
	}
	r := Reason{Kind: "asked-of-you", Step: t.Step.Ask, What: t.Reason.What, Ref: t.Moment, At: t.Due}
	switch {
	case t.Status == Overdue && !d.now.Before(late[0].at):
		r.Kind = "overdue-of-you"
	case !d.now.Before(t.Due):
		r.Kind = "asked-now"
	}
	d.tell(t.Who, about, !heard, ladder, urgent, r)
	for _, v := range d.s.Parties {
		if v != t.Who && d.k.takesPart(d.s, v) {
			d.tell(v, about, false, late, urgent, t.Reason)
		}
	}
}

// changes tells of changes everybody but who made them, until they acknowledge.
func (d *due) changes() {
	things := make([]string, 0, len(d.k.changes))
	for thing, ch := range d.k.changes {
		if d.now.Before(later(ch.at, ch.moment).Add(changeTold)) {
			things = append(things, thing)
		}
	}
	slices.Sort(things)
	for _, thing := range things {
		ch := d.k.changes[thing]
		if d.k.moot(thing, &ch) {
			continue
		}
		about := d.k.aboutChange(thing, ch.n)
		again, all := d.b.matrix.Again, d.b.matrix.All
		switch left := ch.moment.Sub(ch.at); {
		case left <= time.Hour:
			again, all = again/nearDivides, all/nearDivides
		case left > day:
			again, all = again*farTimes, all*farTimes
		}
		urgent := func(at time.Time) bool {
			return !at.Before(ch.moment.Add(-day)) && at.Before(ch.moment.Add(day))
		}
		var deaf []Service
		var names []string
		for _, v := range d.s.Parties {
			if v == ch.by || !d.k.takesPart(d.s, v) {
				continue
			}
			if _, heard := d.k.heard[hearing{about, v}]; heard {
				continue
			}
			deaf, names = append(deaf, v), append(names, d.b.nameOf(v.Party))
			d.tell(v, about, true, []rung{{at: ch.at, level: Asking}, {at: ch.at.Add(again), level: Again}}, urgent, ch.reason)
		}
		if len(deaf) == 0 {
			continue
		}
		r := ch.reason
		r.Kind, r.Who, r.Other = "unheard", strings.Join(names, ", "), ""
		ladder := goesOn(rung{at: ch.at.Add(all), level: Everybody}, all, ch.moment, d.k.untilOver(thing, ch.moment))
		for _, v := range d.s.Parties {
			if d.k.takesPart(d.s, v) {
				d.tell(v, about, slices.Contains(deaf, v), ladder, urgent, r)
			}
		}
	}
}

// moot reports whether nobody needs to hear of a change any more: what it is about was
// called off after it, with the whole campaign, and that is told.
func (c *campaign) moot(thing string, ch *change) bool {
	all := c.changes[""]
	if thing == "" || all.reason.Kind != "campaign-cancelled" || ch.at.After(all.at) {
		return false
	}
	if m, found := c.find(ID(thing)); found {
		return m.state == Cancelled
	}
	return c.Cancelled // an answer to a step
}

// untilOver is when what a change is about is over.
func (c *campaign) untilOver(thing string, moment time.Time) time.Time {
	if m, found := c.find(ID(thing)); found {
		return moment.Add(m.lasts)
	}
	return moment.Add(postLasts)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
