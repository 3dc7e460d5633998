package control

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// The room is told which operator asks, and nobody else is one; another site's form
// does not come through.
func TestTheRoomIsToldWhoIsAnOperator(t *testing.T) {
	asked, calls := "", 0
	f, _, _ := newControl(t, func(c *Config) {
		c.Room = func(w http.ResponseWriter, r *http.Request, operator string) {
			asked, calls = operator, calls+1
			w.WriteHeader(http.StatusTeapot)
		}
	})
	send := func(method string, set func(*http.Request)) int {
		r := httptest.NewRequest(method, "http://localhost/plan/next", nil)
		set(r)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w.Code
	}
	for name, c := range map[string]struct {
		set  func(*http.Request)
		code int
		who  string
	}{
		"nobody": {func(*http.Request) {}, 418, ""},
		"an operator": {func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+adminToken)
			r.Header.Set(ActorHeader, "zosia")
		}, 418, "zosia"},
		"a webhook":    {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+stockToken) }, 418, ""},
		"another name": {func(r *http.Request) { r.Host = "evil.example" }, 421, ""},
		"another site": {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403, ""},
	} {
		asked = ""
		if got := send(http.MethodPost, c.set); got != c.code || asked != c.who {
			t.Errorf("%s: %d as %q, want %d as %q", name, got, asked, c.code, c.who)
		}
	}
	if calls != 3 {
		t.Errorf("the room was asked %d times, want 3", calls)
	}
}
