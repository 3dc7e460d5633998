package sim

import (
	"math"
	"time"

	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/scale"
)

// Knows is what ours is told beside the line and the replicas.
type Knows uint8

// What ours is told, each including what is before it.
const (
	Reactive  Knows = iota // the line, the newcomers, the replicas
	Nowcast                // what the radar and the nowcast say of a wave that has begun
	Announces              // what the plan announced
	numKnows
)

var knowsNames = [numKnows]string{"ours-reactive", "ours-nowcast", "ours-announced"}

// ours is internal/scale as it runs live, with what it is told: the radar's detector hears
// each second's newcomers, after an hour of usual ones, and the nowcast is made anew every two seconds in the first two
// minutes of a wave, later every ten.
type ours struct {
	knows    Knows
	decider  *scale.Decider
	detector *radar.Detector
	caster   *forecast.Nowcaster
	visit    appetite
	heard    int // seconds
	sea      radar.Sighting
	coming   []scale.Coming
	next     time.Duration // nowcast
	replicas []scale.Replica
	waves    []scale.Wave
	work     [10]edgeSight // of the last seconds, where nothing is known beforehand
	works    int
	doubt    bool // of the last plan
}

// NewOurs is Falochron's own.
func NewOurs(k Knows) Scaler { return &ours{knows: k} }

func (o *ours) Name() string { return knowsNames[o.knows] }

func (o *ours) begin(s *Sight) {
	sc := s.Scenario
	o.visit = sc.appetite()
	// What the limits are the owner has said; how fast replicas start and what one takes
	// is measured from the first day on, so it is known before the wave.
	c := scale.Config{
		Limits: scale.Limits{Min: sc.Replicas.Least, Max: sc.Replicas.Most}, TargetWait: sc.Patience,
		Start: sc.Replicas.Start, Warm: max(sc.Replicas.Cold, time.Nanosecond), ColdSpeed: coldSpeed, Drain: sc.Replicas.Drain,
		Capacity: sc.replicaRate() / o.visit.requests,
	}
	if sc.Replicas.SlowStart > 0 {
		c.Warm = sc.Replicas.SlowStart
	}
	heard := time.Hour
	if sc.New {
		c.Capacity, heard = 0, newFor
	}
	d, err := scale.New(c, scale.Saved{})
	if err != nil {
		panic("sim: a scenario that was checked cannot be scaled: " + err.Error())
	}
	o.decider = d
	if o.knows >= Nowcast {
		o.caster = forecast.NewNowcaster(forecast.BuiltIn())
		o.detector = radar.NewDetector(radar.DetectorConfig{Zone: time.UTC})
		usual := newDice(sc.Seed, 3)
		for i := heard / time.Second; i > 0; i-- {
			o.sea = o.detector.Observe(epoch.Add(s.Now-(i-1)*time.Second-time.Duration(len(s.Seconds))*time.Second), time.Second, usual.poisson(sc.Crowd.Base))
		}
	}
	if o.knows >= Announces {
		sh := newShapes()
		for _, a := range sc.Announced {
			w := Wave{People: a.People, Shape: a.Shape, Over: 15 * time.Minute}
			peak := 0.0
			for t := 0.0; t < 3600; t += 10 {
				peak = max(peak, (sh.by(w, t+10)-sh.by(w, t))/10)
			}
			start := epoch.Add(a.At)
			var course []scale.Coming
			for _, t := range [...]float64{5, 15, 30, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800, 3600} {
				course = append(course, scale.Coming{At: start.Add(seconds(t)), People: a.People * sh.by(w, t), Upper: a.Upper * sh.by(w, t)})
			}
			o.waves = append(o.waves, scale.Wave{Course: course,
				ID: a.Shape.String(), Start: start, Slip: a.Slip, People: a.People, Upper: a.Upper,
				Lasts: time.Hour, Peak: peak * a.People, PeakUpper: peak * a.Upper, Confidence: 0.9})
		}
	}
}

