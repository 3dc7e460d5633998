package admit

import (
	"math"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// The limit follows the shop when replicas come and go, and many small changes there and
// back lose nothing.
func TestTheLimitFollowsTheReplicas(t *testing.T) {
	limit := func(l *Limiter) int { n, _ := l.Limit(); return n }
	l := NewLimiter(Config{Start: 90}, evening)
	l.Resized(evening, 0.5)
	if got := limit(l); got != 37 {
		t.Errorf("half of 90 is %d, wants the level below 45", got)
	}
	l.Resized(evening, 2)
	if got := limit(l); got != 90 {
		t.Errorf("twice that is %d, wants 90 again", got)
	}
	for n := 21; n > 4; n-- {
		l.Resized(evening, float64(n-1)/float64(n))
	}
	if got := limit(l); got != 15 {
		t.Errorf("21 replicas less 17 leave %d of 90, wants the level below 17", got)
	}
	for n := 4; n < 21; n++ {
		l.Resized(evening, float64(n+1)/float64(n))
	}
	if got := limit(l); got != 90 {
		t.Errorf("17 replicas more are %d, wants 90 again", got)
	}
	for _, f := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if l.Resized(evening, f); limit(l) != 90 {
			t.Errorf("a factor of %g changed the limit to %d", f, limit(l))
		}
	}
	l.Resized(evening, 1e-9)
	if got := limit(l); got != 1 {
		t.Errorf("a shop of nearly nothing has a limit of %d", got)
	}
	l.Resized(evening, 1e18)
	if got := limit(l); got != levels[len(levels)-1] {
		t.Errorf("a shop without end has a limit of %d", got)
	}
}

// A shop that was full with 12 requests at once has grown to 340: what it answered then
// does not bound for ever how many are let in.
func TestAShopThatHasGrownIsUsed(t *testing.T) {
	now := evening
	p := NewPlaces(now)
	step := func(seconds float64, l Load) {
		for range int(seconds * 10) {
			now = now.Add(100 * time.Millisecond)
			p.Update(now, l)
		}
	}
	// A thousand people inside, who ask for 27 requests a second: all it takes.
	for range 1000 {
		p.Enter(now)
	}
	for range 60 * 27 {
		step(0.1, Load{Limit: 12, Free: 0, Outside: 5})
		p.Spent(now, now.Add(-time.Minute), 450*time.Millisecond, falochron.ClassPage)
		now = now.Add(-100*time.Millisecond + time.Second/27)
	}
	grown := Load{Limit: 340, Free: 300, Outside: 500}
	step(1, grown)
	if bound := p.aim * p.full.slots(p.mean); !(bound < 60) {
		t.Fatalf("a second after it has grown the account is %.0f requests at once: nothing of what it was is known", bound)
	}
	step(30, grown)
	if bound := p.aim * p.full.slots(p.mean); !(bound > 300) {
		t.Errorf("half a minute later it is %.0f, of a limit of 340", bound)
	}
	// Where nobody waits, or the slots are taken, what is known stays known.
	known := p.full
	step(30, Load{Limit: 340, Free: 300})
	step(30, Load{Limit: 340, Free: 50, Outside: 500})
	if p.full.seconds != known.seconds {
		t.Errorf("%.2f seconds of being full became %.2f", known.seconds, p.full.seconds)
	}
}

// What a full shop yields is known for one of another size, and factors that cannot be
// change nothing.
func TestThePlacesFollowTheReplicas(t *testing.T) {
	now := evening
	p := NewPlaces(now)
	for range 200 {
		p.Enter(now)
	}
	for range 600 {
		now = now.Add(100 * time.Millisecond)
		p.Update(now, Load{Limit: 12, Outside: 5})
		p.Spent(now, now.Add(-time.Minute), 450*time.Millisecond, falochron.ClassPage)
	}
	slots := p.full.slots(p.mean)
	if !(slots > 4 && slots < 5) {
		t.Fatalf("ten a second of 450 ms are %.1f at once", slots)
	}
	for _, c := range []struct{ factor, want float64 }{{4, 4}, {0, 4}, {math.NaN(), 4}, {-1, 4}, {math.Inf(1), 4}, {0.25, 1}} {
		p.Resized(now, c.factor)
		if got := p.full.slots(p.mean) / slots; math.Abs(got-c.want) > 1e-9 {
			t.Errorf("after a factor of %g it yields %.2f times as much, wants %g", c.factor, got, c.want)
		}
	}
}
