package scenario

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Whoever loses patience and presses reload gets the page that the shop is
// making already; the shop does not make it twice. Nobody else gets it, and it is
// given once.
func TestAReloadGetsThePageThatIsBeingMade(t *testing.T) {
	story(t, func(w *world) {
		var made atomic.Int32
		serving(w, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/in" {
				return
			}
			n := made.Add(1)
			time.Sleep(4 * time.Second)
			w.Header().Set("Content-Type", "text/html")
			http.SetCookie(w, &http.Cookie{Name: "made", Value: fmt.Sprint(n)})
			fmt.Fprintf(w, "<html><head></head><body>page %d of %s</body></html>", n, r.Header.Get("Cookie"))
		})
		in := func() *visitor {
			v := w.visitor("a.example")
			if got := v.see("/in"); got.status != 200 {
				w.Fatalf("not let in: %d", got.status)
			}
			return v
		}
		impatient := func(v *visitor, path string) {
			ctx, leave := context.WithTimeout(w.over, 3*time.Second)
			defer leave()
			if got := v.within(ctx, "GET", path, navigates); got.err == nil {
				w.Errorf("%s came too soon: %d", path, got.status)
			}
		}
		shows := func(what string, got reply, page string, times int32) {
			w.Helper()
			if got.status != 200 || !strings.Contains(got.body, page) || made.Load() != times {
				w.Errorf("%s: %d %q, made %d times, want %q and %d", what, got.status, got.body, made.Load(), page, times)
			}
		}

		ola := in()
		impatient(ola, "/p")
		began := time.Now()
		shows("reload", ola.see("/p"), "page 1", 1)
		if took := time.Since(began); took > 1100*time.Millisecond {
			w.Errorf("the reload took %v, a second was left", took)
		}
		if ola.jar["made"] != "1" {
			w.Error("the page's cookie is lost")
		}
		shows("the same page later", ola.see("/p"), "page 2", 2)

		// The page came when she had gone; the reload is a little late.
		impatient(ola, "/q")
		advance(2 * time.Second)
		shows("late reload", ola.see("/q"), "page 3", 3)
		impatient(ola, "/q")
		advance(20 * time.Second)
		shows("much later", ola.see("/q"), "page 5", 5)

		// Somebody else, even with a copy of her ticket, or she herself signed in.
		jan := in()
		impatient(ola, "/r")
		shows("another visitor", jan.see("/r"), "page 7", 7)
		copied := ola.copied()
		copied.jar["made"] = "somebody else's"
		impatient(ola, "/s")
		shows("a copied ticket with other cookies", copied.see("/s"), "page 9", 9)

		// A form that was left before anything was seen of it is the same form.
		ctx, leave := context.WithTimeout(w.over, 3*time.Second)
		ola.within(ctx, "POST", "/cart", navigates)
		leave()
		shows("a form", ola.form("/cart"), "page 10", 10)
		shows("the same form, its page seen", ola.form("/cart"), "page 11", 11)

		// Two tabs: each has its page.
		both := make(chan reply, 2)
		for range 2 {
			w.people.Go(func() { both <- ola.copied().see("/t") })
		}
		one, two := <-both, <-both
		if one.status != 200 || two.status != 200 || one.body == two.body || made.Load() != 13 {
			w.Errorf("two tabs: %q and %q, made %d times", one.body, two.body, made.Load())
		}
	})
}
