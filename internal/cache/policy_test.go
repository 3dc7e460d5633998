package cache

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// kind is what a preset grants for a kind of page, to somebody anonymous.
func kind() Policy {
	return Policy{Policy: fresh.Policy{
		Micro: 30 * time.Second, WhileStale: time.Minute, IfError: time.Hour, ErrorLife: 5 * time.Second,
		Drop: func(name string) bool { return name == "OCSESSID" || name == "currency" },
	}}
}

// forbidden is the same for a kind that the shop forbids to store, proven and
// confirmed.
func forbidden() Policy {
	p := kind()
	p.Override = true
	return p
}

// A page that says nothing is filled at first sight and kept for a moment; for a
// visitor who is not anonymous it is as if it were not there.
func TestMicroCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		s := says("page")
		out, w := visitBy(c, s, kind(), "/p/1", "Accept: text/html")
		if wantOutcome(t, out, Filled, "filled"); status(w) != "falochron; fwd=uri-miss; fwd-status=200; ttl=30; stored; detail=micro" {
			t.Errorf("%s", status(w))
		}
		out, w = visitBy(c, s, kind(), "/p/1", "Accept: text/html", "Cookie: _ga=1")
		if wantOutcome(t, out, Hit, "micro"); status(w) != "falochron; hit; ttl=30; detail=micro" {
			t.Errorf("%s", status(w))
		}
		// A reload does not reach the shop.
		out, _ = visitBy(c, s, kind(), "/p/1", "Accept: text/html", "Cache-Control: no-cache", "Pragma: no-cache")
		wantOutcome(t, out, Hit, "micro")
		for name, less := range map[string]Policy{
			"nothing granted": {}, "a file": plain(Key{Path: "."}),
			"no drop":       {Policy: fresh.Policy{Drop: kind().Drop}},
			"only override": {Policy: fresh.Policy{Override: true}},
		} {
			r, k := get("/p/1", "Accept: text/html", "Cookie: session=anna")
			if c.Lookup(r, k, less) {
				t.Errorf("%s: would be given an anonymous page", name)
			}
			if out := c.Serve(httptest.NewRecorder(), r, k, less, s.fill); out.How == Hit {
				t.Errorf("%s: %+v", name, out)
			}
		}
		time.Sleep(31 * time.Second)
		out, _ = visitBy(c, s, kind(), "/p/1", "Accept: text/html")
		wantOutcome(t, out, Hit, "stale-while-revalidate")
	})
}

// Who is not granted as much takes no part in a fill either, and what is learnt by
// one does not count for the other.
func TestGrantsDoNotMeet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return response("page", "Cache-Control: no-store"), nil
		}}
		var cr crowd
		policies := []Policy{forbidden(), kind(), {}}
		for i := range 30 {
			r, k := get("/p/1")
			cr.sendBy(c, s, policies[i%3], r, k)
		}
		cr.wg.Wait()
		if n := cr.count(Filled, "filled") + cr.count(Followed, "collapsed"); n != 10 {
			t.Errorf("%d got the page, by right 10: %+v", n, cr.outs)
		}
		if n := cr.count(Passed, "no-store"); n != 10 {
			t.Errorf("%d found out that it is not to be stored", n)
		}
		if n := cr.count(Passed, "not-known-public"); n != 10 {
			t.Errorf("%d had nothing granted", n)
		}
		out, _ := visitBy(c, s, kind(), "/p/1")
		wantOutcome(t, out, Passed, "hit-for-miss")
		out, _ = visitBy(c, s, forbidden(), "/p/1")
		wantOutcome(t, out, Hit, "override")
		if s.asked() != 2 {
			t.Errorf("%d fills", s.asked())
		}
		// One after the other, too.
		out, _ = visitBy(c, s, kind(), "/p/2")
		wantOutcome(t, out, Passed, "no-store")
		out, _ = visitBy(c, s, forbidden(), "/p/2")
		wantOutcome(t, out, Filled, "filled")
		out, _ = visitBy(c, s, kind(), "/p/2")
		wantOutcome(t, out, Passed, "hit-for-miss")
	})
}

