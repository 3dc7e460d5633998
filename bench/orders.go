package main

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// What is promised of all runs together. What is promised of one run is judged
// by `falochron demo`, whose thresholds are constants too.
const (
	goalCheckouts = 3000  // pooled, at least
	goalSuccess   = 0.999 // of these
)

// The demo's promises by their names, for scenarios in which not all can be
// asked for.
const (
	promisedRatio    = "orders taken, share of what the shop can take"
	promisedProtect  = "seconds until protected"
	promisedBroken   = "let in, then let down"
	promisedCheckout = "failed checkouts"
	promisedOversold = "oversold"
	promisedCallback = "payments the shop never heard of"
	promisedCharged  = "charged after leaving"
	promisedMixed    = "saw somebody else's page"
	promisedFair     = "first come, first served (rank correlation)"
	promisedEdge     = "Falochron's own answers, 99 of 100 within (ms)"
	promisedPages    = "pages from the shop, 19 of 20 within (ms)"
	promisedSpared   = "of what is alike for all, the shop was spared"
	promisedOnce     = "asked for one such thing while it was fresh"
)

// scenario is one sort of wave.
type scenario struct {
	name, what string
	workers    int
	wave       string        // bare or protected
	as         string        // software that the shop imitates; empty = the toy shop's own
	args       []string      // of falochron demo, beyond the usual ones
	length     time.Duration // of the wave; 0 is the demo's own
	every      bool          // for every overload and every seed, otherwise the first of each
	allSeeds   bool          // for every seed
	pooled     bool          // its checkouts count for the pool
	fault      bool          // something is planted: no promise is judged
	burns      float64       // times as much of the machine as such a wave usually does; 0 means 1
	excused    []string      // promises that are shown, not judged; docs/benchmarks.md says why
	also       func(*wave) []string
}

// The lengths of waves. The longest is the whole post, ten minutes, five times
// as fast: an outage of a minute needs it.
const (
	usualWave = 96 * time.Second
	longWave  = 120 * time.Second
)

// scenarios are all sorts of waves, in the order in which they are measured.
func scenarios() []scenario {
	// While the edge or the shop is killed, those inside see it. What came before
	// an edge that starts late is the bare shop's. What is kept is kept in memory, and
	// gone with the edge.
	killed := []string{promisedProtect, promisedBroken, promisedCheckout, promisedCharged, promisedEdge, promisedPages, promisedOnce}
	before := []string{promisedProtect, promisedBroken, promisedCheckout, promisedCallback, promisedCharged, promisedFair, promisedEdge, promisedPages, promisedSpared, promisedOnce}
	// A race needs many tills: with few, the last piece is seldom looked at twice at
	// the same time.
	return []scenario{
		{name: "wave", what: "the wave", workers: 8, wave: "protected", every: true, pooled: true},
		{name: "bare", what: "the same wave, bare shop", workers: 8, wave: "bare", every: true},
		{name: "small", what: "a shop of 2 workers", workers: 2, wave: "protected", allSeeds: true, pooled: true},
		{name: "large", what: "a shop of 32 workers", workers: 32, wave: "protected", allSeeds: true, pooled: true},
		{name: "slow", what: "shop three times slower in mid-wave", workers: 8, wave: "protected", length: longWave,
			args: []string{"--slow-at", "30s", "--slow-factor", "3"}, excused: []string{promisedProtect, promisedBroken, promisedCheckout, promisedCharged, promisedPages}, also: slower},
		{name: "cold", what: "edge started cold in mid-wave", workers: 8, wave: "protected", length: longWave,
			args: []string{"--edge-cold-at", "15s"}, excused: before},
		{name: "kill", what: "kill -9 of the edge in mid-wave", workers: 8, wave: "protected",
			args: []string{"--kill-at", "48s"}, excused: killed, also: noPlaceLost},
		{name: "outage", what: "shop dead for a minute", workers: 8, wave: "protected", length: longWave,
			args: []string{"--outage-at", "20s", "--outage-for", "1m0s"}, excused: append(killed, promisedRatio), also: noSecondCollapse},
		{name: "race-stock", what: "planted: stock sold without a transaction", workers: 32, wave: "protected", args: []string{"--fault", "race-stock"}, fault: true, allSeeds: true},
		{name: "scarce-stock", what: "the same stock, sold correctly", workers: 32, wave: "protected", args: []string{"--fault", "scarce-stock"}, fault: true},
		{name: "mix-carts", what: "planted: a page cache mixes visitors", workers: 8, wave: "protected", args: []string{"--fault", "mix-carts"}, fault: true},
		{name: "deaf-callback", what: "planted: provider told a wrong address", workers: 8, wave: "protected", args: []string{"--fault", "deaf-callback"}, fault: true},
		{name: "stall", what: "planted: a shop that becomes 8 times slower", workers: 8, wave: "protected",
			args: []string{"--slow-at", "48s", "--slow-factor", "8"}, fault: true},
		{name: "lost-folder", what: "planted: kill -9, and the data folder lost", workers: 8, wave: "protected",
			args: []string{"--fault", "lost-folder", "--kill-at", "48s"}, fault: true},
		{name: "pool", what: "32 workers, for the pool", workers: 32, wave: "protected", pooled: true},
	}
}

// imitations are the waves at shops that imitate real software: the sorts of the
// section of that name. Nothing is set, and every promise is judged.
func imitations() (all []scenario) {
	for _, shop := range [][2]string{{"woocommerce", "WooCommerce"}, {"opencart", "OpenCart"}, {"prestashop", "PrestaShop"}, {"evershop", "EverShop"}} {
		all = append(all, scenario{name: shop[0], what: shop[1], as: shop[0], workers: 8, wave: "protected", every: true, also: pagesShared})
	}
	return all
}

