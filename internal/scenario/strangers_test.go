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

// Of several shops behind one edge each is shown at its own hosts only, however the host
// is written and whatever else the request says of it, from the store as well.
func TestEachHostHasItsShop(t *testing.T) {
	story(t, func(w *world) {
		mk := func(name string, hosts ...string) *shop {
			s := w.shop(name, hosts...)
			s.limit = 200
			s.handler = func(w http.ResponseWriter, r *http.Request) { prints(w, "shop=%s. host=%s.", name, r.Host) }
			return s
		}
		mk("a", "a.example", "www.a.example")
		mk("b", "b.example")
		mk("c")
		w.cfg = func(c *edge.ShopConfig) { c.Platform, _ = preset.Named("woocommerce") }
		w.start(falochron.ModeAuto, origin.Config{})
		want := func(line, shop string) {
			got := w.raw(fmt.Sprintf("GET %s\nAccept: text/html\nConnection: close\n\n", line))
			if !strings.Contains(got, "shop="+shop+".") {
				w.Errorf("%q: want %s\n%s", line, shop, got)
			}
		}
		for range 2 {
			for _, h := range []string{"a.example", "A.Example", "a.example.", "a.example:80", "a.example:8443", "A.EXAMPLE.:80"} {
				want("/p HTTP/1.1\nHost: "+h, "a")
				want("http://"+h+"/p HTTP/1.1\nHost: b.example", "a")
			}
			for _, h := range []string{"b.example", "B.example.", "b.example:443"} {
				want("/p HTTP/1.1\nHost: "+h, "b")
				want("/p HTTP/1.1\nX-Forwarded-Host: a.example\nX-Host: a.example\nForwarded: host=a.example\nHost: "+h, "b")
			}
			for _, h := range []string{"x.example", "10.0.0.1", "a.example.evil", "xa.example"} {
				want("/p HTTP/1.1\nHost: "+h, "c")
			}
			want("/p HTTP/1.0", "c")
		}
	})
}

// A session of the shop makes a visitor personal however his browser, or he, writes
// the Cookie field, and whatever marks stand beside it.
func TestASessionIsSeenHoweverItIsWritten(t *testing.T) {
	story(t, func(w *world) {
		software(w, "evershop", func(w http.ResponseWriter, r *http.Request) {
			who := "nobody"
			if c, err := r.Cookie("sid"); err == nil && c.Value != "" {
				who = c.Value
			}
			prints(w, "for=%s.", who)
		})
		w.visitor("a.example").see("/p")
		long := strings.Repeat("x", 6000)
		for _, lines := range [][]string{
			{"sid=ola"}, {"a=1; sid=ola"}, {"a=1", "sid=ola"}, {"sid=ola", "sid=jan"}, {"a=" + long + "; sid=ola"}, {"sid=ola; falo_clean="}, {" sid=ola"},
			{"a=1;sid=ola"}, {"a;sid=ola"}, {"=x; sid=ola"}, {";;sid=ola;;"}, {"falo_clean=1; falo_personal=1; sid=ola"}, {"falo_clean=1", "falo_personal=1", "sid=ola"},
			{"falo_personal=1; falo_clean=1; sid=ola"}, {"Falo_Clean=1; sid=ola"},
		} {
			got := w.visitor("a.example").do("GET", "/p", navigates, func(h http.Header) { h["Cookie"] = lines })
			if !strings.Contains(got.body, "for=ola.") {
				w.Errorf("%.80q: %d %s %v", lines, got.status, got.body, got.header["Cache-Status"])
			}
		}
		if got := w.visitor("a.example").see("/p"); !strings.Contains(got.body, "for=nobody.") {
			w.Error(got.body)
		}
	})
}

// A page that was public is shown to nobody else once the shop calls it private, also
// where it says so in a 304.
func TestAPageBecomesPersonalInMidLife(t *testing.T) {
	story(t, func(w *world) {
		var turn, n atomic.Int32
		software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"same"`)
			if turn.Load() == 1 {
				w.Header().Set("Cache-Control", "private")
				if r.Header.Get("If-None-Match") != "" {
					w.WriteHeader(304)
					return
				}
				prints(w, "for=%d.", n.Add(1))
				return
			}
			w.Header().Set("Cache-Control", "public, max-age=5")
			prints(w, "for=0.")
		})
		w.visitor("a.example").see("/p")
		w.visitor("a.example").see("/p")
		turn.Store(1)
		advance(100 * time.Second)
		seen := map[string]int{}
		for range 6 {
			got := w.visitor("a.example").see("/p")
			seen[got.body]++
		}
		for b, k := range seen {
			if k > 1 && !strings.Contains(b, "for=0.") {
				w.Errorf("%s %d times", b, k)
			}
		}
	})
}
