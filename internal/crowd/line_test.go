package crowd

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const waitingPage = `<html><meta http-equiv="refresh" content="%d"><main id="falochron" data-state="waiting" data-ahead="%d" data-wait-low="10" data-wait-high="60" data-poll="%d" data-status="/.falochron/status"></main></html>`

func wait(w http.ResponseWriter, ahead, poll int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Falochron-State", "waiting")
	w.WriteHeader(503)
	fmt.Fprintf(w, waitingPage, poll, ahead, poll)
}

// onlyAt is a room that lets in everywhere but at one path.
func onlyAt(path string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/.falochron/") {
			return false
		}
		if r.URL.Path == path {
			wait(w, 1, 5)
			return true
		}
		return false
	}
}

// fakeRoom lets one waiting fan in every second, in order; a scripted fan learns
// it by the status.
type fakeRoom struct {
	mu    sync.Mutex // guards what follows
	start time.Time
	order []string
	polls map[string][]time.Time
	ways  map[string]int
	at    string // where the line stands; "" is everywhere
}

func (f *fakeRoom) answer(w http.ResponseWriter, r *http.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := ""
	if c, err := r.Cookie("falo_w1"); err == nil {
		id = c.Value
	}
	place := func() int {
		for i, o := range f.order {
			if o == id {
				return i
			}
		}
		return -1
	}
	open := int(time.Since(f.start) / time.Second)
	switch {
	case r.URL.Path == "/.falochron/status":
		f.polls[id] = append(f.polls[id], time.Now())
		w.Header().Set("Content-Type", "application/json")
		state := "waiting"
		if place() < open {
			state = "called"
		}
		fmt.Fprintf(w, `{"state":%q,"ahead":%d,"wait_low_s":10,"wait_high_s":60,"poll_s":4,"page":"/p/lipstick"}`, state, max(place()-open, 0))
		return true
	case strings.HasPrefix(r.URL.Path, "/.falochron/"):
		f.ways[r.URL.Path]++
		w.WriteHeader(204)
		return true
	case f.at != "" && r.Method+" "+r.URL.Path != f.at && id == "", r.URL.Path == "/a.css", r.URL.Path == "/b.js", r.URL.Path == "/c.svg":
		return false
	}
	if id == "" {
		id = fmt.Sprint("w", len(f.order))
		f.order = append(f.order, id)
		http.SetCookie(w, &http.Cookie{Name: "falo_w1", Value: id, Path: "/", HttpOnly: true})
	}
	if place() < open {
		return false
	}
	wait(w, place()-open, 4)
	return true
}

func lined(t *testing.T, p Plan, n int, at string) (*fakeShop, *fakeRoom, *Report) {
	shop := newFakeShop(t)
	room := &fakeRoom{start: time.Now(), polls: map[string][]time.Time{}, ways: map[string]int{}, at: at}
	shop.room = room.answer
	return shop, room, shop.run(p, n)
}

func TestLineIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := buyerPlan()
		p.Assets = false
		_, room, rep := lined(t, p, 60, "")
		if rep.Totals.Broken[WaitingPage] != 0 {
			t.Errorf("waiting before admission is not broken: %+v", rep.Totals.Broken)
		}
		if rep.Totals.Admitted < 50 || rep.Totals.WaitingPeak < 20 {
			t.Errorf("admitted %d, peak %d", rep.Totals.Admitted, rep.Totals.WaitingPeak)
		}
		for id, at := range room.polls {
			for i := 1; i < len(at); i++ {
				if d := at[i].Sub(at[i-1]); d != 4*time.Second {
					t.Fatalf("%s polled after %v, was told 4 s", id, d)
				}
			}
		}
		if c := rep.FairnessRankCorrelation(); c < 0.98 {
			t.Errorf("first come, first served has rank correlation %v", c)
		}
		if _, judged := rep.PromiseKept(); judged == 0 {
			t.Error("no promise judged")
		}
	})
}

func TestLineWithoutScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := buyerPlan()
		p.NoScript = 1
		_, room, rep := lined(t, p, 30, "")
		if len(room.polls) != 0 {
			t.Error("a browser without scripts asked for the status")
		}
		if rep.Totals.Admitted < 25 {
			t.Errorf("only %d of 30 came in by meta refresh", rep.Totals.Admitted)
		}
	})
}

