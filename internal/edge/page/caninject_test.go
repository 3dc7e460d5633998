package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCanInject(t *testing.T) {
	for _, c := range []struct {
		method string
		status int
		fields string // "Name: value|Name: value"
		want   string // reason, "" = may
	}{
		{"GET", 200, "Content-Type: text/html", ""},
		{"GET", 200, "Content-Type: text/html; charset=ISO-8859-2", ""},
		{"POST", 200, "Content-Type: TEXT/HTML;charset=utf-8|Content-Encoding: identity", ""},
		{"GET", 404, "Content-Type: text/html", ""},
		{"HEAD", 200, "Content-Type: text/html", "method"},
		{"PUT", 200, "Content-Type: text/html", "method"},
		{"GET", 304, "Content-Type: text/html", "status"},
		{"GET", 206, "Content-Type: text/html", "status"},
		{"GET", 204, "Content-Type: text/html", "status"},
		{"GET", 302, "Content-Type: text/html", "status"},
		{"GET", 416, "Content-Type: text/html|Content-Range: bytes */9", "range"},
		{"GET", 200, "", "not-html"},
		{"GET", 200, "Content-Type: application/json", "not-html"},
		{"GET", 200, "Content-Type: application/xhtml+xml", "not-html"},
		{"GET", 200, "Content-Type: text/html; charset=utf-16le", "not-html"},
		{"GET", 200, "Content-Type: text/html;;;=", "not-html"},
		{"GET", 200, "Content-Type: text/html|Content-Encoding: gzip", "encoded"},
		{"GET", 200, "Content-Type: text/html|Content-Encoding: identity|Content-Encoding: br", "encoded"},
		{"GET", 200, "Content-Type: text/html|Repr-Digest: sha-256=:x:", "digest"},
		{"GET", 200, "Content-Type: text/html|Cache-Control: public, No-Transform", "no-transform"},
		{"GET", 200, "Content-Type: text/html|Content-Disposition: attachment; filename=x.html", "download"},
		{"GET", 200, "Content-Type: text/html|Content-Security-Policy: default-src 'none'", "csp"},
		{"GET", 200, "Content-Type: text/html|Content-Security-Policy: img-src *|Content-Security-Policy: script-src 'none'", "csp"},
		{"GET", 200, "Content-Type: text/html|Content-Security-Policy-Report-Only: script-src 'nonce-abc'", "csp"},
	} {
		h := http.Header{}
		for f := range strings.SplitSeq(c.fields, "|") {
			if name, value, ok := strings.Cut(f, ": "); ok {
				h.Add(name, value)
			}
		}
		ok, why := CanInject(c.method, "sklep.example", c.status, h)
		if why != c.want || ok != (c.want == "") {
			t.Errorf("%s %d %s: %v %q, want %q", c.method, c.status, c.fields, ok, why, c.want)
		}
	}
}

func TestPolicyAllowsTheScript(t *testing.T) {
	for policy, want := range map[string]bool{
		"":                                 true,
		"img-src 'none'":                   true,
		"default-src 'self'":               true,
		"script-src 'self' 'nonce-x'":      true,
		"SCRIPT-SRC 'SELF'":                true,
		"script-src *":                     true,
		"script-src https://Sklep.example": true,
		"script-src sklep.example":         true,
		"script-src 'unsafe-inline'":       false, // inline only; ours is a file
		"script-src 'nonce-x'":             false,
		"script-src 'self' 'strict-dynamic' 'nonce-x'":           false,
		"script-src 'none'; default-src 'self'":                  false,
		"script-src 'self'; script-src-elem https://cdn.example": false,
		"script-src 'none'; script-src-elem 'self'":              true,
		"script-src 'self'; script-src 'none'":                   true, // the first of a name counts
		"script-src https://cdn.example":                         false,
		"sandbox allow-forms":                                    false,
		"sandbox allow-scripts; default-src 'self'":              true,
		"script-src": false,
	} {
		if got := allows(policy, "sklep.example"); got != want {
			t.Errorf("%q: %v, want %v", policy, got, want)
		}
	}
}

func TestGateIsKeptAndAskedAgain(t *testing.T) {
	g := NewGate()
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest("GET", "/.falochron/gate.js", nil))
	if w.Code != 200 || w.Body.Len() == 0 || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if strings.Contains(w.Body.String(), "// ") || strings.Contains(w.Body.String(), "=>") || strings.Contains(w.Body.String(), "`") {
		t.Error("comments or newer syntax in the script")
	}
	r := httptest.NewRequest("GET", "/.falochron/gate.js", nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	if g.ServeHTTP(w, r); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("asked again: %d, %d bytes", w.Code, w.Body.Len())
	}
}
