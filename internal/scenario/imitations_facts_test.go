package scenario

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
	// sessions are cookies that may stand in the address instead: their parameter.
	sessions map[string]string
	// noReturn says why nobody comes back from a bank.
	noReturn string
	// learnt says why the shop makes a page once more: the edge has to hear from a
	// visitor's own page that it may be shared.
	learnt string
	// unheard says why the edge does not hear of an order.
	unheard string
}

const (
	notListed     = "the preset does not list the kind"
	ownStorefront = "the preset is of the interface; its storefront is somebody's own"
)

// factsOf returns what is known of a software.
func factsOf(as string) facts {
	switch as {
	case "drupalcommerce":
		const why = "the site's owner has given pages no time, so the shop forbids it"
		return facts{unshared: map[string]string{"home": why, "category": why, "product": why, "search": why, "cms": why}}
	case "hydrogen":
		return facts{learnt: "the preset lists no pages: that the shop calls one public has to be heard first"}
	case "magento2":
		return facts{common: []string{"X-Magento-Vary"}, unshared: map[string]string{"sections": "what a visitor's own pieces are made of; browsers ask once they have something of their own"}}
	case "medusa":
		return facts{
			unshared:   map[string]string{"home": ownStorefront, "storefront product": ownStorefront},
			formFields: []string{"X-Publishable-Api-Key", "Origin"},
		}
	case "opencart":
		return facts{
			unshared: map[string]string{"search": notListed, "cms": notListed},
			forms:    map[string][2]string{"currency": {"PLN", "EUR"}, "language": {"pl-pl", "en-gb"}},
		}
	case "openmage":
		return facts{unshared: map[string]string{"search": notListed}}
	case "saleor":
		return facts{unshared: map[string]string{"home": ownStorefront, "storefront product": ownStorefront, "category": ownStorefront}}
	case "shopware6":
		return facts{common: []string{"sw-cache-hash"}}
	case "sylius":
		return facts{unshared: map[string]string{"search": notListed, "cms": notListed}}
	case "vendure":
		return facts{unshared: map[string]string{"home": ownStorefront, "storefront product": ownStorefront, "storefront category": ownStorefront}}
	case "woocommerce":
		return facts{secretFields: []string{"Cart-Token"}, common: []string{"woocommerce_cart_hash"}}
	case "zencart":
		return facts{unshared: map[string]string{"search": notListed, "cms": notListed}, sessions: map[string]string{"zenid": "zenid"}}
	}
	return facts{}
}
