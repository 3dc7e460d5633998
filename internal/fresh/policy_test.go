package fresh

import (
	"slices"
	"testing"
	"time"
)

// RFC 9111 section 4.2.2: "a cache MAY assign a heuristic expiration time when an
// explicit time is not specified"; "A cache MUST NOT use heuristics to determine
// freshness when an explicit expiration time is present in the stored response."
//
// Micro is our only heuristic: by the kind of page, not by its age.
func TestMicro(t *testing.T) {
	p := Policy{Micro: 30 * time.Second}
	for _, lines := range [][]string{
		nil, {"Last-Modified: Sun, 01 Feb 2026 12:00:00 GMT", `Etag: "a"`}, {"Cache-Control: public"},
		{"Cache-Control: no-transform, x=1"}, {"Cache-Control: "},
	} {
		wantStoredBy(t, p, answer(lines...), 30*time.Second, "micro")
		wantRefusedBy(t, Policy{}, answer(lines...), map[bool]string{true: "no-freshness", false: "not-public"}[slices.Contains(lines, "Cache-Control: public")])
	}
	// What the answer says itself goes before, be it longer, shorter or nothing.
	wantStoredBy(t, p, answer("Cache-Control: max-age=600"), 10*time.Minute, "fresh")
	wantStoredBy(t, p, answer("Cache-Control: max-age=2"), 2*time.Second, "fresh")
	wantRefusedBy(t, p, answer("Cache-Control: max-age=0"), "stale")
	wantRefusedBy(t, p, answer("Cache-Control: max-age=rubbish"), "stale")
	wantRefusedBy(t, p, answer("Expires: 0"), "stale")
	for reason, line := range map[string]string{
		"no-store": "Cache-Control: no-store", "private": "Cache-Control: private", "no-cache": "Pragma: no-cache",
		"vary": "Vary: *", "set-cookie": "Set-Cookie: a=b", "personal-field": "Cart-Token: x", "partial": "Content-Range: bytes 0-1/2",
	} {
		wantRefusedBy(t, p, answer(line), reason)
	}
	// A shop whose clock is wrong, or a cache before us: so long from now on.
	wantStoredBy(t, p, answer("Date: Sun, 01 Mar 2026 10:00:00 GMT"), 2*time.Hour+30*time.Second, "micro")
	wantStoredBy(t, p, answer("Age: 40"), 70*time.Second, "micro")
}

// What somebody knows of a shop, and its owner agreed to, goes before the words of
// its answers; but only for a page (200, 204) of the kind, and never before a mark of
// one visitor.
func TestOverride(t *testing.T) {
	p := Policy{Micro: 30 * time.Second, Override: true}
	unproven := Policy{Micro: 30 * time.Second}
	for reason, lines := range map[string][]string{
		"no-store": {"Cache-Control: no-store, no-cache, must-revalidate", "Pragma: no-cache", "Expires: Thu, 19 Nov 1981 08:52:00 GMT"},
		"private":  {"Cache-Control: private, max-age=600"},
		"no-cache": {"Pragma: no-cache"},
		"stale":    {"Expires: Thu, 19 Nov 1981 08:52:00 GMT"},
	} {
		x := answer(lines...)
		wantStoredBy(t, p, x, 30*time.Second, "override")
		wantRefusedBy(t, unproven, x, reason)
		wantRefusedBy(t, Policy{Override: true}, x, map[bool]string{true: "not-public", false: reason}[reason == "stale"])
		for _, status := range []int{301, 302, 404, 500} {
			x.Status = status
			if d := Storable(x, Policy{Micro: time.Minute, Override: true, ErrorLife: time.Minute}); d.Store {
				t.Errorf("%d %v: %+v", status, x.Response, d)
			}
		}
	}
	for reason, line := range map[string]string{
		"vary": "Vary: *", "set-cookie": "Set-Cookie: a=b", "personal-field": "Cart-Token: x", "partial": "Content-Range: bytes 0-1/2",
	} {
		wantRefusedBy(t, p, answer("Cache-Control: no-store", line), reason)
	}
	x := answer("Cache-Control: no-store")
	x.Request.Set("Authorization", "Basic YQ==")
	wantRefusedBy(t, p, x, "authorization")
	// A fragment of an empty cart may be nothing at all (Shopware).
	x = answer("Cache-Control: no-store")
	x.Status = 204
	wantStoredBy(t, p, x, 30*time.Second, "override")
	// Where it is not needed it changes nothing.
	wantStoredBy(t, p, answer("Cache-Control: public, max-age=600"), 10*time.Minute, "fresh")
	wantStoredBy(t, p, answer(), 30*time.Second, "micro")
}

