package twins

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func tourOf(t *testing.T, platform string) *tour {
	t.Helper()
	return &tour{cfg: Config{Shop: &url.URL{Scheme: "http", Host: "shop.example"}, Preset: classifier(t, platform)}}
}

// How carts are filled in shops as they are, from a product's page.
func TestWaysIntoTheCart(t *testing.T) {
	page, _ := url.Parse("http://shop.example/product/7")
	for _, q := range []struct{ name, platform, page, want string }{
		{"WooCommerce", "woocommerce", `<form class="cart" action="http://shop.example/product/7/" method="post" enctype="multipart/form-data">
			<label for="q1">Ile</label><input type="number" id="q1" name="quantity" value="1"><button type="submit" name="add-to-cart" value="7" class="single_add_to_cart_button">Dodaj do koszyka</button></form>`,
			"POST /product/7/ add-to-cart=7&quantity=1"},
		{"WooCommerce, a list", "woocommerce", `<a href="?add-to-cart=9" data-quantity="1" class="button add_to_cart_button ajax_add_to_cart">Dodaj</a>`, "GET /product/7?add-to-cart=9 "},
		{"OpenCart 4", "opencart", `<form id="form-product"><input type="hidden" name="product_id" value="40"><input name="quantity" value="1"><button type="submit" id="button-cart">Add</button></form>`,
			"POST /index.php?route=checkout/cart.add product_id=40&quantity=1"},
		{"OpenCart 4, a list", "opencart", `<form method="post" data-oc-toggle="ajax"><input type="hidden" name="product_id" value="41">
			<button type="submit" formaction="http://shop.example/index.php?route=account/wishlist.add&amp;language=en-gb">w</button>
			<button type="submit" formaction="http://shop.example/index.php?route=checkout/cart.add&amp;language=en-gb">c</button></form>`,
			"POST /index.php?route=checkout/cart.add&language=en-gb product_id=41"},
		{"Zen Cart", "zencart", `<form name="cart_quantity" action="http://shop.example/index.php?main_page=product_info&amp;products_id=1&amp;action=add_product" method="post"><input type="hidden" name="securityToken" value="s"><input name="cart_quantity" value="1"><input type="hidden" name="products_id" value="1"><input type="image" src="/b.png"></form>`,
			"POST /index.php?main_page=product_info&products_id=1&action=add_product cart_quantity=1&products_id=1&securityToken=s"},
		{"PrestaShop", "prestashop", `<form action="https://shop.example/koszyk" method="post" id="add-to-cart-or-refresh"><input type="hidden" name="token" value="t"><input type="hidden" name="id_product" value="3"><select name="group[1]"><option value="1">S</option><option value="2" selected>M</option></select><button class="add-to-cart" data-button-action="add-to-cart" type="submit">Dodaj</button></form>`,
			"POST /koszyk action=update&add=1&group%5B1%5D=2&id_product=3&token=t"},
		{"Shopware", "shopware6", `<form action="/checkout/line-item/add" method="post" class="buy-widget"><input type="hidden" name="lineItems[x][id]" value="x"><button>Kup</button></form>`,
			"POST /checkout/line-item/add lineItems%5Bx%5D%5Bid%5D=x"},
		{"radio buttons and boxes", "generic", `<form method="post" action="/cart/add"><input type="hidden" name="product" value="5"><input type="radio" name="size" value="s"><input type="radio" name="size" value="m"><input type="checkbox" name="gift"><input type="checkbox" name="bag" checked><textarea name="note"></textarea><input name="off" value="1" disabled></form>`,
			"POST /cart/add bag=on&note=&product=5&size=s"},
		{"a search", "generic", `<form action="/search"><input name="product" value="x"></form>`, ""},
		{"reviews, wishes, newsletters", "generic", `<form method="post" action="/product/review"><input name="product" value="7"></form><form method="post" action="/wishlist/add"><input name="product_id" value="7"></form><form method="post" action="/newsletter/add"><input name="email" value="x"></form>`, ""},
		{"another shop's", "generic", `<form method="post" action="https://pay.example/cart/add"><input name="product" value="7"></form><a href="https://pay.example/?add-to-cart=7">x</a>`, ""},
		{"a link to a product", "generic", `<a href="/product/8">x</a>`, ""},
	} {
		t.Run(q.name, func(t *testing.T) {
			got := ""
			if ways := tourOf(t, q.platform).adds(readSite([]byte(around(q.page)), page), page); len(ways) > 0 {
				got = ways[0].method + " " + ways[0].url.RequestURI() + " " + ways[0].values.Encode()
			}
			if got != q.want {
				t.Errorf("%q, want %q", got, q.want)
			}
		})
	}
}

