package scenario

import (
	"net/http"

	"github.com/falochron/falochron/internal/toyshop"
)

// facts are what the suite has to know of a shop software beside the places of its
// imitation.
type facts struct {
	// unshared are places that are alike for all and reach the shop all the same,
	// each with its reason.
	unshared map[string]string
	// secretFields are fields of answers that belong to one visitor.
	secretFields []string
	// common are cookies of a session whose value tells of the cart, not of whose it is.
	common []string
	// forms are cookies that choose a form of pages, and two values that the shop knows.
	forms map[string][2]string
	// formFields are request fields that choose a form, by the preset or by the shop's
	// own Vary.
	formFields []string
	// kept are cookies that make pages their holder's own without a session, and a value
	// that the shop knows; {email} is the holder's.
	kept map[string]string
	// links are addresses by which one chooses what the front page shows from then on.
	links []string
	// deeds are addresses by which one does something else: the shop hears of each from
	// whoever pressed the link, and from nobody else.
	deeds []string
	// mail is what the page of a customer's cart says of the address in the mails about it.
	mail toyshop.Take
	// letter is how one writes to the shop, and heard what its last answer says then.
	letter []toyshop.Call
	heard  string
	// stores are further stores of the installation, by host, and what is not shared there.
	stores map[string]map[string]string
	// reports are what a newcomer's first page says by itself, and what changes nothing.
	reports []toyshop.Call
	// fieldForms are request fields that choose a form, and two values that the shop knows.
	fieldForms map[string][2]string
	// jars are what becomes of the cookies of somebody with a cart in another browser, or
	// by another version of the shop.
	jars map[string]func(map[string]string)
	// sessions are cookies that may stand in the address instead: their parameter.
	sessions map[string]string
	// oneByOne is where the shop takes orders, too, and refuses those that overlap.
	oneByOne string
	// noReturn says why nobody comes back from a bank.
	noReturn string
	// learnt says why the shop makes a page once more: the edge has to hear from a
	// visitor's own page that it may be shared.
	learnt string
	// unheard says why the edge does not hear of an order.
	unheard string
	// fieldCookies go with the second value of a request field that chooses a form.
	fieldCookies map[string]map[string]string
	// elseOrder is the call that orders in the other way; empty = the last.
	elseOrder string
	// turns are who goes first where the shop is full; nil = who orders, before who fills
	// a cart.
	turns []turn
	// keeps says that the owner can have the shop keep its pages itself, and notKept which
	// of them are made for each visitor then, each with its reason.
	keeps   bool
	notKept map[string]string
	// careless says that the owner can have the shop call public what is somebody's own.
	careless bool
}

const (
	notListed     = "the preset does not list the kind"
	ownStorefront = "the preset is of the interface; its storefront is somebody's own"
)

