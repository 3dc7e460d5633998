package radar

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// The transcripts tell what a detector says, as stories that can be read aloud;
// go test ./internal/radar -rewrite writes them anew.
func TestTranscripts(t *testing.T) {
	datadriven.Walk(t, "testdata/transcripts", func(t *testing.T, path string) {
		s := &story{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, c *datadriven.TestData) string { return s.play(c) })
	})
}

// story is a detector being told of.
type story struct {
	t    *testing.T
	d    *Detector
	sea  *sea
	now  time.Time
	tick time.Duration
	last Sighting
	out  strings.Builder
}

func (s *story) play(c *datadriven.TestData) string {
	s.out.Reset()
	switch c.Cmd {
	case "detector": // at=2026-11-30T15:00:00Z tick=100ms alarm=16 zone=Europe/Warsaw
		cfg := DetectorConfig{Alarm: s.number(c, "alarm", 0)}
		if c.HasArg("zone") {
			zone, err := time.LoadLocation(s.text(c, "zone"))
			if err != nil {
				s.t.Fatal(err)
			}
			cfg.Zone = zone
		}
		s.d, s.now, s.tick, s.last = NewDetector(cfg), monday, tenth, Sighting{}
		if c.HasArg("at") {
			s.now = s.moment(s.text(c, "at"))
		}
		s.tick = s.length(c, "tick", tenth)
	case "sea": // seed=1 over=1.25
		s.sea = newSea(uint64(s.number(c, "seed", 1)), 0, s.number(c, "over", 1.25), 0)
	case "calm": // rate=5 for=10m: scattered visitors
		s.sea.base, s.sea.people = s.number(c, "rate", 0), 0
		s.hear(0, s.length(c, "for", time.Minute))
	case "days": // rate=5 for=168h night=0.2: as calm, slower by night: half past three is the middle of it
		s.days(c)
	case "wave": // people=30000 rate=5 for=10m: of the measured shape, from its post on
		s.sea.base, s.sea.people = s.number(c, "rate", s.sea.base), s.number(c, "people", 0)
		s.hear(s.length(c, "from", 0), s.length(c, "for", 10*time.Minute))
	case "counts": // the numbers of ticks
		for _, word := range strings.Fields(c.Input) {
			var n int
			if _, err := fmt.Sscan(word, &n); err != nil {
				s.t.Fatal(err)
			}
			s.observe(n)
		}
	case "gap": // for=2h: nobody looks
		s.now = s.now.Add(s.length(c, "for", time.Hour))
	case "restart":
		raw, err := json.Marshal(s.d.Save())
		if err != nil {
			s.t.Fatal(err)
		}
		var back Saved
		if err := json.Unmarshal(raw, &back); err != nil {
			s.t.Fatal(err)
		}
		if s.d, err = Restore(s.d.cfg, back); err != nil {
			return err.Error() + "\n"
		}
	case "show":
		g := s.last
		fmt.Fprintf(&s.out, "%v, %.3g a second, usual %.3g, at this hour %.3g, scatter %.3g\n", g.State, g.Rate, g.Base, g.Usual, s.d.base.over1())
	default:
		s.t.Fatalf("unknown command %s", c.Cmd)
	}
	if s.out.Len() == 0 {
		return "nothing to say\n"
	}
	return s.out.String()
}

func (s *story) hear(from, length time.Duration) {
	for after := from; after < from+length; after += s.tick {
		s.observe(s.sea.tick(after, s.tick))
	}
}

// days are calm, with a night.
func (s *story) days(c *datadriven.TestData) {
	rate, night := s.number(c, "rate", 1), s.number(c, "night", 1)
	for end := s.now.Add(s.length(c, "for", 24*time.Hour)); s.now.Before(end); {
		s.sea.base, s.sea.people = rate*daylight(s.now, night), 0
		s.observe(s.sea.tick(0, s.tick))
	}
}

func (s *story) observe(n int) {
	s.now = s.now.Add(s.tick)
	g := s.d.Observe(s.now, s.tick, n)
	s.last = g
	if !g.Changed() {
		return
	}
	began := ""
	if g.State.Wave() {
		began = ", began " + g.Onset.Format("15:04:05.0")
	}
	fmt.Fprintf(&s.out, "%s %v → %v%s: %s\n", s.now.In(s.d.cfg.Zone).Format("Mon 15:04:05.0"), g.Before, g.State, began, g.Cause.Sentence("en"))
	fmt.Fprintf(&s.out, "    %s → %s: %s\n", g.Before.Word("pl"), g.State.Word("pl"), g.Cause.Sentence("pl"))
}

func (s *story) text(c *datadriven.TestData, key string) (v string) {
	c.ScanArgs(s.t, key, &v)
	return v
}

func (s *story) number(c *datadriven.TestData, key string, otherwise float64) float64 {
	if !c.HasArg(key) {
		return otherwise
	}
	var x float64
	if _, err := fmt.Sscan(s.text(c, key), &x); err != nil {
		s.t.Fatal(err)
	}
	return x
}

func (s *story) length(c *datadriven.TestData, key string, otherwise time.Duration) time.Duration {
	if !c.HasArg(key) {
		return otherwise
	}
	d, err := time.ParseDuration(s.text(c, key))
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *story) moment(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// daylight goes from night at half past three in a cosine to 1 at half past three in
// the afternoon.
func daylight(t time.Time, night float64) float64 {
	hours := t.Sub(t.Truncate(24 * time.Hour)).Hours()
	return night + (1-night)*(1-cosine((hours-3.5)/24))/2
}
