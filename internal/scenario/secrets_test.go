package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// software puts a shop of one software before the edge.
func software(w *world, name string, h http.HandlerFunc) *shop {
	s := w.shop("shop")
	s.handler, s.limit = h, 200
	p, ok := preset.Named(name)
	if !ok {
		w.Fatal(name)
	}
	w.cfg = func(c *edge.ShopConfig) { c.Platform = p }
	w.start(falochron.ModeAuto, origin.Config{})
	return s
}

// prints answers a page.
func prints(w http.ResponseWriter, format string, a ...any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<html><head></head><body>"+format+"</body></html>", a...)
}

// A fill must not pass for a request of the shop's own machine: what is shown to that
// would be kept for everybody.
func TestAFillIsNotOfOurOwnMachine(t *testing.T) {
	story(t, func(w *world) {
		software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
			// mod_remoteip/real_ip before "Require local"; Symfony's app_dev.php; Rails' local?
			if r.Header.Get("X-Forwarded-For") == "" {
				prints(w, "debug: last visitor anna@example.org")
				return
			}
			http.Error(w, "You are not allowed to access this file.", http.StatusForbidden)
		})
		v := w.visitor("a.example")
		for _, p := range []string{"/app_dev.php", "/server-status", "/"} {
			got := v.see(p)
			if got.status != 403 {
				w.Errorf("%s: %d %s %v", p, got.status, got.body, got.header)
			}
		}
	})
}

// A link that holds a secret works as without us: asked for once, and shown to who asks.
func TestADownloadCountsOnce(t *testing.T) {
	story(t, func(w *world) {
		var n atomic.Int32
		software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("download_file") == "" {
				prints(w, "hi")
				return
			}
			w.Header().Set("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0, private")
			if n.Add(1) > 1 {
				prints(w, "Sorry, you have reached your download limit for this file")
				return
			}
			w.Header().Set("Content-Type", "application/pdf")
			fmt.Fprint(w, "%PDF the book")
		})
		v := w.visitor("a.example")
		got := v.see("/?download_file=7&order=wc_order_Ab12&email=anna%40example.org&key=0b1c7d3e-7d3f-4c55-9d5e-1f2a3b4c5d6e")
		w.Logf("%d requests: %d %s %v", n.Load(), got.status, got.body, got.header)
		if n.Load() != 1 {
			w.Errorf("one click, %d downloads: %s", n.Load(), got.body)
		}
	})
}

// A link that holds a secret works as without us: asked for once, and shown to who asks.
func TestALinkThatWorksOnceWorksForItsOwner(t *testing.T) {
	story(t, func(w *world) {
		var used atomic.Bool
		software(w, "evershop", func(w http.ResponseWriter, r *http.Request) {
			if c, err := r.Cookie("sid"); err != nil || c.Value == "" {
				http.SetCookie(w, &http.Cookie{Name: "sid", Value: fmt.Sprintf("s%016d", time.Now().UnixNano()), Path: "/"})
			}
			if r.URL.Path == "/witaj" {
				if used.Swap(true) {
					prints(w, "This link was used already")
				} else {
					prints(w, "Welcome, Anna, Kwiatowa 5, Lublin")
				}
				return
			}
			prints(w, "hi")
		})
		anna, eve := w.visitor("a.example"), w.visitor("a.example")
		a := anna.see("/witaj?token=9f1c2b7e44d04c1e")
		e := eve.see("/witaj?token=9f1c2b7e44d04c1e")
		w.Logf("anna %s %v %v", a.body, a.header, anna.jar)
		if strings.Contains(e.body, "Anna") {
			w.Errorf("eve: %s %v", e.body, e.header)
		}
		if anna.jar["sid"] == "" {
			w.Errorf("anna got no session")
		}
	})
}

// A link that works once works once, also with its secret in the path.
func TestASecretInThePathIsSharedWithNobody(t *testing.T) {
	story(t, func(w *world) {
		var used atomic.Bool
		software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
			if used.Swap(true) {
				prints(w, "used")
				return
			}
			prints(w, "Anna")
		})
		w.visitor("a.example").see("/witaj/9f1c2b7e44d04c1e9f1c2b7e44d04c1e")
		if b := w.visitor("a.example").see("/witaj/9f1c2b7e44d04c1e9f1c2b7e44d04c1e"); strings.Contains(b.body, "Anna") {
			w.Error(b.body)
		}
	})
}

// A redirect that the shop forbids to store is not shared if its address may be somebody's.
func TestARedirectOfAFileIsNotSharedWithItsToken(t *testing.T) {
	story(t, func(w *world) {
		var n atomic.Int32
		software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store, private")
			w.Header().Set("Location", fmt.Sprintf("/captcha/%d.png?token=t%d", n.Add(1), n.Load()))
			w.WriteHeader(302)
		})
		a := w.visitor("a.example").see("/captcha.png")
		b := w.visitor("a.example").see("/captcha.png")
		if a.header.Get("Location") == b.header.Get("Location") {
			w.Errorf("%v\n%v", a.header, b.header)
		}
	})
}

// A redirect that gives a visitor without cookies a session in the address gives it to
// one visitor.
func TestARedirectIsNotSharedWithItsSession(t *testing.T) {
	story(t, func(w *world) {
		var n atomic.Int32
		software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprintf("/p?PHPSESSID=abcdef%06d", n.Add(1)), http.StatusMovedPermanently)
		})
		a, b := w.visitor("a.example").see("/p"), w.visitor("a.example").see("/p")
		if a.header.Get("Location") == b.header.Get("Location") {
			w.Errorf("%v\n%v", a.header, b.header)
		}
	})
}
