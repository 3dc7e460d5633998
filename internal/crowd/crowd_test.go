package crowd

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBuyersBuyAndNothingIsWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		rep := shop.run(buyerPlan(), 40)
		tt := rep.Totals
		if tt.Arrived != 40 || tt.Buyers != 20 || tt.Endings[Finished] != 40 || tt.Checkouts != 20 {
			t.Fatalf("totals: %+v", tt)
		}
		if rep.BrokenShare() != 0 || tt.Mixed != 0 || tt.CheckoutFailed != 0 || tt.Erred != 0 || rep.ErrorShare() != 0 {
			t.Errorf("a healthy shop was blamed: %+v", tt)
		}
		if m := rep.CompareCharges(shop.charges); m != (Money{Charges: 20}) {
			t.Errorf("money: %+v", m)
		}
		if got := rep.OrdersPerMinute(0, time.Hour); got != 20.0/60 {
			t.Errorf("orders per minute: %v", got)
		}
		if n := shop.count("GET /a.css"); n != 40 {
			t.Errorf("style sheet fetched %d times by 40 fans, want once each", n)
		}
		if shop.count("GET /lazy.svg") != 0 {
			t.Error("data-src was fetched")
		}
		if len(shop.links) != 40 {
			t.Errorf("%d distinct click ids for 40 fans", len(shop.links))
		}
		if s := rep.MedianSession(); s < 3*time.Second || s > 18*time.Second {
			t.Errorf("median session %v of 30 s of thought at compression 5", s)
		}
	})
}

// Every check must be able to fail.
func TestPlantedFaultsAreSeen(t *testing.T) {
	for name, c := range map[string]struct {
		plant func(*fakeShop)
		seen  func(*Report, Money) int
	}{
		"mixed pages":    {func(s *fakeShop) { s.mix = true }, func(r *Report, _ Money) int { return r.Totals.Mixed }},
		"foreign e-mail": {func(s *fakeShop) { s.foreign = true }, func(r *Report, _ Money) int { return r.Totals.Mixed }},
		"double booking": {func(s *fakeShop) { s.twice = true }, func(_ *Report, m Money) int { return m.Twice }},
		"charged after leaving": {func(s *fakeShop) { s.orderLag = 8 * time.Second },
			func(_ *Report, m Money) int { return m.AfterLeaving }},
		"failed checkout": {func(s *fakeShop) { s.status["POST /order"] = 502 },
			func(r *Report, _ Money) int { return r.Totals.CheckoutFailed }},
		"broken by 5xx": {func(s *fakeShop) { s.status["GET /checkout"] = 504 },
			func(r *Report, _ Money) int { return r.Totals.Broken[ServerError] }},
		"broken by 429": {func(s *fakeShop) { s.status["GET /checkout"] = 429 },
			func(r *Report, _ Money) int { return r.Totals.Broken[Refused] }},
		"broken by 11 s": {func(s *fakeShop) { s.slow["GET /checkout"] = 11 * time.Second },
			func(r *Report, _ Money) int { return r.Totals.Broken[Over10s] }},
		"left for slowness": {func(s *fakeShop) { s.slow["GET /checkout"] = 6 * time.Second },
			func(r *Report, _ Money) int { return r.Totals.Endings[TooSlow] }},
		"reloads": {func(s *fakeShop) { s.slow["GET /checkout"] = 4 * time.Second },
			func(r *Report, _ Money) int { return r.Totals.Reloads }},
		"503 on the first request after called": {func(s *fakeShop) { s.room = calledThen(bare(503)) },
			func(r *Report, _ Money) int { return min(r.Totals.Admitted, r.Totals.Broken[ServerError]) }},
		"429 on the first request after called": {func(s *fakeShop) { s.room = calledThen(bare(429)) },
			func(r *Report, _ Money) int { return min(r.Totals.Admitted, r.Totals.Broken[Refused]) }},
		"cut off on the first request after called": {func(s *fakeShop) {
			s.room = calledThen(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		},
			func(r *Report, _ Money) int { return min(r.Totals.Admitted, r.Totals.Broken[Reset]) }},
		"11 s on the first request after called": {func(s *fakeShop) {
			s.room = calledThen(func(w http.ResponseWriter, r *http.Request) { time.Sleep(11 * time.Second); bare(200)(w, r) })
		},
			func(r *Report, _ Money) int { return min(r.Totals.Admitted, r.Totals.Broken[Over10s]) }},
		"503 after a page that called": {func(s *fakeShop) { s.room = pageThatCalls },
			func(r *Report, _ Money) int { return min(r.Totals.Admitted, r.Totals.Broken[ServerError]) }},
		"502 to somebody who was let in": {func(s *fakeShop) { s.room = letIn(502) },
			func(r *Report, _ Money) int { return min(r.Totals.Admitted, r.Totals.Broken[ServerError]) }},
		"waiting page inside": {func(s *fakeShop) { s.room = onlyAt("/checkout") },
			func(r *Report, _ Money) int { return r.Totals.Broken[WaitingPage] }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shop := newFakeShop(t)
				c.plant(shop)
				rep := shop.run(buyerPlan(), 40)
				if c.seen(rep, rep.CompareCharges(shop.charges)) == 0 {
					t.Errorf("not noticed: %+v", rep.Totals)
				}
			})
		})
	}
}

