package main

import (
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// The war room looks closely at the minutes around a post, and at the hour of it before
// and after.
func TestTheWarRoomLooksCloser(t *testing.T) {
	at := time.Date(2026, 12, 1, 19, 0, 7, 0, time.UTC)
	for _, c := range []struct {
		kind        plan.EventKind
		now         time.Duration // after the event
		from, until time.Duration
		step        time.Duration
	}{
		{plan.PostEvent, -61 * time.Second, -warBefore - 7*time.Second, warAfter, time.Minute},
		{plan.PostEvent, -time.Minute, -62 * time.Second, closeAfter, closeStep},
		{plan.PostEvent, 40 * time.Second, -62 * time.Second, closeAfter, closeStep},
		{plan.PostEvent, closeAfter - 1, -62 * time.Second, closeAfter, closeStep},
		{plan.PostEvent, closeAfter, -warBefore - 7*time.Second, warAfter, time.Minute},
		{plan.EveningEvent, -4 * time.Minute, -closeEvening - 2*time.Second, closeAfter, closeStep},
		{plan.EveningEvent, -6 * time.Minute, -warBefore - 7*time.Second, warAfter, time.Minute},
	} {
		from, until, step := warSpan(&plan.Event{Kind: c.kind, From: at}, at.Add(c.now))
		if from.Sub(at) != c.from || until.Sub(at) != c.until || step != c.step {
			t.Errorf("%v after a %s: from %v until %v by %v", c.now, c.kind, from.Sub(at), until.Sub(at), step)
		}
	}
}
