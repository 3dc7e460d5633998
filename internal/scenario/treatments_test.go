package scenario

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
)

// sentenced orders something of everybody at an address with an iPhone.
func sentenced(w *world, t falochron.Treatment, shadow bool) {
	k := falochron.CohortKey{Net: netip.MustParsePrefix("203.0.113.5/32"), Client: falochron.ClientApp, Shape: falochron.ShapeLanguage | falochron.ShapeFetch}
	w.order("shop", func(s *falochron.Snapshot) {
		s.Radar = &falochron.RadarOrders{Shadow: shadow, Cohorts: map[falochron.CohortKey]falochron.Treatment{k: t}, Holders: map[falochron.CohortKey]bool{k: true}}
	})
}

// A person in a cohort that is refused has a way in, with cookies or without, and is then
// as anybody.
func TestARealPersonGetsIn(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		for _, treat := range []falochron.Treatment{falochron.TreatChallenge, falochron.TreatRefuse} {
			t.Run(fmt.Sprint(treat, " refuses cookies ", refuses), func(t *testing.T) {
				story(t, func(w *world) {
					besieged(w)
					sentenced(w, treat, false)
					v := w.at("203.0.113.5", iPhone)
					v.refuses = refuses
					got := v.see("/p?x=1")
					if treat == falochron.TreatRefuse {
						if got.status != http.StatusTooManyRequests || got.header.Get("Falochron-Treatment") != "refuse" {
							t.Fatalf("%d %v", got.status, got.header)
						}
						got = v.see(link(t, got.body))
					}
					if got.header.Get("Falochron-Treatment") != "challenge" || got.header.Get("Retry-After") != "4" {
						t.Fatalf("%d %v", got.status, got.header)
					}
					if len(got.body) > 14<<10 || !strings.Contains(got.body, `http-equiv="refresh" content="4;url=/.falochron/prove?t=`) || strings.Contains(got.body, "<script") {
						t.Error(got.body)
					}
					if n := w.vitals("shop").InLine + w.vitals("shop").Inside; n != 0 {
						t.Errorf("%d people have a place before the test", n)
					}
					at := link(t, got.body)
					if early := v.see(at); early.header.Get("Falochron-Treatment") != "challenge" || !strings.Contains(early.body, at[:60]) {
						t.Errorf("too early: %d %v", early.status, early.header)
					}
					advance(4 * time.Second)
					got = v.see(at)
					if got.status != http.StatusSeeOther || got.header.Get("Falochron-Treatment") != "" {
						t.Fatalf("%d %v", got.status, got.header)
					}
					v.treated = ""
					if got, _ = v.reach("GET", got.header.Get("Location")); got.status != 200 || !strings.Contains(got.body, "shop shop") || v.treated != "" {
						t.Errorf("%d %s, treated %q", got.status, got.body, v.treated)
					}
					// The test is passed once: who copies it is tested anew.
					if again := w.at("203.0.113.5", iPhone).see(at); again.header.Get("Falochron-Treatment") != "challenge" {
						t.Errorf("%d %v", again.status, again.header)
					}
					if n := w.vitals("shop").Cohorts; n.Proved != 1 || n.Challenged == 0 {
						t.Errorf("%+v", n)
					}
				})
			})
		}
	}
}

// link is the only link of a page of ours.
func link(t *testing.T, body string) string {
	_, rest, ok := strings.Cut(body, `<a class="b" href="`)
	to, _, _ := strings.Cut(rest, `"`)
	if !ok || !strings.HasPrefix(to, "/.falochron/prove?") {
		t.Fatalf("no way on in %s", body)
	}
	return strings.ReplaceAll(to, "&amp;", "&")
}

// Who was there before, inside or in line, is not refused, and who is inside and reads
// notices nothing at all.
func TestWhoHasAPlaceKeepsIt(t *testing.T) {
	story(t, func(w *world) {
		besieged(w)
		in := w.at("203.0.113.5", iPhone)
		if got, _ := in.reach("GET", "/p"); got.status != 200 {
			t.Fatal(got.status)
		}
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		waits := w.at("203.0.113.5", iPhone)
		waits.see("/p")
		sentenced(w, falochron.TreatRefuse, false)
		if got := in.see("/p"); got.status != 200 || in.treated != "" {
			t.Errorf("inside: %d, treated %q", got.status, in.treated)
		}
		snap, _ := w.edge.Snapshot("shop")
		for k := range snap.Radar.Cohorts { // newcomers only
			w.order("shop", func(s *falochron.Snapshot) {
				s.Radar = &falochron.RadarOrders{Cohorts: map[falochron.CohortKey]falochron.Treatment{k: falochron.TreatRefuse}}
			})
		}
		if got := waits.see("/p"); got.state() != "held" || waits.treated != "" {
			t.Errorf("in line, not meant: %q, treated %q", got.state(), waits.treated)
		}
		sentenced(w, falochron.TreatRefuse, false)
		if got := waits.see("/p"); got.state() != "held" || got.header.Get("Falochron-Treatment") != "slow" {
			t.Errorf("in line: %q %v", got.state(), got.header)
		}
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeAuto })
		if got, _ := waits.reach("GET", "/p"); got.status != 200 {
			t.Errorf("in line: %d", got.status)
		}
	})
}

