package scale

import (
	"math"
	"time"
)

// ceiling finds out that more replicas do not help, as when all wait for one database.
//
//  1. While the slots are taken and the number of replicas has stood for a while, what
//     they serve is averaged: a level for each number.
//  2. A level is compared with each one of fewer replicas. Where the replicas between
//     them brought less than half of what each brings in the most efficient level, and
//     chance does not explain it, there is a ceiling: so many as would have served the
//     same at that efficiency.
//  3. On the way back to them it stops where less is served than was; and where so many
//     serve less it goes half the way up again.
//  4. More are tried again after a while, each time twice as long after; and at once
//     where the best number serves a quarter more than when the ceiling was found.
type ceiling struct {
	levels [levelsKept]level
	most   int     // best number; 0 = no ceiling is known
	seen   int     // replicas with which it was found
	served float64 // people a second, then
	next   time.Time
	every  time.Duration
	least  int // number that was seen to serve less than the best; a ceiling is above it
	trying int // number that is tried; 0 = none is
	tried  time.Time
}

// level is what a number of replicas has served.
type level struct {
	n      int
	served float64
	spoke  float64 // seconds
	// settled says that it is of a time in which the number had stood for a while. Until
	// then it may be less than could be: good to compare others with, not to be judged.
	settled bool
	at      time.Time
}

const (
	levelsKept   = 16
	levelPart    = 10               // numbers that differ by less than a tenth are one level; chosen
	levelMemory  = 120.0            // seconds that a level is averaged over; chosen
	levelBase    = 5.0              // and until it is one to compare with; chosen
	levelLeast   = 20.0             // seconds until a level says anything: twice what Served is a mean over
	levelLives   = 15 * time.Minute // two levels further apart are of different crowds; chosen
	levelSettles = 20 * time.Second // after the last replica is warm: the concurrency limit has to climb; chosen
	sure         = 1.64             // standard deviations: one in twenty
	regular      = 0.25             // of the variance of chance: a visit is made of some twenty requests, which come more regularly than people do, and of crowds at the till; chosen
	worthwhile   = 0.5              // of what a replica brings otherwise; below it, it is not worth its money; chosen
	better       = 1.25             // times what was served: then it is another shop; chosen
	worse        = 0.88             // times: then it is fewer than are of use; chosen
	tryEvery     = 10 * time.Minute // chosen: six times a wave's hour at first, fewer later
	tryMost      = 2 * time.Hour
	tryLasts     = 3 * time.Minute // beyond the start, until a try that nothing came of is given up; chosen
)

// measure takes what n replicas served in dt seconds while the slots were taken.
func (c *ceiling) measure(now time.Time, dt float64, n int, served float64, settled bool) {
	oldest := 0
	at := -1
	for i := range c.levels {
		if l := &c.levels[i]; l.n > 0 && like(l.n, n) {
			at = i
			break
		}
		if c.levels[i].at.Before(c.levels[oldest].at) {
			oldest = i
		}
	}
	if at < 0 {
		at = oldest
		c.levels[at] = level{n: n}
	}
	l := &c.levels[at]
	if l.settled && !settled && now.Sub(l.at) <= levelLives {
		return
	}
	if now.Sub(l.at) > levelLives || settled != l.settled {
		*l = level{n: n, settled: settled}
	}
	l.n, l.at = max(l.n, n), now
	l.spoke = min(l.spoke+dt, levelMemory)
	l.served += (served - l.served) * min(dt/l.spoke, 1)
	if settled && l.spoke >= levelLeast {
		c.judge(now, l)
	}
}

// best is the most efficient level of fewer replicas than n.
func (c *ceiling) best(now time.Time, n int) *level {
	var b *level
	for i := range c.levels {
		l := &c.levels[i]
		if c.speaks(now, l, n) && (b == nil || l.served*float64(b.n) > b.served*float64(l.n)) {
			b = l
		}
	}
	return b
}

func (c *ceiling) judge(now time.Time, l *level) {
	if c.most > 0 && l.n == c.most {
		if l.served > better*c.served {
			c.clear() // it is another shop
			return
		}
		c.short(l.n, c.seen, l.served)
	}
	best := c.best(now, l.n)
	if best == nil {
		return
	}
	each := best.served / float64(best.n)
	for i := range c.levels {
		b := &c.levels[i]
		if !c.speaks(now, b, l.n) {
			continue
		}
		fair := each * float64(l.n-b.n) * worthwhile
		brought := l.served - b.served
		chance := sure * math.Sqrt(regular*(l.served/l.spoke+b.served/b.spoke))
		switch {
		case brought+chance < fair && (c.most == 0 || l.n > c.most):
			c.found(now, max(b.n, replicas(l.served/each)), l)
			return
		case brought-chance > fair && c.trying > 0 && l.n >= c.trying && b.n == c.most:
			c.clear()
			return
		}
	}
}

// speaks says that level b is one to compare that of n replicas with.
func (c *ceiling) speaks(now time.Time, b *level, n int) bool {
	return b.n > 0 && b.n < n && b.spoke >= levelBase && now.Sub(b.at) <= levelLives
}

// short takes that n replicas, where before there were above, serve so much less than
// others did that more are needed: so few do not do what they should, and the best number is
// between the two.
func (c *ceiling) short(n, above int, served float64) {
	if c.most == 0 || n > c.most && n >= c.seen || served >= worse*c.served {
		return
	}
	c.least = max(c.least, n)
	if c.most = max(c.most, (n+above+1)/2); c.most >= c.seen {
		c.clear()
	}
}

func (c *ceiling) clear() { c.most, c.trying, c.every, c.least = 0, 0, 0, 0 }

// scale turns what was served into another measure.
func (c *ceiling) scale(by float64) {
	for i := range c.levels {
		c.levels[i].served *= by
	}
	c.served *= by
}

// like says that two numbers are told apart by nothing that could be measured.
func like(a, b int) bool { return max(a, b)-min(a, b) <= min(a, b)/levelPart }

func (c *ceiling) found(now time.Time, most int, l *level) {
	if most = max(most, c.least+1); most >= l.n {
		return
	}
	c.most, c.seen, c.served, c.trying = most, l.n, l.served, 0
	if c.next.Before(now) {
		c.every = min(max(2*c.every, tryEvery), tryMost)
		c.next = now.Add(c.every)
	}
}

// of is the people a second that a shop serves that could serve so many without a ceiling.
func (c *ceiling) of(served float64) float64 {
	if c.most > 0 {
		return min(served, c.served)
	}
	return served
}

// allowed is how many may be wanted, and whether it is a try; 0 = as many as you like.
// need is what would be wanted otherwise, start how long a replica takes.
func (c *ceiling) allowed(now time.Time, need int, start time.Duration) (n int, try bool) {
	if c.most == 0 {
		return 0, false
	}
	if c.trying > 0 && now.Sub(c.tried) > start+levelSettles+tryLasts {
		c.trying = 0
	}
	if c.trying == 0 && need > c.most && !now.Before(c.next) {
		c.trying, c.tried = c.most+max((c.most+3)/4, 1), now
		c.every = min(max(2*c.every, tryEvery), tryMost)
		c.next = now.Add(c.every)
		for i := range c.levels {
			if c.levels[i].n > c.most {
				c.levels[i] = level{}
			}
		}
	}
	if c.trying > 0 {
		return c.trying, true
	}
	return c.most, false
}
