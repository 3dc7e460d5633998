package fresh

import (
	"net/http"
	"net/url"
	"strings"
)

// Invalidates reports whether an answer makes what is stored under its URL untrue
// (RFC 9111 section 4.4): a non-error status in answer to a method that is unsafe,
// or that nobody knows to be safe.
func Invalidates(method string, status int) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	return status/100 == 2 || status/100 == 3
}

// InvalidationTargets lists the URLs to invalidate after an answer for which
// [Invalidates] holds: the target itself, which must be absolute, and those of
// Location and Content-Location if they have the same origin. Others are left out,
// or one site could empty another's cache.
func InvalidationTargets(target *url.URL, h http.Header) []*url.URL {
	targets := []*url.URL{target}
	for _, name := range [...]string{"Location", "Content-Location"} {
		lines := h[name]
		if len(lines) != 1 {
			continue
		}
		ref, err := url.Parse(lines[0])
		if err != nil {
			continue
		}
		if u := target.ResolveReference(ref); sameOrigin(u, target) && u.Opaque == "" {
			u.Fragment, u.RawFragment, u.User = "", "", nil
			if u.Path == "" {
				u.Path = "/"
			}
			targets = append(targets, u)
		}
	}
	return targets
}

// sameOrigin compares scheme, host and port (RFC 9110 section 4.3.1).
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	switch strings.ToLower(u.Scheme) {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}
