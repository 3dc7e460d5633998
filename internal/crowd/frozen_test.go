package crowd

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A load generator that waits for an answer before it sends the next request sees one
// slow answer when a shop stands still for ten seconds, and calls the rest fast
// ("coordinated omission"). Here everybody who came meanwhile has waited, and the
// histograms say for how long: from the moment they meant to come until the shop
// went on, or until they had enough of it, which is after five seconds at the
// soonest.
func TestAFrozenShopShowsInTheHistogram(t *testing.T) {
	const length, freeze, thaw = time.Minute, 20 * time.Second, 30 * time.Second
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		start := time.Now()
		shop.room = func(_ http.ResponseWriter, r *http.Request) bool {
			if at := time.Since(start); at < freeze || at >= thaw {
				return false
			}
			select {
			case <-time.After(thaw - time.Since(start)):
				return false
			case <-r.Context().Done():
				return true
			}
		}
		plan := Plan{Seed: 5, Compression: 5, Journeys: []Journey{{Name: "looks", Count: 1, Steps: []Step{{Name: "page", Method: "GET", Path: "/"}}}}}
		list, err := Draw(plan, 1200, length)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := Wave{List: list, Target: shop.open(), Grace: 10 * time.Second}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		// Of each fan the least and the most it can have waited.
		var least, most []time.Duration
		bySecond := map[int][2][]uint32{}
		for _, f := range list.Fans {
			var lo, hi time.Duration
			if f.At >= freeze && f.At < thaw {
				hi = thaw - f.At
				lo = min(hi, leaveAfter)
			}
			least, most = append(least, lo), append(most, hi)
			s := bySecond[int(f.At/time.Second)]
			s[0], s[1] = append(s[0], uint32(lo.Milliseconds())), append(s[1], uint32(hi.Milliseconds()))
			bySecond[int(f.At/time.Second)] = s
		}
		slices.Sort(least)
		slices.Sort(most)
		const slack = 20 * time.Millisecond // three digits of ten seconds
		within := func(name string, got, lo, hi time.Duration) {
			if got < lo-slack || got > hi+slack {
				t.Errorf("%s is %v, must be %v to %v", name, got, lo, hi)
			}
		}
		at := func(d []time.Duration, q float64) time.Duration { return d[int(q*float64(len(d)))] }
		for name, l := range map[string]Latency{"all page loads": rep.All, "pages waited for": rep.Waited} {
			if l.Count != int64(len(list.Fans)) {
				t.Errorf("%s: %d of %d fans are in the histogram", name, l.Count, len(list.Fans))
			}
			within(name+", p50", l.P50, at(least, 0.5), at(most, 0.5))
			within(name+", p95", l.P95, at(least, 0.95), at(most, 0.95))
			within(name+", p99", l.P99, at(least, 0.99), at(most, 0.99))
			within(name+", max", l.Max, least[len(least)-1], most[len(most)-1])
		}
		if lo := at(least, 0.95); lo < 4*time.Second {
			t.Errorf("by the list p95 could be %v: this proves nothing", lo)
		}
		// Second by second; whoever left without having seen the shop is not among these.
		for s := int(freeze / time.Second); s < int(thaw/time.Second); s++ {
			within("p95 of second "+time.Duration(s*int(time.Second)).String(), rep.Seconds[s].P95Each,
				time.Duration(nearestRank(bySecond[s][0], 0.95))*time.Millisecond, time.Duration(slices.Max(bySecond[s][1]))*time.Millisecond)
		}
		if rep.Late.Max > time.Millisecond {
			t.Errorf("the crowd itself was late by %v: it waited for the shop", rep.Late.Max)
		}
	})
}
