package control

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/radar"
)

// beach stands for the edge: newcomers come to one shop by a pace, and are counted in
// ticks as the edge counts them.
type beach struct {
	pace  func(t time.Duration) float64 // newcomers a second, so long after the start
	entry func(t time.Duration) falochron.Entry
	rand  *rand.Rand

	mu      sync.Mutex
	start   time.Time
	ticks   []uint32
	entries map[falochron.Entry][]uint32
	total   uint64
	cohorts []falochron.CohortTally
	fault   bool // asking it panics
	asleep  time.Duration
	ordered []*falochron.RadarOrders
	saved   []byte
	unsaved error
	warmed  []string
	preview []falochron.PreviewTally
}

const (
	beachTick = 100 * time.Millisecond
	beachKept = 128
)

func newBeach(t *testing.T, pace func(time.Duration) float64) *beach {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return &beach{
		pace: pace, rand: rand.New(rand.NewPCG(seed, 7)), start: time.Now(), entries: map[falochron.Entry][]uint32{},
		entry: func(time.Duration) falochron.Entry { return falochron.Entry{By: falochron.ByNone} },
	}
}

// poisson is how many come where so many are expected.
func poisson(r *rand.Rand, mean float64) (n uint32) {
	if mean > 50 {
		return uint32(max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	for p := r.Float64(); p > math.Exp(-mean); p *= r.Float64() {
		n++
	}
	return n
}

// flow lets everybody come who has come by now. Called with mu held.
func (b *beach) flow() {
	for until := int(time.Since(b.start) / beachTick); len(b.ticks) < until; {
		at := time.Duration(len(b.ticks)) * beachTick
		n := poisson(b.rand, b.pace(at)*beachTick.Seconds())
		e := b.entry(at)
		b.ticks = append(b.ticks, n)
		b.total += uint64(n)
		for len(b.entries[e]) < len(b.ticks)-1 {
			b.entries[e] = append(b.entries[e], 0)
		}
		b.entries[e] = append(b.entries[e], n)
	}
}

func (b *beach) arrivals(shop string) (falochron.ArrivalTally, bool) {
	b.mu.Lock()
	d := b.asleep
	b.asleep = 0
	b.mu.Unlock()
	time.Sleep(d)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fault {
		panic("the beach is closed")
	}
	b.flow()
	n := len(b.ticks)
	t := falochron.ArrivalTally{Tick: beachTick, Until: b.start.Add(time.Duration(n) * beachTick), Total: b.total, Previews: b.preview}
	from := max(0, n-beachKept)
	t.Shop = append(t.Shop, b.ticks[from:]...)
	for e, ticks := range b.entries {
		for len(ticks) < n {
			ticks = append(ticks, 0)
		}
		b.entries[e] = ticks
		var sum uint64
		for _, k := range ticks {
			sum += uint64(k)
		}
		t.Entries = append(t.Entries, falochron.EntryTally{Entry: e, Ticks: append([]uint32(nil), ticks[from:]...), Total: sum})
	}
	return t, shop == "lip"
}

// config is that of a radar on the beach.
func (b *beach) config() RadarConfig {
	return RadarConfig{
		Shops: func() []string { return []string{"lip"} }, Arrivals: b.arrivals,
		Cohorts: func(string) ([]falochron.CohortTally, bool) {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.cohorts, b.cohorts != nil
		},
		Order: func(_ string, o *falochron.RadarOrders) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.ordered = append(b.ordered, o)
		},
		Shadow: func(string) bool { return false },
		Warm: func(_, path string) bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.warmed = append(b.warmed, path)
			return true
		},
		Load: func(string) ([]byte, error) { return b.saved, nil },
		Save: func(_ string, s []byte) error { b.saved = append([]byte(nil), s...); return b.unsaved },

		Journal: journal.New(journal.Config{Size: 512}),
	}
}

// watching runs a radar for a while.
func watching(t *testing.T, r *Radar, f func()) {
	t.Helper()
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { defer close(ended); r.Run(ctx) }()
	f()
	cancel()
	<-ended
}

// waveOf is a wave of so many in ten minutes that begins at a moment of the beach, on top
// of what comes anyway: it rises within ten seconds, and halves every two minutes.
func waveOf(base float64, people float64, at time.Duration) func(time.Duration) float64 {
	return func(t time.Duration) float64 {
		s := (t - at).Seconds()
		if s < 0 {
			return base
		}
		return base + people/178*math.Min(s/10, 1)*math.Exp2(-math.Max(s-10, 0)/120)
	}
}

func notesOf(r *Radar, what string) (out []string) {
	for _, rec := range r.cfg.Journal.Since(time.Time{}, journal.Filter{Notes: true, Limit: 500}) {
		if strings.HasPrefix(rec.Note, what) {
			out = append(out, rec.Note)
		}
	}
	return out
}

