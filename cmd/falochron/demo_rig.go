package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/falochron/falochron"
)

// rig is what a benchmark asks of the demo and a spectator does not: several
// waves against one measured ideal, one wave of the two, and faults planted so
// that a promised zero is seen to be able to fail. Nothing here touches a
// threshold, and the result says what was done.
type rig struct {
	ideal  string // file of a measured ideal; measured and written when it is not there
	waves  string // both, bare, protected, or none: only what the shop takes at its best
	hold   string // file that says the wave is ready to begin; it does when the file is gone; empty = at once
	fault  string
	attack string // on top of the waves; empty = none, and fans share an address
}

// faults are what can be planted, and what it is for.
func faults() []string {
	return []string{
		"race-stock",    // the shop sells 4 pieces of each article without a transaction: oversold
		"scarce-stock",  // the same 4 pieces, sold correctly: not oversold
		"mix-carts",     // the shop's page cache shows people each other's pages: mixed visitors
		"deaf-callback", // the payment provider was given an address where nobody answers: lost callbacks
		"no-cache",      // the edge lets everything through, its cache too: shared things come from the shop each time
		"unwatched",     // the edge's radar is off: attacks meet the line alone
		"lost-folder",   // the edge comes back from kill -9 with an empty data folder: places lost
	}
}

// scarce is the stock of each article where it shall run out in a wave: even the
// least wanted ones do, and each is a chance for the race.
const scarce = "4"

func (g *rig) flags(f *pflag.FlagSet) {
	f.StringVar(&g.ideal, "ideal", "", "take the shop's best from this file; measure and write it when it is not there")
	f.StringVar(&g.waves, "waves", "both", "both, bare, protected or none")
	f.StringVar(&g.hold, "hold", "", "when all is ready for a wave, make this file, and wait until somebody removes it")
	f.StringVar(&g.fault, "fault", "", "plant a fault: "+strings.Join(faults(), ", "))
	f.StringVar(&g.attack, "attack", "", "send an attack on top of the wave: "+strings.Join(attackNames(), ", "))
	for _, name := range []string{"ideal", "waves", "hold", "fault", "attack"} {
		_ = f.MarkHidden(name) // exists: defined above
	}
}

func (g *rig) check() error {
	if !slices.Contains([]string{"", "both", "bare", "protected", "none"}, g.waves) {
		return usage("no such wave: "+g.waves, "--waves both, bare, protected or none")
	}
	if g.fault != "" && !slices.Contains(faults(), g.fault) {
		return usage("no such fault: "+g.fault, "--fault "+strings.Join(faults(), ", "))
	}
	if g.attack != "" && !slices.Contains(attackNames(), g.attack) {
		return usage("no such attack: "+g.attack, "--attack "+strings.Join(attackNames(), ", "))
	}
	return nil
}

// shows says whether a wave, bare or protected, is part of the run.
func (g *rig) shows(wave string) bool { return g.waves == "" || g.waves == "both" || g.waves == wave }