// Cookies by names that are known to say nothing do not keep an answer from being
// shared; any other does, and one line that cannot be read.
func TestDrop(t *testing.T) {
	p := Policy{Micro: time.Minute, Drop: func(name string) bool { return name == "OCSESSID" || name == "currency" }}
	for _, c := range []struct {
		lines []string
		ok    bool
	}{
		{nil, true},
		{[]string{"Set-Cookie: OCSESSID=0123456789abcdef; path=/; HttpOnly"}, true},
		{[]string{"Set-Cookie: OCSESSID=1", "Set-Cookie: currency=PLN"}, true},
		{[]string{"Set-Cookie:  OCSESSID = 1"}, true},
		{[]string{"Set-Cookie: ocsessid=1"}, false},
		{[]string{"Set-Cookie: OCSESSID=1", "Set-Cookie: cart=1"}, false},
		{[]string{"Set-Cookie: cart=; Max-Age=0"}, false},
		{[]string{"Set-Cookie: OCSESSID"}, false},
		{[]string{"Set-Cookie: "}, false},
		{[]string{"Set-Cookie: =OCSESSID"}, false},
		{[]string{"Set-Cookie: ; OCSESSID=1"}, false},
		{[]string{"Set-Cookie2: OCSESSID=1"}, false},
	} {
		d := Storable(answer(c.lines...), p)
		if d.Store != c.ok {
			t.Errorf("%q: %+v", c.lines, d)
		}
		if d.Store && (d.Needs&GrantDrop != 0) != (c.lines != nil) {
			t.Errorf("%q: needs %b", c.lines, d.Needs)
		}
		if d := Storable(answer(append(c.lines, "Cache-Control: public, max-age=60")...), Policy{}); d.Store != (c.lines == nil) {
			t.Errorf("%q without anybody's word: %+v", c.lines, d)
		}
	}
}

// A redirect that sets a cookie leads in a circle for those who are not given it.
func TestDropNotFromRedirects(t *testing.T) {
	p := Policy{Micro: time.Minute, ErrorLife: time.Minute, Drop: func(string) bool { return true }}
	for _, status := range []int{301, 302, 307, 308} {
		x := answer("Cache-Control: public, max-age=60", "Location: /", "Set-Cookie: zenid=1")
		x.Status = status
		wantRefusedBy(t, p, x, "set-cookie")
		x.Response.Del("Set-Cookie")
		wantStoredBy(t, p, x, time.Minute, "fresh")
	}
	x := answer("Set-Cookie: zenid=1")
	x.Status = 404
	wantStoredBy(t, p, x, time.Minute, "micro")
}

// What was asked for as a file is judged as what it is.
func TestFilesThatAreNone(t *testing.T) {
	p := Policy{Static: true, Micro: time.Minute, Override: true}
	for _, kind := range []string{"text/html", "Text/HTML; charset=utf-8", "application/xhtml+xml", "application/json"} {
		wantRefusedBy(t, p, answer("Cache-Control: max-age=60", "Content-Type: "+kind), "not-public")
		wantRefusedBy(t, p, answer("Content-Type: "+kind), "not-public")
		wantRefusedBy(t, p, answer("Cache-Control: no-store", "Content-Type: "+kind), "no-store")
		wantStoredBy(t, p, answer("Cache-Control: public, max-age=60", "Content-Type: "+kind), time.Minute, "fresh")
	}
	for _, kind := range []string{"text/css", "image/webp", "", "application/javascript", "text/html-x"} {
		wantStoredBy(t, p, answer("Cache-Control: max-age=60", "Content-Type: "+kind), time.Minute, "fresh")
	}
	// A picture that has moved, or is missing, is told in HTML.
	x := answer("Cache-Control: max-age=60", "Content-Type: text/html")
	x.Status = 301
	wantStoredBy(t, p, x, time.Minute, "fresh")
}

