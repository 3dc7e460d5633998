package control

import (
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/radar"
)

// keepsakes are the traces of waves that were kept.
type keepsakes struct {
	t      *testing.T
	mu     sync.Mutex
	began  []time.Time
	traces []forecast.Trace
}

func (s *keepsakes) keep(_ string, began time.Time, text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := forecast.ReadTrace("kept", text)
	if err != nil {
		s.t.Error(err)
	}
	s.began, s.traces = append(s.began, began), append(s.traces, t)
	return nil
}

// one is the trace that was kept, and the only one.
func (s *keepsakes) one() (time.Time, forecast.Trace) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.traces) != 1 {
		s.t.Fatalf("%d waves were kept", len(s.traces))
	}
	return s.began[0], s.traces[0]
}

func (s *keepsakes) empty(why string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.traces) > 0 {
		s.t.Errorf("%s: %d waves were kept", why, len(s.traces))
	}
}

// How a wave went is kept when it is over: as many as came, when they came, and what comes
// anyway. Figures can be learnt from it.
func TestAWaveIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const at = 20 * time.Minute
		b, s := newBeach(t, waveOf(2, 6000, at)), &keepsakes{t: t}
		c := b.config()
		c.Keep = s.keep
		start := time.Now()
		watching(t, NewRadar(c), func() {
			time.Sleep(at + 5*time.Minute)
			s.empty("while it is on")
			time.Sleep(20 * time.Minute)
		})
		began, trace := s.one()
		if d := began.Sub(start.Add(at)); d < -15*time.Second || d > 5*time.Second {
			t.Errorf("it began %v after it did", d)
		}
		early := began.Sub(start.Add(at)).Seconds()
		came, due := 0.0, 0.0
		for _, x := range trace.At {
			if x < 300 {
				came++
			}
		}
		for i := range 300 {
			due += b.pace(at + time.Duration((float64(i)+0.5+early)*float64(time.Second)))
		}
		if math.Abs(came-due) > 6*math.Sqrt(due) {
			t.Errorf("%v came in five minutes, %.0f were due", came, due)
		}
		if trace.Base < 1.5 || trace.Base > 2.5 || trace.Length < 600 || trace.Length > 3600 {
			t.Errorf("base %v, length %v", trace.Base, trace.Length)
		}
		if f, err := forecast.Fit([]forecast.Trace{trace}, forecast.BuiltIn()); err != nil || f.Posts != 1 {
			t.Errorf("%+v, %v", f, err)
		}
	})
}

// A wave that runs for hours is kept after one of them, and only once.
func TestALongWaveIsKeptAfterAnHour(t *testing.T) {
	s := &keepsakes{t: t}
	r := NewRadar(RadarConfig{Keep: s.keep, Journal: journal.New(journal.Config{Size: 16})})
	w := newWatched(r, "lip")
	onset := time.Date(2026, 11, 27, 20, 3, 12, 0, time.UTC)
	w.wave.stormed = onset.Add(time.Second)
	seen := &RadarSight{Sighting: radar.Sighting{State: radar.Storm, Onset: onset, Base: 0.5}, Nowcast: forecast.Nowcasted{Began: onset.Add(-100 * time.Second)}}
	w.seen.Store(seen)
	for at := onset.Add(-beforeOnset); at.Before(onset.Add(3 * time.Hour)); at = at.Add(time.Second) {
		w.seconds.add(at, time.Second, 3)
		w.until = at
		if w.follow(at, seen); at.Before(onset.Add(57*time.Minute)) && len(r.to.work) > 0 {
			t.Fatalf("kept after %v", at.Sub(onset))
		}
	}
	if len(r.to.work) != 1 {
		t.Fatalf("kept %d times", len(r.to.work))
	}
	(<-r.to.work).do()
	began, trace := s.one()
	if !began.Equal(seen.Nowcast.Began) || trace.Length < 58*60 || trace.Length > 61*60 || float64(len(trace.At)) < 2.9*trace.Length {
		t.Errorf("began %v, length %v, %d came", began, trace.Length, len(trace.At))
	}
}

// A second wave on top of the first ends what is learnt of that.
func TestASecondWaveEndsTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const at, later = 20 * time.Minute, 25 * time.Minute
		first, second := waveOf(2, 3000, at), waveOf(0, 30000, later)
		b, s := newBeach(t, func(d time.Duration) float64 { return first(d) + second(d) }), &keepsakes{t: t}
		c := b.config()
		c.Keep = s.keep
		watching(t, NewRadar(c), func() { time.Sleep(later + 2*time.Minute) })
		if _, trace := s.one(); trace.Length < 240 || trace.Length > (later-at).Seconds()+30 {
			t.Errorf("length %v", trace.Length)
		}
	})
}

