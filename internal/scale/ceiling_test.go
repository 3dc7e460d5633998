package scale

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// stand lets n replicas stand for a while and serve.
func stand(c *ceiling, now *time.Time, n int, seconds int, served func() float64) {
	for range seconds {
		*now = now.Add(time.Second)
		c.measure(*now, 1, n, served(), true)
	}
}

// A shop that grows with its replicas has no ceiling, whatever chance there is in what it
// serves; one that does not has.
func TestCeilingIsNotChance(t *testing.T) {
	wrong, missed := 0, 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		each := 0.3 + 3*r.Float64()
		noisy := func(rate float64) func() float64 {
			x := rate // a mean of ten seconds, in which people come to the till by chance
			return func() float64 {
				x += 0.2 * (rate + 0.5*math.Sqrt(rate)*r.NormFloat64() - x)
				return max(x, 0)
			}
		}
		var grows, not ceiling
		now := evening
		for n := 2; n <= 32; n *= 2 {
			stand(&grows, &now, n, 90, noisy(each*float64(n)))
		}
		if grows.most > 0 {
			wrong++
		}
		now = evening
		for n := 2; n <= 32; n *= 2 {
			stand(&not, &now, n, 90, noisy(min(each*float64(n), 5*each)))
		}
		if not.most < 4 || not.most > 8 {
			missed++
		}
	}
	if wrong > 2 || missed > 10 {
		t.Errorf("of 200 shops that grow %d have a ceiling; of 200 with one at 5 replicas %d have none between 4 and 8", wrong, missed)
	}
}

// What few replicas served of a cheaper crowd makes the ceiling too low. So few then serve
// less than there was, and it goes half the way up again instead of forgetting it.
func TestCeilingTooLow(t *testing.T) {
	var c ceiling
	now := evening
	flat := func(x float64) func() float64 { return func() float64 { return x } }
	stand(&c, &now, 2, 40, flat(8))
	stand(&c, &now, 16, 60, flat(16.5))
	if c.most != 5 {
		t.Fatalf("ceiling at %d, want 5", c.most)
	}
	stand(&c, &now, 5, 40, flat(12.5))
	if c.most <= 5 || c.most >= 16 {
		t.Fatalf("ceiling at %d, want it between", c.most)
	}
	was := c.most
	stand(&c, &now, was, 60, flat(16))
	if c.most != was {
		t.Errorf("ceiling moved from %d to %d where all is served", was, c.most)
	}
}

// Where ten serve little more than two did it is doubted, ten seconds later, that more help,
// until they serve more. Of the fewest that there were nobody doubts anything.
func TestWhatHelpsLittleIsDoubted(t *testing.T) {
	var c ceiling
	now := evening
	stand(&c, &now, 2, 20, func() float64 { return 8 })
	var d doubt
	for s := range 13 {
		now = now.Add(time.Second)
		if d.see(now, 10, 20, c.best(now, 10)); d.stands(now) != (s >= 10) {
			t.Errorf("after %d s it is doubted: %v", s, d.stands(now))
		}
	}
	if d.see(now, 10, 25, c.best(now, 10)); d.stands(now) {
		t.Error("each serves more than 0.6 of what each of two did, and it is doubted")
	}
	for range 20 {
		now = now.Add(time.Second)
		if d.see(now, 2, 1, c.best(now, 2)); d.stands(now) {
			t.Fatal("there were never fewer, and it is doubted")
		}
	}
}

// While it is doubted nothing is ordered, and of those that start nothing is promised.
func TestDoubtOrdersAndPromisesNothing(t *testing.T) {
	w := newWorld(evening)
	w.stand(2)
	w.most = 2
	w.arrivals = func(time.Duration) float64 { return 15 }
	d := decider(t, Config{Limits: Limits{Min: 2, Max: 40}})
	doubted, starting := 0, 0
	for range 300 {
		w.tick()
		o := w.observed()
		p := d.Decide(w.now, o)
		w.scale(p.Wanted)
		if !p.Doubt {
			continue
		}
		doubted++
		for _, r := range o.Replicas {
			if r.Phase == Starting {
				starting++
				break
			}
		}
		if p.Now.To > p.Now.From && p.Now.Cause != CauseTry || p.Growth.Times > 0 {
			t.Errorf("%v: doubted, and %s, %.1f times as large", w.now.Sub(evening), p.Now.Sentence("en"), p.Growth.Times)
		}
	}
	if doubted == 0 || starting == 0 {
		t.Errorf("doubted for %d s, in %d of them one started: this proves nothing", doubted, starting)
	}
}
