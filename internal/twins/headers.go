package twins

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// passing are header fields that differ from answer to answer and mean nothing to
// a visitor, by name in small letters. What begins with one of the stems in
// passingStems is one as well.
var passing = map[string]bool{
	"date": true, "age": true, "expires": true, "last-modified": true, "content-length": true, "connection": true,
	"keep-alive": true, "transfer-encoding": true, "server-timing": true, "x-runtime": true, "x-request-id": true,
	"request-id": true, "x-correlation-id": true, "traceparent": true, "tracestate": true, "via": true, "cf-ray": true,
	"report-to": true, "reporting-endpoints": true, "nel": true, "alt-svc": true, "x-varnish": true, "x-timer": true,
	"x-served-by": true, "server": true, "x-debug-token": true, "x-debug-token-link": true, "x-generated-at": true,
	"x-amz-request-id": true, "x-amz-cf-id": true, "x-envoy-upstream-service-time": true, "x-response-time": true,
	"content-security-policy": true, "content-security-policy-report-only": true, // its nonce is that of the page beside it
}

var passingStems = []string{"x-cache", "x-trace", "x-b3-", "cache-status", "cf-cache", "x-ratelimit", "ratelimit"}

// headers compares the header fields of two answers, which are stored and shown
// with the page.
func (j *judge) headers() {
	a, b := j.a.Header, j.b.Header
	for _, name := range fieldNames(a, b) {
		x, y := strings.Join(a.Values(name), ", "), strings.Join(b.Values(name), ", ")
		where := "header " + name
		v := verdict{where: where}
		lower := strings.ToLower(name)
		switch {
		case lower == "set-cookie":
			continue // below
		case lower == "etag":
			if x == y {
				continue
			}
			v.harmless = true // it changes with the page, which is compared
		case x == y:
			continue
		case j.owned(x, y):
			v.harm = true
		case passing[lower], slices.ContainsFunc(passingStems, func(s string) bool { return strings.HasPrefix(lower, s) }):
			continue
		case j.blank(x) == "[time]" && j.blank(y) == "[time]": // and nothing else, whatever it is the time of: Nonce-Timestamp
			v.harmless = true
		case aboutToken(name):
			v.harm = true
		case j.blank(x) == j.blank(y):
			v.harmless = true
		}
		j.note(v, x, y)
	}
	inA, inB := cookieNames(a), cookieNames(b)
	for _, name := range slices.Sorted(maps.Keys(joined(inA, inB))) {
		if j.rules.Drops != nil && j.rules.Drops(name) {
			continue
		}
		j.note(verdict{where: "cookie " + name}, isSet(inA[name]), isSet(inB[name]))
	}
}

func isSet(yes bool) string {
	if yes {
		return "set"
	}
	return ""
}

func fieldNames(a, b http.Header) []string {
	names := map[string]bool{}
	for _, h := range []http.Header{a, b} {
		for n := range h {
			names[n] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// cookieNames are those that an answer sets. Values are not looked at.
func cookieNames(h http.Header) map[string]bool {
	out := map[string]bool{}
	for _, line := range h["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		if name = strings.TrimSpace(name); name != "" && strings.TrimSpace(value) != "" {
			out[name] = true
		}
	}
	return out
}

func joined(a, b map[string]bool) map[string]bool {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
