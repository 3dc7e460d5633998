package admit

import "testing"

// TestTrialEndsWhenItHurts: a shop that becomes four times slower while a higher
// limit is being tried gets the old limit back after a few answers, not after a
// whole window of them. With the window the till paid for it: an order then took
// half as long again.
func TestTrialEndsWhenItHurts(t *testing.T) {
	tried, kept := 0, 0
	for seed := range uint64(40) {
		before, slow := 0, 0.0
		play(story{seed: seed, shop: php(8), fans: flat(fanRate(best8, 20)), length: 120, at: everySecond(20, 100, func(w *wave) {
			switch c := &w.lim.climb; {
			case before == 0 && c.growing() && c.level > c.best:
				before, slow = levels[c.best], w.t()
				pace(4)(w)
			case before > 0 && w.t() == slow+10:
				tried++
				if limit, _ := w.lim.Limit(); limit > before {
					t.Logf("seed %d: 10 s after the shop became slower the limit is %d, before the trial it was %d (%s)", seed, limit, before, w.lim.State().Why)
					kept++
				}
			}
		})})
	}
	// A window that began just before may have few slow answers in it. With the rule
	// about one in three keeps the trial, without it three in four.
	if 2*kept > tried {
		t.Errorf("%d of %d trials went on", kept, tried)
	}
	if tried < 25 {
		t.Errorf("only %d seeds tried anything: this proves nothing", tried)
	}
}

func everySecond(from, to int, do func(*wave)) map[float64]func(*wave) {
	at := map[float64]func(*wave){}
	for s := from; s < to; s++ {
		at[float64(s)] = do
	}
	return at
}
