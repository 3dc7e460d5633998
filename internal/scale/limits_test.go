package scale

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// evilShop is an engine and a crowd of chance: replicas start when they like or never,
// drain for as long as is allowed, somebody else lowers them, people come and go, figures
// are wrong, the clock stands still or jumps. It keeps the owner's accounts by itself:
// what is there at each moment, and what it costs.
type evilShop struct {
	r        *rand.Rand
	cfg      Config
	now      time.Time
	skew     time.Duration // of the clock that is shown
	replicas []copyOf
	asked    int
	spent    float64 // beyond the minimum, in this campaign
	campaign int
	named    bool
	quiet    time.Duration
	line     float64
	rate     float64
	inside   float64
	waves    []Wave
}

func newEvilShop(seed uint64) *evilShop {
	r := rand.New(rand.NewPCG(seed, 1))
	l := Limits{Min: 1 + r.IntN(5), CostPerHour: 0.01 + r.Float64()}
	l.Max = l.Min + r.IntN(60)
	if r.IntN(2) == 0 {
		l.BudgetPerHour = l.CostPerHour * (float64(l.Min) + 40*r.Float64())
	}
	if r.IntN(3) > 0 {
		l.BudgetPerCampaign = l.CostPerHour * math.Exp(8*r.Float64()-5)
	}
	e := &evilShop{r: r, now: evening, named: r.IntN(2) == 0, cfg: Config{Limits: l, Drain: time.Duration(10+r.IntN(600)) * time.Second,
		Start: time.Duration(5+r.IntN(300)) * time.Second, Capacity: r.Float64() * float64(r.IntN(2))}}
	for range l.Min {
		e.replicas = append(e.replicas, copyOf{phase: Ready, ordered: evening.Add(-2 * time.Hour), since: evening.Add(-time.Hour)})
	}
	e.asked = l.Min
	return e
}

// pass lets up to a minute pass, in steps of which each is paid for.
func (e *evilShop) pass() {
	d := time.Second
	if e.r.IntN(20) == 0 {
		d = time.Duration(e.r.Int64N(int64(time.Minute)))
	}
	e.now = e.now.Add(d)
	beyond := max(len(e.replicas)-e.cfg.Limits.Min, 0)
	e.spent += float64(beyond) * e.cfg.Limits.CostPerHour * d.Hours()
	if e.quiet += d; beyond > 0 {
		e.quiet = 0
	}
	if !e.named && e.quiet >= spendQuiet {
		e.spent = 0
	}
	if e.named && e.r.IntN(20_000) == 0 {
		e.campaign++
		e.spent = 0
	}
	if e.r.IntN(600) == 0 {
		e.rate = math.Exp(6*e.r.Float64() - 2)
	}
	if e.r.IntN(900) == 0 {
		e.rate = 0.1
	}
	ready := 0
	for _, r := range e.replicas {
		if r.phase == Ready {
			ready++
		}
	}
	e.line = max(e.line+(e.rate-0.5*float64(ready))*d.Seconds(), 0)
	e.inside = 90 * float64(ready) * e.r.Float64()
	e.engine()
	if e.r.IntN(2000) == 0 {
		at := e.now.Add(time.Duration(e.r.Int64N(int64(2 * time.Hour))))
		e.waves = append(e.waves, Wave{ID: fmt.Sprint(len(e.waves)), Start: at, People: 1e4 * e.r.Float64(), Upper: 3e4 * e.r.Float64(),
			Lasts: time.Hour, Slip: time.Duration(e.r.Int64N(int64(time.Hour))), Confidence: e.r.Float64()})
	}
	if e.r.IntN(3000) == 0 {
		e.skew -= time.Duration(e.r.Int64N(int64(2 * time.Hour)))
	}
}

func (e *evilShop) engine() {
	there := 0
	kept := e.replicas[:0]
	for _, r := range e.replicas {
		if r.phase == Starting && !r.broken && e.r.IntN(40) == 0 {
			r.phase, r.since = Ready, e.now
		}
		if r.phase == Starting && r.broken && e.r.IntN(100) == 0 {
			r.phase, r.since = Failed, e.now
		}
		if r.phase == Draining && (e.now.Sub(r.since) >= e.cfg.Drain || e.r.IntN(200) == 0) {
			continue
		}
		if r.phase != Draining {
			there++
		}
		kept = append(kept, r)
	}
	e.replicas = kept
	for ; there < e.asked; there++ {
		e.replicas = append(e.replicas, copyOf{phase: Starting, ordered: e.now, since: e.now, broken: e.r.IntN(8) == 0})
	}
	for i := len(e.replicas) - 1; i >= 0 && there > e.asked; i-- {
		if r := &e.replicas[i]; r.phase != Draining {
			r.phase, r.since = Draining, e.now
			there--
		}
	}
}

