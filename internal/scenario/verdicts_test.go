package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/ticket"
)

// told is what the journal keeps of the request that was answered with got, as it is
// told and as it is written for machines.
func (w *world) told(got reply) (falochron.Record, string) {
	w.Helper()
	time.Sleep(time.Millisecond) // an exchange is told after its answer was sent
	r, ok := w.journal.Find(got.header.Get("X-Request-Id"))
	if !ok {
		w.Fatalf("the journal does not hold a request that ended with %d %s", got.status, got.state())
	}
	return r, strings.Join(journal.Explain(r), "\n")
}

// verdictsShop can serve two at once and needs ten seconds for /slow. Of plain
// answers the journal keeps none.
func verdictsShop(w *world, mode falochron.Mode) {
	w.journal = journal.New(journal.Config{Size: 4096, PassSample: -1})
	s := w.shop("shop")
	s.limit = 2
	s.pages["/slow"] = offer{takes: 10 * time.Second}
	s.pages["/p"] = offer{takes: 100 * time.Millisecond}
	s.pages["/zamowienie/dziekujemy"] = offer{}
	w.start(mode, origin.Config{})
}

// Whoever is told to wait, to come again, or to come in, finds in the journal the
// limit that was in force, with its value, and never another one's.
func TestEveryVerdictNamesTheLimitThatBoundIt(t *testing.T) {
	story(t, func(w *world) {
		verdictsShop(w, falochron.ModeAuto)
		expect := func(what string, got reply, reason, limit string, bound float64, says ...string) {
			w.Helper()
			r, text := w.told(got)
			if v := r.Verdict; v.Reason != reason || v.Limit != limit || v.Bound != bound {
				w.Errorf("%s: %s, bound by %s at %g; want %s, %s at %g", what, v.Reason, v.Limit, v.Bound, reason, limit, bound)
			}
			if e := journal.EntryOf(r); (e.Unit != "") != (bound != 0) {
				w.Errorf("%s: written as %g %q", what, e.Bound, e.Unit)
			}
			for _, s := range says {
				if !strings.Contains(text, s) {
					w.Errorf("%s: %q is not in\n%s", what, s, text)
				}
			}
			if strings.Contains(text, " at 0") {
				w.Errorf("%s: a limit without a value is told with one:\n%s", what, text)
			}
		}
		const slots = "concurrency at 2 (requests at the shop at once)"

		// Two are let in and keep the shop busy; both spent a place.
		for range 2 {
			w.people.Go(func() {
				got := w.visitor("a.example").see("/slow")
				expect("let in at once", got, "place-free", "concurrency", 2, "measured against: "+slots, "a new visitor was let in")
			})
		}
		advance(time.Second)

		fan, behind := w.visitor("a.example"), w.visitor("a.example")
		expect("a waiting fan", fan.see("/p"), "no-place", "concurrency", 2, "the limit that bound it: "+slots,
			"At that moment 2 of 2 requests allowed at once were at the shop.", "People ahead: 0.")
		fan.see("/p")
		behind.see("/p")
		behind.see("/p")
		machine := func(h http.Header) { h.Set("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1)") }
		expect("a crawler", w.visitor("a.example").do("GET", "/p", machine), "machine-while-line", "line", 2, "line at 2 (people ahead)", "told to come again later")
		expect("the page of our own", behind.see("/.falochron/wait?to=/p"), "line-ahead", "line", 1, "line at 1 (people ahead)")

		// Nobody is let in at all: that is the reason, whoever asks and whatever else is full.
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		advance(time.Second)
		expect("a crawler in hold", w.visitor("a.example").do("GET", "/p", machine), "mode-hold", "mode", 0, "the limit that bound it: mode.")
		expect("a prefetch in hold", w.visitor("a.example").do("GET", "/p", navigates, func(h http.Header) { h.Set("Sec-Purpose", "prefetch") }), "mode-hold", "mode", 0)
		expect("a fan in hold", behind.see("/p"), "mode-hold", "mode", 0, "The mode was hold")
		expect("a newcomer in hold", w.visitor("a.example").see("/p"), "mode-hold", "mode", 0)
		expect("a script in hold", behind.script("POST", "/cart"), "mode-hold", "mode", 0)
		expect("our own page in hold", behind.see("/.falochron/wait?to=/p"), "mode-hold", "mode", 0)
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeAuto })

		// The turn comes: the claim is a verdict too.
		advance(10 * time.Second)
		again := fan.copied()
		got, _ := fan.reach("GET", "/p")
		r, text := w.told(got)
		if r.Verdict.Reason != "place-free" || r.Place == 0 || !strings.Contains(text, fmt.Sprintf("place %d of the line was claimed", r.Place)) {
			w.Errorf("the claim is told as\n%s", text)
		}
		old, _ := behind.reach("GET", "/p")
		_, _ = w.told(old)

		// A ticket whose visit is over, and one that was given back, while the shop is full.
		if got := fan.see("/zamowienie/dziekujemy?nr=7"); got.status != http.StatusOK {
			w.Fatalf("the order page: %d", got.status)
		}
		advance(2 * time.Minute)
		left := w.visitor("a.example")
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		left.see("/p")
		gone := left.copied()
		left.form("/.falochron/leave")
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeAuto })
		busy := []*visitor{w.visitor("a.example"), w.visitor("a.example")}
		for _, v := range busy {
			w.people.Go(func() { v.reach("GET", "/slow") })
		}
		advance(time.Second)
		delete(again.jar, ticket.InsideCookie)
		expect("a visit that is over", again.see("/p"), "visit-over", "concurrency", 2, "that visit was over", slots)
		expect("a place given up", gone.see("/p"), "left", "concurrency", 2, "had been given up", slots)
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
		advance(20 * time.Minute)

		// An announced start binds by the time that is left.
		w.order("shop", func(s *falochron.Snapshot) {
			s.Mode, s.Start = falochron.ModeAuto, time.Now().Add(5*time.Minute)
		})
		expect("before a start", w.visitor("a.example").see("/p"), "announced-start", "start", 300, "start at 300 (seconds before the start)")
	})
}