// calledThen is a room that calls everybody at the first question, and answers
// whoever then comes with then.
func calledThen(then http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		_, err := r.Cookie("falo_w1")
		switch {
		case r.URL.Path == "/.falochron/status":
			_, _ = w.Write([]byte(`{"state":"called","poll_s":5}`))
		case !strings.HasPrefix(r.URL.Path, "/p/"):
			return false
		case err != nil:
			http.SetCookie(w, &http.Cookie{Name: "falo_w1", Value: r.URL.RawQuery, Path: "/"}) // each fan's click id is its own
			wait(w, 1, 5)
		default:
			then(w, r)
		}
		return true
	}
}

// pageThatCalls is a room whose first page says that it is the fan's turn, which
// is how browsers without scripts learn it; then the shop is down.
func pageThatCalls(w http.ResponseWriter, r *http.Request) bool {
	_, err := r.Cookie("falo_w1")
	http.SetCookie(w, &http.Cookie{Name: "falo_w1", Value: "t", Path: "/"})
	w.WriteHeader(503)
	if err != nil {
		_, _ = w.Write([]byte(`<main id="falochron" data-state="called" data-poll="1">`))
	}
	return true
}

// letIn is a room that lets everybody in at once, to a shop that answers with an
// error.
func letIn(status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		http.SetCookie(w, &http.Cookie{Name: "falo_i1", Value: "t", Path: "/"})
		w.WriteHeader(status)
		return true
	}
}

// bare answers with a status and nothing else.
func bare(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// Somebody else may take the place between the call and the claim: then the
// waiting page comes again, and nobody has been let in, nor let down.
func TestWaitingAgainAfterCalledIsNotBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		shop.room = calledThen(func(w http.ResponseWriter, _ *http.Request) { wait(w, 1, 5) })
		rep := shop.run(buyerPlan(), 40)
		if rep.Totals.Admitted != 0 || len(rep.Totals.Broken) != 0 || rep.Totals.Polls < 40 {
			t.Errorf("%+v", rep.Totals)
		}
		// Back in line, the call is over: an error page then breaks nothing.
		shop = newFakeShop(t)
		second := map[string]int{}
		shop.room = calledThen(func(w http.ResponseWriter, r *http.Request) {
			c, _ := r.Cookie("falo_w1")
			shop.mu.Lock()
			second[c.Value]++
			n := second[c.Value]
			shop.mu.Unlock()
			if n > 1 {
				w.WriteHeader(503)
				return
			}
			w.WriteHeader(503) // a waiting page without a status: the browser asks for the page again
			_, _ = w.Write([]byte(`<main id="falochron" data-state="waiting" data-ahead="1" data-poll="5">`))
		})
		rep = shop.run(buyerPlan(), 40)
		if rep.Totals.Admitted != 0 || len(rep.Totals.Broken) != 0 || rep.Totals.Errors < 40 {
			t.Errorf("back in line: %+v", rep.Totals)
		}
		// The error page of somebody who was not called is no broken promise either.
		shop = newFakeShop(t)
		shop.status["GET /p/lipstick"], shop.status["GET /p/brush"] = 503, 503
		if rep := shop.run(buyerPlan(), 40); rep.Totals.Admitted != 0 || len(rep.Totals.Broken) != 0 {
			t.Errorf("never called: %+v", rep.Totals)
		} else if rep.Totals.Erred != 40 {
			t.Errorf("%d of 40 fans met an error page", rep.Totals.Erred)
		}
	})
}

