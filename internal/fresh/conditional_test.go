package fresh

import (
	"testing"
	"time"
)

// RFC 9110 section 13.1.2: "A recipient MUST use the weak comparison function
// when comparing entity tags for If-None-Match"; "If the field value is "*", the
// condition is false if the origin server has a current representation for the
// target resource."; "If the field value is a list of entity tags, the condition
// is false if one of the listed tags matches the entity tag of the selected
// representation."
func TestIfNoneMatch(t *testing.T) {
	for _, c := range []struct {
		inm, etag string
		want      bool
	}{
		{`"a"`, `"a"`, true}, {`W/"a"`, `"a"`, true}, {`"a"`, `W/"a"`, true}, {`W/"a"`, `W/"a"`, true},
		{`"b"`, `"a"`, false}, {`"b", "a"`, `"a"`, true}, {`"b",W/"a"`, `"a"`, true}, {`"a,b"`, `"a,b"`, true},
		{`"x,"a""`, `"a"`, false}, {`*`, `"a"`, true}, {`*`, "", true}, {`"a"`, "", false}, {`a`, `"a"`, false},
		{`a, "a"`, `"a"`, true}, {`""`, `""`, true}, {`"a`, `"a"`, false}, {`w/"a"`, `"a"`, false}, {``, `"a"`, false},
	} {
		stored := header()
		if c.etag != "" {
			stored.Set("Etag", c.etag)
		}
		req := header()
		req["If-None-Match"] = []string{c.inm}
		if got := NotModified(req, stored, noon); got != c.want {
			t.Errorf("If-None-Match: %s against %s: %v", c.inm, c.etag, got)
		}
	}
	if !NotModified(header(`If-None-Match: "x"`, `If-None-Match: "a"`), header(`Etag: "a"`), noon) {
		t.Error("second line not read")
	}
}

