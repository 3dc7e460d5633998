package radar

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

var whoseTick = 100 * time.Millisecond

// tallied is a tally of one second in which entries bring as many each tick.
func tallied(until time.Time, each map[falochron.Entry]uint32) falochron.ArrivalTally {
	t := falochron.ArrivalTally{Tick: whoseTick, Until: until, Shop: make([]uint32, 10)}
	for e, n := range each {
		of := falochron.EntryTally{Entry: e}
		for i := range t.Shop {
			of.Ticks = append(of.Ticks, n)
			t.Shop[i] += n
		}
		t.Entries = append(t.Entries, of)
	}
	return t
}

// What an entry brings in calm times is no part of a wave; an entry that lost its counter
// goes on with its channel, and nobody of it is lost.
func TestEntrancesKeepWhoLostTheirCounter(t *testing.T) {
	page := falochron.Entry{Channel: falochron.TikTok, By: falochron.ByInApp, Path: "/p"}
	channel := falochron.Entry{Channel: falochron.TikTok, By: falochron.ByInApp}
	var e Entrances
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	observe := func(seconds int, onset time.Time, each map[falochron.Entry]uint32) {
		for range seconds {
			now = now.Add(time.Second)
			e.Observe(tallied(now, each), onset)
			e.Observe(tallied(now, each), onset) // the same again is nothing new
		}
	}
	observe(300, time.Time{}, map[falochron.Entry]uint32{page: 1})
	if e.Since() != nil {
		t.Error("it is calm")
	}
	onset := now
	observe(10, onset, map[falochron.Entry]uint32{page: 5})
	got := e.Since()
	if len(got) != 1 || got[0].Entry != page || math.Abs(got[0].Came-500) > 51 || math.Abs(got[0].Calm-100) > 2 {
		t.Errorf("%+v", got)
	}
	observe(5, onset, map[falochron.Entry]uint32{channel: 5})
	got = e.Since()
	if len(got) != 1 || got[0].Entry != channel || math.Abs(got[0].Came-750) > 51 || math.Abs(got[0].Calm-150) > 3 {
		t.Errorf("%+v", got)
	}
	// The onset is told better: two seconds earlier.
	before := got[0].Came
	observe(1, onset.Add(-2*time.Second), map[falochron.Entry]uint32{channel: 5})
	if got = e.Since(); math.Abs(got[0].Came-before-50-20) > 11 {
		t.Errorf("%+v, before %v", got, before)
	}
	// A wave is not learnt: when it is over, calm is what it was.
	observe(120, onset, map[falochron.Entry]uint32{channel: 5})
	observe(1, time.Time{}, map[falochron.Entry]uint32{channel: 1})
	observe(1, now, map[falochron.Entry]uint32{channel: 9})
	observe(9, now.Add(-time.Second), map[falochron.Entry]uint32{channel: 9})
	if got = e.Since(); len(got) != 1 || got[0].Calm > 120 {
		t.Errorf("%+v", got)
	}
}

// However many entries come and go, what is kept is bounded by what one tally has; a clock
// that is set back or forth does no harm.
func TestEntrancesAreBounded(t *testing.T) {
	var e Entrances
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	onset := now
	for i := range 2000 {
		now = now.Add(time.Second)
		e.Observe(tallied(now, map[falochron.Entry]uint32{{By: falochron.ByNone, Path: fmt.Sprint("/", i)}: 1}), onset)
	}
	if n := len(e.all); n > 2 {
		t.Errorf("%d entries are kept", n)
	}
	if got := e.Since(); len(got) == 0 || got[0].Came < 19_000 {
		t.Errorf("%+v", got)
	}
	for _, at := range []time.Duration{-24 * time.Hour, 48 * time.Hour, -time.Second, 0, time.Second} {
		e.Observe(tallied(now.Add(at), map[falochron.Entry]uint32{{By: falochron.ByNone}: 1}), time.Time{})
		e.Since()
	}
	e.Observe(falochron.ArrivalTally{}, onset)
}

// Whoever forges fetches of page after page wakes nobody all night.
func TestWarningsAreFew(t *testing.T) {
	var w Watch
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	told := 0
	for i := range 3600 {
		now = now.Add(time.Second)
		told += len(w.Observe(now, []falochron.PreviewTally{{Path: fmt.Sprint("/", i), Families: []string{"meta", "x", "telegram"}, Fetches: 50, First: now, Last: now}}, nil))
	}
	if told != warnMost {
		t.Errorf("%d warnings in an hour", told)
	}
	if n := len(w.pages); n > warnMost+1 {
		t.Errorf("%d pages are kept", n)
	}
}
