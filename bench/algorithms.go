package main

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron/bench/algorithms"
)

// How often what is played. The values of the sweep are compared on other evenings
// than those that count: the best of many on the evenings that count would be the
// luckiest, for us to be measured by.
//
// One evening's orders vary by a tenth, so it takes many to tell 1 %. Alone, where all
// are far behind, fewer do.
const (
	contestFirstSweep = 101 // seeds 1 and up count
	contestSeeds      = 21
	contestSeedsAlone = 5
	contestSweep      = 5
	contestSweepAlone = 2
)

// contestRow is one setting of one algorithm in one scene, with all seeds.
type contestRow struct {
	stamp
	Scene     string    `json:"scene"`
	InLine    bool      `json:"in_line"` // with our line before the door; else alone
	Algorithm string    `json:"algorithm"`
	Setting   string    `json:"setting"`
	Default   bool      `json:"default,omitempty"` // as it comes
	Best      bool      `json:"best,omitempty"`    // most orders on the evenings of the sweep
	Values    int       `json:"values"`            // how many were tried
	Ideal     float64   `json:"ideal_orders_per_min"`
	IdealP95  float64   `json:"ideal_p95_s"`
	Seeds     []uint64  `json:"seeds"`
	Orders    []float64 `json:"orders_ratio"`
	Broken    []float64 `json:"broken_share"`
	Failed    []float64 `json:"checkout_failed_share"` // -1: nobody came to the till
	P95       []float64 `json:"page_p95_s"`
	Charged   []float64 `json:"charged_after_leaving"`
	Found     []float64 `json:"found_s"` // -1: never
}

// algorithmsTake is the time without looking for the best settings, which takes about
// two minutes more where they are not known.
func algorithmsTake(s settings) time.Duration {
	if s.requests > 1 {
		return time.Minute
	}
	return 2 * time.Minute
}

func runAlgorithms(ctx context.Context, b *bench) (outcome, error) {
	c := newContest(ctx, b, algorithms.Algorithms())
	if b.requests > 1 {
		c.seeds, c.sweepSeeds = [2]int{1, 1}, [2]int{1, 1}
	} else if !b.fresh {
		var err error
		if c.known, err = loadRows[sweptRow](b, sweepFile); err != nil {
			return outcome{}, err
		}
	}
	rows, err := c.run(algorithms.Scenes())
	if err != nil {
		return outcome{}, err
	}
	if err := saveRows(b, "algorithms", rows); err != nil {
		return outcome{}, err
	}
	if b.requests == 1 {
		if err := saveRows(b, sweepFile, c.known); err != nil {
			return outcome{}, err
		}
	}
	out := contestOutcome(rows)
	if b.requests > 1 {
		out.void = append(out.void, "algorithms: fewer seeds than goals are about")
	}
	return out, nil
}

// contest is one run of all of it.
type contest struct {
	b          *bench
	ctx        context.Context
	all        []algorithms.Algorithm
	seeds      [2]int                      // how many count, by front
	sweepSeeds [2]int                      // on how many settings are chosen
	ideal      map[string]algorithms.Ideal // by scene
	best       map[string]int              // setting, by scene, front and algorithm
	known      []sweptRow                  // settings chosen in this run or before
}

func newContest(ctx context.Context, b *bench, all []algorithms.Algorithm) *contest {
	return &contest{b: b, ctx: ctx, all: all, seeds: [2]int{contestSeedsAlone, contestSeeds}, sweepSeeds: [2]int{contestSweepAlone, contestSweep},
		ideal: map[string]algorithms.Ideal{}, best: map[string]int{}}
}

func (c *contest) run(scenes []algorithms.Scene) (rows []contestRow, err error) {
	for _, sc := range scenes {
		c.b.say("  %s", sc.What)
		r, err := c.scene(sc)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r...)
	}
	return rows, nil
}

// match is one setting that is to be played.
type match struct {
	alg    algorithms.Algorithm
	at     int // of its settings
	how    algorithms.Front
	scores []algorithms.Score
}

