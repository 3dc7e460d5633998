package preset

import (
	"time"

	"github.com/falochron/falochron"
)

// woocommerce tells by its cookies who has a cart. Pages say nothing of caching,
// even to somebody with a cart; cart, checkout and account say no-store, unless
// their shortcode is on a page of another name: then the cookies alone keep them
// apart. Pages differ between visitors in random ids only, and carts can be filled
// from a shared page: the nonces of people without a session are the same for all.
func woocommerce() *Platform {
	return &Platform{
		Name: "woocommerce", Title: "WooCommerce",
		Sources: []string{
			"WooCommerce: How to configure caching plugins for WooCommerce",
			"WooCommerce: WC_Session_Handler, WC_Cart_Session, WC_AJAX, Store API",
			"WooCommerce: WC_AJAX apply_coupon; WC_Frontend_Scripts, wc_cart_params; templates notices; Store API cart",
			"WooCommerce: WC_AJAX add_to_cart, remove_from_cart; templates cart/mini-cart.php, loop/add-to-cart.php",
			"WooCommerce: StoreApi AbstractCartRoute (Cart-Token, Nonce); blocks mini-cart, stores/woocommerce/cart, middleware store-api-nonce",
			"WordPress: wp_set_auth_cookie, wp_set_comment_cookies; Polylang: PLL_Cookie",
			"WordPress: get_rest_url, rest_api_loaded (rest_route); WooCommerce: StoreApi RoutesController (wc/store, wc/store/v1)",
			"WP Rocket and LiteSpeed Cache: cookies of currency, language and wishlist plugins",
			"WooCommerce: includes/class-wc-session-handler.php",
		},
		Sessions: "the table of sessions",
		Signs: []Sign{
			{In: InBody, Text: `<meta name="generator" content="WooCommerce `, Strong: true},
			{In: InBody, Text: `wc-ajax=%%endpoint%%`, Strong: true},
			{In: InBody, Text: `/plugins/woocommerce/`},
			{In: InField, Name: "Link", Text: `rel="https://api.w.org/"`},
		},
		Routes: wooCartRoutes(),
		Kinds: []Kind{
			{Name: "page", Class: falochron.ClassPage, Life: pageLife},
			// Themes with a mini-cart ask for it on every page view.
			{
				Name: "fragments", Class: falochron.ClassFragment, Patterns: []string{"/**?wc-ajax=get_refreshed_fragments"},
				Life: time.Minute, Empty: true,
			},
			// Its nonce is the same for all who have no session, and good for hours; scripts of
			// plugins ask for the cart to have it.
			{
				Name: "block-cart", Class: falochron.ClassFragment, Patterns: wooCarts(),
				Life: time.Minute, Empty: true, Common: []string{"Nonce"},
			},
			{Name: "products", Class: falochron.ClassFragment, Patterns: []string{"/wp-json/wc/store/v1/products/**"}, Life: stockLife},
		},
		Cookies: Cookies{
			// woocommerce_cart_hash never comes without woocommerce_items_in_cart, which
			// also tells of a cart where the session's cookie has been given another name.
			Personal: []string{
				"wp_woocommerce_session_*", "woocommerce_items_in_cart", "wordpress_logged_in_*", "wp-postpass_*", "comment_author_*",
				// Of plugins: the currency chosen (CURCY, YITH, Aelia), the country, and no tax;
				// the language chosen (WPML); a list of wishes, which product pages show.
				"wmc_current_currency", "yith_wcmcs_currency", "aelia_cs_selected_currency", "aelia_customer_country", "aelia_tax_exempt",
				"wp-wpml_current_language", "yith_wcwl_session_*",
			},
			Form:     []string{"pll_language"}, // sends the front page to a language
			Harmless: []string{"woocommerce_recently_viewed"},
		},
		Fields: []string{"Cart-Token"},
		Issued: []string{"Cart-Token"},
		// A nonce is for who has his cart by a cookie. Who sends none, and no token either, is
		// refused.
		Lends: []Lend{
			{Field: "Cart-Token", Pattern: "/wp-json/wc/store/**", Ask: "/wp-json/wc/store/v1/cart", Instead: "Nonce"},
			{Field: "Cart-Token", Pattern: "/**?rest_route=/wc/store/*", Ask: "?rest_route=/wc/store/v1/cart", Instead: "Nonce"},
		},
		Fills: []CartForm{{Name: "add-to-cart"}},
		Cart: Cart{
			// Themes whose product pages have no form that works without their script have
			// the number at the button.
			Ways: []Way{{
				Takes: []Take{{"product", `data-product_id="`, `"`}},
				Calls: []Call{{Method: "POST", Path: "/?wc-ajax=add_to_cart", Form: []Pair{{"product_id", "{product}"}, {"quantity", "1"}}}},
			}},
			Read:   Call{Method: "POST", Path: "/?wc-ajax=get_refreshed_fragments", Takes: []Take{{"key", `data-cart_item_key=\"`, `\"`}}},
			Proof:  Take{"hash", `"cart_hash":"`, `"`},
			Remove: []Call{{Method: "POST", Path: "/?wc-ajax=remove_from_cart", Form: []Pair{{"cart_item_key", "{key}"}}}},
		},
		// The page of the cart has the nonce, unless it is made of blocks: then nobody knows.
		Coupon: Coupon{
			Takes: []Take{{"nonce", `"apply_coupon_nonce":"`, `"`}},
			Try:   []Call{{Method: "POST", Path: "/?wc-ajax=apply_coupon", Form: []Pair{{"security", "{nonce}"}, {"coupon_code", "{code}"}}}},
			Yes:   []string{"woocommerce-message", "is-success"},
			No:    []string{"woocommerce-error", "is-error"},
			Total: Call{Method: "GET", Path: "/wp-json/wc/store/v1/cart", Takes: []Take{{"total", `"total_price":"`, `"`}}},
			Minor: 2,
		},
		Orders: []Order{
			// Made and in need of no payment elsewhere: the address given is the page of thanks.
			{Pattern: "/wp-json/wc/store/v1/checkout", Method: "POST", Texts: []string{"order-received"}},
		},
	}
}

// wooCarts are the addresses of the cart of the Store API: by its newest name and by the one
// that it had first, and, where the owner has chosen plain permalinks, in the query, as
// WordPress writes it and as people do.
func wooCarts() []string {
	return []string{
		"/wp-json/wc/store/v1/cart", "/wp-json/wc/store/cart",
		"/index.php?rest_route=/wc/store/v1/cart", "/?rest_route=/wc/store/v1/cart",
	}
}

// wooCartRoutes: the mini-cart of blocks asks for the cart on a visitor's first page, and
// since version 10 on each. Its scripts send the shop's cookies; a storefront elsewhere waits
// for the Cart-Token.
func wooCartRoutes() (routes []Route) {
	for _, at := range wooCarts() {
		routes = append(routes, Route{Pattern: at, Class: falochron.ClassFragment, Reads: true, Own: true})
	}
	return routes
}
