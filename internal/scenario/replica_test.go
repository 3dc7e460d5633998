package scenario

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// A replica that is new is asked for what people come for, one thing after the other: where
// announced posts lead, where newcomers land, what its sitemap names; and for nothing of
// anybody else's.
func TestANewReplicaIsWarmed(t *testing.T) {
	story(t, func(w *world) {
		s := boutique(w)
		plain := s.handler
		s.handler = func(rw http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/sitemap.xml":
				io.WriteString(rw, `<sitemapindex><sitemap><loc>http://a.example/part-1.xml</loc></sitemap></sitemapindex>`)
			case "/part-1.xml":
				io.WriteString(rw, `<urlset><url><loc>http://a.example/p/cream?v=1</loc></url><url><loc>http://evil.example/p/steal</loc></url><url><loc>ftp:x</loc></url></urlset>`)
			default:
				plain(rw, r)
			}
		}
		w.start(falochron.ModeAuto, origin.Config{})
		p := w.planner()
		p.post(5*time.Minute, "http://a.example/p/lipstick")
		for range 3 {
			w.visitor("a.example").do("GET", "/p/red", opens(inInstagram, ""))
		}
		advance(10 * time.Second)
		w.expect("no such shop", w.edge.WarmReplica("b", "http://"+s.address), false)
		w.expect("no such replica", w.edge.WarmReplica("a", "http://192.0.2.9"), false)
		asked := map[string]int{}
		for _, path := range []string{"/p/lipstick", "/p/red", "/p/cream", "/p/steal", "/"} {
			asked[path] = s.requests(path)
		}
		w.expect("taken", w.edge.WarmReplica("a", "http://"+s.address), true)
		advance(20 * time.Second)
		for path, most := range map[string]int{"/p/red": 1, "/p/cream": 1, "/": 1, "/p/steal": 0} {
			w.expect(path, s.requests(path)-asked[path], most)
		}
		if s.requests("/p/lipstick") == asked["/p/lipstick"] {
			t.Error("not asked for where the post leads")
		}
		var said string
		for _, r := range w.journal.Since(time.Time{}, journal.Filter{}) {
			if strings.Contains(r.Note, "new replica") {
				said = r.Note
			}
		}
		w.expect("said", said, "warmed the new replica http://"+s.address+": 2 of 4 pages") // lipstick and the front page; the others are not there
	})
}

// Visitors stay at one replica unless the shop's software has their sessions where all
// replicas find them: then each request goes where there is least to do. The owner may know
// better.
func TestVisitorsStayWhereTheirSessionIs(t *testing.T) {
	for name, c := range map[string]struct {
		platform string
		sticky   edge.Sticky
		stays    bool
	}{
		"not described":           {preset.GenericName, edge.StickyAuto, true},
		"in files":                {"magento2", edge.StickyAuto, true},
		"in the database":         {"woocommerce", edge.StickyAuto, false},
		"in the database, always": {"woocommerce", edge.StickyAlways, true},
		"the owner's own":         {preset.GenericName, edge.StickyNever, false},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				const visitors, visits = 12, 6
				var mu sync.Mutex
				where := make(map[string]map[string]int) // by visitor and replica
				serve := func(replica string) http.HandlerFunc {
					return func(rw http.ResponseWriter, r *http.Request) {
						mu.Lock()
						defer mu.Unlock()
						if v := r.URL.Query().Get("visitor"); v != "" {
							if where[v] == nil {
								where[v] = make(map[string]int)
							}
							where[v][replica]++
						}
						io.WriteString(rw, "your cart")
					}
				}
				s := w.shop("a", "a.example")
				s.limit, s.handler = 64, serve("first") // room for all
				const second = "10.0.9.2:80"
				l, err := w.net.Listen(second)
				if err != nil {
					w.Fatal(err)
				}
				other := &http.Server{Handler: serve("second")}
				go other.Serve(l)
				w.Cleanup(func() { other.Close() })
				w.cfg = func(e *edge.ShopConfig) {
					e.Platform, _ = preset.Named(c.platform)
					e.Sticky = c.sticky
					if _, err := e.Pool.SetReplicas([]origin.Member{{URL: "http://" + s.address}, {URL: "http://" + second}}); err != nil {
						w.Fatal(err)
					}
				}
				w.start(falochron.ModeAuto, origin.Config{SlowStart: -1})
				for i := range visitors {
					v := w.visitor("a.example")
					for range visits {
						v.do("GET", fmt.Sprintf("/cart/?visitor=%d", i))
					}
				}
				mu.Lock()
				defer mu.Unlock()
				homes := make(map[string]bool)
				for v, at := range where {
					if len(at) == 1 != c.stays || at["first"]+at["second"] != visits {
						t.Errorf("visitor %s was at %v, and stays is %v", v, at, c.stays)
					}
					for replica := range at {
						homes[replica] = true
					}
				}
				if len(where) != visitors || len(homes) != 2 {
					t.Errorf("%d visitors were at %v: this proves nothing", len(where), homes)
				}
			})
		})
	}
}