// Who is inside is not turned out, whatever those who are alike do with their places: he may
// ask for as much as a person needs, and less than a program wants. Who passed the test,
// and who looks like somebody else, may ask as ever; and all may while nobody waits.
func TestASlowVisitGoesOn(t *testing.T) {
	story(t, func(w *world) {
		besieged(w)
		program, fan := w.at("203.0.113.5", iPhone), w.at("192.0.2.1", iPhone)
		for _, v := range []*visitor{program, fan} {
			if got, _ := v.reach("GET", "/p"); got.status != 200 {
				t.Fatal(got.status)
			}
		}
		sentenced(w, falochron.TreatSlow, false)
		proved := w.at("203.0.113.5", iPhone)
		got := proved.see("/p")
		advance(4 * time.Second)
		got = proved.see(link(t, strings.Replace(got.body, `<a href="/.falochron/prove`, `<a class="b" href="/.falochron/prove`, 1)))
		if got, _ = proved.reach("GET", got.header.Get("Location")); got.status != 200 {
			t.Fatal(got.status)
		}
		asks := func(v *visitor) (had int, last reply) {
			for range 14 {
				advance(time.Second)
				if last = v.see("/q"); last.status == 200 {
					had++
				}
			}
			return had, last
		}
		if n, _ := asks(program); n != 14 {
			t.Errorf("%d of 14 while nobody waits", n)
		}
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		waits := w.at("198.51.100.7", iPhone)
		for range 2 {
			waits.see("/p")
			advance(15 * time.Second)
		}
		advance(time.Minute) // so long nobody asks
		n, last := asks(program)
		if n < 8 || n > 11 || last.status != http.StatusTooManyRequests || last.header.Get("Falochron-Treatment") != "slow" {
			t.Errorf("a program inside has %d of 14, and then %d %v", n, last.status, last.header)
		}
		for name, v := range map[string]*visitor{"who looks like nobody else": fan, "who passed the test": proved} {
			if n, last := asks(v); n != 14 || last.header.Get("Falochron-Treatment") != "" {
				t.Errorf("%s has %d of 14, and then %d %v", name, n, last.status, last.header)
			}
		}
		advance(20 * time.Second)
		if got := program.see("/q"); got.status != 200 {
			t.Errorf("after a pause: %d", got.status)
		}
	})
}

// The slow lane: nobody in it goes in at once, few go in, and others pass them.
func TestTheSlowLane(t *testing.T) {
	story(t, func(w *world) {
		besieged(w)
		sentenced(w, falochron.TreatSlow, false)
		var slow []*visitor
		for range 20 {
			v := w.at("203.0.113.5", iPhone)
			if got := v.see("/p"); got.state() != "waiting" || got.header.Get("Falochron-Treatment") != "slow" {
				t.Fatalf("%d %q %v", got.status, got.state(), got.header)
			}
			slow = append(slow, v)
		}
		inside := func() (n int) {
			for _, v := range slow {
				if got := v.see("/p"); got.status == 200 {
					n++
				}
			}
			return n
		}
		advance(3 * time.Second)
		if n := inside(); n > 1 {
			t.Errorf("%d of 20 are in at once", n)
		}
		// Whoever says so in the line is let in as anybody, with cookies or without.
		for _, refuses := range []bool{false, true} {
			v := w.at("203.0.113.5", iPhone)
			v.refuses = refuses
			got := v.see("/p")
			advance(4 * time.Second)
			at := "/p"
			if refuses {
				at = got.says("page")
			}
			got = v.see(at)
			got = v.see(link(t, strings.Replace(got.body, `<a href="/.falochron/prove`, `<a class="b" href="/.falochron/prove`, 1)))
			v.treated = ""
			if got, _ = v.reach("GET", got.header.Get("Location")); got.status != 200 || v.treated != "" {
				t.Errorf("proved in line, refuses cookies %v: %d, treated %q", refuses, got.status, v.treated)
			}
		}
		// Somebody else, who came later, does not wait for them.
		fan := w.at("192.0.2.1", iPhone)
		if got, _ := fan.reach("GET", "/p"); got.status != 200 {
			t.Errorf("a fan: %d", got.status)
		}
		began := time.Now()
		for range 150 {
			advance(5 * time.Second)
			if inside() == len(slow) {
				break
			}
		}
		took := time.Since(began)
		if n := inside(); n != len(slow) {
			t.Errorf("%d of 20 are in after %v", n, took)
		}
		if took < 5*time.Second {
			t.Errorf("all are in after %v", took)
		}
	})
}

