package edge

import (
	"fmt"
	"net/http/httptest"
	"testing"
)

// A thank-you page that is reloaded is one order, whoever looks at it.
func TestThanksOncePerOrder(t *testing.T) {
	seen := newThanks()
	ask := func(to, cookie string) bool {
		r := httptest.NewRequest("GET", to, nil)
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		return seen.first(r)
	}
	for _, c := range []struct {
		to, cookie string
		want       bool
	}{
		{"/order-received/7/?key=a", "", true},
		{"/order-received/7/?key=a", "", false},
		{"/order-received/8/?key=b", "", true},
		{"/thanks", "sid=ola", true}, // shops that keep the number in the session
		{"/thanks", "sid=jan", true},
		{"/thanks", "sid=ola", false},
	} {
		if got := ask(c.to, c.cookie); got != c.want {
			t.Errorf("%s of %q is a new order: %v", c.to, c.cookie, got)
		}
	}
	for i := range 3 * thanksKept {
		ask(fmt.Sprint("/thanks/", i), "")
	}
	if n := len(seen.shown); n != thanksKept {
		t.Errorf("%d pages are remembered, want %d", n, thanksKept)
	}
}
