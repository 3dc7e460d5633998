package plan

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// readied is a campaign an hour and a half before its only post, of which everything
// is well: asked and confirmed, measured yesterday, checked an hour ago.
func readied(t *testing.T) (*world, Facts) {
	t.Helper()
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn", Stock: 100_000})
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{
		Name: "story of Ola", Channel: "instagram-story", Reach: 100_000, Proof: true, At: evening, Limited: true,
		Link: "https://lip.example/go/ola", Price: 59, Coupon: "OLA10",
	}})
	w.now = evening.Add(-90 * time.Minute)
	for _, who := range []Actor{ola, mm, soft, web} {
		for _, step := range []string{"entry", "rehearsal", "freeze", "go"} {
			w.must(t, who, Confirm{Campaign: "lip-1", Step: step})
		}
	}
	call := OnCall{Contact{"Jan", "tel:1"}, evening.Add(-time.Hour), evening.Add(3 * time.Hour)}
	w.must(t, soft, SetOnCall{OnCall: call})
	w.must(t, web, SetOnCall{OnCall: call})
	f := Facts{
		FirstMinute: Interval{11_000, 30_000, 82_000}, Buy: 0.1,
		Measured: Capacity{OrdersPerMinute: 120, Workers: 8, Evidence: Rehearsed, At: w.now.Add(-day)},
	}
	w.finds(t, time.Hour, LinkCheck, Right, "", "")
	w.finds(t, time.Hour, PriceCheck, Right, "", "")
	w.finds(t, time.Hour, CouponCheck, Right, "", "")
	return w, f
}

// finds has a program look at the post a while ago.
func (w *world) finds(t *testing.T, ago time.Duration, what CheckKind, result CheckResult, why, with string) {
	t.Helper()
	w.must(t, machine, RecordChecks{Campaign: "lip-1", Post: "lip-1.1", Checks: []Check{{What: what, Result: result, Why: why, With: with, At: w.now.Add(-ago)}}})
}

// ready asks, and says the first sentence and all items that are not OK.
func ready(t *testing.T, w *world, f Facts) (r Readiness, sentence string, open []string) {
	t.Helper()
	r, err := w.Readiness(w.now, mm, "lip-1", f)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range r.Items {
		if i.Status != OK {
			open = append(open, i.Reason.Kind)
		}
	}
	return r, spaces(r.Sentences(English)[0]), open
}

// spaces makes every space one that may be broken.
func spaces(s string) string { return strings.ReplaceAll(s, space, " ") }

