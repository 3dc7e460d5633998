package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/sim"
)

// againstWithin is how near a play has to come to what was measured.
const againstWithin = 0.15

// againstPlays is how often a story is played to be held against a real run: the same people
// come each time, and all other chance is drawn anew. Odd, so that one of them is the middle.
const againstPlays = 15

// compared is one figure of a story beside what was measured.
type compared struct {
	name         string
	played, real []float64 // ascending
}

// middle is the figure that half of the runs do not exceed.
func middle(ascending []float64) float64 {
	n := len(ascending)
	return (ascending[(n-1)/2] + ascending[n/2]) / 2
}

// off is how far the middle of the plays is from that of the real runs, as a share of that.
func (c *compared) off() float64 {
	real := middle(c.real)
	return math.Abs(middle(c.played)-real) / max(math.Abs(real), 1)
}

func (c *compared) apart() bool { return c.off() > againstWithin }

// playAgain plays a story n times.
func playAgain(n int, s sim.Scenario, by func() sim.Scaler, open bool) (of []*sim.Result) {
	for luck := range uint64(n) {
		of = append(of, sim.Play(s, sim.Options{Scaler: by(), Open: open, Luck: luck}))
	}
	return of
}

// holdAgainst puts each figure that all of the real runs measured beside those of the plays.
func holdAgainst(real []*measuredRun, of []*sim.Result) (out []compared) {
	for _, c := range []struct {
		name string
		of   func(*sim.Result) float64
		real func(*measuredRun) *float64
	}{
		{"orders", func(r *sim.Result) float64 { return float64(r.Orders) }, func(m *measuredRun) *float64 { return m.Orders }},
		{"mean wait, s", func(r *sim.Result) float64 { return r.MeanWait.Seconds() }, func(m *measuredRun) *float64 { return m.MeanWait }},
		{"p50 wait, s", func(r *sim.Result) float64 { return r.P50Wait.Seconds() }, func(m *measuredRun) *float64 { return m.P50Wait }},
		{"p95 wait, s", func(r *sim.Result) float64 { return r.P95Wait.Seconds() }, func(m *measuredRun) *float64 { return m.P95Wait }},
		{"replica-seconds", func(r *sim.Result) float64 { return float64(r.ReplicaSeconds) }, func(m *measuredRun) *float64 { return m.ReplicaSeconds }},
	} {
		x := compared{name: c.name}
		for _, m := range real {
			if v := c.real(m); v != nil {
				x.real = append(x.real, *v)
			}
		}
		if len(x.real) < len(real) {
			continue
		}
		for _, r := range of {
			x.played = append(x.played, c.of(r))
		}
		slices.Sort(x.played)
		slices.Sort(x.real)
		out = append(out, x)
	}
	return out
}

// compareWithReal prints the plays of a story beside real runs, the middle of each with all
// between which it lies. What is further apart than [againstWithin] is an error.
func compareWithReal(out io.Writer, files []string, real []*measuredRun, of []*sim.Result) error {
	var b strings.Builder
	between := func(x []float64) string {
		if len(x) == 1 {
			return ""
		}
		return fmt.Sprintf("%.1f to %.1f", x[0], x[len(x)-1])
	}
	runs := ""
	if len(real) > 1 {
		runs = fmt.Sprintf("of %d runs", len(real))
	}
	fmt.Fprintf(&b, "%-18s%12s%18s%12s%18s%8s\n", "", "simulated", fmt.Sprintf("of %d plays", len(of)), "measured", runs, "apart")
	var apart, void []string
	for _, c := range holdAgainst(real, of) {
		mark := ""
		if c.apart() {
			apart = append(apart, c.name)
			mark = "  too far"
		}
		fmt.Fprintf(&b, "%-18s%12.1f%18s%12.1f%18s%7.0f%%%s\n", c.name, middle(c.played), between(c.played), middle(c.real), between(c.real), 100*c.off(), mark)
	}
	for i, m := range real {
		for _, why := range m.VoidBecause {
			void = append(void, files[i]+": "+why)
			fmt.Fprintf(&b, "%s proves little: %s\n", files[i], why)
		}
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return err
	}
	if len(apart) == 0 {
		return nil
	}
	said := fmt.Sprintf("%d figures are more than %.0f %% apart", len(apart), 100*againstWithin)
	op := "compare with " + strings.Join(files, ", ")
	if len(void) > 0 {
		return &falochron.Error{Kind: falochron.Unavailable, Op: op, Err: &voidError{said + "; " + strings.Join(void, "; ")},
			Hint: "fans, replicas and Falochron share the machine: play it again with nothing else on it"}
	}
	return &falochron.Error{Kind: falochron.Unavailable, Op: op, Public: said,
		Hint: "is the story the one that was played for real? docs/simulate.md says what the model leaves out"}
}
