package sim

import (
	"strings"
	"testing"
	"time"
)

// likeReal is a small story as it is played for real as well.
func likeReal() Scenario {
	return Scenario{Name: "real", Lasts: 2 * time.Minute, New: true,
		Crowd:    Crowd{Compression: 4, Waves: []Wave{{At: 10 * time.Second, People: 300, Shape: Ramp, Over: 30 * time.Second}}},
		Shop:     Shop{Workers: 4, Slower: 1.03},
		Replicas: Replicas{Least: 1, Most: 4, Start: 10 * time.Second, Spread: -1, Cold: 5 * time.Second, SlowStart: 10 * time.Second, Sticky: true, Drain: 30 * time.Second}}
}

// Whoever sends a story's people to a real shop sends those that come in virtual time.
func TestArrivalsAreThoseThatPlay(t *testing.T) {
	s := likeReal()
	s.Crowd.Base = 0.4
	r := Play(s, Options{Luck: 3})
	come := make([]int, len(r.Seconds))
	last := time.Duration(0)
	for _, at := range s.Arrivals() {
		if at < last {
			t.Fatalf("%v comes after %v", at, last)
		}
		last = at
		come[at/time.Second]++
	}
	for i, n := range come {
		if r.Seconds[i].Arrivals != n {
			t.Errorf("second %d: %d came, and %d are said to come", i, r.Seconds[i].Arrivals, n)
		}
	}
	if r.Arrivals < 250 {
		t.Errorf("%d came", r.Arrivals)
	}
}

// With other luck the same people come, and want and wait something else.
func TestLuckChangesAllButWhoComes(t *testing.T) {
	a, b := Play(likeReal(), Options{Scaler: NewOurs(Nowcast)}), Play(likeReal(), Options{Scaler: NewOurs(Nowcast), Luck: 1})
	if a.Arrivals != b.Arrivals {
		t.Errorf("%d came, and with other luck %d", a.Arrivals, b.Arrivals)
	}
	if a.Orders == b.Orders && a.MeanWait == b.MeanWait {
		t.Error("other luck changed nothing")
	}
	for _, r := range []*Result{a, b} {
		if lost := r.Check(); lost != "" {
			t.Error(lost)
		}
	}
}

// A visitor stays where they are while others join, moves when theirs goes, and who comes then
// is settled at the one that has joined, until it has as many as its share says.
func TestStickyVisitorsHaveAHome(t *testing.T) {
	s := likeReal()
	s.Replicas.Have, s.Replicas.Drain = 2, 0
	w := begin(s, Options{})
	home := func(p *person) int { return w.homeOf(p).id }
	crowd := make([]person, 1000)
	count := map[int]int{}
	at := make([]int, len(crowd))
	for i := range crowd {
		crowd[i].home = nobody
		at[i] = home(&crowd[i])
		count[at[i]]++
	}
	if count[0] < 400 || count[1] < 400 {
		t.Fatalf("two warm replicas have %v of 1000", count)
	}
	joined := w.newReplica()
	w.setPhase(joined, ready)
	joined.readyAt = w.now
	for i := range crowd {
		if now := home(&crowd[i]); now != at[i] {
			t.Fatalf("visitor %d was at %d, is at %d", i, at[i], now)
		}
	}
	cold := 0
	for range crowd {
		p := person{home: nobody}
		if home(&p) == joined.id {
			cold++
		}
	}
	if cold < 170 || cold > 195 {
		t.Errorf("a replica that has just joined got %d newcomers of 1000, wants a fifth of what each other has, 182", cold)
	}
	w.setPhase(w.all[0], draining)
	for i := range crowd {
		if now := home(&crowd[i]); now == 0 || at[i] == 1 && now != 1 {
			t.Fatalf("visitor %d was at %d, and is at %d when 0 has gone", i, at[i], now)
		}
	}
}

// A replica that has to go stays for its visitors, and is paid for; without that time it ends
// with its last request.
func TestDrainingCosts(t *testing.T) {
	// Two replicas; after ten seconds one is wanted.
	cost := func(drain time.Duration) int {
		s := likeReal()
		s.Crowd.Waves, s.Crowd.Base = nil, 0.2
		s.Replicas.Have, s.Replicas.Drain = 2, drain
		return Play(s, Options{Scaler: atTen{}}).ReplicaSeconds
	}
	none, half := cost(0), cost(30*time.Second)
	if none < 128 || none > 132 || half-none < 28 || half-none > 32 {
		t.Errorf("%d replica-seconds without draining, %d with half a minute of it", none, half)
	}
}

// atTen wants two replicas for ten seconds, then one.
type atTen struct{}

func (atTen) Name() string { return "at-ten" }

func (atTen) Decide(s *Sight) (int, string) {
	if s.Now < 10*time.Second {
		return 2, "before"
	}
	return 1, "after"
}

// What nobody has measured has to be learnt in the wave: the first step is a doubling for
// want of a measure.
func TestANewInstallationLearns(t *testing.T) {
	s := likeReal()
	known := s
	known.New = false
	blind := func(s Scenario) bool {
		r := Play(s, Options{Scaler: NewOurs(Reactive)})
		if len(r.Steps) == 0 {
			t.Fatal("nothing was ordered")
		}
		return strings.Contains(r.Steps[0].Why, "not known yet")
	}
	if !blind(s) || blind(known) {
		t.Errorf("the first step is a blind one: %v when nothing is known, %v when all is", blind(s), blind(known))
	}
}

// The edge takes those who only looked for inside long after they have gone.
func TestTheEdgeKnowsLessOfWhoIsInside(t *testing.T) {
	w := begin(likeReal(), Options{})
	w.play(Options{})
	v := w.vitals()
	if v.inside <= w.inside || v.inside >= w.tally.entered {
		t.Errorf("%d are inside, the edge says %d of %d who went in", w.inside, v.inside, w.tally.entered)
	}
}

// A place counts when its holder has looked for the first time; until then they are in line
// all the same, and nobody is lost.
func TestPlacesCountFromTheFirstLook(t *testing.T) {
	s := likeReal()
	s.FirstLook = true
	w := begin(s, Options{})
	f := w.front
	f.join(w, 5)
	if counted, all := f.outside(w.clock()), w.inLine(); counted != 0 || all != 5 {
		t.Fatalf("%d of %d count before they have looked", counted, all)
	}
	f.lose(w, &f.line[0], 1)
	w.now = f.line[0].poll - time.Millisecond
	f.firstLooks(w)
	if counted, all := f.outside(w.clock()), w.inLine(); counted != 0 || all != 4 {
		t.Errorf("%d of %d count before they have looked, and one has gone", counted, all)
	}
	w.now += time.Millisecond
	if w.now > mostUnseen {
		t.Fatalf("they look for the first time after %v", w.now)
	}
	f.firstLooks(w)
	if counted, all := f.outside(w.clock()), w.inLine(); counted != 4 || all != 4 {
		t.Errorf("%d of %d count when they have looked", counted, all)
	}
	for luck := range uint64(5) {
		r := Play(s, Options{Scaler: NewOurs(Nowcast), Luck: luck})
		if lost := r.Check(); lost != "" {
			t.Errorf("luck %d: %s", luck, lost)
		}
		if r.LongestLine < 20 {
			t.Errorf("luck %d: %d in line at most: this proves nothing", luck, r.LongestLine)
		}
	}
}
