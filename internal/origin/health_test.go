package origin

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/memnet"
)

// stall is a replica on the network in memory that can go and come back.
type stall struct {
	t       *testing.T
	net     *memnet.Net
	address string
	handler http.HandlerFunc
	asked   atomic.Int64 // requests
	dialled atomic.Int64 // connections
	l       net.Listener
	srv     *http.Server
}

func (s *stall) open() {
	l, err := s.net.Listen(s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.l = l
	s.srv = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		if s.handler != nil {
			s.handler(w, r)
		}
	})}
	go s.srv.Serve(l)
}

func (s *stall) close() { s.l.Close(); s.srv.Close() }

// market is a pool over n replicas in a bubble.
func market(t *testing.T, n int, cfg Config) (*Pool, []*stall) {
	var network memnet.Net
	var stalls []*stall
	for i := range n {
		s := &stall{t: t, net: &network, address: fmt.Sprintf("10.0.0.%d:80", i+1)}
		s.open()
		stalls = append(stalls, s)
		cfg.URLs = append(cfg.URLs, "http://"+s.address)
	}
	cfg.DialContext = func(ctx context.Context, _, address string) (c net.Conn, err error) {
		for _, s := range stalls {
			if s.address == address {
				s.dialled.Add(1)
			}
		}
		return network.DialContext(ctx, "tcp", address)
	}
	pool, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pool, stalls
}

func closeAll(p *Pool, stalls []*stall) {
	p.Close()
	for _, s := range stalls {
		s.close()
	}
}

// visit sends one request through the pool.
func visit(p *Pool, method, path string, opt ForwardOptions) Result {
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader("a=b")
	}
	return p.Forward(httptest.NewRecorder(), httptest.NewRequest(method, path, body), opt)
}

func TestLeastBusyReplicaIsChosen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{})
		defer closeAll(pool, stalls)
		stalls[0].handler = func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		stalls[1].handler = func(w http.ResponseWriter, r *http.Request) { time.Sleep(time.Second) }
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range 4 {
			go pool.Forward(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", nil), ForwardOptions{})
		}
		synctest.Wait()
		if v := pool.Vitals(); v[0].InFlight != 2 || v[1].InFlight != 2 {
			t.Errorf("four requests stand %d and %d", v[0].InFlight, v[1].InFlight)
		}
		time.Sleep(2 * time.Second)
		for range 5 {
			visit(pool, "GET", "/", ForwardOptions{})
		}
		if n := stalls[1].asked.Load(); n != 7 {
			t.Errorf("the quick replica got %d requests, want 7", n)
		}
	})
}

func TestStickyVisitorsStayAndOnlyTheLostOnesMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 3, Config{})
		defer closeAll(pool, stalls)
		home := make(map[uint64]string)
		count := make(map[string]int)
		for v := uint64(1); v <= 60; v++ {
			home[v] = visit(pool, "GET", "/", ForwardOptions{Sticky: v}).Replica
			count[home[v]]++
		}
		if len(count) != 3 {
			t.Fatalf("visitors spread as %v", count)
		}
		stalls[0].close()
		lost := "http://" + stalls[0].address
		for v, was := range home {
			if now := visit(pool, "GET", "/", ForwardOptions{Sticky: v}).Replica; was != lost && now != was || now == lost {
				t.Errorf("visitor %d was at %s, is at %s", v, was, now)
			}
		}
		stalls[0].open()
		time.Sleep(2 * time.Second)
		for v, was := range home {
			if now := visit(pool, "GET", "/", ForwardOptions{Sticky: v}).Replica; now != was {
				t.Errorf("after the return visitor %d is at %s, not %s", v, now, was)
			}
		}
	})
}

func TestLostReplicaIsPutAsideAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{})
		defer closeAll(pool, stalls)
		stalls[0].close()
		for range 10 {
			// Also the POST: it was never sent, so sending it elsewhere is safe.
			if res := visit(pool, "POST", "/", ForwardOptions{}); res.Kind != OK || res.Status != 200 {
				t.Fatalf("%+v", res)
			}
		}
		v := pool.Vitals()[0]
		if v.Healthy || !strings.HasPrefix(v.Reason, "cannot connect: ") || !strings.Contains(v.Reason, "refused; next try in 1s") {
			t.Errorf("vitals %+v", v)
		}
		if n := stalls[0].dialled.Load(); n != 1 {
			t.Errorf("a replica that refuses was tried %d times by visitors, want once", n)
		}
		time.Sleep(time.Hour)
		// 1 s doubled to 30 s: about 120 checks an hour.
		if n := stalls[0].dialled.Load(); n < 110 || n > 130 {
			t.Errorf("%d checks in an hour aside", n)
		}
		stalls[0].open()
		time.Sleep(31 * time.Second)
		if v := pool.Vitals()[0]; !v.Healthy || v.Reason != "" {
			t.Errorf("31 s after its return: %+v", v)
		}
	})
}