// An answer kept by a grant is for those who are granted as much.
func TestNeeds(t *testing.T) {
	all := Policy{Static: true, Micro: time.Minute, Override: true, Drop: func(string) bool { return true }}
	page := all
	page.Static = false
	for _, c := range []struct {
		p     Policy
		lines []string
		want  Grants
	}{
		{all, []string{"Cache-Control: public, max-age=60"}, 0},
		{all, []string{"Cache-Control: s-maxage=60"}, 0},
		{all, []string{"Cache-Control: max-age=60"}, GrantStatic},
		{page, []string{"Cache-Control: max-age=60"}, GrantMicro},
		{page, nil, GrantMicro},
		{page, []string{"Cache-Control: no-store"}, GrantMicro | GrantOverride},
		{page, []string{"Set-Cookie: a=b"}, GrantMicro | GrantDrop},
		{page, []string{"Cache-Control: public, max-age=60", "Set-Cookie: a=b"}, GrantDrop},
		{page, []string{"Cache-Control: public, max-age=60", "Vary: Cookie"}, GrantMicro},
	} {
		d := Storable(answer(c.lines...), c.p)
		if !d.Store || d.Needs != c.want {
			t.Errorf("%q: %+v, want to need %b", c.lines, d, c.want)
		}
		if !c.p.Grants().Cover(d.Needs) || (Policy{}).Grants().Cover(d.Needs) != (c.want == 0) {
			t.Errorf("%q: %b is not what its own policy covers", c.lines, d.Needs)
		}
	}
	if g := (Policy{Override: true}).Grants(); g != 0 {
		t.Errorf("an override of nothing grants %b", g)
	}
}

// RFC 9111 section 4.1: header fields match when one can be made the other by
// "normalizing both header field values in a way that is known to have identical
// semantics". The cookies of somebody anonymous mean no more than what is in the
// key already; those of anybody else are no less than they are.
func TestVaryCookie(t *testing.T) {
	x := answer("Cache-Control: public, max-age=60", "Vary: Accept-Language, Cookie")
	if d := Storable(x, Policy{}); !slices.Equal(d.Vary, Vary{"Accept-Language", "Cookie"}) {
		t.Errorf("anybody: %v", d.Vary)
	}
	if d := Storable(x, Policy{Micro: time.Minute}); !slices.Equal(d.Vary, Vary{"Accept-Language"}) {
		t.Errorf("anonymous: %v", d.Vary)
	}
}

// RFC 5861 section 3: "When present in an HTTP response, the
// stale-while-revalidate Cache-Control extension indicates that caches MAY serve
// the response it appears in after it becomes stale, up to the indicated number
// of seconds."
//
// RFC 5861 section 4: "The stale-if-error Cache-Control extension indicates that
// when an error is encountered, a cached stale response MAY be used to satisfy
// the request, regardless of other freshness information."
//
// RFC 9111 section 4.2.4: "A cache MUST NOT generate a stale response if it is
// prohibited by an explicit in-protocol directive (e.g., by a no-cache response
// directive, a must-revalidate response directive, or an applicable s-maxage or
// proxy-revalidate response directive"; "A cache MUST NOT generate a stale
// response unless it is disconnected or doing so is explicitly permitted by the
// client or origin server (e.g., by [...] extension directives such as those
// defined in [RFC5861], or configuration in accordance with an out-of-band
// contract)."
//
// RFC 9111 section 5.2.2.2: "In all circumstances, a cache MUST NOT ignore the
// must-revalidate directive"; section 5.2.2.8: "The proxy-revalidate response
// directive indicates that once the response has become stale, a shared cache
// MUST NOT reuse that response to satisfy another request until it has been
// successfully validated by the origin"; section 5.2.2.10: "A shared cache MUST
// NOT reuse a stale response with s-maxage to satisfy another request until it
// has been successfully validated by the origin".
func TestStaleWindows(t *testing.T) {
	contract := Policy{WhileStale: time.Minute, IfError: time.Hour}
	proven := contract
	proven.Micro, proven.Override = 30*time.Second, true
	for _, c := range []struct {
		cc                  string
		p                   Policy
		whileStale, ifError time.Duration
	}{
		{"public, max-age=60", Policy{}, 0, 0},
		{"public, max-age=60", contract, time.Minute, time.Hour},
		{"public, max-age=60, stale-while-revalidate=30", Policy{}, 30 * time.Second, 0},
		{"public, max-age=60, stale-if-error=1200", Policy{}, 0, 20 * time.Minute},
		{"public, max-age=60, stale-while-revalidate=30, stale-if-error=1200", contract, 30 * time.Second, 20 * time.Minute},
		{"public, max-age=60, stale-while-revalidate=0, stale-if-error=0", contract, 0, 0},
		{"public, max-age=60, stale-while-revalidate, stale-if-error=x", contract, 0, 0},
		{"public, max-age=60, stale-if-error=9, stale-if-error=10", contract, time.Minute, 0},
		{`public, max-age=60, STALE-IF-ERROR="9"`, contract, time.Minute, 9 * time.Second},
		{"public, max-age=60, must-revalidate", contract, 0, 0},
		{"public, max-age=60, proxy-revalidate", contract, 0, 0},
		{"s-maxage=60", contract, 0, 0},
		{"s-maxage=60, stale-while-revalidate=30, stale-if-error=30", contract, 0, 0},
		{"public, max-age=60, must-revalidate, stale-if-error=30", contract, 0, 0},
		// The words that PHP writes on every page of a session, as one: who overrides
		// them overrides them all.
		{"no-store, no-cache, must-revalidate", proven, time.Minute, time.Hour},
		{"public, max-age=60, must-revalidate", proven, 0, 0},
	} {
		d := Storable(answer("Cache-Control: "+c.cc), c.p)
		if !d.Store || d.WhileStale != c.whileStale || d.IfError != c.ifError {
			t.Errorf("%s: %+v, want %v and %v", c.cc, d, c.whileStale, c.ifError)
		}
	}
	if d := Storable(answer("Cache-Control: public, max-age=60"), Policy{WhileStale: -1, IfError: -1}); d.WhileStale != 0 || d.IfError != 0 {
		t.Errorf("negative windows: %+v", d)
	}
}

