package scale

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// The transcripts tell how evenings go; go test ./internal/scale -rewrite writes them anew.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &story{}
		datadriven.RunTest(t, path, s.play)
	})
}

var evening = time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)

type story struct {
	w       *world
	d       *Decider
	lang    string
	waves   []Wave
	coming  func(w *world) []Coming
	sea     string
	control bool // what is decided is ordered
	blind   bool // what is served is not told
	engine  int  // its most
	said    string
	skew    time.Duration // of the clock that the decider is shown
}

func (s *story) play(t *testing.T, d *datadriven.TestData) string {
	var out strings.Builder
	switch d.Cmd {
	case "new":
		*s = story{w: newWorld(evening), control: true, lang: "en"}
		for _, a := range d.CmdArgs {
			v := a.Vals[0]
			switch a.Key {
			case "ready":
				defer func() { s.w.stand(int(f64(t, v))) }()
			case "each":
				s.w.each = f64(t, v)
			case "visit":
				s.w.visit = dur(t, v)
			case "start":
				s.w.start = dur(t, v)
			case "database":
				s.w.most = f64(t, v)
			case "drain":
				s.w.drain = dur(t, v)
			case "lag":
				s.w.lag = dur(t, v)
			case "min", "max", "cost", "hour", "campaign", "advise", "target", "capacity", "lang":
			default:
				t.Fatalf("%s: unknown argument %s", d.Pos, a.Key)
			}
		}
		cfg := Config{Limits: Limits{Min: int(num(t, d, "min", 1)), Max: int(num(t, d, "max", 0)), CostPerHour: num(t, d, "cost", 0),
			BudgetPerHour: num(t, d, "hour", 0), BudgetPerCampaign: num(t, d, "campaign", 0)},
			Advise: num(t, d, "advise", 0) > 0, Capacity: num(t, d, "capacity", 0)}
		if d.HasArg("target") {
			cfg.TargetWait = dur(t, text(d, "target"))
		}
		if d.HasArg("drain") {
			cfg.Drain = dur(t, text(d, "drain"))
		}
		if d.HasArg("lang") {
			s.lang = text(d, "lang")
		}
		var err error
		if s.d, err = New(cfg, Saved{}); err != nil {
			return err.Error() + "\n"
		}
		s.control = !cfg.Advise
	case "people": // how they come from now on
		s.w.began = s.w.now
		s.w.arrivals = arrivals(t, d)
	case "announce": // id start=+10m people=.. upper=.. lasts=.. peak=.. sure=..
		w := Wave{ID: d.CmdArgs[0].Key, Start: s.w.now.Add(dur(t, text(d, "start"))), People: num(t, d, "people", 0), Upper: num(t, d, "upper", 0),
			Peak: num(t, d, "peak", 0), PeakUpper: num(t, d, "peakupper", 0), Confidence: num(t, d, "sure", 1)}
		if d.HasArg("lasts") {
			w.Lasts = dur(t, text(d, "lasts"))
		}
		if d.HasArg("slip") {
			w.Slip = dur(t, text(d, "slip"))
		}
		s.waves = append(s.waves, w)
	case "cancel":
		s.waves = nil
	case "nowcast": // people that come until some moments, or "none"
		s.coming = nil
		if !d.HasArg("none") {
			s.coming = nowcast(t, d.Input, s.w.now)
		}
	case "sea":
		s.sea = d.CmdArgs[0].Key
	case "somebody-sets":
		s.w.asked = int(num(t, d, "n", 0))
		s.w.order = nil
	case "break": // the next n replicas never start
		s.w.broken = int(num(t, d, "n", 0))
	case "mend":
		s.w.broken = 0
		for i := range s.w.replicas {
			if r := &s.w.replicas[i]; r.broken {
				r.broken = false
			}
		}
	case "database":
		s.w.most = num(t, d, "most", 0)
	case "start":
		s.w.start = dur(t, text(d, "takes"))
	case "clock":
		s.skew += dur(t, text(d, "jumps"))
	case "blind":
		s.blind = true
	case "engine":
		s.engine = int(num(t, d, "most", 0))
	case "run":
		for range int(dur(t, d.CmdArgs[0].Key) / time.Second) {
			s.tick(&out)
		}
	case "ahead":
		p := s.decide()
		for _, a := range p.Ahead {
			fmt.Fprintf(&out, "%s %s\n", a.At.Format("15:04:05"), a.Sentence(s.lang))
		}
	case "state":
		p := s.decide()
		fmt.Fprintf(&out, "wanted %d, each %.2f a second, start %v, ceiling %d, spent %.2f\n", p.Wanted, p.Capacity, p.Start, p.Ceiling, p.Spent)
	case "judge":
		fmt.Fprintf(&out, "half waited %v, 95 %% up to %v, the longest %v; overload %.0f s; at most %d replicas, %.2f replica-hours; %.0f people in line\n",
			s.w.waited(0.5), s.w.waited(0.95), s.w.waited(1), s.w.overload, s.w.peak, s.w.spent/3600, s.w.line())
	default:
		t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
	}
	return out.String()
}

