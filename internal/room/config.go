package room

import "time"

// Config sets the bounds of one room. The zero value of each field means its
// default; negative values mean the default too.
type Config struct {
	// MaxOutstanding bounds the sequence numbers kept at once: issued, and not
	// yet past their claim window. Each costs two bits. Default 4,000,000 (1 MB),
	// more people than any shop of ours has ever seen at once; beyond it [Room.Issue]
	// refuses, so that a flood of strangers cannot eat the memory.
	MaxOutstanding int
	// ClaimWindow is how long a called place stays valid. Default 15 minutes: a
	// fan may lock the phone and cook dinner.
	ClaimWindow time.Duration
	// PollBudget is the most status polls per second that the whole line may
	// cause. Default 400: at 0.05 ms each it is 2 % of one core.
	PollBudget float64
	// PollNear is the poll interval at the front of the line. Default 2 s; with
	// [Standing.Jitter] a visitor learns of the call within 2.6 s.
	PollNear time.Duration
	// PollFar is the longest poll interval as long as the budget allows it.
	// Default 3 minutes. A line too long for the budget polls more seldom.
	PollFar time.Duration
	// MaxStep is the most time that one call of the owner may add to the room's
	// own clock. Default 1 minute. A clock set forward by a day, or a machine
	// that slept, therefore ends nobody's claim window; the owner must call
	// [Room.Call] or [Room.Advance] at least this often (once a second is usual).
	MaxStep time.Duration
}

func (c Config) withDefaults() Config {
	if c.MaxOutstanding <= 0 {
		c.MaxOutstanding = 4_000_000
	}
	if c.ClaimWindow <= 0 {
		c.ClaimWindow = 15 * time.Minute
	}
	if !(c.PollBudget > 0) { // also catches NaN
		c.PollBudget = 400
	}
	if c.PollNear <= 0 {
		c.PollNear = 2 * time.Second
	}
	if c.PollFar < c.PollNear {
		c.PollFar = max(3*time.Minute, c.PollNear)
	}
	if c.MaxStep <= 0 {
		c.MaxStep = time.Minute
	}
	return c
}

// jitterShare is how much a caller may add to a poll interval, as a share of
// it: enough to spread phones that were woken by the same story.
const jitterShare = 0.3

// pollCycle is the longest a visitor near the front can take to learn of a
// call: one interval, its jitter, and half a second for the network.
func (c Config) pollCycle() time.Duration {
	return c.PollNear + time.Duration(jitterShare*float64(c.PollNear)) + 500*time.Millisecond
}
