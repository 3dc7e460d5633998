package origin

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
)

// members are the given stalls as a set.
func members(stalls ...*stall) []Member {
	var set []Member
	for _, s := range stalls {
		set = append(set, Member{URL: "http://" + s.address})
	}
	return set
}

func change(t *testing.T, p *Pool, stalls ...*stall) Change {
	t.Helper()
	c, err := p.SetReplicas(members(stalls...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// phases are the replicas with their phase, in order.
func phases(p *Pool) (out []string) {
	for _, v := range p.Vitals() {
		host, _, _ := strings.Cut(strings.TrimPrefix(v.URL, "http://10.0.0."), ":")
		out = append(out, host+" "+v.Phase)
	}
	return out
}

func wantPhases(t *testing.T, p *Pool, want ...string) {
	t.Helper()
	if got := phases(p); !slices.Equal(got, want) {
		t.Errorf("replicas are %q, want %q", got, want)
	}
}

// The share of one that joins two others grows from a fifth of a third to a third in ten
// seconds.
func TestSlowStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 3, Config{})
		defer closeAll(pool, stalls)
		change(t, pool, stalls[:2]...)
		time.Sleep(time.Hour)
		// stalls[2] had drained and is new again.
		pool.Vitals()
		wantPhases(t, pool, "1 ready", "2 ready")
		if c := change(t, pool, stalls...); !slices.Equal(c.Joined, []string{"http://10.0.0.3:80"}) || len(c.Left)+len(c.Back) > 0 {
			t.Errorf("change: %+v", c)
		}
		wantPhases(t, pool, "1 ready", "2 ready", "3 slow-start")
		var shares []float64
		for range 6 {
			before := stalls[2].asked.Load()
			for range 600 {
				visit(pool, "GET", "/", ForwardOptions{})
			}
			shares = append(shares, float64(stalls[2].asked.Load()-before)/600)
			time.Sleep(2 * time.Second)
		}
		for i, got := range shares {
			// With weight w in the draw of which a third is its own: w/3.
			want := min(0.2+0.8*float64(i)*2/10, 1) / 3
			if got < want-0.02 || got > want+0.02 {
				t.Errorf("after %d s it gets %.3f of the requests, want %.3f", 2*i, got, want)
			}
		}
		wantPhases(t, pool, "1 ready", "2 ready", "3 ready")
	})
}

// A cold replica that is alone gets everything.
func TestSlowStartOfTheOnlyOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{})
		defer closeAll(pool, stalls)
		change(t, pool, stalls[0])
		time.Sleep(time.Hour)
		pool.Vitals()
		change(t, pool, stalls[1])
		stalls[0].close()
		for v := range uint64(50) {
			if res := visit(pool, "POST", "/", ForwardOptions{Sticky: v}); res.Status != 200 {
				t.Fatalf("visitor %d: %+v", v, res)
			}
		}
		if n := stalls[1].asked.Load(); n != 50 {
			t.Errorf("%d of 50", n)
		}
		stalls[0].open()
	})
}

// Those who are in stay when others join; those who come later spread, and stay as well.
func TestStickyVisitorsStayWhenReplicasJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 4, Config{})
		defer closeAll(pool, stalls)
		change(t, pool, stalls[:2]...)
		time.Sleep(time.Hour)
		pool.Vitals()
		home, since := map[uint64]string{}, map[uint64]time.Time{}
		come := func(from, to uint64) (there map[string]int) {
			there = map[string]int{}
			for v := from; v < to; v++ {
				since[v] = time.Now()
				home[v] = visit(pool, "GET", "/", ForwardOptions{Sticky: v, Since: since[v]}).Replica
				there[home[v]]++
			}
			return there
		}
		stay := func(when string) {
			t.Helper()
			for v, was := range home {
				if now := visit(pool, "GET", "/", ForwardOptions{Sticky: v, Since: since[v]}).Replica; now != was {
					t.Fatalf("%s visitor %d is at %s and was at %s", when, v, now, was)
				}
			}
		}
		come(1, 400)
		time.Sleep(time.Second)
		change(t, pool, stalls...)
		stay("after two have joined")
		cold := come(1000, 2000) // in the same instant, at a fifth: 1/6 of the visitors together
		if n := cold["http://10.0.0.3:80"] + cold["http://10.0.0.4:80"]; n < 100 || n > 260 {
			t.Errorf("of 1000 who come at once %d belong to the two that are cold", n)
		}
		time.Sleep(5 * time.Second)
		stay("while they warm up")
		time.Sleep(time.Minute)
		warm := come(2000, 3000)
		for url, n := range warm {
			if n < 200 || n > 300 {
				t.Errorf("of 1000 who come later %d belong to %s", n, url)
			}
		}
		stay("when all are warm")
		// A restart forgets nothing that is said of it, but for who came in the same moment.
		cfg := pool.cfg
		cfg.URLs = cfg.URLs[:2] // those of the file
		again, err := New(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		set := members(stalls...)
		for i, r := range pool.replicas {
			set[i].Since = r.joined
		}
		if _, err := again.SetReplicas(set); err != nil {
			t.Fatal(err)
		}
		pool.Close()
		pool = again
		stay("after a restart")
	})
}