// Nothing is learnt of a wave of which some was missed, and of one that was an attack.
func TestWhatTeachesNothing(t *testing.T) {
	const at = 20 * time.Minute
	for _, c := range []struct {
		name   string
		during func(b *beach)
	}{
		{"missed", func(b *beach) {
			b.mu.Lock()
			b.asleep = 40 * time.Second
			b.mu.Unlock()
		}},
		{"attack", func(b *beach) {
			for i := range 20 {
				b.mu.Lock()
				b.cohorts = attackTallies(time.Now(), uint64(1000*(i+1)))
				b.mu.Unlock()
				time.Sleep(time.Second)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := newBeach(t, waveOf(0.2, 6000, at)), &keepsakes{t: t}
				cfg := b.config()
				cfg.Keep = s.keep
				r := NewRadar(cfg)
				watching(t, r, func() {
					time.Sleep(at + 30*time.Second)
					c.during(b)
					time.Sleep(25 * time.Minute)
				})
				if len(notesOf(r, "radar: storm")) == 0 || len(notesOf(r, "radar: calm")) == 0 {
					t.Fatal("there was no wave, or it did not end: this proves nothing")
				}
				s.empty(c.name)
			})
		})
	}
}

// Nor of a few people, of a moment, and of a wave that began before anybody counted.
func TestTooLittleToLearnFrom(t *testing.T) {
	post := time.Date(2026, 11, 27, 20, 3, 12, 600e6, time.UTC)
	for _, c := range []struct {
		name     string
		each     uint32 // newcomers a second
		from, to time.Duration
		base     float64
		kept     bool
	}{
		{"enough", 2, -10 * time.Second, 80 * time.Second, 0.5, true},
		{"mostly those who come anyway", 2, -10 * time.Second, 80 * time.Second, 1, false},
		{"for a moment", 9, -10 * time.Second, 50 * time.Second, 0.5, false},
		{"from too late on", 9, 10 * time.Second, 200 * time.Second, 0.5, false},
	} {
		w := &watched{}
		for at := post.Add(c.from); at.Before(post.Add(c.to)); at = at.Add(time.Second) {
			w.seconds.add(at, time.Second, c.each)
		}
		got := w.traced(post, post.Add(c.to), c.base)
		if (got != nil) != c.kept {
			t.Errorf("%s: %+v", c.name, got)
		}
		if got != nil && (got.At[0] < 0 || got.At[len(got.At)-1] > got.Length || got.Length != c.to.Seconds() || got.Base != c.base) {
			t.Errorf("%s: from %v to %v of %v, base %v", c.name, got.At[0], got.At[len(got.At)-1], got.Length, got.Base)
		}
	}
}

// Nowcasts are made of the shop's own figures, from the next wave on; where there are
// none, or nobody can read them, of the program's.
func TestFiguresOfTheShopsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const at = 20 * time.Minute
		own := forecast.BuiltIn()
		for k := range own.Mean {
			own.Mean[k] += 4 // waves fifty times as large
		}
		for _, c := range []struct {
			name string
			give func(string) (*forecast.Figures, error)
			own  bool // other than the program's are used
		}{
			{"its own", func(string) (*forecast.Figures, error) { return own, nil }, true},
			{"none", func(string) (*forecast.Figures, error) { return nil, nil }, false},
			{"unreadable", func(string) (*forecast.Figures, error) { return nil, errors.New("damaged") }, false},
			{"not asked", nil, false},
		} {
			b := newBeach(t, waveOf(0.5, 20000, at))
			cfg := b.config()
			cfg.Figures = c.give
			r := NewRadar(cfg)
			watching(t, r, func() {
				time.Sleep(at + 20*time.Second)
				synctest.Wait()
				r.mu.RLock()
				w := r.shops["lip"]
				r.mu.RUnlock()
				if w.nowcaster == nil {
					t.Fatalf("%s: no nowcast: this proves nothing", c.name)
				}
				o := forecast.Observed{Until: time.Now(), Tick: time.Second, Counts: append(make([]uint32, 120), 0, 1, 2, 3, 5), Base: 0}
				want := forecast.NewNowcaster(forecast.BuiltIn()).Nowcast(o)
				if got := w.nowcaster.Nowcast(o); (got.In10Min != want.In10Min) != c.own {
					t.Errorf("%s: %v, the program's own say %v", c.name, got.In10Min, want.In10Min)
				}
			})
		}
	})
}