func contestKey(scene string, how algorithms.Front, alg string) string {
	if how == algorithms.InLine {
		scene += "/line"
	}
	return scene + "/" + alg
}

func (c *contest) scene(sc algorithms.Scene) ([]contestRow, error) {
	as := sc.Name
	if sc.As != "" {
		as = sc.As
	}
	if _, known := c.ideal[as]; !known {
		c.ideal[as] = algorithms.FindIdeal(1, sc.Story.Shop)
	}
	if sc.As == "" {
		if err := c.sweep(sc, c.ideal[as]); err != nil {
			return nil, err
		}
	}
	var final []match
	for _, how := range fronts() {
		for _, alg := range c.all {
			best := c.best[contestKey(as, how, alg.Name)]
			for _, i := range slices.Compact([]int{alg.Default, best}) {
				// Ours is always with its line; that is what it is.
				if i >= 0 && alg.Settings[i].Fits(how) && (alg.Name != ours || how == algorithms.InLine) {
					final = append(final, match{alg: alg, at: i, how: how})
				}
			}
		}
	}
	if err := c.play(sc, c.ideal[as], final, 1, c.seeds); err != nil {
		return nil, err
	}
	var rows []contestRow
	for _, m := range final {
		rows = append(rows, c.row(sc, as, m))
	}
	return rows, nil
}

// ours is the name of our own algorithm.
const ours = "ours"

// play plays matches with so many seeds from the first on, on all cores.
func (c *contest) play(sc algorithms.Scene, ideal algorithms.Ideal, all []match, first uint64, n [2]int) error {
	var wg sync.WaitGroup
	work := make(chan int)
	errs := make([]error, len(all))
	for range runtime.NumCPU() {
		wg.Go(func() {
			for i := range work {
				m := &all[i]
				for s := range n[m.how] {
					score, err := sc.Play(first+uint64(s), ideal, m.alg.Settings[m.at], m.how)
					if err != nil {
						errs[i] = err
						break
					}
					m.scores = append(m.scores, score)
				}
			}
		})
	}
	for i := range all {
		if c.ctx.Err() != nil {
			break
		}
		work <- i
	}
	close(work)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return c.ctx.Err()
}

// choose remembers which setting of each algorithm took most orders; of equal ones
// that which let fewer people down.
func (c *contest) choose(scene string, all []match) {
	better := map[string]match{}
	worth := func(m match) float64 {
		o := scoresOf(m.scores)
		return median(o.Orders) - median(o.Broken)/1000
	}
	for _, m := range all {
		k := contestKey(scene, m.how, m.alg.Name)
		if old, ok := better[k]; !ok || worth(m) > worth(old) {
			better[k], c.best[k] = m, m.at
		}
	}
}

func (c *contest) row(sc algorithms.Scene, as string, m match) contestRow {
	r := scoresOf(m.scores)
	r.stamp, r.Scene, r.InLine = c.b.stamp(), sc.Name, m.how == algorithms.InLine
	r.Algorithm, r.Setting = m.alg.Name, m.alg.Settings[m.at].Name
	r.Default = m.at == m.alg.Default
	r.Best = len(m.alg.Settings) > 1 && m.at == c.best[contestKey(as, m.how, m.alg.Name)]
	for _, set := range m.alg.Settings {
		if set.Fits(m.how) {
			r.Values++
		}
	}
	r.Ideal, r.IdealP95 = rounded(c.ideal[as].Orders, 2), rounded(c.ideal[as].P95.Seconds(), 3)
	for s := range m.scores {
		r.Seeds = append(r.Seeds, uint64(s)+1)
	}
	return r
}

// scoresOf turns scores around: a list for each number.
func scoresOf(scores []algorithms.Score) (r contestRow) {
	for _, s := range scores {
		r.Orders, r.Broken, r.Failed = append(r.Orders, rounded(s.Orders, 4)), append(r.Broken, rounded(s.Broken, 4)), append(r.Failed, rounded(s.Failed, 4))
		r.P95, r.Charged, r.Found = append(r.P95, rounded(s.P95, 3)), append(r.Charged, s.Charged), append(r.Found, s.Found)
	}
	return r
}
