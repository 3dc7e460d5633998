package crowd

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/memnet"
)

// butt is what attacks are sent at here.
type butt struct {
	net memnet.Net

	mu    sync.Mutex // guards what follows
	asked []*http.Request
	at    []time.Time
	does  http.HandlerFunc // nil: 200
}

func (b *butt) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.asked, b.at = append(b.asked, r), append(b.at, time.Now())
	b.mu.Unlock()
	if b.does != nil {
		b.does(w, r)
	}
}

// open serves it in memory and returns the way to it.
func (b *butt) open(t *testing.T, address string) Target {
	t.Helper()
	l, err := b.net.Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: b}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
	return Target{Base: "http://127.0.0.1:80", DialFrom: func(ctx context.Context, from netip.Addr) (net.Conn, error) {
		return b.net.DialFrom(ctx, from, address)
	}}
}

const here = "127.0.0.1:80"

// flood is a small attack.
func flood(to Target) Attack {
	return Attack{Name: "flood", Seed: 3, Target: to, Senders: 5, From: Elsewhere, Rate: 100, Length: 4 * time.Second, Steady: true, KeepAlive: true,
		Shots: []Shot{{Method: "GET", Target: "/p?x={nonce}"}}}
}

// An attack is sent at this machine and nowhere else, whatever it is told and wherever
// its dialer leads.
func TestAttacksStayOnThisMachine(t *testing.T) {
	dialled := false
	for _, base := range []string{"http://192.0.2.1:80", "http://shop.example:80", "http://localhost:80", "http://10.0.0.1:80", "http://127.0.0.1.example:80", "http://[2001:db8::1]:80"} {
		a := flood(Target{Base: base, DialFrom: func(context.Context, netip.Addr) (net.Conn, error) { dialled = true; return nil, errClosed }})
		if rep, err := a.Run(t.Context()); falochron.KindOf(err) != falochron.Denied || rep != nil || dialled {
			t.Errorf("%s: %v, dialled %v", base, err, dialled)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		b := &butt{}
		to := b.open(t, "10.0.0.1:80")
		if rep, err := flood(to).Run(t.Context()); falochron.KindOf(err) != falochron.Denied || rep != nil || len(b.asked) != 0 {
			t.Errorf("a dialer led elsewhere: %v, %d requests", err, len(b.asked))
		}
	})
}

func TestAttacksAreBounded(t *testing.T) {
	for name, change := range map[string]func(*Attack){
		"senders":   func(a *Attack) { a.Senders = MaxSenders + 1 },
		"nobody":    func(a *Attack) { a.Senders = 0 },
		"rate":      func(a *Attack) { a.Rate = MaxAttackRate + 1 },
		"no rate":   func(a *Attack) { a.Rate = 0 },
		"length":    func(a *Attack) { a.Length = MaxAttackLength + 1 },
		"no length": func(a *Attack) { a.Length = 0 },
		"before":    func(a *Attack) { a.At = -1 },
		"no shots":  func(a *Attack) { a.Shots = nil },
		"a method":  func(a *Attack) { a.Shots = []Shot{{Method: "PUT", Target: "/"}} },
		"a target":  func(a *Attack) { a.Shots = []Shot{{Method: "GET", Target: "http://x/"}} },
		"from":      func(a *Attack) { a.From = func(int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, 1}) } },
	} {
		a := flood(Target{Base: "http://" + here})
		change(&a)
		if _, err := a.Run(t.Context()); falochron.KindOf(err) != falochron.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Requests come at their rate from all addresses, and what is counted as sent has come.
func TestAttackComesAtItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &butt{}
		a := flood(b.open(t, here))
		a.At = 10 * time.Second
		began := time.Now()
		rep, err := a.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rep.Planned != 400 || rep.Sent != 400 || rep.Answered != 400 || rep.Statuses[200] != 400 || len(b.asked) != 400 || rep.Delivered() != 100 {
			t.Fatalf("%+v, %d came", rep, len(b.asked))
		}
		from, nonces := map[string]int{}, map[string]bool{}
		for i, r := range b.asked {
			if want := began.Add(a.At + time.Duration(i+1)*10*time.Millisecond); !b.at[i].Equal(want) {
				t.Fatalf("request %d came at %v, want %v", i, b.at[i].Sub(began), want.Sub(began))
			}
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			from[host]++
			nonces[r.FormValue("x")] = true
			if len(r.FormValue("x")) != 16 || !a.Sent(r.RequestURI) {
				t.Fatalf("nonce %q is none of the attack's", r.FormValue("x"))
			}
		}
		fans := 0
		other := a
		other.Seed++
		for seed := range uint64(2000) {
			click := channels(0).click(&Fan{Seed: mix(seed)})
			if a.Sent("/p?" + click) {
				fans++
			}
		}
		if fans > 1 || other.Sent(b.asked[0].RequestURI) && other.Sent(b.asked[1].RequestURI) {
			t.Errorf("%d clicks of fans are taken for the attack's, or those of another attack", fans)
		}
		if len(from) != 5 || from["127.200.0.1"] != 80 || len(nonces) != 400 {
			t.Errorf("from %v, %d different nonces", from, len(nonces))
		}
	})
}

