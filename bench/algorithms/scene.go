package algorithms

import "time"

// Scene is a story with its crowd still to be drawn, and what counts in it.
type Scene struct {
	Name     string // in files
	What     string // for people
	Story    Story  // Seed and Fans are filled in by Play
	Overload float64
	// As names the scene whose best settings are tried here; "" = its own are found.
	As string
}

// Scenes are all that are played, the plain wave first.
func Scenes() []Scene {
	const wave, whole = 96 * time.Second, 2 * time.Minute // the demo's, and all of the measured shape
	eight := Shop{Workers: 8}
	return []Scene{
		{Name: "wave", What: "the wave, 20×", Story: Story{Shop: eight, Length: wave}, Overload: 20},
		{Name: "wave-100", What: "the wave, 100×", Story: Story{Shop: eight, Length: wave}, Overload: 100, As: "wave"},
		{Name: "slower", What: "the shop becomes three times slower, 20×", Overload: 20,
			Story: Story{Shop: eight, Length: whole, SlowAt: 48 * time.Second, Slower: 3}},
		{Name: "database", What: "24 workers before a database of three connections, 20×", Overload: 20,
			Story: Story{Shop: Shop{Workers: 24, Database: 3}, Length: wave}},
		{Name: "time-outs", What: "3 of 100 requests hang for 10 s and end in an error, 20×", Overload: 20,
			Story: Story{Shop: Shop{Workers: 8, Timeout: 0.03}, Length: wave}},
		{Name: "stuck", What: "for 20 s all requests hang and end in errors, 20×", Overload: 20,
			Story: Story{Shop: eight, Length: whole, StuckAt: 48 * time.Second, StuckFor: 20 * time.Second}},
	}
}

// Score is what is compared.
type Score struct {
	Orders  float64 // a minute ÷ ideal, of what the shop could do meanwhile
	Broken  float64 // share of the admitted
	Failed  float64 // share of those who came to the till; Never if nobody did
	P95     float64 // seconds, pages of the admitted
	Charged float64 // people, after they had left
	Found   float64 // seconds until the shop works as it can and its pages are not slow; Never
}

// Never stands for what did not happen: a limit that was not found, a till nobody came
// to.
const Never = -1

const (
	// countFrom is when orders begin to count: as in the demo, after about the median
	// visit of a buyer.
	countFrom = 36 * time.Second
	// A limit is found when for foundFor the shop does foundWork of its ideal work and
	// the p95 of pages is at most foundSlow times the ideal one; chosen.
	foundFor  = 20
	foundWork = 0.9
	foundSlow = 1.25
)

// Fans are how many make the overload: buyers arrive so many times as fast on average
// as ideal orders a minute.
func (sc Scene) Fans(ideal Ideal) int {
	return int(sc.Overload*ideal.Orders*sc.Story.Length.Minutes()/buyerShare + 0.5)
}

// Play plays the scene with a seed and scores it.
func (sc Scene) Play(seed uint64, ideal Ideal, set Setting, how Front) (Score, error) {
	st := sc.Story
	st.Seed, st.Fans = seed, sc.Fans(ideal)
	r, err := Play(st, set, how)
	if err != nil {
		return Score{}, err
	}
	return sc.score(r, ideal), nil
}

func (sc Scene) score(r *Result, ideal Ideal) Score {
	share := func(part, whole int) float64 { return float64(part) / float64(max(whole, 1)) }
	failed := float64(Never)
	if r.Checkouts > 0 {
		failed = share(r.CheckoutFailed, r.Checkouts)
	}
	return Score{
		Orders:  float64(r.Between(countFrom, sc.Story.Length)) / (ideal.Orders * sc.could().Minutes()),
		Broken:  share(r.Broken, r.Admitted),
		Failed:  failed,
		P95:     r.P95(0, sc.Story.Length).Seconds(),
		Charged: float64(r.ChargedAfterLeaving),
		Found:   sc.found(r, ideal),
	}
}

// could is the time that counts, in which the shop could do all, some or nothing.
func (sc Scene) could() time.Duration {
	st := &sc.Story
	all := st.Length - countFrom
	if st.SlowAt > 0 {
		all -= secs((st.Length - st.SlowAt).Seconds() * (1 - 1/st.Slower))
	}
	if st.StuckAt > 0 {
		all -= st.StuckFor + hangs // and until what was begun last has hung
	}
	return all
}

// found is how long it took, from the beginning or from what changed the shop.
func (sc Scene) found(r *Result, ideal Ideal) float64 {
	from, slower := 0, 1.0
	if sc.Story.SlowAt > 0 {
		from, slower = int(sc.Story.SlowAt.Seconds()), sc.Story.Slower
	}
	if sc.Story.StuckAt > 0 {
		from = int((sc.Story.StuckAt + sc.Story.StuckFor).Seconds())
	}
	for s := from; s+foundFor <= len(r.Work); s++ {
		lo, hi := secs(float64(s)), secs(float64(s+foundFor))
		if p95 := r.P95(lo, hi); r.WorkBetween(s, s+foundFor) >= foundWork*ideal.Work/slower && p95 > 0 &&
			p95.Seconds() <= foundSlow*slower*ideal.P95.Seconds() {
			return float64(s - from)
		}
	}
	return Never
}
