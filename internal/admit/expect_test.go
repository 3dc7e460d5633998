package admit

import (
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// drop is a minute of calm, in which somebody says what the shop bears, and then as many
// fans at once as it can take, times over. line is the longest line in the first 20 s.
func drop(shop func(*world) shop, b best, over float64, bears int) (w *wave, line int) {
	const calm = 60
	s := story{seed: 100, shop: shop, length: calm + 60, at: map[float64]func(*wave){}, fans: func(t float64) float64 {
		if t < calm {
			return 0.3
		}
		return fanRate(b, over)
	}}
	s.at[calm/2] = func(w *wave) { w.lim.Expect(w.now, bears) }
	for t := range 40 {
		s.at[calm+float64(t)/2] = func(w *wave) { line = max(line, w.line+w.called) }
	}
	return play(s), line
}

// A crowd that the shop can take finds it open, where it is known what it bears: the calm
// before says nothing of that.
func TestWhatIsKnownIsTriedAtOnce(t *testing.T) {
	_, before := drop(php(32), best32, 1, 0)
	w, after := drop(php(32), best32, 1, 25)
	t.Logf("the longest line was %d, and is %d", before, after)
	if after*2 > before {
		t.Errorf("a line of %d without, of %d with", before, after)
	}
	if w.sheds > 0 || w.broken > 0 {
		t.Errorf("%d refused, %d let down", w.sheds, w.broken)
	}
}

// What is known may be wrong by as much as it likes: it is taken back by what the first people
// meet, and nobody is worse off.
func TestWhatIsKnownWrongHurtsNobody(t *testing.T) {
	for _, wrong := range []int{30, 90, 2000} {
		without, _ := drop(php(8), best8, 5, 0)
		with, _ := drop(php(8), best8, 5, wrong)
		t.Logf("%d instead of 8: %.1f orders a minute, without %.1f; slow for %d s, without %d; %s", wrong, with.ordersPerMin(90, 120), without.ordersPerMin(90, 120),
			with.badSeconds(60, 120, 2*best8.p95), without.badSeconds(60, 120, 2*best8.p95), with.lim.State().Why)
		if !with.lim.climb.refuted {
			t.Errorf("%d instead of 8 was believed", wrong)
		}
		if with.sheds > 0 || with.broken*40 > with.entered {
			t.Errorf("%d instead of 8: %d refused and %d let down of %d", wrong, with.sheds, with.broken, with.entered)
		}
		if with.badSeconds(60, 120, 2*best8.p95) > without.badSeconds(60, 120, 2*best8.p95)+3 {
			t.Errorf("%d instead of 8: slow for %d s, without for %d", wrong, with.badSeconds(60, 120, 2*best8.p95), without.badSeconds(60, 120, 2*best8.p95))
		}
	}
}

// alone has a few requests answered by an idle shop, and returns when it has.
func alone(l *Limiter, now time.Time) time.Time {
	for id := uint64(1001); id <= 1000+baseKnown; id++ {
		l.Arrive(now, Request{ID: id, Lane: LaneInside, Class: falochron.ClassPage})
		now = now.Add(200 * time.Millisecond)
		l.Done(now, id, Answered)
	}
	return now
}

// It only raises a limit that has not been full, and never again where it was wrong.
func TestWhatIsKnownOnlyRaises(t *testing.T) {
	l := NewLimiter(Config{}, evening)
	if l.Expect(evening, 90); l.climb.level != l.climb.start {
		t.Error("nobody knows how long a request takes, so nothing could take it back")
	}
	now := alone(l, evening)
	limit := func(bears int) int { l.Expect(now, bears); n, _ := l.Limit(); return n }
	for _, c := range []struct{ bears, want int }{{0, 4}, {-7, 4}, {3, 4}, {23, 30}, {9, 30}, {1 << 40, 2000}} {
		if got := limit(c.bears); got != c.want {
			t.Errorf("%d are known, and the limit is %d, wants %d", c.bears, got, c.want)
		}
	}
	if !l.climb.refute(now) || limit(26) != 4 {
		t.Errorf("it was wrong, and the limit is %d", limit(26))
	}
	if l.climb.refute(now) {
		t.Error("it was wrong twice")
	}
}

// A shop that comes back is not expected to be what it was.
func TestNothingIsExpectedOfAShopThatWasGone(t *testing.T) {
	l := NewLimiter(Config{}, evening)
	now := alone(l, evening)
	for id := uint64(1); id <= deadRow; id++ {
		l.Arrive(now, Request{ID: id, Lane: LaneInside, Class: falochron.ClassPage})
		l.Done(now, id, Errored)
	}
	if !l.Dead() {
		t.Fatal("the shop is not gone: this proves nothing")
	}
	now = alone(l, alone(l, now.Add(time.Minute)))
	if l.Expect(now, 90); l.Dead() || !l.climb.baseln.known() || l.climb.level != l.climb.start {
		t.Errorf("dead %v; it is back, and has a limit of %d", l.Dead(), levels[l.climb.level])
	}
}
