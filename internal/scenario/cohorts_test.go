package scenario

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/radar"
	"github.com/falochron/falochron/internal/ticket"
)

// besieged is a shop with two slots behind an edge whose radar acts. Everybody's address
// is what X-Forwarded-For says.
func besieged(w *world) *shop {
	w.trust = accept.Trust{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	s := w.shop("shop")
	s.limit = 2
	for _, path := range []string{"/p", "/q"} {
		s.pages[path] = offer{takes: 1500 * time.Millisecond}
	}
	for i := range 100 {
		s.pages[fmt.Sprintf("/c/%d", i)] = offer{takes: 1500 * time.Millisecond}
	}
	for _, path := range []string{"/cart/add", "/kasa"} {
		s.pages[path] = offer{takes: 1500 * time.Millisecond}
	}
	s.pages["/style.css"] = offer{takes: 10 * time.Millisecond, fresh: time.Hour}
	s.workers = make(chan struct{}, 2)
	w.start(falochron.ModeAuto, origin.Config{})
	return s
}

// watch runs the radar's loop as control does, until the story is over.
func (w *world) watch(name string, shadow bool) (last func() []falochron.CohortVerdict) {
	var told atomic.Pointer[[]falochron.CohortVerdict]
	told.Store(&[]falochron.CohortVerdict{})
	j := radar.NewJudge(radar.JudgeConfig{})
	w.people.Go(func() {
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-w.over.Done():
				tick.Stop()
				return
			case now := <-tick.C:
				tallies, _ := w.edge.Cohorts(name)
				v := j.Observe(now, tallies)
				told.Store(&v)
				o := j.Orders(shadow)
				w.order(name, func(s *falochron.Snapshot) { s.Radar = o })
			}
		}
	})
	return func() []falochron.CohortVerdict { return *told.Load() }
}

// at is a visitor from an address, with a browser of that name.
func (w *world) at(addr, agent string) *visitor {
	v := w.visitor("a.example")
	v.fields = map[string]string{"X-Forwarded-For": addr, "User-Agent": agent}
	return v
}

// buys does what a fan does: waits for a page as told, looks at its files, puts something
// into the cart, and goes. It reports whether she got all of it.
func (v *visitor) buys(dice *rand.Rand) bool {
	got, _ := v.reach("GET", "/p")
	if got.status != 200 {
		return false
	}
	for range 3 {
		v.do("GET", "/style.css", func(h http.Header) { h.Set("Sec-Fetch-Mode", "no-cors") })
		v.rest(time.Duration(1+dice.IntN(3)) * time.Second)
	}
	got, _ = v.reach("POST", "/cart/add")
	return got.status == 200
}

// crowd lets so many fans come over some time, from homes of their own and by the address
// of a carrier, and waits for them.
type fans struct {
	served, treated, came atomic.Int64
}

func (w *world) fansOver(n int, over time.Duration) *fans {
	f := new(fans)
	for i := range n {
		w.people.Go(func() {
			dice := rand.New(rand.NewPCG(uint64(i), 7))
			addr := fmt.Sprintf("100.70.1.%d", 1+i%4)
			if i%3 == 0 {
				addr = fmt.Sprintf("192.0.%d.%d", 2+i/200, i%200+1)
			}
			v := w.at(addr, iPhone)
			v.rest(over * time.Duration(i) / time.Duration(n))
			f.came.Add(1)
			if v.buys(dice) {
				f.served.Add(1)
			}
			if v.treated != "" {
				f.treated.Add(1)
			}
		})
	}
	return f
}

// flood sends requests at a rate, each by f, and counts them.
func (w *world) flood(rate int, length time.Duration, f func(i int)) (sent *atomic.Int64) {
	sent = new(atomic.Int64)
	w.people.Go(func() {
		var under sync.WaitGroup
		defer under.Wait()
		for i := range rate * int(length/time.Second) {
			select {
			case <-w.over.Done():
				return
			case <-time.After(time.Second / time.Duration(rate)):
			}
			sent.Add(1)
			under.Go(func() { f(i) })
		}
	})
	return sent
}

// turns are locks of a bubble, in which one that is waited for lets time pass.
func turns(n int) (all []chan struct{}) {
	for range n {
		all = append(all, make(chan struct{}, 1))
	}
	return all
}

// holds checks what a siege must come to: at most a share of it reaches the shop, and the
// fans are served as if nothing were.
func (f *fans) holds(t *testing.T, reached int, sent int64, share float64) {
	t.Helper()
	t.Logf("%d of %d requests of the attack reached the shop; of %d fans %d were served and %d told of a treatment",
		reached, sent, f.came.Load(), f.served.Load(), f.treated.Load())
	if sent == 0 || float64(reached) > share*float64(sent) {
		t.Errorf("%d of %d requests of the attack reached the shop", reached, sent)
	}
	if came := f.came.Load(); float64(f.treated.Load()) > 0.005*float64(came) {
		t.Errorf("%d of %d fans were treated", f.treated.Load(), came)
	}
	if came := f.came.Load(); float64(f.served.Load()) < 0.9*float64(came) {
		t.Errorf("%d of %d fans were served", f.served.Load(), came)
	}
}

