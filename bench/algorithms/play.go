package algorithms

import (
	"slices"
	"time"

	"github.com/falochron/falochron/internal/crowd"
)

// Setting is an algorithm with its settings, as it stands before the shop.
type Setting struct {
	Name  string             // of the settings, for people; "" = nothing is set
	Limit func(uint64) Limit // by seed; nil = ours, or no limit at all
	Queue Queue              // before a limit that is not ours
	Bare  bool               // nothing stands before the shop
}

// Front says what a setting is tried with.
type Front uint8

const (
	Alone  Front = iota // as its source has it: for every request by itself
	InLine              // with our line before the door, and our lanes unless it brings a queue
)

// Shop is the shop of a story.
type Shop struct {
	Workers  int
	Database int     // its connections; 0 = the database is no bound
	Timeout  float64 // share of requests that hang for ten seconds and end in 504
}

// databaseShare is the part of a request that the database takes, where it is a
// bound; chosen, as in internal/admit.
const databaseShare = 0.4

// Story is one wave at one shop. Moments count from its beginning.
type Story struct {
	Seed     uint64
	Shop     Shop
	Fans     int
	Length   time.Duration // 2 minutes at most: the whole of the measured shape
	SlowAt   time.Duration // the shop becomes Slower times slower; 0 = never
	Slower   float64
	StuckAt  time.Duration // whatever is begun hangs and ends in 504; 0 = never
	StuckFor time.Duration
}

// Result is what came of a story.
type Result struct {
	Orders              []time.Duration // when, ascending
	Admitted            int             // people who saw the shop
	Broken              int             // of these: met an error, a refusal or more than ten seconds
	Checkouts           int             // came to the till
	CheckoutFailed      int             // and met any of it there
	ChargedAfterLeaving int
	Pages               []Page
	Work                []float64 // base seconds worked well, by second
	Limits              []int     // in force, by second
}

// Page is how long somebody inside waited for one page, or until leaving it.
type Page struct{ From, Took time.Duration }

// tally notes what happens.
type tally struct {
	orders              []time.Duration
	chargedAfterLeaving int
	pages               []Page
}

func (t *tally) page(from, took time.Duration) { t.pages = append(t.pages, Page{from, took}) }

// stage is one story being played.
type stage struct {
	*world
	shop  *shop
	front *front
	visit *visits
	tally *tally
	fans  []*fan
}

func newStage(seed uint64, sh Shop, set Setting, how Front, stop time.Duration) *stage {
	w := &world{}
	s := &stage{world: w, tally: &tally{}}
	s.shop = &shop{world: w, seed: seed, workers: sh.Workers, pace: 1, timeout: sh.Timeout}
	if sh.Database > 0 {
		s.shop.db, s.shop.dbShare = &station{world: w, servers: sh.Database}, databaseShare
	}
	s.front = &front{world: w, shop: s.shop}
	s.visit = &visits{world: w, front: s.front, tally: s.tally, stopped: stop}
	var lim Limit
	if set.Limit != nil {
		lim = set.Limit(seed)
	}
	ours := lim == nil && !set.Bare
	if ours || how == InLine && set.Queue == (Queue{}) {
		s.front.gate = newLaneGate(lim)
	} else {
		s.front.gate = newPlainGate(lim, set.Queue)
	}
	if ours || how == InLine {
		s.front.line = newLine(w, seed, s.front.gate, func(f *fan) {
			f.in = true
			s.visit.begin(f, 0, 0)
		})
	}
	return s
}

const tickEvery = 100 * time.Millisecond // as internal/edge

// Play plays a story with a setting before the shop. It is an error if the crowd
// cannot be drawn: no fans, or a wave longer than the measured shape.
func Play(st Story, set Setting, how Front) (*Result, error) {
	s, err := newWave(st, set, how)
	if err != nil {
		return nil, err
	}
	r := &Result{}
	s.seconds(r)
	s.run(st.Length)
	s.sum(r)
	return r, nil
}

// newWave plans all that a story brings by itself.
func newWave(st Story, set Setting, how Front) (*stage, error) {
	list, err := crowd.Draw(plan(st.Seed), st.Fans, st.Length)
	if err != nil {
		return nil, err
	}
	s := newStage(st.Seed, st.Shop, set, how, st.Length)
	for i := range list.Fans {
		f := &fan{id: uint64(i) + 1, seed: list.Fans[i].Seed, journey: list.Fans[i].Journey}
		s.fans = append(s.fans, f)
		s.after(list.Fans[i].At, func() {
			if s.front.line != nil {
				s.front.line.knock(f)
			} else {
				s.visit.begin(f, 0, 0)
			}
		})
	}
	if st.SlowAt > 0 {
		s.after(st.SlowAt, func() { s.shop.pace = st.Slower })
	}
	if st.StuckAt > 0 {
		s.after(st.StuckAt, func() { s.shop.stuck = true })
		s.after(st.StuckAt+st.StuckFor, func() { s.shop.stuck = false })
	}
	s.ticks()
	return s, nil
}

func (s *stage) ticks() {
	s.front.tick()
	s.after(tickEvery, s.ticks)
}

func (s *stage) seconds(r *Result) {
	before := s.shop.worked
	s.after(time.Second, func() {
		r.Work = append(r.Work, s.shop.worked-before)
		r.Limits = append(r.Limits, s.front.gate.limit())
		s.seconds(r)
	})
}

func (s *stage) sum(r *Result) {
	r.Orders, r.Pages, r.ChargedAfterLeaving = s.tally.orders, s.tally.pages, s.tally.chargedAfterLeaving
	count := func(yes bool, n *int) {
		if yes {
			*n++
		}
	}
	for _, f := range s.fans {
		count(f.in, &r.Admitted)
		count(f.in && f.broken, &r.Broken)
		count(f.in && f.atTill, &r.Checkouts)
		count(f.tillBad, &r.CheckoutFailed)
	}
}

// Between is how many orders were taken from one moment to before another.
func (r *Result) Between(from, to time.Duration) (n int) {
	for _, o := range r.Orders {
		if o >= from && o < to {
			n++
		}
	}
	return n
}

// WorkBetween is the work done in the whole seconds from..to, a second.
func (r *Result) WorkBetween(from, to int) float64 {
	sum := 0.0
	for _, x := range r.Work[from:min(to, len(r.Work))] {
		sum += x
	}
	return sum / float64(to-from)
}

// P95 is the time within which 19 of 20 pages came that were pressed from one
// moment to before another; 0 of none.
func (r *Result) P95(from, to time.Duration) time.Duration {
	var took []time.Duration
	for _, p := range r.Pages {
		if p.From >= from && p.From < to {
			took = append(took, p.Took)
		}
	}
	return quantile(took, 0.95)
}

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(int(q*float64(len(d))), len(d)-1)]
}
