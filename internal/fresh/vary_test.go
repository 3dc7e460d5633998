package fresh

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// RFC 9111 section 4.1: "A stored response with a Vary header field value
// containing a member "*" always fails to match."
func TestVaryStar(t *testing.T) {
	for _, v := range []string{"*", "Accept, *", " * "} {
		wantRefused(t, answer("Cache-Control: public, max-age=60", "Vary: "+v), "vary")
	}
	wantRefused(t, answer("Cache-Control: public, max-age=60", "Vary: Accept", "Vary: *"), "vary")
	wantRefused(t, answer("Cache-Control: public, max-age=60", "Vary: User-Agent"), "vary")
	wantRefused(t, answer("Cache-Control: public, max-age=60", "Vary: a,b,c,d,e,f,g,h,i"), "vary")
}

func TestVaryOf(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  Vary
	}{
		{nil, nil},
		{[]string{"Vary: "}, nil},
		{[]string{"Vary: accept-language , ACCEPT", "Vary: Accept"}, Vary{"Accept", "Accept-Language"}},
		{[]string{"Content-Encoding: gzip"}, Vary{"Accept-Encoding"}},
		{[]string{"Vary: Cookie, Accept-Encoding", "Content-Encoding: gzip"}, Vary{"Accept-Encoding", "Cookie"}},
	} {
		if v, ok := VaryOf(header(c.lines...)); !ok || !slices.Equal(v, c.want) {
			t.Errorf("%v: %v %v", c.lines, v, ok)
		}
	}
}

// RFC 9111 section 4.1: "the cache MUST NOT use that stored response without
// revalidation unless all the presented request header fields nominated by that
// Vary field value match those fields in the original request"; the fields match
// when one can be made the other by "adding or removing whitespace", "combining
// multiple header field lines with the same field name", "normalizing both
// header field values in a way that is known to have identical semantics".
//
// RFC 9111 section 4.1: "If (after any normalization that might take place) a
// header field is absent from a request, it can only match another request if it
// is also absent there."
func TestVaryMatch(t *testing.T) {
	for _, c := range []struct {
		vary Vary
		a, b http.Header
		want bool
	}{
		{nil, header("Cookie: a"), header("Cookie: b"), true},
		{Vary{"Accept-Language"}, header("Accept-Language: pl"), header("Accept-Language: pl"), true},
		{Vary{"Accept-Language"}, header("Accept-Language: pl"), header("Accept-Language:  pl "), true},
		{Vary{"Accept-Language"}, header("Accept-Language: pl, en"), header("Accept-Language: pl", "Accept-Language: en"), true},
		{Vary{"Accept-Language"}, header("Accept-Language: pl"), header("Accept-Language: en"), false},
		{Vary{"Accept-Language"}, header("Accept-Language: pl"), header(), false},
		{Vary{"Accept-Language"}, header(), header("Accept-Language: "), false},
		{Vary{"Cookie"}, header(), header(), true},
		{Vary{"Cookie"}, header(), header("Cookie: session=1"), false},
		{Vary{"Accept-Encoding"}, header("Accept-Encoding: gzip"), header("Accept-Encoding: br, gzip;q=0.5"), true},
		{Vary{"Accept-Encoding"}, header("Accept-Encoding: gzip"), header("Accept-Encoding: gzip;q=0"), false},
		{Vary{"Accept", "Origin"}, header("Accept: */*", "Origin: https://a"), header("Accept: */*", "Origin: https://b"), false},
	} {
		if got := c.vary.Matches(c.vary.Values(c.a), c.b); got != c.want {
			t.Errorf("%v: %v and %v: %v", c.vary, c.a, c.b, got)
		}
	}
}

func TestVarySendable(t *testing.T) {
	visitor := header("Accept-Language: pl", "Cookie: cart=1", "X-Forwarded-Host: evil", "Accept-Encoding: br, gzip")
	for _, c := range []struct {
		vary Vary
		want bool
	}{
		{nil, true}, {Vary{"Accept-Language"}, true}, {Vary{"Cookie"}, false},
		{Vary{"Save-Data"}, true}, {Vary{"X-Forwarded-Host"}, false},
	} {
		if got := c.vary.Sendable(visitor); got != c.want {
			t.Errorf("%v: %v", c.vary, got)
		}
	}
	own := http.Header{}
	Vary{"Accept-Encoding", "Accept-Language", "Cookie", "X-Forwarded-Host"}.Copy(own, visitor)
	if len(own) != 2 || own.Get("Accept-Encoding") != "gzip" || own.Get("Accept-Language") != "pl" {
		t.Errorf("the edge would send %v", own)
	}
}