// Those who are at a replica that leaves stay until it has drained; nobody new comes to it.
func TestDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 3, Config{Drain: 2 * time.Minute})
		defer closeAll(pool, stalls)
		came := time.Now()
		home := map[uint64]string{}
		for v := uint64(1); v < 300; v++ {
			home[v] = visit(pool, "GET", "/", ForwardOptions{Sticky: v, Since: came}).Replica
		}
		time.Sleep(time.Minute)
		if c := change(t, pool, stalls[0], stalls[1]); !slices.Equal(c.Left, []string{"http://10.0.0.3:80"}) {
			t.Errorf("change: %+v", c)
		}
		leaver := "http://10.0.0.3:80"
		wantPhases(t, pool, "1 ready", "2 ready", "3 draining")
		for v, was := range home {
			if now := visit(pool, "GET", "/", ForwardOptions{Sticky: v, Since: came}).Replica; now != was {
				t.Fatalf("visitor %d was moved from %s to %s", v, was, now)
			}
		}
		for v := uint64(1000); v < 1300; v++ {
			for _, opt := range []ForwardOptions{{Sticky: v, Since: time.Now()}, {Sticky: v}, {}} {
				if r := visit(pool, "GET", "/", opt).Replica; r == leaver {
					t.Fatalf("%+v was sent to the one that leaves", opt)
				}
			}
		}
		// Wanted again, it is as it was.
		if c := change(t, pool, stalls...); len(c.Joined) > 0 || !slices.Equal(c.Back, []string{leaver}) {
			t.Errorf("change: %+v", c)
		}
		wantPhases(t, pool, "1 ready", "2 ready", "3 ready")
		change(t, pool, stalls[0], stalls[1])
		time.Sleep(2*time.Minute - time.Second)
		wantPhases(t, pool, "1 ready", "2 ready", "3 draining")
		time.Sleep(time.Second)
		wantPhases(t, pool, "1 ready", "2 ready")
		for v, was := range home {
			now := visit(pool, "GET", "/", ForwardOptions{Sticky: v, Since: came}).Replica
			if now == leaver || was != leaver && now != was {
				t.Fatalf("visitor %d was at %s and is at %s", v, was, now)
			}
		}
	})
}

// Where nobody has come for two minutes nobody is left: it has drained, however long it
// might have taken. Who reads the code of a payment from the phone is still there.
func TestDrainingEndsWhenNobodyIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{Drain: time.Hour, ResponseHeader: -1})
		defer closeAll(pool, stalls)
		came, last := time.Now(), uint64(0)
		for v := uint64(1); last == 0; v++ {
			if visit(pool, "GET", "/", ForwardOptions{Sticky: v, Since: came}).Replica == "http://10.0.0.2:80" {
				last = v
			}
		}
		time.Sleep(10 * time.Minute)
		change(t, pool, stalls[0])
		for range 4 {
			time.Sleep(110 * time.Second)
			if r := visit(pool, "GET", "/", ForwardOptions{Sticky: last, Since: came}).Replica; r != "http://10.0.0.2:80" {
				t.Fatalf("the last one was sent to %s", r)
			}
			wantPhases(t, pool, "1 ready", "2 draining")
		}
		stalls[1].handler = func(w http.ResponseWriter, _ *http.Request) { time.Sleep(3 * time.Minute); io.WriteString(w, "thanks") }
		if res := visit(pool, "GET", "/", ForwardOptions{Sticky: last, Since: came}); res.Status != 200 {
			t.Errorf("a request that took three minutes: %+v", res)
		}
		time.Sleep(119 * time.Second)
		wantPhases(t, pool, "1 ready", "2 draining")
		time.Sleep(time.Second)
		wantPhases(t, pool, "1 ready")
	})
}