// RFC 9110 section 13.1.3: "If the selected representation's last modification
// date is earlier or equal to the date provided in the field value, the
// condition is false."
//
// RFC 9110 section 13.1.3: "A recipient MUST ignore the If-Modified-Since header
// field if the received field value is not a valid HTTP-date, the field value
// has more than one member, or if the request method is neither GET nor HEAD."
//
// RFC 9111 section 4.3.2: "If a request contains an If-Modified-Since header
// field and the Last-Modified header field is not present in a stored response, a
// cache SHOULD use the stored response's Date field value (or, if no Date field
// is present, the time that the stored response was received) to evaluate the
// conditional."
func TestIfModifiedSince(t *testing.T) {
	const (
		before = "Sun, 01 Mar 2026 11:00:00 GMT"
		at     = "Sun, 01 Mar 2026 12:00:00 GMT"
		after  = "Sun, 01 Mar 2026 13:00:00 GMT"
	)
	for _, c := range []struct {
		name   string
		since  []string
		stored []string
		want   bool
	}{
		{"older copy", []string{before}, []string{"Last-Modified: " + at}, false},
		{"same", []string{at}, []string{"Last-Modified: " + at}, true},
		{"newer copy", []string{after}, []string{"Last-Modified: " + at}, true},
		{"rubbish", []string{"yesterday"}, []string{"Last-Modified: " + at}, false},
		{"two", []string{after, after}, []string{"Last-Modified: " + at}, false},
		{"two in one", []string{after + ", " + after}, []string{"Last-Modified: " + at}, false},
		{"by date", []string{after}, []string{"Date: " + at}, true},
		{"by date, older", []string{before}, []string{"Date: " + at}, false},
		{"by reception", []string{at}, nil, true},
		{"by reception, older", []string{before}, nil, false},
	} {
		req := header()
		req["If-Modified-Since"] = c.since
		if got := NotModified(req, header(c.stored...), noon); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// RFC 9110 section 13.1.3: "A recipient MUST ignore If-Modified-Since if the
// request contains an If-None-Match header field".
func TestPrecedence(t *testing.T) {
	stored := header(`Etag: "a"`, "Last-Modified: Sun, 01 Mar 2026 11:00:00 GMT")
	if NotModified(header(`If-None-Match: "b"`, "If-Modified-Since: Sun, 01 Mar 2026 12:00:00 GMT"), stored, noon) {
		t.Error("the date was used though the tag differs")
	}
}

// RFC 9111 section 4.3.2: "A cache MUST NOT evaluate conditional header fields
// that only apply to an origin server"; "the If-Match and If-Unmodified-Since
// conditional header fields are not applicable to a cache".
func TestForOrigin(t *testing.T) {
	if !ForOrigin(header(`If-Match: "a"`)) || !ForOrigin(header("If-Unmodified-Since: x")) {
		t.Error("would be answered here")
	}
	if ForOrigin(header(`If-None-Match: "a"`, "If-Modified-Since: x", "If-Range: x")) {
		t.Error("would be passed on")
	}
}

// RFC 9110 section 15.4.5: "The server generating a 304 response MUST generate
// any of the following header fields that would have been sent in a 200 (OK)
// response to the same request: Content-Location, Date, ETag, and Vary;
// Cache-Control and Expires".
func TestIn304(t *testing.T) {
	for _, n := range []string{"Content-Location", "Date", "Etag", "Vary", "Cache-Control", "Expires"} {
		if !In304(n) {
			t.Errorf("%s left out", n)
		}
	}
	for _, n := range []string{"Content-Length", "Content-Type", "Content-Encoding"} {
		if In304(n) {
			t.Errorf("%s sent", n)
		}
	}
}

// RFC 9110 section 14.2 and 14.1.2.
func TestSelectRange(t *testing.T) {
	for _, c := range []struct {
		rng  string
		want Range
		ext  Extent
	}{
		// "The first 500 bytes (byte offsets 0-499, inclusive): bytes=0-499"
		{"bytes=0-499", Range{0, 500}, Part},
		{"bytes=500-999", Range{500, 1000}, Part},
		// "If the last-pos value is absent, or if the value is greater than or equal to
		// the current length of the representation data, the byte range is interpreted
		// as the remainder of the representation".
		{"bytes=9500-", Range{9500, 10000}, Part},
		{"bytes=9500-10000", Range{9500, 10000}, Part},
		{"bytes=9500-99999999999999999999999", Range{9500, 10000}, Part},
		// "A client can refer to the last N bytes (N > 0) of the selected representation
		// using a suffix-range. If the selected representation is shorter than the
		// specified suffix-length, the entire representation is used."
		{"bytes=-500", Range{9500, 10000}, Part},
		{"bytes=-20000", Range{0, 10000}, Part},
		{"bytes=-99999999999999999999999", Range{0, 10000}, Part},
		// "an int-range with a first-pos that is less than the current length of the
		// selected representation or a suffix-range with a non-zero suffix-length."
		{"bytes=10000-", Range{}, Unsatisfied},
		{"bytes=99999999999999999999999-", Range{}, Unsatisfied},
		{"bytes=-0", Range{}, Unsatisfied},
		// "All range unit names are case-insensitive"
		{"BYTES=0-0", Range{0, 1}, Part},
		// "An origin server MUST ignore a Range header field that contains a range unit
		// it does not understand."
		{"items=0-499", Range{0, 10000}, Whole},
		// "A server that supports range requests MAY ignore or reject a Range header
		// field that contains an invalid ranges-specifier".
		{"bytes=500-400", Range{0, 10000}, Whole},
		{"bytes=-", Range{0, 10000}, Whole},
		{"bytes=a-b", Range{0, 10000}, Whole},
		{"bytes=1-2x", Range{0, 10000}, Whole},
		{"bytes=--1", Range{0, 10000}, Whole},
		{"bytes", Range{0, 10000}, Whole},
		{"", Range{0, 10000}, Whole},
		// "A server MAY ignore the Range header field." We do for several ranges.
		{"bytes=0-0,-1", Range{0, 10000}, Whole},
	} {
		got, ext := SelectRange(header("Range: "+c.rng), header(), 10000, noon)
		if got != c.want || ext != c.ext {
			t.Errorf("%q: %v %v", c.rng, got, ext)
		}
	}
	if _, ext := SelectRange(header("Range: bytes=0-1", "Range: bytes=2-3"), header(), 10, noon); ext != Whole {
		t.Error("two Range lines")
	}
	// "A server that supports range requests MAY ignore a Range header field when
	// the selected representation has no content".
	if _, ext := SelectRange(header("Range: bytes=0-1"), header(), 0, noon); ext != Whole {
		t.Error("empty body")
	}
}

// RFC 9110 section 13.1.5: "If the entity-tag validator provided exactly matches
// the ETag field value for the selected representation using the strong
// comparison function, the condition is true."; "If the HTTP-date validator
// provided is not a strong validator in the sense defined by Section 8.8.2.2,
// the condition is false."; "If the HTTP-date validator provided exactly matches
// the Last-Modified field value for the selected representation, the condition is
// true."; "A recipient of an If-Range header field MUST ignore the Range header
// field if the If-Range condition evaluates to false."
func TestIfRange(t *testing.T) {
	const lm = "Sun, 01 Mar 2026 11:00:00 GMT"
	for _, c := range []struct {
		name, ifRange string
		stored        []string
		want          Extent
	}{
		{"same tag", `"a"`, []string{`Etag: "a"`}, Part},
		{"other tag", `"b"`, []string{`Etag: "a"`}, Whole},
		{"weak stored", `W/"a"`, []string{`Etag: W/"a"`}, Whole},
		{"weak asked", `W/"a"`, []string{`Etag: "a"`}, Whole},
		{"no tag stored", `"a"`, nil, Whole},
		{"same date", lm, []string{"Last-Modified: " + lm, "Date: Sun, 01 Mar 2026 12:00:00 GMT"}, Part},
		{"earlier date", lm, []string{"Last-Modified: Sun, 01 Mar 2026 10:00:00 GMT"}, Whole},
		{"weak date", lm, []string{"Last-Modified: " + lm, "Date: " + lm}, Whole},
		{"rubbish", "x", []string{`Etag: "a"`}, Whole},
		{"empty", "", []string{`Etag: "a"`}, Whole},
	} {
		_, ext := SelectRange(header("Range: bytes=0-1", "If-Range: "+c.ifRange), header(c.stored...), 10, noon)
		if ext != c.want {
			t.Errorf("%s: %v", c.name, ext)
		}
	}
	// "A server MUST ignore an If-Range header field received in a request that does
	// not contain a Range header field."
	if _, ext := SelectRange(header(`If-Range: "b"`), header(`Etag: "a"`), 10, noon); ext != Whole {
		t.Error("If-Range alone")
	}
}

// RFC 9211 section 2.1: "The value of "hit" is a Boolean that, when true, indicates
// that the request was satisfied by the cache; that is, it was not forwarded, and
// the response was obtained from the cache."; ""hit" and "fwd" are exclusive; only
// one of them should appear on each list member."; section 2.2: ""fwd", when
// present, indicates that the request went forward towards the origin; its value
// is a Token that indicates why."; section 2.4: the remaining freshness lifetime
// "may be negative, to indicate staleness".
func TestCacheStatus(t *testing.T) {
	for want, s := range map[string]CacheStatus{
		"falochron; hit; ttl=12": {Hit: true, TTL: 12*time.Second + 900*time.Millisecond},
		"falochron; fwd=uri-miss; fwd-status=200; ttl=60; stored; collapsed":  {Fwd: URIMiss, FwdStatus: 200, TTL: time.Minute, Stored: true, Collapsed: true},
		"falochron; fwd=bypass; detail=set-cookie":                            {Fwd: Bypass, Detail: "set-cookie"},
		"falochron; fwd=method":                                               {Fwd: Method},
		"falochron; hit; ttl=-5; detail=stale-while-revalidate":               {Hit: true, TTL: -5 * time.Second, Detail: "stale-while-revalidate"},
		"falochron; hit; ttl=-1":                                              {Hit: true, TTL: -time.Millisecond},
		"falochron; fwd=stale; fwd-status=304; ttl=60; stored":                {Fwd: Stale, FwdStatus: 304, TTL: time.Minute, Stored: true},
		"falochron; fwd=stale; fwd-status=503; ttl=-9; detail=stale-if-error": {Fwd: Stale, FwdStatus: 503, TTL: -9 * time.Second, InVain: true, Detail: "stale-if-error"},
	} {
		if got := s.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func FuzzSelectRange(f *testing.F) {
	f.Add("bytes=0-1", `"a"`, `"a"`, int64(5))
	f.Add("bytes=-5", "", "", int64(0))
	f.Fuzz(func(t *testing.T, rng, ifRange, etag string, size int64) {
		if size < 0 {
			size = -(size + 1)
		}
		req := header("Range: "+rng, "If-Range: "+ifRange)
		r, ext := SelectRange(req, header("Etag: "+etag), size, noon)
		switch ext {
		case Part:
			if r.Start < 0 || r.Start >= r.End || r.End > size {
				t.Fatalf("%q of %d: %v", rng, size, r)
			}
		case Whole:
			if r.Start != 0 || r.End != size {
				t.Fatalf("%q of %d: whole is %v", rng, size, r)
			}
		}
		NotModified(header("If-None-Match: "+ifRange), header("Etag: "+etag), noon)
	})
}