// A wave is known within a second of when three times as many came, with its beginning, its
// size in half a minute, and in words; and its end.
func TestTheRadarSeesAWave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const post = 10 * time.Minute
		pace := waveOf(5, 30_000, post)
		b := newBeach(t, pace)
		r := NewRadar(b.config())
		watching(t, r, func() {
			time.Sleep(post)
			var over time.Duration
			for over = post; pace(over) < 3*5; over += beachTick {
			}
			time.Sleep(over - post)
			var seen *RadarSight
			late := time.Duration(0)
			for ; late < 5*time.Second; late += radarEvery {
				if s, ok := r.Look("lip"); ok && s.State != radar.Calm {
					seen = s
					break
				}
				time.Sleep(radarEvery)
			}
			if seen == nil || late > 2*time.Second { // nineteen of twenty come within one
				t.Fatalf("seen after %v", late)
			}
			if off := seen.Onset.Sub(b.start.Add(post)).Abs(); off > 4*time.Second { // in the first of them a few came
				t.Errorf("the onset is off by %v", off)
			}
			time.Sleep(time.Until(b.start.Add(post + 40*time.Second)))
			s, _ := r.Look("lip")
			if !s.Nowcast.Known || s.Nowcast.In10Min.Low > 45_000 || s.Nowcast.In10Min.High < 20_000 {
				t.Errorf("40 s after it began: %+v", s.Nowcast)
			}
			if says := s.Says(time.UTC, false); !strings.Contains(says.EN, "people in 10 minutes") || !strings.Contains(says.PL, "początek o ") {
				t.Errorf("it says %q", says)
			}
			if s.State != radar.Storm {
				t.Errorf("it is a %v", s.State)
			}
			time.Sleep(40 * time.Minute)
			if s, _ := r.Look("lip"); s.State != radar.Calm {
				t.Errorf("after all it is a %v", s.State)
			}
			if n := r.counts("lip"); n.waves.Load() != 1 || n.missed.Load() != 0 {
				t.Errorf("%d waves, %d ticks missed", n.waves.Load(), n.missed.Load())
			}
		})
		var states []string
		for _, n := range notesOf(r, "radar: ") {
			word, reason, found := strings.Cut(strings.TrimPrefix(n, "radar: "), " (")
			if !found || len(reason) < 20 {
				t.Errorf("%q has no reason", n)
			}
			states = append(states, word)
		}
		if got := strings.Join(states, " "); !strings.HasPrefix(strings.TrimPrefix(got, "swell "), "storm ") || !strings.Contains(got, "ebb") || !strings.HasSuffix(got, "calm") {
			t.Errorf("the journal has %q", got)
		}
	})
}

// A restart does not forget what is usual: the next program knows it with its first tick.
func TestARestartKnowsWhatIsUsual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBeach(t, waveOf(5, 0, 0))
		watching(t, NewRadar(b.config()), func() { time.Sleep(2 * time.Hour) })
		if len(b.saved) == 0 || len(b.saved) > 64<<10 {
			t.Fatalf("%d bytes were saved", len(b.saved))
		}
		time.Sleep(20 * time.Second)
		r := NewRadar(b.config())
		watching(t, r, func() {
			time.Sleep(2 * time.Second)
			if s, ok := r.Look("lip"); !ok || !s.Known || s.Base < 4 || s.Base > 6 {
				t.Errorf("after a restart: %+v", s)
			}
		})
		b.saved = []byte(`{"version":99}`)
		r = NewRadar(b.config())
		watching(t, r, func() {
			time.Sleep(2 * time.Second)
			if s, ok := r.Look("lip"); !ok || s.Known {
				t.Errorf("of a file that nobody can read: %+v", s)
			}
		})
		b.unsaved = errors.New("disk full")
		r = NewRadar(b.config())
		watching(t, r, func() { time.Sleep(3 * time.Minute) })
		time.Sleep(staleAfter)
		if _, ok := r.Look("lip"); ok {
			t.Error("a radar that has ended still sees")
		}
	})
}

// A watch that falls behind counts everybody all the same: how many came in what it
// missed is known, and nobody comes twice.
func TestAWatchThatFallsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBeach(t, waveOf(20, 0, 0))
		r := NewRadar(b.config())
		watching(t, r, func() {
			time.Sleep(time.Minute)
			b.mu.Lock()
			b.asleep = 40 * time.Second // thirteen of which the edge keeps
			b.mu.Unlock()
			time.Sleep(2 * time.Minute)
			n := r.counts("lip")
			if missed := n.missed.Load(); missed < 250 || missed > 290 {
				t.Errorf("%d ticks were missed", missed)
			}
			r.mu.RLock()
			w := r.shops["lip"]
			r.mu.RUnlock()
			synctest.Wait()
			b.mu.Lock()
			total := b.total
			b.mu.Unlock()
			if got := w.seconds.sum(b.start, time.Now()); uint64(got) > total || total-uint64(got) > 60 {
				t.Errorf("%d of %d newcomers are in the seconds", got, total)
			}
		})
	})
}

