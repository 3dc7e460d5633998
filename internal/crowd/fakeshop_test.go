package crowd

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/memnet"
)

const shopAddr = "10.0.0.1:80"

// fakeShop is a shop for the crowd to visit: sessions, a cart, orders, and
// switches for everything that the checks must notice.
type fakeShop struct {
	t *testing.T

	mu       sync.Mutex // guards what follows
	sessions int
	carts    map[string][]string
	charges  []Charge
	served   map[string]int
	agents   map[string]bool
	links    map[string]int

	mix      bool // show everybody the first session's pages
	twice    bool // book every order twice
	foreign  bool // show a stranger's address at the checkout
	orderLag time.Duration
	slow     map[string]time.Duration
	status   map[string]int
	room     func(w http.ResponseWriter, r *http.Request) bool // answers instead of the shop
}

func newFakeShop(t *testing.T) *fakeShop {
	return &fakeShop{t: t, carts: map[string][]string{}, served: map[string]int{}, agents: map[string]bool{},
		links: map[string]int{}, slow: map[string]time.Duration{}, status: map[string]int{}}
}

// open serves the shop in memory and returns the way to it.
func (s *fakeShop) open() Target {
	s.t.Helper()
	var n memnet.Net
	l, err := n.Listen(shopAddr)
	if err != nil {
		s.t.Fatal(err)
	}
	srv := &http.Server{Handler: s}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	s.t.Cleanup(func() { _ = srv.Close(); <-done })
	return Target{Base: "http://" + shopAddr, Dial: func(ctx context.Context) (net.Conn, error) {
		return n.DialContext(ctx, "tcp", shopAddr)
	}}
}

func (s *fakeShop) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.served[path]
}

func (s *fakeShop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Method + " " + r.URL.Path
	s.mu.Lock()
	s.served[key]++
	s.agents[r.UserAgent()] = true
	if r.URL.RawQuery != "" && r.Method == "GET" {
		s.links[r.URL.RawQuery]++
	}
	slow, status := s.slow[key], s.status[key]
	s.mu.Unlock()
	if s.room != nil && s.room(w, r) {
		return
	}
	select {
	case <-time.After(slow):
	case <-r.Context().Done(): // nobody waits any more, and the test may be over
		return
	}
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	session := ""
	if c, err := r.Cookie("sess"); err == nil {
		session = c.Value
	}
	switch key {
	case "GET /a.css", "GET /b.js", "GET /c.svg":
		_, _ = w.Write([]byte("asset"))
	case "POST /add":
		if session == "" {
			s.mu.Lock()
			s.sessions++
			session = fmt.Sprintf("s%d", s.sessions)
			s.mu.Unlock()
			http.SetCookie(w, &http.Cookie{Name: "sess", Value: session, Path: "/"})
		}
		s.mu.Lock()
		s.carts[session] = append(s.carts[session], r.FormValue("product"))
		s.mu.Unlock()
		http.Redirect(w, r, "/cart", http.StatusSeeOther)
	case "POST /order":
		time.Sleep(s.orderLag)
		s.mu.Lock()
		n := 1
		if s.twice {
			n = 2
		}
		for range n {
			s.charges = append(s.charges, Charge{r.FormValue("email"), fmt.Sprint(len(s.charges)), time.Now()})
		}
		s.mu.Unlock()
		http.Redirect(w, r, "/thanks", http.StatusSeeOther)
	default:
		s.page(w, session)
	}
}

func (s *fakeShop) page(w http.ResponseWriter, session string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mix && session != "" {
		session = "s1"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<html><link rel=\"stylesheet\" href=\"/a.css\"><script src=\"/b.js\"></script><body data-visitor=%q>", session)
	for _, item := range s.carts[session] {
		fmt.Fprintf(w, "<p data-item=%q>", item)
	}
	if s.foreign {
		fmt.Fprint(w, "fan-0000000000000000"+emailHost)
	}
	fmt.Fprint(w, `<img data-src="/lazy.svg" src="/c.svg"><img src="/c.svg"></html>`)
}

// buyerPlan is a plan of one buyer and one browser a block.
func buyerPlan() Plan {
	return Plan{Seed: 7, Compression: 5, Assets: true,
		Words: map[string][]string{"product": {"lipstick", "brush"}},
		Journeys: []Journey{
			{Name: "buyer", Buys: true, Count: 1, Steps: []Step{
				{Name: "product", Method: "GET", Path: "/p/{product}?{click}"},
				{Name: "add", Kind: Add, Method: "POST", Path: "/add", Item: "{product}", Think: 10 * time.Second,
					Form: []Field{{"product", "{product}"}}},
				{Name: "form", Kind: Checkout, Method: "GET", Path: "/checkout", Think: 10 * time.Second},
				{Name: "order", Kind: Order, Method: "POST", Path: "/order", Done: "thanks", Think: 10 * time.Second,
					Form: []Field{{"email", "{email}"}, {"name", "{name}"}}},
			}},
			{Name: "browser", Count: 1, Steps: []Step{{Name: "product", Method: "GET", Path: "/p/{product}?{click}"}}},
		}}
}

// run sends a wave of n fans over 20 s and lets all finish.
func (s *fakeShop) run(p Plan, n int) *Report {
	s.t.Helper()
	l, err := Draw(p, n, 100*time.Second)
	if err != nil {
		s.t.Fatal(err)
	}
	// The wave proper is short; the list's length leaves time for the last fan.
	for i := range l.Fans {
		l.Fans[i].At /= 5
	}
	rep, err := Wave{List: l, Target: s.open(), Grace: time.Minute}.Run(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return rep
}
