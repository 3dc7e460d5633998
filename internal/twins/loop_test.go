package twins

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
)

// ledger is what is known of a shop, as the house keeps it.
type ledger struct {
	mu   sync.Mutex
	now  falochron.Sharing
	news []string
}

func (l *ledger) current() (falochron.Sharing, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now, true
}

func (l *ledger) update(edit func(falochron.Sharing) (falochron.Sharing, string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var news string
	if l.now, news = edit(l.now); news != "" {
		l.news = append(l.news, news)
	}
}

func (l *ledger) told() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.news)
}

func (l *ledger) kind(name string) falochron.SharedKind {
	s, _ := l.current()
	return kindNamed(Report{Kinds: s.Kinds}, name)
}

// confirm is the owner's word.
func (l *ledger) confirm(name string) {
	l.update(func(s falochron.Sharing) (falochron.Sharing, string) {
		s.Kinds = slices.Clone(s.Kinds) // the old list is read without a lock
		for i := range s.Kinds {
			if s.Kinds[i].Name == name {
				s.Kinds[i].Confirmed = time.Now()
			}
		}
		return s, ""
	})
}

func unchecked(platform string) falochron.Sharing {
	return falochron.Sharing{Platform: platform, Kinds: []falochron.SharedKind{
		{Name: "home", Forbidden: true}, {Name: "category", Forbidden: true}, {Name: "product", Forbidden: true}, {Name: "seo", Forbidden: true},
	}}
}

// live runs a loop over a shop, in a bubble.
func live(t *testing.T, h *harbour, script func(t *testing.T, l *Loop, book *ledger)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		book := &ledger{now: unchecked("opencart")}
		l := &Loop{
			Shop: func() string { return "http://shop.example" }, Fetch: h.fetch, Calm: func() bool { return true },
			Current: book.current, Update: book.update,
		}
		script(t, l, book)
	})
}

// run starts the loop and returns how to end it.
func run(t *testing.T, l *Loop) (end func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); l.Run(ctx) }()
	return func() { cancel(); <-done }
}

// count is how often a shop was asked.
func count(h *harbour) (n int) {
	h.now(func() { n = len(h.asked) })
	return n
}

func lastAsked(h *harbour) (at time.Time) {
	h.now(func() { at = h.at[len(h.at)-1] })
	return at
}

func TestOnceADay(t *testing.T) {
	h := &harbour{}
	live(t, h, func(t *testing.T, l *Loop, book *ledger) {
		defer run(t, l)()
		time.Sleep(10 * time.Minute)
		k := book.kind("product")
		if !k.Passed || count(h) == 0 {
			t.Fatalf("after the start: %+v", k)
		}
		book.confirm("product")
		first := count(h)
		time.Sleep(CheckEvery - 90*time.Minute)
		if count(h) != first {
			t.Error("looked at again within the day")
		}
		time.Sleep(3 * time.Hour)
		again := book.kind("product")
		if !again.Checked.After(k.Checked) || again.Confirmed.IsZero() {
			t.Errorf("the day after: %+v", again)
		}
		// So there is no gap in the proof, and the owner is asked once only.
		for range 30 {
			time.Sleep(4 * time.Hour)
			k := book.kind("product")
			if may, why := k.MayShare(time.Now()); !may {
				t.Fatalf("%v: %s", time.Now(), why)
			}
		}
		if len(book.told()) != 0 {
			t.Error(book.told())
		}
	})
}

// A shop that passed, was confirmed, and now puts a token into its form.
func TestAContradictionWithdrawsAtOnce(t *testing.T) {
	h := &harbour{}
	live(t, h, func(t *testing.T, l *Loop, book *ledger) {
		defer run(t, l)()
		time.Sleep(10 * time.Minute)
		book.confirm("product")
		book.confirm("home")
		if k := book.kind("product"); !may(k) {
			t.Fatalf("%+v", k)
		}
		h.now(func() {
			h.form = func(session string) string { return `<input name="token" value="` + session[26:] + `">` }
		})
		// From when it is found, it is not shared, though the check goes on.
		var found, over time.Time
		for over.IsZero() {
			time.Sleep(time.Second)
			if k := book.kind("product"); found.IsZero() && !k.Passed {
				found = time.Now()
				if may(k) || !k.Confirmed.IsZero() {
					t.Fatalf("%+v", k)
				}
			}
			if !found.IsZero() && lastAsked(h).Before(time.Now().Add(-time.Minute)) {
				over = time.Now()
			}
		}
		if before := lastAsked(h).Sub(found); before < 5*time.Second {
			t.Errorf("withdrawn %v before the check was over", before)
		}
		if told := book.told(); len(told) != 1 || told[0] != "sharing: product → differs" {
			t.Error(book.told())
		}
		if k := book.kind("home"); !may(k) {
			t.Errorf("beside it: %+v", k)
		}
		// It passes again, and the owner is asked again.
		h.now(func() { h.form = nil })
		time.Sleep(24 * time.Hour)
		k := book.kind("product")
		if !k.Passed || may(k) {
			t.Errorf("%+v", k)
		}
		book.confirm("product")
		if k := book.kind("product"); !may(k) {
			t.Errorf("%+v", k)
		}
	})
}

func may(k falochron.SharedKind) bool {
	ok, _ := k.MayShare(time.Now())
	return ok
}

