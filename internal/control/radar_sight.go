package control

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/radar"
)

// RadarSight is what the radar saw of a shop in one second. Nobody writes to it any more.
type RadarSight struct {
	Shop    string  // of the edge
	Planned plan.ID // the same in the plan; empty: it is not there
	At      time.Time
	radar.Sighting

	// While a wave is on: who came since its onset, what it may come from, the best first,
	// and how large it becomes.
	Come     int
	Suspects []radar.Suspect
	Post     *RadarPost // of the best suspect; nil: it is of no post of the plan
	Nowcast  forecast.Nowcasted
	// Counts are the newcomers by the second, from From on: two minutes before the onset.
	From   time.Time
	Counts []uint32

	// Verdicts say who comes, the heaviest first; Shadow that what would be done to them is
	// only written down.
	Verdicts []falochron.CohortVerdict
	Shadow   bool
	habits   []falochron.CohortReason // of those who are no attack
	Leads    falochron.Leads
}

// RadarPost is a post of the plan that a wave may come from.
type RadarPost struct {
	ID       plan.ID
	Campaign plan.ID
	Kind     string // its channel, in the plan's words
	Account  string
	Party    plan.ID // of the influencer; empty: any of the campaign's
	At       time.Time
	Slip     time.Duration
	Out      bool
}

// named is how people call a suspect's post; empty: it has no name but its id.
func (s *RadarSight) named(p *radar.Suspect) string {
	if s.Post == nil || string(s.Post.ID) != p.Post {
		return ""
	}
	return strings.TrimSpace(s.Post.Kind + " " + s.Post.Account)
}

// radarCounts are what a shop's watch has counted since the start.
type radarCounts struct {
	changes  [4][4]atomic.Uint64 // of state, from and to
	waves    atomic.Uint64
	asked    atomic.Uint64 // questions whose post it was
	attacks  atomic.Uint64
	warnings atomic.Uint64 // pages that were looked at as before a wave
	warmed   atomic.Uint64 // of those, fetched ahead
	missed   atomic.Uint64 // ticks that the watch was too late for
	panics   atomic.Uint64
	behind   atomic.Int64 // how old the newest tick was when it was taken in, in ns
}
