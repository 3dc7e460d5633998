package edge

import (
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/room"
)

var evening = time.Date(2026, 11, 27, 19, 0, 0, 0, time.UTC)

// lineOf is a gate with n people in line, whose places count.
func lineOf(t *testing.T, n int) *gate {
	t.Helper()
	g := newGate(admit.Config{Start: 2}, room.Config{}, evening)
	for range n {
		seq, _, err := g.issue(evening)
		if err != nil {
			t.Fatal(err)
		}
		g.look(evening, seq, false)
	}
	return g
}

// What is published never holds a seed before its draw, and all of it after.
func TestTheSeedIsPublishedOnlyAfterTheDraw(t *testing.T) {
	g := lineOf(t, 3)
	if got := g.draws(evening); got == nil || len(got) != 0 {
		t.Errorf("without a start: %+v", got)
	}
	start, seed := evening.Add(time.Minute), [32]byte{1}
	if err := g.announce(evening, start, seed); err != nil {
		t.Fatal(err)
	}
	before := g.draws(start.Add(-time.Nanosecond))
	if len(before) != 1 || before[0] != (published{Start: start, Commitment: room.Commitment(seed)}) {
		t.Errorf("before the start: %+v", before)
	}
	after := g.draws(start) // nothing else has told the room that it is time
	if len(after) != 1 || after[0].Seed[:2] != "01" || after[0].Commitment != before[0].Commitment || after[0].First != 1 || after[0].Count != 3 {
		t.Errorf("at the start: %+v", after)
	}
	if d, at := g.drawOf(2); d == nil || at != room.DrawPosition(seed, 3, 1)+1 {
		t.Errorf("place 2: %+v, %d", d, at)
	}
	if d, _ := g.drawOf(4); d != nil {
		t.Errorf("a place that was not drawn: %+v", d)
	}
}

// The questions right after a start come no more often than the budget, and a
// few people do not wait for it.
func TestSpreadOfAStart(t *testing.T) {
	for people, want := range map[int]time.Duration{0: 5 * time.Second, 2000: 5 * time.Second, 4000: 10 * time.Second} {
		if got := lineOf(t, people).spread(); got != want {
			t.Errorf("%d people: %v, want %v", people, got, want)
		}
	}
}

// Of two places the one nearer to the door is kept, whatever their numbers.
func TestBefore(t *testing.T) {
	g := lineOf(t, 6)
	start, seed := evening.Add(time.Minute), [32]byte{7}
	_ = g.announce(evening, start, seed) // the first is never refused
	check := func(when string, mine, other uint64, want bool) {
		t.Helper()
		if got := g.before(start, mine, other, sessionKey{9}); got != want {
			t.Errorf("%s: %d is kept when %d comes: %v", when, mine, other, got)
		}
	}
	if !g.before(evening, 1, 2, sessionKey{}) || g.before(evening, 2, 1, sessionKey{}) {
		t.Error("before the draw the first to come does not count as the better one")
	}
	for mine := range uint64(6) {
		for other := range uint64(6) {
			if mine != other {
				check("drawn", mine+1, other+1, room.DrawPosition(seed, 6, mine) < room.DrawPosition(seed, 6, other))
			}
		}
	}
	g.leave(start, 3)
	check("who has left", 3, 1, false)
	check("against who has left", 1, 3, true)
	check("against nobody", 1, 99, true)
	check("of nobody", 99, 1, false)

	var first, last uint64
	for seq := range uint64(6) {
		switch room.DrawPosition(seed, 6, seq) {
		case 0:
			first = seq + 1
		case 5:
			last = seq + 1
		}
	}
	g.room.Call(start, 1, 0)
	check("called", first, last, true)
	check("against who is called", last, first, false)
	g.room.Claim(start, first)
	check("against a place whose visit is over", last, first, true)
	g.people.enter(start, sessionKey{9})
	check("against a place that leads inside", last, first, false)
}

// Somebody of whose kind something is ordered is told so only where anybody else would be let
// in. While the places that there are wait for people who were called, all newcomers stand in line.
func TestNobodyIsSlowedWhereAllWait(t *testing.T) {
	g := lineOf(t, 0)
	if e := g.knock(evening, false, sessionKey{1}, true); e.in || !e.slowed || e.verdict.Reason != "cohort-slow" || g.full(evening, false) {
		t.Errorf("where there is room: %+v", e)
	}
	if e := g.knock(evening, false, sessionKey{1}, false); !e.in || e.slowed {
		t.Errorf("anybody else: %+v", e)
	}
	g = lineOf(t, 40)
	g.room.Call(evening, 40, 0)
	g.update(evening)
	if v := g.mayEnter(evening, false); v.Action != falochron.Pass || g.lineStands(evening) {
		t.Fatalf("called are not all, or there is no room: %+v", v)
	}
	if e := g.knock(evening, false, sessionKey{2}, true); e.in || e.slowed || e.verdict.Reason != "line-ahead" || !g.full(evening, false) {
		t.Errorf("while those who were called are on their way: %+v", e)
	}
}
