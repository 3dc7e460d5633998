package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/sim"
)

// measuredRun is what a real run of a story measured. What is left out is not compared.
type measuredRun struct {
	Story string `json:"story,omitempty"`
	Seed  uint64 `json:"seed,omitempty"` // of who came when
	// These are compared. Waits are of those let in, in line; quantiles in whole seconds.
	Orders         *float64 `json:"orders,omitempty"`
	MeanWait       *float64 `json:"mean_wait_s,omitempty"`
	P50Wait        *float64 `json:"p50_wait_s,omitempty"`
	P95Wait        *float64 `json:"p95_wait_s,omitempty"`
	ReplicaSeconds *float64 `json:"replica_s,omitempty"`
	// These say what run it was.
	Came          int            `json:"came,omitempty"`
	LetIn         int            `json:"let_in,omitempty"`
	Buyers        int            `json:"buyers,omitempty"`
	Errors        int            `json:"error_pages,omitempty"`
	LatenessP99MS float64        `json:"lateness_p99_ms,omitempty"` // of the crowd
	EdgeP99MS     float64        `json:"edge_answer_p99_ms,omitempty"`
	Busy          float64        `json:"machine_busy_mean,omitempty"`
	VoidBecause   []string       `json:"void_because,omitempty"`
	Seconds       []measuredLook `json:"seconds,omitempty"`
}

// measuredLook is one look at a real run; At is in seconds after its beginning.
type measuredLook struct {
	At     float64 `json:"at"`
	InLine int     `json:"in_line"`
	Inside int     `json:"inside"`
	Limit  int     `json:"limit"`
	Wanted int     `json:"wanted"`
	Ready  int     `json:"ready"`
	There  int     `json:"there"` // with those that start and those that drain
}

// measuredHint shows the file by which somebody else's run can be compared.
const measuredHint = `{"orders": 900, "mean_wait_s": 12, "p50_wait_s": 9, "p95_wait_s": 40, "replica_s": 3600}; what was not measured is left out`

// readMeasured reads what a real run measured.
func readMeasured(file string) (*measuredRun, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read the measured run", Err: err, Hint: "does the file exist, and may it be read?"}
	}
	m := &measuredRun{}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read " + file, Err: err, Hint: measuredHint}
	}
	if m.Orders == nil && m.MeanWait == nil && m.P50Wait == nil && m.P95Wait == nil && m.ReplicaSeconds == nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "read " + file, Public: "nothing was measured", Hint: measuredHint}
	}
	return m, nil
}

// sameStory refuses to compare with another story, or with the same and other people.
func (m *measuredRun) sameStory(s *sim.Scenario) error {
	switch {
	case m.Story != "" && m.Story != s.Name:
		return usage("that run was of the story "+m.Story, "name it with --scenario")
	case m.Seed != 0 && m.Seed != max(s.Seed, 1):
		return usage(fmt.Sprintf("in that run came the people of seed %d", m.Seed), fmt.Sprintf("--seed %d", m.Seed))
	}
	return nil
}

// write puts it into a file.
func (m *measuredRun) write(file string) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	// A look a line: it is read by people as well.
	out := strings.ReplaceAll(string(text), `{"at":`, "\n"+`{"at":`)
	if err := os.WriteFile(file, []byte(out+"\n"), 0o644); err != nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "write what was measured", Err: err, Hint: "can the folder of --real be written to?"}
	}
	return nil
}

// of takes in what the crowd saw in a story of such a length.
func (m *measuredRun) of(rep *crowd.Report, lasts time.Duration) {
	var waits []float64
	orders, sum := 0, 0.0
	for i := range rep.Traces {
		t := &rep.Traces[i]
		if t.Ordered > 0 && t.Ordered <= lasts {
			orders++
		}
		if t.Admitted == 0 || t.Admitted > lasts {
			continue
		}
		wait := 0.0
		if t.Joined > 0 {
			in := t.Called // told to come: what follows is the page's time
			if in == 0 {
				in = t.Admitted
			}
			wait = (in - t.Joined).Seconds()
		}
		waits = append(waits, wait)
		sum += wait
	}
	is := func(x float64) *float64 { x = round(x, 2); return &x }
	m.Orders, m.MeanWait = is(float64(orders)), is(sum/float64(max(len(waits), 1)))
	m.P50Wait, m.P95Wait = is(wholeSeconds(waits, 0.5)), is(wholeSeconds(waits, 0.95))
	m.Came, m.LetIn, m.Buyers, m.Errors = rep.Totals.Arrived, len(waits), rep.Totals.Buyers, rep.Totals.Errors
	m.LatenessP99MS, m.EdgeP99MS = ms(rep.Late.P99), ms(rep.Edge.P99)
}

// wholeSeconds is the wait that a share of people did not exceed, in whole seconds, as the
// simulation counts.
func wholeSeconds(waits []float64, share float64) float64 {
	if len(waits) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(waits))
	at := int(share*float64(len(sorted))+0.9999999) - 1
	x := sorted[min(max(at, 0), len(sorted)-1)]
	if whole := float64(int(x)); whole < x {
		return whole + 1
	}
	return x
}

// replicaSeconds is how long replicas were there in a story of such a length, all together.
func replicaSeconds(looks []measuredLook, lasts time.Duration) (sum float64) {
	for i, l := range looks {
		from, to := max(l.At, 0), lasts.Seconds()
		if i+1 < len(looks) {
			to = min(looks[i+1].At, to)
		}
		sum += float64(l.There) * max(to-from, 0)
	}
	return sum
}
