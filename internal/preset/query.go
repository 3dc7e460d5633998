package preset

import (
	"bytes"
	"strings"
)

// asked is what a query says. Its words also go into reading.says, which only
// ever makes a page more personal; what follows decides what a query may free
// of the line, and what it takes away.
type asked struct {
	named     naming // in which ways the query names a page
	seen      naming // the single parameters met
	twice     bool   // one of them stands there twice: servers take the first or the last
	orders    bool   // WooCommerce: the cart is changed, whatever the path
	acts      bool   // Zen Cart: the cart is changed by an action
	unclear   bool   // a name that servers may read as another one
	hinted    bool   // a parameter that often names a page has such a value
	pathed    bool   // the same, and the value is a path
	picked    bool   // a parameter that often picks an article
	secret    bool   // a parameter that holds what only one person knows
	shopRoute bool   // the page named is of the shop, not of the back office
	orderKey  bool   // WooCommerce: the key of an order
	keys      uint8  // of web services

	noticed  bool // names the address for a payment notification, in full
	cameBack bool // names a page on the way back from paying
	bought   bool // names the page after the order

	module, controller trait // PrestaShop: index.php?fc=module&module=payu&controller=notification
	inModule           bool
}

// naming is a way in which shops name a page in the query.
type naming uint16

const (
	byRoute      naming = 1 << iota // OpenCart
	byMainPage                      // Zen Cart
	byController                    // PrestaShop
	byREST                          // WordPress
	byAPI                           // WooCommerce's older interface
	byEndpoint                      // WooCommerce's pages of the till
	byOption                        // Joomla
	byFC                            // PrestaShop, beside the controller
	byModule
)

// readQuery looks for the parameters in which shops carry a path or an order to
// change the cart. Other parameters say nothing.
func (c *Classifier) readQuery(r *reading, query string) {
	var room [64]byte
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		if len(name) > len(room) || strings.Contains(name, "%0") || strings.Contains(name, "%1") {
			r.unclear = true // PHP ends a name at a zero byte and strips blanks before it
			continue
		}
		folded, _ := fold(room[:0], name)
		folded, array := phpName(folded)
		seen := r.seen
		switch string(folded) {
		case "add-to-cart", "add_to_cart", "addtocart", "add2cart", "add-cart", "add_cart", "addcart",
			"add-to-basket", "add_to_basket", "addtobasket", "do_koszyka", "dokoszyka", "dodaj_do_koszyka", "remove_item", "undo_item", "update_cart", "apply_coupon", "remove_coupon":
			r.orders = true
			r.add(cart)
		case "wc-api":
			r.name(byAPI, byAPI)
			r.add(notify | payment)
			r.noticed = c.gateway(value)
		case "order-received":
			r.name(byEndpoint, byEndpoint)
			r.add(thanks)
		case "order-pay":
			r.name(byEndpoint, byEndpoint)
			r.add(checkout)
		case "wc-ajax":
			if value == "get_refreshed_fragments" {
				r.name(byEndpoint, byEndpoint)
				r.refreshed = true
				continue
			}
			r.orders = true
			r.add(cart)
			c.readValue(r, value)
		case "route", "_route", "_route_":
			r.name(byRoute, byRoute)
			c.readRoute(r, value)
		case "main_page":
			r.name(byMainPage, byMainPage)
			c.readValue(r, value)
			r.bought = r.bought || value == "checkout_success"
		case "controller":
			r.name(byController, byController)
			r.controller = c.readValue(r, value)
			r.bought = r.bought || value == "order-confirmation" || value == "orderconfirmation"
			r.shopRoute = r.shopRoute || !hasFold(value, "admin")
		case "fc":
			r.name(byController, byFC)
			r.inModule = value == "module"
		case "module":
			r.name(byController, byModule)
			r.module = c.readValue(r, value)
		case "rest_route":
			r.name(byREST, byREST)
			c.readValue(r, value)
		case "option":
			r.name(byOption, byOption)
		case "view", "task", "page", "strona", "p", "q", "s", "r", "url", "_url", "path":
			// Every second program has these, so only what they say counts.
			c.hint(r, value)
			if string(folded) == "view" || string(folded) == "task" {
				c.readValue(r, value)
			}
		case "id", "product", "product_id", "products_id", "id_product", "id_category", "category", "category_id", "cat",
			"cpath", "page_id", "pagename", "name", "post_type", "produkt", "kategoria", "mod":
			r.picked = true
		case "act", "do", "cmd":
			r.picked = true
			c.readAction(r, value)
		case "cart", "basket", "koszyk":
			r.add(cart) // cart=add, koszyk=dodaj, koszyk=1
		case "action":
			c.readAction(r, value)
		case "key":
			r.orderKey = strings.HasPrefix(value, "wc_order_")
		case "consumer_key", "oauth_consumer_key":
			if strings.HasPrefix(value, "ck_") {
				r.keys |= wooKey
			}
		case "ws_key":
			if prestaKeyed(value) {
				r.keys |= prestaKey
			}
		}
		r.secret = r.secret || secretName(folded) && secretValue(value)
		r.twice = r.twice || array && r.seen != seen
	}
	if r.inModule && r.seen&byModule != 0 && r.seen&byController != 0 {
		// The front controller of a module; without fc, controller is a page of the shop.
		r.noticed = r.noticed || r.controller&notify != 0 || r.module&payment != 0 && r.controller&ask != 0
		r.cameBack = r.cameBack || r.module&payment != 0 && r.controller&(back|done|ask|notify) != 0
	}
}

