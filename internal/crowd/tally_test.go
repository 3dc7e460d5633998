package crowd

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A p95 is told from twenty pages: one slow page of twenty is ignored, two
// count, and a second with fewer borrows from those before it, never from more
// than it needs.
func TestP95IsOfTwentyPages(t *testing.T) {
	const quick, slow = 1000, 9000 // ms
	pages := func(slowOnes, all int) []uint32 {
		return append(slices.Repeat([]uint32{slow}, slowOnes), slices.Repeat([]uint32{quick}, all-slowOnes)...)
	}
	for name, c := range map[string]struct {
		seconds    [][]uint32
		p95, alone time.Duration // of the last second, in ms
	}{
		"one of twenty is ignored":          {[][]uint32{pages(1, 20)}, quick, quick},
		"two of twenty count":               {[][]uint32{pages(2, 20)}, slow, slow},
		"one of ten is ignored":             {[][]uint32{pages(0, 10), pages(1, 10)}, quick, slow},
		"one here and one before count":     {[][]uint32{pages(1, 10), pages(1, 10)}, slow, slow},
		"seconds long before do not count":  {[][]uint32{pages(9, 9), pages(0, 10), pages(1, 10)}, quick, slow},
		"nor does any when there are 20":    {[][]uint32{pages(20, 20), pages(1, 20)}, quick, quick},
		"a second before counts as a whole": {[][]uint32{pages(2, 30), pages(0, 1)}, slow, quick},
		"of few pages the slowest":          {[][]uint32{pages(1, 3)}, slow, slow},
		"a second without pages":            {[][]uint32{pages(2, 20), nil}, slow, 0},
		"later seconds are not borrowed":    {[][]uint32{pages(0, 1)}, quick, quick},
	} {
		ta := newTally(time.Now())
		for _, took := range c.seconds {
			ta.seconds = append(ta.seconds, secondTally{took: took})
		}
		all := ta.series()
		last := all[len(all)-1]
		if last.P95 != c.p95*time.Millisecond || last.P95Each != c.alone*time.Millisecond {
			t.Errorf("%s: p95 %v, alone %v; want %v and %v ms", name, last.P95, last.P95Each, c.p95, c.alone)
		}
	}
}

// An error page at once is nothing that anybody has waited for; a page that was
// left, or an error after a while, is.
func TestInstantErrorsAreNotWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		out  outcome
		took time.Duration
		want int64
	}{
		"a page at once":         {served, time.Millisecond, 1},
		"sold out":               {none, time.Millisecond, 1},
		"an error at once":       {failed, instant - time.Millisecond, 0},
		"an error after a while": {failed, instant, 1},
		"left":                   {left, 5 * time.Second, 1},
		"the waiting page":       {waits, 2 * time.Second, 0},
	} {
		r := &run{start: time.Now(), tally: newTally(time.Now())}
		v := &visit{run: r, tr: &Trace{}}
		now := time.Now()
		v.loaded(&Step{}, c.out, statusError(502), now.Add(-c.took), now)
		if rep := r.report(0, 0); rep.Waited.Count != c.want || rep.All.Count != 1 {
			t.Errorf("%s: waited for %d, all %d", name, rep.Waited.Count, rep.All.Count)
		}
	}
}

// A bare shop that answers nearly everybody with an error at once is still slow
// for those who get something.
func TestWaitedForIsNotHiddenByInstantErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		shop.slow["GET /p/brush"] = 2 * time.Second
		shop.status["GET /p/lipstick"] = 502
		p := buyerPlan()
		p.Journeys = p.Journeys[1:] // who only looks
		rep := shop.run(p, 200)
		if rep.Waited.P50 < 2*time.Second || rep.All.P50 > time.Second {
			t.Errorf("median of all %v, of those waited for %v", rep.All.P50, rep.Waited.P50)
		}
	})
}

func TestLetInCountsByTheMomentOfEntering(t *testing.T) {
	r := &Report{Traces: []Trace{
		{}, // never came in
		{Admitted: time.Second, Broken: Over10s, Checkouts: true, CheckFail: true},
		{Admitted: 2 * time.Second, Broken: Over10s},
		{Admitted: 3 * time.Second, Checkouts: true},
		{Admitted: 4 * time.Second, Checkouts: true, CheckFail: true},
	}}
	if c := r.LetIn(2*time.Second, 4*time.Second); c != (Cohort{Admitted: 2, Broken: 1, Checkouts: 1}) {
		t.Errorf("%+v", c)
	}
}
