package cache

import (
	"hash/maphash"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/falochron/falochron/internal/fresh"
)

// Wants is the form of answer a request asks for. Several shops answer HTML or
// JSON on one URL without saying so in Vary; so the form is part of the key.
type Wants uint8

// The forms. They can be combined: a script may ask for HTML or JSON.
const (
	WantsHTML   Wants = 1 << iota // Accept names text/html
	WantsJSON                     // Accept names a JSON type, and no HTML
	WantsScript                   // X-Requested-With: XMLHttpRequest
	numWants    = 1 << iota
)

// Key names what is asked for. Two requests with equal keys may get the same
// answer, if the answer's Vary allows it.
type Key struct {
	Secure bool   // the visitor came by https
	Host   string // lower case, without default port and final dot
	Path   string // percent-encoded, exactly as it was sent
	Query  string // without tracking parameters; sorted by name where the order cannot matter
	Wants  Wants  // 0 for files
	// Cookies are those of the shop's that choose a form of the page (language,
	// currency), as "name=value; name=value" in an order that is always the same.
	// They are sent with a fill, and are all of the visitor's cookies that is.
	Cookies string
	// Fields are request fields that do the same, as lines of "Name: value" in such
	// an order, each ended by a line feed.
	Fields string
}

// Target is the part of a request that its key is made of.
type Target struct {
	Secure  bool        // the visitor came by https, as far as the edge trusts it
	Host    string      // the Host asked for, possibly with a port
	Path    string      // url.URL.EscapedPath
	Query   string      // url.URL.RawQuery
	Static  bool        // by the request's class
	Cookies string      // see Key.Cookies; made by whoever knows the shop, never a visitor's own line
	Fields  http.Header // see Key.Fields; the same. Values must be plain tokens
	Header  http.Header // only Accept and X-Requested-With are read
}

// KeyOf makes the key. It does not allocate when the host is in lower case and
// the query is in order.
func KeyOf(t Target) Key {
	k := Key{Secure: t.Secure, Host: normalHost(t.Host), Path: t.Path, Query: normalQuery(StripTracking(t.Query)), Cookies: t.Cookies, Fields: fieldLines(t.Fields)}
	if !t.Static {
		k.Wants = wants(t.Header)
	}
	return k
}

// fieldLines writes fields in an order that is always the same.
func fieldLines(h http.Header) string {
	if len(h) == 0 {
		return ""
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		b.WriteString(name + ": " + strings.Join(h[name], ", ") + "\n")
	}
	return b.String()
}

// has reports whether a request field is part of the key.
func (k Key) has(field string) bool {
	return strings.HasPrefix(k.Fields, field+": ") || strings.Contains(k.Fields, "\n"+field+": ")
}

func wants(h http.Header) (w Wants) {
	for _, line := range h["Accept"] {
		switch {
		case strings.Contains(line, "text/html"):
			w |= WantsHTML
		case strings.Contains(line, "json"):
			w |= WantsJSON
		}
	}
	if w&WantsHTML != 0 {
		w = WantsHTML
	}
	for _, line := range h["X-Requested-With"] {
		if strings.EqualFold(line, "XMLHttpRequest") {
			w |= WantsScript
		}
	}
	return w
}

// normalHost brings the many ways to write one host to one. The fill asks with
// this form, so whatever a visitor wrote cannot shape the answer.
func normalHost(host string) string {
	for i := range len(host) {
		if c := host[i]; c >= 'A' && c <= 'Z' {
			host = strings.ToLower(host)
			break
		}
	}
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		switch host[colon+1:] {
		case "", "80", "443":
			host = host[:colon]
		}
	}
	return strings.TrimSuffix(host, ".")
}

// maxSorted is the number of parameters up to which a query is sorted.
const maxSorted = 32

// normalQuery sorts the parameters by name when their order cannot matter: all
// names plain and different. Otherwise (a[]=1&a[]=2, names that PHP would fold
// into one, encoded names) the query stays as it is: shared by fewer, but never
// with another meaning.
func normalQuery(query string) string {
	var pairs [maxSorted]string
	n, sorted := 0, true
	for rest, more := query, query != ""; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		name := paramName(pair)
		if n == maxSorted || !plainName(name) {
			return query
		}
		at := n
		for at > 0 && paramName(pairs[at-1]) > name {
			at--
		}
		if at > 0 && paramName(pairs[at-1]) == name {
			return query
		}
		if at < n {
			sorted = false
			copy(pairs[at+1:n+1], pairs[at:n])
		}
		pairs[at] = pair
		n++
	}
	if sorted {
		return query
	}
	return strings.Join(pairs[:n], "&")
}

func paramName(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	return name
}

func plainName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return name != ""
}

// fillRequest builds the edge's own request for a key: method GET, the URL, the
// Host, and the fields of the key. The visitor's header is read only for the
// fields that vary names and that may be repeated; nothing else of the visitor
// goes in. It returns nil for a path that cannot be sent.
func fillRequest(k Key, vary fresh.Vary, visitor http.Header) *http.Request {
	path, err := url.PathUnescape(k.Path)
	if err != nil || !strings.HasPrefix(k.Path, "/") {
		return nil
	}
	u := &url.URL{Scheme: "http", Host: k.Host, Path: path, RawPath: k.Path, RawQuery: k.Query}
	if k.Secure {
		u.Scheme = "https"
	}
	if u.EscapedPath() != k.Path {
		return nil
	}
	h := http.Header{
		"Accept":          {"*/*"},
		"Accept-Encoding": {fresh.Coding(visitor["Accept-Encoding"])},
		"User-Agent":      {"Falochron"},
	}
	switch {
	case k.Wants&WantsHTML != 0:
		h["Accept"] = []string{"text/html,application/xhtml+xml,*/*;q=0.8"}
	case k.Wants&WantsJSON != 0:
		h["Accept"] = []string{"application/json,*/*;q=0.1"}
	}
	if k.Wants&WantsScript != 0 {
		h["X-Requested-With"] = []string{"XMLHttpRequest"}
	}
	vary.Copy(h, visitor)
	if k.Cookies != "" {
		h["Cookie"] = []string{k.Cookies}
	}
	for line := range strings.Lines(k.Fields) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); ok {
			h[name] = []string{value}
		}
	}
	return &http.Request{
		Method: http.MethodGet, URL: u, Host: k.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// hashKey is for the tables that remember keys without storing them, each under
// what is granted: what may not be shared without a grant may be with it. A
// collision costs a needless fill or a needless pass, no more.
func hashKey(seed maphash.Seed, k Key, grants fresh.Grants) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(k.Host)
	h.WriteByte(byte(k.Wants))
	h.WriteByte(byte(grants))
	h.WriteString(k.Path)
	h.WriteByte('?')
	h.WriteString(k.Query)
	h.WriteByte(0)
	h.WriteString(k.Cookies)
	h.WriteByte(0)
	h.WriteString(k.Fields)
	if k.Secure {
		h.WriteByte('s')
	}
	return h.Sum64()
}
