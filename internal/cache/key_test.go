package cache

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestKeyOf(t *testing.T) {
	base := Target{Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2"}
	same := []Target{
		{Host: "SKLEP.pl", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl.", Path: "/p/1", Query: "b=2&a=1"},
		{Host: "Sklep.PL:80", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl:443", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl:", Path: "/p/1", Query: "a=1&b=2", Header: http.Header{"Cookie": {"x"}, "X-Forwarded-Host": {"evil"}}},
	}
	for _, s := range same {
		if KeyOf(s).id() != KeyOf(base).id() {
			t.Errorf("%+v is another key than %+v", KeyOf(s), KeyOf(base))
		}
	}
	other := []Target{
		{Host: "sklep.pl:8080", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "inny.pl", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl", Path: "/P/1", Query: "a=1&b=2"},
		{Host: "sklep.pl", Path: "//p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl", Path: "/p/1/", Query: "a=1&b=2"},
		{Host: "sklep.pl", Path: "/p%2f1", Query: "a=1&b=2"},
		{Host: "sklep.pl", Path: "/p/1", Query: "a=2&b=1"},
		{Host: "sklep.pl", Path: "/p/1", Query: "a=1"},
		{Host: "sklep.pl", Path: "/p/1?a=1&b=2"},
		{Secure: true, Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2", Header: http.Header{"Accept": {"application/json"}}},
		{Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2", Header: http.Header{"Accept": {"text/html"}}},
		{Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2", Header: http.Header{"X-Requested-With": {"XMLHttpRequest"}}},
	}
	for _, o := range other {
		if KeyOf(o).id() == KeyOf(base).id() {
			t.Errorf("%+v has the key of %+v", o, base)
		}
	}
	file := Target{Host: "sklep.pl", Path: "/a.css", Static: true, Header: http.Header{"Accept": {"text/css"}}}
	page := Target{Host: "sklep.pl", Path: "/a.css"}
	if KeyOf(file).id() != KeyOf(page).id() {
		t.Error("a file's key depends on what was asked for it")
	}
}

// The order of parameters is changed only where no server can tell.
func TestNormalQuery(t *testing.T) {
	for query, want := range map[string]string{
		"":                      "",
		"b=2&a=1":               "a=1&b=2",
		"a=1":                   "a=1",
		"c&b=&a=1":              "a=1&b=&c",
		"z=%41&a=b=c":           "a=b=c&z=%41",
		"b=1&a=1&b=2":           "b=1&a=1&b=2", // twice the same: the last may win, or the first
		"b=1&a[]=2&a[]=1":       "b=1&a[]=2&a[]=1",
		"b=1&a.b=2":             "b=1&a.b=2", // PHP: the same as a_b
		"b=1&%61=2":             "b=1&%61=2",
		"b=1&&a=2":              "b=1&&a=2",
		"b=1;a=2":               "b=1;a=2",
		"&b=1&a=1":              "&b=1&a=1",
		"b=1&a=1&":              "b=1&a=1&",
		"B=1&a=1&b=2":           "B=1&a=1&b=2",
		strings.Repeat("&", 40): strings.Repeat("&", 40),
	} {
		if got := normalQuery(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// Nothing of a visitor but the form of the answer goes into a fill.
func TestFillRequestIsOurOwn(t *testing.T) {
	visitor := http.Header{
		"Cookie": {"session=anna"}, "Authorization": {"Basic x"}, "Range": {"bytes=0-1"}, "If-None-Match": {`"a"`},
		"If-Modified-Since": {"x"}, "If-Range": {"x"}, "X-Forwarded-For": {"10.0.0.1"}, "X-Forwarded-Host": {"evil"},
		"Forwarded": {"host=evil"}, "X-Original-Url": {"/admin"}, "X-Rewrite-Url": {"/admin"}, "Referer": {"https://t.co"},
		"User-Agent": {"Anna's phone"}, "X-Http-Method-Override": {"POST"}, "Accept-Encoding": {"br, gzip"},
		"Accept-Language": {"pl"}, "Accept": {"text/html, x/anna"}, "Cache-Control": {"no-cache"}, "Te": {"trailers"},
	}
	k := KeyOf(Target{Secure: true, Host: "SKLEP.pl:443", Path: "/p%2f/%C3%B3", Query: "b=1&a=2", Header: visitor})
	req := fillRequest(k, []string{"Accept-Language", "Cookie", "X-Forwarded-Host"}, visitor)
	want := http.Header{
		"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Encoding": {"gzip"},
		"Accept-Language": {"pl"}, "User-Agent": {"Falochron"},
	}
	if len(req.Header) != len(want) {
		t.Errorf("sent %v", req.Header)
	}
	for name := range want {
		if !slices.Equal(req.Header[name], want[name]) {
			t.Errorf("%s: %q, want %q", name, req.Header[name], want[name])
		}
	}
	if req.Method != "GET" || req.Host != "sklep.pl" || req.URL.String() != "https://sklep.pl/p%2f/%C3%B3?a=2&b=1" || req.Body != nil {
		t.Errorf("%s %s %s", req.Method, req.Host, req.URL)
	}
	for _, path := range []string{"", "*", "x", "/%", "/%zz", "/a b"} {
		if fillRequest(Key{Host: "a", Path: path}, nil, nil) != nil {
			t.Errorf("%q can be sent", path)
		}
	}
}

func TestKeyDoesNotAllocate(t *testing.T) {
	h := http.Header{"Accept": {"text/html,*/*"}}
	if n := testing.AllocsPerRun(100, func() {
		KeyOf(Target{Host: "sklep.pl", Path: "/p", Query: "a=1&b=2", Header: h})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzKey(f *testing.F) {
	f.Add("Sklep.pl:80", "/a%2fb", "b=1&a=2")
	f.Add("[::1]:443", "//a", "a[]=1&a[]=2")
	f.Add(":", "/", "&&=")
	f.Fuzz(func(t *testing.T, host, path, query string) {
		k := KeyOf(Target{Host: host, Path: path, Query: query})
		// Normalising again changes nothing.
		if again := KeyOf(Target{Host: k.Host, Path: k.Path, Query: k.Query}); again.Query != k.Query || again.Path != k.Path {
			t.Fatalf("%+v became %+v", k, again)
		}
		// The parameters are the same, in the same order for each name.
		a, b := strings.Split(query, "&"), strings.Split(k.Query, "&")
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Fatalf("%q became %q", query, k.Query)
		}
		va, _ := url.ParseQuery(query)
		vb, _ := url.ParseQuery(k.Query)
		for name := range va {
			if !slices.Equal(va[name], vb[name]) {
				t.Fatalf("%q means another thing as %q", query, k.Query)
			}
		}
		if req := fillRequest(k, nil, nil); req != nil && req.URL.EscapedPath() != path {
			t.Fatalf("%q would be asked for as %q", path, req.URL.EscapedPath())
		}
	})
}
