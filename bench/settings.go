package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// settings narrow what is measured. None of them changes a goal.
type settings struct {
	only      []string // sections; empty means all
	program   string   // the released program
	out       string   // folder of benchmarks.md and benchmarks/*.json
	seeds     []uint64
	overloads []float64
	chosen    struct{ seeds, overloads bool } // these were asked for, and are not the usual ones
	scenarios []string                        // of orders and imitations; empty means all
	wave      time.Duration                   // 0: as the demo has it; for trying the harness
	fresh     bool                            // measure again what is already there
	parallel  int                             // waves measured at once, at most
	apart     time.Duration                   // from one wave's start to the next, at least
	full      bool                            // also the sections that are not part of the comparison
	radar     radarTraces
	traces    string // of nowcast: a pattern of files; empty: none
	requests  int    // divides the number of requests of cost and raw, and the seconds of profiles; for trying the harness
}

// usualParallel is how many runs there are at once at most. What they burn bounds them
// before, see [turns]: many of them only wait for their turn, or until their edge has
// compared the shop's pages.
const (
	usualParallel = 24
	mostParallel  = 32
)

// What is measured when nothing is narrowed: goals are stated for three seeds and
// these overloads.
const usualSeeds = 3

func usualOverloads() []float64 { return []float64{20, 100} }

// narrowed says whether the settings leave out anything that goals are about.
func (s settings) narrowed() bool {
	return len(s.only) > 0 || len(s.scenarios) > 0 || s.wave != 0 || s.requests > 1 || len(s.seeds) < usualSeeds ||
		slices.ContainsFunc(usualOverloads(), func(x float64) bool { return !slices.Contains(s.overloads, x) })
}

// allWaves says whether every scenario was asked for, in full length. What is not
// shown then has been missed; otherwise it is only not known.
func (s settings) allWaves() bool { return len(s.scenarios) == 0 && s.wave == 0 }

// readSettings reads the environment, which is what `make bench NAME=VALUE`
// sets.
func readSettings(env func(string) string) (settings, error) {
	s := settings{only: list(env("ONLY")), scenarios: list(env("SCENARIOS")), program: env("PROGRAM"), out: env("OUT"), traces: env("TRACES"),
		seeds: make([]uint64, usualSeeds), overloads: usualOverloads(), fresh: env("FRESH") != "", full: env("FULL") != "", requests: 1, parallel: usualParallel, apart: startsApart}
	if s.program == "" {
		s.program = filepath.Join("bin", "falochron")
	}
	if s.out == "" {
		s.out = "docs"
	}
	for i := range s.seeds {
		s.seeds[i] = uint64(i + 1)
	}
	bad := func(name, want string) (settings, error) {
		return s, &falochron.Error{Kind: falochron.Invalid, Op: "read settings",
			Public: fmt.Sprintf("%s=%s cannot be used", name, env(name)), Hint: want}
	}
	for _, name := range s.only {
		if !slices.ContainsFunc(sections(), func(x section) bool { return x.name == name }) {
			return bad("ONLY", "sections: cost profiles room orders imitations attacks peers algorithms radar nowcast pictures raw")
		}
	}
	for _, name := range s.scenarios {
		if !slices.Contains(scenarioNames(), name) {
			return bad("SCENARIOS", "scenarios: "+strings.Join(scenarioNames(), " "))
		}
	}
	s.radar = radarTraces{nasa: env("NASA"), worldcup: env("WORLDCUP"), nab: env("NAB")}
	var err error
	if v := env("SEEDS"); v != "" {
		if s.seeds, err = parse(v, func(f string) (uint64, error) { return strconv.ParseUint(f, 10, 64) }); err != nil {
			return bad("SEEDS", "numbers: SEEDS=1,2,3")
		}
		s.chosen.seeds = true
	}
	if v := env("OVERLOADS"); v != "" {
		s.overloads, err = parse(v, func(f string) (float64, error) { return strconv.ParseFloat(f, 64) })
		if err != nil || slices.ContainsFunc(s.overloads, func(x float64) bool { return !(x >= 1 && x <= 200) }) {
			return bad("OVERLOADS", "numbers from 1 to 200: OVERLOADS=20,100")
		}
		s.chosen.overloads = true
	}
	if v := env("WAVE"); v != "" {
		if s.wave, err = time.ParseDuration(v); err != nil || s.wave < 10*time.Second {
			return bad("WAVE", "10s or longer; only for trying the harness: the results do not count")
		}
	}
	if v := env("PARALLEL"); v != "" {
		if s.parallel, err = strconv.Atoi(v); err != nil || s.parallel < 1 || s.parallel > mostParallel {
			return bad("PARALLEL", fmt.Sprintf("1 to %d; what the waves burn bounds them besides", mostParallel))
		}
	}
	if v := env("TENTH"); v != "" {
		s.requests = 10
	}
	return s, nil
}

// scenarioNames are the words that SCENARIOS takes.
func scenarioNames() []string { return append(namesOf(allSorts()), peersNames()...) }

// wants says whether a section was asked for: by its name, by one of its sorts of waves
// where it has some, or by nothing at all if it is part of the comparison. FULL asks for all.
func (s settings) wants(x section) bool {
	sorts := map[string][]string{"orders": namesOf(scenarios()), "imitations": namesOf(imitations()), "attacks": namesOf(attackSorts()), "peers": peersNames()}[x.name]
	named := slices.ContainsFunc(s.scenarios, func(name string) bool { return slices.Contains(sorts, name) })
	if len(s.scenarios) > 0 && sorts != nil && !named {
		return false
	}
	if len(s.only) > 0 {
		return slices.Contains(s.only, x.name)
	}
	return named || s.full || !x.apart
}

// ofImitations are the settings for waves at imitations: one seed and twenty times
// too many buyers, unless others were asked for. Each takes five minutes by itself.
func (s settings) ofImitations() settings {
	if !s.chosen.seeds {
		s.seeds = s.seeds[:1]
	}
	if !s.chosen.overloads {
		s.overloads = s.overloads[:1]
	}
	return s
}

// list splits at commas and spaces.
func list(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
}

func parse[T any](v string, one func(string) (T, error)) (out []T, err error) {
	for _, f := range list(v) {
		x, err := one(f)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// fingerprint names a build by its content: `make bench` builds without stamps
// of version control, so the same source gives the same name.
func fingerprint(program string) (string, error) {
	f, err := os.Open(program)
	if err != nil {
		return "", &falochron.Error{Kind: falochron.NotFound, Op: "find the program to measure", Public: program + " is not there",
			Hint: "make bench builds it; or set PROGRAM=", Err: err}
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}
