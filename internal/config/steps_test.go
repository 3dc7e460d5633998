package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
	"github.com/google/go-cmp/cmp"
)

const stepsExample = "../../steps.example.yaml"

// The example asks for what the program asks for without a file.
func TestStepsExampleIsTheDefault(t *testing.T) {
	m, err := LoadSteps(stepsExample)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan.DefaultMatrix(), m); diff != "" {
		t.Errorf("the example differs from the default (-default +example):\n%s", diff)
	}
	text, err := os.ReadFile(stepsExample)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keysOf("", reflect.TypeFor[Steps]()) {
		name := k.path[strings.LastIndex(k.path, ".")+1:]
		if !regexp.MustCompile(`(?m)^\s*(- )?` + name + `:`).Match(text) {
			t.Errorf("%s is not in the example", k.path)
		}
	}
}

// stepsOf loads a file of steps with this text.
func stepsOf(t *testing.T, text string) (plan.Matrix, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "steps.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return LoadSteps(name)
}

func TestOwnSteps(t *testing.T) {
	m, err := stepsOf(t, `
all: 1h
steps:
  - id: bank
    days: -3
    after: 30m
    late: 2h
    needed: true
    ask:
      host: {en: call the bank, pl: zadzwoń do banku}
      influencer: {en: wait, pl: czekaj}
  - id: live
    each: true
    timed: true
    posted: true
    ask:
      influencer: {en: post, pl: opublikuj}
      host: {en: watch, pl: patrz}
`)
	want := plan.Matrix{Again: 20 * time.Minute, All: time.Hour, Steps: []plan.Step{
		{ID: "bank", Role: plan.Influencer, Ask: plan.Words{EN: "wait", PL: "czekaj"}, Days: -3, After: 30 * time.Minute, Late: 2 * time.Hour, Needed: true},
		{ID: "bank", Role: plan.Host, Ask: plan.Words{EN: "call the bank", PL: "zadzwoń do banku"}, Days: -3, After: 30 * time.Minute, Late: 2 * time.Hour, Needed: true},
		{ID: "live", Role: plan.Influencer, Ask: plan.Words{EN: "post", PL: "opublikuj"}, Each: true, Timed: true, Posted: true},
		{ID: "live", Role: plan.Host, Ask: plan.Words{EN: "watch", PL: "patrz"}, Each: true, Timed: true},
	}}
	if diff := cmp.Diff(want, m); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// Every fault is named at once, where it stands, with what to write instead.
func TestStepsNameEveryFault(t *testing.T) {
	_, err := stepsOf(t, `again: 20m
all: 5m
steps:
  - id: Call
    days: -400
    ask:
      host: {en: call}
      influencer: {en: "`+strings.Repeat("x", 121)+`", pl: "a\u202eb"}
  - id: two
    whenn: 3
    each: perhaps
    posted: true
    ask:
      host: {en: a, pl: b}
      agency: {en: a, pl: b}
  - id: nobody
    late: -1h
    ask: {}
  - id: two
    ask:
      host: {en: a, pl: b}
`)
	if err == nil {
		t.Fatal("no fault")
	}
	for _, want := range []string{
		`steps.yaml:2:6: all: must be from again to 48h`,
		`steps.yaml:4:9: steps[0].id: must be of a to z, digits and dashes, 64 at most` + "\n    hint: ",
		`steps.yaml:5:11: steps[0].days: must be from -365 to 30` + "\n    hint: calendar days from T",
		`steps.yaml:7:13: steps[0].ask.host.pl: is missing` + "\n    hint: what is asked, in English (en) and in Polish (pl)",
		`steps[0].ask.influencer.en: must be a line of text, 120 characters at most`,
		`steps[0].ask.influencer.pl: must be a line of text, 120 characters at most`,
		`steps.yaml:10:5: steps[1].whenn: unknown key`,
		`steps.yaml:11:11: steps[1].each: "perhaps": must be true or false`,
		`steps.yaml:12:13: steps[1].posted: true: asks no influencer`,
		`steps.yaml:15:7: steps[1].ask.agency: unknown key`,
		`steps[2].ask: asks nobody`,
		`steps.yaml:19:9: steps[3].id: is there twice for host`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ndoes not say\n%s", err, want)
		}
	}
	if n := strings.Count(err.Error(), "steps.yaml:"); n != 13 {
		t.Errorf("%d lines, want one of all and 12 faults:\n%v", n, err)
	}
}

// A file that says nothing does not stand for the default: whoever named it meant
// something.
func TestEmptyStepsAreRefused(t *testing.T) {
	for _, text := range []string{"", "again: 30m\n", "steps: []\n"} {
		if _, err := stepsOf(t, text); err == nil || !strings.Contains(err.Error(), "steps: must be 1 to 100") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
