package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/falochron/falochron"
)

// readMeasures reads all numbers of a folder that can be compared. Void rows tell
// nothing and are left out. What depends on the machine carries its name in the row,
// so that it meets only what was measured on the same.
func readMeasures(folder string) (all []measure, err error) {
	if _, err := os.Stat(folder); err != nil {
		return nil, &falochron.Error{Kind: falochron.NotFound, Op: "compare", Public: "no folder " + folder, Hint: "it is where the .json files are, such as docs/benchmarks", Err: err}
	}
	return all, errors.Join(
		measuresOf(folder, "cost", &all, costMeasures),
		measuresOf(folder, "profiles", &all, profileMeasures),
		measuresOf(folder, "room", &all, roomMeasures),
		measuresOf(folder, "raw", &all, rawMeasures),
		measuresOf(folder, "orders", &all, ordersMeasures("orders")),
		measuresOf(folder, "imitations", &all, ordersMeasures("imitations")),
		measuresOf(folder, "peers", &all, ordersMeasures("peers")),
		measuresOf(folder, "algorithms", &all, contestMeasures),
	)
}

// measuresOf adds one file's numbers; a file that is not there has none.
func measuresOf[T any](folder, section string, all *[]measure, of func(machine, []T) []measure) error {
	file := filepath.Join(folder, section+".json")
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var r record[T]
	if err := json.Unmarshal(data, &r); err != nil {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read " + file, Public: "not the result of a benchmark", Hint: "measure again", Err: err}
	}
	*all = append(*all, of(r.Machine, r.Rows)...)
	return nil
}

// on names a machine in a row.
func on(m machine) string { return fmt.Sprintf(" (%s, %d cores)", m.Processor, m.Cores) }

func costMeasures(m machine, rows []costRow) (out []measure) {
	for _, r := range rows {
		if r.Void {
			continue
		}
		out = append(out, measure{section: "cost", row: r.Case + on(m), column: "ms CPU", values: r.EdgeMS, floor: 0.001})
	}
	return out
}

// profileMeasures are what an answer costs and what each step of it does. A step's
// difference counts from a twentieth of the whole on: smaller ones are mostly chance.
func profileMeasures(m machine, rows []profileRow) (out []measure) {
	for _, r := range rows {
		if r.Void {
			continue
		}
		add := func(step, unit string, values, whole []float64) {
			out = append(out, measure{section: "profiles", row: r.Case + on(m), column: step + ", " + unit, values: values, floor: median(whole) / 20})
		}
		for _, s := range append([]profileStep{{"all", r.profileCosts}}, r.Steps...) {
			add(s.Step, "µs CPU", s.CPU, r.CPU)
			add(s.Step, "bytes", s.Bytes, r.Bytes)
			add(s.Step, "objects", s.Objects, r.Objects)
		}
	}
	return out
}

func roomMeasures(m machine, rows []roomRow) (out []measure) {
	for _, r := range rows {
		add := func(column string, x, floor float64, exact bool) {
			row := fmt.Sprintf("%d tickets", r.Outstanding)
			if !exact {
				row += on(m)
			}
			out = append(out, measure{section: "room", row: row, column: column, values: []float64{x}, floor: floor, exact: exact})
		}
		add("room state, bytes", float64(r.Bytes), 64, true)
		add("snapshot, bytes", float64(r.SnapshotBytes), 64, true)
		add("on the heap, bytes", float64(r.HeapBytes), 4096, false)
		add("Issue, ns", r.IssueNS, 5, false)
		add("Return, ns", r.ReturnNS, 5, false)
		add("Call, ns", r.CallNS, 5, false)
		add("Claim, ns", r.ClaimNS, 5, false)
	}
	return out
}

// rawMeasures are of our own server: what others cost is no regression.
func rawMeasures(m machine, rows []rawRow) (out []measure) {
	for _, r := range rows {
		if r.Void || len(r.Cells) == 0 || len(r.Cells[0].Cost) == 0 {
			continue
		}
		out = append(out, measure{section: "raw", row: r.Case + "; " + r.Wire + on(m), column: r.Unit, values: r.Cells[0].Cost})
	}
	return out
}

// ordersMeasures puts the seeds of one sort of wave together. Of the peers only ours counts:
// what others take is no regression.
func ordersMeasures(section string) func(machine, []ordersRow) []measure {
	columns := []struct {
		name  string
		more  bool
		floor float64
		of    func(*wave) float64
	}{
		{"orders/min ÷ ideal", true, 0, func(w *wave) float64 { return w.Protected.GoodputRatio }},
		{"broken sessions, share", false, 0.005, func(w *wave) float64 { return w.Protected.BrokenAdmittedShare }},
		{"failed checkouts", false, 0, func(w *wave) float64 { return float64(w.Protected.CheckoutFailed) }},
		{"lost callbacks", false, 0, func(w *wave) float64 { return float64(w.Protected.LostCallbacks) }},
		{"charged after leaving", false, 0, func(w *wave) float64 { return float64(w.Protected.ChargedAfterLeaving) }},
		{"oversold", false, 0, func(w *wave) float64 { return float64(w.Protected.Oversold) }},
		{"mixed", false, 0, func(w *wave) float64 { return float64(w.Protected.MixedVisitors) }},
		{"seconds to protect", false, 1, func(w *wave) float64 { return w.Protected.SecondsToProtect }},
		{"edge p99, ms", false, 5, func(w *wave) float64 { return w.Protected.EdgeAnswerP99MS }},
		{"pages p95, ms", false, 50, func(w *wave) float64 { return w.Protected.ShopPageP95MS }},
		{"edge memory, MB", false, 5, func(w *wave) float64 { return w.Protected.EdgeRSSMB }},
	}
	return func(_ machine, rows []ordersRow) (out []measure) {
		at := map[string]int{}
		for i := range rows {
			r := &rows[i]
			w := r.wave()
			if !r.counts() || w == nil || r.Scenario == "bare" || section == "peers" && !strings.HasSuffix(r.Scenario, "-"+oursName) {
				continue
			}
			row := fmt.Sprintf("%s, %g×, %d workers", r.Scenario, r.Overload, r.Workers)
			for _, c := range columns {
				m := measure{section: section, row: row, column: c.name, more: c.more, floor: c.floor}
				k, ok := at[m.key()]
				if !ok {
					k = len(out)
					at[m.key()], out = k, append(out, m)
				}
				out[k].values = append(out[k].values, c.of(w))
			}
		}
		return out
	}
}

// contestMeasures are of our own algorithm: a rival that became worse has only been
// set up worse.
func contestMeasures(_ machine, rows []contestRow) (out []measure) {
	for i := range rows {
		r := &rows[i]
		if r.Algorithm != ours {
			continue
		}
		for _, c := range contestColumns() {
			m := measure{section: "algorithms", row: r.Scene, column: c.head, values: c.of(r), more: c.more}
			for k := range m.values {
				m.values[k] = min(m.values[k], notFound)
			}
			switch c.head {
			case "limit found":
				m.floor = 1
			case "broken sessions", "failed checkouts":
				m.floor = 0.01
			}
			out = append(out, m)
		}
	}
	return out
}

// notFound stands for what never happened: more than any wave has seconds, and no
// infinity, which cannot be subtracted.
const notFound = 1000
