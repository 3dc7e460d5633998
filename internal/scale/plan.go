package scale

import (
	"time"

	"github.com/falochron/falochron"
)

// Plan is what was decided at one moment.
type Plan struct {
	At time.Time
	// Wanted is the number of replicas wanted now, Min to Max. The order is level-triggered:
	// give it again each time.
	Wanted int
	// Advice says that nothing is to be ordered; see [Config.Advise].
	Advice bool
	// Now is the step that led to Wanted, or why it stays what it is.
	Now Step
	// Changed says that Wanted is another number than before.
	Changed bool
	// Ahead are the steps to come as far as they are known, earliest first. The slice is
	// valid until the next call.
	Ahead []Step
	// Wake is when the next of them is due; zero: none is.
	Wake time.Time
	// Capacity is the people a second that one warm replica is taken to serve; 0 = not known.
	Capacity float64
	// Answers is the requests a second that by it the replicas which are ready answer, a cold
	// one as much as it does; 0 = not known.
	Answers float64
	// Start is how long a replica is taken to need until it is ready: three in four
	// measured ones needed less.
	Start time.Duration
	// CostPerHour is what Wanted cost an hour; Spent is what those beyond Min have cost in
	// this campaign.
	CostPerHour, Spent float64
	// Growth is what the replicas that are starting make of the shop, those that are stuck
	// left out, the others by the share of the last starts that came; its zero value: none is
	// starting, none is ready yet, or it is doubted that they help.
	Growth falochron.Growth
	// Doubt says that replicas which are starting are not known to help: those that are there
	// serve far less than fewer did for each of them, or are as many as were measured to help.
	Doubt bool
	// Ceiling is the number beyond which more replicas were measured not to help. 0 = none
	// is known.
	Ceiling int
}

// Step is one change of the wanted number, or the reason for none. Its sentence is
// [Step.Sentence].
type Step struct {
	At       time.Time
	From, To int
	Cause    Cause
	Bound    Bound
	// Need is how many would be wanted if nothing bound.
	Need int
	// Before and After are how long who comes last would wait without the step and with
	// it. Negative: not known.
	Before, After time.Duration
	// Cost is what the step costs an hour more; negative when it saves.
	Cost float64
	// InLine and Arrivals are the people in line and the newcomers a second that it
	// answers to; Coming is how many the nowcast or the plan expects at most.
	InLine   int
	Arrivals float64
	Coming   float64
	// Wave is the announced wave it is for, by its id; empty: none.
	Wave string
	// Foreign is the number that somebody else has set and that is not followed; 0 = none.
	Foreign int
	// Count, Of and Took are further figures of the cause, see there.
	Count, Of int
	Took      time.Duration
}

// Cause is why a number is wanted.
type Cause uint8

// The causes.
const (
	CauseMin     Cause = iota // nothing asks for more than the owner's minimum
	CauseLine                 // people in line and those who come now
	CauseNowcast              // those who will come by the nowcast
	CauseWave                 // an announced wave: ordered ahead of it
	CauseInside               // those inside need them
	CauseUnknown              // a line, and nobody knows what a replica takes: twice as many
	CauseHold                 // fewer would do, and it is too early to be sure
	CauseLower                // the ebb is confirmed: a step down
	CauseCeiling              // more were measured not to help: back to Of, the best; Count is how many there were
	CauseTry                  // tries again whether more help now
	CauseFailing              // Count of Of replicas ordered Took ago do not start: no more are ordered
	CauseDoubt                // those that are there serve hardly more than fewer did: no more before it is known whether more help
	CauseBudget               // a budget ends
	CauseForeign              // somebody else has set another number, which will not do
	numCauses
)

// Bound is the limit that bound a number.
type Bound uint8

// The bounds.
const (
	BoundNone     Bound = iota
	BoundMin            // the owner's minimum
	BoundMax            // the owner's maximum
	BoundHour           // the owner's budget per hour
	BoundCampaign       // the owner's budget per campaign
	BoundEngine         // the engine's most
	BoundCeiling        // more does not help
	BoundFailing        // replicas do not start
	numBounds
)
