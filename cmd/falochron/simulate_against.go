package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/sim"
)

// againstWithin is how near a play has to come to what was measured.
const againstWithin = 0.15

// measuredRun is what a real run of a story measured. What is left out is not compared.
type measuredRun struct {
	Orders         *float64 `json:"orders"`
	MeanWait       *float64 `json:"mean_wait_s"` // of those let in
	P95Wait        *float64 `json:"p95_wait_s"`  // of those let in
	ReplicaSeconds *float64 `json:"replica_s"`
}

// compareWithReal prints a play beside a real run. What is further apart than
// [againstWithin] is an error.
func compareWithReal(out io.Writer, file string, r *sim.Result) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read the measured run", Err: err, Hint: "does the file exist, and may it be read?"}
	}
	var m measuredRun
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	const keys = `{"orders": 900, "mean_wait_s": 12, "p95_wait_s": 40, "replica_s": 3600}; what was not measured is left out`
	if err := d.Decode(&m); err != nil {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read " + file, Err: err, Hint: keys}
	}
	if m == (measuredRun{}) {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read " + file, Public: "nothing was measured", Hint: keys}
	}
	apart := 0
	fmt.Fprintf(out, "%-18s%12s%12s%10s\n", "", "simulated", "measured", "apart")
	for _, c := range []struct {
		name string
		got  float64
		real *float64
	}{
		{"orders", float64(r.Orders), m.Orders},
		{"mean wait, s", r.MeanWait.Seconds(), m.MeanWait},
		{"p95 wait, s", r.P95Wait.Seconds(), m.P95Wait},
		{"replica-seconds", float64(r.ReplicaSeconds), m.ReplicaSeconds},
	} {
		if c.real == nil {
			continue
		}
		off := math.Abs(c.got-*c.real) / max(math.Abs(*c.real), 1)
		if off > againstWithin {
			apart++
		}
		fmt.Fprintf(out, "%-18s%12.1f%12.1f%9.0f%%\n", c.name, c.got, *c.real, 100*off)
	}
	if apart > 0 {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "compare with " + file, Public: fmt.Sprintf("%d figures are more than %.0f %% apart", apart, 100*againstWithin),
			Hint: "is the story the one that was played for real? docs/simulate.md says what the model leaves out"}
	}
	return nil
}