// A shop that is down for a minute: almost every request fails at once, one a
// second tries, and its return is noticed within a second.
func TestAllReplicasDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 1, Config{})
		defer closeAll(pool, stalls)
		stalls[0].close()
		var failed, after int
		for range 600 {
			time.Sleep(100 * time.Millisecond)
			res := visit(pool, "GET", "/", ForwardOptions{})
			if res.Kind != ConnectFailed || res.Status != 0 {
				t.Fatalf("%+v", res)
			}
			failed++
		}
		if falochron.KindOf(visit(pool, "GET", "/", ForwardOptions{}).Err) != falochron.Unavailable {
			t.Error("a shop that is not there is no Unavailable error")
		}
		// At most a trial and two checks a second.
		if n := stalls[0].dialled.Load(); n > 3*60+1 {
			t.Errorf("%d connections tried in a minute for %d requests", n, failed)
		}
		stalls[0].open()
		for visit(pool, "GET", "/", ForwardOptions{}).Kind != OK {
			time.Sleep(100 * time.Millisecond)
			if after += 100; after > 1000 {
				t.Fatal("the shop's return was not noticed within a second")
			}
		}
		if well, all := pool.Healthy(); well != 1 || all != 1 {
			t.Errorf("%d of %d well", well, all)
		}
	})
}

func TestResetsNeedAnAnswerAsProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{})
		defer closeAll(pool, stalls)
		var broken atomic.Bool
		broken.Store(true)
		stalls[0].handler = func(w http.ResponseWriter, r *http.Request) {
			if broken.Load() {
				panic(http.ErrAbortHandler)
			}
		}
		stalls[0].srv.ErrorLog = silence
		for range 20 {
			// RFC 9110, section 9.2.2: "a client SHOULD NOT automatically retry a
			// request with a non-idempotent method unless it has some means to know
			// that the request semantics are actually idempotent [...] or some means
			// to detect that the original request was never applied."
			if res := visit(pool, "GET", "/", ForwardOptions{}); res.Kind != OK {
				t.Fatalf("a GET was not tried elsewhere: %+v", res)
			}
		}
		if n := stalls[0].asked.Load(); n != strikesAllowed {
			t.Errorf("the broken replica was asked %d times, want %d", n, strikesAllowed)
		}
		time.Sleep(10 * time.Second) // a connection alone proves nothing here
		if v := pool.Vitals()[0]; v.Healthy || !strings.Contains(v.Reason, "connection was lost") {
			t.Errorf("%+v", v)
		}
		// A POST is no trial; a GET is, and is answered by the other one.
		visit(pool, "POST", "/", ForwardOptions{})
		if n := stalls[0].asked.Load(); n != strikesAllowed {
			t.Errorf("a POST was risked on the broken replica")
		}
		visit(pool, "GET", "/", ForwardOptions{})
		if n := stalls[0].asked.Load(); n != strikesAllowed+1 {
			t.Errorf("asked %d times after the back-off, want one trial", n)
		}
		broken.Store(false)
		time.Sleep(5 * time.Second)
		visit(pool, "GET", "/", ForwardOptions{})
		if v := pool.Vitals()[0]; !v.Healthy {
			t.Errorf("after a good trial: %+v", v)
		}
	})
}

// A shop that died in the middle of answers, and of which there is no other
// replica: nobody is let in while it is away, so nobody's request could prove that
// it is back.
func TestTheOnlyReplicaComesBackByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 1, Config{})
		defer closeAll(pool, stalls)
		stalls[0].handler = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		stalls[0].srv.ErrorLog = silence
		for range strikesAllowed {
			visit(pool, "GET", "/", ForwardOptions{})
		}
		if well, _ := pool.Healthy(); well != 0 {
			t.Fatal("it resets every connection and is called well")
		}
		stalls[0].close()
		time.Sleep(time.Minute)
		if well, _ := pool.Healthy(); well != 0 {
			t.Fatal("it is closed and called well")
		}
		stalls[0].handler = nil
		stalls[0].open()
		time.Sleep(2 * checkEvery)
		if well, _ := pool.Healthy(); well != 1 {
			t.Errorf("it has been back for a second, and nobody knows: %+v", pool.Vitals()[0])
		}
	})
}

func TestPostIsNeverSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{})
		defer closeAll(pool, stalls)
		for _, s := range stalls {
			s.handler = func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
			s.srv.ErrorLog = silence
		}
		if res := visit(pool, "POST", "/zamowienie", ForwardOptions{}); res.Kind != OriginError || res.Status != 0 || res.Retried {
			t.Errorf("%+v", res)
		}
		if n := stalls[0].asked.Load() + stalls[1].asked.Load(); n != 1 {
			t.Errorf("the order was sent %d times", n)
		}
	})
}

// One replica's server is up, its PHP is dead: it answers 502 at once, so it is
// always the least busy. It must not swallow the crowd.
func TestReplicaThatFailsFastIsNoBlackHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{CheckPath: "/health"})
		defer closeAll(pool, stalls)
		var dead atomic.Bool
		dead.Store(true)
		stalls[0].handler = func(w http.ResponseWriter, r *http.Request) {
			if dead.Load() {
				w.WriteHeader(http.StatusBadGateway)
			}
		}
		bad := 0
		for range 200 {
			if visit(pool, "POST", "/", ForwardOptions{}).Status == 502 {
				bad++
			}
		}
		if bad != unavailableAllowed {
			t.Errorf("%d visitors got a 502, want %d", bad, unavailableAllowed)
		}
		dead.Store(false)
		time.Sleep(3 * time.Second)
		if v := pool.Vitals()[0]; !v.Healthy {
			t.Errorf("its check passes: %+v", v)
		}
	})
}

// When every replica answers 503 the shop is overloaded; taking replicas away
// would finish it.
func TestOverloadPutsNobodyAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{})
		defer closeAll(pool, stalls)
		for _, s := range stalls {
			s.handler = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
		}
		for range 100 {
			visit(pool, "GET", "/", ForwardOptions{})
		}
		if well, _ := pool.Healthy(); well != 2 {
			t.Errorf("%d of 2 well: %+v", well, pool.Vitals())
		}
	})
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 1, Config{})
		defer closeAll(pool, stalls)
		stalls[0].handler = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/silent" {
				io.WriteString(w, "begin")
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		}
		if res := visit(pool, "GET", "/slow", ForwardOptions{}); res.Kind != Timeout || res.Total != time.Minute || res.Status != 0 {
			t.Errorf("no answer: %+v", res)
		}
		if res := visit(pool, "GET", "/silent", ForwardOptions{}); res.Kind != Timeout || res.Total != 5*time.Minute || !res.Aborted || res.Bytes != 5 {
			t.Errorf("silence in the body: %+v", res)
		}
		if v := pool.Vitals()[0]; !v.Healthy || v.InFlight != 0 {
			t.Errorf("a slow shop is not a lost one: %+v", v)
		}
	})
}

// Old news: requests that began before a replica was put aside fail after it
// is back.
func TestLateFailuresOfAnEarlierStayDoNotCount(t *testing.T) {
	var h health
	h.putAside(time.Unix(0, 0), time.Second, 30*time.Second)
	h.comeBack(time.Unix(2, 0))
	for range 5 {
		if h.note(refused, "x", 0, true) {
			t.Fatal("put aside by a request of an earlier epoch")
		}
	}
	if !h.note(refused, "x", h.epoch, true) {
		t.Error("a request of now was not listened to")
	}
}

func TestBackoffDoublesOnlyWhenItFailsAgainSoon(t *testing.T) {
	var h health
	now := time.Unix(0, 0)
	var got []time.Duration
	for _, well := range []time.Duration{0, time.Second, time.Second, time.Hour, time.Second} {
		now = now.Add(well)
		h.putAside(now, time.Second, 3*time.Second)
		got = append(got, h.backoff)
		h.comeBack(now)
	}
	if want := "[1s 2s 3s 1s 2s]"; fmt.Sprint(got) != want {
		t.Errorf("back-offs %v, want %s", got, want)
	}
}