// RFC 9110 section 12.5.3: "If the representation has no content coding, then it
// is acceptable by default unless specifically excluded by the Accept-Encoding
// field stating either "identity;q=0" or "*;q=0" without a more specific entry
// for "identity"."; "If the representation's content coding is one of the
// content codings listed in the Accept-Encoding field value, then it is
// acceptable unless it is accompanied by a qvalue of 0."
func TestCoding(t *testing.T) {
	for ae, want := range map[string]string{
		"": "identity", "gzip": "gzip", "br": "identity", "gzip, deflate, br, zstd": "gzip", "GZIP": "gzip", "x-gzip": "gzip",
		"gzip;q=0": "identity", "gzip;q=0.000": "identity", "gzip;q=0.001": "gzip", "gzip; q=1": "gzip", "*": "gzip",
		"*;q=0": "identity", "*, gzip;q=0": "identity", "gzip;level=9": "identity", "gzipx": "identity", "br,,gzip": "gzip",
	} {
		if got := Coding([]string{ae}); got != want {
			t.Errorf("%q: %s, want %s", ae, got, want)
		}
	}
	if got := Coding([]string{"br", "gzip"}); got != "gzip" {
		t.Errorf("two lines: %s", got)
	}
}

func TestCodingOK(t *testing.T) {
	for _, c := range []struct {
		ae, ce string
		want   bool
	}{
		{"gzip", "", true}, {"gzip", "gzip", true}, {"identity", "gzip", false}, {"gzip", "br", false},
		{"identity", "identity", true}, {"gzip", "gzip, br", false},
	} {
		resp := http.Header{}
		if c.ce != "" {
			resp.Set("Content-Encoding", c.ce)
		}
		if got := CodingOK(header("Accept-Encoding: "+c.ae), resp); got != c.want {
			t.Errorf("asked %q, got %q: %v", c.ae, c.ce, got)
		}
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	v := Vary{"Accept-Encoding", "Accept-Language"}
	h := header("Accept-Encoding: gzip, deflate, br", "Accept-Language: pl-PL,pl;q=0.9")
	values := v.Values(h)
	if n := testing.AllocsPerRun(100, func() {
		if !v.Matches(values, h) {
			t.Fatal("no match")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// However a Vary is written, an answer matches the request it was made for, and no
// request that differs in a field it names.
func FuzzVary(f *testing.F) {
	f.Add("Accept-Language, Cookie", "Accept-Language", "pl", "en")
	f.Add("accept-encoding", "Accept-Encoding", "gzip, br", "br")
	f.Add("*", "X", "", "")
	f.Fuzz(func(t *testing.T, line, name, a, b string) {
		if strings.Contains(a+b, absent) {
			return // no field value has one (RFC 9110 section 5.5); servers refuse it
		}
		v, ok := VaryOf(http.Header{"Vary": {line}})
		if !ok {
			if v != nil {
				t.Fatalf("%q: refused with %v", line, v)
			}
			return
		}
		if len(v) > maxVary || !slices.IsSorted(v) || slices.Contains(v, "*") || slices.Contains(v, "User-Agent") {
			t.Fatalf("%q: %v", line, v)
		}
		name = http.CanonicalHeaderKey(name)
		one, other, none := http.Header{name: {a}}, http.Header{name: {b}}, http.Header{}
		values := v.Values(one)
		if !v.Matches(values, one) {
			t.Fatalf("%q: %v does not match itself", line, one)
		}
		named := slices.Contains(v, name)
		same := trimBlanks(a) == trimBlanks(b)
		if name == "Accept-Encoding" {
			same = Coding([]string{a}) == Coding([]string{b})
		}
		if got := v.Matches(values, other); got != (!named || same) {
			t.Fatalf("%q: %v and %v: %v", line, one, other, got)
		}
		if name != "Accept-Encoding" && v.Matches(values, none) != !named {
			t.Fatalf("%q: %v matches a request without it: %v", line, one, !named)
		}
		own := http.Header{}
		v.Copy(own, one)
		for sent := range own {
			if !sendable(sent) {
				t.Fatalf("%q: the edge would send %s", line, sent)
			}
		}
	})
}
