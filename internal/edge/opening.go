package edge

import (
	"cmp"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// Announced starts: which of them counts, when its waiting room opens, and what becomes
// of those in it when it is moved or called off.
//
//  1. A start ordered by an operator or the configuration, and the evenings of the plan,
//     are openings. An ordered start overrules the evenings of the same day: somebody
//     meant it to be otherwise than planned.
//  2. The waiting room of the first opening that is ahead opens when its time has come.
//     Of the plan's evenings it then stands before everything, if the mode is auto: who
//     comes before a draw is to be in it. Any other mode was ordered, and holds.
//  3. If that opening is moved, those inside stay, with the draw that they were told of,
//     unless it is so far away that nobody would wait. If it is moved to now, it begins.
//     If it is called off, they are let in as they came. A start that is ordered while the
//     waiting room of the evening that it overrules is open, moves it.

// preQueue is how long before an ordered start its pre-queue opens. Until then the shop
// sells as ever: a start may be announced weeks ahead. Fans come minutes before; half an
// hour is more than any of them waits.
const preQueue = 30 * time.Minute

// stayOpen is how far ahead a start may be moved for its open pre-queue to stay: an
// evening. Who has waited is told, and keeps the place by a ticket. Chosen.
const stayOpen = 6 * time.Hour

// sameSale is how near to an ordered start an evening of the plan is the same sale.
// Chosen: half a day.
const sameSale = 12 * time.Hour

// opening is an announced start.
type opening struct {
	evening string // of the plan, by its id; empty: ordered
	start   time.Time
	before  time.Duration // the waiting room opens so long before
	draw    bool
}

// openings are all that a snapshot announces, by start, and the evenings that are
// overruled.
func openings(s *falochron.Snapshot) (all []opening, overruled []string) {
	if !s.Start.IsZero() {
		all = append(all, opening{start: s.Start, before: preQueue, draw: true})
	}
	if s.Plan == nil {
		return all, nil
	}
	for _, e := range s.Plan.Evenings {
		switch {
		case !s.Start.IsZero() && e.Start.Sub(s.Start).Abs() < sameSale:
			overruled = append(overruled, e.ID)
		case e.PreQueue > 0:
			all = append(all, opening{e.ID, e.Start, e.PreQueue, e.Draw})
		}
	}
	slices.SortStableFunc(all, func(a, b opening) int { return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.evening, b.evening)) })
	return all, overruled
}

// is reports whether an opening is the one whose waiting room is open, moved: the same
// evening, or a start that was ordered in its place.
func (o *opening) is(was *opening) bool {
	return o.evening == was.evening || o.evening == "" && o.start.Sub(was.start).Abs() < sameSale
}

// due finds the opening whose waiting room is to be open now. was is the one it is open
// for, if it is; nil = it is not.
func due(now time.Time, all []opening, was *opening) *opening {
	for i := range all {
		o := &all[i]
		opens := o.start.Add(-o.before)
		if was != nil && o.is(was) && o.start.Sub(now) <= stayOpen {
			opens = now
		}
		if !now.Before(opens) && now.Before(o.start) {
			return o
		}
	}
	return nil
}

// starts opens the waiting room when its time has come, moves it, or takes it back, and
// puts in force what follows from it.
func (sh *shop) starts(now time.Time) {
	sh.starting.Lock()
	defer sh.starting.Unlock()
	ordered := sh.ordered.Load()
	all, overruled := openings(ordered)
	sh.tellOverruled(ordered, overruled)
	have, open := sh.gate.announced()
	var was *opening
	if open {
		was = &opening{evening: sh.opened, start: have}
	}
	cur := due(now, all, was)
	switch {
	case cur != nil:
		if !sh.asked.Equal(cur.start) && !(open && have.Equal(cur.start)) {
			sh.asked = cur.start // once, even if it is refused
			sh.announce(now, cur)
		}
		sh.opened = cur.evening
	case open && now.Before(have):
		moved := slices.ContainsFunc(all, func(o opening) bool { return o.is(was) && !now.Before(o.start) })
		if moved {
			// Moved to now: those who wait are drawn by the seed they know of.
			sh.gate.startNow(now)
		} else {
			sh.gate.callOff(now)
		}
		sh.asked = time.Time{}
	default:
		sh.asked = time.Time{}
	}
	sh.inForce(ordered, cur)
}

// inForce is what holds now: what was ordered, with the start that the plan announces
// and the line before everything while its waiting room is open.
func (sh *shop) inForce(ordered *falochron.Snapshot, cur *opening) {
	eff := *ordered
	if cur != nil && cur.evening != "" {
		eff.Start = cur.start
		if eff.Mode == falochron.ModeAuto {
			eff.Mode = falochron.ModeShop
		}
	}
	if now := sh.snap.Load(); sh.follows != ordered || now == nil || now.Mode != eff.Mode || !now.Start.Equal(eff.Start) {
		sh.follows = ordered
		sh.snap.Store(&eff)
	}
}

// tellOverruled warns once of each evening that does not count. Called with starting held.
func (sh *shop) tellOverruled(s *falochron.Snapshot, overruled []string) {
	if slices.Equal(sh.overruled, overruled) {
		return
	}
	for _, id := range overruled {
		if !slices.Contains(sh.overruled, id) {
			sh.set.Load().Warn(&falochron.Error{
				Kind: falochron.Conflict, Op: "open the evening " + id,
				Public: "the evening " + id + " of the plan does not open the waiting room: the start ordered for " + s.Start.UTC().Format(time.RFC3339) + " counts",
				Hint:   "take the start out of the configuration, or order none on the live page, and the plan counts again",
			})
		}
	}
	sh.overruled = overruled
}

// announce opens the pre-queue for a start, with a seed that is on disk before its
// commitment is shown to anybody.
func (sh *shop) announce(now time.Time, o *opening) {
	set := sh.set.Load()
	seed, open, drawn := sh.gate.seed()
	if open && !drawn || !open && !o.draw {
		// No draw; and none either where people were told that they go in as they came.
		sh.gate.await(now, o.start)
		return
	}
	// A start that is moved keeps its seed: people hold the commitment, and nobody may
	// draw again until the order suits.
	var err error
	if open && seed != ([32]byte{}) {
		err = set.State.KeepSeed(o.start, seed)
	} else {
		seed, err = set.State.Seed(o.start)
	}
	if err != nil {
		set.Report(err)
	}
	if err := sh.gate.announce(now, o.start, seed); err != nil {
		set.Report(err)
	}
}

// opening tells of the announced start that matters now.
func (sh *shop) opening(now time.Time) (v falochron.OpeningVitals) {
	sh.starting.Lock()
	defer sh.starting.Unlock()
	all, overruled := openings(sh.ordered.Load())
	if len(overruled) > 0 {
		v.Overruled = overruled[0]
	}
	have, open := sh.gate.announced()
	for _, o := range all {
		if now.Before(o.start) {
			v.Start, v.Evening, v.Draw = o.start, o.evening, o.draw
			v.Open = open && have.Equal(o.start)
			break
		}
	}
	return v
}
