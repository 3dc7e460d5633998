package preset

import "net/http"

// This file decides what is free of the line: the back office, machines, payment
// notifications, and people who come back from paying. A word alone never is
// enough, or one shared link would lead a whole crowd past the line. Three things
// are asked of every such request:
//
//  1. The word stands where shops route by it: near the front of the path.
//     Magento takes what follows front name, controller and action for
//     parameters, so /checkout/index/index/success/1 is the till.
//  2. The path has one meaning, and the query does not name another page or
//     change the cart: /index.php/thanks?route=checkout/checkout is the till, and
//     WooCommerce obeys ?add-to-cart on every path.
//  3. A query alone frees only a request for the one script of the shop, in the
//     full form in which that software writes it; for the front page it frees
//     notifications only, which are POSTs.

// crossed reports whether the query may lead past the path, or the path itself
// has two meanings.
func (r *reading) crossed() bool {
	return r.ambiguous || r.orders || r.acts || r.unclear || r.hinted || r.named != 0
}

// office reports whether this is the back office: its folder comes first. The
// query may name one of its pages only below a script of that folder, and
// only as back offices do.
func (r *reading) office() bool {
	if !r.admins || r.adminAjax || r.ambiguous || r.orders || r.unclear {
		return false
	}
	if r.adminScript {
		return r.named&^(byRoute|byController|byOption) == 0 && !r.shopRoute
	}
	return r.named == 0 && !r.acts && !r.pathed
}

// machine reports whether a program calls an entry that only programs have.
func (r *reading) machine(how manner, h http.Header) bool {
	return !r.crossed() && (r.machines || r.credentials(how, h))
}

// notified reports whether a POST is a payment provider's notification. Two
// pieces of evidence are needed, so that a signature field alone, which anybody
// can write, opens no lane; a word such as webhook counts for two, except beside
// the words of a buyer's own pages.
func (r *reading) notified(h http.Header) bool {
	if r.noticed && (r.bare || r.script) && r.alone() {
		return true
	}
	if r.crossed() {
		return false
	}
	evidence := 0
	if r.near&notify != 0 {
		if r.says&(cart|checkout|account|login) == 0 {
			return true
		}
		evidence++
	}
	if r.near&payment != 0 {
		evidence++
	}
	if r.near&ask != 0 {
		evidence++
	}
	if r.near&(payment|notify|caller) != 0 && signed(h) {
		evidence++
	}
	return evidence >= 2
}

// returns reports whether this is somebody on the way back from the bank. What
// arrives by POST must not be an address to which a shop's own forms go as well.
func (r *reading) returns(how manner) bool {
	return r.paid() && (how.safe || how.fromBank && r.says&form == 0)
}

// paid reports whether a page is one that people reach after paying: the page
// after the order, or the way back from the bank.
func (r *reading) paid() bool {
	return r.ordered() || !r.crossed() && r.near&payment != 0 && r.near&(back|done|ask|notify) != 0 ||
		r.cameBack && r.script && r.alone()
}

// ordered reports whether a page says that an order was made.
func (r *reading) ordered() bool {
	if r.bought && r.script && r.alone() {
		return true
	}
	if r.crossed() || r.endpoint && !r.orderKey {
		return false
	}
	about := r.near & aboutOrder
	if r.says&form != 0 {
		about &^= cart // carts/5/complete makes the order, at best
	}
	return r.near&thanks != 0 || r.thanked || about != 0 && r.near&(thank|done) != 0
}

// alone reports whether the query names exactly one page, in one software's way.
func (r *reading) alone() bool {
	one := r.named != 0 && r.named&(r.named-1) == 0
	return one && !r.twice && !r.ambiguous && !r.orders && !r.acts && !r.unclear && !r.hinted && !r.picked
}

// fromElsewhere reports whether a page of another host sent the visitor here
// with a form. Browsers say so in fetch metadata; of older ones the Origin of the
// form, or else the Referer, is compared with the shop's own host.
func fromElsewhere(host string, h http.Header) bool {
	site, mode := h["Sec-Fetch-Site"], h["Sec-Fetch-Mode"]
	if len(site) > 0 || len(mode) > 0 {
		return len(site) == 1 && site[0] == "cross-site" && len(mode) == 1 && mode[0] == "navigate"
	}
	if host == "" || scripted(h) {
		return false
	}
	from := h["Origin"]
	if len(from) == 0 {
		from = h["Referer"]
	}
	if len(from) != 1 {
		return false
	}
	// A redirect on the way through several hosts leaves "null".
	return from[0] == "null" && len(h["Origin"]) == 1 || otherHost(from[0], host)
}

// otherHost reports whether an address is of the web and not of host. Ports do
// not matter: a front may listen on another one than the shop is known by.
func otherHost(address, host string) bool {
	address, web := afterScheme(address)
	if !web {
		return false
	}
	for i := range len(address) {
		if address[i] == '/' || address[i] == '?' || address[i] == '#' {
			address = address[:i]
			break
		}
	}
	a, b := withoutPort(address), withoutPort(host)
	return a != "" && !sameFold(a, b)
}

// afterScheme is what follows the scheme of an address of the web.
func afterScheme(address string) (rest string, web bool) {
	for _, scheme := range [...]string{"https://", "http://"} {
		if hasFold(address, scheme) {
			return address[len(scheme):], true
		}
	}
	return "", false
}

// withoutPort returns the name in a host: shop.pl of shop.pl:8443.
func withoutPort(host string) string {
	for i := len(host) - 1; i >= 0 && host[i] != ']'; i-- {
		if host[i] == ':' {
			return host[:i]
		}
	}
	return host
}

// rewritten reports whether a field asks for another path than the request
// line. Old frameworks obey it (Zend, and with it Magento 1 and OpenMage).
func rewritten(path string, h http.Header) bool {
	for _, name := range [...]string{"X-Original-Url", "X-Rewrite-Url"} {
		for _, v := range h[name] {
			if len(v) < len(path) || v[:len(path)] != path || len(v) > len(path) && v[len(path)] != '?' {
				return true
			}
		}
	}
	return false
}

// Overridden reports whether the request asks to be taken for another method.
func Overridden(h http.Header) bool {
	return len(h["X-Http-Method-Override"]) > 0 || len(h["X-Method-Override"]) > 0 || len(h["X-Http-Method"]) > 0
}
