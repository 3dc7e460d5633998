package radar

import (
	"fmt"
	"math"
	"time"
)

// Saved is what a detector must not forget by a restart: what is usual now and at each
// quarter of the week, how much it scatters, and the wave that is going on. The last
// minute's ticks are not in it. It is a plain value for any encoding; in JSON it has
// at most 20 KB.
type Saved struct {
	Version int       `json:"version"` // 1
	At      time.Time `json:"at"`      // of the last tick; zero: none was heard

	Arrivals float64 `json:"arrivals"` // of the baseline, fading
	Seconds  float64 `json:"seconds"`
	Squares  float64 `json:"squares"`
	Means    float64 `json:"means"`
	Wander   float64 `json:"wander"`
	Restless float64 `json:"restless"` // excursions of the surprise in calm,
	Excess   float64 `json:"excess"`   // how far they went, in sum,
	Record   float64 `json:"record"`   // and the farthest

	Rate  []float32 `json:"rate,omitempty"`  // newcomers a second in each quarter of the week, from Sunday 0:00 on; empty: none is known
	Weeks []byte    `json:"weeks,omitempty"` // how many times each was seen

	State State     `json:"state"`
	Since time.Time `json:"since"` // zero while nothing has changed yet
	Onset time.Time `json:"onset"`
	Cause Cause     `json:"cause"`
	Peak  float64   `json:"peak,omitempty"`
	Top   time.Time `json:"top"`            // when the last half minute held most,
	High  float64   `json:"high,omitempty"` // and how many a second
}

// savedVersion changes when a value of before would be misread.
const savedVersion = 1

// mostRate is more newcomers a second than any machine lets in; what is said to be
// more is no saved detector.
const mostRate = 1e9

// Save returns what the detector must not forget.
func (d *Detector) Save() Saved {
	b, w := &d.base, &d.wave
	s := Saved{Version: savedVersion, At: d.last, Arrivals: b.arrivals, Seconds: b.seconds, Squares: b.squares, Means: b.means, Wander: b.wander, Restless: d.calm.count, Excess: d.calm.excess, Record: d.calm.record,
		State: w.state, Since: w.since, Onset: w.onset, Cause: w.cause, Peak: w.peak, Top: w.top, High: w.height}
	if d.season != nil {
		s.Rate, s.Weeks = append(s.Rate, d.season.rate[:]...), append(s.Weeks, d.season.weeks[:]...)
	}
	return s
}

// Restore returns a detector that goes on where the saved one was. The time between is
// a gap: what is usual moves with the time of the week, and is believed less. The error
// says what cannot be in a saved value; a caller then starts with [NewDetector].
func Restore(c DetectorConfig, s Saved) (*Detector, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	d := NewDetector(c)
	zone := d.cfg.Zone
	in := func(t time.Time) time.Time {
		if t.IsZero() {
			return t
		}
		return t.In(zone)
	}
	b, w := &d.base, &d.wave
	b.arrivals, b.seconds, b.squares, b.means, b.wander = s.Arrivals, s.Seconds, s.Squares, s.Means, s.Wander
	d.calm.count, d.calm.excess, d.calm.record = s.Restless, s.Excess, s.Record
	copy(d.season.rate[:], s.Rate)
	copy(d.season.weeks[:], s.Weeks)
	d.last, d.season.moved = in(s.At), in(s.At)
	w.state, w.since, w.onset, w.cause = s.State, in(s.Since), in(s.Onset), s.Cause
	w.peak, w.top, w.height = s.Peak, in(s.Top), s.High
	return d, nil
}

// check says what cannot be.
func (s *Saved) check() error {
	if s.Version != savedVersion {
		return fmt.Errorf("saved radar: version %d, known is %d", s.Version, savedVersion)
	}
	for _, f := range []struct {
		name  string
		value float64
		most  float64
	}{
		{"arrivals", s.Arrivals, mostRate * 86400}, {"seconds", s.Seconds, 365 * 86400}, {"squares", s.Squares, math.MaxFloat64}, {"means", s.Means, math.MaxFloat64},
		{"wander", s.Wander, mostWander * mostWander},
		{"restless", s.Restless, excursionMemory + 1}, {"excess", s.Excess, (excursionMemory + 1) * mostRecord}, {"record", s.Record, mostRecord}, {"peak", s.Peak, mostRate}, {"high", s.High, mostRate},
	} {
		if !(f.value >= 0 && f.value <= f.most) { // NaN is neither
			return fmt.Errorf("saved radar: %s is %v, must be from 0 to %g", f.name, f.value, f.most)
		}
	}
	switch n := len(s.Rate); {
	case n != len(s.Weeks) || n != 0 && n != weekSlots:
		return fmt.Errorf("saved radar: %d rates and %d weeks, must be %d of each or none", n, len(s.Weeks), weekSlots)
	case s.State > Ebb:
		return fmt.Errorf("saved radar: %v", s.State)
	case s.State.Wave() && (s.Onset.IsZero() || s.Since.IsZero()):
		return fmt.Errorf("saved radar: a wave (%v) that never began", s.State)
	}
	for i, r := range s.Rate {
		if !(r >= 0 && r <= mostRate) || s.Weeks[i] > maxWeeks {
			return fmt.Errorf("saved radar: quarter %d of the week has %v a second, seen %d times", i, r, s.Weeks[i])
		}
	}
	return nil
}
