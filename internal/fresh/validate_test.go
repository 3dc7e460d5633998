package fresh

import (
	"net/http"
	"testing"
	"time"
)

// RFC 9111 section 4.3.1: "When generating a conditional request for validation,
// a cache: MUST send the relevant entity tags (using If-Match, If-None-Match, or
// If-Range) if the entity tags were provided in the stored response(s) being
// validated."; "SHOULD send the Last-Modified value (using If-Modified-Since) if
// the request is not for a subrange, a single stored response is being validated,
// and that response contains a Last-Modified value."
func TestCondition(t *testing.T) {
	const lm = "Sun, 01 Mar 2026 11:00:00 GMT"
	for _, c := range []struct {
		stored     []string
		tag, since string
	}{
		{nil, "", ""},
		{[]string{`Etag: "a"`}, `"a"`, ""},
		{[]string{`Etag: W/"a"`}, `W/"a"`, ""},
		{[]string{`Etag: "a"`, "Last-Modified: " + lm}, `"a"`, lm},
		{[]string{"Last-Modified: " + lm}, "", lm},
		// What is no tag and no date would be sent in vain, or worse.
		{[]string{"Etag: a"}, "", ""},
		{[]string{"Etag: *"}, "", ""},
		{[]string{`Etag: "a", "b"`}, "", ""},
		{[]string{`Etag: "a`}, "", ""},
		{[]string{"Last-Modified: yesterday"}, "", ""},
		{[]string{"Date: " + lm}, "", ""},
	} {
		req := http.Header{}
		asked := Condition(req, header(c.stored...))
		if req.Get("If-None-Match") != c.tag || req.Get("If-Modified-Since") != c.since || asked != (c.tag+c.since != "") {
			t.Errorf("%q: %v, %v", c.stored, req, asked)
		}
		Unconditional(req)
		if len(req) != 0 {
			t.Errorf("%q: %v is left", c.stored, req)
		}
	}
}