// The size of a shop grows with replicas that become warm, and falls while one drains.
func TestSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 3, Config{SlowStart: 10 * time.Second, Drain: 100 * time.Second})
		defer closeAll(pool, stalls)
		is := func(want float64) {
			t.Helper()
			if got := pool.Size().Now; got < want-0.01 || got > want+0.01 {
				t.Errorf("the shop has the size %.2f, wants %.2f", got, want)
			}
		}
		cold := func(want float64, in time.Duration) {
			t.Helper()
			if got := pool.Size(); got.Cold < want-0.01 || got.Cold > want+0.01 || (got.In-in).Abs() > 50*time.Millisecond {
				t.Errorf("%.2f are cold for %v, wants %.2f for %v", got.Cold, got.In, want, in)
			}
		}
		is(3)
		change(t, pool, stalls[0])
		is(3)
		time.Sleep(25 * time.Second)
		is(1 + 2*0.75)
		time.Sleep(time.Hour)
		is(1)
		pool.Vitals()
		change(t, pool, stalls...)
		is(1.4)
		cold(1.6, 5*time.Second)
		time.Sleep(5 * time.Second)
		is(2.2)
		cold(0.8, 2500*time.Millisecond)
		time.Sleep(5 * time.Second)
		is(3)
		cold(0, 0)
	})
}

// A request under way at a replica that leaves comes to its end, however long it takes.
func TestNothingUnderWayIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{Drain: -1, BodySilence: -1, ResponseHeader: -1})
		defer closeAll(pool, stalls)
		slow := func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "the beginning ")
			http.NewResponseController(w).Flush()
			time.Sleep(time.Hour)
			io.WriteString(w, "and the end")
		}
		stalls[0].handler, stalls[1].handler = slow, slow
		var recs [2]*httptest.ResponseRecorder
		var done sync.WaitGroup
		for i := range recs {
			recs[i] = httptest.NewRecorder()
			done.Go(func() {
				pool.Forward(recs[i], httptest.NewRequest("GET", "/", nil), ForwardOptions{})
			})
		}
		synctest.Wait()
		change(t, pool, stalls[1])
		time.Sleep(30 * time.Minute)
		wantPhases(t, pool, "2 ready", "1 draining")
		done.Wait()
		for _, r := range recs {
			if r.Body.String() != "the beginning and the end" {
				t.Errorf("an answer is %q", r.Body)
			}
		}
		wantPhases(t, pool, "2 ready")
	})
}

// What is known of a replica's health stays with it; one that is aside drains at once.
func TestHealthStaysWithTheReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 3, Config{})
		defer closeAll(pool, stalls)
		stalls[0].close()
		for range 6 {
			visit(pool, "GET", "/", ForwardOptions{})
		}
		if v := pool.Vitals()[0]; v.Healthy {
			t.Fatalf("%+v", v)
		}
		dialled := stalls[0].dialled.Load()
		change(t, pool, stalls[1], stalls[0])
		for range 20 {
			visit(pool, "GET", "/", ForwardOptions{})
		}
		if v := pool.Vitals()[1]; v.Healthy || v.URL != "http://10.0.0.1:80" || stalls[0].dialled.Load() != dialled {
			t.Errorf("%+v, asked %d times since", v, stalls[0].dialled.Load()-dialled)
		}
		change(t, pool, stalls[1])
		time.Sleep(time.Second)
		wantPhases(t, pool, "2 ready", "3 draining")
		stalls[0].open()
		time.Sleep(time.Minute) // nobody looks after it any more
		if n := stalls[0].dialled.Load(); n > dialled+1 {
			t.Errorf("one that is gone was asked %d times", n-dialled)
		}
	})
}

// As long as no other replica is well, one that drains serves everybody.
func TestDrainingServesWhenNobodyElseDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{Drain: time.Second})
		defer closeAll(pool, stalls)
		stalls[0].close()
		change(t, pool, stalls[0])
		for i := range uint64(5) {
			if res := visit(pool, "POST", "/", ForwardOptions{Sticky: i}); res.Status != 200 {
				t.Errorf("%+v", res)
			}
			time.Sleep(time.Second)
		}
		stalls[0].open()
		time.Sleep(time.Minute)
		wantPhases(t, pool, "1 ready")
		if res := visit(pool, "POST", "/", ForwardOptions{}); res.Replica != "http://10.0.0.1:80" {
			t.Errorf("%+v", res)
		}
	})
}

