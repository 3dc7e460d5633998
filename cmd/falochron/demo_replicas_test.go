package main

import (
	"strings"
	"testing"
)

// goodReplicas is a third act in which every promise holds.
func goodReplicas() *replicasResult {
	r := &replicasResult{Workers: 4, Fans: 720, Buyers: 324, Most: 10, Unannounced: &replicasWaveSeen{}, Announced: &replicasWaveSeen{}}
	a, b := r.Unannounced, r.Announced
	a.Orders, b.Orders = 320, 324
	for s := -2.0; s < 150; s++ {
		sec := replicasSecond{At: s, Wanted: 1, Ready: 1}
		if s > 5 {
			sec.Wanted = 8
		}
		if s > 16 {
			sec.Ready = 8
		}
		if s > 10 && s < 75 {
			sec.InLine = 250
		}
		a.Seconds = append(a.Seconds, sec)
	}
	for s := -80.0; s < 150; s++ {
		sec := replicasSecond{At: s, Wanted: 10, Ready: 10, InLine: 3}
		if s < -30 {
			sec = replicasSecond{At: s, Wanted: 1, Ready: 1}
		}
		b.Seconds = append(b.Seconds, sec)
	}
	return r
}

// Each promise of the third act can be broken, and breaks alone.
func TestReplicasPromisesCanFail(t *testing.T) {
	each := func(w *replicasWaveSeen, change func(*replicasSecond)) {
		for i := range w.Seconds {
			change(&w.Seconds[i])
		}
	}
	for name, spoil := range map[string]func(a, b *replicasWaveSeen){
		"":                               func(_, _ *replicasWaveSeen) {},
		"without warning, a line stands": func(a, _ *replicasWaveSeen) { each(a, func(s *replicasSecond) { s.InLine = min(s.InLine, 19) }) },
		"a second replica is ready after (s)": func(a, _ *replicasWaveSeen) {
			each(a, func(s *replicasSecond) {
				if s.At < 26 {
					s.Ready = 1
				}
			})
		},
		"the line has melted after (s)": func(a, _ *replicasWaveSeen) { a.Seconds[len(a.Seconds)-1].InLine = 20 },
		"announced, replicas ready at the first fan": func(_, b *replicasWaveSeen) {
			each(b, func(s *replicasSecond) {
				if s.At < 1 {
					s.Ready = 9
				}
			})
		},
		"announced, no line stands":                        func(_, b *replicasWaveSeen) { b.Seconds[100].InLine = 20 },
		"without warning, orders of those who want to buy": func(a, _ *replicasWaveSeen) { a.Orders = 300 },
		"announced, orders of those who want to buy":       func(_, b *replicasWaveSeen) { b.Orders = 300 },
		"replicas at most":                                 func(a, _ *replicasWaveSeen) { a.Seconds[60].Wanted = 11 },
		"error pages, both waves":                          func(a, _ *replicasWaveSeen) { a.Errors = 1 },
		"failed checkouts, both waves":                     func(_, b *replicasWaveSeen) { b.CheckoutFailed = 1 },
		"saw somebody else's page, both waves":             func(_, b *replicasWaveSeen) { b.Mixed = 1 },
	} {
		r := goodReplicas()
		spoil(r.Unannounced, r.Announced)
		var broken []string
		for _, p := range judgeReplicas(r) {
			if !p.holds {
				broken = append(broken, p.what)
			}
		}
		if got := strings.Join(broken, "; "); got != name {
			t.Errorf("spoilt %q, and broken is %q", name, got)
		}
	}
	r := goodReplicas()
	if said := r.Announced.lineInWords(); !strings.HasPrefix(said, "no line") {
		t.Errorf("announced: %s", said)
	}
	if said := r.Unannounced.lineInWords(); said != "250 in line at most, gone after 75 seconds" {
		t.Errorf("without warning: %s", said)
	}
	if svg := string(replicasPicture(r)); !strings.Contains(svg, "250 in line without warning") || strings.Count(svg, "<rect") < 50 {
		t.Error("the picture shows less than it should")
	}
}
