package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/sim"
)

func realStory(t *testing.T, name string) sim.Scenario {
	t.Helper()
	s, err := readScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	plain := s.Plain()
	if err := realCheck(&plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

// What a story cannot be played for real with is refused by name, one at a time.
func TestWhatCannotBePlayedForReal(t *testing.T) {
	good := realStory(t, "real-two-posts")
	for want, spoil := range map[string]func(*sim.Scenario){
		"it lasts":            func(s *sim.Scenario) { s.Lasts = time.Hour },
		"known beforehand":    func(s *sim.Scenario) { s.New = false },
		"count at once":       func(s *sim.Scenario) { s.FirstLook = false },
		"as the edge's":       func(s *sim.Scenario) { s.Replicas.Sticky = false },
		"starts vary":         func(s *sim.Scenario) { s.Replicas.Spread = 0.15 },
		"starts in":           func(s *sim.Scenario) { s.Replicas.Start = time.Minute },
		"never cold":          func(s *sim.Scenario) { s.Replicas.Cold = 0 },
		"to 11 replicas":      func(s *sim.Scenario) { s.Replicas.Most = 11 },
		"than the minimum":    func(s *sim.Scenario) { s.Replicas.Have = 2 },
		"starts fail":         func(s *sim.Scenario) { s.Replicas.Fails = 0.1 },
		"a ceiling":           func(s *sim.Scenario) { s.Shop.Connections = 9 },
		"9 workers":           func(s *sim.Scenario) { s.Shop.Workers = 9 },
		"not get that slow":   func(s *sim.Scenario) { s.Shop.Slower = 1.8 },
		"waves are announced": func(s *sim.Scenario) { s.Announced = []sim.Announced{{People: 100}} },
		"as many buy":         func(s *sim.Scenario) { s.Crowd.Buyers = 0.2 },
		"people come":         func(s *sim.Scenario) { s.Crowd.Base = 20 },
	} {
		s := good
		spoil(&s)
		if err := realCheck(&s); falochron.KindOf(err) != falochron.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, wants %q", err, want)
		}
	}
}

// Of what the crowd saw: who was called waited until then, who never stood in line not at
// all, and what came after the story's end does not count.
func TestWhatARealRunMeasures(t *testing.T) {
	s := func(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }
	rep := &crowd.Report{Traces: []crowd.Trace{
		{Arrived: s(1), Admitted: s(2), Ordered: s(30)},
		{Arrived: s(1), Joined: s(1), Called: s(5.2), Admitted: s(7), Ordered: s(61)},
		{Arrived: s(2), Joined: s(2), Admitted: s(12), Ordered: s(59)}, // without scripts
		{Arrived: s(2), Joined: s(3), Called: s(33), Admitted: s(40)},
		{Arrived: s(3), Joined: s(3)},
		{Arrived: s(3), Joined: s(3), Called: s(61), Admitted: s(62)},
	}}
	var m measuredRun
	m.of(rep, time.Minute)
	got := []float64{*m.Orders, *m.MeanWait, *m.P50Wait, *m.P95Wait, float64(m.LetIn)}
	if want := []float64{2, 11.05, 5, 30, 4}; !slices.Equal(got, want) {
		t.Errorf("%v, wants %v", got, want)
	}
	looks := []measuredLook{{At: -1, There: 1}, {At: 0.5, There: 2}, {At: 2.5, There: 3}, {At: 70, There: 9}}
	if got, want := replicaSeconds(looks, time.Minute), 0.5+4+57.5*3; got != want {
		t.Errorf("%v replica-seconds, wants %v", got, want)
	}
}

// A run of another story is not compared, and what was written can be read.
func TestMeasuredRunsAreReadAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.json")
	x := 7.0
	was := &measuredRun{Story: "real-two-posts", Orders: &x, Seconds: []measuredLook{{At: 1, There: 1}, {At: 2, There: 2}}}
	if err := was.write(file); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(file); err != nil || bytes.Count(b, []byte("\n")) != 3 {
		t.Errorf("%s, %v", b, err)
	}
	m, err := readMeasured(file)
	if err != nil || fmt.Sprint(*m.Orders, m.Seconds) != fmt.Sprint(x, was.Seconds) {
		t.Fatalf("%+v, %v", m, err)
	}
	o := simulateOptions{scenarios: []string{"real-slow-start"}, scalers: []string{realScaler}, against: []string{file}}
	if err := o.run(t.Context(), &bytes.Buffer{}); falochron.KindOf(err) != falochron.Invalid || !strings.Contains(err.Error(), "real-two-posts") {
		t.Errorf("%v", err)
	}
	same := sim.Scenario{Name: "real-two-posts", Seed: 5}
	if err := (&measuredRun{Story: "real-two-posts", Seed: 5}).sameStory(&same); err != nil {
		t.Error(err)
	}
	if err := (&measuredRun{Seed: 6}).sameStory(&same); falochron.KindOf(err) != falochron.Invalid || !strings.Contains(err.Error(), "seed 6") {
		t.Errorf("%v", err)
	}
}