// A set that cannot be is refused as a whole.
func TestSetsThatCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{})
		defer closeAll(pool, stalls)
		for _, set := range [][]Member{nil, {{URL: "http://10.0.0.9:80"}, {URL: "nonsense"}}, {{URL: "http://a"}, {URL: "http://a"}}} {
			if _, err := pool.SetReplicas(set); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
				t.Errorf("%v: %v", set, err)
			}
		}
		wantPhases(t, pool, "1 ready", "2 ready")
	})
}

// ledger is a shop that counts each order by its number.
type ledger struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	c.seen[string(body)]++
	c.mu.Unlock()
	fmt.Fprint(w, "ok")
}

// parade sends orders while replicas come and go, and returns how many were not answered
// and how many reached the shop other than once. careful says that a replica is stopped
// when the pool no longer lists it, as fleets do; otherwise it is stopped at once.
func parade(t *testing.T, careful bool) (unanswered, notOnce int) {
	const replicas, senders, orders = 5, 8, 150
	shop := &ledger{seen: map[string]int{}}
	var servers [replicas]*httptest.Server
	for i := range servers {
		servers[i] = httptest.NewServer(shop)
	}
	var now [replicas]atomic.Pointer[httptest.Server]
	set := func(which []int) (out []Member) {
		for _, i := range which {
			out = append(out, Member{URL: now[i].Load().URL})
		}
		return out
	}
	for i := range now {
		now[i].Store(servers[i])
	}
	pool, err := New(Config{URLs: []string{servers[0].URL}, SlowStart: 20 * time.Millisecond, Drain: 10 * time.Millisecond}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var failed atomic.Int64
	var sending, changing sync.WaitGroup
	stop := make(chan struct{})
	changing.Go(func() {
		dice := rand.New(rand.NewPCG(7, 7))
		for {
			select {
			case <-stop:
				return
			default:
			}
			which := append([]int{0}, dice.Perm(replicas - 1)[:dice.IntN(replicas)]...)
			for k := range which[1:] {
				which[k+1]++
			}
			if _, err := pool.SetReplicas(set(which)); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Millisecond)
			listed := map[string]bool{}
			for _, v := range pool.Vitals() {
				listed[v.URL] = true
			}
			for i := 1; i < replicas; i++ {
				s := now[i].Load()
				if !slices.Contains(which, i) && (!careful || !listed[s.URL]) {
					s.CloseClientConnections()
					s.Close()
					fresh := httptest.NewServer(shop) // on another port, as containers have
					now[i].Store(fresh)
				}
			}
		}
	})
	for s := range senders {
		sending.Go(func() {
			since := time.Now()
			for k := range orders {
				r := httptest.NewRequest("POST", "/order", strings.NewReader(fmt.Sprintf("%d-%d", s, k)))
				opt := ForwardOptions{Since: since}
				if k%3 > 0 {
					opt.Sticky = uint64(s + 1)
				}
				if res := pool.Forward(httptest.NewRecorder(), r, opt); res.Status != 200 {
					failed.Add(1)
				}
				if k%20 == 0 {
					since = time.Now() // somebody else
				}
			}
		})
	}
	sending.Wait()
	close(stop)
	changing.Wait()
	for i := range now {
		now[i].Load().Close()
	}
	for s := range senders {
		for k := range orders {
			if shop.seen[fmt.Sprintf("%d-%d", s, k)] != 1 {
				notOnce++
			}
		}
	}
	return int(failed.Load()), notOnce
}

// No order is lost and none is sent twice while replicas come and go.
func TestNothingIsLostOrSentTwice(t *testing.T) {
	if unanswered, notOnce := parade(t, true); unanswered+notOnce > 0 {
		t.Errorf("%d orders were not answered, %d did not reach the shop just once", unanswered, notOnce)
	}
}

// The same test finds it when replicas are stopped before they have drained.
func TestNothingIsLostCanFail(t *testing.T) {
	for range 20 {
		if unanswered, notOnce := parade(t, false); unanswered+notOnce > 0 {
			return
		}
	}
	t.Error("replicas are cut in the middle of orders, and nobody notices")
}