// Sold out is an answer: nobody is broken by it and no checkout failed.
func TestSoldOutIsNotBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		shop.status["POST /order"] = http.StatusConflict
		rep := shop.run(buyerPlan(), 40)
		if rep.Totals.Endings[SoldOut] != 20 || rep.BrokenShare() != 0 || rep.Totals.CheckoutFailed != 0 {
			t.Errorf("%+v", rep.Totals)
		}
	})
}

// An arrival never waits: with a shop that answers nobody, all still come, on
// time, and what they waited counts from when they pressed.
func TestArrivalsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		p := buyerPlan()
		for _, path := range []string{"GET /p/lipstick", "GET /p/brush"} {
			shop.slow[path] = time.Hour
		}
		rep := shop.run(p, 200)
		for i := range rep.Traces {
			if late := rep.Traces[i].Arrived - rep.List.Fans[i].At; late < 0 || late > time.Millisecond {
				t.Fatalf("fan %d was %v late", i, late)
			}
		}
		if rep.Late.P99 > time.Millisecond {
			t.Errorf("lateness %v in a bubble", rep.Late.P99)
		}
		tt := rep.Totals
		if tt.Arrived != 200 || tt.Admitted != 0 || tt.Reloads < 200*40/100/2 {
			t.Errorf("%+v", tt)
		}
		// A third leaves at five seconds of each press; the others reload at
		// three, or wait until they give up.
		if tt.Endings[TooSlow] < 200/4 {
			t.Errorf("only %d of 200 left a dead shop for slowness", tt.Endings[TooSlow])
		}
		if rep.All.P95 < leaveAfter {
			t.Errorf("p95 %v: abandoned loads must count with their age", rep.All.P95)
		}
	})
}

// Those who came last go on for as long as was said, and the run ends when all have gone.
func TestAWaveStaysUntilAllHaveGone(t *testing.T) {
	for stay, finished := range map[time.Duration]bool{0: false, time.Second: false, time.Hour: true} {
		synctest.Test(t, func(t *testing.T) {
			shop := newFakeShop(t)
			l, err := Draw(buyerPlan(), 100, 20*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			from := time.Now()
			rep, err := Wave{List: l, Target: shop.open(), Stay: stay, Grace: time.Minute}.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := rep.Totals.Endings[Finished]; (got == 100) != finished {
				t.Errorf("with %v to stay %d of 100 finished", stay, got)
			}
			if took := time.Since(from); took > 45*time.Second {
				t.Errorf("with %v to stay a wave of 20 s took %v", stay, took)
			}
		})
	}
}

// A closed-loop crowd keeps its size and measures only after the warm-up.
func TestSteadyKeepsItsSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		rep, err := Steady{Plan: buyerPlan(), Target: shop.open(), Size: 20,
			Warmup: 30 * time.Second, Measure: 60 * time.Second, Grace: time.Minute}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rep.From != 30*time.Second || rep.To != 90*time.Second {
			t.Errorf("window %v to %v", rep.From, rep.To)
		}
		here := func(at time.Duration) (n int) {
			for i := range rep.Traces {
				if tr := &rep.Traces[i]; tr.Arrived != 0 && tr.Arrived <= at && (tr.Ended == 0 || tr.Ended > at) {
					n++
				}
			}
			return n
		}
		for _, at := range []time.Duration{30 * time.Second, 60 * time.Second, 89 * time.Second} {
			if n := here(at); n < 15 || n > 20 {
				t.Errorf("%d fans at %v, want about 20", n, at)
			}
		}
		if rep.OrdersPerMinute(rep.From, rep.To) == 0 || rep.MedianSession() == 0 || rep.LoadsPerSecond() == 0 {
			t.Error("nothing measured")
		}
	})
}
