package fresh

import (
	"net/url"
	"slices"
	"testing"
)

// RFC 9111 section 4.4: "A cache MUST invalidate the target URI [...] when it
// receives a non-error status code in response to an unsafe request method
// (including methods whose safety is unknown)."; "A "non-error response" is one
// with a 2xx (Successful) or 3xx (Redirection) status code."
func TestInvalidates(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "get", "MKCOL", "SURPRISE", ""} {
		for status, want := range map[int]bool{200: true, 201: true, 204: true, 302: true, 303: true, 304: true, 400: false, 404: false, 409: false, 500: false, 101: false} {
			if got := Invalidates(method, status); got != want {
				t.Errorf("%s answered by %d: %v", method, status, got)
			}
		}
	}
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE"} {
		if Invalidates(method, 200) {
			t.Errorf("%s invalidates", method)
		}
	}
}

// RFC 9111 section 4.4: "In particular, the URI(s) in the Location and
// Content-Location response header fields (if present) are candidates for
// invalidation"; "However, a cache MUST NOT trigger an invalidation under these
// conditions if the origin [...] of the URI to be invalidated differs from that of
// the target URI".
func TestInvalidationTargets(t *testing.T) {
	target, _ := url.Parse("https://sklep.pl/p/1?a=1")
	for _, c := range []struct {
		lines []string
		want  []string
	}{
		{nil, nil},
		{[]string{"Location: /p/2"}, []string{"https://sklep.pl/p/2"}},
		{[]string{"Location: 2?b=1#top"}, []string{"https://sklep.pl/p/2?b=1"}},
		{[]string{"Location: ../q"}, []string{"https://sklep.pl/q"}},
		{[]string{"Location: ?b=2"}, []string{"https://sklep.pl/p/1?b=2"}},
		{[]string{"Location: https://SKLEP.pl:443/x"}, []string{"https://SKLEP.pl:443/x"}},
		{[]string{"Location: https://sklep.pl"}, []string{"https://sklep.pl/"}},
		{[]string{"Location: //sklep.pl/x"}, []string{"https://sklep.pl/x"}},
		{[]string{"Location: https://anna:x@sklep.pl/x"}, []string{"https://sklep.pl/x"}},
		{[]string{"Content-Location: /list", "Location: /p/3"}, []string{"https://sklep.pl/p/3", "https://sklep.pl/list"}},
		{[]string{"Location: http://sklep.pl/x"}, nil},
		{[]string{"Location: https://sklep.pl:444/x"}, nil},
		{[]string{"Location: https://evil.pl/x"}, nil},
		{[]string{"Location: //evil.pl/x"}, nil},
		{[]string{"Location: https:///x"}, nil},
		{[]string{"Location: https:opaque"}, nil},
		{[]string{"Location: javascript:alert(1)"}, nil},
		{[]string{"Location: /%zz"}, nil},
		{[]string{"Location: /a", "Location: /b"}, nil}, // which one it is nobody knows
	} {
		targets := InvalidationTargets(target, header(c.lines...))
		if targets[0] != target {
			t.Errorf("%q: the target itself is missing", c.lines)
		}
		var got []string
		for _, u := range targets[1:] {
			got = append(got, u.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.lines, got, c.want)
		}
	}
}
