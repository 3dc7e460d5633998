package edge

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/state"
)

// The vitals tell of the posts nearest to now, however many there are; counters go on
// when something else is announced.
func TestVitalsOfPostsAreBounded(t *testing.T) {
	a := &falochron.Announced{}
	for i := range 1000 {
		a.Posts = append(a.Posts, falochron.AnnouncedPost{ID: fmt.Sprint(i), Code: falochron.ShortCode("a", fmt.Sprint(i), 0), At: evening.Add(time.Duration(500-i) * time.Hour)})
	}
	n := newLinks(a, nil, nil, map[string]uint64{"500": 7})
	for _, l := range n.list {
		l.arrivals.Add(1)
	}
	n = newLinks(a, nil, n, nil)
	got := n.vitals(evening)
	if len(got) != vitalPosts || got[0].ID != "468" || got[32].ID != "500" || got[32].Arrivals != 8 {
		t.Errorf("%d: %+v", len(got), got)
	}
	if all := n.arrivals(); len(all) != 1000 || all["500"] != 8 || all["1"] != 1 {
		t.Errorf("%d are kept", len(all))
	}
	if newLinks(nil, nil, n, nil).vitals(evening) != nil {
		t.Error("nothing is announced, and something is told")
	}
}

// Whatever a link is, it leads to a path of the asked host, or to a host of the shop.
func FuzzShortLink(f *testing.F) {
	for _, s := range []string{"https://a.example/p", "https://evil.example//evil.example", "//evil.example", "https://a.example\\@evil.example/", "javascript:alert(1)", "https://a.example/\r\nX: y", "https://u:p@a.example/p", "/\t/evil.example", "https:evil.example", "https://a.example/go/0tf141kv", "https://[::1]/"} {
		f.Add(s, "fbclid=1&x=//evil.example")
	}
	f.Fuzz(func(t *testing.T, address, query string) {
		l := &link{}
		l.lead(address, []string{"a.example"}, []string{"www.a.example"})
		for _, host := range []string{"a.example", "b.example:8080"} {
			to := l.location(host, query)
			u, err := url.Parse(to)
			if err != nil || strings.ContainsAny(to, "\r\n\t\\ ") {
				t.Fatalf("%q leads to %q: %v", address, to, err)
			}
			switch {
			case u.Host == "" && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && u.Scheme == "":
			case (u.Scheme == "https" || u.Scheme == "http") && (u.Hostname() == "a.example" || u.Hostname() == "www.a.example") && u.User == nil:
			default:
				t.Fatalf("%q leads to %q", address, to)
			}
		}
	})
}

// Orders and settings come at the same time. Links are made of what is ordered when their
// maker's turn has come: else the last to finish would put older ones back.
func TestLinksFollowTheNewestOrders(t *testing.T) {
	sh := &shop{}
	sh.set.Store(&settings{})
	order := func(id string) {
		sh.ordered.Store(&falochron.Snapshot{Plan: &falochron.Announced{Posts: []falochron.AnnouncedPost{{ID: id}}}})
	}
	order("old")
	sh.linking.Lock()
	var reloading sync.WaitGroup
	reloading.Go(sh.relink)
	time.Sleep(20 * time.Millisecond)
	order("new")
	sh.linking.Unlock()
	reloading.Wait()
	if got := sh.links.Load().list[0].post.ID; got != "new" {
		t.Errorf("the links are those of the %s orders", got)
	}
}

// What a disk did not take is tried again, also if nobody comes by a link meanwhile.
func TestWhatWasNotKeptIsTriedAgain(t *testing.T) {
	dir := t.TempDir()
	store, err := state.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := store.Shop("a")
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	sh := &shop{}
	sh.set.Store(&settings{ShopConfig: ShopConfig{State: kept, Report: func(error) { failed++ }}})
	sh.ordered.Store(&falochron.Snapshot{Plan: &falochron.Announced{Domains: []string{"a.example"}}})
	sh.relink()
	away := dir + "-away"
	if err := os.Rename(dir, away); err != nil {
		t.Fatal(err)
	}
	sh.keepAnnounced()
	if failed != 1 || !sh.counted.Load() {
		t.Errorf("%d faults, to be tried again: %t", failed, sh.counted.Load())
	}
	if err := os.Rename(away, dir); err != nil {
		t.Fatal(err)
	}
	sh.counted.Store(false)
	sh.keepAnnounced()
	if a, _, err := kept.LoadAnnounced(); failed != 1 || sh.counted.Load() || err != nil || !a.Same(sh.ordered.Load().Plan) {
		t.Errorf("%d faults, to be tried again: %t; %v, %v", failed, sh.counted.Load(), a, err)
	}
}
