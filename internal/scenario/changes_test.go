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

// pressing is a shop with a form that leads to the cart, how long each takes, and how
// often the form came.
type pressing struct {
	add, show time.Duration
	text      string // of the redirect
	tag       string // of the cart's page
	status    int    // of the cart's page; 0 = 200
	added     atomic.Int32
}

func (p *pressing) open(w *world) *visitor {
	serving(w, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/koszyk/dodaj":
			time.Sleep(p.add)
			p.added.Add(1)
			w.Header().Set("Location", "/koszyk")
			w.WriteHeader(http.StatusSeeOther)
			_, _ = io.WriteString(w, p.text)
		case "/koszyk":
			time.Sleep(p.show)
			if p.tag != "" {
				w.Header().Set("ETag", p.tag)
				if r.Header.Get("If-None-Match") == p.tag {
					w.WriteHeader(http.StatusNotModified)
					return
				}
			}
			if p.status != 0 {
				w.WriteHeader(p.status)
			}
			prints(w, "cart=%d", p.added.Load())
		default:
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "ola", Path: "/"})
			prints(w, "hi")
		}
	})
	v := w.visitor("a.example")
	v.see("/in")
	return v
}

// leaves asks for something and does not wait for it.
func (v *visitor) leaves(after time.Duration, method, path string) {
	ctx, leave := context.WithTimeout(v.world.over, after)
	defer leave()
	v.within(ctx, method, path, navigates)
}

// Where a form led is told whole, although the shop wrote a text with it.
func TestWhereAFormLedIsToldWhole(t *testing.T) {
	story(t, func(w *world) {
		p := &pressing{add: time.Second, show: 4 * time.Second, text: "See Other. Redirecting to /koszyk"}
		v := p.open(w)
		v.form("/koszyk/dodaj")
		v.leaves(time.Second, "GET", "/koszyk")
		if got := v.form("/koszyk/dodaj"); got.err != nil || got.status != http.StatusSeeOther || got.header.Get("Location") != "/koszyk" || p.added.Load() != 1 {
			w.Errorf("%d %v %v, sent %d times", got.status, got.err, got.header, p.added.Load())
		}
	})
}

// Whoever has seen where the form led, in whatever way, and presses again means it.
func TestAPressAfterWhatWasSeenIsAnother(t *testing.T) {
	see := func(v *visitor) { v.see("/koszyk") }
	for name, x := range map[string]struct {
		shop *pressing
		sees func(*visitor)
	}{
		"the page": {&pressing{}, see},
		"it is not changed": {&pressing{tag: `"x"`}, func(v *visitor) {
			v.do("GET", "/koszyk", navigates, func(h http.Header) { h.Set("If-None-Match", `"x"`) })
		}},
		"it is not there": {&pressing{status: http.StatusNotFound}, see},
		"by a reload":     {&pressing{show: 4 * time.Second}, func(v *visitor) { v.leaves(3*time.Second, "GET", "/koszyk"); v.see("/koszyk") }},
	} {
		story(t, func(w *world) {
			p := &pressing{add: 100 * time.Millisecond, show: x.shop.show, tag: x.shop.tag, status: x.shop.status}
			v := p.open(w)
			v.form("/koszyk/dodaj")
			x.sees(v)
			advance(2 * time.Second)
			if v.form("/koszyk/dodaj"); p.added.Load() != 2 {
				w.Errorf("%s: sent %d times, want 2", name, p.added.Load())
			}
		})
	}
}

// The third press of somebody who has seen nothing is the first one, too; a form at
// another address, though another form led there, is another form.
func TestAThirdPressIsTheFirst(t *testing.T) {
	story(t, func(w *world) {
		p := &pressing{add: 3 * time.Second, show: 4 * time.Second}
		v := p.open(w)
		v.leaves(2*time.Second, "POST", "/koszyk/dodaj")
		v.form("/koszyk/dodaj")
		v.leaves(2*time.Second, "GET", "/koszyk")
		if v.form("/koszyk/dodaj"); p.added.Load() != 1 {
			w.Errorf("sent %d times", p.added.Load())
		}
		v.form("/koszyk") // the quantity changed, say
		if v.form("/koszyk/dodaj"); p.added.Load() != 2 {
			w.Errorf("sent %d times after another change, want 2", p.added.Load())
		}
	})
}
