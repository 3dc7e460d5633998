package cache

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// One follower of a fill that varies by language gets another language's fill,
// not this one's answer; with values the edge may not repeat he passes.
func TestVaryIsNeverMixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		s := &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return response("in "+req.Header.Get("Accept-Language"), public, "Vary: Accept-Language, Cookie"), nil
		}}
		var cr crowd
		langs := []string{"pl", "en", "de"}
		for i := range 30 {
			cr.visit(c, s, 1, "/a.css", "Accept-Language: "+langs[i%3])
		}
		cr.visit(c, s, 1, "/a.css")
		cr.visit(c, s, 4, "/a.css", "Accept-Language: pl", "Cookie: session=anna")
		if n := cr.count(Passed, "vary"); n != 4 {
			t.Errorf("%d passed: %+v", n, cr.outs)
		}
		for i, g := range cr.gauges[:30] {
			if g.all() != "in "+langs[i%3] {
				t.Errorf("%s visitor got %q", langs[i%3], g.all())
			}
		}
		if cr.gauges[30].all() != "in " {
			t.Errorf("visitor without language got %q", cr.gauges[30].all())
		}
		if s.asked() != 4 {
			t.Errorf("%d fills for 4 forms", s.asked())
		}
		out, w := visit(c, s, "/a.css", "Accept-Language: de")
		if out.How != Hit || w.Body.String() != "in de" {
			t.Errorf("%+v %q", out, w.Body)
		}
		out, _ = visit(c, s, "/a.css", "Accept-Language: de", "Cookie: a=b")
		wantOutcome(t, out, Passed, "vary")
	})
}

// Who comes while the first answer arrives knows by its header what it varies by,
// and reads along all the same.
func TestVaryIsLearntInMidBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, lines := range [][]string{
			{"Vary: Accept-Language"}, {"Content-Encoding: gzip"}, {"Vary: Accept-Encoding, Accept-Language", "Content-Encoding: gzip"},
		} {
			c := New(Config{})
			resp, body := piped(-1, append(lines, public)...)
			s := &shop{answer: answerWith(resp)}
			var cr crowd
			for range 3 {
				cr.visit(c, s, 10, "/a.css", "Accept-Encoding: gzip, br")
				synctest.Wait()
				body.Write([]byte("part "))
				synctest.Wait()
			}
			body.Close()
			cr.wg.Wait()
			for i, g := range cr.gauges {
				if g.all() != "part part part " {
					t.Errorf("%q: visitor %d has %q", lines, i, g.all())
				}
			}
			if s.asked() != 1 || len(c.flights) != 0 {
				t.Errorf("%q: %d fills, %d in the table", lines, s.asked(), len(c.flights))
			}
			c.Close()
		}
	})
}

// RFC 9111 section 4.1: "When a cache has multiple stored responses for a target
// URI and one or more omits the Vary header field, the cache SHOULD choose the
// most recent stored response with a valid Vary field value."
//
// Codings: who takes gzip shares with all who do; who does not gets his own.
func TestCodings(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
		if ae := req.Header.Get("Accept-Encoding"); ae == "gzip" {
			return response("zipped", public, "Content-Encoding: gzip"), nil // and no Vary: a common fault
		}
		return response("plain", public), nil
	}}
	for _, x := range []struct{ ae, want string }{
		{"gzip, deflate, br", "zipped"}, {"", "plain"}, {"gzip", "zipped"}, {"br", "plain"}, {"gzip;q=0, br", "plain"}, {"*", "zipped"},
	} {
		lines := []string{"Accept-Encoding: " + x.ae}
		if x.ae == "" {
			lines = nil
		}
		out, w := visit(c, s, "/a.css", lines...)
		if !out.Answered() || w.Body.String() != x.want {
			t.Errorf("%q: %+v %q", x.ae, out, w.Body)
		}
	}
	if s.asked() != 2 {
		t.Errorf("%d fills", s.asked())
	}
}
