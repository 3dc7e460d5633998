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
// measured. But until settled people have gone, no wait is promised that it
// would not bear: a shop that is just being filled takes people much faster than
// one that serves those inside.
func (r *Room) rates() (slow, fast, evidence float64) {
	const priorWeight = 5
	longGone, longBusy := r.pace.measured(paceBuckets)
	shortGone, shortBusy := r.pace.measured(paceBuckets / 4)
	show := r.showUp() // who is called and stays away makes the line shorter, too
	longGone, shortGone = longGone/show, shortGone/show
	if r.offer > 0 {
		prior := r.offer / show
		long := (longGone + priorWeight) / (longBusy + priorWeight/prior)
		short := (shortGone + priorWeight) / (shortBusy + priorWeight/prior)
		slow, fast = min(long, short), max(long, short)
		if longGone < settled {
			slow = min(slow, prior)
		}
		return slow, fast, longGone + priorWeight
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

// settled is how many people must have gone until the measured pace is believed.
const settled = 100

// maxWait bounds what is told: beyond it a range says nothing anyway.
const maxWait = 24 * 60 * 60

// wait returns the range told to somebody with so many people ahead, and so many
// more places ahead that may yet come to count. Its spread has three sources:
// how few calls the rate was measured from, how few people there are to average
// over, and a quarter for a shop whose pace changes. 1.28 standard deviations to
// each side hold four in five. Two poll cycles are for learning of the call.
func (r *Room) wait(ahead, mayCome int) (low, high time.Duration) {
	slow, fast, evidence := r.rates()
	if slow == 0 {
		return 0, 0
	}
	n := float64(ahead) + 1
	spread := 1 + 0.25 + 1.28*math.Sqrt(1/evidence+1/n)
	l := min(math.Floor(n/fast/spread), maxWait/2)
	h := min(math.Ceil((n+float64(mayCome))/slow*spread+2*r.cfg.pollCycle().Seconds()), maxWait)
	return time.Duration(l) * time.Second, time.Duration(max(h, l+1)) * time.Second
}
