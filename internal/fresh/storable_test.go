package fresh

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// header reads "Name: value" lines; the same name twice makes two lines.
func header(lines ...string) http.Header {
	h := http.Header{}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ":")
		h.Add(strings.TrimSpace(name), strings.TrimPrefix(value, " "))
	}
	return h
}

// files is the policy of what is a file by its class.
var files = Policy{Static: true}

// answer is a 200 to the edge's own GET, received at noon.
func answer(lines ...string) Exchange {
	return Exchange{
		Method: "GET", Request: header("Accept-Encoding: gzip"), Status: 200,
		Response: header(lines...), Requested: noon, Received: noon,
	}
}

func wantStored(t *testing.T, x Exchange, life time.Duration) {
	t.Helper()
	wantStoredBy(t, Policy{}, x, life, "fresh")
}

func wantStoredBy(t *testing.T, p Policy, x Exchange, life time.Duration, reason string) {
	t.Helper()
	d := Storable(x, p)
	if !d.Store || d.Life != life || d.Reason != reason {
		t.Errorf("%d %v: %+v, want stored for %v as %q", x.Status, x.Response, d, life, reason)
	}
}

func wantRefused(t *testing.T, x Exchange, reason string) {
	t.Helper()
	wantRefusedBy(t, Policy{}, x, reason)
}

func wantRefusedBy(t *testing.T, p Policy, x Exchange, reason string) {
	t.Helper()
	if d := Storable(x, p); d.Store || d.Reason != reason {
		t.Errorf("%d %v: %+v, want refused as %q", x.Status, x.Response, d, reason)
	}
}

// RFC 9111 section 3: "A cache MUST NOT store a response to a request unless:
// the request method is understood by the cache;"
func TestMethodNotUnderstood(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "HEAD", "OPTIONS", "PROPFIND", "get", ""} {
		x := answer("Cache-Control: public, max-age=60")
		x.Method = method
		wantRefused(t, x, "method")
	}
}

// RFC 9111 section 3: "A cache MUST NOT store a response to a request unless:
// [...] the response status code is final"; "if the response status code is 206
// or 304, or the must-understand cache directive is present: the cache
// understands the response status code". Others are not kept either: what they
// mean to a cache is not known here, or they say nothing about what was asked
// for (5xx).
//
// RFC 6585 section 4: "Responses with the 429 status code MUST NOT be stored by a
// cache."
func TestStatusesNotUnderstood(t *testing.T) {
	all := Policy{Micro: time.Minute, ErrorLife: time.Minute}
	for _, status := range []int{
		0, 100, 103, 201, 202, 206, 300, 303, 304, 305, 400, 401, 402, 407, 408, 409, 416, 428, 429, 431,
		500, 501, 502, 503, 504, 511, 600,
	} {
		x := answer("Cache-Control: public, max-age=60")
		x.Status = status
		wantRefusedBy(t, all, x, "status")
	}
	wantStored(t, answer("Cache-Control: public, must-understand, max-age=60"), time.Minute)
}

