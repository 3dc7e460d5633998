package page

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// CanInject reports whether the answer of the shop with status and h, asked for
// with method at host, may get [GateTag]; if not, why. The reasons are a fixed
// vocabulary. It errs on the side of leaving an answer alone.
func CanInject(method, host string, status int, h http.Header) (ok bool, reason string) {
	switch {
	case method != http.MethodGet && method != http.MethodPost:
		return false, "method"
	case status != http.StatusOK && status < 400:
		return false, "status" // 206 and 304 are pieces of something stored, 3xx is not looked at
	case h.Get("Content-Range") != "":
		return false, "range"
	case !asciiHTML(h.Get("Content-Type")):
		return false, "not-html"
	case encoded(h):
		return false, "encoded"
	case h.Get("Content-Digest") != "" || h.Get("Repr-Digest") != "" || h.Get("Digest") != "" || h.Get("Content-MD5") != "":
		return false, "digest"
	case strings.Contains(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), "no-transform"):
		return false, "no-transform"
	case strings.HasPrefix(strings.ToLower(strings.TrimSpace(h.Get("Content-Disposition"))), "attachment"):
		return false, "download"
	}
	// A report-only policy would not stop the script, but every page view of the
	// wave would send the shop a report about it.
	for _, field := range []string{"Content-Security-Policy", "Content-Security-Policy-Report-Only"} {
		for _, value := range h.Values(field) {
			for policy := range strings.SplitSeq(value, ",") {
				if !allows(policy, host) {
					return false, "csp"
				}
			}
		}
	}
	return true, ""
}

// asciiHTML reports whether t is HTML in which ASCII bytes are themselves.
func asciiHTML(t string) bool {
	media, params, err := mime.ParseMediaType(t)
	charset := strings.ToLower(params["charset"])
	return err == nil && media == "text/html" &&
		!strings.HasPrefix(charset, "utf-16") && !strings.HasPrefix(charset, "utf-32") &&
		!strings.HasPrefix(charset, "iso-2022") && !strings.HasPrefix(charset, "unicode")
}

func encoded(h http.Header) bool {
	for _, v := range h.Values("Content-Encoding") {
		if v = strings.TrimSpace(v); v != "" && !strings.EqualFold(v, "identity") {
			return true
		}
	}
	return false
}

// allows reports whether one policy lets a script file of the page's own host
// run. (Content Security Policy Level 3: script-src-elem, else script-src, else
// default-src decides; the first of a name counts; 'strict-dynamic' makes a
// browser ignore hosts and 'self'; 'unsafe-inline' is about inline scripts only.)
func allows(policy, host string) bool {
	directives := map[string][]string{}
	for d := range strings.SplitSeq(policy, ";") {
		f := strings.Fields(strings.ToLower(d))
		if len(f) == 0 {
			continue
		}
		if _, seen := directives[f[0]]; !seen {
			directives[f[0]] = f[1:]
		}
	}
	if box, ok := directives["sandbox"]; ok && !slices.Contains(box, "allow-scripts") {
		return false
	}
	for _, name := range []string{"script-src-elem", "script-src", "default-src"} {
		sources, ok := directives[name]
		if !ok {
			continue
		}
		if slices.Contains(sources, "'strict-dynamic'") {
			return false
		}
		host = strings.ToLower(host)
		return slices.ContainsFunc(sources, func(s string) bool {
			return s == "'self'" || s == "*" || s == host || s == "https://"+host || s == "http://"+host
		})
	}
	return true
}
