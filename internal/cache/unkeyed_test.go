package cache

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/fresh"
)

// What an attacker can write into a request and no key knows of: it neither reaches
// a fill nor shapes what others are given.
func TestUnkeyedInputs(t *testing.T) {
	for _, f := range attack(false) {
		t.Error(f)
	}
	if len(attack(true)) == 0 {
		t.Error("a fill that is the visitor's own request is not noticed")
	}
}

// attack tries everything and says what came of it. With ownRequest, fills are the
// attacker's own requests, as in other caches.
func attack(ownRequest bool) (faults []string) {
	const evil = "evil"
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for name, change := range map[string]func(*http.Request){
		"X-Forwarded-Host":       field("X-Forwarded-Host"),
		"X-Forwarded-Scheme":     field("X-Forwarded-Scheme"),
		"X-Forwarded-Port":       field("X-Forwarded-Port"),
		"X-Forwarded-Prefix":     field("X-Forwarded-Prefix"),
		"X-Forwarded-Server":     field("X-Forwarded-Server"),
		"X-Host":                 field("X-Host"),
		"X-HTTP-Host-Override":   field("X-HTTP-Host-Override"),
		"Forwarded":              field("Forwarded"),
		"X-Original-URL":         field("X-Original-URL"),
		"X-Rewrite-URL":          field("X-Rewrite-URL"),
		"X-Original-Host":        field("X-Original-Host"),
		"X-HTTP-Method-Override": field("X-HTTP-Method-Override"),
		"X-HTTP-Method":          field("X-HTTP-Method"),
		"X-Method-Override":      field("X-Method-Override"),
		"method in lower case":   func(r *http.Request) { r.Header["x-http-method-override"] = []string{evil} },
		"field in odd case":      func(r *http.Request) { r.Header["x-fOrwArded-hOst"] = []string{evil} },
		"field of a proxy":       func(r *http.Request) { r.Header["X_Forwarded_Host"] = []string{evil} },
		"two fields":             func(r *http.Request) { r.Header["X-Forwarded-Host"] = []string{"sklep.pl", evil} },
		"Origin":                 field("Origin"),
		"Referer":                field("Referer"),
		"User-Agent":             field("User-Agent"),
		"Accept-Language":        field("Accept-Language"),
		"Accept-Charset":         field("Accept-Charset"),
		"Accept":                 func(r *http.Request) { r.Header["Accept"] = []string{"text/html;" + evil} },
		"Accept-Encoding":        func(r *http.Request) { r.Header["Accept-Encoding"] = []string{evil} },
		"Cookie":                 field("Cookie"),
		"Authorization":          field("Authorization"),
		"Cache-Control":          func(r *http.Request) { r.Header["Cache-Control"] = []string{"no-cache, " + evil} },
		"Pragma":                 field("Pragma"),
		"Range":                  func(r *http.Request) { r.Header["Range"] = []string{"bytes=0-0," + evil} },
		"If-None-Match":          func(r *http.Request) { r.Header["If-None-Match"] = []string{`"` + evil + `"`} },
		"If-Match":               func(r *http.Request) { r.Header["If-Match"] = []string{`"` + evil + `"`} },
		"If-Range":               field("If-Range"),
		"Expect":                 field("Expect"),
		"Upgrade":                field("Upgrade"),
		"Connection":             field("Connection"),
		"Te":                     field("Te"),
		"Max-Forwards":           field("Max-Forwards"),
		"Via":                    field("Via"),
		"True-Client-IP":         field("True-Client-IP"),
		"X-Wp-Nonce":             field("X-Wp-Nonce"),
		"Purpose":                field("Purpose"),
		"Save-Data":              field("Save-Data"),
		"fat GET": func(r *http.Request) {
			fat := httptest.NewRequest("GET", "/", strings.NewReader(evil))
			r.Body, r.ContentLength = fat.Body, fat.ContentLength
		},
		"fat GET, chunked": func(r *http.Request) { r.TransferEncoding, r.ContentLength = []string{"chunked"}, -1 },
		"Trailer":          func(r *http.Request) { r.Trailer = http.Header{"X-Evil": {evil}} },
		"Host in capitals": func(r *http.Request) { r.Host = "SKLEP.PL" },
		"Host with port":   func(r *http.Request) { r.Host = "sklep.pl:80" },
		"Host with a dot":  func(r *http.Request) { r.Host = "sklep.pl." },
		"tracking":         func(r *http.Request) { r.URL.RawQuery += "&utm_source=" + evil },
		"tracking, hidden": func(r *http.Request) { r.URL.RawQuery = "%75tm_source=" + evil + "&" + r.URL.RawQuery },
		"order":            func(r *http.Request) { r.URL.RawQuery = "b=2&a=1" },
		"fragment":         func(r *http.Request) { r.URL.Fragment = evil },
		"user":             func(r *http.Request) { r.RequestURI = "http://evil@sklep.pl/p/1?a=1&b=2" },
	} {
		for _, p := range []Policy{kind(), forbidden(), plain(Key{Path: "."})} {
			c := New(Config{})
			s := &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
				return response(fmt.Sprintf("%s %s %s %v %v", req.Method, req.Host, req.URL, req.Header, req.Trailer), "Cache-Control: max-age=60"), nil
			}}
			attack, _ := get("/p/1?a=1&b=2", "Accept: text/html")
			change(attack)
			k := KeyOf(Target{Host: attack.Host, Path: attack.URL.EscapedPath(), Query: attack.URL.RawQuery, Header: attack.Header})
			fill := s.fill
			if ownRequest {
				fill = func(ctx context.Context, _ *http.Request) (*http.Response, error) { return s.fill(ctx, attack) }
			}
			out := c.Serve(httptest.NewRecorder(), attack, k, p, fill)
			if !out.Answered() {
				// His own request goes to the shop, and what comes back is his.
				c.Observe(k, fresh.Exchange{
					Method: attack.Method, Request: attack.Header, Status: 200, Response: header("Cache-Control: max-age=60"),
				}, p)
			}
			_, w := visitBy(c, s, p, "/p/1?a=1&b=2", "Accept: text/html")
			if body := w.Body.String(); strings.Contains(body, evil) || !strings.HasPrefix(body, "GET sklep.pl http://sklep.pl/p/1?a=1&b=2 ") {
				fault("%s: others are shown %q", name, body)
			}
			for _, req := range s.requests {
				if sent := fmt.Sprint(req.Method, req.Host, req.URL, req.Header, req.Trailer, req.Body); strings.Contains(sent, evil) {
					fault("%s: a fill carries %s", name, sent)
				}
			}
			c.Close()
		}
	}
	return faults
}

