package scale

import "time"

// Observed is what there is at one moment. Figures that cannot be (negative, NaN,
// infinite) count as not known.
type Observed struct {
	// Replicas are those the engine has, in any order.
	Replicas []Replica
	// Asked is the number the engine is asked for, by whomever: what an autoscaler or a
	// person set since shows here. Negative: not known. [Decider.Decide] takes it for its
	// own last order then.
	Asked int
	// Most is the number beyond which the engine will not go (an autoscaler's maximum, a
	// quota). 0 = no such bound.
	Most int
	// Startable is how many more could start now without waiting for a machine. Negative:
	// not known.
	Startable int

	// Served is what the shop has done in the last ten seconds or so, in people a second:
	// requests answered a second divided by the requests of a whole visit. It is not the
	// people let in, who are more than the shop bears for long while it fills up.
	Served float64
	// Requests is how many requests a whole visit is taken to have in Served. As long as
	// visits are watched for the first time that is reckoned anew all the time; what was
	// learnt in people a second then changes with it, since the requests that a replica
	// answers do not. 0 = it does not change, or is not known.
	Requests float64
	// Busy is the share of the slots at the shop that were taken in the same time, 0 to 1.
	// What was served counts as capacity only while it is high.
	Busy float64
	// InLine are the people in line whose place counts, who would come in if they could.
	InLine int
	// Arrivals are the newcomers a second in the last ten seconds or so.
	Arrivals float64
	// Inside are the people with a place; Visit is how long one stays, on average. 0 = not
	// known, taken as 3 min.
	Inside int
	Visit  time.Duration

	// Sea is what the radar says.
	Sea Sea
	// Coming is the nowcast: how many people come from now until some moments ahead,
	// ascending. Nil = there is none.
	Coming []Coming
	// Waves are the announced ones, in any order.
	Waves []Wave
	// Campaign names what [Limits.BudgetPerCampaign] is spent on: with another name a new
	// budget begins. Empty: every time of need is a campaign of its own, which ends when
	// for an hour no replica beyond Min was there.
	Campaign string
}

// Replica is one copy of the shop.
type Replica struct {
	Phase Phase
	// Ordered is when it was asked for, Since when its phase began. Zero: not known.
	Ordered, Since time.Time
}

// Phase is where in its life a replica is; in the order of fleet's.
type Phase uint8

// The phases.
const (
	Starting Phase = iota // ordered, and does not answer yet
	Ready                 // takes requests
	Draining              // takes those of visitors it has, no others
	Failed                // is there and does not get ready
)

// Sea is the state of a shop's newcomers, in the order of the radar's.
type Sea uint8

// The states.
const (
	Calm  Sea = iota // as usual
	Swell            // more than chance brings; not sure yet
	Storm            // a wave
	Ebb              // a wave that falls
)

// Coming is how many people come from now until At: as many as in half of all cases, and
// as many as in nine of ten.
type Coming struct {
	At            time.Time
	People, Upper float64
}

// Wave is an announced one.
type Wave struct {
	// ID is what people call it; it stands in reasons.
	ID string
	// Start is when it is announced for; Slip is by how much it may be earlier or later.
	Start time.Time
	Slip  time.Duration
	// People come in all, Upper in one case of ten; within Lasts nearly all have.
	People, Upper float64
	Lasts         time.Duration
	// Course is how many come until some moments after Start, ascending. Nil: then it is
	// imagined to begin with its peak and to fade.
	Course []Coming
	// Peak is the rate it begins with, in people a second, and PeakUpper that of one case
	// in ten. 0 = three times the mean over Lasts.
	Peak, PeakUpper float64
	// Confidence is how sure it is that it takes place, 0 to 1.
	Confidence float64
}
