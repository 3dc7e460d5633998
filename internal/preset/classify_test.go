package preset

import (
	"net/http"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// care orders classes by how personal what they show may be. A trick may raise
// it, never lower it. That no trick leads past the line is another matter: see
// TestNoTipLeadsPastTheLine.
func care(c falochron.Class) int {
	switch c {
	case falochron.ClassStatic:
		return 0
	case falochron.ClassPage, falochron.ClassFragment, falochron.ClassBot, falochron.ClassPrefetch:
		return 1
	}
	return 2
}

var personalPaths = []string{
	"/account", "/konto", "/moje-konto/orders", "/cart", "/koszyk", "/pl/koszyk", "/checkout", "/kasa",
	"/zam%C3%B3wienie", "/order", "/login", "/logowanie", "/admin", "/wp-admin", "/customer/account",
	"/store/carts/x", "/payment/capture/x", "/index.php/checkout/cart", "/cart.php",
}

// tricks make a path look like a file, or like a callback, to one reader and
// like the personal page to another.
var tricks = []func(string) string{
	func(p string) string { return p + "/x.css" },
	func(p string) string { return p + "/..%2fstyle.css" },
	func(p string) string { return p + "%2f..%2fstyle.css" },
	func(p string) string { return p + "%2Fx.css" },
	func(p string) string { return p + ";x.css" },
	func(p string) string { return p + ";/x.css" },
	func(p string) string { return p + "%3bx.css" },
	func(p string) string { return p + "%3fx.css" },
	func(p string) string { return p + "%23x.css" },
	func(p string) string { return p + "%00.css" },
	func(p string) string { return p + "/%00x.css" },
	func(p string) string { return p + "%0a/x.css" },
	func(p string) string { return p + "\\x.css" },
	func(p string) string { return p + "%5cx.css" },
	func(p string) string { return p + "//x.css" },
	func(p string) string { return p + "/./x.css" },
	func(p string) string { return p + "%20/x.css" },
	func(p string) string { return p + "./x.css" },
	func(p string) string { return "/static/.." + p + "/x.css" },
	func(p string) string { return "/static/%2e%2e" + p },
	func(p string) string { return "/static/..%2f" + p[1:] + "/x.css" },
	func(p string) string { return "/static/..;" + p + "/x.css" },
	func(p string) string { return "/produkt/.." + p },
	func(p string) string { return "//" + p[1:] + "/x.css" },
	func(p string) string { return "/" + p + "//x.css" },
	func(p string) string { return strings.ToUpper(p[:2]) + p[2:] + "/x.css" },
	func(p string) string { return "/%" + hex(p[1]) + p[2:] + "/x.css" },
	func(p string) string { return p + "/payu/..%2fnotify" },
	func(p string) string { return "/payment/notify/.." + p },
	func(p string) string { return "/checkout/success/..%2f.." + p },
}

func hex(c byte) string { return string([]byte{"0123456789abcdef"[c>>4], "0123456789abcdef"[c&15]}) }

func TestTricksNeverLowerTheCare(t *testing.T) {
	c := Generic()
	for _, p := range personalPaths {
		plain := c.Classify("GET", p, "", nil)
		if care(plain) != 2 {
			t.Fatalf("%s is only %s", p, plain)
		}
		for i, trick := range tricks {
			q := trick(p)
			got := c.Classify("GET", q, "", nil)
			if care(got) < 2 {
				t.Errorf("trick %d: %s is %s, but %s is %s", i, q, got, p, plain)
			}
			if free(got) && !free(plain) {
				t.Errorf("trick %d: %s is %s and passes the line", i, q, got)
			}
		}
	}
}

func TestAmbiguousIsNeitherFileNorCallback(t *testing.T) {
	c := Generic()
	for _, p := range []string{
		"/static/x%2fy.css", "/static/../x.css", "/static/x;y.css", "/static//x.css", "/a%00.css", "/a%zz.css", "/a%.css",
		"/a%25%32%66b.css", "/static/%c0%af/x.css", "/x.css/.", "/x.css%20", "/x.css.", "/x.css;",
	} {
		if got := c.Classify("GET", p, "", nil); got == falochron.ClassStatic {
			t.Errorf("%s is a file", p)
		}
	}
	for _, p := range []string{"/x/../payu/notify", "/payu%2fnotify", "/payu/notify;x", "/koszyk;/payu/notify"} {
		if got := c.Classify("POST", p, "", nil); got == falochron.ClassCallback {
			t.Errorf("POST %s is a callback", p)
		}
	}
}

func TestWhatClientsDeclare(t *testing.T) {
	c := Generic()
	ua := func(s string) http.Header { return http.Header{"User-Agent": {s}} }
	for _, x := range []struct {
		method, path string
		h            http.Header
		want         string
	}{
		{"GET", "/p", ua("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"), "bot"},
		{"GET", "/p", ua("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"), "bot"},
		{"GET", "/p", ua("meta-externalagent/1.1"), "bot"},
		{"GET", "/p", ua("Slackbot-LinkExpanding 1.0"), "bot"},
		{"GET", "/p", ua("TelegramBot (like TwitterBot)"), "bot"},
		{"GET", "/p", ua("WhatsApp/2.23.20.0 A"), "bot"},
		{"GET", "/p", ua("Misskey/2024.10.1 (https://misskey.io)"), "bot"},
		{"GET", "/p", ua("Pleroma 2.7.0; https://social.example <admin@social.example>"), "bot"},
		{"GET", "/p", ua("Lemmy/0.19.5; +https://lemmy.world"), "bot"},
		{"GET", "/p", ua("Mastodon/4.2 (http.rb/5; +https://example.social/)"), "bot"},
		{"GET", "/p", ua("Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)"), "bot"},
		{"GET", "/p", ua("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), "bot"},
		{"GET", "/p", ua("Cardyb/1.1"), "bot"},
		{"GET", "/p", ua("Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots"), "bot"},
		{"GET", "/p", ua("facebookexternalhit/1.1;line-poker/1.0"), "bot"},
		{"GET", "/p", ua("Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 21) AppleWebKit/537.36"), "page"},
		{"GET", "/p", ua("Mozilla/5.0 (iPhone) Instagram 300.0.0.0 (iPhone14,5; iOS 17_0)"), "page"},
		{"GET", "/p", ua("Mozilla/5.0 (Linux; Android 13) musical_ly_2022 BytedanceWebview/d8a21c6 TikTok"), "page"},
		{"GET", "/p", ua("Mozilla/5.0 (iPhone) [FBAN/FBIOS;FBAV/400]"), "page"},
		{"GET", "/p", ua("Mozilla/5.0 (iPhone) [Pinterest/iOS]"), "page"},
		{"GET", "/p", ua("curl/8.0"), "page"},
		{"GET", "/p", ua("Go-http-client/1.1"), "page"},
		{"GET", "/p", ua("Mozilla/5.0 robotics bottle"), "page"},
		{"GET", "/p", http.Header{"Sec-Purpose": {"prefetch;prerender"}}, "prefetch"},
		{"GET", "/p", http.Header{"Purpose": {"prefetch"}}, "prefetch"},
		{"GET", "/p", http.Header{"X-Purpose": {"preview"}, "X-Fb-Http-Engine": {"Liger"}}, "prefetch"},
		{"GET", "/p", http.Header{"X-Fb-Http-Engine": {"Liger"}}, "prefetch"},
		{"GET", "/p", http.Header{"X-Requested-With": {"XMLHttpRequest"}}, "fragment"},
		{"GET", "/p", http.Header{"X-Requested-With": {"com.instagram.android"}}, "page"},
		{"GET", "/p", http.Header{"Sec-Fetch-Dest": {"empty"}}, "fragment"},
		// A declaration takes away, never adds.
		{"GET", "/zamowienie/dziekujemy", ua("facebookexternalhit/1.1"), "bot"},
		{"GET", "/?add-to-cart=1", http.Header{"Purpose": {"prefetch"}}, "prefetch"},
		{"POST", "/koszyk", ua("Googlebot/2.1"), "cart"},
		{"POST", "/payu/notify", ua("PayUbot/1.0"), "callback"},
		{"GET", "/static/x.css", ua("Googlebot/2.1"), "static"},
		{"GET", "/static/x.css", http.Header{"Purpose": {"prefetch"}}, "static"},
		{"GET", "/static/x.css", http.Header{"X-Requested-With": {"XMLHttpRequest"}}, "static"},
		{"GET", "/api/orders", http.Header{"Authorization": {prestaBasic}}, "integration"},
		{"GET", "/api/orders", http.Header{"Authorization": {"Basic eDp5"}}, "cart"},
		{"GET", "/api/orders", http.Header{"Authorization": {"Basic " + strings.Repeat("QUJD", 11)}}, "cart"},
		{"GET", "/api/orders", http.Header{"Authorization": {"Basic " + strings.Repeat("QUJD", 99)}}, "cart"},
		{"GET", "/api/orders", http.Header{"Authorization": {"Basic LS0t" + prestaBasic[10:]}}, "cart"},
		{"GET", "/api/x", http.Header{"Authorization": {"Bearer t"}}, "fragment"},
		{"GET", "/p", http.Header{"X-Http-Method-Override": {"DELETE"}}, "cart"},
		{"GET", "/static/x.css", http.Header{"X-Http-Method-Override": {"POST"}}, "cart"},
	} {
		path, query, _ := strings.Cut(x.path, "?")
		if got := c.Classify(x.method, path, query, x.h); got.String() != x.want {
			t.Errorf("%s %s %v: %s, want %s", x.method, x.path, x.h, got, x.want)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	c := Generic()
	ruled, err := New(nil, Rules{Static: []string{"/pliki/**"}, Cart: []string{"/torba/*"}})
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{"User-Agent": {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Instagram 300"}}
	for _, x := range [][3]string{
		{"GET", "/produkt/pomadka-czerwona", "utm_source=instagram&fbclid=IwAR0"},
		{"GET", "/wp-content/themes/x/style.css", "ver=6.1"},
		{"POST", "/zam%C3%B3wienie", "wc-ajax=checkout"},
		{"GET", "/index.php", "route=checkout/cart&language=pl-pl"},
	} {
		for _, c := range []*Classifier{c, ruled} {
			if n := testing.AllocsPerRun(100, func() { c.Classify(x[0], x[1], x[2], h) }); n != 0 {
				t.Errorf("%v: %v allocations", x, n)
			}
		}
	}
}

func BenchmarkClassify(b *testing.B) {
	c := Generic()
	h := http.Header{"User-Agent": {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 300.0"}}
	b.ReportAllocs()
	for b.Loop() {
		c.Classify("GET", "/produkt/pomadka-czerwona", "utm_source=instagram&fbclid=IwAR0", h)
	}
}

func FuzzClassify(f *testing.F) {
	for _, p := range personalPaths {
		f.Add("GET", p, "", "Mozilla/5.0", uint8(1))
	}
	f.Add("POST", "/payu/notify", "wc-api=x&action=add_product", "Googlebot/2.1", uint8(3))
	f.Add("GET", "/%", "%=%&a", "bo", uint8(9))
	c := Generic()
	f.Fuzz(func(t *testing.T, method, path, query, ua string, n uint8) {
		h := http.Header{"User-Agent": {ua}}
		got := c.Classify(method, path, query, h)
		if got >= falochron.NumClasses || got != c.Classify(method, path, query, h) {
			t.Fatalf("unstable: %s %s?%s", method, path, query)
		}
		if got == falochron.ClassStatic && !safeMethod(method) {
			t.Fatalf("%s %s is a file", method, path)
		}
		// Nothing put behind a personal page makes it less personal, and nothing
		// put before it makes it a file.
		p := personalPaths[int(n)%len(personalPaths)]
		for _, q := range []string{p + "/" + path, p + "%2f" + path, p + ";" + path, path + "/.." + p, path + "%2f" + p} {
			if strings.Contains(query, "get_refreshed_fragments") {
				continue // what WooCommerce answers then is the mini-cart, whatever the path
			}
			if care(c.Classify("GET", q, query, nil)) < 2 {
				t.Fatalf("%s?%s became %s", q, query, c.Classify("GET", q, query, nil))
			}
		}
		// A declaration never buys more.
		if bot := c.Classify("GET", path, query, http.Header{"User-Agent": {"Googlebot/2.1"}}); bot != falochron.ClassBot && bot != falochron.ClassStatic {
			t.Fatalf("a robot is %s", bot)
		}
	})
}