func (e *evilShop) observed() Observed {
	o := Observed{Asked: e.asked, Startable: e.r.IntN(40) - 1, Served: e.inside / 180, Busy: e.r.Float64(), InLine: int(e.line), Arrivals: e.rate,
		Inside: int(e.inside), Visit: 3 * time.Minute, Sea: Sea(e.r.IntN(4)), Waves: e.waves}
	if e.named {
		o.Campaign = fmt.Sprint(e.campaign)
	}
	for _, r := range e.replicas {
		o.Replicas = append(o.Replicas, Replica{r.phase, r.ordered.Add(e.skew), r.since.Add(e.skew)})
	}
	if e.r.IntN(5) == 0 {
		o.Coming = []Coming{{e.now.Add(e.skew + time.Minute), 100 * e.r.Float64(), 1e4 * e.r.Float64()}}
	}
	// Some figures are wrong.
	wrong := [...]float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e300, 0}
	for _, f := range []*float64{&o.Served, &o.Busy, &o.Arrivals} {
		if e.r.IntN(100) == 0 {
			*f = wrong[e.r.IntN(len(wrong))]
		}
	}
	if e.r.IntN(200) == 0 {
		o.InLine, o.Inside, o.Visit = -o.InLine, math.MinInt, -o.Visit
	}
	if e.r.IntN(100) == 0 {
		o.Asked = -1
	}
	return o
}

// broken is which of the owner's limits wanted would break, or empty.
func (e *evilShop) broken(p Plan) string {
	l := e.cfg.Limits
	draining := 0
	for _, r := range e.replicas {
		if r.phase == Draining {
			draining++
		}
	}
	switch {
	case p.Wanted < l.Min:
		return fmt.Sprintf("%d wanted, the minimum is %d", p.Wanted, l.Min)
	case p.Wanted > l.Max:
		return fmt.Sprintf("%d wanted, the maximum is %d", p.Wanted, l.Max)
	case p.Wanted > l.Min && l.BudgetPerHour > 0 && float64(p.Wanted+draining)*l.CostPerHour > l.BudgetPerHour*(1+1e-9):
		return fmt.Sprintf("%d wanted and %d draining cost %v an hour, the budget is %v", p.Wanted, draining, float64(p.Wanted+draining)*l.CostPerHour, l.BudgetPerHour)
	case l.BudgetPerCampaign > 0 && e.spent > l.BudgetPerCampaign:
		return fmt.Sprintf("%v spent, the campaign's budget is %v", e.spent, l.BudgetPerCampaign)
	}
	return ""
}

// play lets an evening of chance pass and returns what was broken first, and how often
// more than the minimum was wanted. fault changes what was decided before it is ordered.
func (e *evilShop) play(looks int, fault func(*evilShop, *Plan)) (string, int) {
	d, err := New(e.cfg, Saved{})
	if err != nil {
		return err.Error(), 0
	}
	more := 0
	for range looks {
		e.pass()
		if e.r.IntN(2000) == 0 { // a restart
			if d, err = New(e.cfg, d.Save()); err != nil {
				return err.Error(), 0
			}
		}
		p := d.Decide(e.now.Add(e.skew), e.observed())
		if fault != nil {
			fault(e, &p)
		}
		if what := e.broken(p); what != "" {
			return fmt.Sprintf("%s: %s (%+v)", e.now.Format(time.TimeOnly), what, e.cfg.Limits), more
		}
		if p.Wanted > e.cfg.Limits.Min {
			more++
		}
		e.asked = p.Wanted
		if e.r.IntN(300) == 0 { // an autoscaler, with the same minimum
			e.asked = e.cfg.Limits.Min + e.r.IntN(max(p.Wanted-e.cfg.Limits.Min, 0)+1)
		}
		e.engine()
	}
	return "", more
}

// The owner's limits hold in whatever happens.
func TestOwnersLimits(t *testing.T) {
	seeds, looks := uint64(120), 4000
	if testing.Short() {
		seeds = 30
	}
	more := 0
	for seed := range seeds {
		what, m := newEvilShop(seed).play(looks, nil)
		if what != "" {
			t.Errorf("seed %d: %s", seed, what)
		}
		more += m
	}
	// A decider that always wants the minimum would keep every limit.
	if more < int(seeds)*looks/20 {
		t.Errorf("more than the minimum was wanted at only %d of %d looks: nothing is tested", more, int(seeds)*looks)
	}
}

// A fault in any of the four limits is found.
func TestOwnersLimitsCanBreak(t *testing.T) {
	for _, c := range []struct {
		name, found string
		fault       func(*evilShop, *Plan)
	}{
		{"minimum", "the minimum is", func(e *evilShop, p *Plan) {
			if e.r.IntN(1000) == 0 {
				p.Wanted = e.cfg.Limits.Min - 1
			}
		}},
		{"maximum", "the maximum is", func(e *evilShop, p *Plan) {
			if p.Now.Bound == BoundMax {
				p.Wanted++
			}
		}},
		{"budget per hour", "an hour, the budget is", func(e *evilShop, p *Plan) {
			if p.Now.Bound == BoundHour {
				p.Wanted++
			}
		}},
		{"budget per campaign", "the campaign's budget is", func(e *evilShop, p *Plan) {
			if p.Now.Bound == BoundCampaign {
				p.Wanted = max(p.Wanted, e.asked, min(e.cfg.Limits.Min+1, e.cfg.Limits.Max))
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(300) {
				if what, _ := newEvilShop(seed).play(4000, c.fault); strings.Contains(what, c.found) {
					return
				}
			}
			t.Error("never found")
		})
	}
}
