package control

import (
	"context"
	"log/slog"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// scribe brings what the radar saw into the plan, beside the watch: a database that is
// slow or gone keeps no shop from being watched. What was not written is tried again for
// a while.
type scribe struct {
	plan *Campaigns // nil: nothing is written
	log  *slog.Logger
	work chan deed
}

// deed is something to be done beside the watch: a command, or a function.
type deed struct {
	shop    string
	command plan.Command
	do      func()
	until   time.Time // from then on nobody wants it any more
}

const (
	// deedsFor is how long something seen is tried to be written: later it is no news.
	deedsFor   = 10 * time.Minute
	deedsAgain = 5 * time.Second
	deedWithin = 15 * time.Second // for one try
	// maxDeeds are those that wait: several waves of every shop. More are let go.
	maxDeeds = 256
)

func (s *scribe) setUp(p *Campaigns, log *slog.Logger) {
	s.plan, s.log, s.work = p, log, make(chan deed, maxDeeds)
}

// write has a command done. It never waits.
func (s *scribe) write(d deed) {
	if s.plan == nil {
		return
	}
	s.push(d)
}

// aside has a function called. It never waits.
func (s *scribe) aside(f func()) { s.push(deed{do: f}) }

func (s *scribe) push(d deed) {
	select {
	case s.work <- d:
	default:
		s.log.Warn("the radar sees more than the plan takes in", "shop", d.shop)
	}
}

// run does what there is to do until ctx ends.
func (s *scribe) run(ctx context.Context) {
	var late []deed
	again := time.NewTicker(deedsAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-s.work:
			if d.do != nil {
				guarded(s.log, d.do)
			} else if len(late) > 0 || !s.did(ctx, &d) { // in the order in which it was seen
				if late = append(late, d); len(late) > maxDeeds {
					late = late[1:]
				}
			}
		case <-again.C:
			for len(late) > 0 && s.did(ctx, &late[0]) {
				late = late[1:]
			}
		}
	}
}

// did writes one down; false: it is to be tried again.
func (s *scribe) did(ctx context.Context, d *deed) bool {
	now := time.Now()
	if now.After(d.until) {
		s.log.Warn("what the radar saw is not in the plan: it was out of reach for too long", "shop", d.shop)
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, deedWithin)
	defer cancel()
	var err error
	if !guarded(s.log, func() { _, err = s.plan.Do(ctx, now, plan.Actor{Role: plan.Machine}, d.command) }) {
		return true // it would have the same fault again
	}
	switch {
	case err == nil:
		return true
	case falochron.KindOf(err) == falochron.Conflict:
		return true // another process was quicker, or somebody has said so already
	case falochron.KindOf(err) == falochron.Unavailable || ctx.Err() != nil:
		return false
	}
	s.log.Warn("what the radar saw is not in the plan", "shop", d.shop, "err", err)
	return true
}