// factsOf returns what is known of a software.
func factsOf(as string) facts {
	switch as {
	case "drupalcommerce":
		return facts{
			learnt: "the preset lists no pages: that the shop calls one public has to be heard first",
			jars:   map[string]func(map[string]string){"the session by https": begins("SESS", "SSESS")},
		}
	case "evershop":
		return facts{oneByOne: "/api/orders"}
	case "hydrogen":
		return facts{
			learnt: "the preset lists no pages: that the shop calls one public has to be heard first",
			turns:  []turn{{"order", "add"}, {"coupon", "look"}, {"cart", "look"}, {"add", "query"}},
		}
	case "magento2":
		return facts{
			common:     []string{"X-Magento-Vary"},
			unshared:   map[string]string{"sections": "what a visitor's own pieces are made of; browsers ask once they have something of their own"},
			fieldForms: map[string][2]string{"Store": {"default", "english"}, "Content-Currency": {"PLN", "EUR"}, "X-Magento-Cache-Id": {"1", "2"}},
			// A module's own: of whom it is, the id alone tells.
			fieldCookies: map[string]map[string]string{"X-Magento-Cache-Id": {"partner": "OLA"}},
			elseOrder:    "order by GraphQL", turns: []turn{{"order in another way", "add"}, {"add", "query"}},
			keeps: true, notKept: map[string]string{"search": notListed},
		}
	case "medusa":
		return facts{
			unshared:   map[string]string{"home": ownStorefront, "storefront product": ownStorefront},
			formFields: []string{"X-Publishable-Api-Key", "Origin", "X-Medusa-Locale"},
			fieldForms: map[string][2]string{"X-Medusa-Locale": {"pl-PL", "en-US"}},
		}
	case "opencart":
		return facts{
			unshared: map[string]string{"search": notListed, "cms": notListed},
			forms:    map[string][2]string{"currency": {"PLN", "EUR"}, "language": {"pl-pl", "en-gb"}},
			links:    []string{"/index.php?route=common/language.save&language=pl-pl&code=en-gb"},
			letter: []toyshop.Call{
				{Name: "contact", Method: http.MethodGet, Path: "/index.php?route=information/contact&language=pl-pl"},
				{
					Name: "picture", Method: http.MethodGet, Path: "/index.php?route=extension/opencart/captcha/basic.captcha",
					Takes: []toyshop.Take{{Word: "letters", Before: `y="24">`, After: "<"}},
				},
				{
					Name: "letter", Method: http.MethodPost, Path: "/index.php?route=information/contact.send&language=pl-pl",
					Form:   []toyshop.Field{{Name: "email", Value: "{email}"}, {Name: "captcha", Value: "{letters}"}},
					Fields: []toyshop.Field{{Name: "X-Requested-With", Value: "XMLHttpRequest"}},
				},
			},
			heard: `"success"`,
			stores: map[string]map[string]string{
				"stary." + host: {"search": notListed, "cms": notListed},
				"moda." + host: {
					"search": notListed, "cms": notListed,
					"product by name": "neither address nor theme tells what it is", "category by name": "neither address nor theme tells what it is",
				},
			},
		}
	case "openmage":
		return facts{
			unshared: map[string]string{"search": notListed},
			forms:    map[string][2]string{"store": {"default", "english"}},
			links:    []string{"/?___store=english", "/directory/currency/switch/currency/EUR"},
			sessions: map[string]string{"om_frontend": "SID"},
			jars:     map[string]func(map[string]string){"the session of Magento 1": renames("om_frontend", "frontend")},
		}
	case "prestashop":
		return facts{
			links: []string{"/?SubmitCurrency=1&id_currency=2"},
			mail:  toyshop.Take{Word: "mail", Before: `id="later" readonly value="`, After: `"`},
			reports: []toyshop.Call{{
				Name: "browser", Method: http.MethodPost, Path: "/index.php?controller=statistics",
				Form:   []toyshop.Field{{Name: "type", Value: "navinfo"}, {Name: "screen_resolution_x", Value: "390"}},
				Fields: []toyshop.Field{{Name: "X-Requested-With", Value: "XMLHttpRequest"}},
			}},
		}
	case "saleor":
		return facts{unshared: map[string]string{"home": ownStorefront, "storefront product": ownStorefront, "category": ownStorefront}}
	case "shopware6":
		return facts{
			// The states and their hash say what there is, and not whose it is.
			common: []string{"sw-cache-hash", "sw-states"}, secretFields: []string{"Sw-Context-Token"},
			unshared: map[string]string{"search": notListed},
			jars: map[string]func(map[string]string){
				"a session by another name, and the states": func(jar map[string]string) { begins("session-", "sklep_sesja")(jar); delete(jar, "sw-cache-hash") },
				"a session by another name, and the hash":   func(jar map[string]string) { begins("session-", "sklep_sesja")(jar); delete(jar, "sw-states") },
			},
			kept: map[string]string{"sw-currency": "b7d2554b0ce847cd82f3ac9bd1c0dfca"},
		}
	case "sylius":
		return facts{
			unshared: map[string]string{"search": notListed, "cms": notListed},
			kept:     map[string]string{"_currency_TOY": "EUR"}, links: []string{"/pl_PL/switch-currency/EUR"},
		}
	case "vendure":
		return facts{
			unshared:  map[string]string{"home": ownStorefront, "storefront product": ownStorefront, "storefront category": ownStorefront},
			elseOrder: "order, settled", turns: []turn{{"order", "add"}, {"add", "query"}}, careless: true,
			fieldForms: map[string][2]string{"Vendure-Token": {"default", "hurt"}}, formFields: []string{"Apollo-Require-Preflight"},
		}
	case "woocommerce":
		return facts{
			secretFields: []string{"Cart-Token"}, common: []string{"woocommerce_cart_hash"},
			forms: map[string][2]string{"pll_language": {"pl", "en"}},
			kept: map[string]string{
				"wmc_current_currency": "EUR", "yith_wcmcs_currency": "EUR", "aelia_cs_selected_currency": "EUR", "aelia_customer_country": "DE", "aelia_tax_exempt": "1",
				"wp-wpml_current_language": "en", "yith_wcwl_session_5c8f": "%7B%22session_id%22%3A%22a%22%7D",
				"wp-postpass_5c8f": "%24P%24BVbHXtSV3Xg", "comment_author_email_5c8f": "{email}",
			},
			jars: map[string]func(map[string]string){
				"the session's cookie alone":     renames("woocommerce_*", ""),
				"a session by a name of plugins": renames("wp_woocommerce_session_*", "sklep_sesja"),
			},
		}
	case "zencart":
		return facts{
			unshared: map[string]string{"search": notListed, "cms": notListed}, sessions: map[string]string{"zenid": "zenid"},
			links: []string{"/index.php?main_page=index&currency=EUR", "/index.php?main_page=index&language=en"},
			deeds: []string{"/?action=notify&products_id=101", "/index.php?main_page=index&action=notify&products_id=101"},
		}
	}
	return facts{}
}
