package scale

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/falochron/falochron"
)

// Limits are the owner's. They are never exceeded.
type Limits struct {
	// Min is the fewest replicas, 0 to 10,000, that there are in calm; 0 is taken as 1,
	// since a shop without a replica sells nothing.
	Min int
	// Max is the most, Min to 10,000; 0 = [DefaultMax] times Min.
	Max int
	// CostPerHour is what one replica costs an hour, in the owner's money. 0 = nothing,
	// and no budget binds.
	CostPerHour float64
	// BudgetPerHour is what all replicas together, also those that drain, may cost an
	// hour. 0 = no such limit. It must pay for Min.
	BudgetPerHour float64
	// BudgetPerCampaign is what the replicas beyond Min may cost in one campaign, see
	// [Observed.Campaign]. 0 = no such limit.
	BudgetPerCampaign float64
}

// Config is what a [Decider] is made with. The zero value of each field takes the default
// that is named.
type Config struct {
	Limits Limits
	// Advise lets it decide and say, and order nothing: every [Plan] has Advice set.
	// What it then sees of the replicas is what others do.
	Advise bool
	// TargetWait is how long somebody may wait in line once replicas that were ordered
	// for it are ready. 0 = a minute.
	TargetWait time.Duration
	// Headroom is what is wanted beyond the need, as a share of it, 0 to 2. 0 = 0.15;
	// negative = none.
	Headroom float64
	// Start is how long a replica takes from the order until it is ready, as long as none
	// was measured. 0 = a minute.
	Start time.Duration
	// Warm is how long a replica that is ready is slow. 0 = 10 s; negative = not at all.
	Warm time.Duration
	// ColdSpeed is its speed meanwhile, as a share of a warm one's. 0 = 0.2.
	ColdSpeed float64
	// Margin is by how much earlier replicas of an announced wave are ordered than their
	// start and their warming take. 0 = half a minute.
	Margin time.Duration
	// Machine is by how much longer a replica takes for which a machine has to be started
	// first; see [Observed.Startable]. 0 = 3 min; negative = not at all.
	Machine time.Duration
	// Drain is how long a replica that has to go still costs, at most. 0 = 5 min.
	Drain time.Duration
	// Capacity is the people a second that one replica takes, as long as none was
	// measured; see [Observed.Served]. 0 = not known.
	Capacity float64
}

// The defaults, each from docs/scale.md.
const (
	DefaultMax = 10 // times Min

	defaultTarget   = time.Minute
	defaultHeadroom = 0.15
	defaultStart    = time.Minute
	defaultWarm     = 10 * time.Second
	defaultCold     = 0.2
	defaultMargin   = 30 * time.Second
	defaultMachine  = 3 * time.Minute
	defaultDrain    = 5 * time.Minute
)

// check returns the configuration with its defaults, or an error that names every fault.
func (c Config) check() (Config, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	l := &c.Limits
	for _, m := range []struct {
		name string
		v    float64
	}{{"CostPerHour", l.CostPerHour}, {"BudgetPerHour", l.BudgetPerHour}, {"BudgetPerCampaign", l.BudgetPerCampaign}} {
		if !(m.v >= 0 && m.v <= mostFigure) {
			fault("%s is %v: write an amount of money from 0 to %.0f", m.name, m.v, mostFigure)
		}
	}
	if l.Min < 0 || l.Min > mostReplicas {
		fault("Min is %d: write a number of replicas from 0 to %d", l.Min, mostReplicas)
	}
	l.Min = max(l.Min, 1)
	if l.Max == 0 {
		l.Max = min(DefaultMax*l.Min, mostReplicas)
	}
	if l.Max < l.Min || l.Max > mostReplicas {
		fault("Max is %d: write a number of replicas from Min, %d, to %d", l.Max, l.Min, mostReplicas)
	}
	if l.BudgetPerHour > 0 && float64(l.Min)*l.CostPerHour > l.BudgetPerHour {
		fault("BudgetPerHour is %v, and the minimum of %d replicas costs %v: raise the one or lower the other", l.BudgetPerHour, l.Min, float64(l.Min)*l.CostPerHour)
	}
	for _, t := range []struct {
		name      string
		v         *time.Duration
		otherwise time.Duration
		none      bool // negative means none
	}{
		{"TargetWait", &c.TargetWait, defaultTarget, false}, {"Start", &c.Start, defaultStart, false}, {"Warm", &c.Warm, defaultWarm, true},
		{"Margin", &c.Margin, defaultMargin, true}, {"Machine", &c.Machine, defaultMachine, true}, {"Drain", &c.Drain, defaultDrain, true},
	} {
		switch {
		case *t.v == 0:
			*t.v = t.otherwise
		case *t.v < 0 && t.none:
			*t.v = 0
		case *t.v < 0 || *t.v > 24*time.Hour:
			fault("%s is %v: write a time of up to a day", t.name, *t.v)
		}
	}
	for _, f := range []struct {
		name      string
		v         *float64
		otherwise float64
		most      float64
	}{{"Headroom", &c.Headroom, defaultHeadroom, 2}, {"ColdSpeed", &c.ColdSpeed, defaultCold, 1}, {"Capacity", &c.Capacity, 0, mostFigure}} {
		switch {
		case *f.v == 0:
			*f.v = f.otherwise
		case *f.v < 0 && f.name == "Headroom":
			*f.v = 0
		case !(*f.v > 0 && *f.v <= f.most) || math.IsInf(*f.v, 0):
			fault("%s is %v: write a number from 0 to %v", f.name, *f.v, f.most)
		}
	}
	if len(faults) > 0 {
		return c, &falochron.Error{Kind: falochron.Invalid, Op: "scale", Public: "the limits of the replicas are not right",
			Hint: "correct what is named", Err: errors.Join(faults...)}
	}
	return c, nil
}
