package main

import (
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// How near the war room looks at a moment: in the minutes around it a curve by the
// minute would be a point or two.
const (
	closePost    = time.Minute     // before a post
	closeEvening = 5 * time.Minute // before an evening, whose waiting room fills before it
	closeAfter   = 8 * time.Minute
	closeStep    = 5 * time.Second
)

// warSpan is what of the time around an event the war room's curve shows, and in which
// steps.
func warSpan(e *plan.Event, now time.Time) (from, until time.Time, step time.Duration) {
	before := closePost
	if e.Kind == plan.EveningEvent {
		before = closeEvening
	}
	if begins := e.From.Add(-before); !now.Before(begins) && now.Before(e.From.Add(closeAfter)) {
		return begins.Truncate(closeStep), e.From.Add(closeAfter), closeStep
	}
	return e.From.Add(-warBefore).Truncate(time.Minute), e.From.Add(warAfter), time.Minute
}
