package config

import (
	"fmt"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/sim"
)

// Scenario is a story for falochron simulate: who comes when, to which shop, and what
// was announced. scenario.example.yaml shows every key.
type Scenario struct {
	// Name is what it is called in tables. It may not be empty.
	Name string `yaml:"name"`
	// Story is for people. Default empty.
	Story string `yaml:"story"`
	// Seed is of all chance. Default 0, which means 1.
	Seed int `yaml:"seed"`
	// Lasts is how long it is played, 1m to 24h. Default 0, which means 30m.
	Lasts time.Duration `yaml:"lasts"`
	// Patience is how long a line may get. Default 0, which means 1m.
	Patience time.Duration `yaml:"patience"`
	// Polls are the questions a second that the whole line may ask. Default 0, which means
	// 400, what the room allows one edge.
	Polls int `yaml:"polls"`
	// FirstLook says that a place in line counts when its holder has looked for the first time,
	// as at the edge. Default false: at once.
	FirstLook bool `yaml:"first_look"`
	// New says that Falochron was started just before and has measured nothing. Default false:
	// ours knows from the days before what a replica takes.
	New bool `yaml:"new"`
	// Crowd is who comes.
	Crowd ScenarioCrowd `yaml:"crowd"`
	// Announced is what the plan knew, whatever then came. Default none.
	Announced []ScenarioAnnounced `yaml:"announced"`
	// Shop is what serves a request.
	Shop ScenarioShop `yaml:"shop"`
	// Replicas is how replicas come and go.
	Replicas ScenarioReplicas `yaml:"replicas"`
}

// ScenarioCrowd is who comes.
type ScenarioCrowd struct {
	// Base is people a second who come anyway. Default 0.
	Base Amount `yaml:"base"`
	// Buyers is the share of people who want to buy. Default empty, which means 45%.
	Buyers *Share `yaml:"buyers"`
	// Compression divides the time people think. Default 0, which means 1; up to 5.
	Compression Amount `yaml:"compression"`
	// Waves are the rises. Default none; at most 50.
	Waves []ScenarioWave `yaml:"waves"`
}

// ScenarioWave is one rise.
type ScenarioWave struct {
	// At is when the post goes out, from the beginning. Default 0.
	At time.Duration `yaml:"at"`
	// People come in the first hour, or within twice Over. Default 0.
	People int `yaml:"people"`
	// Shape is how they are spread: surprise, drop, screen, story or ramp. Default empty,
	// which means surprise.
	Shape string `yaml:"shape"`
	// Over is how long a ramp rises; as long it falls. Only a ramp needs it.
	Over time.Duration `yaml:"over"`
}

// ScenarioAnnounced is a wave as the plan knew it.
type ScenarioAnnounced struct {
	// At is when it is to come, from the beginning. Default 0.
	At time.Duration `yaml:"at"`
	// Slip is how much earlier or later it may come. Default 0.
	Slip time.Duration `yaml:"slip"`
	// People are expected in an hour. Default 0.
	People int `yaml:"people"`
	// Upper is as many as in one case of ten. Default 0, which means 1.5 times People.
	Upper int `yaml:"upper"`
	// Shape is as of a wave.
	Shape string `yaml:"shape"`
}

// ScenarioShop is what serves a request.
type ScenarioShop struct {
	// Workers of each replica. Default 0, which means 8.
	Workers int `yaml:"workers"`
	// Page is how long a page keeps a worker of an idle shop. Default 0, which means 400ms.
	Page time.Duration `yaml:"page"`
	// Slower is how many times slower a replica works when ten times its workers wait at
	// it. Default 0, which means 1.8.
	Slower Amount `yaml:"slower"`
	// Connections are the queries that the shared database works at once. Default 0, which
	// means no ceiling.
	Connections int `yaml:"connections"`
	// Queries is their share of a request's time. Default empty, which means 40% if there
	// are Connections.
	Queries *Share `yaml:"queries"`
	// Kept says that pages alike for all are kept before the shop. Default false.
	Kept bool `yaml:"kept"`
}

// ScenarioReplicas is how replicas come and go.
type ScenarioReplicas struct {
	// Have is how many there are at the beginning, warm. Default 0, which means Least.
	Have int `yaml:"have"`
	// Least is the owner's minimum. Default 0, which means 2.
	Least int `yaml:"least"`
	// Most is the owner's maximum. Default 0, which means 40.
	Most int `yaml:"most"`
	// Start is the time from order to ready. Default 0, which means 40s.
	Start time.Duration `yaml:"start"`
	// Cold is for how long it then works at a fifth of its speed. Default 0, which means 10s.
	Cold time.Duration `yaml:"cold"`
	// Spread is by what share a start takes longer or shorter. Default empty, which means
	// 15%; 0% means none.
	Spread *Share `yaml:"spread"`
	// SlowStart is for how long a replica that has become ready gets less than its part.
	// Default 0, which means for as long as it is cold.
	SlowStart time.Duration `yaml:"slow_start"`
	// Sticky keeps visitors at one replica. Default false.
	Sticky bool `yaml:"sticky"`
	// Drain is for how long a replica that has to go stays. Default 0, which means that it
	// ends with its last request.
	Drain time.Duration `yaml:"drain"`
	// Fails is the share of starts that fail. Default empty, which means none.
	Fails *Share `yaml:"fails"`
	// PerNode replicas go on one machine. Default 0, which means that machines do not matter.
	PerNode int `yaml:"per_node"`
	// Nodes are there at the beginning. Default 0, which means as many as Have needs.
	Nodes int `yaml:"nodes"`
	// Node is how long a new machine takes. Default 0, which means 180s.
	Node time.Duration `yaml:"node"`
}

