package sim

import (
	"fmt"
	"time"

	"github.com/falochron/falochron"
)

// Scenario is one story: who comes when, to which shop, and what was announced of it.
// Zero values mean the defaults of [Scenario.withDefaults].
type Scenario struct {
	Name  string
	Story string        // one sentence for people
	Seed  uint64        // of all chance; 0 = 1
	Lasts time.Duration // how long it is played; 0 = 30 min
	Crowd Crowd
	// Announced are the posts that the plan knew of, whatever then came.
	Announced []Announced
	Shop      Shop
	Replicas  Replicas
	// Patience is how long an honest line may get, by which the needed number of replicas is
	// measured, and which ours and the scheduled one are told; 0 = a minute.
	Patience time.Duration
	// Polls are the questions a second that the whole line may ask; 0 = 400, what the room
	// allows one edge. With fewer than people go in a second, who is called learns of it late.
	Polls float64
	// FirstLook says that a place in line counts when its holder has looked for the first
	// time, up to some ten seconds after it was given out, as at the edge. Until then it holds
	// up nobody, and who counts people in line does not see it. Otherwise at once.
	FirstLook bool
	// New says that Falochron was started just before the story, so that ours has measured
	// nothing: what a replica takes and what is usual it learns in the wave. Otherwise it
	// knows both from the days before.
	New bool
}

// Crowd is who comes.
type Crowd struct {
	Base   float64 // people a second who come anyway
	Waves  []Wave
	Buyers float64 // share of people who want to buy; 0 = 0.45
	// Compression divides the time people think, as the load generator's does, so that a
	// story can be played for real in minutes. What they bear stays as it is. 0 = 1.
	Compression float64
}

// Wave is one rise.
type Wave struct {
	At     time.Duration // from the story's beginning: when the post goes out
	People float64       // in the first hour after it, or within Over
	Shape  Shape
	Over   time.Duration // of Ramp only: how long it rises, and as long again falls
}

// Announced is what the plan knew of a wave.
type Announced struct {
	At     time.Duration // from the story's beginning
	Slip   time.Duration // it may be earlier or later by so much
	People float64       // in an hour
	Upper  float64       // in one case of ten; 0 = 1.5 times People
	Shape  Shape
}

// Shop is what serves a request.
type Shop struct {
	Workers int           // of each replica; 0 = 8
	Page    time.Duration // that a page keeps a worker of an idle shop; 0 = 400 ms, all other requests in proportion
	// Slower is how many times slower a replica works when ten times its workers wait at
	// it; 0 = 1.8, PHP behind nginx as measured; EverShop and Medusa are at 3.
	Slower float64
	// Connections are the queries the shared database works at once; 0 = no ceiling.
	Connections int
	// Queries is the share of a request's time that is theirs; 0 = 0.4 if there are Connections.
	Queries float64
	// Kept says that pages alike for all are kept before the shop, so that only carts and
	// what follows reach it.
	Kept bool
}

// Replicas is how replicas come and go.
type Replicas struct {
	Have   int           // at the beginning, warm; 0 = Least
	Least  int           // owner's minimum; 0 = 2
	Most   int           // owner's maximum; 0 = 40
	Start  time.Duration // from order to ready, on a machine that is there; 0 = 40 s
	Cold   time.Duration // for so long it works at a fifth of its speed; 0 = 10 s, negative = never
	Spread float64       // share by which a start takes longer or shorter; 0 = 0.15, negative = none
	Fails  float64       // share of starts that fail
	// SlowStart is for how long a replica that has become ready gets less than its part of
	// the visitors, more and more, and counts so much less for limit and line, as behind the
	// edge, which does not know when it is warm. 0 = by what it does.
	SlowStart time.Duration
	// Sticky keeps a visitor at one replica, as the edge does: that with the fewest who were
	// settled there of late when they come in. The limit is divided among the replicas.
	// Otherwise each request goes to the replica with the least to do.
	Sticky bool
	// Drain is for how long a replica that has to go stays for the visitors it has, and
	// costs. 0 = it ends with its last request.
	Drain time.Duration
	// PerNode replicas go on one machine; 0 = machines do not matter.
	PerNode int
	Nodes   int           // there at the beginning; 0 = as many as Have needs
	Node    time.Duration // until a new machine takes replicas; 0 = 180 s
}

// coldSpeed is how fast a replica works that has just become ready: measured on a PHP
// shop with an empty opcode cache, 395 ms a page instead of 75.
const coldSpeed = 0.2

func (s Scenario) withDefaults() Scenario {
	or := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	orTime := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	orFloat := func(v *float64, d float64) {
		if *v == 0 {
			*v = d
		}
	}
	if s.Seed == 0 {
		s.Seed = 1
	}
	orTime(&s.Lasts, 30*time.Minute)
	orTime(&s.Patience, time.Minute)
	orFloat(&s.Crowd.Buyers, 0.45)
	orFloat(&s.Crowd.Compression, 1)
	orFloat(&s.Polls, 400)
	or(&s.Shop.Workers, 8)
	orTime(&s.Shop.Page, 400*time.Millisecond)
	orFloat(&s.Shop.Slower, 1.8)
	if s.Shop.Connections > 0 {
		orFloat(&s.Shop.Queries, 0.4)
	} else {
		s.Shop.Queries = 0
	}
	or(&s.Replicas.Least, 2)
	or(&s.Replicas.Most, 40)
	or(&s.Replicas.Have, s.Replicas.Least)
	orTime(&s.Replicas.Start, 40*time.Second)
	orTime(&s.Replicas.Cold, 10*time.Second)
	s.Replicas.Cold = max(s.Replicas.Cold, 0)
	orFloat(&s.Replicas.Spread, 0.15)
	s.Replicas.Spread = max(s.Replicas.Spread, 0)
	orTime(&s.Replicas.Node, 180*time.Second)
	if s.Replicas.PerNode > 0 {
		or(&s.Replicas.Nodes, (s.Replicas.Have+s.Replicas.PerNode-1)/s.Replicas.PerNode)
	}
	announced := make([]Announced, len(s.Announced))
	for i, a := range s.Announced {
		orFloat(&a.Upper, 1.5*a.People)
		announced[i] = a
	}
	s.Announced = announced
	return s
}

