package sim

import (
	"math"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/room"
)

// front is what stands before the shop: the rooms of the gate, used as it uses them.
type front struct {
	lim    *admit.Limiter
	places *admit.Places
	room   *room.Room

	updated time.Duration // last update of places
	tried   time.Duration // when somebody was last let in
	size    float64       // of the shop that the limit is for, in warm replicas
	parts   []admit.Part  // of them
	line    []bucket
	first   int // of the line, the first with anybody in it
	lookers []looker
	free    []int32
	patient []float64 // share of people whose patience is over by each second
	alone   bool      // each waits in a bucket of one: for the test that compares
	late    bool      // a place counts when its holder has looked for the first time
	unseen  int       // people in line who have not
	doubt   bool      // whoever scales says that those that start are not known to help
}

// bucket is the people who came to the line at one moment. Those with the places from
// next up to end are still in it: who loses patience is taken from the end, since who it is
// makes no difference to anybody.
type bucket struct {
	next, end uint64
	came      time.Duration
	low, high time.Duration // told wait
	scared    float64       // seconds: half of those with less patience are gone already
	poll      time.Duration // until each looks again
	polled    time.Duration // when that was told
	checked   time.Duration // when patience was last looked at
	unseen    bool          // they have not looked yet, and do at came and poll
}

func (b *bucket) people() int { return int(b.end - b.next) }

// looker is somebody who was called.
type looker struct {
	place     uint64
	came      time.Duration
	low, high time.Duration
}

const (
	updateEvery = 20 * time.Millisecond
	tryEvery    = 2 * time.Second // between two who go and see whether a failing shop is back
	lookMin     = 2.0             // seconds between two looks of who was called
	lookMax     = 2.6
	tick        = 100 * time.Millisecond
	never       = -time.Hour
	mostUnseen  = 30 * time.Second // the room asks everybody back within ten seconds and some
)

func newFront(s *Scenario) *front {
	f := &front{
		lim:     admit.NewLimiter(admit.Config{}, epoch),
		places:  admit.NewPlaces(epoch),
		room:    room.New(room.Config{MaxOutstanding: mostPeople, PollBudget: s.Polls}, epoch),
		updated: never, tried: never, late: s.FirstLook,
		patient: make([]float64, int(s.Lasts.Seconds())+2),
	}
	for i := 1; i < len(f.patient); i++ {
		f.patient[i] = math.Erfc(-math.Log(float64(i)/lineMedian)/lineSigma/math.Sqrt2) / 2
	}
	return f
}

// gone is the share of people whose patience is over after so many seconds.
func (f *front) gone(secs float64) float64 {
	return f.patient[min(max(int(secs), 0), len(f.patient)-1)]
}

func (f *front) outside(now time.Time) int { return f.room.Waiting() + f.room.AtDoor(now) }

func (f *front) update(w *world) {
	if w.now-f.updated < updateEvery {
		return
	}
	f.updated = w.now
	now := w.clock()
	s := f.lim.State()
	outside := f.outside(now)
	f.lim.Crowded(outside > 0)
	f.places.Update(now, admit.Load{
		Limit: s.Limit, Bound: s.Bound, Free: f.lim.FreeSlots(), Wait: f.lim.InsideWait(now),
		Queued: s.Ready, Outside: outside, Probing: f.lim.Probing(), Dead: f.lim.Dead(), Growing: f.lim.Growing(), Starting: f.lim.Starting(), Filled: f.lim.Filled(), Fresh: f.lim.Fresh(now), Busy: f.lim.Busy(),
	})
}

func (f *front) mayEnter(w *world) bool {
	if ok, v := f.places.Verdict(); !ok || v.Action != falochron.Pass {
		return false
	}
	return w.well > 0 && !(f.lim.Dead() && w.now-f.tried < tryEvery)
}

// knock is n newcomers in the same instant.
func (f *front) knock(w *world, n int) {
	now := w.clock()
	for ; n > 0; n-- {
		f.update(w)
		if !f.mayEnter(w) || f.outside(now) > 0 || f.places.Now()-float64(f.room.Coming(now)) < 1 {
			break
		}
		f.tried = w.now
		w.tally.told(0, 0, 0)
		w.letIn(w.now)
		w.deliver()
	}
	if n > 0 {
		f.join(w, n)
	}
}