// allSorts are the sorts of waves of all sections, in order.
func allSorts() []scenario { return slices.Concat(scenarios(), imitations(), attackSorts()) }

func namesOf(sorts []scenario) (names []string) {
	for _, s := range sorts {
		names = append(names, s.name)
	}
	return names
}

// waveRun is one wave to be measured.
type waveRun struct {
	scenario
	overload float64
	seed     uint64
}

// key names a run among others.
func (r waveRun) key() string {
	return fmt.Sprintf("%s/w%d/x%g/s%d", r.name, r.workers, r.overload, r.seed)
}

// command is the command line of falochron demo.
func (r waveRun) command(ideal, result string, shortened time.Duration) []string {
	args := []string{"demo", "--headless", "--overload", strconv.FormatFloat(r.overload, 'g', -1, 64),
		"--workers", strconv.Itoa(r.workers), "--seed", strconv.FormatUint(r.seed, 10),
		"--ideal", ideal, "--waves", r.wave, "--json", result}
	if r.as != "" {
		args = append(args, "--as", r.as)
	}
	if length := r.lasts(shortened); length != usualWave {
		args = append(args, "--wave", length.String())
	}
	return append(args, r.args...)
}

// idealCommand is the command line that measures only the ideal of a run.
func (r waveRun) idealCommand(ideal string) []string {
	args := []string{"demo", "--headless", "--workers", strconv.Itoa(r.workers), "--seed", strconv.FormatUint(r.seed, 10), "--ideal", ideal, "--waves", "none"}
	if r.as != "" {
		args = append(args, "--as", r.as)
	}
	return args
}

// lasts is the length of the wave.
func (r waveRun) lasts(shortened time.Duration) time.Duration {
	switch {
	case shortened != 0:
		return shortened
	case r.length != 0:
		return r.length
	}
	return usualWave
}

// plan lists the runs of some sorts without those that only fill the pool.
func plan(s settings, sorts []scenario) (runs []waveRun) {
	for _, sc := range sorts {
		if len(s.scenarios) > 0 && !slices.Contains(s.scenarios, sc.name) || sc.name == "pool" {
			continue
		}
		overloads, seeds := s.overloads[:1], s.seeds[:1]
		if sc.every {
			overloads, seeds = s.overloads, s.seeds
		}
		if sc.allSeeds {
			seeds = s.seeds
		}
		for _, overload := range overloads {
			for _, seed := range seeds {
				runs = append(runs, waveRun{sc, overload, seed})
			}
		}
	}
	return runs
}

// poolRuns are the runs that are added, one after the other, until the pool
// holds enough checkouts. They are waves like the others: calm purchases would
// be easier.
func poolRuns(s settings) (runs []waveRun) {
	if len(s.scenarios) > 0 && !slices.Contains(s.scenarios, "pool") {
		return nil
	}
	const atMost = 6
	all := scenarios()
	pool := all[slices.IndexFunc(all, func(sc scenario) bool { return sc.name == "pool" })]
	next := slices.Max(s.seeds)
	for range atMost {
		next++
		runs = append(runs, waveRun{pool, s.overloads[0], next})
	}
	return runs
}

// What a run takes beyond its wave: processes, the wave's grace, the last payments; what
// an edge takes to compare the shop's pages before it; and the measuring of an ideal.
const (
	aroundWave    = 15 * time.Second
	comparesTakes = 2 * time.Minute
	idealTakes    = 80 * time.Second
	likelyPools   = 2
)

// ordersTakes is the time of all runs, when none is there yet.
func ordersTakes(s settings) time.Duration {
	d := wavesTake(s, plan(s, scenarios()), s.parallel)
	if more := poolRuns(s); len(more) > 0 {
		d += wavesTake(s, more[:likelyPools], 1)
	}
	return d
}

// imitationsTake is the same of the imitations.
func imitationsTake(s settings) time.Duration {
	return wavesTake(s, plan(s.ofImitations(), imitations()), s.parallel)
}

// wavesTake is the time of runs: their ideals one after the other, then so many at once as
// the settings and the machine allow.
func wavesTake(s settings, runs []waveRun, atOnce int) time.Duration {
	var longest, all time.Duration
	burnt := 0.0 // seconds of a core
	for _, r := range runs {
		one := r.lasts(s.wave) + aroundWave
		if r.compares() {
			one += comparesTakes
		}
		longest, all = max(longest, one), all+one
		burnt += r.burns() * r.lasts(s.wave).Seconds()
	}
	// While the last one plays, the machine is not full any more.
	byLoad := time.Duration(burnt/machineCores()*float64(time.Second)) + longest/2
	return time.Duration(len(idealsOf(runs)))*idealTakes + max(longest, all/time.Duration(max(atOnce, 1)), byLoad)
}

// compares says whether the edge compares the shop's pages before the wave.
func (r waveRun) compares() bool {
	return r.wave == "protected" && !slices.ContainsFunc(r.args, func(a string) bool { return a == "--front" || a == "--edge-cold-at" || a == "no-cache" })
}

// idealName names the file of the ideal that a run is compared with: one for
// each shop, its size and each seed.
func (r waveRun) idealName() string {
	shop := ""
	if r.as != "" {
		shop = r.as + "-"
	}
	return fmt.Sprintf("ideal-%sw%d-s%d.json", shop, r.workers, r.seed)
}