// A shop that answers nobody gets the next requests all the same, and those that the
// attack could not send are not told as sent.
func TestAttackDoesNotWaitForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &butt{does: func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler) // to return is to answer 200
		}}
		a := flood(b.open(t, here))
		a.Rate, a.Steady = 1000, false
		rep, err := a.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rep.Planned < 3500 || rep.Planned > 4500 || rep.Sent < attackers || rep.Sent >= rep.Planned || rep.Answered != 0 {
			t.Errorf("%+v", rep)
		}
		if rep.Sent != len(b.asked) {
			t.Errorf("%d told as sent, %d came", rep.Sent, len(b.asked))
		}
	})
}

// What copies a phone is a phone, byte for byte but for the click's id.
func TestCopiedPhonesAreCopies(t *testing.T) {
	a := flood(Target{})
	a.Shots = []Shot{{Method: "GET", Target: "/p?{click}", As: AsPhone}, {Method: "POST", Target: "/add", Form: "product=x", As: AsPhone}}
	seen := map[string]bool{}
	for p, rounds := range a.load("shop.example") {
		fan := &Fan{Channel: uint8(p % numChannels), InApp: p%20 == 0}
		for i, s := range a.Shots {
			for _, j := range []*jar{{}, {pairs: []cookie{{"falo_w1", "abc"}, {"sess", "1"}}}} {
				click := channels(fan.Channel).param + "=" + channels(fan.Channel).prefix + "0123456789abcdef"
				r := request{method: s.Method, target: strings.Replace(s.Target, "{click}", click, 1), body: s.Form, dest: document,
					referer: channels(fan.Channel).referer, fan: fan, jar: j}
				want, got := string(r.write(nil, "shop.example")), string(rounds[i].write(nil, j, 0x0123456789abcdef))
				if got != want {
					t.Fatalf("a phone sends\n%s\nthe copy\n%s", want, got)
				}
				seen[got] = true
			}
		}
	}
	if len(seen) < 4*numChannels {
		t.Errorf("%d different phones", len(seen))
	}
}

// A POST of a program says how long it is, and cookies stand where they are kept.
func TestProgramsSendWhatTheyMust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &butt{does: func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("product") != "krem" {
				w.WriteHeader(400)
			}
		}}
		a := flood(b.open(t, here))
		a.Shots = []Shot{{Method: "POST", Target: "/add", Form: "product=krem"}, {Method: "POST", Target: "/add", Form: "product=krem", As: AsBrowser}}
		rep, err := a.Run(t.Context())
		if err != nil || rep.Statuses[200] != rep.Sent || rep.Sent != 400 {
			t.Errorf("%v: %+v", err, rep)
		}
	})
}

// Cookies are forgotten, kept by each, or those of one who got in.
func TestAttackersCookies(t *testing.T) {
	for cookies, want := range map[Cookies]struct {
		inside int
		names  string
	}{
		NoCookies:     {0, "map[:400]"},
		KeepCookies:   {5, "map[:5 falo_i1=a:79 falo_i1=b:79 falo_i1=c:79 falo_i1=d:79 falo_i1=e:79]"},
		StolenCookies: {1, "map[:1 falo_i1=a:400]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			visitors := 0
			b := &butt{}
			b.does = func(w http.ResponseWriter, r *http.Request) {
				b.mu.Lock()
				defer b.mu.Unlock()
				if len(r.Cookies()) == 0 {
					http.SetCookie(w, &http.Cookie{Name: insideCookies + "1", Value: string(rune('a' + visitors%26))})
					visitors++
				}
			}
			a := flood(b.open(t, here))
			a.Cookies, a.At = cookies, time.Second
			rep, err := a.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			for _, r := range b.asked {
				seen[r.Header.Get("Cookie")]++
			}
			if rep.Inside != want.inside || fmt.Sprint(seen) != want.names {
				t.Errorf("cookies %d: %d inside, %v", cookies, rep.Inside, seen)
			}
		})
	}
}