// The bounds of what is played: more is refused, so that memory and time are bounded.
const (
	mostPeople   = 50_000_000
	mostReplicas = 2000
	mostWorkers  = 256
	mostLasts    = 24 * time.Hour
	mostWaves    = 50
	mostHurry    = 5 // beyond it think times come near the shop's own answer times
)

// Check holds a scenario against every bound. The error is a [falochron.Error] of kind
// Invalid that names the first fault.
func (s Scenario) Check() error {
	s = s.withDefaults()
	people := s.Crowd.Base * s.Lasts.Seconds()
	for _, w := range s.Crowd.Waves {
		people += max(w.People, 0)
	}
	for _, c := range []struct {
		bad        bool
		what, hint string
	}{
		{!(people >= 0 && people <= mostPeople), fmt.Sprintf("%.0f people come", people), fmt.Sprintf("0 to %d", mostPeople)},
		{s.Lasts < time.Minute || s.Lasts > mostLasts, fmt.Sprintf("lasts %v", s.Lasts), "a minute to a day"},
		{len(s.Crowd.Waves) > mostWaves || len(s.Announced) > mostWaves, "too many waves", fmt.Sprintf("at most %d", mostWaves)},
		{!(s.Polls > 0 && s.Polls <= 1e6), fmt.Sprintf("%g polls a second", s.Polls), "up to a million"},
		{!(s.Crowd.Buyers > 0 && s.Crowd.Buyers <= 1), fmt.Sprintf("%g of the people buy", s.Crowd.Buyers), "0 to 1"},
		{!(s.Crowd.Compression >= 1 && s.Crowd.Compression <= mostHurry), fmt.Sprintf("people think %g times as fast", s.Crowd.Compression), fmt.Sprintf("1 to %d", mostHurry)},
		{s.Shop.Workers < 1 || s.Shop.Workers > mostWorkers, fmt.Sprintf("%d workers", s.Shop.Workers), fmt.Sprintf("1 to %d", mostWorkers)},
		{s.Shop.Page < time.Millisecond || s.Shop.Page > 10*time.Second, fmt.Sprintf("a page takes %v", s.Shop.Page), "1 ms to 10 s"},
		{!(s.Shop.Slower >= 1 && s.Shop.Slower <= 100), fmt.Sprintf("%g times slower", s.Shop.Slower), "1 to 100"},
		{s.Shop.Connections < 0 || !(s.Shop.Queries >= 0 && s.Shop.Queries < 1), "the database cannot be so", "connections from 0, queries from 0 to under 1"},
		{s.Replicas.Least < 1 || s.Replicas.Most < s.Replicas.Least || s.Replicas.Most > mostReplicas, fmt.Sprintf("%d to %d replicas", s.Replicas.Least, s.Replicas.Most), fmt.Sprintf("1 to %d, least first", mostReplicas)},
		{s.Replicas.Have < 1 || s.Replicas.Have > s.Replicas.Most, fmt.Sprintf("%d replicas at first", s.Replicas.Have), "1 to most"},
		{s.Replicas.Start < time.Second || s.Replicas.Start > time.Hour, fmt.Sprintf("a replica starts in %v", s.Replicas.Start), "a second to an hour"},
		{!(s.Replicas.Spread < 1), fmt.Sprintf("a start takes up to %g times longer", s.Replicas.Spread), "0 to under 1"},
		{s.Replicas.SlowStart < 0 || s.Replicas.SlowStart > time.Hour || s.Replicas.Drain < 0 || s.Replicas.Drain > time.Hour, "replicas cannot come and go so", "slow start and drain from 0 to an hour"},
		{!(s.Replicas.Fails >= 0 && s.Replicas.Fails < 1), fmt.Sprintf("%g of the starts fail", s.Replicas.Fails), "0 to under 1"},
		{s.Replicas.PerNode < 0 || s.Replicas.Nodes < 0 || s.Replicas.Node < 0, "machines cannot be so", "from 0"},
		{s.Replicas.PerNode > 0 && s.Replicas.Nodes*s.Replicas.PerNode < s.Replicas.Have, "the machines do not hold the first replicas", "raise nodes or per_node"},
	} {
		if c.bad {
			return &falochron.Error{Kind: falochron.Invalid, Op: "check scenario " + s.Name, Public: c.what, Hint: c.hint}
		}
	}
	for _, w := range s.Crowd.Waves {
		if !(w.People >= 0) || w.At < 0 || w.At > s.Lasts || w.Shape >= numShapes || w.Shape == Ramp && w.Over < time.Second {
			return &falochron.Error{Kind: falochron.Invalid, Op: "check scenario " + s.Name, Public: "a wave cannot be so", Hint: "people from 0, at within the story, over from a second for a ramp"}
		}
	}
	return nil
}