// RFC 9111 section 3: "the response contains at least one of the following: a
// public response directive [...]; an Expires header field [...]; a max-age
// response directive [...]; if the cache is shared: an s-maxage response
// directive [...]; or a status code that is defined as heuristically cacheable".
//
// RFC 9110 section 15.1: "Responses with status codes that are defined as
// heuristically cacheable (e.g., 200, 203, 204, 206, 300, 301, 308, 404, 405,
// 410, 414, and 501 in this specification) can be reused by a cache with
// heuristic expiration unless otherwise indicated by the method definition or
// explicit cache controls [CACHING]; all other status codes are not heuristically
// cacheable."
func TestStatuses(t *testing.T) {
	p := Policy{Micro: 30 * time.Second, ErrorLife: 5 * time.Second}
	for _, c := range []struct {
		status           int
		explicit, silent time.Duration // 0 = refused
	}{
		{200, time.Minute, 30 * time.Second}, {203, time.Minute, 30 * time.Second}, {204, time.Minute, 30 * time.Second},
		{301, time.Minute, 30 * time.Second}, {308, time.Minute, 30 * time.Second},
		{302, time.Minute, 0}, {307, time.Minute, 0},
		{404, 5 * time.Second, 5 * time.Second}, {405, 5 * time.Second, 5 * time.Second},
		{410, 5 * time.Second, 5 * time.Second}, {414, 5 * time.Second, 5 * time.Second},
		{403, 5 * time.Second, 0}, {451, 5 * time.Second, 0},
	} {
		x := answer("Cache-Control: public, max-age=60")
		x.Status = c.status
		wantStoredBy(t, p, x, c.explicit, "fresh")
		x = answer()
		x.Status = c.status
		if c.silent == 0 {
			wantRefusedBy(t, p, x, "no-freshness")
		} else {
			wantStoredBy(t, p, x, c.silent, "micro")
		}
	}
}

// An error is kept for moments, whatever it says of itself, and never stale.
func TestErrorLife(t *testing.T) {
	x := answer("Cache-Control: public, max-age=86400, stale-if-error=86400, stale-while-revalidate=86400")
	x.Status = 404
	wantRefused(t, x, "status")
	p := Policy{ErrorLife: 5 * time.Second, WhileStale: time.Minute, IfError: time.Hour}
	wantStoredBy(t, p, x, 5*time.Second, "fresh")
	if d := Storable(x, p); d.WhileStale != 0 || d.IfError != 0 {
		t.Errorf("an error goes out stale: %+v", d)
	}
	x.Response.Set("Cache-Control", "public, max-age=3")
	wantStoredBy(t, p, x, 3*time.Second, "fresh")
	// It was old when it came: still at most so long from then on.
	x.Response.Set("Cache-Control", "public, max-age=86400")
	x.Response.Set("Age", "100")
	wantStoredBy(t, p, x, 105*time.Second, "fresh")
	x.Status = 200
	if d := Storable(x, p); d.Life != 86400*time.Second || d.IfError != time.Hour {
		t.Errorf("the life of a page was cut: %+v", d)
	}
}

// RFC 9111 section 5.2.2.5: "The no-store response directive indicates that a
// cache MUST NOT store any part of either the immediate request or the response
// and MUST NOT use the response to satisfy any other request."
func TestNoStore(t *testing.T) {
	for _, cc := range []string{
		"no-store", "NO-STORE", "public, max-age=60, no-store", "max-age=60,no-store=1", " no-store ,public",
		`no-store="x"`, `public, max-age=60, ext="unclosed, no-store`, `ext="a\", no-store`, ", , no-store",
	} {
		wantRefused(t, answer("Cache-Control: "+cc), "no-store")
	}
	wantRefused(t, answer("Cache-Control: public, max-age=60", "Cache-Control: no-store"), "no-store")
	// Inside a closed quoted-string it is text, not a directive.
	wantStored(t, answer(`Cache-Control: public, max-age=60, ext="no-store"`), time.Minute)
	wantStored(t, answer(`Cache-Control: public, max-age=60, ext="a\", no-store"`), time.Minute)
}

// RFC 9111 section 5.2.2.7: "The unqualified private response directive
// indicates that a shared cache MUST NOT store the response (i.e., the response
// is intended for a single user)." The qualified form is treated alike, as its
// note says is often done.
func TestPrivate(t *testing.T) {
	for _, cc := range []string{"private", "Private, max-age=60, public", `private="set-cookie", public, max-age=60`} {
		wantRefused(t, answer("Cache-Control: "+cc), "private")
	}
}