// scenarioHint is what helps with a file of a scenario.
const scenarioHint = "scenario.example.yaml documents every key"

// LoadScenario reads and checks a scenario. The error is as of [Load].
func LoadScenario(path string) (*Scenario, error) {
	s := &Scenario{}
	return s, loadChecked(path, scenarioHint, s, func(d *decoder) { d.scenario(s) })
}

// ReadScenario is [LoadScenario] of a text; name stands for the file in errors.
func ReadScenario(name string, text []byte) (*Scenario, error) {
	s := &Scenario{}
	d := newDecoder(name)
	d.decode(text, s)
	if len(d.faults) == 0 || !d.bad[""] {
		d.scenario(s)
	}
	return s, d.refused("check "+name, scenarioHint)
}

func (d *decoder) scenario(s *Scenario) {
	if s.Name == "" {
		d.fault("name", "", "is missing", "what it is called in tables")
	}
	within(d, "seed", s.Seed, 0, 1<<31)
	shapes := append([]string{""}, sim.Shapes()...)
	for i, w := range s.Crowd.Waves {
		d.oneOf(fmt.Sprintf("crowd.waves[%d].shape", i), w.Shape, shapes...)
		within(d, fmt.Sprintf("crowd.waves[%d].people", i), w.People, 0, mostPeople)
	}
	for i, a := range s.Announced {
		d.oneOf(fmt.Sprintf("announced[%d].shape", i), a.Shape, shapes...)
		within(d, fmt.Sprintf("announced[%d].people", i), a.People, 0, mostPeople)
		within(d, fmt.Sprintf("announced[%d].upper", i), a.Upper, 0, mostPeople)
	}
	if len(d.faults) > 0 {
		return // what follows would say it again
	}
	if err := s.Plain().Check(); err != nil {
		d.fault("", "", "cannot be played: "+err.(*falochron.Error).Public, falochron.HintOf(err))
	}
}

// Plain is the scenario as the room that plays it takes it.
func (s *Scenario) Plain() sim.Scenario {
	share := func(x *Share) float64 {
		if x == nil {
			return 0
		}
		return float64(*x)
	}
	shape := func(name string) sim.Shape {
		k, _ := sim.ParseShape(name)
		return k
	}
	out := sim.Scenario{
		Name: s.Name, Story: s.Story, Seed: uint64(s.Seed), Lasts: s.Lasts, Patience: s.Patience, Polls: float64(s.Polls), FirstLook: s.FirstLook, New: s.New,
		Crowd: sim.Crowd{Base: float64(s.Crowd.Base), Buyers: share(s.Crowd.Buyers), Compression: float64(s.Crowd.Compression)},
		Shop: sim.Shop{Workers: s.Shop.Workers, Page: s.Shop.Page, Slower: float64(s.Shop.Slower), Connections: s.Shop.Connections,
			Queries: share(s.Shop.Queries), Kept: s.Shop.Kept},
		Replicas: sim.Replicas{Have: s.Replicas.Have, Least: s.Replicas.Least, Most: s.Replicas.Most, Start: s.Replicas.Start, Cold: s.Replicas.Cold,
			SlowStart: s.Replicas.SlowStart, Sticky: s.Replicas.Sticky, Drain: s.Replicas.Drain, Fails: share(s.Replicas.Fails), PerNode: s.Replicas.PerNode, Nodes: s.Replicas.Nodes, Node: s.Replicas.Node},
	}
	if x := s.Replicas.Spread; x != nil {
		out.Replicas.Spread = float64(*x)
		if *x == 0 {
			out.Replicas.Spread = -1 // written out, 0 means none
		}
	}
	for _, w := range s.Crowd.Waves {
		out.Crowd.Waves = append(out.Crowd.Waves, sim.Wave{At: w.At, People: float64(w.People), Shape: shape(w.Shape), Over: w.Over})
	}
	for _, a := range s.Announced {
		out.Announced = append(out.Announced, sim.Announced{At: a.At, Slip: a.Slip, People: float64(a.People), Upper: float64(a.Upper), Shape: shape(a.Shape)})
	}
	return out
}
