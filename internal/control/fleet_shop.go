package control

import (
	"context"
	"encoding/json"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/scale"
)

// fleetShop is one shop whose replicas are multiplied. What is not atomic belongs to its
// goroutine.
type fleetShop struct {
	f      *Fleet
	cfg    FleetShop
	log    *slog.Logger
	engine *fleetEngine

	seen   atomic.Pointer[FleetSight]
	counts fleetCounts

	decider *scale.Decider
	work    workMeter
	wanted  int // by the last decision; 0 = there was none
	waves   []scale.Wave
	name    string    // of the campaign under way
	read    time.Time // when these were read
	saved   time.Time
	told    string            // the last sentence in the journal
	growth  *falochron.Growth // that the edge was told last; nobody writes to it any more
	bears   int               // requests in flight; the same
}

// run decides until ctx ends.
func (s *fleetShop) run(ctx context.Context) {
	s.begin()
	tick := time.NewTicker(fleetEvery)
	defer tick.Stop()
	for {
		s.turn(time.Now())
		select {
		case <-ctx.Done():
			s.grow(falochron.Growth{}) // what nobody looks after any more is not promised
			s.bear(0)
			s.save()
			return
		case <-tick.C:
		}
	}
}

// begin makes the machine with what was learnt before.
func (s *fleetShop) begin() {
	d, err := scale.New(s.cfg.Scale, s.remember())
	if err != nil { // what was learnt does not fit any more: the configuration itself was checked
		s.log.Warn("what was learnt of the replicas is learnt anew", "err", err)
		if d, err = scale.New(s.cfg.Scale, scale.Saved{}); err != nil {
			s.log.Error("the replicas stay as they are", "err", err)
			return
		}
	}
	s.decider = d
}

// turn decides once. A machine that panics is made anew: the shop goes on being served
// whatever happens here.
func (s *fleetShop) turn(now time.Time) {
	defer func() {
		if fault := recover(); fault != nil {
			s.counts.panics.Add(1)
			s.log.Error("what multiplies the replicas has a fault; the shop is protected without it", "fault", fault, "stack", string(debug.Stack()))
			s.decider, s.wanted = nil, 0
			s.begin()
		}
	}()
	v, ok := s.f.cfg.Vitals(s.cfg.Name)
	if !ok || s.decider == nil {
		return // the edge does not have it any more, or not yet
	}
	s.work.add(v)
	there := s.engine.seen.Load()
	if !there.known {
		return // what is there is not known: whatever is seen first would be taken for news
	}
	if s.f.cfg.Waves != nil && now.Sub(s.read).Abs() >= fleetPlans {
		s.waves, s.name = s.f.cfg.Waves(s.cfg.Name)
		s.read = now
	}
	p := s.decider.Decide(now, s.observed(now, &v, there))
	s.wanted = p.Wanted
	if !p.Advice {
		s.engine.wanted.Store(&fleetDecision{p.Wanted, p.Now.Sentence("en")})
	}
	s.grow(p.Growth)
	if n, calm := bears(&p, &v); calm {
		s.bear(n)
	}
	s.tell(now, &p)
	s.show(now, &p, there)
	if now.Sub(s.saved).Abs() >= fleetSaves {
		s.saved = now
		s.save()
	}
}

// tell writes each change of the wanted number into the journal, with its reason.
func (s *fleetShop) tell(now time.Time, p *scale.Plan) {
	if !p.Changed && s.told != "" {
		return
	}
	said := p.Now.Sentence("en")
	if said == s.told {
		return
	}
	first := s.told == ""
	s.told = said
	if first && !p.Changed {
		return // nothing has happened yet
	}
	s.counts.steps.Add(1)
	if p.Advice {
		said = "advice: " + said
	}
	s.engine.note(now, "replicas: "+said)
	s.log.Info("replicas", "wanted", p.Wanted, "why", said)
}

// remember reads what was learnt.
func (s *fleetShop) remember() (kept scale.Saved) {
	if s.f.cfg.Load == nil {
		return kept
	}
	b, err := s.f.cfg.Load(s.cfg.Name)
	if err == nil && b != nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil {
		s.log.Warn("what was learnt of the replicas is learnt anew", "err", err)
		return scale.Saved{}
	}
	return kept
}

// save puts what was learnt on disk.
func (s *fleetShop) save() {
	if s.f.cfg.Save == nil || s.decider == nil {
		return
	}
	b, err := json.Marshal(s.decider.Save())
	if err == nil {
		err = s.f.cfg.Save(s.cfg.Name, b)
	}
	if err != nil {
		s.log.Warn("what was learnt of the replicas is not on disk", "err", err)
	}
}
