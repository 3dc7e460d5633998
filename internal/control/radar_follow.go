package control

import (
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
)

// What a wave and an attack come to: lines of the journal, acts of the plan, and what is
// ordered of the edge.

const (
	// askAfter is how long a storm must have gone on before somebody is asked whether he has
	// posted: until then the ways by which people come may be few and odd. A guess.
	askAfter = 5 * time.Second
	// sizeWithin is how long a wave waits for its size before it is told without one.
	sizeWithin = 20 * time.Second
	// sureOut is how sure it must be that a wave is a post's to say that the post is out, and
	// cameOut how many must have come: who tries a link out is no wave. Guesses.
	sureOut = 0.9
	cameOut = 30
	// attackStands is how long an attack must be seen to be told, attackRests how long it must
	// be gone to be over. Guesses: shorter, and a message is sent for each gust.
	attackStands = 3 * time.Second
	attackRests  = time.Minute
)

// wave is the wave under way.
type wave struct {
	sight   radar.Sighting
	onset   time.Time // zero: there is none
	before  uint64    // newcomers of the shop before the onset, since the start
	ten     int       // who came in its first ten minutes, once they are over
	peak    int       // newcomers in its busiest minute
	peakAt  time.Time // the end of that
	stormed time.Time // when it became a storm; zero: it is none yet
	told    bool      // it is in the plan
	asked   bool      // whose post it was
	out     plan.ID   // a post that was said to be out
	spoilt  bool      // nothing can be learnt from it
	learnt  bool      // what there is to learn is kept
	prior   *prior
}

// prior is what a campaign's forecast expects of a post.
type prior struct {
	post   plan.ID
	people atomic.Pointer[forecast.Range] // nil while it is made, or if there is none
}

// expected is who comes because of a post, by the campaign's forecast; false: it is not
// known, or not yet. It is made beside, since it may take a second.
func (v *wave) expected(w *watched, p *RadarPost) (forecast.Range, bool) {
	if w.r.cfg.Expected == nil {
		return forecast.Range{}, false
	}
	if v.prior == nil || v.prior.post != p.ID {
		asked := &prior{post: p.ID}
		v.prior = asked
		campaign, post := p.Campaign, p.ID
		w.r.to.aside(func() {
			if people, known := w.r.cfg.Expected(campaign, post); known {
				asked.people.Store(&people)
			}
		})
	}
	if people := v.prior.people.Load(); people != nil {
		return *people, true
	}
	return forecast.Range{}, false
}

// changed writes down that the state is another.
func (w *watched) changed(now time.Time, s *radar.Sighting) {
	w.counts.changes[s.Before&3][s.State&3].Add(1)
	w.note(now, "radar: "+s.State.String()+" ("+s.Cause.Sentence("en")+")")
	v := &w.wave
	if s.Before == radar.Ebb && s.State == radar.Storm {
		w.learn(s.Onset)
	}
	if s.State != radar.Calm {
		w.begun(s.Onset)
	}
	switch {
	case s.State == radar.Storm && v.stormed.IsZero():
		v.stormed = now
		w.counts.waves.Add(1)
	case s.State == radar.Calm:
		if !v.stormed.IsZero() {
			w.learn(w.until)
			w.over(now)
		}
		w.wave, w.nowcaster = wave{}, nil // the next one may be judged by other figures
	}
}

// tenMinutes is how long the first part of a wave is by which it is told.
const tenMinutes = 10 * time.Minute

// begun notes when a wave began, as far as is known by now.
func (w *watched) begun(onset time.Time) {
	v := &w.wave
	if v.onset.IsZero() || onset.Before(v.onset) {
		v.before = w.total - min(uint64(w.seconds.sum(onset.Truncate(time.Second), w.until)), w.total)
	}
	v.onset = onset
}

// come is who came since the wave began.
func (w *watched) come() int { return int(w.total - min(w.wave.before, w.total)) }

// measure keeps what a wave has brought: it may last for longer than seconds are kept.
func (w *watched) measure(now time.Time) {
	v := &w.wave
	if n, end := w.seconds.busiest(now.Add(-70 * time.Second)); n > v.peak && end.After(v.onset) {
		v.peak, v.peakAt = n, end
	}
	if end := v.onset.Add(tenMinutes); v.ten == 0 && !now.Before(end) {
		v.ten = w.seconds.sum(v.onset, end)
	}
}

// over tells the plan what a wave has brought.
func (w *watched) over(now time.Time) {
	v := &w.wave
	s := plan.Sight{What: plan.WaveOver, Began: v.onset, Ended: now, Came: v.ten, All: w.come(), Peak: v.peak, PeakAt: v.peakAt}
	if s.Came == 0 { // it was shorter
		s.Came = s.All
	}
	if last := w.seen.Load(); last != nil {
		s.Campaign, s.Post, s.Sure = whosePost(last)
	}
	w.tell(now, s)
}

// tell has the plan keep what was seen, if the shop is in it.
func (w *watched) tell(now time.Time, s plan.Sight) {
	if id, _ := w.r.planned(w.name); id != "" {
		w.r.to.write(deed{shop: w.name, until: now.Add(deedsFor), command: plan.RecordSight{Shop: id, Sight: s}})
	}
}

// sureWhose is how sure it must be whose post a wave is for it to be told as that post's.
const sureWhose = 0.6

