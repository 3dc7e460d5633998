package plan

import "time"

// Facts are what other rooms know of a campaign at the moment. Whatever is zero is not
// known.
type Facts struct {
	// FirstMinute are the people of the campaign's first minute, or of its busiest one
	// if Busiest says so: the middle case, and what leaves one such campaign in ten
	// below and above.
	FirstMinute Interval
	Busiest     bool
	// Buy is the share of them who want to buy, from 0 to 1.
	Buy float64
	// Measured is what Falochron measured that the shop finishes; of it and what was
	// measured as the plan has it the newer counts. Told is no measurement.
	Measured Capacity
	// Reserve is what the host can add; zero: what was recorded in the plan counts.
	Reserve Reserve
	// Apart says that the shop is not behind the edge that asks: nothing of the plan
	// reaches fans there.
	Apart bool
	// SoldOut are the paths of articles that the edge knows to be sold out: the shop's
	// webhook, its stock address or an operator said so.
	SoldOut map[string]bool
	// Released is when the shop got new code; of it and of the release windows that are
	// over the latest counts.
	Released time.Time
}

// Interval is a figure that is not sure.
type Interval struct{ Low, Mid, High float64 }

// Live is how it goes in the shop now.
type Live struct {
	People  int             // in the shop and in the line
	Well    bool            // the shop answers
	InLine  int             // people who wait
	Line    time.Duration   // how long who comes now waits; zero: not known, or nobody does
	Held    bool            // nobody is let in
	Opens   time.Time       // of a waiting room that is open; zero: none is
	SoldOut map[string]bool // as of [Facts]
}
