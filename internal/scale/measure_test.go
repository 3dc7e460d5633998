package scale

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

// firstMinute is a shop of replicas that answer ten requests a second each, whatever a
// visit is taken to cost: 2 requests at first, 6 when half a minute of visits was watched.
// There is a line, and the slots are taken. Two replicas are there after a quarter of a
// minute, four after three.
func firstMinute(d *Decider, until time.Duration, told bool) (p Plan) {
	const perSecond = 10.0
	for s := time.Duration(0); s <= until; s += time.Second {
		n := 1
		switch {
		case s >= 45*time.Second:
			n = 4
		case s >= 15*time.Second:
			n = 2
		}
		requests := min(2+4*s.Seconds()/30, 6)
		o := Observed{Asked: n, Startable: -1, Busy: 1, InLine: 400, Arrivals: 10, Inside: 40 * n, Visit: 40 * time.Second, Sea: Storm,
			Served: perSecond * float64(n) / requests}
		if told {
			o.Requests = requests
		}
		for range n {
			o.Replicas = append(o.Replicas, Replica{Phase: Ready, Since: evening.Add(-time.Hour)})
		}
		p = d.Decide(evening.Add(s), o)
	}
	return p
}

// What a visit is taken to cost grows while the first ones are watched. What a replica was
// measured to serve follows at once, and it is no ceiling that fewer people are served by
// more replicas.
func TestWhatAVisitCostsIsReckonedAnew(t *testing.T) {
	each := func(told bool, until time.Duration) (float64, int) {
		d, err := New(Config{Limits: Limits{Min: 1, Max: 20}}, Saved{})
		if err != nil {
			t.Fatal(err)
		}
		p := firstMinute(d, until, told)
		return p.Capacity, p.Ceiling
	}
	const truth = 10.0 / 6
	for _, until := range []time.Duration{35 * time.Second, time.Minute, 3 * time.Minute} {
		got, ceiling := each(true, until)
		if math.Abs(got-truth) > truth/5 || ceiling > 0 {
			t.Errorf("after %v a replica is taken for %.2f people a second, and it is %.2f; ceiling %d", until, got, truth, ceiling)
		}
	}
	d, err := New(Config{Limits: Limits{Min: 1, Max: 20}}, Saved{})
	if err != nil {
		t.Fatal(err)
	}
	if p := firstMinute(d, 3*time.Minute, true); math.Abs(p.Answers-40) > 8 {
		t.Errorf("four replicas are taken to answer %.0f requests a second, and it is 40", p.Answers)
	}
	if got, _ := each(false, 35*time.Second); got < 1.5*truth {
		t.Errorf("who is not told what a visit costs has %.2f: this proves nothing", got)
	}
}

// What an earlier evening has taught outlives a restart, and is not thrown over by the first
// seconds of a wave, in which a visit is taken for half of what it is.
func TestWhatAVisitCostsIsKept(t *testing.T) {
	cfg := Config{Limits: Limits{Min: 1, Max: 20}}
	d, err := New(cfg, Saved{})
	if err != nil {
		t.Fatal(err)
	}
	before := firstMinute(d, 5*time.Minute, true).Capacity
	b, err := json.Marshal(d.Save())
	if err != nil {
		t.Fatal(err)
	}
	var kept Saved
	if err := json.Unmarshal(b, &kept); err != nil || kept.Requests < 5 {
		t.Fatalf("kept: %s, %v", b, err)
	}
	if d, err = New(cfg, kept); err != nil {
		t.Fatal(err)
	}
	at := evening.Add(time.Hour)
	for s := range 5 {
		p := d.Decide(at.Add(time.Duration(s)*time.Second), Observed{Asked: 1, Startable: -1, Busy: 1, InLine: 10, Requests: 2, Served: 5,
			Replicas: []Replica{{Phase: Ready, Since: evening}}})
		if math.Abs(p.Capacity-before) > before/5 {
			t.Errorf("second %d of the next evening: %.2f people a second, learnt were %.2f", s, p.Capacity, before)
		}
	}
}

// In a calm tail what is served swings by chance, and nobody waits. A replica is taken for
// more only where it has served more on average; before, each crest raised it.
func TestCalmTeachesNoCrests(t *testing.T) {
	after := func(mean float64) float64 {
		c := capacity{each: 0.5, mean: 2}
		for s := range 1800 {
			swing := 0.3
			if s/15%2 == 0 {
				swing = -0.3
			}
			c.see(1, 2, 2*mean*(1+swing), false, false)
		}
		return c.each
	}
	if got := after(0.45); got > 0.53 {
		t.Errorf("a replica that served 0.45 people a second, and 0.59 at times, is taken for %.2f instead of 0.5", got)
	}
	if got := after(0.6); got < 0.59 || got > 0.68 {
		t.Errorf("a replica that served 0.6 people a second, and 0.78 at times, is taken for %.2f", got)
	}
}