// A flood from few clients, by a tool that keeps nothing.
func TestAFloodFromFew(t *testing.T) {
	story(t, func(w *world) {
		s := besieged(w)
		verdicts := w.watch("shop", false)
		fans := w.fansOver(120, time.Minute)
		advance(15 * time.Second)
		sent := w.flood(60, 50*time.Second, func(i int) {
			v := w.at(fmt.Sprintf("203.0.113.%d", i%4), "python-requests/2.32.3")
			v.refuses = true
			v.see("/q")
		})
		advance(40 * time.Second)
		seen := verdicts()
		advance(5 * time.Minute)
		fans.holds(t, s.requests("/q"), sent.Load(), 0.02)
		if v := w.vitals("shop").Cohorts; v.Refused == 0 || v.Tracked == 0 {
			t.Errorf("%+v", v)
		}
		if n := w.count(func(r falochron.Record) bool { return r.Verdict.Reason == "cohort-refuse" }); n == 0 {
			t.Error("the journal tells of no refusal")
		}
		attack := false
		for _, v := range seen {
			attack = attack || v.Kind == falochron.CohortAttack && v.Key.Client == falochron.ClientTool
		}
		if !attack {
			t.Errorf("%+v", seen)
		}
	})
}

// A flood from very many, none of whom asks often, by something that says it is a browser.
func TestAFloodFromMany(t *testing.T) {
	story(t, func(w *world) {
		s := besieged(w)
		w.watch("shop", false)
		fans := w.fansOver(120, time.Minute)
		advance(15 * time.Second)
		sent := w.flood(60, 50*time.Second, func(i int) {
			req, err := http.NewRequest("GET", "http://a.example/q", nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36")
			req.Header.Set("Accept", "text/html")
			req.Header.Set("X-Forwarded-For", fmt.Sprintf("203.%d.%d.7", i%250, i/250%250))
			w.at("", "").send(req)
		})
		advance(5 * time.Minute)
		fans.holds(t, s.requests("/q"), sent.Load(), 0.02)
	})
}

// Phones' header fields, from other addresses of the networks in which the fans are.
func TestACopyOfPhones(t *testing.T) {
	story(t, func(w *world) {
		s := besieged(w)
		w.watch("shop", false)
		fans := w.fansOver(120, time.Minute)
		advance(15 * time.Second)
		sent := w.flood(60, 50*time.Second, func(i int) {
			v := w.at(fmt.Sprintf("100.70.1.%d", 101+i%20), iPhone)
			v.refuses = true
			v.see("/q?igsh=MWx")
		})
		advance(5 * time.Minute)
		fans.holds(t, s.requests("/q"), sent.Load(), 0.02)
	})
}

// fewGoIn is the share of an attack that waits its turn, at a shop of two slots: two
// people a minute go in from the slow lane even there.
const fewGoIn = 0.12

// A slow crawl that keeps cookies and reads one page after the other.
func TestACrawl(t *testing.T) {
	story(t, func(w *world) {
		s := besieged(w)
		w.watch("shop", false)
		fans := w.fansOver(120, time.Minute)
		advance(20 * time.Second)
		crawlers := make([]*visitor, 10)
		for i := range crawlers {
			crawlers[i] = w.at(fmt.Sprintf("198.51.100.%d", i+1), "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0")
		}
		each := turns(10)
		sent := w.flood(7, 80*time.Second, func(i int) {
			each[i%10] <- struct{}{}
			defer func() { <-each[i%10] }()
			crawlers[i%10].see(fmt.Sprintf("/c/%d", i*7%100))
		})
		advance(6 * time.Minute)
		reached := 0
		for i := range 100 {
			reached += s.requests(fmt.Sprintf("/c/%d", i))
		}
		fans.holds(t, reached, sent.Load(), fewGoIn)
	})
}

// Bots that put things into carts and do not wait.
func TestCartBotsInLine(t *testing.T) {
	story(t, func(w *world) {
		s := besieged(w)
		w.watch("shop", false)
		fans := w.fansOver(120, time.Minute)
		advance(20 * time.Second)
		bots := make([]*visitor, 10)
		for i := range bots {
			bots[i] = w.at(fmt.Sprintf("198.51.100.%d", i+1), iPhone)
		}
		each := turns(10)
		sent := w.flood(8, 80*time.Second, func(i int) {
			each[i%10] <- struct{}{}
			defer func() { <-each[i%10] }()
			switch i / 10 % 3 {
			case 0:
				bots[i%10].see("/q")
			case 1:
				bots[i%10].form("/cart/add?bot")
			default:
				bots[i%10].form("/kasa")
			}
		})
		advance(5 * time.Minute)
		fans.holds(t, s.requests("/q")+s.requests("/kasa"), sent.Load()*2/3, fewGoIn)
	})
}

// Who reads one page of a shop whose files are elsewhere fetches nothing more, and nothing
// says when he comes back: forty of an office are no program. Of pages that name files they
// would be one.
func TestReadersOfPagesWithoutFiles(t *testing.T) {
	for _, bare := range []bool{true, false} {
		t.Run(fmt.Sprintf("bare=%v", bare), func(t *testing.T) {
			story(t, func(w *world) {
				w.trust = accept.Trust{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
				s := w.shop("shop")
				s.limit = 200 // there is room for all
				s.pages["/leaflet"] = offer{takes: 20 * time.Millisecond, bare: bare}
				for _, path := range []string{"/p", "/cart/add", "/style.css"} {
					s.pages[path] = offer{takes: 20 * time.Millisecond}
				}
				w.start(falochron.ModeAuto, origin.Config{})
				verdicts := w.watch("shop", false)
				w.fansOver(60, 90*time.Second) // by whom it is known what is usual at the shop
				office := netip.MustParseAddr("198.51.100.7")
				for i := range 40 {
					w.people.Go(func() {
						v := w.at(office.String(), iPhone)
						v.rest(10*time.Second + time.Duration(i)*time.Second)
						if got := v.see("/leaflet"); bare && got.status != 200 {
							t.Errorf("reader %d: %d", i, got.status)
						}
					})
				}
				attack := ""
				for range 150 {
					advance(time.Second)
					for _, v := range verdicts() {
						if attack == "" && v.Kind == falochron.CohortAttack && v.Key.Net.Contains(office) {
							attack = radar.CohortSentence(v, "en")
						}
					}
				}
				if bare && attack != "" {
					t.Errorf("readers were taken for an attack: %s", attack)
				}
				if !bare && attack == "" {
					t.Error("who fetches nothing of pages that name files, and never comes back, was taken for nothing")
				}
			})
		})
	}
}

// Five thousand fans behind one address, within a minute, are nothing but fans.
func TestFiveThousandBehindOneAddress(t *testing.T) {
	story(t, func(w *world) {
		besieged(w).pages["/p"] = offer{} // requests come one after the other here
		verdicts := w.watch("shop", false)
		const n = 5000
		treated := 0
		ask := func(path, cookie string) *httptest.ResponseRecorder {
			r := httptest.NewRequest("GET", "http://a.example"+path, nil)
			r.RemoteAddr = "100.70.1.1:4711"
			navigates(r.Header)
			r.Header.Set("User-Agent", iPhone)
			r.Header.Set("Accept-Language", "pl")
			if cookie != "" {
				r.Header.Set("Cookie", cookie)
			}
			got := httptest.NewRecorder()
			w.edge.ServeHTTP(got, r)
			if got.Header().Get(edge.TreatmentHeader) != "" {
				if treated++; treated == 1 {
					for _, v := range verdicts() {
						t.Log(v.Key, v.Treatment, radar.CohortSentence(v, "en"))
					}
				}
			}
			return got
		}
		come := func(i int) string {
			got := ask("/p?igsh=MW"+fmt.Sprint(i), "")
			for _, c := range got.Result().Cookies() {
				if c.Name == ticket.WaitingCookie || c.Name == ticket.InsideCookie {
					return c.Name + "=" + c.Value
				}
			}
			return ""
		}
		var waiting []string
		for sec := range 80 {
			if sec < 60 {
				for i := range n / 60 {
					waiting = append(waiting, come(sec*1000+i))
				}
			}
			// Each asks after ten seconds for the first time; one in five has gone.
			if from := (sec - 10) * (n / 60); from >= 0 {
				for i, c := range waiting[min(from, len(waiting)):min(from+n/60, len(waiting))] {
					if i%5 != 0 && c != "" {
						ask("/.falochron/status", c)
					}
				}
			}
			advance(time.Second)
		}
		if treated > 0 {
			t.Errorf("%d answers told of a treatment", treated)
		}
		found := false
		for _, v := range verdicts() {
			if v.Key.Net.IsValid() && v.Key.Net.Bits() == 32 {
				found = true
				if v.Kind != falochron.CohortFans {
					t.Errorf("the address is taken for %v: %s", v.Kind, radar.CohortSentence(v, "en"))
				}
			}
		}
		if !found {
			t.Errorf("nothing is said of the address: %+v", verdicts())
		}
	})
}
