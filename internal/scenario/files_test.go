package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A web server that nobody has set up says of a file only when it was changed. The crowd's
// files are asked for once a minute all the same, and what a program makes for one visitor
// stays his, whatever its address ends in.
func TestFilesThatSayNothing(t *testing.T) {
	for _, platform := range []string{"woocommerce", "generic"} {
		story(t, func(w *world) {
			changed := ""
			s := software(w, platform, func(w http.ResponseWriter, r *http.Request) {
				whose := "nobody"
				if c, err := r.Cookie("who"); err == nil {
					whose = c.Value
				}
				h := w.Header()
				switch r.URL.Path {
				case "/theme/style.css", "/uploads/a.jpg":
					h.Set("Last-Modified", "Mon, 01 Feb 1999 12:00:00 GMT")
					h.Set("Etag", `"`+changed+`1"`)
					if r.Header.Get("If-None-Match") == h.Get("Etag") {
						w.WriteHeader(http.StatusNotModified)
						return
					}
					h.Set("Content-Type", "text/css")
					fmt.Fprint(w, "p{} "+changed)
				case "/card.png": // made by a program, as it is asked for
					h.Set("Content-Type", "image/png")
					h.Set("Etag", `"`+whose+`"`)
					fmt.Fprint(w, "card of "+whose)
				case "/letters.png": // to be copied, kept in the session
					h.Set("Content-Type", "image/png")
					h.Set("Last-Modified", "Mon, 01 Feb 1999 12:00:00 GMT")
					h.Set("Set-Cookie", "letters="+whose)
					fmt.Fprint(w, "letters of "+whose)
				default: // a page at a file's address
					h.Set("Last-Modified", "Mon, 01 Feb 1999 12:00:00 GMT")
					prints(w, "page of %s", whose)
				}
			})
			ask := func(path, whose string) reply {
				v := w.visitor("a.example")
				v.jar["who"] = whose
				return v.do("GET", path, func(h http.Header) { h.Set("Accept", "*/*"); h.Set("Sec-Fetch-Mode", "no-cors") })
			}
			for i := range 30 {
				for _, path := range []string{"/theme/style.css", "/uploads/a.jpg"} {
					if got := ask(path, fmt.Sprint("visitor", i)); got.status != 200 || !strings.Contains(got.body, "p{}") || i > 0 && !strings.Contains(got.header.Get("Cache-Status"), "hit; ttl=") {
						w.Errorf("%s: %d %q %q", path, got.status, got.body, got.header["Cache-Status"])
					}
				}
			}
			for _, path := range []string{"/card.png", "/letters.png", "/product/x.css"} {
				for _, whose := range []string{"anna", "bela", "anna"} {
					if got := ask(path, whose); !strings.Contains(got.body, " of "+whose) {
						w.Errorf("%s: %s is shown %q (%s)", path, whose, got.body, got.header["Cache-Status"])
					}
				}
			}
			if n := s.requests("/theme/style.css"); n != 1 {
				w.Errorf("%d requests for a file", n)
			}
			// A minute later it is asked for anew, while the old one goes out.
			changed = "new"
			advance(61 * time.Second)
			ask("/theme/style.css", "anna")
			advance(time.Second)
			if got := ask("/theme/style.css", "bela"); !strings.Contains(got.body, "new") {
				w.Errorf("%q %q", got.body, got.header["Cache-Status"])
			}
		})
	}
}
