package preset

import (
	"net/http"
	"testing"
)

// Whose page a script stands in is told by the page's address, and by Sec-Fetch-Site
// where a browser sends it: both must say that it is the shop's.
func TestOwnPage(t *testing.T) {
	for _, q := range []struct {
		host, referer, site string
		want                bool
	}{
		{"shop.example", "https://shop.example/", "same-origin", true},
		{"shop.example", "http://shop.example/produkt/x/?a=https://b.example/", "", true},
		{"Shop.example:8080", "http://shop.EXAMPLE:8080/", "same-origin", true},
		// A storefront elsewhere, in browsers old and new, and at another port.
		{"shop.example", "https://shop.example/", "same-site", false},
		{"shop.example", "https://shop.example/", "cross-site", false},
		{"shop.example", "https://shop.example/", "none", false},
		{"shop.example", "https://front.example/", "", false},
		{"shop.example", "https://front.example/", "same-origin", false}, // passed on by its server
		{"shop.example:8080", "http://shop.example:3000/", "", false},
		{"shop.example", "http://shop.example:3000/", "", false},
		{"shop.example:8080", "http://shop.example/", "", false},
		// Its server, and what is no address.
		{"shop.example", "", "", false},
		{"shop.example", "", "same-origin", false},
		{"", "https:///", "same-origin", false},
		{"shop.example", "https://shop.example.evil.example/", "", false},
		{"shop.example", "https://shop.example@evil.example/", "", false},
		{"shop.example", "https://evil.example/shop.example/", "", false},
		{"shop.example", "https://shop.example", "", false},
		{"shop.example", "shop.example/", "", false},
		{"shop.example", "android-app://shop.example/", "", false},
	} {
		h := http.Header{}
		if q.referer != "" {
			h.Set("Referer", q.referer)
		}
		if q.site != "" {
			h.Set("Sec-Fetch-Site", q.site)
		}
		if got := ownPage(q.host, h); got != q.want {
			t.Errorf("%s asked from %q (%s): %v", q.host, q.referer, q.site, got)
		}
	}
	twice := http.Header{"Referer": {"https://shop.example/", "https://shop.example/"}}
	if ownPage("shop.example", twice) || ownPage("shop.example", http.Header{"Referer": {"https://shop.example/"}, "Sec-Fetch-Site": {"same-origin", "same-origin"}}) {
		t.Error("two addresses are one too many")
	}
}