func (s *story) decide() Plan {
	o := s.w.observed()
	o.Waves, o.Most = s.waves, s.engine
	if s.coming != nil {
		o.Coming = s.coming(s.w)
	}
	if s.blind {
		o.Served = 0
	}
	switch s.sea {
	case "calm":
		o.Sea = Calm
	case "storm":
		o.Sea = Storm
	case "ebb":
		o.Sea = Ebb
	}
	for i := range o.Replicas {
		r := &o.Replicas[i]
		r.Ordered, r.Since = r.Ordered.Add(s.skew), r.Since.Add(s.skew)
	}
	p := s.d.Decide(s.w.now.Add(s.skew), o)
	if s.control && p.Wanted != s.w.asked {
		s.w.scale(p.Wanted)
	}
	return p
}

// tick prints what is decided where it is something else than before.
func (s *story) tick(out *strings.Builder) {
	s.w.tick()
	p := s.decide()
	cause := p.Now.Cause
	if !p.Changed && cause <= CauseLower {
		cause = CauseLower // why a number stays is told where something binds
	}
	said := fmt.Sprint(cause, p.Now.Bound, p.Wanted)
	if said == s.said {
		return
	}
	s.said = said
	ready := 0
	for _, r := range s.w.replicas {
		if r.phase == Ready {
			ready++
		}
	}
	fmt.Fprintf(out, "%s ready %d, line %.0f, inside %.0f | %s\n", s.w.now.Format("15:04:05"), ready, s.w.line(), s.w.inside, p.Now.Sentence(s.lang))
}

// arrivals are a course by its name: flat, drop (fades from its first second on), story
// (half of what comes in an hour comes in nine minutes).
func arrivals(t *testing.T, d *datadriven.TestData) func(time.Duration) float64 {
	usual, rate := num(t, d, "usual", 0), num(t, d, "rate", 0)
	last := 1000 * time.Hour
	if d.HasArg("for") {
		last = dur(t, text(d, "for"))
	}
	fades := time.Duration(0)
	if d.HasArg("fades") {
		fades = dur(t, text(d, "fades"))
	}
	return func(at time.Duration) float64 {
		if at > last {
			return usual
		}
		return usual + rate*fading(at, fades)
	}
}

func f64(t *testing.T, s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func dur(t *testing.T, s string) time.Duration {
	x, err := time.ParseDuration(strings.TrimPrefix(s, "+"))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func text(d *datadriven.TestData, key string) string {
	for _, a := range d.CmdArgs {
		if a.Key == key {
			return a.Vals[0]
		}
	}
	return ""
}

func num(t *testing.T, d *datadriven.TestData, key string, otherwise float64) float64 {
	if !d.HasArg(key) {
		return otherwise
	}
	return f64(t, text(d, key))
}