// A place that nobody came for is told as that, with the limit that keeps its holder
// out now.
func TestASlidPlaceIsToldAsSlid(t *testing.T) {
	story(t, func(w *world) {
		verdictsShop(w, falochron.ModeHold)
		v := w.visitor("a.example")
		v.see("/p")
		v.see("/p") // from now on the place counts
		w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeAuto })
		advance(time.Hour) // called, and the window is over
		for range 2 {
			w.people.Go(func() { w.visitor("a.example").see("/slow") })
		}
		advance(time.Second)
		r, text := w.told(v.see("/p"))
		if got := r.Verdict; got.Reason != "window-over" || got.Limit != "concurrency" || got.Bound != 2 || !strings.Contains(text, "A place held before is over") {
			w.Errorf("%+v\n%s", got, text)
		}
	})
}

// The short queue, and its end.
func TestQueuedAndShedAreToldWithTheLimit(t *testing.T) {
	story(t, func(w *world) {
		verdictsShop(w, falochron.ModeAuto)
		w.shops[0].pages["/slower"] = offer{takes: 30 * time.Second}
		in := []*visitor{w.visitor("a.example"), w.visitor("a.example"), w.visitor("a.example")}
		for _, v := range in {
			v.see("/p")
		}
		var last [3]reply
		for i, path := range []string{"/slow", "/slow", "/p"} {
			w.people.Go(func() { last[i] = in[i].see(path) })
			advance(2 * time.Second)
		}
		advance(10 * time.Second)
		if r, text := w.told(last[2]); r.Verdict.Action != falochron.Queue || r.Verdict.Limit != "concurrency" || r.Verdict.Bound != 2 || r.Allowed != 2 {
			w.Errorf("queued: %+v\n%s", r.Verdict, text)
		}
		for i, path := range []string{"/slower", "/slower", "/p"} {
			w.people.Go(func() { last[i] = in[i].see(path) })
			advance(100 * time.Millisecond)
		}
		advance(40 * time.Second)
		r, text := w.told(last[2])
		if v := r.Verdict; v.Action != falochron.Shed || v.Reason != "queue-deadline" || v.Limit != "concurrency" || v.Bound != 2 || !strings.Contains(text, "No worker came free in time.") {
			w.Errorf("shed: %+v\n%s", v, text)
		}
		// Pages that took longer than people wait are no plain passes.
		if r, _ := w.told(last[0]); r.Verdict.Action != falochron.Pass || r.Took < 30*time.Second {
			w.Errorf("slow: %+v", r)
		}
	})
}

// Watch mode tells the same of what would have been, those let in among it.
func TestWatchNamesTheLimitToo(t *testing.T) {
	story(t, func(w *world) {
		verdictsShop(w, falochron.ModeWatch)
		for range 5 {
			w.people.Go(func() { w.visitor("a.example").see("/slow") })
		}
		advance(20 * time.Second)
		var told []string
		for _, r := range w.journal.Since(time.Time{}, journal.Filter{}) {
			v := r.Verdict
			if !v.Would || v.Limit != "concurrency" || v.Bound != 2 || r.Allowed != 2 {
				w.Errorf("%+v, %d allowed", v, r.Allowed)
			}
			told = append(told, v.Action.String()+" "+v.Reason)
		}
		slices.Sort(told)
		if got := slices.Compact(told); len(told) != 5 || !slices.Equal(got, []string{"pass place-free", "wait no-place"}) {
			w.Errorf("%d: %v", len(told), got)
		}
	})
}