// whosePost is the post that a wave is told as; empty: none.
func whosePost(s *RadarSight) (campaign, post plan.ID, sure float64) {
	if s.Post == nil || s.Suspects[0].Confidence < sureWhose {
		return "", "", 0
	}
	return s.Post.Campaign, s.Post.ID, s.Suspects[0].Confidence
}

// follow does what a wave asks for.
func (w *watched) follow(now time.Time, s *RadarSight) {
	v := &w.wave
	if v.stormed.IsZero() {
		return
	}
	w.begun(s.Onset)
	w.measure(now)
	v.spoilt = v.spoilt || w.attack.most
	if !now.Before(v.onset.Add(learnsFor)) {
		w.learn(w.until)
	}
	id, _ := w.r.planned(w.name)
	if id == "" || w.attack.most {
		return
	}
	campaign, post, sure := whosePost(s)
	if post != "" && sure >= sureOut && s.Come >= cameOut && !s.Post.Out && v.out != post {
		v.out = post
		w.note(now, "radar: out ("+string(post)+")")
		w.r.to.write(deed{shop: w.name, until: now.Add(deedsFor), command: plan.PostNow{Campaign: campaign, Post: post}})
	}
	if !v.told && (s.Nowcast.Known || now.Sub(v.stormed) >= sizeWithin) {
		v.told = true
		seen := plan.Sight{What: plan.WaveSeen, Began: s.Onset, Campaign: campaign, Post: post, Sure: sure}
		if n := &s.Nowcast; n.Known {
			seen.People = plan.Interval{Low: n.In10Min.Low, Mid: n.In10Min.Mid, High: n.In10Min.High}
		}
		w.tell(now, seen)
	}
	if first, unplanned := radar.Unplanned(s.Suspects); unplanned && !v.asked && now.Sub(v.stormed) >= askAfter {
		v.asked = true
		w.counts.asked.Add(1)
		w.note(now, "radar: unplanned post ("+first.Sentence("en", "")+")")
		ask := plan.AskPost{Shop: id, Onset: s.Onset}
		if first.Channel != falochron.ChannelUnknown {
			ask.Channel = first.Channel.String()
		}
		w.r.to.write(deed{shop: w.name, until: now.Add(deedsFor), command: ask})
	}
}

// attack is the attack under way.
type attack struct {
	began time.Time // zero: none
	last  time.Time // when it was seen last
	told  bool
	most  bool // it makes up most of what comes
}

// crowds judges who comes, and orders what is to be done.
func (w *watched) crowds(now time.Time, s *RadarSight) {
	var tallies []falochron.CohortTally
	if w.r.cfg.Cohorts != nil {
		tallies, _ = w.r.cfg.Cohorts(w.name)
	}
	if tallies == nil { // nobody is counted (any more)
		w.order(nil)
		if w.attack.told {
			w.attackOver(now)
		}
		w.attack = attack{}
		return
	}
	s.Verdicts = w.judge.Observe(now, tallies)
	s.habits = habitsOf(tallies, s.Verdicts)
	for _, c := range w.judge.Changes() {
		if c.Now.Kind == falochron.CohortAttack || c.Before.Kind == falochron.CohortAttack {
			w.note(now, "crowd: "+c.Now.Kind.String()+" ("+c.Now.Key.String()+": "+radar.CohortSentence(c.Now, "en")+")")
		}
	}
	if o := w.judge.Orders(s.Shadow); !sameOrders(o, w.orders) {
		w.order(o)
	}
	w.attacked(now, s)
}

// attacked follows an attack.
func (w *watched) attacked(now time.Time, s *RadarSight) {
	a := &w.attack
	var bad, all float64
	done := falochron.TreatNone
	for i := range s.Verdicts {
		v := &s.Verdicts[i]
		if all += v.Rate; v.Kind == falochron.CohortAttack {
			bad += v.Rate
			done = max(done, v.Treatment)
		}
	}
	a.most = bad > all/2
	switch {
	case bad > 0:
		if a.began.IsZero() {
			a.began = now
		}
		if a.last = now; !a.told && now.Sub(a.began) >= attackStands {
			a.told = true
			w.counts.attacks.Add(1)
			seen := plan.Sight{What: plan.AttackSeen, Began: a.began}
			if !s.Shadow && done != falochron.TreatNone {
				seen.Done = done.String()
			}
			w.note(now, "attack: begun")
			w.tell(now, seen)
		}
	case a.told && now.Sub(a.last) >= attackRests:
		w.attackOver(now)
		*a = attack{}
	case !a.told && now.Sub(a.last) >= attackStands:
		*a = attack{}
	}
}

// attackOver tells that an attack is over.
func (w *watched) attackOver(now time.Time) {
	w.note(now, "attack: over")
	w.tell(now, plan.Sight{What: plan.AttackOver, Began: w.attack.began, Ended: w.attack.last})
}

// sameOrders reports whether two say the same of everybody.
func sameOrders(a, b *falochron.RadarOrders) bool {
	if a == nil || b == nil {
		return a == b
	}
	return reflect.DeepEqual(a, b)
}

// heaviest is the heaviest of the verdicts of a kind; false: there is none.
func heaviest(all []falochron.CohortVerdict, kind falochron.CohortKind) (falochron.CohortVerdict, bool) {
	i := slices.IndexFunc(all, func(v falochron.CohortVerdict) bool { return v.Kind == kind })
	if i < 0 {
		return falochron.CohortVerdict{}, false
	}
	return all[i], true
}