// Loads, counted by hand: people × share = orders; orders ÷ orders a minute = minutes;
// orders ÷ 6 minutes ÷ orders a minute of one worker, rounded up = workers.
func TestLoadsByHand(t *testing.T) {
	for _, tc := range []struct {
		name    string
		people  float64
		high    float64 // 0: as people
		buy     float64
		perMin  float64
		workers int
		replica bool
		stock   int // 0: 100,000
		verdict Verdict
		en, pl  string
	}{
		// Example B: 30,000 × 10 % = 3,000; 3,000 ÷ 120 = 25 min; 3,000 ÷ 6 = 500 a minute;
		// 120 ÷ 8 = 15 a worker; 500 ÷ 15 = 33.3, so 34.
		{"timed drop", 30_000, 0, 0.1, 120, 8, false, 0, GoWithLine,
			"30,000 people in the first minute, one in ten wants to buy: 3,000 orders; your shop takes 120 a minute: an honest queue of 25 minutes, or 34 workers for 6 minutes.",
			"30 000 osób w pierwszej minucie, 1 na 10 chce kupić: 3 000 zamówień; sklep przyjmuje 120 na minutę: uczciwa kolejka na 25 minut albo 34 procesy sklepu przez 6 minut."},
		// Example A: 150,000 viewers × 5 % = 7,500 clicks, 3 % of them in the first minute =
		// 225; 1.5 % of 225 = 3.4, done in 2 s.
		{"modest story", 225, 0, 0.015, 120, 8, false, 0, Go,
			"225 people in the first minute, 1.5 % of them want to buy: 3 orders; your shop takes 120 a minute: no line.",
			"225 osób w pierwszej minucie, 1,5 % z nich chce kupić: 3 zamówienia; sklep przyjmuje 120 na minutę: bez kolejki."},
		// 1,200 × 10 % = 120: exactly a minute, which is no line.
		{"just no line", 1200, 0, 0.1, 120, 8, false, 0, Go,
			"1,200 people in the first minute, one in ten wants to buy: 120 orders; your shop takes 120 a minute: no line.", ""},
		// 2,400 × 10 % = 240: two minutes; 240 ÷ 6 = 40 a minute, for which 3 workers would
		// do: there are 8.
		{"a short line", 2400, 0, 0.1, 120, 8, false, 0, GoWithLine,
			"2,400 people in the first minute, one in ten wants to buy: 240 orders; your shop takes 120 a minute: an honest queue of 2 minutes.", ""},
		// Of 3,000 only 500 can have one: 500 ÷ 120 = 4.17 min; 500 ÷ 6 ÷ 15 = 5.6, so 6 of 8.
		{"few pieces", 30_000, 0, 0.1, 120, 8, false, 500, GoWithLine,
			"30,000 people in the first minute, one in ten wants to buy: 3,000 orders; there are 500 pieces; your shop takes 120 a minute: an honest queue of 4 minutes.",
			"30 000 osób w pierwszej minucie, 1 na 10 chce kupić: 3 000 zamówień; jest 500 sztuk; sklep przyjmuje 120 na minutę: uczciwa kolejka na 4 minuty."},
		// 7,200 ÷ 120 = 60 min, the longest that people are asked to bear; 7,200 ÷ 6 ÷ 15 = 80.
		{"an hour", 72_000, 0, 0.1, 120, 8, false, 0, GoWithLine,
			"72,000 people in the first minute, one in ten wants to buy: 7,200 orders; your shop takes 120 a minute: an honest queue of 60 minutes, or 80 workers for 6 minutes.", ""},
		// 8,000 ÷ 120 = 66.7 min; 8,000 ÷ 6 ÷ 15 = 88.9, so 89.
		{"longer than an hour", 80_000, 0, 0.1, 120, 8, false, 0, NoGo,
			"80,000 people in the first minute, one in ten wants to buy: 8,000 orders; your shop takes 120 a minute: an honest queue of 67 minutes, or 89 workers for 6 minutes.", ""},
		// Two replicas take 60 each; 500 ÷ 60 = 8.3, so 9.
		{"replicas", 30_000, 0, 0.1, 120, 2, true, 0, GoWithLine,
			"30,000 people in the first minute, one in ten wants to buy: 3,000 orders; your shop takes 120 a minute: an honest queue of 25 minutes, or 9 replicas for 6 minutes.", ""},
		// How many workers there are is not known: nothing is said of them.
		{"unknown workers", 30_000, 0, 0.1, 120, 0, false, 0, GoWithLine,
			"30,000 people in the first minute, one in ten wants to buy: 3,000 orders; your shop takes 120 a minute: an honest queue of 25 minutes.", ""},
		// 600 × 50 % = 300 ÷ 20 = 15 min; 300 ÷ 6 = 50 a minute; 20 ÷ 4 = 5; 10 exactly.
		{"half of them", 600, 0, 0.5, 20, 4, false, 0, GoWithLine,
			"600 people in the first minute, 50 % of them want to buy: 300 orders; your shop takes 20 a minute: an honest queue of 15 minutes, or 10 workers for 6 minutes.",
			"600 osób w pierwszej minucie, 50 % z nich chce kupić: 300 zamówień; sklep przyjmuje 20 na minutę: uczciwa kolejka na 15 minut albo 10 procesów sklepu przez 6 minut."},
		// One person of two: 22 osoby in Polish.
		{"a handful", 22, 0, 0.05, 60, 4, false, 0, Go,
			"22 people in the first minute, one in 20 wants to buy: 1 order; your shop takes 60 a minute: no line.",
			"22 osoby w pierwszej minucie, 1 na 20 chce kupić: 1 zamówienie; sklep przyjmuje 60 na minutę: bez kolejki."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, f := readied(t)
			f.FirstMinute, f.Buy = Interval{tc.people / 3, tc.people, max(tc.people, tc.high)}, tc.buy
			f.Measured.OrdersPerMinute, f.Measured.Workers, f.Measured.Replicas = tc.perMin, tc.workers, tc.replica
			if tc.stock > 0 {
				w.must(t, mm, PutCampaign{Campaign: "lip-1", Name: "Autumn", Stock: tc.stock})
			}
			r, en, open := ready(t, w, f)
			if en != tc.en {
				t.Errorf("says\n%s\nwant\n%s", en, tc.en)
			}
			if pl := spaces(r.Sentences(Polish)[0]); tc.pl != "" && pl != tc.pl {
				t.Errorf("mówi\n%s\nma mówić\n%s", pl, tc.pl)
			}
			if r.Verdict != tc.verdict {
				t.Errorf("%s, want %s; open: %v", r.Verdict, tc.verdict, open)
			}
		})
	}
}