// join puts n people at the end of the line.
func (f *front) join(w *world, n int) {
	if f.alone {
		for range n {
			f.joinAs(w, 1)
		}
		return
	}
	f.joinAs(w, n)
}

func (f *front) joinAs(w *world, n int) {
	now := w.clock()
	b := bucket{next: f.room.Next(), came: w.now, checked: w.now, polled: w.now, unseen: f.late}
	for range n {
		place, err := f.room.Issue(now)
		if err != nil {
			w.tally.refused++
			continue
		}
		if !f.late {
			f.room.Back(now, place)
		}
		b.end = place + 1
	}
	if b.end <= b.next {
		return
	}
	if f.late {
		f.unseen += b.people()
	}
	st := f.room.Peek(now, b.end-1)
	b.low, b.high, b.poll = st.WaitLow, st.WaitHigh, st.Poll+st.Jitter/2
	if f.late {
		b.poll = st.Poll + seconds(w.dice.within(0, st.Jitter.Seconds()))
	}
	if st.WaitHigh > 0 {
		b.scared = (st.WaitLow + st.WaitHigh).Seconds() / 2 / scaredBy
		f.lose(w, &b, w.dice.binomial(b.people(), scaredShare*f.gone(b.scared)))
	}
	if b.people() > 0 {
		f.line = append(f.line, b)
	}
}

// lose takes n people out of a bucket.
func (f *front) lose(w *world, b *bucket, n int) {
	now := w.clock()
	for range n {
		b.end--
		f.room.Leave(now, b.end)
	}
	if b.unseen {
		f.unseen -= n
	}
	w.tally.leftLine += n
}

// impatience lets those go whose patience is over. Young buckets are looked at each
// second, old ones every fifth.
func (f *front) impatience(w *world) {
	for i := f.first; i < len(f.line); i++ {
		b := &f.line[i]
		if b.next >= b.end {
			continue
		}
		if w.now-b.came > 2*time.Minute && w.now-b.checked < 5*time.Second {
			continue
		}
		was, is := f.gone((b.checked - b.came).Seconds()), f.gone((w.now - b.came).Seconds())
		b.checked = w.now
		// Of those with less patience than scared half went at once.
		weight := 1.0
		rest := 1 - was
		if s := f.gone(b.scared); was < s {
			weight = scaredShare
			rest = scaredShare*(s-was) + 1 - s
		}
		if is > was && rest > 0 {
			f.lose(w, b, w.dice.binomial(b.people(), weight*(is-was)/rest))
		}
		if w.now-b.polled >= b.poll && b.people() > 0 && !b.unseen {
			st := f.room.Peek(w.clock(), b.next)
			b.polled, b.poll = w.now, st.Poll+st.Jitter/2
		}
	}
	for f.first < len(f.line) && f.line[f.first].next >= f.line[f.first].end {
		f.first++
	}
	if f.first > 4096 && f.first*2 > len(f.line) {
		f.line = append(f.line[:0], f.line[f.first:]...)
		f.first = 0
	}
}

// tick is the gate's, ten times a second.
func (f *front) tick(w *world) {
	now := w.clock()
	f.firstLooks(w)
	f.resize(w)
	w.wake(f.lim.Tick(now))
	w.deliver()
	f.update(w)
	if w.well == 0 {
		f.room.Call(now, 0, 0)
		return
	}
	limit, _ := f.lim.Limit()
	rate := f.places.PerSecond(limit)
	if whole := f.places.Whole(); whole > 0 {
		rate = min(rate, f.places.Aim()*float64(limit)/whole)
	}
	f.room.Call(now, f.places.Standby(limit), rate)
	upTo := f.room.Front()
	for i := f.first; i < len(f.line); i++ {
		b := &f.line[i]
		if b.next >= upTo {
			break
		}
		for b.next < min(upTo, b.end) {
			f.call(w, b)
		}
	}
}