// Never in a wave; and what failed is tried again after an hour.
func TestWavesAndFailures(t *testing.T) {
	h := &harbour{}
	live(t, h, func(t *testing.T, l *Loop, book *ledger) {
		var wave atomic.Bool
		wave.Store(true)
		l.Calm = func() bool { return !wave.Load() }
		defer run(t, l)()
		time.Sleep(48 * time.Hour)
		if count(h) != 0 {
			t.Errorf("%d requests in a wave", count(h))
		}
		h.now(func() {
			h.instead = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(429); return true }
		})
		wave.Store(false)
		time.Sleep(30 * time.Minute)
		if count(h) != 1 {
			t.Errorf("%d requests", count(h))
		}
		if s, _ := book.current(); !strings.Contains(s.Refused, "429 Too Many Requests") || !strings.Contains(s.Refused, "X-Forwarded-For") {
			t.Errorf("%q", s.Refused)
		}
		time.Sleep(time.Hour)
		if count(h) != 2 {
			t.Errorf("%d requests", count(h))
		}
		h.now(func() { h.instead = nil })
		time.Sleep(2 * time.Hour)
		if s, _ := book.current(); !book.kind("product").Passed || s.Refused != "" {
			t.Errorf("%+v", s)
		}
	})
}

// A wave that comes while a shop is looked at ends it, and the evidence from before
// stays.
func TestAWaveInTheMiddle(t *testing.T) {
	h := &harbour{}
	live(t, h, func(t *testing.T, l *Loop, book *ledger) {
		stop := 12
		l.Calm = func() bool { return count(h) < stop }
		defer run(t, l)()
		time.Sleep(30 * time.Minute)
		if count(h) != stop {
			t.Errorf("%d requests", count(h))
		}
		if s, _ := book.current(); !strings.Contains(s.Refused, "busy") {
			t.Errorf("%q", s.Refused)
		}
	})
}

// What is not known yet is no reason to ask, and an unknown platform has nothing
// to compare.
func TestNothingToLookAt(t *testing.T) {
	h := &harbour{}
	live(t, h, func(t *testing.T, l *Loop, book *ledger) {
		book.now = falochron.Sharing{Platform: "generic"}
		end := run(t, l)
		time.Sleep(24 * time.Hour)
		end()
		book.update(func(falochron.Sharing) (falochron.Sharing, string) { return unchecked("opencart"), "" })
		l.Shop = func() string { return "" }
		end = run(t, l)
		time.Sleep(3 * time.Hour)
		end()
		if count(h) != 0 {
			t.Errorf("%d requests", count(h))
		}
		if s, _ := book.current(); s.Refused != "" {
			t.Errorf("%q", s.Refused)
		}
	})
}

func TestMerge(t *testing.T) {
	day := time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)
	before := falochron.Sharing{Platform: "opencart", Signs: []string{"cookie OCSESSID"}, Kinds: []falochron.SharedKind{
		{Name: "home", Forbidden: true, Checked: day, Passed: true, Confirmed: day},
		{Name: "product", Forbidden: true, Checked: day, Passed: true, Confirmed: day},
		{Name: "seo", Forbidden: true},
	}}
	bad := falochron.Span{Where: "form field token value"}
	after, news := Merge(before, Report{Kinds: []falochron.SharedKind{
		{Name: "home", Checked: day.Add(time.Hour), Passed: true},
		{Name: "product", Checked: day.Add(time.Hour), Spans: []falochron.Span{bad}},
		{Name: "seo", Why: "no page"}, {Name: "gone", Checked: day},
	}}, nil)
	if news != "sharing: product → differs" || len(after.Kinds) != 3 || after.Signs == nil {
		t.Errorf("%q %+v", news, after)
	}
	if k := after.Kinds[0]; !k.Passed || !k.Confirmed.Equal(day) || !k.Checked.Equal(day.Add(time.Hour)) {
		t.Errorf("%+v", k)
	}
	if k := after.Kinds[1]; k.Passed || !k.Confirmed.IsZero() {
		t.Errorf("%+v", k)
	}
	if k := after.Kinds[2]; k.Why != "no page" || !k.Checked.IsZero() {
		t.Errorf("%+v", k)
	}
	if before.Kinds[1].Confirmed.IsZero() {
		t.Error("what was known before has changed under others' hands")
	}
	// Nothing differs, but there was no cart: not shared, and the word is kept.
	after, news = Merge(before, Report{Kinds: []falochron.SharedKind{{Name: "product", Checked: day}}}, nil)
	if k := after.Kinds[1]; k.Passed || k.Confirmed.IsZero() || news != "" {
		t.Errorf("%q %+v", news, k)
	}
	// A check that failed says why, takes nothing away, and proves nothing.
	after, _ = Merge(before, Report{Kinds: []falochron.SharedKind{{Name: "seo", Checked: day, Passed: true}}}, errors.New("no answer"))
	if k := after.Kinds[1]; !k.Passed || after.Refused != "no answer" || after.Kinds[2].Passed {
		t.Errorf("%+v", after)
	}
	// What it found to differ until then counts.
	after, news = Merge(before, Report{Kinds: []falochron.SharedKind{{Name: "home", Checked: day, Spans: []falochron.Span{bad}}}}, errors.New("no answer"))
	if k := after.Kinds[0]; k.Passed || news == "" {
		t.Errorf("%+v", after)
	}
}
