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
