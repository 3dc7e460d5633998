package preset

import (
	"time"

	"github.com/falochron/falochron"
)

// shopware6 says by cookies of its own who has a cart or is signed in. Set up for a
// cache before it, it says public; otherwise it has one of its own and tells all
// others that pages are private.
func shopware6() *Platform {
	return &Platform{
		Name: "shopware6", Title: "Shopware 6",
		Sources: []string{
			"Shopware: CacheResponseSubscriber, CacheControlListener, CacheStore, ResponseHeaderListener",
			"Shopware: Reverse HTTP Cache, and the VCL of varnish-shopware",
		},
		Signs: []Sign{
			{In: InBody, Text: `<body class="is-ctl-`, Strong: true},
			{In: InCookie, Name: "session-*"},
			{In: InBody, Text: `/bundles/storefront/`},
			{In: InBody, Text: `/theme/`},
		},
		Kinds: []Kind{
			{
				Name: "page", Class: falochron.ClassPage, Life: pageLife, Forbidden: true,
				Marks: []string{`<body class="is-ctl-product is-act-index`, `<body class="is-ctl-navigation is-act-`, `<body class="is-ctl-landingpage is-act-`},
				Never: []string{`name="_csrf_token"`}, // up to version 6.4
			},
			// The cart in the header, asked for on every page view.
			{
				Name: "fragments", Class: falochron.ClassFragment, Patterns: []string{"/widgets/checkout/info"},
				Life: time.Minute, Forbidden: true, Empty: true,
			},
		},
		Cookies: Cookies{
			Personal: []string{"sw-states", "sw-cache-hash", "sw-currency"},
			Opaque:   []string{"session-*"},
		},
		Fields: []string{"Sw-Context-Token"},
		Issued: []string{"Sw-Context-Token"},
	}
}
