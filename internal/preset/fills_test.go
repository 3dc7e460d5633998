package preset

import (
	"net/http"
	"testing"
)

// A form is one that fills a cart by a field of its platform alone, by POST, and only if
// its value is what such forms have.
func TestFills(t *testing.T) {
	for _, x := range []struct {
		platform, method, name, value string
		with                          string // a field of the header
		want                          bool
	}{
		{"woocommerce", "POST", "add-to-cart", "55", "", true},
		{"woocommerce", "POST", "add-to-cart", "", "", false},
		{"woocommerce", "POST", "add-to-cart", "-55", "", false},
		{"woocommerce", "POST", "add-to-cart", "55 ", "", false},
		{"woocommerce", "POST", "form_id", "commerce_order_item_add_to_cart_form", "", false},
		{"woocommerce", "GET", "add-to-cart", "55", "", false},
		{"woocommerce", "PUT", "add-to-cart", "55", "", false},
		{"woocommerce", "POST", "add-to-cart", "55", "X-Http-Method-Override", false},
		{"drupalcommerce", "POST", "form_id", "commerce_order_item_add_to_cart_form_commerce_product_5", "", true},
		{"drupalcommerce", "POST", "form_id", "comment_comment_form", "", false},
		{"drupalcommerce", "POST", "add-to-cart", "55", "", false},
		{"shopware6", "POST", "add-to-cart", "55", "", false},
		{GenericName, "POST", "add-to-cart", "55", "", false},
	} {
		p, _ := Named(x.platform)
		c, err := New(p, Rules{})
		if err != nil {
			t.Fatal(err)
		}
		q := Request{Method: x.method, Path: "/product/x/", Header: http.Header{}}
		if x.with != "" {
			q.Header.Set(x.with, "DELETE")
		}
		field := func(name string) string {
			if name == x.name {
				return x.value
			}
			return ""
		}
		if got := c.Fills(q, field); got != x.want {
			t.Errorf("%+v: %v", x, got)
		}
	}
}