// The owner's word is taken back: from that request on nobody gets the page.
func TestOverrideTakenBack(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := says("page", "Cache-Control: no-store, no-cache, must-revalidate", "Pragma: no-cache", "Expires: Thu, 19 Nov 1981 08:52:00 GMT")
	out, w := visitBy(c, s, forbidden(), "/p/1")
	if wantOutcome(t, out, Filled, "filled"); !strings.HasSuffix(status(w), "; detail=override") {
		t.Errorf("%s", status(w))
	}
	// What the shop says to browsers stays.
	if w.Header().Get("Cache-Control") != "no-store, no-cache, must-revalidate" {
		t.Errorf("Cache-Control: %s", w.Header().Get("Cache-Control"))
	}
	out, _ = visitBy(c, s, forbidden(), "/p/1")
	wantOutcome(t, out, Hit, "override")
	out, _ = visitBy(c, s, kind(), "/p/1")
	wantOutcome(t, out, Passed, "no-store")
}

// Dropped cookies are in nothing that is shared, stored or streamed.
func TestDroppedCookies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, value := range []string{"short", "0123456789abcdef"} {
			c := New(Config{})
			resp, body := piped(-1, "Set-Cookie: OCSESSID="+value+"; path=/", "Set-Cookie: currency=PLN", "Cache-Control: no-store")
			s := &shop{answer: answerWith(resp)}
			var cr crowd
			for range 10 {
				r, k := get("/p/1")
				cr.sendBy(c, s, forbidden(), r, k)
			}
			synctest.Wait()
			body.Write([]byte("first half, "))
			synctest.Wait()
			// A page whose session might be in it is looked through before anybody has it.
			if seen := cr.gauges[0].seen(); (seen == "") != (len(value) >= secretLeast) {
				t.Errorf("%s: %q has arrived", value, seen)
			}
			body.Write([]byte("second half"))
			body.Close()
			cr.wg.Wait()
			for _, g := range cr.gauges {
				if g.all() != "first half, second half" || len(g.h["Set-Cookie"]) > 0 {
					t.Errorf("%s: %q %v", value, g.all(), g.h)
				}
			}
			_, w := visitBy(c, s, forbidden(), "/p/1")
			if w.Body.String() != "first half, second half" || len(w.Header()["Set-Cookie"]) > 0 {
				t.Errorf("%s, from the store: %q %v", value, w.Body, w.Header())
			}
			c.Close()
		}
	})
}

// The edge asks the shop for a plain page and compresses it: the answer is still one
// to the question of the cache.
func TestFillMayChangeItsRequest(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
		req.Header.Set("Accept-Encoding", "identity")
		req.Header.Set("X-Forwarded-Proto", "https")
		return response(zipped("page"), "Content-Encoding: gzip", "Vary: Accept-Encoding, X-Forwarded-Proto"), nil
	}}
	for _, want := range []How{Filled, Hit} {
		if out, _ := visitBy(c, s, kind(), "/p/1", "Accept-Encoding: gzip, br"); out.How != want {
			t.Errorf("%+v", out)
		}
	}
}

// Somebody's own request under a kind's policy ends no hit-for-miss mark: by its own
// words his answer would not be kept. What is public does.
func TestObserveUnderPolicy(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := says("page", "Set-Cookie: login=1")
	out, _ := visitBy(c, s, kind(), "/p/1")
	wantOutcome(t, out, Passed, "set-cookie")
	r, k := get("/p/1")
	x := fresh.Exchange{Method: "GET", Request: r.Header, Status: 200, Response: header(), Requested: time.Now(), Received: time.Now()}
	c.Observe(k, x, kind())
	out, _ = visitBy(c, s, kind(), "/p/1")
	wantOutcome(t, out, Passed, "hit-for-miss")
	x.Response = header(public)
	c.Observe(k, x, kind())
	out, _ = visitBy(c, says("page"), kind(), "/p/1")
	wantOutcome(t, out, Filled, "filled")
	// A POST that reads is seen as the GET that it is answered like.
	reads := forbidden()
	reads.Reads = true
	out, _ = visitBy(c, says("x", "Set-Cookie: login=1"), reads, "/ajax")
	wantOutcome(t, out, Passed, "set-cookie")
	_, k = get("/ajax")
	x.Method = "POST"
	c.Observe(k, x, reads)
	out, _ = visitBy(c, says("{}"), reads, "/ajax")
	wantOutcome(t, out, Filled, "filled")
}