// resize tells the limiter and the line that replicas came or went, and the line that some
// are starting; a cold one counts as what it does, one that starts by the share of the starts
// that have come so far, as scale counts it. Whoever scales, the engine shows all that; one that scales may say that
// those that start are not known to help, and then nobody is told of them. It
// does not show that one waits for a machine, nor for how long: that one is late.
func (f *front) resize(w *world) {
	size, coming, in := 0.0, 0.0, 0.0
	f.parts = f.parts[:0]
	add := func(part float64, left time.Duration) {
		coming += part
		in += part * left.Seconds()
	}
	likely := float64(w.came+1) / float64(w.came+w.failed+1)
	start := w.s.Replicas.Start + seconds(w.s.Replicas.Cold.Seconds()*(1-coldSpeed))
	for _, r := range w.replicas {
		switch r.phase {
		case ready:
			share := w.share(r)
			size += share
			f.parts = append(f.parts, admit.Part{Replica: uint64(r.id) + 1, Share: share})
			if share < 1 {
				add(1-share, r.readyAt+max(w.s.Replicas.Cold, w.s.Replicas.SlowStart)-w.now)
			}
		case draining:
			if d := w.s.Replicas.Drain; d > 0 {
				size += max(1-float64(w.now-r.since)/float64(d), 0)
				f.parts = append(f.parts, admit.Part{Replica: uint64(r.id) + 1, Share: 1})
			}
		case starting, pending:
			if !f.doubt {
				add(likely, start-(w.now-r.ordered))
			}
		}
	}
	if size == 0 {
		return
	}
	now := w.clock()
	if size != f.size && f.size > 0 {
		f.lim.Resized(now, size/f.size)
		f.places.Resized(now, size/f.size)
		f.room.Resized(now, size/f.size)
	}
	f.size = size
	if !w.s.New { // what a replica serves is known from before
		f.lim.Expect(now, int(w.s.each()*size))
	}
	if w.s.Replicas.Sticky {
		f.lim.Divided(size, f.parts)
	}
	if coming > 0 {
		in /= coming
	}
	f.room.Faster(now, seconds(in), 1+coming/size)
}

// call is one person called, who learns of it at the next look.
func (f *front) call(w *world, b *bucket) {
	id := int32(len(f.lookers))
	if n := len(f.free); n > 0 {
		id, f.free = f.free[n-1], f.free[:n-1]
	} else {
		f.lookers = append(f.lookers, looker{})
	}
	f.lookers[id] = looker{place: b.next, came: b.came, low: b.low, high: b.high}
	b.next++
	w.called++
	if b.unseen { // passed over: they learn of it when they look for the first time
		f.unseen--
		w.plan(b.came+b.poll-w.now, looks, id, 0)
		return
	}
	w.plan(seconds(w.dice.within(0, max(b.poll.Seconds(), lookMin))), looks, id, 0)
}

// firstLooks makes the places count of those who look for the first time now.
func (f *front) firstLooks(w *world) {
	if f.unseen == 0 {
		return
	}
	now := w.clock()
	for i := len(f.line) - 1; i >= f.first && w.now-f.line[i].came <= mostUnseen; i-- {
		b := &f.line[i]
		if !b.unseen || w.now < b.came+b.poll {
			continue
		}
		for place := b.next; place < b.end; place++ {
			f.room.Back(now, place)
		}
		f.unseen -= b.people()
		b.unseen, b.polled = false, w.now
	}
}

// look is somebody called who asks whether there is a place.
func (f *front) look(w *world, id int32) {
	l := f.lookers[id]
	now := w.clock()
	if f.late {
		f.room.Back(now, l.place) // if it was not yet
	}
	f.update(w)
	may := f.mayEnter(w)
	if may && !f.room.Turn(now, l.place, f.places.Now()) {
		may = false
	}
	if !may {
		f.room.Defer(now, l.place)
		w.plan(seconds(w.dice.within(lookMin, lookMax)), looks, id, 0)
		return
	}
	f.free = append(f.free, id)
	w.called--
	if f.room.Claim(now, l.place) != room.Granted {
		// The window was over: a new place at the end, in a page that says so.
		f.join(w, 1)
		return
	}
	f.tried = w.now
	w.tally.told(l.low, l.high, w.now-l.came)
	w.letIn(l.came)
	w.deliver()
}