// In shadow nothing is done, and it is said what would have been.
func TestShadow(t *testing.T) {
	story(t, func(w *world) {
		besieged(w)
		sentenced(w, falochron.TreatRefuse, true)
		v := w.at("203.0.113.5", iPhone)
		if got := v.see("/p"); got.status != 200 || v.treated != "" {
			t.Errorf("%d, treated %q", got.status, v.treated)
		}
		if n := w.vitals("shop").Cohorts.Would; n == 0 {
			t.Error("nothing is counted")
		}
		if n := w.count(func(r falochron.Record) bool {
			return strings.Contains(r.Note, "shadow") && strings.Contains(r.Note, "refuse")
		}); n == 0 {
			t.Error("the journal says nothing")
		}
	})
}

// While nobody has to wait nothing is done, whoever it is: what is asked for too much is taken
// from nobody. Once the shop is full it is done at once.
func TestNothingIsDoneInCalm(t *testing.T) {
	story(t, func(w *world) {
		besieged(w)
		sentenced(w, falochron.TreatRefuse, false)
		if got := w.at("203.0.113.5", iPhone).see("/p"); got.status == 200 {
			t.Error("a shop that has just been put behind the edge is not calm yet")
		}
		advance(2 * time.Minute)
		v := w.at("203.0.113.5", iPhone)
		if got := v.see("/p"); got.status != 200 || v.treated != "" {
			t.Errorf("in calm: %d, treated %q", got.status, v.treated)
		}
		if n := w.count(func(r falochron.Record) bool { return strings.Contains(r.Note, "nobody has to wait: else, refuse") }); n == 0 {
			t.Error("the journal says nothing")
		}
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		advance(time.Second)
		w.at("198.51.100.7", iPhone).see("/p") // somebody waits
		advance(time.Second)
		if got := w.at("203.0.113.5", iPhone).see("/p"); got.status == 200 {
			t.Error("nothing is done although people wait")
		}
	})
}

// What reaches the shop in spite of everything is free of it all: payments, the back
// office, integrations.
func TestWhatIsFreeOfTheLineIsFreeOfTheRadar(t *testing.T) {
	story(t, func(w *world) {
		s := besieged(w)
		sentenced(w, falochron.TreatRefuse, false)
		for _, path := range []string{"/platnosc/dziekujemy", "/wp-admin/orders", "/wc-api/payu"} {
			s.pages[path] = offer{}
			v := w.at("203.0.113.5", iPhone)
			if path == "/wc-api/payu" {
				v.form(path)
			} else {
				v.see(path)
			}
			if v.treated != "" {
				t.Errorf("%s is treated: %s", path, v.treated)
			}
		}
	})
}

// A ticket that was copied to many serves them all together no more than one person, as soon
// as the shop is full.
func TestACopiedTicketIsOnePerson(t *testing.T) {
	story(t, func(w *world) {
		s := besieged(w)
		w.watch("shop", false)
		honest := w.at("192.0.2.1", iPhone)
		if got, _ := honest.reach("GET", "/p"); got.status != 200 {
			t.Fatal(got.status)
		}
		sent := w.flood(60, 60*time.Second, func(i int) {
			v := honest.copied()
			v.fields = map[string]string{"X-Forwarded-For": fmt.Sprintf("203.0.%d.%d", 113+i%2, i%200), "User-Agent": iPhone}
			v.see("/q")
		})
		advance(70 * time.Second)
		t.Logf("%d of %d reached the shop", s.requests("/q"), sent.Load())
		if n := s.requests("/q"); float64(n) > 0.03*float64(sent.Load()) {
			t.Errorf("%d of %d reached the shop", n, sent.Load())
		}
		if w.vitals("shop").Cohorts.VisitorLimited == 0 {
			t.Error("nothing is counted")
		}
	})
}

// Whoever only takes numbers fills half the line and no more: the rest is for those who
// come back when told.
func TestNobodyFillsTheLine(t *testing.T) {
	story(t, func(w *world) {
		w.cfg = func(c *edge.ShopConfig) { c.Line.MaxOutstanding = 1000 }
		besieged(w)
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		waits, tested := 0, 0
		for i := range 700 {
			v := w.at(fmt.Sprintf("203.%d.%d.7", i%250, i/250), iPhone)
			v.refuses = true
			switch got := v.see("/p"); {
			case got.state() == "held":
				waits++
			case got.header.Get("Falochron-Treatment") == "challenge":
				tested++
			}
		}
		if waits != 500 || tested != 200 {
			t.Errorf("%d have a place, %d a test", waits, tested)
		}
		fan := w.at("192.0.2.1", iPhone)
		got := fan.see("/p")
		advance(4 * time.Second)
		got = fan.see(link(t, got.body))
		if got = fan.see(got.header.Get("Location")); got.state() != "held" && got.status != http.StatusSeeOther {
			t.Errorf("%d %q", got.status, got.state())
		}
		if n := w.vitals("shop").InLine; n != 1 {
			t.Errorf("%d in line", n)
		}
	})
}