// A script asks for an empty cart by POST: one question to the shop, by GET, for
// all of them.
func TestReads(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := says("{}", "Cache-Control: no-store", "Content-Type: application/json")
	post := func(p Policy, body string) (Outcome, *httptest.ResponseRecorder) {
		r := httptest.NewRequest("POST", "http://sklep.pl/?wc-ajax=get_refreshed_fragments", strings.NewReader(body))
		r.Header.Set("Range", "bytes=0-0")
		r.Header.Set("If-None-Match", "*")
		r.Header.Set("X-Requested-With", "XMLHttpRequest")
		w := httptest.NewRecorder()
		return c.Serve(w, r, KeyOf(Target{Host: r.Host, Path: "/", Query: r.URL.RawQuery, Header: r.Header}), p, s.fill), w
	}
	reads := forbidden()
	reads.Reads = true
	for i := range 5 {
		out, w := post(reads, fmt.Sprintf("time=%d", i))
		if i > 0 {
			wantOutcome(t, out, Hit, "override")
		}
		if w.Code != 200 || w.Body.String() != "{}" && i > 0 {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	}
	if s.asked() != 1 || s.requests[0].Method != "GET" || s.requests[0].Body != nil {
		t.Errorf("%d asked: %+v", s.asked(), s.requests[0])
	}
	// RFC 9111 section 4: "A cache MUST write through requests with methods that are
	// unsafe": any other POST, and any other method.
	out, _ := post(forbidden(), "a=1")
	wantOutcome(t, out, Passed, "method")
	r := httptest.NewRequest("DELETE", "http://sklep.pl/?wc-ajax=get_refreshed_fragments", nil)
	out = c.Serve(httptest.NewRecorder(), r, KeyOf(Target{Host: r.Host, Path: "/", Query: r.URL.RawQuery}), reads, s.fill)
	wantOutcome(t, out, Passed, "method")
}

// Language and currency choose among forms, each with a fill of its own that says
// which; nothing else of a cookie does.
func TestFormCookies(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
		return response("in "+req.Header.Get("Cookie"), "Vary: Cookie, Accept-Encoding"), nil
	}}
	ask := func(form, cookie string) (Outcome, string) {
		r, k := get("/p/1", "Cookie: "+cookie)
		k.Cookies = form
		w := httptest.NewRecorder()
		out := c.Serve(w, r, k, kind(), s.fill)
		return out, w.Body.String()
	}
	for range 2 {
		for _, form := range []string{"", "currency=EUR", "currency=PLN", "language=pl; currency=PLN"} {
			for _, other := range []string{"_ga=1", "_ga=2; currency=USD"} {
				if out, body := ask(form, other); !out.Answered() || body != "in "+form {
					t.Errorf("%q: %+v %q", form, out, body)
				}
			}
		}
	}
	if s.asked() != 4 || c.Stats().Objects != 4 {
		t.Errorf("%d fills, %+v", s.asked(), c.Stats())
	}
	// What others learnt of the page's Vary is not in the way.
	r, k := get("/p/2")
	c.Observe(k, fresh.Exchange{Method: "GET", Request: r.Header, Status: 200, Response: header(public)}, Policy{})
	visitBy(c, says("public", public, "Vary: Cookie"), Policy{}, "/p/2")
	out, _ := visitBy(c, says("kind", "Vary: Cookie"), kind(), "/p/2", "Cookie: _ga=1")
	wantOutcome(t, out, Filled, "filled")
	c.Invalidate(k)
	// Whoever changes the page changes all its forms.
	bytes := func(form string) int64 {
		before := c.Stats().Bytes
		r, k = get("/p/1")
		k.Cookies = form
		c.Serve(httptest.NewRecorder(), r, k, kind(), s.fill)
		return c.Stats().Bytes - before
	}
	if short, long := bytes("currency=X"), bytes("currency="+strings.Repeat("X", 64)); long-short != 2*63 { // in the key, and in the body
		t.Errorf("%d bytes are counted for a form with a short name, %d with a long one", short, long)
	}
	c.Invalidate(k)
	if n := c.Stats().Objects; n != 0 || len(c.resources) != 0 || len(c.addresses) != 0 {
		t.Errorf("%d forms are left", n)
	}
}