// RFC 9111 section 5.2.2.4: "The no-cache response directive, in its unqualified
// form (without an argument), indicates that the response MUST NOT be used to
// satisfy any other request without forwarding it for validation and receiving a
// successful response". The qualified form is treated alike.
//
// RFC 9111 section 4.2.1: "If directives conflict (e.g., both max-age and
// no-cache are present), the most restrictive directive should be honored."
func TestNoCache(t *testing.T) {
	wantRefused(t, answer("Cache-Control: public, max-age=60, no-cache"), "no-cache")
	wantRefused(t, answer(`Cache-Control: public, max-age=60, no-cache="x-foo"`), "no-cache")
	x := answer("Pragma: no-cache", "Expires: Sun, 01 Mar 2026 13:00:00 GMT")
	wantRefusedBy(t, files, x, "no-cache")
}

// RFC 9111 section 3: "if the cache is shared: the Authorization header field is
// not present in the request or a response directive is present that explicitly
// allows shared caching". We do not use that allowance.
//
// RFC 9111 section 3.5: "A shared cache MUST NOT use a cached response to a
// request with an Authorization header field to satisfy any subsequent request
// unless the response contains a Cache-Control field with a response directive
// that allows it to be stored by a shared cache".
func TestAuthorization(t *testing.T) {
	for _, cc := range []string{"max-age=60", "public, max-age=60", "s-maxage=60", "must-revalidate, max-age=60"} {
		x := answer("Cache-Control: " + cc)
		x.Request.Set("Authorization", "Basic YQ==")
		wantRefused(t, x, "authorization")
	}
}

// RFC 9111 section 5.2.1.5: "The no-store request directive indicates that a
// cache MUST NOT store any part of either this request or any response to it."
func TestRequestNoStore(t *testing.T) {
	x := answer("Cache-Control: public, max-age=60")
	x.Request.Set("Cache-Control", "no-store")
	wantRefused(t, x, "request-no-store")
}

