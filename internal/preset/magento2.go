package preset

import "github.com/falochron/falochron"

// magento2 fetches what is a visitor's own by script, so that pages are alike for
// all, with a cart or without; who is signed in or has chosen another currency or
// store has a cookie that says so. Made for a cache before it, it says public;
// with its own cache it tells all others that nobody may store what it keeps
// itself. The key of forms comes from a cookie that a script sets.
func magento2() *Platform {
	return &Platform{
		Name: "magento2", Title: "Magento 2",
		Sources: []string{
			"Magento 2: Varnish configuration (varnish7.vcl)",
			"Magento 2: Framework/App/PageCache/Kernel.php, Version.php; PageCache/Model/App/FrontController/BuiltinPlugin.php",
			"Magento 2: GraphQL caching (X-Magento-Cache-Id)",
			"Magento 2: PageCache/view/frontend/web/js/form-key-provider.js; Customer/Controller/Section/Load; Checkout/Controller/Sidebar/RemoveItem",
		},
		Signs: []Sign{
			{In: InBody, Text: `<script type="text/x-magento-init">`, Strong: true},
			{In: InBody, Text: `data-mage-init=`},
			{In: InBody, Text: `static/version`},
		},
		Kinds: []Kind{{
			Name: "page", Class: falochron.ClassPage, Life: pageLife, Forbidden: true,
			Marks: []string{
				` class="catalog-product-view `, ` catalog-category-view page-layout-`, ` cms-index-index page-layout-`, ` cms-page-view page-layout-`,
			},
		}},
		Cookies: Cookies{
			Personal: []string{"X-Magento-Vary"},
			Harmless: []string{"PHPSESSID"},
		},
		// Of GraphQL: they choose the store and the currency, and say what is known of
		// the customer.
		Choices: []string{"Store", "Content-Currency", "X-Magento-Cache-Id"},
		Orders:  []Order{{Pattern: "/graphql", Method: "POST", Texts: []string{`"placeOrder":{`, `"order`}}},
		GraphQL: []string{"/graphql"},
		// A form that is sent without the key's cookie is not obeyed, and says so in words
		// only, on another page.
		Cart: Cart{
			Made:   []string{"form_key"},
			With:   []Pair{{"form_key", "{form_key}"}},
			Read:   Call{Method: "GET", Path: "/customer/section/load/?sections=cart", Takes: []Take{{"item", `"item_id":"`, `"`}}},
			Proof:  Take{"count", `"summary_count":`, `,`},
			Remove: []Call{{Method: "POST", Path: "/checkout/sidebar/removeItem/", Form: []Pair{{"item_id", "{item}"}, {"form_key", "{form_key}"}}}},
		},
	}
}
