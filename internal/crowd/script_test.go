package crowd

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A page's script asks with its own fields and a body that needs what the page
// told. Refused by the line it goes where the line is shown, waits there, comes
// back to the page, and asks again.
func TestScriptsAreRefusedAndComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeShop(t)
		var mu sync.Mutex // guards what follows
		waited, added := map[string]bool{}, map[string]int{}
		background := 0
		s.room = func(w http.ResponseWriter, r *http.Request) bool {
			mu.Lock()
			defer mu.Unlock()
			fan := r.Header.Get("User-Agent")
			switch r.URL.Path {
			case "/p/lipstick":
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Cache-Status", "falochron; hit; ttl=9") // a page for everybody: it admits nobody
				fmt.Fprintf(w, `<html><input name="token" value="t-%d"></html>`, len(fan))
			case "/api/add":
				body, _ := io.ReadAll(r.Body)
				if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Shop") != "toy" || r.Header.Get("Sec-Fetch-Dest") == "document" {
					t.Errorf("asked as %v", r.Header)
				}
				if want := fmt.Sprintf(`{"lines":[{"sku":"lipstick","token":"t-%d"}],"email":"fan-`, len(fan)); !strings.HasPrefix(string(body), want) {
					t.Errorf("sent %s, want %s...", body, want)
				}
				if !waited[fan] {
					w.Header().Set("Falochron-State", "waiting")
					w.WriteHeader(http.StatusServiceUnavailable)
					fmt.Fprint(w, `{"state":"waiting"}`)
					return true
				}
				added[fan]++
				fmt.Fprint(w, `{"order":"7","done":true}`)
			case "/.falochron/wait":
				if to := r.URL.Query().Get("to"); !strings.HasPrefix(to, "/p/lipstick") {
					t.Errorf("the line is to lead back to %q", to)
				}
				wait(w, 1, 5)
			case "/.falochron/status":
				waited[fan] = true
				fmt.Fprint(w, `{"state":"called","page":"/p/lipstick","poll_s":4}`)
			case "/fragments":
				background++
				w.Header().Set("Falochron-State", "waiting")
				w.WriteHeader(http.StatusServiceUnavailable) // nobody pressed anything: no matter
			default:
				return false
			}
			return true
		}
		page := Step{Name: "product", Method: "GET", Path: "/p/lipstick", Takes: []Take{{"token", `name="token" value="`, `"`}}}
		p := Plan{Seed: 1, Compression: 1, Background: []Step{{Method: "POST", Path: "/fragments"}}, Journeys: []Journey{{Name: "buys", Buys: true, Count: 1,
			Steps: []Step{page, {Name: "add", Kind: Order, Method: "POST", Path: "/api/add", Script: true, Done: `"order":"7"`, Think: time.Second,
				Fields: []Field{{"Content-Type", "application/json"}, {"X-Shop", "toy"}},
				Body:   `{"lines":[{"sku":"lipstick","token":"{token}"}],"email":"{email}"}`}}}}}
		l, err := Draw(p, 3, 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		rep, err := Wave{List: l, Target: s.open(), Grace: 5 * time.Second}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range rep.Traces {
			if tr := &rep.Traces[i]; tr.Ordered == 0 || tr.Broken != NoFault || tr.Ending != Finished {
				t.Errorf("fan %d: %+v", i, *tr)
			}
		}
		if len(added) == 0 || background < 3 {
			t.Errorf("%d added, %d asked for by themselves", len(added), background)
		}
	})
}