// attackTallies are fans who keep their tickets, and one address that does not.
func attackTallies(now time.Time, n uint64) []falochron.CohortTally {
	born := now.Add(-time.Minute)
	return []falochron.CohortTally{
		{Key: falochron.CohortKey{Client: falochron.ClientApp, Shape: falochron.ShapeLanguage | falochron.ShapeEncoding, Marked: true}, Born: born, Last: now,
			Asks: 4 * n, Strange: n, Files: 20 * n, Shown: 4 * n, In: n, Back: n - n/50, Gaps: 3 * n, GapMean: 9, GapDeviation: 8, Paths: 40, Targets: 44, Tickets: uint32(n), Span: 30 * time.Second},
		{Key: falochron.CohortKey{Net: netip.MustParsePrefix("203.0.113.7/32"), Client: falochron.ClientTool}, Born: born, Last: now,
			Asks: 50 * n, Strange: 50 * n, Missed: 50 * n, In: 50 * n, Gaps: 50 * n, GapMean: 0.02, GapDeviation: 0.0001, Paths: 1, Targets: 1, Span: 30 * time.Second},
	}
}

// Crowds are judged and orders given; a fault of the radar takes them back at once, costs
// nobody anything, and is over when its cause is.
func TestAFaultOfTheRadarHurtsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBeach(t, waveOf(20, 0, 0))
		r := NewRadar(b.config())
		watching(t, r, func() {
			for i := range 120 {
				b.mu.Lock()
				b.cohorts = attackTallies(time.Now(), uint64(10+5*i))
				b.mu.Unlock()
				time.Sleep(time.Second)
			}
			s, _ := r.Look("lip")
			if v, found := heaviest(s.Verdicts, falochron.CohortAttack); !found || v.Key.Client != falochron.ClientTool {
				t.Fatalf("verdicts: %+v", s.Verdicts)
			}
			orders := func() *falochron.RadarOrders {
				b.mu.Lock()
				defer b.mu.Unlock()
				if len(b.ordered) == 0 {
					return nil
				}
				return b.ordered[len(b.ordered)-1]
			}
			if orders() == nil || len(orders().Cohorts) == 0 {
				t.Fatalf("nothing is ordered of an attack: %+v", orders())
			}
			if n := len(b.ordered); n > 20 {
				t.Errorf("%d orders, of which most say the same", n)
			}
			if says := s.Says(time.UTC, false); !strings.Contains(says.EN, "attack") || !strings.Contains(says.PL, "tak (") {
				t.Errorf("it says %q", says)
			}
			if len(notesOf(r, "attack: begun")) != 1 || len(notesOf(r, "crowd: attack")) == 0 {
				t.Errorf("the journal: %q", notesOf(r, ""))
			}
			b.mu.Lock()
			b.fault = true
			b.mu.Unlock()
			time.Sleep(time.Second)
			if orders() != nil {
				t.Error("what a faulty radar ordered is still in force")
			}
			if _, ok := r.Look("lip"); ok {
				t.Error("a faulty radar still tells what it saw")
			}
			time.Sleep(10 * time.Minute)
			if n := r.counts("lip").panics.Load(); n < 3 || n > 20 {
				t.Errorf("%d faults in ten minutes", n)
			}
			b.mu.Lock()
			b.fault, b.cohorts = false, nil
			b.mu.Unlock()
			time.Sleep(2 * radarRestsMost)
			if s, ok := r.Look("lip"); !ok || s.State != radar.Calm {
				t.Errorf("afterwards: %+v", s)
			}
		})
	})
}

// A page whose link is shared is fetched ahead, and the journal says why.
func TestSharedPagesAreWarmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBeach(t, waveOf(1, 0, 0))
		r := NewRadar(b.config())
		watching(t, r, func() {
			time.Sleep(time.Minute)
			b.mu.Lock()
			b.preview = []falochron.PreviewTally{{Path: "/p/lipstick", Families: []string{"Apple", "Meta", "WhatsApp"}, Fetches: 6, First: time.Now(), Last: time.Now()}}
			b.mu.Unlock()
			time.Sleep(3 * time.Second)
		})
		if len(b.warmed) != 1 || b.warmed[0] != "/p/lipstick" || len(notesOf(r, "preview: /p/lipstick (")) != 1 {
			t.Errorf("warmed %q, the journal %q", b.warmed, notesOf(r, ""))
		}
	})
}
