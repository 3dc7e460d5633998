package room

import (
	"math"
	"time"
)

// The line's pace is measured over paceBuckets × paceBucket = 2 minutes: long
// enough to smooth the polls, short enough to follow a shop that got slower.
const (
	paceBuckets = 24
	paceBucket  = 5 * time.Second
)

// pace counts, in buckets of the room's own clock, how fast the line moves.
type pace struct {
	buckets [paceBuckets]paceCount
	head    int64 // number of the current bucket since the clock's zero
}

type paceCount struct {
	gone   uint32 // people whom the line lost: they claimed, or left
	issued uint32
	busy   time.Duration // time in which somebody waited and could have been called
}

func (p *pace) note(now time.Duration) *paceCount {
	head := int64(now / paceBucket)
	for n := min(head-p.head, paceBuckets); n > 0; n-- {
		p.buckets[(head-n+1)%paceBuckets] = paceCount{}
	}
	p.head = max(p.head, head)
	return &p.buckets[p.head%paceBuckets]
}

// busy adds a step of time that began at from, in which somebody waited. A step
// that spans buckets goes to the last of them.
func (p *pace) busy(from, step time.Duration) {
	p.note(from + step).busy += step
}

// measured returns the people gone and the busy seconds of the last n buckets.
// Claims are counted, not calls: more people are called than there are places,
// so that places find takers, and at the beginning of a line that is a burst.
func (p *pace) measured(n int64) (gone, busy float64) {
	for i := p.head; i > p.head-n && i >= 0; i-- {
		b := &p.buckets[i%paceBuckets]
		gone += float64(b.gone)
		busy += b.busy.Seconds()
	}
	return gone, busy
}

// issueRate returns the tickets issued per second over the last full bucket and
// the current one, whichever is faster.
func (p *pace) issueRate() float64 {
	a := p.buckets[p.head%paceBuckets].issued
	b := p.buckets[(p.head+paceBuckets-1)%paceBuckets].issued
	return float64(max(a, b)) / paceBucket.Seconds()
}

// fresh returns the tickets issued in the last 10 to 15 seconds: most of their
// holders are still to come back for the first time.
func (p *pace) fresh() (n int) {
	for i := p.head; i > p.head-3 && i >= 0; i-- {
		n += int(p.buckets[i%paceBuckets].issued)
	}
	return n
}

// rates returns the people per second by whom the line gets shorter, as the
// slower and the faster of the last half minute and the last two minutes, and
// how many observations stand behind the longer one. A shop whose pace changes
// thus widens the range before it moves it. Zero means not known.
//
// The owner's own figure, what can be kept up, counts as much as five people at
// that rate, so that it serves at the beginning and soon gives way to what was
// measured. In the slower rate it counts as up to a minute at that rate: a shop that
// is being filled takes people several times faster than one that serves those
// inside, often takes too many, and then nobody for a while.
func (r *Room) rates() (slow, fast, evidence float64) {
	longGone, longBusy := r.pace.measured(paceBuckets)
	shortGone, shortBusy := r.pace.measured(paceBuckets / 4)
	show := r.showUp() // who is called and stays away makes the line shorter, too
	longGone, shortGone = longGone/show, shortGone/show
	if r.offer > 0 {
		prior := r.offer / show
		with := func(weight, gone, busy float64) float64 { return (gone + weight) / (busy + weight/prior) }
		long, short := with(priorWeight, longGone, longBusy), with(priorWeight, shortGone, shortBusy)
		filled := with(prior*max(filling-longBusy/2, 0), longGone, longBusy)
		return min(long, short, filled), max(long, short), longGone + priorWeight
	}
	if longGone == 0 || longBusy == 0 {
		return 0, 0, 0
	}
	long := longGone / longBusy
	if shortGone == 0 || shortBusy == 0 {
		return long, long, longGone
	}
	short := shortGone / shortBusy
	return min(long, short), max(long, short), longGone
}

const (
	// priorWeight is how many people the owner's figure counts as.
	priorWeight = 5
	// filling is the seconds at the owner's figure that stand beside what was measured
	// of the slower rate, less half a second for each that was measured: none after two
	// minutes. In waves at shops of eight workers 50 to 120 people went in within 20
	// seconds, then hardly anybody for as long.
	filling = 60.0
	// settled is how many people must have gone until nobody need look more often
	// than the known pace says.
	settled = 100
)

// maxWait bounds what is told: beyond it a range says nothing anyway.
const maxWait = 24 * 60 * 60

// wait returns the range told to somebody with so many people ahead in line, so
// many before the line who were called, and so many more who may yet come to count.
//
// Its spread has three sources: how few calls the rate was measured from, how few
// people there are to average over, and a quarter for a shop whose pace changes. 1.28
// standard deviations to each side hold four in five. Two poll cycles are for
// learning of the call. And as many people as there are places for within a poll
// cycle go in in whatever order they look: for the lower end they are not ahead.
func (r *Room) wait(ahead, called, mayCome int) (low, high time.Duration) {
	slow, fast, evidence := r.rates()
	if slow == 0 {
		return 0, 0
	}
	gone, busy := r.pace.measured(paceBuckets)
	fast = max(fast, (gone/r.showUp()+1)/(busy+1)) // what can be kept up says nothing of how fast a shop fills
	n := float64(ahead+called) + 1
	least := max(n-r.soon, 0)
	spread := 1 + 0.25 + 1.28*math.Sqrt(1/evidence+1/n)
	l := min(math.Floor(r.least(least/fast)/spread), maxWait/2)
	h := min(math.Ceil(r.most((n+float64(mayCome))/slow)*spread+2*r.cfg.pollCycle().Seconds()), maxWait)
	return time.Duration(l) * time.Second, time.Duration(max(h, l+1)) * time.Second
}