// untilTold waits, if that was asked for, until the file that says a wave is ready has
// been removed: whoever measures several at once decides when the next one begins.
func (g *rig) untilTold(ctx context.Context) error {
	if g.hold == "" {
		return nil
	}
	if err := os.WriteFile(g.hold, nil, 0o600); err != nil {
		return err
	}
	t := time.NewTicker(50 * time.Millisecond)
	defer t.Stop()
	for {
		if _, err := os.Stat(g.hold); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// shopFlags are what a planted fault adds to the shop's command line.
func (g *rig) shopFlags() []string {
	switch g.fault {
	case "race-stock":
		return []string{"--race-stock", "--stock", scarce}
	case "scarce-stock":
		return []string{"--stock", scarce}
	case "mix-carts":
		return []string{"--mix-carts"}
	}
	return nil
}

// mode is the edge's --mode; empty for the default.
func (g *rig) mode() string {
	if g.fault == "no-cache" {
		return "off"
	}
	return ""
}

// edgeFlags are what a planted fault adds to the edge's command line.
func (g *rig) edgeFlags() []string {
	if g.fault == "unwatched" {
		return []string{"--radar", "off"}
	}
	return nil
}

// front is where the payment provider is told to find the shop that is reached
// at front; nobody is an address where nobody answers.
func (g *rig) front(front, nobody string) string {
	if g.fault == "deaf-callback" {
		return "http://" + nobody
	}
	return front
}

// lose empties the data folder of an edge that is not running, if that is the
// fault.
func (g *rig) lose(e *edgeProcess) error {
	if g.fault != "lost-folder" {
		return nil
	}
	data := e.args[slices.Index(e.args, "--data")+1]
	return errors.Join(os.RemoveAll(data), os.Mkdir(data, 0o700))
}

// mark writes into the result what was not shown, what was planted, and how the
// promises stand.
func (g *rig) mark(r *demoResult, promises []promise) {
	for _, wave := range []string{"bare", "protected"} {
		if !g.shows(wave) {
			delete(r.Details.Waves, wave)
		}
	}
	r.Details.Fault, r.Details.IdealFile = g.fault, filepath.Base(g.ideal)
	if g.ideal == "" {
		r.Details.IdealFile = ""
	}
	if !g.shows("protected") {
		return // nothing that was promised has been seen
	}
	for _, p := range promises {
		r.Details.Promises = append(r.Details.Promises, judgedPromise{p.what, p.got, p.want, p.holds})
	}
}

// savedIdeal is a measured ideal in a file. It belongs to what it was measured
// with.
type savedIdeal struct {
	Workers     int          `json:"workers"`
	Seed        uint64       `json:"seed"`
	Compression float64      `json:"compression"`
	As          string       `json:"as,omitempty"`
	Edge        sweepPoint   `json:"edge"`
	Bare        sweepPoint   `json:"bare"`
	Points      []sweepPoint `json:"points"`
	Busy        float64      `json:"machine_busy"`
}

// idealOnce is ideal, or what an earlier run has measured.
func (d *demo) idealOnce(ctx context.Context) (*idealResult, error) {
	if d.rig.ideal == "" {
		return d.ideal(ctx)
	}
	b, err := os.ReadFile(d.rig.ideal)
	if errors.Is(err, fs.ErrNotExist) {
		return d.measureAndSave(ctx)
	}
	if err != nil {
		return nil, err
	}
	var s savedIdeal
	if err := json.Unmarshal(b, &s); err != nil || s.Edge.OrdersPerMin <= 0 || s.Bare.OrdersPerMin <= 0 {
		return nil, badIdeal(d.rig.ideal, "it is not a measured ideal", err)
	}
	if s.Workers != d.workers || s.Seed != d.seed || s.Compression != d.compression || s.As != d.as {
		return nil, badIdeal(d.rig.ideal, fmt.Sprintf("it belongs to %d workers, seed %d, compression %g %s", s.Workers, s.Seed, s.Compression, s.As), nil)
	}
	d.out.say("\nHow many orders can this shop take? As measured before: %s", d.rig.ideal)
	return &idealResult{edge: s.Edge, bare: s.Bare, points: s.Points, busy: s.Busy}, nil
}

func (d *demo) measureAndSave(ctx context.Context) (*idealResult, error) {
	r, err := d.ideal(ctx)
	if err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(savedIdeal{d.workers, d.seed, d.compression, d.as, r.edge, r.bare, r.points, r.busy}, "", "  ")
	if err != nil {
		return nil, err
	}
	return r, os.WriteFile(d.rig.ideal, append(b, '\n'), 0o644)
}

func badIdeal(file, why string, err error) error {
	return &falochron.Error{Kind: falochron.Invalid, Op: "read " + file, Public: why, Hint: "remove it, and it will be measured", Err: err}
}
