package plan

import "testing"

// Only Falochron itself measures. What anybody else calls a measurement is told, now as
// in acts that an old release took for measured.
func TestOnlyFalochronMeasures(t *testing.T) {
	w := twoAgencies(t)
	scheduler := Actor{Role: Machine, Party: "soft"}
	figure := func(n float64, e Evidence) RecordCapacity {
		return RecordCapacity{"lip", Capacity{OrdersPerMinute: n, Evidence: e, At: w.now}}
	}
	is := func(want Capacity, sentence string) {
		t.Helper()
		shops, err := w.Shops(w.now, operator)
		h, wrong := w.ShopAudit(w.now, operator, "lip")
		if err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		for _, s := range shops {
			if s.Shop.ID == "lip" && s.Capacity != want {
				t.Errorf("%+v, want %+v", s.Capacity, want)
			}
		}
		if got := spaces(h.Entries[len(h.Entries)-1].What.words(English)); got != sentence {
			t.Errorf("says %q, want %q", got, sentence)
		}
	}
	w.must(t, soft, figure(50, Rehearsed))
	is(Capacity{OrdersPerMinute: 50, Evidence: Told, Said: Rehearsed, At: w.now}, "told, said to be measured in a rehearsal: 50 orders a minute")
	w.must(t, operator, figure(60, Observed))
	is(Capacity{OrdersPerMinute: 60, Evidence: Told, Said: Observed, At: w.now}, "told, said to be measured in real traffic: 60 orders a minute")
	w.must(t, scheduler, figure(70, Observed))
	is(Capacity{OrdersPerMinute: 70, Evidence: Told, Said: Observed, At: w.now}, "told, said to be measured in real traffic: 70 orders a minute")
	w.must(t, web, RecordCapacity{"lip", Capacity{OrdersPerMinute: 80, Evidence: Told, Said: Observed, At: w.now}})
	is(Capacity{OrdersPerMinute: 80, Evidence: Told, At: w.now}, "told, not measured: 80 orders a minute")

	// An act as releases before this one wrote it.
	w.Apply(Act{Kind: "capacity-recorded", Version: 1, At: w.now, Actor: operator, Body: []byte(
		`{"shop":"lip","capacity":{"orders_per_minute":90,"evidence":"rehearsal","at":"` + w.now.Format("2006-01-02T15:04:05Z") + `"}}`)})
	is(Capacity{OrdersPerMinute: 90, Evidence: Told, Said: Rehearsed, At: w.now}, "told, said to be measured in a rehearsal: 90 orders a minute")

	w.must(t, machine, figure(40, Observed))
	is(Capacity{OrdersPerMinute: 40, Evidence: Observed, At: w.now}, "measured in real traffic: 40 orders a minute")
	w.must(t, operator, figure(500, Observed)) // takes the place of no measurement
	is(Capacity{OrdersPerMinute: 40, Evidence: Observed, At: w.now}, "told, said to be measured in real traffic: 500 orders a minute")
}
