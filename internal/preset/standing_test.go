package preset

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

func TestCookiesAreReadAsTheyAreSent(t *testing.T) {
	p, _ := Named("woocommerce")
	c := mustNew(t, p)
	for _, x := range []struct {
		lines []string
		want  string
	}{
		{nil, StandingNothing},
		{[]string{""}, StandingNothing},
		{[]string{";;; =; a"}, StandingNothing},
		{[]string{"a=1", "b=2; woocommerce_items_in_cart=1"}, StandingCookie},
		{[]string{"a=1;woocommerce_items_in_cart=1"}, StandingCookie},
		{[]string{"a=1;\twoocommerce_items_in_cart = 1 "}, StandingCookie},
		{[]string{`a="; woocommerce_items_in_cart=1; b="`}, StandingCookie},
		{[]string{"woocommerce_items_in_cart=0; woocommerce_items_in_cart=1"}, StandingCookie},
		{[]string{"woocommerce_items_in_cart=00"}, StandingCookie},
		{[]string{`woocommerce_items_in_cart=""`}, StandingCookie},
		{[]string{"wordpress_logged_in_=x"}, StandingCookie},
		{[]string{"xwordpress_logged_in_1=x"}, StandingNothing},
		{[]string{"woocommerce_items_in_cart"}, StandingNothing},
	} {
		got := c.Standing(Request{Method: "GET", Path: "/", Header: http.Header{"Cookie": x.lines}}, NoMark)
		if got.Reason != x.want || got.Anonymous != (x.want == StandingNothing) {
			t.Errorf("%q: %v, want %s", x.lines, got, x.want)
		}
	}
}

func TestNameMatches(t *testing.T) {
	for _, x := range []struct {
		pattern, name string
		want          bool
	}{
		{"sid", "sid", true}, {"sid", "SID", false}, {"sid", "sid2", false}, {"a*", "a", true}, {"a*", "ab", true}, {"a*", "ba", false},
		{"*_logged_in", "x_logged_in", true}, {"a*c", "abbc", true}, {"ab*bc", "abc", false}, {"", "", true}, {"", "x", false},
	} {
		if got := NameMatches(x.pattern, x.name); got != x.want {
			t.Errorf("%q %q: %t", x.pattern, x.name, got)
		}
	}
}

// What robots and prefetches ask for is what counts, not what they say they are.
func TestDeclarationsHideNothing(t *testing.T) {
	p, _ := Named("opencart")
	c := mustNew(t, p)
	for _, h := range []http.Header{{"User-Agent": {"Googlebot/2.1"}}, {"Sec-Purpose": {"prefetch"}}} {
		for path, changes := range map[string]bool{"/": false, "/koszyk": true, "/zamowienie/dziekujemy": true} {
			q := Request{Method: "GET", Path: path, Header: h}
			class := c.Class(q)
			if got := c.Changes(q, class); got != changes {
				t.Errorf("%s as %s: changes %t", path, class, got)
			}
			k, ok := c.Kind(q, class)
			if ok == changes || ok && k.Name != "home" {
				t.Errorf("%s as %s: kind %v", path, class, k)
			}
		}
	}
}

func TestKindsAreOfPlainRequestsOnly(t *testing.T) {
	p, _ := Named("woocommerce")
	c := mustNew(t, p)
	for _, x := range []struct{ method, path, field, want string }{
		{"GET", "/produkt/x", "", "page"},
		{"HEAD", "/produkt/x", "", "page"},
		{"POST", "/produkt/x", "", ""},
		{"OPTIONS", "/produkt/x", "", ""},
		{"PUT", "/?wc-ajax=get_refreshed_fragments", "", ""},
		{"GET", "/produkt/x", "X-Http-Method-Override", ""},
		{"GET", "/produkt/x", "X-Original-Url", ""},
		{"GET", "/produkt/x%2fy", "", ""},
		{"GET", "/produkt/../x", "", ""},
		{"GET", "/produkt;x", "", ""},
		{"GET", "//produkt/x", "", ""},
		{"GET", "/koszyk", "", ""},
		{"POST", "/?wc-ajax=get_refreshed_fragments", "", "fragments"},
	} {
		path, query, _ := strings.Cut(x.path, "?")
		q := Request{Method: x.method, Path: path, Query: query, Header: http.Header{}}
		if x.field != "" {
			q.Header.Set(x.field, "x")
		}
		k, ok := c.Kind(q, c.Class(q))
		if ok != (x.want != "") || ok && k.Name != x.want {
			t.Errorf("%s %s %s: %v", x.method, x.path, x.field, k)
		}
	}
	if _, ok := c.Kind(Request{Method: "GET", Path: "/"}, falochron.ClassCart); ok {
		t.Error("a page of the cart is of a kind")
	}
	if _, ok := Generic().Kind(Request{Method: "GET", Path: "/"}, falochron.ClassPage); ok {
		t.Error("generic has a kind")
	}
}

