package page

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The test and the refusal need no script, lead on by a link of their own, and fit into
// what a server may send at once, with the longest texts there are.
func TestTestPages(t *testing.T) {
	p := mustNew(t, Fullest())
	for _, lang := range offered {
		v := TestView{Lang: lang, Wait: 3500 * time.Millisecond, URL: "/.falochron/prove?t=" + strings.Repeat("t", 74) + "&to=" + InQuery("/p?x="+strings.Repeat("p", 390)), RequestID: strings.Repeat("r", maxSmall), Posted: true}
		for name, c := range map[string]struct {
			serve  func(*httptest.ResponseRecorder) error
			status int
		}{
			"test": {func(w *httptest.ResponseRecorder) error {
				return p.ServeTest(w, httptest.NewRequest("GET", "/", nil), v)
			}, 503},
			"away": {func(w *httptest.ResponseRecorder) error {
				return p.ServeTurnedAway(w, httptest.NewRequest("GET", "/", nil), v)
			}, 429},
		} {
			w := httptest.NewRecorder()
			if err := c.serve(w); err != nil {
				t.Fatal(err)
			}
			body := w.Body.String()
			const head = 1100 // status line and header fields
			if w.Code != c.status || len(body)+head > 14<<10 {
				t.Errorf("%s %s: status %d, %d bytes", lang, name, w.Code, len(body))
			}
			if strings.Contains(body, "<script") || !strings.Contains(body, `<a class="b" href="/.falochron/prove?t=`) || !strings.Contains(body, `<html lang="`+lang+`"`) {
				t.Errorf("%s %s:\n%s", lang, name, body)
			}
			if refresh := `http-equiv="refresh" content="4;url=/.falochron/prove?t=`; strings.Contains(body, refresh) != (name == "test") {
				t.Errorf("%s %s: the page leads on by itself: %v", lang, name, name != "test")
			}
			if w.Header().Get("Cache-Control") != "no-store" || (w.Header().Get("Retry-After") == "4") != (name == "test") {
				t.Errorf("%s %s: %v", lang, name, w.Header())
			}
			if !strings.Contains(body, errorText[lang].NotSent[:20]) {
				t.Errorf("%s %s: nothing is said of what was sent", lang, name)
			}
		}
	}
}
