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
		{Host: "sklep.pl", Path: "/p/1", Query: "utm_source=instagram&b=2&fbclid=IwAR0&a=1&igsh=x=="},
		{Host: "SKLEP.pl", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl.", Path: "/p/1", Query: "b=2&a=1"},
		{Host: "Sklep.PL:80", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl:443", Path: "/p/1", Query: "a=1&b=2"},
		{Host: "sklep.pl:", Path: "/p/1", Query: "a=1&b=2", Header: http.Header{"Cookie": {"x"}, "X-Forwarded-Host": {"evil"}}},
	}
	for _, s := range same {
		if KeyOf(s) != KeyOf(base) {
			t.Errorf("%+v is another key than %+v", KeyOf(s), KeyOf(base))
		}
	}
	other := []Target{
		{Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2", Cookies: "currency=EUR"},
		{Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2", Fields: http.Header{"Sw-Currency-Id": {"eur"}}},
		{Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2&coupon=LATO"},
		{Host: "sklep.pl", Path: "/p/1", Query: "a=1&b=2&c="}, // to a shop, empty and absent may be two things
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
		if KeyOf(o) == KeyOf(base) {
			t.Errorf("%+v has the key of %+v", o, base)
		}
	}
	file := Target{Host: "sklep.pl", Path: "/a.css", Static: true, Header: http.Header{"Accept": {"text/css"}}}
	page := Target{Host: "sklep.pl", Path: "/a.css"}
	if KeyOf(file) != KeyOf(page) {
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
	k.Cookies = "language=pl; currency=PLN"
	if own := fillRequest(k, nil, visitor); len(own.Header["Cookie"]) != 1 || own.Header.Get("Cookie") != k.Cookies {
		t.Errorf("sent cookies %q", own.Header["Cookie"])
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

// Two requests with one key differ in nothing a shop can tell, but in tracking
// parameters and the order of others.
func FuzzKey(f *testing.F) {
	f.Add("Sklep.pl:80", "/a%2fb", "b=1&a=2", "a=2&utm_source=x&b=1", "currency=PLN", "currency=PLN")
	f.Add("[::1]:443", "//a", "a[]=1&a[]=2", "a[]=2&a[]=1", "", "a=b")
	f.Add(":", "/", "&&=", "&=&", "", "")
	f.Add("a", "/", "x=1&%75tm_id=2", "x=1", "a=b; c=d", "a=b")
	f.Fuzz(func(t *testing.T, host, path, query, other, cookies, otherCookies string) {
		k := KeyOf(Target{Host: host, Path: path, Query: query, Cookies: cookies})
		// Normalising again changes nothing.
		if again := KeyOf(Target{Host: k.Host, Path: k.Path, Query: k.Query, Cookies: k.Cookies}); again.Query != k.Query || again.Path != k.Path || again.Cookies != cookies {
			t.Fatalf("%+v became %+v", k, again)
		}
		asShopReads := func(query string) (pairs []string, values url.Values) {
			pairs = slices.DeleteFunc(strings.Split(query, "&"), isTracking)
			values, _ = url.ParseQuery(strings.Join(pairs, "&"))
			slices.Sort(pairs)
			return pairs, values
		}
		same := func(query, other string) bool {
			a, va := asShopReads(query)
			b, vb := asShopReads(other)
			for name := range va {
				if !slices.Equal(va[name], vb[name]) {
					return false
				}
			}
			return slices.Equal(a, b) || strings.Join(a, "") == "" && strings.Join(b, "") == ""
		}
		if !same(query, k.Query) {
			t.Fatalf("%q means another thing as %q", query, k.Query)
		}
		if l := KeyOf(Target{Host: host, Path: path, Query: other, Cookies: otherCookies}); l == k && (!same(query, other) || cookies != otherCookies) {
			t.Fatalf("%q and %q have one key: %+v", query, other, k)
		}
		if req := fillRequest(k, nil, nil); req != nil && (req.URL.EscapedPath() != path || req.URL.RawQuery != k.Query || req.Header.Get("Cookie") != cookies) {
			t.Fatalf("%+v would be asked for as %s with %v", k, req.URL, req.Header)
		}
	})
}

// Fields that choose a form, such as the key of a sales channel, are part of the key
// and go out with a fill as they came; others do not.
func TestFormFields(t *testing.T) {
	of := func(h http.Header) Key { return KeyOf(Target{Host: "shop.example", Path: "/p", Fields: h}) }
	one, other := of(http.Header{"X-Channel": {"pl"}, "X-Api-Key": {"pk_1"}}), of(http.Header{"X-Api-Key": {"pk_1"}, "X-Channel": {"pl"}})
	if one != other || one == of(nil) || one == of(http.Header{"X-Channel": {"pl"}}) || one == of(http.Header{"X-Channel": {"en"}, "X-Api-Key": {"pk_1"}}) {
		t.Errorf("%+v and %+v", one, other)
	}
	r := fillRequest(one, nil, http.Header{"X-Channel": {"of the visitor"}, "X-Secret": {"mine"}})
	if r.Header.Get("X-Channel") != "pl" || r.Header.Get("X-Api-Key") != "pk_1" || r.Header.Get("X-Secret") != "" {
		t.Errorf("a fill goes out with %v", r.Header)
	}
}
