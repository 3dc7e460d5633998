package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron/internal/sim"
)

const scenarioExample = "../../scenario.example.yaml"

func TestScenarioExample(t *testing.T) {
	s, err := LoadScenario(scenarioExample)
	if err != nil {
		t.Fatal(err)
	}
	want := sim.Scenario{
		Name: "example", Story: "She announced ten o'clock, and ten thousand more come than she said.", Seed: 7, Lasts: 35 * time.Minute, Patience: time.Minute, Polls: 400, FirstLook: true, New: true,
		Crowd: sim.Crowd{Base: 0.5, Buyers: 0.45, Compression: 1, Waves: []sim.Wave{{At: 10 * time.Minute, People: 35_000, Shape: sim.Drop},
			{At: 25 * time.Minute, People: 2000, Shape: sim.Ramp, Over: 4 * time.Minute}}},
		Announced: []sim.Announced{{At: 10 * time.Minute, Slip: 2 * time.Minute, People: 25_000, Upper: 40_000, Shape: sim.Drop}},
		Shop:      sim.Shop{Workers: 8, Page: 400 * time.Millisecond, Slower: 1.8, Connections: 40, Queries: 0.4},
		Replicas: sim.Replicas{Have: 2, Least: 2, Most: 40, Start: 40 * time.Second, Cold: 10 * time.Second, Spread: 0.15, SlowStart: 10 * time.Second, Sticky: true, Drain: 5 * time.Minute, Fails: 0.05, PerNode: 4, Nodes: 5,
			Node: 180 * time.Second},
	}
	if d := cmp.Diff(want, s.Plain()); d != "" {
		t.Error(d)
	}
	// Every field that the room knows can be said in the file.
	s.Shop.Kept = true
	plain := s.Plain()
	for _, v := range []any{plain, plain.Crowd, plain.Crowd.Waves[1], plain.Announced[0], plain.Shop, plain.Replicas} {
		for i := range reflect.TypeOf(v).NumField() {
			if reflect.ValueOf(v).Field(i).IsZero() {
				t.Errorf("%T.%s is never set", v, reflect.TypeOf(v).Field(i).Name)
			}
		}
	}
	text, err := os.ReadFile(scenarioExample)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sim.Shapes() {
		if !strings.Contains(string(text), name) {
			t.Errorf("the example does not name the shape %s", name)
		}
	}
}

// The stories that come with the program can be played, and are called as their files.
func TestTheProgramsScenarios(t *testing.T) {
	files, err := filepath.Glob("../../cmd/falochron/scenarios/*.yaml")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d stories, wants at least 12: %v", len(files), err)
	}
	real, err := filepath.Glob("../../cmd/falochron/scenarios/real/*.yaml")
	if err != nil || len(real) < 3 {
		t.Fatalf("%d stories for a real run, wants at least 3: %v", len(real), err)
	}
	files = append(files, real...)
	for _, f := range files {
		s, err := LoadScenario(f)
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Name != strings.TrimSuffix(filepath.Base(f), ".yaml") || s.Story == "" {
			t.Errorf("%s: name %q, story %q", f, s.Name, s.Story)
		}
	}
}

func TestScenarioFaults(t *testing.T) {
	for text, want := range map[string]string{
		"crowd: {base: 1}":                                                      "name: is missing",
		"name: a\ncrowd: {waves: [{shape: tide}]}":                              `crowd.waves[0].shape: "tide"`,
		"name: a\nreplicas: {least: 5, most: 3}":                                "cannot be played: 5 to 3 replicas",
		"name: a\ncrowd: {waves: [{people: 1000, shape: ramp}]}":                "cannot be played: a wave cannot be so",
		"name: a\ncrowd: {waves: [{people: 50_000_000}, {people: 50_000_000}]}": "cannot be played: 100000000 people come",
		"name: a\ncrowd: {wave: []}":                                            "crowd.wave: unknown key",
		"name: a\nreplicas: {have: 9, per_node: 2, nodes: 2}":                   "cannot be played: the machines do not hold the first replicas",
		"name: a\nlasts: 25h":                                                   "cannot be played: lasts 25h0m0s",
		"name: a\nreplicas: {fails: 100%}":                                      "cannot be played: 1 of the starts fail",
		"name: a\nannounced: [{people: 99999999999}]":                           "announced[0].people",
	} {
		_, err := ReadScenario("a.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives %v\nwants %s", text, err, want)
		}
	}
}
