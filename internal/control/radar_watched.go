package control

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
)

// radarWays is how many ways into a shop are listened to one by one.
const radarWays = 256

// watched is one shop under watch. What is not atomic belongs to its goroutine.
type watched struct {
	r    *Radar
	name string

	seen   atomic.Pointer[RadarSight]
	counts radarCounts

	field     *radar.Field[falochron.Entry]
	entrances radar.Entrances
	previews  radar.Watch
	judge     *radar.Judge
	nowcaster *forecast.Nowcaster

	seconds seconds
	until   time.Time // of the last tick that was taken in
	total   uint64    // newcomers by then
	missed  time.Time // end of the last ticks that were not heard one by one; zero: all were
	next    time.Time // of what is done each second
	saves   time.Time // of what is usual
	orders  *falochron.RadarOrders
	wave    wave
	attack  attack
}

// newWatched makes the watch over a shop, with what was usual before the start.
func newWatched(r *Radar, name string) *watched {
	w := &watched{r: r, name: name}
	w.begin(w.load())
	return w
}

// begin makes the machines, with what is usual, if that is known.
func (w *watched) begin(kept *radar.Saved) {
	zone := radar.DetectorConfig{Zone: time.Local}
	w.field = nil
	if kept != nil {
		field, err := radar.RestoreField[falochron.Entry](zone, radarWays, *kept)
		if err != nil {
			w.r.log.Warn("what is usual at the shop is learnt anew", "shop", w.name, "err", err)
		} else {
			w.field = field
		}
	}
	if w.field == nil {
		w.field = radar.NewField[falochron.Entry](zone, radarWays)
	}
	w.entrances, w.previews, w.judge, w.nowcaster = radar.Entrances{}, radar.Watch{}, radar.NewJudge(radar.JudgeConfig{}), nil
	w.seconds, w.until, w.total, w.missed, w.wave, w.attack = seconds{}, time.Time{}, 0, time.Time{}, wave{}, attack{}
}

// load reads what is usual; nil: nothing is known.
func (w *watched) load() *radar.Saved {
	if w.r.cfg.Load == nil {
		return nil
	}
	b, err := w.r.cfg.Load(w.name)
	if err == nil && b == nil {
		return nil
	}
	var kept radar.Saved
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		w.r.log.Warn("what is usual at the shop is learnt anew", "shop", w.name, "err", err)
		return nil
	}
	return &kept
}

// save puts what is usual on disk.
func (w *watched) save() {
	if w.r.cfg.Save == nil || w.field == nil {
		return
	}
	b, err := json.Marshal(w.field.Save())
	if err == nil {
		err = w.r.cfg.Save(w.name, b)
	}
	if err != nil {
		w.r.log.Warn("what is usual at the shop is not on disk", "shop", w.name, "err", err)
	}
}

// run watches until ctx ends.
func (w *watched) run(ctx context.Context) {
	tick := time.NewTicker(radarEvery)
	defer tick.Stop()
	rests := radarRests
	for {
		select {
		case <-ctx.Done():
			w.save()
			return
		case <-tick.C:
		}
		if w.turn(time.Now()) {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rests):
		}
		rests = min(2*rests, radarRestsMost)
		w.begin(w.load())
	}
}

// turn does what is due; false: it panicked, and whatever it had ordered is taken back.
func (w *watched) turn(now time.Time) (well bool) {
	if guarded(w.r.log.With("shop", w.name), func() { w.work(now) }) {
		return true
	}
	w.counts.panics.Add(1)
	w.seen.Store(nil)
	w.order(nil)
	return false
}

func (w *watched) work(now time.Time) {
	t, ok := w.r.cfg.Arrivals(w.name)
	if !ok {
		return // the edge does not have it any more, or not yet
	}
	w.counts.behind.Store(int64(now.Sub(t.Until)))
	if w.listen(now, &t) || !now.Before(w.next) { // a change is told at once
		w.next = now.Add(radarSees)
		w.see(now, &t)
	}
	if !now.Before(w.saves) {
		if !w.saves.IsZero() {
			w.save()
		}
		w.saves = now.Add(radarSaves)
	}
}

// listen takes the ticks in that are new. The edge keeps the last thirteen seconds of
// them; who comes later has missed some, and knows only how many came in them. It reports
// whether the state has changed.
func (w *watched) listen(now time.Time, t *falochron.ArrivalTally) (changed bool) {
	if w.until.IsZero() {
		t = youngest(t) // what came before the watch is no news to any way into the shop
	}
	sight := w.field.Observe(t.Until, t.Tick, t.Shop, ways(t))
	w.take(t)
	w.entrances.Observe(*t, sight.Onset)
	if sight.Changed() {
		w.changed(now, &sight.Sighting)
	}
	w.wave.sight = sight.Sighting
	if sight.State >= radar.Storm && w.wave.stormed.IsZero() { // it was on before the start
		w.wave.stormed, w.wave.spoilt = now, true
		w.begun(sight.Onset)
	}
	return sight.Changed()
}

// youngest is a tally's last tick alone.
func youngest(t *falochron.ArrivalTally) *falochron.ArrivalTally {
	out := *t
	last := func(ticks []uint32) []uint32 { return ticks[max(len(ticks)-1, 0):] }
	out.Shop, out.Entries = last(t.Shop), nil
	for _, e := range t.Entries {
		e.Ticks = last(e.Ticks)
		out.Entries = append(out.Entries, e)
	}
	return &out
}