// RFC 9111 section 7.3: "Note that the Set-Cookie response header field does not
// inhibit caching; a cacheable response with a Set-Cookie header field can be
// (and often is) used to satisfy subsequent requests to caches." We never do
// that: a cookie is somebody's. See TestDrop for those that may be taken out.
func TestPersonalFields(t *testing.T) {
	wantRefused(t, answer("Cache-Control: public, max-age=60", "Set-Cookie: a=b"), "set-cookie")
	for _, name := range personal {
		wantRefused(t, answer("Cache-Control: public, max-age=60", name+": x"), "personal-field")
	}
	// A token that is everybody's goes to those only who are known to be like everybody.
	common := Policy{Micro: time.Minute, Common: func(name string) bool { return name == "Nonce" }}
	for _, lines := range [][]string{{"Nonce: x"}, {"Nonce: x", "Cache-Control: public, max-age=60"}} {
		if d := Storable(answer(lines...), common); !d.Store || d.Needs&GrantMicro == 0 {
			t.Errorf("%q: %+v", lines, d)
		}
	}
	for _, name := range personal {
		if d := Storable(answer("Nonce: x", name+": x"), common); d.Store != (name == "Nonce") {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if d := Storable(answer("Cache-Control: public, max-age=60", "Nonce: x"), Policy{Common: common.Common}); d.Store {
		t.Errorf("nobody is known to be like everybody: %+v", d)
	}
}

// RFC 9111 section 5.2.2.9: "The public response directive indicates that a
// cache MAY store the response even if it would otherwise be prohibited". Shops
// are silent, or say max-age, on pages that show a cart; so outside files only
// public or s-maxage will do.
func TestOnlyForEverybody(t *testing.T) {
	wantRefused(t, answer(), "not-public")
	wantRefused(t, answer("Cache-Control: max-age=60"), "not-public")
	wantRefused(t, answer("Expires: Sun, 01 Mar 2026 13:00:00 GMT"), "not-public")
	wantStored(t, answer("Cache-Control: public", "Expires: Sun, 01 Mar 2026 13:00:00 GMT"), time.Hour)
	wantStored(t, answer("Cache-Control: s-maxage=60"), time.Minute)
	for _, line := range []string{"Cache-Control: max-age=3600", "Expires: Sun, 01 Mar 2026 13:00:00 GMT"} {
		wantStoredBy(t, files, answer(line), time.Hour, "fresh")
	}
}

// RFC 9111 section 4.2.2: "a cache MAY assign a heuristic expiration time when
// an explicit time is not specified". We do not, but for the policy's Micro and FileLife,
// see TestMicro and TestFilesThatSayNothing.
func TestNoHeuristics(t *testing.T) {
	x := answer("Last-Modified: Sun, 01 Feb 2026 12:00:00 GMT", `Etag: "a"`)
	wantRefusedBy(t, files, x, "no-freshness")
	wantRefused(t, answer("Cache-Control: public", "Last-Modified: Sun, 01 Feb 2026 12:00:00 GMT"), "no-freshness")
}

// RFC 9111 section 4.2.2: "If the response has a Last-Modified header field (Section 8.8.2
// of [HTTP]), caches are encouraged to use a heuristic expiration value that is no more than
// some fraction of the interval since that time." Of files a fixed one is used, if the owner's
// cache says so.
func TestFilesThatSayNothing(t *testing.T) {
	silent := Policy{Static: true, FileLife: time.Minute, ErrorLife: time.Second}
	const changed = "Last-Modified: Sun, 01 Feb 2026 12:00:00 GMT"
	wantStoredBy(t, silent, answer(changed, "Content-Type: text/css"), time.Minute, "file")
	wantStoredBy(t, silent, answer(changed, "Cache-Control: public"), time.Minute, "file")
	wantStoredBy(t, silent, answer(changed, "Cache-Control: max-age=5"), 5*time.Second, "fresh")
	wantStoredBy(t, silent, answer(changed, "Date: Sun, 01 Mar 2026 11:59:30 GMT"), 90*time.Second, "file") // it arrived 30 s old
	if d := Storable(answer(changed), silent); d.Needs != GrantStatic {
		t.Errorf("needs %b", d.Needs)
	}
	// What a program made says nothing of when it was changed, or a time to come.
	for _, x := range []Exchange{
		answer(`Etag: "a"`), answer("Last-Modified: yesterday"), answer("Last-Modified: Sun, 01 Mar 2026 12:00:01 GMT"), answer(changed, "Last-Modified: Sun, 01 Feb 2026 12:00:01 GMT"),
	} {
		wantRefusedBy(t, silent, x, "no-freshness")
	}
	// What forbids is no file that says nothing.
	wantRefusedBy(t, silent, answer(changed, "Cache-Control: no-store"), "no-store")
	wantRefusedBy(t, silent, answer(changed, "Cache-Control: private"), "private")
	wantRefusedBy(t, silent, answer(changed, "Pragma: no-cache"), "no-cache")
	wantRefusedBy(t, silent, answer(changed, "Cache-Control: max-age=0"), "stale")
	wantRefusedBy(t, silent, answer(changed, "Set-Cookie: a=b"), "set-cookie")
	drops := silent
	drops.Drop = func(string) bool { return true }
	wantRefusedBy(t, drops, answer(changed, "Set-Cookie: a=b"), "no-freshness") // a picture with letters to copy, say
	// A page or data at a file's address is none.
	for _, kind := range []string{"text/html", "application/json", "application/xhtml+xml; charset=utf-8"} {
		wantRefusedBy(t, silent, answer(changed, "Content-Type: "+kind), "not-public")
	}
	for _, status := range []int{204, 301, 403} {
		x := answer(changed)
		x.Status = status
		wantRefusedBy(t, silent, x, "no-freshness")
	}
}

// RFC 9111 section 3.3: "a cache MUST NOT store incomplete or partial-content
// responses if it does not support the Range and Content-Range header fields".
func TestPartialNotStored(t *testing.T) {
	wantRefused(t, answer("Cache-Control: public, max-age=60", "Content-Range: bytes 0-1/5"), "partial")
}

// RFC 9111 section 5.2.3: "A cache MUST ignore unrecognized cache directives."
//
// RFC 9111 section 5.2: "Cache directives are identified by a token, to be
// compared case-insensitively, and have an optional argument that can use both
// token and quoted-string syntax. For the directives defined below that define
// arguments, recipients ought to accept both forms, even if a specific form is
// required for generation."
func TestDirectiveSyntax(t *testing.T) {
	for _, cc := range []string{
		"public, max-age=60", `public, max-age="60"`, `PUBLIC,Max-Age=60`, "immutable, community=UCI, public, max-age=60",
		`x="a,b\"c",public,max-age=60`, "public,, max-age=60,", `public, max-age="6\0"`, "public, max-age=60 , x",
	} {
		wantStored(t, answer("Cache-Control: "+cc), time.Minute)
	}
}

// RFC 9111 section 3.1: "Caches MUST include all received response header fields
// — including unrecognized ones — when storing a response"; "The Connection
// header field and fields whose names are listed in it are required by Section
// 7.6.1 of [HTTP] to be removed before forwarding the message."; "Header fields
// that are specific to the proxy that a cache uses when forwarding a request
// MUST NOT be stored, unless the cache incorporates the identity of the proxy
// into the cache key. Effectively, this is limited to Proxy-Authenticate,
// Proxy-Authentication-Info, and Proxy-Authorization."
func TestKeep(t *testing.T) {
	h := header("X-Unknown: 1", "Connection: close, x-hop", "X-Hop: 1", "Proxy-Authenticate: a",
		"Proxy-Authentication-Info: b", "Proxy-Authorization: c", "Age: 7", "Etag: \"a\"", "Transfer-Encoding: chunked")
	h["Set-Cookie"] = []string{"session=fill"}
	kept := Keep(h)
	if len(kept) != 2 || kept.Get("X-Unknown") != "1" || kept.Get("Etag") != `"a"` {
		t.Errorf("kept %v", kept)
	}
	if len(h) != 10 {
		t.Error("the answer's own header was changed")
	}
}

func FuzzParseCacheControl(f *testing.F) {
	for _, s := range []string{"public, max-age=60", `a="b\"c", no-store`, `max-age="`, "=", ",,", "private=\"x"} {
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		d := ParseCacheControl([]string{a, b})
		for _, s := range []Seconds{d.MaxAge, d.SMaxAge, d.StaleWhileRevalidate, d.StaleIfError} {
			if s.N < 0 || s.N > maxDelta || !s.Set && s.N != 0 {
				t.Fatalf("%q: %+v", a, s)
			}
		}
		// What forbids cannot be hidden by anything written before it on other
		// lines, nor lost by what comes after.
		for _, lines := range [][]string{{a, b, "no-store"}, {"no-store", a, b}, {"no-store, " + a}} {
			if !ParseCacheControl(lines).NoStore {
				t.Fatalf("%q lost its no-store", lines)
			}
		}
		if d := ParseCacheControl([]string{a, b, "must-revalidate"}); !d.forbidStale() {
			t.Fatalf("%q, %q lost their must-revalidate", a, b)
		}
		if more := ParseCacheControl([]string{a, b, "stale-if-error=77"}); d.StaleIfError.Set && more.StaleIfError.N > d.StaleIfError.N {
			t.Fatalf("%q: stale for %d, then for %d", a, d.StaleIfError.N, more.StaleIfError.N)
		}
		// A second number never lengthens a life.
		if more := ParseCacheControl([]string{a, b, "max-age=77"}); d.MaxAge.Set && more.MaxAge.N > d.MaxAge.N {
			t.Fatalf("%q: life grew from %d to %d", a, d.MaxAge.N, more.MaxAge.N)
		}
	})
}
