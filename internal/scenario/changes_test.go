package scenario

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// A page kept for a reload is forgotten when its visitor changes something, and a 304 is
// for who has the page.
func TestAReloadShowsWhatWasChangedSince(t *testing.T) {
	story(t, func(w *world) {
		var mu sync.Mutex
		cart := map[string]int{}
		out := map[string]bool{}
		serving(w, func(w http.ResponseWriter, r *http.Request) {
			sid := ""
			if c, err := r.Cookie("sid"); err == nil {
				sid = c.Value
			} else {
				sid = fmt.Sprint("s", time.Now().UnixNano())
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: sid, Path: "/"})
			}
			mu.Lock()
			n, gone := cart[sid], out[sid]
			mu.Unlock()
			switch r.URL.Path {
			case "/cart/add":
				mu.Lock()
				cart[sid]++
				mu.Unlock()
				http.Redirect(w, r, "/cart", http.StatusSeeOther)
			case "/wyloguj":
				mu.Lock()
				out[sid] = true
				mu.Unlock()
				http.Redirect(w, r, "/", http.StatusSeeOther)
			case "/cart", "/konto":
				time.Sleep(4 * time.Second)
				prints(w, "cart=%d signedout=%v", n, gone)
			default:
				prints(w, "hi")
			}
		})
		v := w.visitor("a.example")
		v.see("/in")
		ctx, leave := context.WithTimeout(w.over, 3*time.Second)
		v.within(ctx, "GET", "/cart", navigates)
		leave()
		if got := v.form("/cart/add"); got.status != 303 {
			w.Fatal(got.status)
		}
		got := v.see("/cart")
		if !strings.Contains(got.body, "cart=1") {
			w.Errorf("%s", got.body)
		}
		ctx, leave = context.WithTimeout(w.over, 3*time.Second)
		v.within(ctx, "GET", "/konto", navigates)
		leave()
		v.see("/wyloguj")
		got = v.see("/konto")
		if !strings.Contains(got.body, "signedout=true") {
			w.Errorf("%s", got.body)
		}
	})
}

// A page kept for a reload is forgotten when its visitor changes something, and a 304 is
// for who has the page.
func TestAReloadWithoutConditionsGetsNo304(t *testing.T) {
	story(t, func(w *world) {
		serving(w, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/in" {
				return
			}
			time.Sleep(4 * time.Second)
			w.Header().Set("ETag", `"x"`)
			if r.Header.Get("If-None-Match") == `"x"` {
				w.WriteHeader(304)
				return
			}
			prints(w, "whole")
		})
		v := w.visitor("a.example")
		v.see("/in")
		ctx, leave := context.WithTimeout(w.over, 3*time.Second)
		v.within(ctx, "GET", "/p", navigates, func(h http.Header) { h.Set("If-None-Match", `"x"`) })
		leave()
		got := v.do("GET", "/p", navigates, func(h http.Header) { h.Set("Cache-Control", "no-cache") })
		if got.status != 200 {
			w.Errorf("%d %q", got.status, got.body)
		}
	})
}

// cartShop gives everybody a session and prints its cart, as EverShop does.
func cartShop() http.HandlerFunc {
	var mu sync.Mutex
	cart := map[string]int{}
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sid := ""
		if c, err := r.Cookie("sid"); err == nil {
			sid = c.Value
		} else {
			n++
			sid = fmt.Sprintf("session%08d", n)
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: sid, Path: "/"})
		}
		if r.Method == "POST" {
			cart[sid]++
			time.Sleep(2 * time.Second)
		}
		prints(w, "cart=%d", cart[sid])
	}
}

// Whoever changed something is personal, whether or not the mark came.
func TestAChangeIsSeenInModesThatMarkNobody(t *testing.T) {
	for _, mode := range []falochron.Mode{falochron.ModeWatch, falochron.ModeOff} {
		story(t, func(w *world) {
			software(w, "evershop", cartShop())
			v := w.visitor("a.example")
			v.see("/konto-nie?x=1")
			v.do("GET", "/p?nocache", navigates, func(h http.Header) { h.Set("If-Match", "*") }) // an own request: gets a session
			w.Log(v.jar)
			w.order("shop", func(s *falochron.Snapshot) { s.Mode = mode })
			v.form("/cart/add")
			w.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeAuto })
			got := v.see("/p")
			w.Log(v.jar)
			if !strings.Contains(got.body, "cart=1") {
				w.Errorf("%v: %s %v", mode, got.body, got.header["Cache-Status"])
			}
		})
	}
}