// ways are the entries of a tally with their ticks.
func ways(t *falochron.ArrivalTally) iter.Seq2[falochron.Entry, []uint32] {
	return func(yield func(falochron.Entry, []uint32) bool) {
		for i := range t.Entries {
			if !yield(t.Entries[i].Entry, t.Entries[i].Ticks) {
				return
			}
		}
	}
}

// take counts the new ticks by the second.
func (w *watched) take(t *falochron.ArrivalTally) {
	fresh := len(t.Shop)
	if !w.until.IsZero() {
		fresh = int(t.Until.Sub(w.until) / t.Tick)
	}
	if fresh <= 0 {
		if t.Until.Before(w.until.Add(-t.Tick)) {
			w.until, w.total = t.Until, t.Total // the clock was set back
		}
		return
	}
	have := t.Shop[max(len(t.Shop)-fresh, 0):]
	if missed := fresh - len(have); missed > 0 {
		var seen uint64
		for _, n := range have {
			seen += uint64(n)
		}
		gap := time.Duration(missed) * t.Tick
		w.counts.missed.Add(uint64(missed))
		w.missed = w.until.Add(time.Duration(missed) * t.Tick)
		if t.Total >= w.total+seen {
			w.seconds.add(w.until.Add(gap), gap, uint32(min(t.Total-w.total-seen, 1<<31)))
		}
	}
	at := t.Until.Add(-time.Duration(len(have)) * t.Tick)
	for _, n := range have {
		at = at.Add(t.Tick)
		w.seconds.add(at, t.Tick, n)
	}
	w.until, w.total = t.Until, t.Total
}

// see finds whose wave it is, how large, and of whom.
func (w *watched) see(now time.Time, t *falochron.ArrivalTally) {
	id, posts := w.r.planned(w.name)
	known := make([]radar.Announced, len(posts))
	for i := range posts {
		known[i] = posts[i].Announced
	}
	s := &RadarSight{Shop: w.name, Planned: id, At: now, Sighting: w.wave.sight, Leads: t.Leads}
	s.Shadow = w.r.cfg.Shadow == nil || w.r.cfg.Shadow(w.name)
	w.preview(now, t, known)
	if s.State != radar.Calm {
		w.whose(now, s, posts, known)
		w.size(now, s)
	}
	w.crowds(now, s)
	w.follow(now, s)
	w.seen.Store(s)
}

// whose finds the posts that a wave may come from.
func (w *watched) whose(now time.Time, s *RadarSight, posts []radarPost, known []radar.Announced) {
	s.Suspects = radar.Attribute(radar.Seen{Onset: s.Onset, Entries: w.entrances.Since(), Posts: known})
	s.Come = w.come()
	if len(s.Suspects) == 0 {
		return
	}
	if i := slices.IndexFunc(posts, func(p radarPost) bool { return p.ID != "" && p.ID == s.Suspects[0].Post }); i >= 0 {
		s.Post = &RadarPost{
			ID: plan.ID(posts[i].ID), Campaign: posts[i].Campaign, Kind: posts[i].Kind, Account: posts[i].Account, Party: posts[i].Party,
			At: posts[i].At, Slip: posts[i].Slip, Out: posts[i].Out,
		}
	}
}

// size finds how large a wave becomes.
func (w *watched) size(now time.Time, s *RadarSight) {
	if w.nowcaster == nil {
		w.nowcaster = forecast.NewNowcaster(w.figures())
	}
	s.From, s.Counts = w.seconds.since(s.Onset.Add(-beforeOnset), w.until)
	o := forecast.Observed{Until: s.From.Add(time.Duration(len(s.Counts)) * time.Second), Tick: time.Second, Counts: s.Counts, Base: s.Base, Onset: s.Onset}
	if s.Post != nil {
		p := forecast.Announced{Channel: forecast.Channel(s.Post.Kind), At: s.Post.At, Slip: s.Post.Slip, Sure: s.Suspects[0].Confidence}
		if people, known := w.wave.expected(w, s.Post); known {
			p.People = people
			o.Announced = &p
		}
		if s.Post.Out && !s.Post.At.After(now) {
			o.Posted = s.Post.At
		}
	}
	s.Nowcast = w.nowcaster.Nowcast(o)
}

// preview has pages warmed that programs look at as they do before a wave.
func (w *watched) preview(now time.Time, t *falochron.ArrivalTally, known []radar.Announced) {
	for _, p := range w.previews.Observe(now, t.Previews, known) {
		w.counts.warnings.Add(1)
		if w.r.cfg.Warm != nil && w.r.cfg.Warm(w.name, p.Path) {
			w.counts.warmed.Add(1)
		}
		w.note(now, "preview: "+p.Path+" ("+p.Sentence("en", "")+")")
	}
}

// note writes into the journal what people should read.
func (w *watched) note(now time.Time, text string) {
	w.r.cfg.Journal.Append(falochron.Record{Time: now, Shop: w.name, Note: text})
}

// order makes orders part of the shop's, if they are other than those in force.
func (w *watched) order(o *falochron.RadarOrders) {
	if w.r.cfg.Order == nil || w.orders == nil && o == nil {
		return
	}
	w.orders = o
	w.r.cfg.Order(w.name, o)
}