// Whatever an answer says, it is shared only as far as was granted, and never with
// a cookie that nobody dropped.
func FuzzStorable(f *testing.F) {
	f.Add("public, max-age=60", "", "a=b", "", "text/html", 200, uint8(255))
	f.Add("no-store, must-revalidate", "Thu, 19 Nov 1981 08:52:00 GMT", "OCSESSID=1", "Cookie, Accept-Encoding", "text/css", 404, uint8(7))
	f.Fuzz(func(t *testing.T, cc, expires, cookie, vary, kind string, status int, granted uint8) {
		x := answer()
		x.Status = status
		for name, value := range map[string]string{
			"Cache-Control": cc, "Expires": expires, "Set-Cookie": cookie, "Vary": vary, "Content-Type": kind,
		} {
			if value != "" {
				x.Response[name] = []string{value}
			}
		}
		p := Policy{Static: granted&1 != 0, Override: granted&2 != 0}
		if granted&4 != 0 {
			p.Micro = time.Minute
		}
		if granted&8 != 0 {
			p.Drop = func(name string) bool { return name == "OCSESSID" }
		}
		if granted&16 != 0 {
			p.ErrorLife = 5 * time.Second
		}
		d := Storable(x, p)
		if !d.Store {
			if d.Life != 0 || d.Needs != 0 || d.Reason == "" {
				t.Fatalf("refused with %+v", d)
			}
			return
		}
		cd := ParseCacheControl(x.Response["Cache-Control"])
		switch {
		case d.Life <= d.Age:
			t.Fatalf("stored stale: %+v", d)
		case (cd.NoStore || cd.Private || cd.NoCache) && (d.Needs&GrantOverride == 0 || status != 200):
			t.Fatalf("%q stored: %+v", cc, d)
		case cookie != "" && d.Needs&GrantDrop == 0:
			t.Fatalf("a cookie was stored: %q", cookie)
		case !p.Grants().Cover(d.Needs):
			t.Fatalf("needs %b, granted %b", d.Needs, p.Grants())
		case status >= 400 && d.Life-d.Age > p.ErrorLife:
			t.Fatalf("an error for %v", d.Life)
		case d.Needs&GrantOverride == 0 && cd.forbidStale() && d.WhileStale+d.IfError > 0:
			t.Fatalf("%q may go out stale: %+v", cc, d)
		}
		// With less granted, never more.
		if less := Storable(x, Policy{}); less.Store && d.Needs == 0 && less.Life > d.Life {
			t.Fatalf("%+v with nothing granted, %+v with something", less, d)
		}
	})
}

