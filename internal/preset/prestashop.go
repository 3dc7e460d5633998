package preset

import "github.com/falochron/falochron"

// prestashop keeps cart, customer, language and currency in one encrypted cookie
// that everybody gets, and starts a PHP session for its modules besides, which
// forbids to store any page. The form token of people who are not signed in is the
// same for all of them.
func prestashop() *Platform {
	return &Platform{
		Name: "prestashop", Title: "PrestaShop",
		Sources: []string{
			"PrestaShop: classes/Cookie.php, classes/controller/FrontController.php, classes/Tools.php, config/config.inc.php",
			"PrestaShop: issues 29312 and 42432 on PHPSESSID, 39144 on Cache-Control: no-store",
			"PrestaShop: controllers/front/CartController.php; templates checkout/_partials/cart-voucher of themes classic and hummingbird",
			"PrestaShop: theme hummingbird, templates catalog/_partials/miniatures/product.tpl",
			"PrestaShop: module statsdata; themes/core.js, the form of a product",
			"LiteSpeed Cache for PrestaShop: the pages it keeps",
		},
		Signs: []Sign{
			{In: InCookie, Name: "PrestaShop-*", Strong: true},
			{In: InBody, Text: `var prestashop = {"cart":`, Strong: true},
			{In: InBody, Text: "/modules/ps_"},
		},
		Routes: []Route{
			// A guest's first page reports what browser he has.
			{Pattern: "/index.php?controller=statistics", Class: falochron.ClassFragment},
			{Pattern: "/**?SubmitCurrency=*", Class: falochron.ClassCart}, // chooses one, by GET
			{Pattern: "/**?recover_cart=*", Class: falochron.ClassCart},   // of a mail about a cart left behind
		},
		Kinds: []Kind{{
			Name: "page", Class: falochron.ClassPage, Life: pageLife, Forbidden: true,
			Marks: []string{
				`<body id="index"`, `<body id="product"`, `<body id="category"`, `<body id="cms"`, `<body id="manufacturer"`, `<body id="supplier"`,
				`<body id="search"`, `<body id="best-sales"`, `<body id="new-products"`, `<body id="prices-drop"`, `<body id="sitemap"`, `<body id="stores"`,
			},
		}},
		Cookies: Cookies{Opaque: []string{"PrestaShop-*", "PHPSESSID"}},
		Mint:    "PrestaShop-*",
		// Only a code that counts has a way out on the page of the cart.
		Coupon: Coupon{
			Takes: []Take{{"token", `"static_token":"`, `"`}},
			Try:   []Call{{Method: "POST", Path: "{page}", Form: []Pair{{"token", "{token}"}, {"addDiscount", "1"}, {"discount_name", "{code}"}}}},
			Yes:   []string{`data-link-action="remove-voucher"`},
			No:    []string{`name="discount_name"`},
		},
		Cart: Cart{Articles: []string{"id_product"}, With: []Pair{{"add", "1"}, {"action", "update"}}},
	}
}