// toldBy has somebody tell what the shop takes, as measured in a rehearsal, and nobody
// measure it.
func toldBy(who Actor, ago time.Duration) func(*testing.T, *world, *Facts) {
	return func(t *testing.T, w *world, f *Facts) {
		t.Helper()
		f.Measured = Capacity{}
		w.must(t, who, RecordCapacity{"lip", Capacity{OrdersPerMinute: 120, Workers: 8, Evidence: Rehearsed, At: w.now.Add(-ago)}})
	}
}

// Readiness is computed: one thing is changed, and exactly what follows from it is
// said.
func TestReadinessByHand(t *testing.T) {
	for _, tc := range []struct {
		name    string
		change  func(t *testing.T, w *world, f *Facts)
		verdict Verdict
		open    []string // the kinds of all items that are not OK
		says    string   // one of the sentences
	}{
		{"all well", func(*testing.T, *world, *Facts) {}, GoWithLine, []string{"reserve-unknown"},
			"Go, with a line of 25 minutes: the shop holds, and people wait."},
		{"nothing is known of people", func(_ *testing.T, _ *world, f *Facts) { f.FirstMinute = Interval{} }, NoGo,
			[]string{"no-forecast"}, "No-go: 1 thing is not ready."},
		{"never measured", func(_ *testing.T, _ *world, f *Facts) { f.Measured = Capacity{} }, NoGo, []string{"no-capacity"},
			"Nobody has measured how many orders the shop takes."},
		{"measured 30 days ago", func(_ *testing.T, w *world, f *Facts) { f.Measured.At = w.now.Add(-30 * day) }, GoWithLine, []string{"reserve-unknown"}, ""},
		{"measured 31 days ago", func(_ *testing.T, w *world, f *Facts) { f.Measured.At = w.now.Add(-31 * day) }, NoGo, []string{"capacity-old", "reserve-unknown"},
			"120 orders a minute were measured 31 days ago; measure again."},
		{"a release since", func(_ *testing.T, w *world, f *Facts) { f.Released = w.now.Add(-time.Hour) }, NoGo, []string{"capacity-before-release", "reserve-unknown"},
			"120 orders a minute were measured at 30 Nov, 18:30, before the release of 1 Dec, 17:30; measure again."},
		{"only told", toldBy(web, 0), GoWithLine, []string{"capacity-only-told", "reserve-unknown"},
			"120 orders a minute were told by Party web 0 seconds ago; Falochron has not measured it."},
		{"only told, of which the verdict says so", toldBy(web, 0), GoWithLine, []string{"capacity-only-told", "reserve-unknown"},
			"Go, with a line of 25 minutes, if the shop takes what was told: people wait."},
		{"told by an operator", toldBy(operator, day), GoWithLine, []string{"capacity-only-told", "reserve-unknown"},
			"120 orders a minute were told by the operator 24 hours ago; Falochron has not measured it."},
		{"told 31 days ago", toldBy(soft, 31*day), NoGo, []string{"told-old", "reserve-unknown"},
			"120 orders a minute were told by Party soft 31 days ago; ask again."},
		{"told, and a release since", func(t *testing.T, w *world, f *Facts) {
			toldBy(web, day)(t, w, f)
			f.Released = w.now.Add(-time.Hour)
		}, NoGo, []string{"told-before-release", "reserve-unknown"},
			"120 orders a minute were told by Party web at 30 Nov, 18:30, before the release of 1 Dec, 17:30; ask again."},
		{"told now, measured in the plan", func(t *testing.T, w *world, f *Facts) {
			// 60 a minute, measured, go before 120 that are told: 3,000 ÷ 60 = 50 min.
			toldBy(web, 0)(t, w, f)
			w.must(t, machine, RecordCapacity{"lip", Capacity{OrdersPerMinute: 60, Workers: 4, Evidence: Observed, At: w.now.Add(-2 * day)}})
		}, GoWithLine, []string{"reserve-unknown"}, "Go, with a line of 50 minutes: the shop holds, and people wait."},
		{"measured in the plan, newer", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, machine, RecordCapacity{"lip", Capacity{OrdersPerMinute: 3000, Workers: 200, Evidence: Observed, At: w.now.Add(-time.Hour)}})
		}, Go, nil, "Go."},
		{"the largest of ten would make a line", func(_ *testing.T, _ *world, f *Facts) {
			// The middle: 900 × 10 % = 90 in a minute. The high end: 6,000 × 10 % ÷ 120 = 5 min.
			f.FirstMinute = Interval{200, 900, 6000}
		}, Go, nil, "Go."},
		{"link is dead", func(t *testing.T, w *world, _ *Facts) {
			w.finds(t, 0, LinkCheck, Wrong, FoundStatus, "404")
		}, NoGo, []string{"reserve-unknown", "wrong-link"}, "Story of Ola: the link does not work: the page answers 404."},
		{"dead once, repaired since", func(t *testing.T, w *world, _ *Facts) {
			w.finds(t, 2*time.Hour, LinkCheck, Wrong, FoundStatus, "404")
		}, GoWithLine, []string{"reserve-unknown"}, ""},
		{"another price", func(t *testing.T, w *world, _ *Facts) {
			w.finds(t, 0, PriceCheck, Wrong, FoundPrice, "69.00 PLN")
		}, NoGo, []string{"reserve-unknown", "wrong-price"}, "Story of Ola: the shop has another price: 69.00 PLN."},
		{"another price was announced since it was looked at", func(t *testing.T, w *world, _ *Facts) {
			p := w.campaigns["lip-1"].Posts[0]
			p.Price = 49
			w.must(t, mm, PutPost{Campaign: "lip-1", Post: p})
		}, NoGo, []string{"reserve-unknown", "unchecked-price"}, "Story of Ola: nobody has looked at the price in the shop."},
		{"a program cannot try the coupon now, somebody did before", func(t *testing.T, w *world, _ *Facts) {
			w.campaigns["lip-1"].looked["lip-1.1"] = w.campaigns["lip-1"].looked["lip-1.1"][:2]
			w.must(t, mm, RecordChecks{Campaign: "lip-1", Post: "lip-1.1", Checks: []Check{{What: CouponCheck, Result: Right, At: w.now.Add(-5 * time.Hour)}}})
			w.finds(t, 0, CouponCheck, Open, FoundNotKnown, "")
		}, GoWithLine, []string{"reserve-unknown"}, ""},
		{"a program cannot try the coupon, somebody did two days ago", func(t *testing.T, w *world, _ *Facts) {
			w.campaigns["lip-1"].looked["lip-1.1"] = w.campaigns["lip-1"].looked["lip-1.1"][:2]
			w.must(t, mm, RecordChecks{Campaign: "lip-1", Post: "lip-1.1", Checks: []Check{{What: CouponCheck, Result: Right, At: w.now.Add(-48 * time.Hour)}}})
			w.finds(t, 0, CouponCheck, Open, FoundNotKnown, "")
		}, NoGo, []string{"reserve-unknown", "unlooked-coupon"},
			"Story of Ola: the coupon could not be tried: nobody has described how it is entered in this shop; try it by hand and say so."},
		{"coupon never tried, link tried yesterday", func(_ *testing.T, w *world, _ *Facts) {
			k := w.campaigns["lip-1"]
			k.looked["lip-1.1"] = k.looked["lip-1.1"][:2]
			k.looked["lip-1.1"][0].At = w.now.Add(-25 * time.Hour)
		}, NoGo, []string{"reserve-unknown", "checked-long-ago-link", "unchecked-coupon"}, "Story of Ola: the link was tried 25 hours ago; try again."},
		{"sold out, the shop's stock says", func(_ *testing.T, _ *world, f *Facts) { f.SoldOut = map[string]bool{"/go/ola": true} }, NoGo,
			[]string{"sold-out-edge", "reserve-unknown"}, "Story of Ola: the article is sold out, as the shop's stock says."},
		{"another article is sold out", func(_ *testing.T, _ *world, f *Facts) { f.SoldOut = map[string]bool{"/go": true} }, GoWithLine, []string{"reserve-unknown"}, ""},
		{"sold out, the page says", func(t *testing.T, w *world, _ *Facts) { w.finds(t, 2*time.Minute, LinkCheck, Wrong, FoundSoldOut, "") }, NoGo,
			[]string{"sold-out-page", "reserve-unknown", "wrong-link"}, "Story of Ola: the article is sold out, as its page said 2 minutes ago."},
		{"sold out, and back since", func(t *testing.T, w *world, _ *Facts) {
			w.finds(t, 2*time.Minute, LinkCheck, Wrong, FoundSoldOut, "")
			w.finds(t, time.Minute, LinkCheck, Right, "", "")
		}, GoWithLine, []string{"reserve-unknown"}, ""},
		{"another post is out, whose article is sold out", func(t *testing.T, w *world, f *Facts) {
			w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Name: "first", Channel: "tiktok", Reach: 100, Proof: true, At: w.now.Add(time.Minute), Link: "https://lip.example/first"}})
			w.must(t, ola, PostNow{Campaign: "lip-1", Post: "lip-1.2"})
			f.SoldOut = map[string]bool{"/first": true}
		}, GoWithLine, []string{"reserve-unknown"}, ""},
		{"reach is told", func(t *testing.T, w *world, _ *Facts) {
			p := w.campaigns["lip-1"].Posts[0]
			p.Proof = false
			w.must(t, mm, PutPost{Campaign: "lip-1", Post: p})
		}, GoWithLine, []string{"reach-told", "reserve-unknown"}, "Story of Ola: 100,000 people see it, told and not shown."},
		{"the host takes its yes back", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, web, Withdraw{Campaign: "lip-1", Step: "go", Why: "a disk"})
		}, NoGo, []string{"reserve-unknown", "step-refused"}, "Party web says no: say go or no-go: a disk."},
		{"the host never said yes", func(_ *testing.T, w *world, _ *Facts) {
			delete(w.campaigns["lip-1"].confirmed, promise{"go", web.service(), ""})
		}, NoGo, []string{"reserve-unknown", "step-overdue"}, "Party web: say go or no-go – missing since 30 Nov, 20:00."},
		{"an hour later than what was confirmed", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, ola, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Hour})
		}, NoGo, []string{"reserve-unknown", "step-void", "step-void", "step-void"}, // all but Ola's, who moved it
			"Party web: say go or no-go – was confirmed for 1 Dec, 20:00, now it is 1 Dec, 21:00."},
		{"ten minutes later", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, ola, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 10 * time.Minute})
		}, GoWithLine, []string{"reserve-unknown"}, ""},
		{"nobody at the host is on call", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, web, SetOnCall{OnCall: OnCall{Contact{"Jan", "tel:1"}, evening.Add(-3 * time.Hour), evening.Add(-time.Minute)}})
		}, NoGo, []string{"reserve-unknown", "nobody-on-call"}, "Nobody of Party web (the host) is on call at 1 Dec, 20:00."},
		{"the host needs longer than is left", func(t *testing.T, w *world, _ *Facts) {
			// 34 workers are needed, it could have 40 in two hours, and it begins in 90 minutes.
			w.must(t, web, RecordReserve{"lip", Reserve{Workers: 40, Lead: 2 * time.Hour}})
		}, GoWithLine, []string{"reserve-late"}, "More workers come too late: they take 2 hours, and it begins at 1 Dec, 20:00."},
		{"the host can, if asked by 19:00", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, web, RecordReserve{"lip", Reserve{Workers: 40, Lead: time.Hour}})
		}, GoWithLine, nil, ""},
		{"the host has fewer", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, web, RecordReserve{"lip", Reserve{Workers: 20, Lead: time.Hour}})
		}, GoWithLine, []string{"reserve-small"}, "34 workers would do; the host can have 20, if asked by 1 Dec, 19:00."},
		{"stock is written while people come", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, soft, PutWindow{Window: Window{Shop: "lip", Kind: Sync, From: evening.Add(30 * time.Minute), Until: evening.Add(40 * time.Minute)}})
		}, NoGo, []string{"reserve-unknown", "clash-sync"}, "Stock or prices are written at 1 Dec, 20:30, while people come (from 1 Dec, 20:00) (story of Ola)."},
		{"nothing is left of it", func(t *testing.T, w *world, _ *Facts) {
			w.must(t, ola, Cancel{Campaign: "lip-1", Moment: "lip-1.1"})
		}, NoGo, []string{"nothing-planned"}, "Nothing is planned."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, f := readied(t)
			tc.change(t, w, &f)
			r, _, open := ready(t, w, f)
			if r.Verdict != tc.verdict || !slices.Equal(open, tc.open) {
				t.Errorf("%s, open %v, want %s, %v", r.Verdict, open, tc.verdict, tc.open)
			}
			var said []string
			for _, s := range r.Sentences(English) {
				said = append(said, spaces(s))
			}
			if tc.says != "" && !slices.Contains(said, tc.says) {
				t.Errorf("does not say %q, but\n%s", tc.says, strings.Join(said, "\n"))
			}
		})
	}
}
