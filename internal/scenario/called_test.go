package scenario

import (
	"net/http"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/origin"
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