// A shop that calls its pages fresh for a day counts on telling its cache what has
// changed. Most is the longest such a word is believed; it makes nothing live longer,
// and nothing storable.
func TestMost(t *testing.T) {
	p := Policy{Most: time.Minute}
	wantStoredBy(t, p, answer("Cache-Control: public, max-age=86400"), time.Minute, "fresh")
	wantStoredBy(t, p, answer("Cache-Control: public, max-age=86400", "Age: 3600"), time.Hour+time.Minute, "fresh")
	wantStoredBy(t, p, answer("Cache-Control: public, max-age=5"), 5*time.Second, "fresh")
	wantStoredBy(t, Policy{Most: time.Minute, Static: true}, answer("Cache-Control: max-age=86400", "Content-Type: image/png"), 24*time.Hour, "fresh")
	wantStoredBy(t, Policy{Most: time.Minute, Static: true}, answer("Cache-Control: public, max-age=86400", "Content-Type: text/html"), time.Minute, "fresh")
	wantRefusedBy(t, p, answer("Cache-Control: private, max-age=86400"), "private")
	wantRefusedBy(t, p, answer("Cache-Control: max-age=86400"), "not-public")
}

// What is said to one client about how much it may still ask for is said to nobody
// else.
func TestKeepsNoLimits(t *testing.T) {
	kept := Keep(header("Ratelimit-Remaining: 43", "Ratelimit: a;r=43", "X-Ratelimit-Limit: 300", "X-Rate-Limit-Reset: 9", "X-Rated: yes"))
	if len(kept) != 1 || kept.Get("X-Rated") != "yes" {
		t.Errorf("%v", kept)
	}
}

// A file that is not there: shops make a whole page to say so, without a word about
// how long. Kept for moments, for the anonymous, and nothing else is kept by it.
func TestMissing(t *testing.T) {
	p := Policy{Static: true, Missing: true, ErrorLife: 5 * time.Second}
	known := p
	known.Described = true
	type verdict struct{ anywhere, known bool } // kept at a shop nobody has described, and of known software
	for _, says := range []struct {
		name   string
		lines  []string
		status map[int]verdict
	}{
		{"nothing", nil, map[int]verdict{
			404: {true, true}, 410: {true, true}, 301: {false, true}, 302: {false, true}, 307: {false, true}, 308: {false, true},
			200: {}, 403: {}, 500: {}, 429: {},
		}},
		{"that it may not be stored", []string{"Cache-Control: no-store, private"}, map[int]verdict{
			404: {false, true}, 410: {false, true}, 301: {}, 302: {}, 307: {}, 308: {}, 200: {},
		}},
		{"private", []string{"Cache-Control: private"}, map[int]verdict{404: {false, true}, 302: {}}},
		{"no-cache", []string{"Cache-Control: no-cache"}, map[int]verdict{404: {false, true}, 301: {}}},
		{"no time", []string{"Cache-Control: max-age=0"}, map[int]verdict{404: {false, true}, 301: {}, 302: {}}},
	} {
		for status, want := range says.status {
			x := answer(append(says.lines, "Content-Type: text/html")...)
			x.Status = status
			for policy, kept := range map[*Policy]bool{&p: want.anywhere, &known: want.known} {
				d := Storable(x, *policy)
				if d.Store != kept || kept && (d.Life != 5*time.Second || d.Reason != "missing" || d.WhileStale != 0) {
					t.Errorf("%d that says %s, described %v: %+v", status, says.name, policy.Described, d)
				}
				if kept && policy.Described && p.Grants().Cover(d.Needs) != want.anywhere {
					t.Errorf("%d that says %s: what is kept of known software would be given without, or the other way round", status, says.name)
				}
			}
		}
	}
	x := answer("Content-Type: text/html")
	x.Status = 404
	for name, not := range map[string]Policy{
		"somebody's":     {Static: true, Described: true, ErrorLife: 5 * time.Second},
		"no file":        {Missing: true, Described: true, ErrorLife: 5 * time.Second},
		"for no moments": {Static: true, Missing: true, Described: true},
	} {
		if d := Storable(x, not); d.Store {
			t.Errorf("%s: %+v", name, d)
		} else if d := Storable(x, p); not.ErrorLife > 0 && not.Grants().Cover(d.Needs) {
			t.Errorf("%s: would be given what is kept for others", name)
		}
	}
	withSession := answer("Cache-Control: no-store, private", "Set-Cookie: session=1")
	withSession.Status = 404
	if d := Storable(withSession, known); d.Store {
		t.Errorf("with a session: %+v", d)
	}
}