// RFC 9111 section 4.3.4: "If the new response contains one or more strong
// validators [...], then each of those strong validators identifies a selected
// representation for update. All the stored responses in the initial set with one
// of those same strong validators are identified for update. If none of the
// initial set contains at least one of the same strong validators, then the cache
// MUST NOT use the new response to update any stored responses."; "If the new
// response contains no strong validators but does contain one or more weak
// validators, and those validators correspond to one of the initial set's stored
// responses, then the most recent of those matching stored responses is
// identified for update."; "If the new response does not include any form of
// validator [...], and there is only one stored response in the initial set, and
// that stored response also lacks a validator, then that stored response is
// identified for update."
//
// One stored response is asked about at a time. Its tag may have become weak here,
// since the edge adds its script to pages.
func TestConfirms(t *testing.T) {
	const lm, later = "Sun, 01 Mar 2026 11:00:00 GMT", "Sun, 01 Mar 2026 11:30:00 GMT"
	for _, c := range []struct {
		name         string
		stored, resp []string
		want         bool
	}{
		{"same", []string{`Etag: "a"`}, []string{`Etag: "a"`}, true},
		{"other", []string{`Etag: "a"`}, []string{`Etag: "b"`}, false},
		{"weakened here", []string{`Etag: W/"a"`}, []string{`Etag: "a"`}, true},
		{"weak", []string{`Etag: W/"a"`}, []string{`Etag: W/"a"`}, true},
		{"weak, other", []string{`Etag: W/"a"`}, []string{`Etag: W/"b"`}, false},
		{"tag for none", nil, []string{`Etag: "a"`}, false},
		{"rubbish", []string{"Etag: a"}, []string{"Etag: a"}, false},
		{"tag before date", []string{`Etag: "a"`, "Last-Modified: " + lm}, []string{`Etag: "b"`, "Last-Modified: " + lm}, false},
		{"date", []string{"Last-Modified: " + lm}, []string{"Last-Modified: " + lm}, true},
		{"other date", []string{"Last-Modified: " + lm}, []string{"Last-Modified: " + later}, false},
		{"nothing for a tag", []string{`Etag: "a"`}, nil, false},
		{"nothing for a date", []string{"Last-Modified: " + lm}, nil, false},
		{"nothing for nothing", nil, nil, true},
	} {
		if got := Confirms(header(c.stored...), header(c.resp...)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// RFC 9111 section 3.2: "the cache MUST add each header field in the provided
// response to the stored response, replacing field values that are already
// present, with the following exceptions: Header fields excepted from storage in
// Section 3.1, Header fields that the cache's stored response depends upon, as
// described below, Header fields that are automatically processed and removed by
// the recipient, as described below, and The Content-Length header field."
//
// RFC 9111 section 3.2: "Note that the Content-* prefix is not a signal that a
// header field is omitted from update; it is a convention for MIME header fields,
// not HTTP."
func TestFreshened(t *testing.T) {
	stored := header(`Etag: "a"`, "Content-Type: text/html", "Content-Encoding: gzip", "X-Old: kept", "X-Two: 1", "X-Two: 2",
		"Cache-Control: max-age=60", "Date: Sun, 01 Mar 2026 11:00:00 GMT", "Content-Security-Policy: a")
	resp := header(`Etag: "a"`, "Content-Type: text/plain", "Content-Encoding: br", "Content-Length: 0", "X-Two: 3", "X-New: 1",
		"Cache-Control: max-age=90", "Connection: x-hop", "X-Hop: 1", "Proxy-Authorization: x", "Set-Cookie: a=b", "Age: 7")
	before := len(stored)
	h := Freshened(stored, resp)
	for name, want := range map[string]string{
		"Content-Type": "text/plain", "Content-Encoding": "gzip", "Content-Length": "", "X-Old": "kept", "X-New": "1",
		"Cache-Control": "max-age=90", "Connection": "", "X-Hop": "", "Proxy-Authorization": "", "Age": "7",
		// For the judgement only; see Keep.
		"Set-Cookie": "a=b",
		// The 304 has none, and the old one is no longer that of the latest answer.
		"Date": "", "Content-Security-Policy": "a", "Etag": `"a"`,
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(h["X-Two"]) != 1 || h.Get("X-Two") != "3" {
		t.Errorf("X-Two is %q", h["X-Two"])
	}
	if len(stored) != before || stored.Get("Content-Type") != "text/html" {
		t.Error("the stored header was changed")
	}
	// A tag that became weak here stays so: the bytes are not the shop's.
	if h := Freshened(header(`Etag: W/"a"`), header(`Etag: "a"`)); h.Get("Etag") != `W/"a"` {
		t.Errorf("the tag became %s", h.Get("Etag"))
	}
}

// RFC 9111 section 4.2.3: "The current_age of a stored response can then be
// calculated by adding the time (in seconds) since the stored response was last
// validated by the origin server to the corrected_initial_age."
func TestAgeAfterValidation(t *testing.T) {
	stored := header("Cache-Control: public, max-age=60", "Date: Sun, 01 Mar 2026 11:00:00 GMT", `Etag: "a"`)
	x := answer()
	x.Response = Freshened(stored, header(`Etag: "a"`))
	d := Storable(x, Policy{})
	if !d.Store || d.Age != 0 || d.Life != time.Minute {
		t.Errorf("%+v", d)
	}
	x.Response = Freshened(stored, header(`Etag: "a"`, "Age: 7", "Date: Sun, 01 Mar 2026 11:59:57 GMT"))
	if d := Storable(x, Policy{}); d.Age != 7*time.Second {
		t.Errorf("%+v", d)
	}
	// What the 304 forbids is forbidden.
	for reason, line := range map[string]string{
		"no-store": "Cache-Control: no-store", "set-cookie": "Set-Cookie: a=b", "vary": "Vary: *", "stale": "Cache-Control: public, max-age=0",
	} {
		x.Response = Freshened(stored, header(`Etag: "a"`, line))
		wantRefused(t, x, reason)
	}
}

func FuzzConditional(f *testing.F) {
	f.Add(`"a"`, `W/"a"`, "Sun, 01 Mar 2026 11:00:00 GMT", `"b", "a"`)
	f.Add(`W/"a`, "", "0", "*")
	f.Fuzz(func(t *testing.T, tag, respTag, modified, list string) {
		stored, resp := header(), header()
		if tag != "" {
			stored["Etag"] = []string{tag}
		}
		if respTag != "" {
			resp["Etag"] = []string{respTag}
		}
		if modified != "" {
			stored["Last-Modified"] = []string{modified}
			resp["Last-Modified"] = []string{modified}
		}
		req := http.Header{}
		if Condition(req, stored) {
			// What we ask by, somebody would answer by.
			if !NotModified(req, stored, noon) {
				t.Fatalf("%v does not match the answer it was made from: %v", req, stored)
			}
			if !Confirms(stored, stored) {
				t.Fatalf("%v does not confirm itself", stored)
			}
		}
		if Confirms(stored, resp) && isTag(respTag) && opaque(tag) != opaque(respTag) {
			t.Fatalf("%q confirmed by %q", tag, respTag)
		}
		h := Freshened(stored, resp)
		if len(h["Content-Length"]) > 0 || len(h["Date"]) > 0 {
			t.Fatalf("freshened: %v", h)
		}
		NotModified(http.Header{"If-None-Match": {list}}, stored, noon)
	})
}
