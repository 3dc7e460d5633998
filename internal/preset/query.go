package preset

import "strings"

// readQuery looks for the parameters in which shops carry a path or an order to
// change the cart. Other parameters say nothing.
func (c *Classifier) readQuery(r *reading, query string) {
	var room [64]byte
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		if len(name) > len(room) {
			continue
		}
		folded, _ := fold(room[:0], name)
		switch string(folded) {
		case "add-to-cart", "add_to_cart", "remove_item", "undo_item", "update_cart", "apply_coupon", "remove_coupon":
			r.add(cart)
		case "wc-api":
			r.add(notify | payment)
		case "order-received":
			r.add(thanks)
		case "order-pay":
			r.add(checkout)
		case "wc-ajax":
			if value == "get_refreshed_fragments" {
				r.refreshed = true
				continue
			}
			r.add(cart)
			c.readValue(r, value)
		case "route", "_route", "_route_", "main_page", "controller", "rest_route", "fc", "module", "view", "task":
			c.readValue(r, value)
		case "action":
			c.readAction(r, value)
		case "consumer_key", "ws_key":
			r.keyed = true
		}
	}
}

// readValue reads a value as a path: route=checkout/cart, main_page=login.
func (c *Classifier) readValue(r *reading, value string) {
	var room [128]byte
	folded, _ := fold(room[:0], value)
	start := 0
	for i := 0; i <= len(folded); i++ {
		if i < len(folded) && folded[i] != '/' && folded[i] != '|' && folded[i] != '.' {
			continue
		}
		if word := folded[start:i]; len(word) > 0 {
			r.add(c.words[string(word)])
		}
		start = i + 1
	}
}

// readAction reads action=...: only the words that change a cart count, since
// every second program calls something an action.
func (c *Classifier) readAction(r *reading, value string) {
	var room [64]byte
	folded, _ := fold(room[:0], value)
	r.add(c.words[string(folded)] & cart)
}
