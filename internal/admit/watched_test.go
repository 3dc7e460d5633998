package admit

import (
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// In the first half minute of a shop that nobody has been seen through yet the cost of a
// visit is right within half, and does not swing: by it replicas are ordered.
func TestAVisitIsKnownFromItsFirstSeconds(t *testing.T) {
	for name, c := range map[string]struct {
		asks  []time.Duration // at what ages of a visit
		first falochron.Class
	}{
		"pages":           {[]time.Duration{0, 6 * time.Second, 12 * time.Second, 18 * time.Second, 24 * time.Second}, falochron.ClassPage},
		"buyers, hurry":   {[]time.Duration{0, 6 * time.Second, 12 * time.Second, 18 * time.Second, 38 * time.Second}, falochron.ClassPage},
		"buyers, in life": {[]time.Duration{0, 31 * time.Second, 62 * time.Second, 93 * time.Second, 193 * time.Second}, falochron.ClassPage},
		"kept pages":      {[]time.Duration{0, 2500 * time.Millisecond, 6 * time.Second, 7 * time.Second, 26 * time.Second, 27 * time.Second, 28 * time.Second}, falochron.ClassCart},
	} {
		t.Run(name, func(t *testing.T) {
			const took = 500 * time.Millisecond
			now := evening
			p := NewPlaces(now)
			var entered []time.Time
			truth := float64(len(c.asks)) * took.Seconds()
			for tick := range 10 * 240 {
				now = now.Add(100 * time.Millisecond)
				if tick%5 == 0 {
					p.Enter(now)
					entered = append(entered, now)
				}
				for _, at := range entered {
					for i, age := range c.asks {
						class := falochron.ClassPage
						if i == 0 {
							class = c.first
						}
						if ends := now.Sub(at); ends >= age+took && ends < age+took+100*time.Millisecond {
							p.Spent(now, at, took, class)
						}
					}
				}
				p.Update(now, Load{Limit: 40, Free: 20})
				seconds, requests := p.Visit()
				switch since := now.Sub(evening); {
				case since == 3*time.Second || since < time.Minute && since%(5*time.Second) == 0 || since%(time.Minute) == 0:
					t.Logf("%v: a visit takes %.2f s of %.2f, %.1f requests; the account says %.2f s", since, seconds, truth, requests, p.Whole())
					if since >= 10*time.Second && (seconds < truth/2 || seconds > truth*1.75) {
						t.Errorf("after %v a visit is taken for %.2f s, and is %.2f", since, seconds, truth)
					}
				}
			}
		})
	}
}
