package algorithms

import (
	"fmt"
	"testing"
	"time"
)

// The same story is the same to the last order, whoever plays it.
func TestSameStorySameResult(t *testing.T) {
	st := Story{Seed: 3, Shop: Shop{Workers: 8, Timeout: 0.03}, Fans: 1500, Length: 30 * time.Second, SlowAt: 10 * time.Second, Slower: 2}
	for _, a := range Algorithms() {
		set := a.Settings[0]
		how := Alone
		if set.Fits(InLine) {
			how = InLine
		}
		one, err := Play(st, set, how)
		if err != nil {
			t.Fatal(err)
		}
		two, err := Play(st, set, how)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(one) != fmt.Sprint(two) {
			t.Errorf("%s (%s): two plays differ", a.Name, set.Name)
		}
	}
	if _, err := Play(Story{Fans: 1, Length: time.Hour}, Setting{}, InLine); err == nil {
		t.Error("a wave longer than the measured shape was played")
	}
}

// What all the tables rest on: ours keeps its promise in this frame too, and without
// anything the shop collapses; with a limit alone it does not, and yet hardly anybody
// gets through a whole visit.
func TestTheFrameTellsThemApart(t *testing.T) {
	sc := Scenes()[0]
	ideal := Ideal{Orders: 92, Work: 6, P95: 3 * time.Second} // about; TestIdeal finds it
	score := func(set Setting, how Front) Score {
		s, err := sc.Play(1, ideal, set, how)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	eight := Setting{Limit: func(uint64) Limit { return Fixed(8) }}
	if s := score(Setting{}, InLine); s.Orders < 0.95 || s.Broken > 0.005 || s.Failed > 0 || s.Found == Never {
		t.Errorf("ours: %+v", s)
	}
	if s := score(Setting{Bare: true}, Alone); s.Orders > 0.1 || s.Broken < 0.5 || s.Found != Never {
		t.Errorf("nothing: %+v", s)
	}
	if s := score(eight, Alone); s.Orders > 0.3 || s.Broken < 0.5 || s.P95 > 2 {
		t.Errorf("a limit alone: %+v", s)
	}
	if s := score(eight, InLine); s.Orders < 0.9 || s.Broken > 0.005 {
		t.Errorf("the same limit with our line before it: %+v", s)
	}
}

// The best crowd for eight workers is the one the demo finds, and a database that is
// the bound bears as many as its connections do.
func TestIdeal(t *testing.T) {
	if i := FindIdeal(1, Shop{Workers: 8}); i.Fans < 76 || i.Fans > 90 || i.Orders < 88 || i.Orders > 97 || i.P95 > 4*time.Second {
		t.Errorf("eight workers: %+v", i)
	}
	if i := FindIdeal(1, Shop{Workers: 24, Database: 3}); i.Fans < 50 || i.Fans > 110 || i.Orders < 85 || i.Orders > 115 {
		t.Errorf("a database of three connections: %+v", i)
	}
}

// Each number of a score comes from what happened.
func TestScore(t *testing.T) {
	sc := Scene{Story: Story{Length: 96 * time.Second}}
	ideal := Ideal{Orders: 60, Work: 5, P95: 2 * time.Second}
	r := &Result{Admitted: 200, Broken: 10, Checkouts: 50, CheckoutFailed: 5, ChargedAfterLeaving: 3}
	for i := range 96 {
		r.Orders = append(r.Orders, time.Duration(i)*time.Second) // one a second, as ideal
		work, took := 5.0, 2*time.Second
		if i < 20 {
			work, took = 2, time.Second
		}
		if i == 30 {
			took = time.Minute
		}
		r.Work = append(r.Work, work)
		r.Pages = append(r.Pages, Page{time.Duration(i) * time.Second, took})
	}
	s := sc.score(r, ideal)
	if s.Orders != 1 || s.Broken != 0.05 || s.Failed != 0.1 || s.Charged != 3 || s.P95 != 2 {
		t.Errorf("%+v", s)
	}
	// From second 17 on it works enough, but of twenty pages the slowest counts, and one
	// at second 30 takes a minute.
	if s.Found != 31 {
		t.Errorf("found after %v s", s.Found)
	}
	for i := range r.Work {
		r.Work[i] = 4
	}
	if s := sc.score(r, ideal); s.Found != Never {
		t.Errorf("a shop at 80 %%: found after %v s", s.Found)
	}
	sc.Story.StuckAt, sc.Story.StuckFor = 50*time.Second, 20*time.Second
	if got := sc.could(); got != 30*time.Second {
		t.Errorf("a shop that is stuck for 20 s of 60 and takes 10 more to be free could work for %v", got)
	}
	sc.Story = Story{Length: 96 * time.Second, SlowAt: 66 * time.Second, Slower: 3}
	if got := sc.could(); got != 40*time.Second {
		t.Errorf("a shop three times slower for 30 s of 60 could work for %v", got)
	}
}

// Every number that has to be chosen has five values at least, and a name tells a
// setting.
func TestTheSweepIsASweep(t *testing.T) {
	for _, a := range Algorithms() {
		names := map[string]bool{}
		for _, s := range a.Settings {
			if names[s.Name] {
				t.Errorf("%s: two settings %q", a.Name, s.Name)
			}
			names[s.Name] = true
		}
		if n := len(a.Settings); n > 1 && n < 5 {
			t.Errorf("%s: %d settings", a.Name, n)
		}
		if a.Default >= len(a.Settings) {
			t.Errorf("%s: no setting %d", a.Name, a.Default)
		}
	}
}