// The waiting page of a pressed button may stand at an address of its own, to which only
// the first page leads; from then on it reloads itself where it is. The page before it is
// free for all, and to open it is not to be let in.
func TestLineAtItsOwnAddressWithoutScript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		var looks int // at the line's own address
		shop.room = func(w http.ResponseWriter, r *http.Request) bool {
			own := r.URL.Path == "/.falochron/wait"
			if own {
				shop.mu.Lock()
				looks++
				shop.mu.Unlock()
			}
			if !own && r.Method+" "+r.URL.Path != "POST /add" {
				return false
			}
			to := ""
			if !own {
				to = ";url=/.falochron/wait?to=/p/lipstick"
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(503)
			fmt.Fprintf(w, `<html><meta http-equiv="refresh" content="5%s"><main id="falochron" data-state="waiting" data-ahead="9" data-poll="5"></main></html>`, to)
			return true
		}
		p := buyerPlan()
		p.NoScript = 1
		rep := shop.run(p, 20)
		for i := range rep.Traces {
			if tr := &rep.Traces[i]; tr.Buys && tr.Called != 0 {
				t.Fatalf("fan %d took a page that is free for all for its turn: %+v", i, tr)
			}
		}
		if looks < 50 {
			t.Errorf("ten people looked %d times in a minute and more", looks)
		}
	})
}

// The waiting page is known by its element and state, whatever the status and
// with or without its header; a shop's page that mentions it is not it.
func TestWaitingPageIsKnownByItself(t *testing.T) {
	const page = `<main id="falochron" data-state="waiting" data-ahead="3" data-poll="5">`
	const nameless = `<main id="falochron" data-ahead="3">`
	for name, c := range map[string]struct {
		a    answer
		want string // the state; "" for no waiting page
	}{
		"503 with a header":             {answer{status: 503, html: true, state: "waiting", body: []byte(page)}, "waiting"},
		"200 without a header":          {answer{status: 200, html: true, body: []byte(page)}, "waiting"},
		"the page says, not the header": {answer{status: 200, html: true, state: "called", body: []byte(page)}, "waiting"},
		"state in the header":           {answer{status: 503, html: true, state: "held", body: []byte(nameless)}, "held"},
		"no state at all":               {answer{status: 200, html: true, body: []byte(nameless)}, ""},
		"a header without a page":       {answer{status: 503, state: "waiting", body: []byte(`{"state":"waiting"}`)}, ""},
		"a page of the shop":            {answer{status: 200, html: true, body: []byte(`<main id="shop" data-state="waiting">`)}, ""},
	} {
		got, ok := (&visit{}).waiting(&c.a)
		if ok != (c.want != "") || ok && got.state != c.want {
			t.Errorf("%s: %q, %v", name, got.state, ok)
		}
	}
}

// A POST that meets the line is pressed again, and only that one.
func TestPostIsPressedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := buyerPlan()
		p.Journeys = p.Journeys[:1]
		shop, _, rep := lined(t, p, 20, "POST /add")
		for session, cart := range shop.carts {
			if len(cart) != 1 {
				t.Errorf("%s has %v in the cart", session, cart)
			}
		}
		if len(shop.charges) < 15 || rep.Totals.Mixed != 0 {
			t.Errorf("%d of 20 bought, %+v", len(shop.charges), rep.Totals)
		}
	})
}

// Who is told a wait far beyond their patience may go at once; nobody leaves
// later than their patience.
func TestPatienceInLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := buyerPlan()
		shop := newFakeShop(t)
		shop.room = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/.falochron/leave" {
				return false
			}
			w.Header().Set("Falochron-State", "waiting")
			if r.URL.Path == "/.falochron/status" {
				_, _ = w.Write([]byte(`{"state":"waiting","ahead":9,"wait_low_s":7200,"wait_high_s":9000,"poll_s":20}`))
				return true
			}
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(503)
			_, _ = w.Write([]byte(`<main id="falochron" data-state="waiting" data-ahead="9" data-wait-low="7200" data-wait-high="9000" data-poll="20" data-status="/.falochron/status">`))
			return true
		}
		rep := shop.run(p, 400)
		atOnce := 0
		for i := range rep.Traces {
			tr := &rep.Traces[i]
			if tr.Ending != LineLeft {
				continue
			}
			stayed := tr.LeftAt - tr.Joined
			if stayed < time.Millisecond {
				atOnce++
			} else if want := linePatience(&rep.List.Fans[i]); stayed < want-time.Millisecond || stayed > want+time.Millisecond {
				t.Errorf("fan %d stayed %v, patience is %v", i, stayed, want)
			}
		}
		if atOnce < 100 || atOnce > 260 {
			t.Errorf("%d of 400 left at once when told two hours", atOnce)
		}
		if shop.count("POST /.falochron/leave") == 0 {
			t.Error("nobody pressed leave")
		}
	})
}