// Whoever is told by an answer to be taken for no fan is counted, once, and so is what
// the attackers are told.
func TestSuspectedFansAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		n := 0
		shop.room = func(w http.ResponseWriter, r *http.Request) bool {
			shop.mu.Lock()
			defer shop.mu.Unlock()
			if n++; n%4 == 1 && r.Method == "GET" && strings.HasPrefix(r.URL.Path, "/p/") {
				w.Header().Set("Falochron-Treatment", "slow")
			}
			return false
		}
		rep := shop.run(buyerPlan(), 40)
		if rep.Totals.Suspected == 0 || rep.Totals.Suspected == 40 || rep.SuspectedShare() != float64(rep.Totals.Suspected)/40 {
			t.Errorf("%d of %d suspected", rep.Totals.Suspected, rep.Totals.Arrived)
		}
		for i := range rep.Traces {
			if s := rep.Traces[i].Suspected; s != "" && s != "slow" {
				t.Errorf("suspected as %q", s)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := &butt{does: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Falochron-Treatment", "refuse")
			w.Header().Set("Falochron-State", "waiting")
			w.WriteHeader(http.StatusTooManyRequests)
		}}
		rep, err := flood(b.open(t, here)).Run(t.Context())
		if err != nil || rep.Treated["refuse"] != 400 || rep.States["waiting"] != 400 || rep.Statuses[429] != 400 {
			t.Errorf("%v: %+v", err, rep)
		}
	})
}

// Every fan's requests come from its own address, and from a second one only of those
// few who move.
func TestFansHaveAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		b := &butt{does: shop.ServeHTTP}
		to := b.open(t, here)
		to.From = Home
		plan := buyerPlan()
		for i := range plan.Journeys[0].Steps {
			plan.Journeys[0].Steps[i].Think *= 10 // long enough to leave the house meanwhile
		}
		l, err := Draw(plan, 400, 100*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := Wave{List: l, Target: to, Grace: time.Minute}.Run(t.Context())
		if err != nil || rep.Totals.Erred != 0 || rep.Totals.Arrived != 400 {
			t.Fatalf("%v: %+v", err, rep.Totals)
		}
		homes := map[string]bool{}
		moved := map[string]bool{}
		for i := range l.Fans {
			homes[Home(&l.Fans[i], false).String()] = true
			if chance(l.Fans[i].Seed, chanceMoves, 0) < moveShare {
				moved[Home(&l.Fans[i], true).String()] = true
			}
		}
		carried, second := 0, 0
		came := map[string]bool{}
		for _, r := range b.asked {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			if !homes[host] && !moved[host] {
				t.Fatalf("somebody came from %s", host)
			}
			if !homes[host] {
				second++
			}
			if a := netip.MustParseAddr(host).As4(); a[1] < 100 {
				carried++
			}
			came[host] = true
		}
		if len(came) < len(homes) || second == 0 || second > len(b.asked)/10 || carried < len(b.asked)/2 {
			t.Errorf("%d addresses of %d, %d requests after a move, %d of %d from carriers", len(came), len(homes), second, carried, len(b.asked))
		}
	})
}

// Attackers are where no fan is, each somewhere else.
func TestNobodyIsElsewhere(t *testing.T) {
	seen := map[netip.Addr]bool{}
	for i := range MaxSenders {
		a := Elsewhere(i)
		if b := a.As4(); seen[a] || !a.IsLoopback() || b[1] < 200 || b[1] > 249 || b[3] == 0 {
			t.Fatalf("sender %d at %v", i, a)
		}
		seen[a] = true
	}
	for seed := range uint64(5000) {
		f := &Fan{Seed: mix(seed)}
		for _, moved := range []bool{false, true} {
			if a := Home(f, moved); seen[a] || !a.IsLoopback() {
				t.Fatalf("a fan at %v", a)
			}
		}
	}
	if Carrier(1, 0) != netip.AddrFrom4([4]byte{127, 11, 0, 1}) || Carrier(3, 100) != netip.AddrFrom4([4]byte{127, 13, 0, 101}) {
		t.Error("carriers have other addresses than told")
	}
}
