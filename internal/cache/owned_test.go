package cache

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// An answer with a cart in a field of its header is its visitor's own, whatever its
// Cache-Control says, and whether or not it is of a kind. Nobody gets it, not even
// those who wait; nor does a 304 bring such a field into what is stored.
func TestOwnedByAField(t *testing.T) {
	owned := func(p Policy) Policy {
		p.Owned = func(h http.Header) bool { return len(h["Cart-Token"]) > 0 }
		return p
	}
	for name, p := range map[string]Policy{"of a kind": kind(), "a file": contract()} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Config{})
			defer c.Close()
			s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return response("a cart", "Cache-Control: public, max-age=60", "Cart-Token: eyJ"), nil
			}}
			var cr crowd
			for range 5 {
				r, k := get("/p/1")
				cr.sendBy(c, s, owned(p), r, k)
			}
			cr.wg.Wait()
			synctest.Wait()
			if n := cr.count(Passed, "personal-field"); n != 5 || c.Stats().Objects != 0 {
				t.Errorf("%s: %+v, %+v", name, cr.outs, c.Stats())
			}
			for _, g := range cr.gauges {
				if g.all() != "" || len(g.h) > 0 {
					t.Errorf("%s: somebody got %q", name, g.all())
				}
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		visitBy(c, tagged(`"a"`), owned(kind()), "/p/1")
		time.Sleep(2 * time.Minute)
		out, w := visitBy(c, tagged(`"a"`, "Cart-Token: eyJ"), owned(kind()), "/p/1")
		wantOutcome(t, out, Passed, "personal-field")
		if len(w.Header()["Cart-Token"]) > 0 || c.Stats().Objects != 0 {
			t.Errorf("%v, %+v", w.Header(), c.Stats())
		}
	})
}