// Whoever changed something is personal, whether or not the mark came.
func TestAChangeIsSeenWhoseAnswerWasLost(t *testing.T) {
	story(t, func(w *world) {
		software(w, "evershop", cartShop())
		v := w.visitor("a.example")
		v.do("GET", "/p?nocache", navigates, func(h http.Header) { h.Set("If-Match", "*") })
		w.Log(v.jar)
		ctx, leave := context.WithTimeout(w.over, time.Second)
		v.within(ctx, "POST", "/cart/add", navigates)
		leave()
		advance(3 * time.Second)
		got := v.see("/p")
		if !strings.Contains(got.body, "cart=1") {
			w.Errorf("%s %v %v", got.body, got.header["Cache-Status"], v.jar)
		}
	})
}

// Whoever changed something is personal, whether or not the mark came.
func TestAChangeIsSeenAtAnotherHost(t *testing.T) {
	story(t, func(w *world) {
		software(w, "evershop", cartShop())
		v := w.visitor("shop.example")
		v.do("GET", "/p?nocache", navigates, func(h http.Header) { h.Set("If-Match", "*") })
		de := w.visitor("de.shop.example")
		de.jar["sid"] = v.jar["sid"] // Domain=shop.example
		de.form("/cart/add")
		got := v.see("/p")
		if !strings.Contains(got.body, "cart=1") {
			w.Errorf("%s %v %v", got.body, got.header["Cache-Status"], v.jar)
		}
	})
}

// A form that is sent again before its sender has seen anything of it is sent to the shop
// once, whether the first sending waits for the shop, or for the page that the shop led
// to. Once a page was seen it is another press.
func TestAFormSentAgainIsOneForm(t *testing.T) {
	for name, x := range map[string]struct {
		add, show time.Duration // that the shop takes for the form, and for the page
		again     []time.Duration
		want      int32
	}{
		"while the form is worked on": {5 * time.Second, time.Second, []time.Duration{3 * time.Second}, 1},
		"while the page is made":      {2 * time.Second, 4 * time.Second, []time.Duration{3 * time.Second}, 1},
		"twice":                       {2 * time.Second, 8 * time.Second, []time.Duration{3 * time.Second, 3 * time.Second}, 1},
		"after the page was seen":     {time.Second, time.Second, []time.Duration{0}, 2},
		"after it was forgotten":      {2 * time.Second, 20 * time.Second, []time.Duration{15 * time.Second}, 2},
	} {
		story(t, func(w *world) {
			var added, shown atomic.Int32
			serving(w, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/koszyk/dodaj":
					time.Sleep(x.add)
					added.Add(1)
					http.SetCookie(w, &http.Cookie{Name: "cart", Value: "1", Path: "/"})
					http.Redirect(w, r, "/koszyk", http.StatusSeeOther)
				case "/koszyk":
					time.Sleep(x.show)
					shown.Add(1)
					prints(w, "cart=%d", added.Load())
				default:
					http.SetCookie(w, &http.Cookie{Name: "sid", Value: "ola", Path: "/"})
					prints(w, "hi")
				}
			})
			v := w.visitor("a.example")
			v.see("/in")
			press := func(patience time.Duration) (got reply) {
				ctx, leave := context.WithCancel(w.over)
				if patience > 0 {
					ctx, leave = context.WithTimeout(w.over, patience)
				}
				defer leave()
				if got = v.within(ctx, "POST", "/koszyk/dodaj", navigates); got.status == http.StatusSeeOther {
					got = v.within(ctx, "GET", "/koszyk", navigates)
				}
				return got
			}
			for _, patience := range x.again {
				press(patience)
			}
			got := press(0)
			if want := fmt.Sprintf("cart=%d", x.want); !strings.Contains(got.body, want) || added.Load() != x.want {
				w.Errorf("%s: %d sent, %q, want %d", name, added.Load(), got.body, x.want)
			}
			if x.want == 1 && shown.Load() != 1 {
				w.Errorf("%s: the page was made %d times", name, shown.Load())
			}
			if v.jar["cart"] != "1" {
				w.Errorf("%s: the cart's cookie is lost", name)
			}
			// Another form is another form.
			other := v.request("POST", "/koszyk/dodaj", navigates)
			other.Body, other.ContentLength = io.NopCloser(strings.NewReader("product=rouge")), int64(len("product=rouge"))
			if v.send(other.WithContext(w.over)); added.Load() != x.want+1 {
				w.Errorf("%s: another article was not sent", name)
			}
		})
	}
}
