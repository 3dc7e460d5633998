package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// People who were called look about every two seconds. A newcomer who comes before
// they have looked finds nobody in line and free places: these are theirs. People who
// do not come keep nobody out for longer than that.
func TestANewcomerDoesNotPassThoseWhoWereCalled(t *testing.T) {
	story(t, func(w *world) {
		s := w.shop("shop")
		s.pages["/p"] = offer{takes: 100 * time.Millisecond}
		w.start(falochron.ModeHold, origin.Config{})
		var line []*visitor
		for range 4 { // as many as find a place at a shop of which nothing is known
			fan := w.visitor("a.example")
			fan.see("/p")
			fan.see("/p")
			line = append(line, fan)
		}
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeAuto })
		advance(500 * time.Millisecond)
		newcomer := w.visitor("a.example")
		got := newcomer.see("/p")
		if got.status != http.StatusServiceUnavailable {
			t.Fatalf("a newcomer passed four people who had been called: %d %s", got.status, got.state())
		}
		if r, _ := w.told(got); r.Verdict.Reason != "line-ahead" || r.Verdict.Bound < 1 {
			t.Errorf("told %+v", r.Verdict)
		}
		for i, fan := range line[:2] {
			if got := fan.see("/p"); got.status != http.StatusOK {
				t.Errorf("called person %d: %d %s", i, got.status, got.state())
			}
		}
		// The other two have closed the page.
		advance(10 * time.Second)
		if got := w.visitor("a.example").see("/p"); got.status != http.StatusOK {
			t.Errorf("people who are absent keep a newcomer out: %d %s", got.status, got.state())
		}
	})
}

// Behind an interface for programs nobody navigates: the storefront is elsewhere. Its
// script, told by the line to come again, comes in when its turn has come. Where there are
// pages it does not: its fan shall see that she is let in.
func TestWhoIsCalledAtAnInterfaceComesInByScript(t *testing.T) {
	for name, path := range map[string]string{
		"medusa": "/store/carts", "vendure": "/shop-api", "saleor": "/graphql/", "woocommerce": "/?wc-ajax=add_to_cart",
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				made := 0
				s := w.shop("shop")
				s.handler = func(w http.ResponseWriter, _ *http.Request) {
					made++
					w.Header().Set("Content-Type", "application/json")
					fmt.Fprintf(w, `{"made":%d}`, made)
				}
				p, _ := preset.Named(name)
				w.cfg = func(c *edge.ShopConfig) { c.Platform = p }
				w.start(falochron.ModeHold, origin.Config{})
				fan := w.visitor("a.example")
				if got := fan.script("POST", path); got.status != http.StatusServiceUnavailable || got.state() != "held" {
					t.Fatalf("at a closed door: %d %s %s", got.status, got.state(), got.body)
				}
				mode := func(m falochron.Mode) { w.order("shop", func(s *falochron.Snapshot) { s.Mode = m }) }
				mode(falochron.ModeAuto)
				advance(3 * time.Second)
				if name == "woocommerce" {
					if got := fan.script("POST", path); got.status != http.StatusServiceUnavailable || made > 0 {
						t.Errorf("a script came in unseen: %d, %d made", got.status, made)
					}
					return
				}
				for i := range 2 {
					if got := fan.script("POST", path); got.status != http.StatusOK || made != i+1 {
						r, _ := w.told(got)
						t.Fatalf("called, and asked again: %d %s, %d made, %+v", got.status, got.body, made, r.Verdict)
					}
				}
				// Whoever stayed away for too long gets another place, and the script is told so.
				late := w.visitor("a.example")
				mode(falochron.ModeHold)
				late.script("POST", path)
				mode(falochron.ModeAuto)
				advance(3 * time.Second)
				late.script("GET", "/.falochron/status")
				mode(falochron.ModeHold)
				advance(time.Hour)
				if got := late.script("POST", path); got.state() != "held" || !strings.Contains(got.header.Get("Content-Type"), "json") {
					t.Errorf("late: %d %s %s", got.status, got.state(), got.header.Get("Content-Type"))
				}
				mode(falochron.ModeAuto)
				advance(3 * time.Second)
				if got := late.script("POST", path); got.status != http.StatusOK || made != 3 {
					t.Errorf("late, and called again: %d %s, %d made", got.status, got.body, made)
				}
			})
		})
	}
}
