package fresh

import (
	"net/http"
	"slices"
	"strings"
)

// Condition sets, in the header of a request of the edge's own, the preconditions
// by which the shop can say that a stored answer is still good. It returns false
// when the answer has no validator, and then sets nothing.
func Condition(req, stored http.Header) bool {
	asked := false
	if tag := stored.Get("Etag"); isTag(tag) {
		req["If-None-Match"] = []string{tag}
		asked = true
	}
	if modified := stored.Get("Last-Modified"); modified != "" {
		if _, ok := ParseDate(modified); ok {
			req["If-Modified-Since"] = []string{modified}
			asked = true
		}
	}
	return asked
}

// Unconditional takes the preconditions of [Condition] back.
func Unconditional(req http.Header) {
	delete(req, "If-None-Match")
	delete(req, "If-Modified-Since")
}

// Confirms reports whether a 304 speaks of the one stored answer whose validators
// were sent (RFC 9111 section 4.3.4). Entity tags are compared weakly, since the
// edge itself weakens those of pages that it adds its script to.
func Confirms(stored, resp http.Header) bool {
	if tag := resp.Get("Etag"); isTag(tag) {
		return opaque(tag) == opaque(stored.Get("Etag"))
	}
	if modified := resp.Get("Last-Modified"); modified != "" {
		return modified == stored.Get("Last-Modified")
	}
	return stored.Get("Etag") == "" && stored.Get("Last-Modified") == ""
}

// fixed are the fields of a stored answer that a 304 does not change: its length
// (RFC 9111 section 3.2), and what describes the stored bytes, which the edge may
// have compressed or cut differently.
var fixed = [...]string{"Content-Length", "Content-Encoding", "Content-Range"}

// Freshened returns the header of a stored answer as a 304 updates it (RFC 9111
// section 3.2). Neither of the two is changed. It still has the cookies that the
// 304 sets, so that [Storable] sees them.
func Freshened(stored, resp http.Header) http.Header {
	h := make(http.Header, len(stored)+2)
	for name, values := range stored {
		h[name] = values
	}
	delete(h, "Date") // of the answer that is no longer the latest
	for name, values := range endToEnd(resp) {
		switch {
		case slices.Contains(fixed[:], name):
		case name == "Etag" && strings.HasPrefix(stored.Get("Etag"), "W/"):
			// The bytes stored are not those the shop's own tag stands for.
		default:
			h[name] = values
		}
	}
	if age := resp["Age"]; len(age) > 0 {
		h["Age"] = age
	}
	return h
}

// isTag reports whether a field value is one entity tag.
func isTag(s string) bool {
	tag, rest := nextTag(s)
	return tag != "" && rest == "" && tag == s
}
