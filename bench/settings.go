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
	scenarios []string      // of orders; empty means all
	wave      time.Duration // 0: as the demo has it; for trying the harness
	fresh     bool          // measure again what is already there
	requests  int           // divides the number of requests of cost; for trying the harness
}

// readSettings reads the environment, which is what `make bench NAME=VALUE`
// sets.
func readSettings(env func(string) string) (settings, error) {
	s := settings{only: list(env("ONLY")), scenarios: list(env("SCENARIOS")), program: env("PROGRAM"), out: env("OUT"),
		seeds: []uint64{1, 2, 3}, overloads: []float64{20, 100}, fresh: env("FRESH") != "", requests: 1}
	if s.program == "" {
		s.program = filepath.Join("bin", "falochron")
	}
	if s.out == "" {
		s.out = "docs"
	}
	bad := func(name, want string) (settings, error) {
		return s, &falochron.Error{Kind: falochron.Invalid, Op: "read settings",
			Public: fmt.Sprintf("%s=%s cannot be used", name, env(name)), Hint: want}
	}
	for _, name := range s.only {
		if !slices.ContainsFunc(sections(), func(x section) bool { return x.name == name }) {
			return bad("ONLY", "sections: cost room orders")
		}
	}
	for _, name := range s.scenarios {
		if !slices.ContainsFunc(scenarios(), func(x scenario) bool { return x.name == name }) {
			return bad("SCENARIOS", "scenarios: "+strings.Join(scenarioNames(), " "))
		}
	}
	var err error
	if v := env("SEEDS"); v != "" {
		if s.seeds, err = parse(v, func(f string) (uint64, error) { return strconv.ParseUint(f, 10, 64) }); err != nil {
			return bad("SEEDS", "numbers: SEEDS=1,2,3")
		}
	}
	if v := env("OVERLOADS"); v != "" {
		s.overloads, err = parse(v, func(f string) (float64, error) { return strconv.ParseFloat(f, 64) })
		if err != nil || slices.ContainsFunc(s.overloads, func(x float64) bool { return !(x >= 1 && x <= 200) }) {
			return bad("OVERLOADS", "numbers from 1 to 200: OVERLOADS=20,100")
		}
	}
	if v := env("WAVE"); v != "" {
		if s.wave, err = time.ParseDuration(v); err != nil || s.wave < 10*time.Second {
			return bad("WAVE", "10s or longer; only for trying the harness: the results do not count")
		}
	}
	if v := env("TENTH"); v != "" {
		s.requests = 10
	}
	return s, nil
}

// wants says whether a section was asked for.
func (s settings) wants(name string) bool {
	return len(s.only) == 0 || slices.Contains(s.only, name)
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