func field(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = []string{"evil"} }
}

// What makes two URLs keeps them two: none is filled for the other.
func TestKeyedInputs(t *testing.T) {
	c := New(Config{})
	defer c.Close()
	s := &shop{answer: func(_ context.Context, req *http.Request) (*http.Response, error) {
		return response(req.URL.EscapedPath()+"?"+req.URL.RawQuery, public), nil
	}}
	targets := []string{
		"/p/1?a=1&b=2", "/p/1?a=1&a=2&b=2", "/p/1?a=2&a=1&b=2", "/p/1?b=2&a=1&a=2", "/p/1?a=1&b=2&", "/p/1?a=1;b=2", "/p/1?A=1&b=2",
		"/p/1?a=1&b=", "/p/1?a=1&b", "/p/1?a=1", "/p/1", "/p/1/", "//p/1", "/p//1", "/p/./1", "/p/1;x", "/p/1%3Bx", "/p%2f1", "/P/1",
		"/p/1%00", "/p/1%0d%0a", "/p/1%5c", "/p/%31", "/p/1?a=1&b=2&coupon=X", "/p/1?a[]=1", "/p/1?a%5B%5D=1", "/p/1?a=%31&b=2",
	}
	for range 2 {
		for _, target := range targets {
			_, w := visitBy(c, s, kind(), target)
			want := target
			if !strings.Contains(want, "?") {
				want += "?"
			}
			if got := w.Body.String(); got != want {
				t.Errorf("%s: got %q", target, got)
			}
		}
	}
	if s.asked() != len(targets) {
		t.Errorf("%d fills for %d URLs", s.asked(), len(targets))
	}
}

// A name written in another case is another field to Go and none to a shop.
func TestHeaderCase(t *testing.T) {
	visitor := http.Header{"cookie": {"evil"}, "ACCEPT-LANGUAGE": {"evil"}, "accept": {"application/json"}}
	req := fillRequest(KeyOf(Target{Host: "sklep.pl", Path: "/", Header: visitor}), fresh.Vary{"Accept-Language", "Cookie"}, visitor)
	for name, values := range req.Header {
		if slices.Contains(values, "evil") {
			t.Errorf("%s: %q", name, values)
		}
	}
}