// secretName reports whether a parameter is called as those are that let in
// whoever knows the value: links in mails by which people sign in, confirm, fetch
// what they have bought, or look at an order without an account.
func secretName(folded []byte) bool {
	switch string(folded) {
	case "token", "access_token", "auth_token", "login_token", "_token", "auth", "autologin", "hash", "sig", "signature", "secret", "otp",
		"nonce", "_wpnonce", "key", "order_key", "session", "session_id", "sessionid", "phpsessid", "jsessionid", "oscsid", "sid",
		"download_file", "email", "mail":
		return true
	}
	return false
}

// secretValue tells what may be a secret from the words and short codes that a
// whole crowd has in its link.
func secretValue(value string) bool {
	digits := false
	for i := range len(value) {
		switch c := value[i]; {
		case c == '@', c == '%':
			return true
		case c >= '0' && c <= '9':
			digits = true
		}
	}
	return digits && len(value) >= 8
}

// name notes that the query names a page.
func (r *reading) name(way, parameter naming) {
	r.twice = r.twice || r.seen&parameter != 0
	r.seen |= parameter
	r.named |= way
}

// phpName makes of a parameter's name what PHP makes of it: blanks before it are
// dropped, later ones and dots become underscores, and the index of an array is
// no part of the name.
func phpName(raw []byte) (name []byte, array bool) {
	for len(raw) > 0 && (raw[0] == ' ' || raw[0] == '+') {
		raw = raw[1:]
	}
	for i, c := range raw {
		switch c {
		case ' ', '+', '.':
			raw[i] = '_'
		case '[':
			if i > 0 && raw[len(raw)-1] == ']' {
				return raw[:i], true
			}
			raw[i] = '_'
		}
	}
	return raw, false
}

// readValue adds the words of a value read as a path (route=checkout/cart,
// main_page=login) and returns what all of them say.
func (c *Classifier) readValue(r *reading, value string) (says trait) {
	var room [128]byte
	folded, _ := fold(room[:0], value)
	for len(folded) > 0 {
		var word []byte
		word, folded = cutWord(folded)
		r.add(c.words[string(word)])
		says |= c.words[string(word)]
	}
	return says
}

// hint notes what a parameter says that names a page in some programs only.
func (c *Classifier) hint(r *reading, value string) {
	var room [128]byte
	folded, _ := fold(room[:0], value)
	r.picked = true
	r.pathed = r.pathed || bytes.IndexByte(folded, '/') >= 0
	for len(folded) > 0 {
		var word []byte
		word, folded = cutWord(folded)
		r.hinted = r.hinted || c.words[string(word)] != 0
	}
	r.hinted = r.hinted || r.pathed
}

// readRoute reads OpenCart's route. OpenCart takes the longest beginning of it
// that is a file and one more word for the method, so what follows is no
// evidence (product/product/index/payu/callback is a product page): only whole
// routes count.
func (c *Classifier) readRoute(r *reading, value string) {
	c.readValue(r, value)
	var room [128]byte
	folded, _ := fold(room[:0], value)
	r.bought = r.bought || string(folded) == "checkout/success"
	first, rest := cutWord(folded)
	switch string(first) {
	case "checkout", "product", "account", "information", "cms", "api":
		r.shopRoute = true
	case "common":
		r.shopRoute = string(rest) == "home" || hasPrefix(rest, "cart")
	}
	// extension/payment/payu/callback, extension/any/payment/payu|callback, payment/payu/callback
	if string(first) == "extension" {
		if first, rest = cutWord(rest); string(first) != "payment" {
			first, rest = cutWord(rest)
		}
	}
	_, method := cutWord(rest)
	if string(first) != "payment" || len(method) == 0 {
		return
	}
	says := c.words[string(method)] // none if it is more than a word
	r.noticed = r.noticed || says&(ask|notify) != 0
	r.cameBack = r.cameBack || says&(back|done|ask|notify) != 0
}

// readAction reads action=... and the like: only the words that change a cart count,
// since every second program calls something an action. To add means a cart
// wherever else it may mean something: what it costs to be wrong is a page that is
// not shared.
func (c *Classifier) readAction(r *reading, value string) {
	var room [64]byte
	folded, _ := fold(room[:0], value)
	says := c.words[string(folded)] & cart
	switch string(folded) {
	case "add", "add_item", "additem", "add-item", "buy", "dodaj", "kup":
		says = cart
	}
	r.acts = r.acts || says != 0
	r.add(says)
}

// gateway reports whether a value names a payment gateway as WooCommerce's
// extensions do: WC_Gateway_PayU, tpay, imoje_blik.
func (c *Classifier) gateway(value string) bool {
	var room [128]byte
	folded, _ := fold(room[:0], value)
	start := 0
	for i := 0; i <= len(folded); i++ {
		if i < len(folded) && folded[i] != '_' && folded[i] != '-' {
			continue
		}
		if word := folded[start:i]; string(word) == "gateway" || c.words[string(word)]&payment != 0 {
			return true
		}
		start = i + 1
	}
	return false
}

// cutWord returns the first word of a folded value and what follows it.
func cutWord(value []byte) (word, rest []byte) {
	for i, c := range value {
		if c == '/' || c == '|' || c == '.' {
			return value[:i], value[i+1:]
		}
	}
	return value, nil
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}