func TestCheck(t *testing.T) {
	marked := Kind{Marks: []string{"<one", "<two"}}
	own := Kind{Never: []string{"token"}}
	zipped := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(s))
		_ = z.Close()
		return b.Bytes()
	}
	noise := make([]byte, checked)
	for i := range noise {
		noise[i] = byte(i * i >> 3)
	}
	as := func(coding ...string) http.Header { return http.Header{"Content-Encoding": coding} }
	for name, x := range map[string]struct {
		k    *Kind
		h    http.Header
		body []byte
		want string
	}{
		"no marks":                {&Kind{}, nil, nil, ""},
		"a mark":                  {&marked, nil, []byte("x <two> y"), ""},
		"none":                    {&marked, nil, []byte("x"), KindMarkMissing},
		"behind what is read":     {&marked, nil, append(bytes.Repeat([]byte(" "), checked), "<one"...), KindMarkMissing},
		"identity":                {&marked, as("identity"), []byte("<one"), ""},
		"zipped":                  {&marked, as("GZIP"), zipped("<one"), ""},
		"zipped and cut":          {&marked, as("gzip"), zipped("<one" + string(noise))[:1<<10], ""},
		"zipped without":          {&marked, as("gzip"), zipped("x"), KindMarkMissing},
		"no zip":                  {&marked, as("gzip"), []byte("<one"), KindMarkMissing},
		"another coding":          {&marked, as("br"), []byte("<one"), KindMarkMissing},
		"two codings":             {&marked, as("gzip", "gzip"), zipped("<one"), KindMarkMissing},
		"public":                  {&marked, http.Header{"Cache-Control": {"public, max-age=60"}}, nil, ""},
		"public and private":      {&marked, http.Header{"Cache-Control": {"public", "private"}}, nil, KindMarkMissing},
		"no token":                {&own, nil, []byte("x"), ""},
		"a token":                 {&own, nil, []byte("token"), KindOwnToken},
		"a token, zipped":         {&own, as("gzip"), zipped("token"), KindOwnToken},
		"maybe a token further":   {&own, nil, bytes.Repeat([]byte(" "), checked), KindOwnToken},
		"the same, zipped":        {&own, as("gzip"), zipped(strings.Repeat(" ", checked)), KindOwnToken},
		"zipped and cut: a token": {&own, as("gzip"), zipped(string(noise))[:1<<10], KindOwnToken},
		"unreadable: a token":     {&own, as("br"), []byte("x"), KindOwnToken},
	} {
		if got := x.k.Check(x.h, x.body); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// Every kind lives for seconds, and nothing that
// tells of a cart is dropped from what is shared.
func TestKindsAndCookiesAreSound(t *testing.T) {
	for _, p := range Platforms() {
		c := mustNew(t, p)
		for _, k := range p.Kinds {
			if k.Life < time.Second || k.Life > time.Minute || k.Class != falochron.ClassPage && k.Class != falochron.ClassFragment {
				t.Errorf("%s: kind %s lives %s, class %s", p.Name, k.Name, k.Life, k.Class)
			}
			if k.Empty && (k.Class != falochron.ClassFragment || len(k.Patterns) == 0) {
				t.Errorf("%s: kind %s is of the cart, and open", p.Name, k.Name)
			}
			if k.Unproven != (p.Name == GenericName) {
				t.Errorf("%s: kind %s, unproven %v", p.Name, k.Name, k.Unproven)
			}
			if k.Forbidden && len(k.Patterns)+len(k.Marks)+len(k.Queries) == 0 {
				t.Errorf("%s: kind %s is forbidden by the shop, and open", p.Name, k.Name)
			}
		}
		for _, name := range slices.Concat(p.Cookies.Personal, []string{"unknown"}) {
			if c.Drops(strings.ReplaceAll(name, star, "x")) {
				t.Errorf("%s drops %s", p.Name, name)
			}
		}
		for _, name := range slices.Concat(p.Fields, p.Choices, p.FormFields) {
			if http.CanonicalHeaderKey(name) != name {
				t.Errorf("%s: field %s is not written as Go has it", p.Name, name)
			}
		}
		if p.Mint != "" && !slices.Contains(p.Cookies.Opaque, p.Mint) {
			t.Errorf("%s mints %s, which is no session", p.Name, p.Mint)
		}
	}
	if p, _ := Named(GenericName); len(p.Kinds) != 1 || !p.Kinds[0].Unproven || len(p.Cookies.Opaque) != 0 || len(p.Rules()) != 1 {
		t.Error("generic has rules beside that of pages that have to be proven")
	}
	if Read.String() != "read" || Proven.String() != "proven" {
		t.Error("evidence")
	}
}

// At a shop that nobody has described a cookie that is not known to be somebody else's may
// mean a cart.
func TestBare(t *testing.T) {
	p, _ := Named(GenericName)
	c := mustNew(t, p)
	for line, want := range map[string]bool{
		"":                                   true,
		"_ga=GA1.1.5; _ga_X1=GS1.1; _fbp=1":  true,
		"falo_w1=x; falo_personal=1":         true,
		"_ga=1; PHPSESSID=x":                 false,
		"session=":                           false, // even empty: nobody knows what that means
		"_gat_shop=1; gat=1":                 false,
		"cart=5":                             false,
		"xfalo_w1=x":                         false,
		"_GA=1":                              false, // names of cookies have their case
		"_ga=1;":                             true,
		"CookieConsent=yes; OptanonConsent=": true,
		"garbage":                            false,
	} {
		h := http.Header{}
		if line != "" {
			h["Cookie"] = []string{line}
		}
		if got := c.Bare(h); got != want {
			t.Errorf("%q is bare: %v, want %v", line, got, want)
		}
		h["Cookie"] = append([]string{"_ga=1"}, h["Cookie"]...)
		if got := c.Bare(h); got != want {
			t.Errorf("_ga and %q is bare: %v, want %v", line, got, want)
		}
	}
	if c.Bare(http.Header{"Authorization": {"Basic x"}}) {
		t.Error("credentials are no cookie, and say who asks")
	}
}

func FuzzStanding(f *testing.F) {
	f.Add("a=b; c", "zenid=1&x", "Cart-Token", uint8(0), uint8(3))
	f.Add(`sid="x;y"`, "", "Authorization", uint8(1), uint8(9))
	var all []*Classifier
	for _, p := range Platforms() {
		all = append(all, mustNew(f, p))
	}
	f.Fuzz(func(t *testing.T, cookie, query, field string, mark, n uint8) {
		c := all[int(n)%len(all)]
		p := c.Platform()
		stand := func(m Mark, lines ...string) Standing {
			h := http.Header{"Cookie": lines}
			h.Set(field, "x")
			if strings.EqualFold(field, "Cookie") {
				h["Cookie"] = lines
			}
			return c.Standing(Request{Method: "GET", Path: "/", Query: query, Header: h}, m)
		}
		s := stand(Mark(mark%3), cookie)
		if s != stand(Mark(mark%3), cookie) || s.Reason == "" {
			t.Fatal("unstable")
		}
		if stand(Personal, cookie).Anonymous {
			t.Fatal("a marked visitor is anonymous")
		}
		// No other cookie hides one that is personal, wherever it stands.
		for _, name := range p.Cookies.Personal {
			own := strings.ReplaceAll(name, star, "x") + "=1"
			for _, lines := range [][]string{{cookie + "; " + own}, {own + "; " + cookie}, {cookie, own}, {own, cookie}} {
				if stand(Clean, lines...).Anonymous {
					t.Fatalf("%s: anonymous with %q", p.Name, lines)
				}
			}
		}
		for _, name := range p.Cookies.Opaque {
			own := strings.ReplaceAll(name, star, "x") + "=1"
			if stand(NoMark, cookie+";"+own).Anonymous || stand(NoMark, own+";"+cookie).Anonymous {
				t.Fatalf("%s: anonymous with %s", p.Name, own)
			}
		}
		// What is part of a key is plain.
		form, fields, ok := c.Forms(http.Header{"Cookie": {cookie}})
		if !ok && form != "" || len(fields) > 0 || strings.ContainsAny(form, "\r\n\"<>,") {
			t.Fatalf("form %q", form)
		}
		for part := range strings.SplitSeq(form, "; ") {
			if name, value, _ := strings.Cut(part, "="); part != "" && (!slices.Contains(p.Cookies.Form, name) || !token(value, cookieMost)) {
				t.Fatalf("form %q", form)
			}
		}
	})
}

// What holds of the words holds with every platform's routes: no tip leads past
// the line, and no trick makes a personal page less personal.
func TestRoutesOpenNoWayPastTheLine(t *testing.T) {
	for _, p := range Platforms() {
		c := mustNew(t, p)
		for _, page := range ordinary {
			path, own, _ := strings.Cut(page, "?")
			for _, tip := range slices.Concat([]string{""}, queryTips, fullTips) {
				if slices.Contains(fullTips, tip) && slices.Contains([]string{"/", "/pl/", "/index.php"}, page) {
					continue // honest there
				}
				for _, h := range []http.Header{nil, fromBank, {"Authorization": {"Basic x"}, "Signature": {"x"}}} {
					for _, method := range []string{"GET", "POST"} {
						q := Request{Method: method, Host: "shop.example", Path: path, Query: own + "&" + tip, Header: h}
						if got := c.Class(q); free(got) || c.Return(q) || c.OrderPage(q, 200) {
							t.Errorf("%s: %s %s?%s is %s", p.Name, method, path, q.Query, got)
						}
					}
				}
			}
		}
		for _, path := range personalPaths {
			plain := c.Classify("GET", path, "", nil)
			if care(plain) != 2 {
				t.Errorf("%s: %s is only %s", p.Name, path, plain)
			}
			for i, trick := range tricks {
				if got := c.Classify("GET", trick(path), "", nil); care(got) < 2 || free(got) && !free(plain) {
					t.Errorf("%s: trick %d: %s is %s, but %s is %s", p.Name, i, trick(path), got, path, plain)
				}
			}
		}
		// Before and behind the paths that a route makes less personal, or frees.
		for _, r := range p.Routes {
			if r.Class == falochron.ClassCart {
				continue
			}
			base := strings.NewReplacer("/**", "", "/*", "/x").Replace(r.Pattern)
			for _, path := range []string{
				base + "/../koszyk", base + "/..%2fkoszyk", base + ";/../koszyk", base + "%2f..%2fkoszyk", base + "\\..\\koszyk", base + "/%2e%2e/koszyk",
				"/koszyk/.." + base, "/koszyk" + base, "/koszyk%2f.." + base, "/" + base + "/../koszyk",
			} {
				got := c.Classify("GET", path, "", nil)
				if _, isKind := c.Kind(Request{Method: "GET", Path: path}, got); care(got) < 2 || free(got) || isKind {
					t.Errorf("%s: %s is %s", p.Name, path, got)
				}
			}
			for _, query := range []string{"add-to-cart=5", "wc-ajax=checkout", "route=checkout/cart.add", "main_page=login", "controller=cart", "action=buy_now"} {
				if got := c.Classify("GET", base, query, nil); free(got) || got == falochron.ClassStatic {
					t.Errorf("%s: %s?%s is %s", p.Name, base, query, got)
				}
			}
		}
	}
}

func TestPlatformsDoNotAllocate(t *testing.T) {
	h := http.Header{"User-Agent": {"Mozilla/5.0 (iPhone) Instagram 300"}, "Cookie": {"_ga=1; OCSESSID=x; a=b"}}
	for _, p := range Platforms() {
		c := mustNew(t, p)
		for _, x := range [][2]string{
			{"/pl/produkt/pomadka-czerwona", "utm_source=instagram&fbclid=IwAR0"}, {"/index.php", "route=product/product&product_id=40"},
			{"/store/products/prod_1", "region_id=reg_1"},
		} {
			q := Request{Method: "GET", Path: x[0], Query: x[1], Header: h}
			if n := testing.AllocsPerRun(50, func() {
				class := c.ClassOf(q, nil)
				c.Standing(q, Clean)
				c.Changes(q, class)
				c.Kind(q, class)
			}); n != 0 {
				t.Errorf("%s: %v: %v allocations", p.Name, x, n)
			}
		}
	}
}

func BenchmarkStanding(b *testing.B) {
	p, _ := Named("opencart")
	c := mustNew(b, p)
	q := Request{Method: "GET", Path: "/index.php", Query: "route=product/product&product_id=40&fbclid=IwAR0", Header: http.Header{
		"User-Agent": {"Mozilla/5.0 (iPhone) Instagram 300"}, "Cookie": {"_ga=GA1.2.3; OCSESSID=0123456789abcdef; currency=PLN"},
	}}
	b.ReportAllocs()
	for b.Loop() {
		class := c.ClassOf(q, nil)
		c.Standing(q, Clean)
		c.Changes(q, class)
		c.Kind(q, class)
	}
}