func (o *ours) Decide(s *Sight) (int, string) {
	if o.decider == nil {
		o.begin(s)
	}
	if o.detector != nil {
		o.hear(s)
	}
	answered := s.over(10, func(x *Second) float64 { return float64(x.Served) })
	busy := s.over(10, func(x *Second) float64 {
		if x.Limit > 0 {
			return min(float64(x.InFlight)/float64(x.Limit), 1)
		}
		return min(float64(x.Busy)/float64(max(x.Ready*s.Scenario.Shop.Workers, 1)), 1)
	})
	seen := scale.Observed{
		Replicas: o.phases(s), Asked: s.Wanted, Startable: s.Startable,
		Served: answered / o.visit.requests, Busy: busy, InLine: s.InLine,
		Arrivals: s.over(10, func(x *Second) float64 { return float64(x.Arrivals) }),
		Inside:   s.Inside, Visit: seconds(o.visit.lasts),
		Sea: scale.Sea(o.sea.State), Coming: o.coming, Waves: o.waves,
	}
	if s.Scenario.New {
		o.asTheEdgeSees(s, &seen)
	}
	p := o.decider.Decide(epoch.Add(s.Now), seen)
	o.doubt = p.Doubt
	why := ""
	if p.Wanted != s.Wanted {
		why = p.Now.Sentence("en")
	}
	return p.Wanted, why
}

func (o *ours) doubts() bool { return o.doubt }

// phases are the replicas as a fleet shows them.
func (o *ours) phases(s *Sight) []scale.Replica {
	o.replicas = o.replicas[:0]
	for _, r := range s.Replicas {
		p := scale.Starting
		switch r.phase {
		case ready:
			p = scale.Ready
		case draining:
			p = scale.Draining
		case failed:
			p = scale.Failed
		}
		o.replicas = append(o.replicas, scale.Replica{Phase: p, Ordered: epoch.Add(r.ordered), Since: epoch.Add(r.since)})
	}
	return o.replicas
}

// hear tells the detector each second's newcomers and makes a nowcast when one is due.
func (o *ours) hear(s *Sight) {
	for ; o.heard < len(s.Seconds); o.heard++ {
		o.sea = o.detector.Observe(epoch.Add(time.Duration(o.heard+1)*time.Second), time.Second, s.Seconds[o.heard].Arrivals)
	}
	if o.sea.State == radar.Calm || o.sea.Onset.IsZero() {
		o.coming, o.next = nil, 0
		return
	}
	if s.Now < o.next {
		return
	}
	onset := o.sea.Onset.Sub(epoch)
	o.next = s.Now + 10*time.Second
	if s.Now-onset < 2*time.Minute {
		o.next = s.Now + 2*time.Second
	}
	from := max(int(onset/time.Second)-120, 0)
	counts := make([]uint32, 0, len(s.Seconds)-from)
	for _, x := range s.Seconds[from:] {
		counts = append(counts, uint32(x.Arrivals))
	}
	n := o.caster.Nowcast(forecast.Observed{Until: epoch.Add(s.Now), Tick: time.Second, Counts: counts, Base: o.sea.Base, Onset: o.sea.Onset,
		Announced: o.post(s, onset)})
	o.coming = nil
	if !n.Known {
		return
	}
	sum, high, at := 0.0, 0.0, 0.0
	for _, until := range [...]float64{15, 30, 60, 120, 300, 600} {
		step := max((until-at)/10, 1)
		for ; at < until; at += step {
			r := n.RateAt(epoch.Add(s.Now + seconds(at+step/2)))
			sum += (r.Mid + o.sea.Base) * step
			high += (r.High + o.sea.Base) * step
		}
		o.coming = append(o.coming, scale.Coming{At: epoch.Add(s.Now + seconds(until)), People: sum, Upper: max(high, sum)})
		at = math.Max(at, until)
	}
}

// post is the announced wave that the one that has begun probably is: the nearest whose slip,
// and five minutes more, it is within.
func (o *ours) post(s *Sight, onset time.Duration) *forecast.Announced {
	if o.knows < Announces {
		return nil
	}
	channels := [numShapes]forecast.Channel{Surprise: "x-post", Drop: "timed-drop", Screen: "tv", Story: "instagram-story", Ramp: "x-post"}
	var best *Announced
	for i := range s.Scenario.Announced {
		a := &s.Scenario.Announced[i]
		if off := (onset - a.At).Abs(); off <= a.Slip+5*time.Minute && (best == nil || off < (onset-best.At).Abs()) {
			best = a
		}
	}
	if best == nil {
		return nil
	}
	return &forecast.Announced{Channel: channels[best.Shape], At: epoch.Add(best.At), Slip: best.Slip,
		People: forecast.Range{Low: best.People * best.People / best.Upper, Mid: best.People, High: best.Upper}}
}
