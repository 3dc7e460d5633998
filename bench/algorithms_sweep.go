package main

import (
	"slices"

	"github.com/falochron/falochron/bench/algorithms"
)

// The best setting of an algorithm is looked for among dozens, and kept beside the tables, in
// benchmarks/algorithms-sweep.json. Everything is played in virtual time: the same code and
// seeds give the same result to the last digit. So what was chosen before stands as long as
// the best settings of a scene, played again on the evenings they were chosen on, come out
// as they did. If one does not, or other settings are to be tried, all are looked for anew;
// with FRESH=1 in any case.

// sweepFile names the file.
const sweepFile = "algorithms-sweep"

// sweptRow is the best setting of one algorithm in one scene, and how it did when it was chosen.
type sweptRow struct {
	stamp
	Scene     string    `json:"scene"`
	InLine    bool      `json:"in_line"`
	Algorithm string    `json:"algorithm"`
	Settings  []string  `json:"settings"` // that were tried
	Best      string    `json:"best"`
	Orders    []float64 `json:"orders_ratio"` // by evening
	Broken    []float64 `json:"broken_share"`
	P95       []float64 `json:"page_p95_s"`
}

// swept makes such a row of a match that was played and chosen.
func (c *contest) swept(scene string, m *match) sweptRow {
	s := scoresOf(m.scores)
	return sweptRow{stamp: c.b.stamp(), Scene: scene, InLine: m.how == algorithms.InLine, Algorithm: m.alg.Name, Settings: settingsFor(m.alg, m.how),
		Best: m.alg.Settings[m.at].Name, Orders: s.Orders, Broken: s.Broken, P95: s.P95}
}

// same says whether two rows are about the same settings, of which the same one did the same.
func (r sweptRow) same(o sweptRow) bool {
	return r.Scene == o.Scene && r.InLine == o.InLine && r.Algorithm == o.Algorithm && r.Best == o.Best && slices.Equal(r.Settings, o.Settings) &&
		slices.Equal(r.Orders, o.Orders) && slices.Equal(r.Broken, o.Broken) && slices.Equal(r.P95, o.P95)
}

// settingsFor names the settings of an algorithm that are tried with a front.
func settingsFor(alg algorithms.Algorithm, how algorithms.Front) (names []string) {
	for _, set := range alg.Settings {
		if set.Fits(how) {
			names = append(names, set.Name)
		}
	}
	return names
}

// sweep finds the best setting of every algorithm in a scene.
func (c *contest) sweep(sc algorithms.Scene, ideal algorithms.Ideal) error {
	again := c.chosenBefore(sc.Name)
	if len(again) > 0 {
		if err := c.play(sc, ideal, again, contestFirstSweep, c.sweepSeeds); err != nil {
			return err
		}
		if c.choose(sc.Name, again); c.stand(sc.Name, again) {
			return nil
		}
		c.b.say("    the best settings known do not come out as they did: all are looked for")
	}
	var all []match
	for _, how := range fronts() {
		for _, alg := range c.all {
			for i, set := range alg.Settings {
				if len(alg.Settings) > 1 && set.Fits(how) {
					all = append(all, match{alg: alg, at: i, how: how})
				}
			}
		}
	}
	if err := c.play(sc, ideal, all, contestFirstSweep, c.sweepSeeds); err != nil {
		return err
	}
	c.choose(sc.Name, all)
	c.known = slices.DeleteFunc(c.known, func(r sweptRow) bool { return r.Scene == sc.Name })
	for i := range all {
		if m := &all[i]; c.best[contestKey(sc.Name, m.how, m.alg.Name)] == m.at {
			c.known = append(c.known, c.swept(sc.Name, m))
		}
	}
	return nil
}

// chosenBefore are the settings that are known to be the best of a scene; none if that is
// not known of every algorithm, with the settings it has now.
func (c *contest) chosenBefore(scene string) (all []match) {
	for _, how := range fronts() {
		for _, alg := range c.all {
			names := settingsFor(alg, how)
			if len(alg.Settings) < 2 || len(names) == 0 {
				continue
			}
			k := slices.IndexFunc(c.known, func(r sweptRow) bool {
				return r.Scene == scene && r.InLine == (how == algorithms.InLine) && r.Algorithm == alg.Name && slices.Equal(r.Settings, names)
			})
			if k < 0 {
				return nil
			}
			at := slices.IndexFunc(alg.Settings, func(s algorithms.Setting) bool { return s.Name == c.known[k].Best && s.Fits(how) })
			if at < 0 {
				return nil
			}
			all = append(all, match{alg: alg, at: at, how: how})
		}
	}
	return all
}

// stand says whether all of these came out as they did when they were chosen.
func (c *contest) stand(scene string, again []match) bool {
	for i := range again {
		now := c.swept(scene, &again[i])
		if !slices.ContainsFunc(c.known, now.same) {
			return false
		}
	}
	return true
}

// fronts are what every setting is tried with.
func fronts() []algorithms.Front { return []algorithms.Front{algorithms.InLine, algorithms.Alone} }