// How they are emptied.
func TestWaysOutOfTheCart(t *testing.T) {
	page, _ := url.Parse("http://shop.example/cart")
	for _, q := range []struct{ name, platform, page, want string }{
		{"WooCommerce", "woocommerce", `<a href="http://shop.example/cart/?remove_item=abc&amp;_wpnonce=n" class="remove">×</a>`, "GET /cart/?remove_item=abc&_wpnonce=n"},
		{"PrestaShop", "prestashop", `<a class="remove-from-cart" rel="nofollow" href="http://shop.example/koszyk?delete=1&amp;id_product=3&amp;token=t">x</a>`, "GET /koszyk?delete=1&id_product=3&token=t"},
		{"OpenCart", "opencart", `<form method="post"><input type="hidden" name="key" value="7"><button type="submit" formaction="/index.php?route=checkout/cart.edit">e</button><button type="submit" formaction="/index.php?route=checkout/cart.remove">x</button></form>`, "POST /index.php?route=checkout/cart.remove"},
		{"Zen Cart", "zencart", `<a href="/index.php?main_page=shopping_cart&amp;action=remove_product&amp;product_id=1">x</a>`, "GET /index.php?main_page=shopping_cart&action=remove_product&product_id=1"},
		{"an empty cart", "woocommerce", `<p class="cart-empty">Koszyk jest pusty</p><a href="/shop/">Wróć</a>`, ""},
	} {
		got := ""
		if way, ok := tourOf(t, q.platform).removal(readSite([]byte(around(q.page)), page), page); ok {
			got = way.method + " " + way.url.RequestURI()
		}
		if got != q.want {
			t.Errorf("%s: %q, want %q", q.name, got, q.want)
		}
	}
}

// What a shop's own host is, and where a cache stands before it.
func TestAddressesOfOneShop(t *testing.T) {
	for _, q := range []struct {
		a, b string
		same bool
	}{
		{"http://shop.example/x", "http://shop.example", true}, {"https://SHOP.example/x", "http://shop.example", true},
		{"https://shop.example:443/", "http://shop.example:80", true}, {"http://shop.example:8080/", "http://shop.example", false},
		{"http://127.0.0.1:8081/", "http://127.0.0.1:8082", false}, {"https://www.shop.example/", "https://shop.example", false},
		{"ftp://shop.example/", "http://shop.example", false}, {"http://shop.example.evil.example/", "http://shop.example", false},
	} {
		a, _ := url.Parse(q.a)
		b, _ := url.Parse(q.b)
		if sameShop(a, b) != q.same {
			t.Errorf("%s and %s", q.a, q.b)
		}
	}
	for line, want := range map[string]bool{
		"Age: 5": true, "Age: 0": false, "X-Cache: HIT": true, "X-Cache: MISS": false, "Cf-Cache-Status: DYNAMIC": false,
		"Cache-Status: cdn; hit": true, "Cache-Status: cdn; fwd=uri-miss": false, "X-Whitelist: hit": false,
	} {
		name, value, _ := strings.Cut(line, ": ")
		if got := stored(http.Header{name: {value}}); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

// Whatever a page holds, what is read of it is bounded, and every address is one
// that can be asked for or is left alone.
func FuzzReadSite(f *testing.F) {
	f.Add(`<base href="//x/"><a href="/x">y</a><form action="http://shop.example/cart/add" method=post><input name=product value=1><button formaction=":">`)
	f.Add(`<select name=a><option selected value=1></select><a href="http://[::1">`)
	f.Fuzz(func(t *testing.T, body string) {
		page, _ := url.Parse("http://shop.example/x")
		s := readSite([]byte(body), page)
		if len(s.links) > maxLinks || len(s.forms) > maxForms {
			t.Error(len(s.links), len(s.forms))
		}
		tour := tourOf(&testing.T{}, "generic")
		ways := tour.adds(s, page)
		if way, ok := tour.removal(s, page); ok {
			ways = append(ways, way)
		}
		for _, way := range ways {
			if way.url.Host != "shop.example" || way.url.Scheme != "http" || way.url.Fragment != "" {
				t.Errorf("%+v", way.url)
			}
			if _, err := http.NewRequest(way.method, way.url.String(), nil); err != nil {
				t.Error(err)
			}
		}
		for _, fm := range s.forms {
			if len(fm.fields)+len(fm.sends) > maxInputs {
				t.Error(len(fm.fields), len(fm.sends))
			}
		}
	})
}