// So do request fields, where a shop's scripts choose by them; also if the shop says
// that its answers vary by them.
func TestFieldsChooseForms(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
		return response("in "+req.Header.Get("Sw-Currency-Id")+req.Header.Get("X-Region"), "Vary: sw-currency-id, x-region"), nil
	}}
	ask := func(currency, region string) (Outcome, string) {
		r, k := get("/p/1", "X-Other: "+currency+region)
		fields := http.Header{}
		for name, value := range map[string]string{"Sw-Currency-Id": currency, "X-Region": region} {
			if value != "" {
				fields[name] = []string{value}
				r.Header[name] = []string{value}
			}
		}
		k = KeyOf(Target{Host: k.Host, Path: k.Path, Fields: fields})
		w := httptest.NewRecorder()
		return c.Serve(w, r, k, kind(), s.fill), w.Body.String()
	}
	for _, want := range []How{Filled, Hit, Hit} {
		for _, form := range [][2]string{{"", ""}, {"eur", ""}, {"pln", ""}, {"eur", "pl"}, {"", "pl"}} {
			if out, body := ask(form[0], form[1]); out.How != want || body != "in "+form[0]+form[1] {
				t.Errorf("%q: %+v %q", form, out, body)
			}
		}
	}
	if s.asked() != 5 {
		t.Errorf("%d fills", s.asked())
	}
	for _, req := range s.requests {
		if len(req.Header["X-Other"]) > 0 {
			t.Errorf("sent %v", req.Header)
		}
	}
	// A form is fetched anew as it was asked for.
	_, k := get("/p/1")
	c.Invalidate(k)
	if n := c.Stats().Objects; n != 0 {
		t.Errorf("%d forms are left", n)
	}
	ask("eur", "pl")
	if out, body := ask("eur", "pl"); out.How != Hit || body != "in eurpl" {
		t.Errorf("%+v %q", out, body)
	}
}

// Nothing at all is kept and given as it is.
func TestNoContent(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 204, Header: header("Cache-Control: no-store"), Body: http.NoBody}, nil
	}}
	for _, want := range []How{Filled, Hit} {
		out, w := visitBy(c, s, forbidden(), "/widgets/checkout/info")
		if out.How != want || w.Code != 204 || len(w.Header()["Content-Length"]) > 0 || w.Body.Len() > 0 {
			t.Errorf("%+v %d %v", out, w.Code, w.Header())
		}
	}
}

// The shop's own words and the policy's, for statuses other than 200.
func TestOtherStatuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		defer c.Close()
		missing := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
			resp := response("nothing here", "Content-Type: text/html", `Etag: "x"`)
			resp.StatusCode = 404
			return resp, nil
		}}
		for i, path := range []string{"/gone", "/gone", "/gone"} {
			out, w := visitBy(c, missing, kind(), path, `If-None-Match: "x"`, "Range: bytes=0-1")
			if i == 0 {
				wantOutcome(t, out, Passed, "range")
				visitBy(c, missing, kind(), path)
				continue
			}
			// RFC 9110 section 13.2.1: "A server MUST ignore all received preconditions if its
			// response to the same request without those conditions [...] would have been a
			// status code other than a 2xx (Successful) or 412".
			if out.How != Hit || out.Status != 404 || w.Code != 404 || w.Body.String() != "nothing here" || w.Header().Get("Accept-Ranges") != "" {
				t.Errorf("%+v %d %q", out, w.Code, w.Body)
			}
		}
		time.Sleep(5 * time.Second)
		out, w := visitBy(c, missing, kind(), "/gone")
		if wantOutcome(t, out, Filled, "filled"); w.Code != 404 {
			t.Errorf("%d", w.Code)
		}
		moved := &shop{answer: func(context.Context, *http.Request) (*http.Response, error) {
			resp := response("", "Location: /new")
			resp.StatusCode = 301
			return resp, nil
		}}
		var cr crowd
		for range 5 {
			r, k := get("/moved")
			cr.sendBy(c, moved, kind(), r, k)
		}
		cr.wg.Wait()
		for _, g := range cr.gauges {
			if g.status != 301 || g.h.Get("Location") != "/new" {
				t.Errorf("%d %v", g.status, g.h)
			}
		}
		if moved.asked() != 1 {
			t.Errorf("%d asked where it is", moved.asked())
		}
	})
}
