package preset

import "github.com/falochron/falochron"

// opencart gives everybody a session, sends its cookie again with every answer,
// forbids to store any page, and prints the visitor's cart into each. Product
// pages of two visitors without a cart differ in a token for writing reviews only;
// carts can be filled from a shared page, and without a session.
func opencart() *Platform {
	return &Platform{
		Name: "opencart", Title: "OpenCart",
		Sources: []string{
			"OpenCart: catalog/controller/startup/session.php, currency.php, language.php; common/language.php",
			"OpenCart: catalog/controller/extension/total/coupon.php of version 3; extension/opencart/catalog/controller/total/coupon.php of version 4",
			"OpenCart: templates product/product, product/category, common/home; controller checkout/cart",
			"OpenCart: system/config/catalog.php, session_engine",
		},
		Sessions: "the table of sessions",
		Signs: []Sign{
			{In: InCookie, Name: "OCSESSID", Strong: true},
			{In: InCookie, Name: "currency"},
			{In: InBody, Text: "index.php?route=common/"},
			{In: InBody, Text: "catalog/view/javascript/"},
		},
		Routes: []Route{
			{Pattern: "/index.php?route=common/language*", Class: falochron.ClassCart}, // chooses one, by GET
		},
		Kinds: []Kind{
			{Name: "home", Class: falochron.ClassPage, Patterns: []string{"/", "/index.php?route=common/home"}, Life: pageLife, Forbidden: true},
			{Name: "category", Class: falochron.ClassPage, Patterns: []string{"/index.php?route=product/category"}, Life: pageLife, Forbidden: true},
			{Name: "product", Class: falochron.ClassPage, Patterns: []string{"/index.php?route=product/product"}, Life: pageLife, Forbidden: true},
			// Addresses made for search engines hide the route. Version 4 has product-info,
			// the others product-product.
			{
				Name: "seo", Class: falochron.ClassPage, Life: pageLife, Forbidden: true,
				Marks: []string{`id="product-info"`, `id="product-product"`, `id="product-category"`},
			},
		},
		Cookies: Cookies{
			Opaque: []string{"OCSESSID"},
			Form:   []string{"language", "currency"},
		},
		// The sign before the method of a route changed twice.
		Cart: Cart{
			Field: "product_id", Articles: []string{"product_id"}, // version 4 has a form at each article of a list
			To:   []string{"/index.php?route=checkout/cart.add", "/index.php?route=checkout/cart|add", "/index.php?route=checkout/cart/add"},
			Page: "/index.php?route=checkout/cart",
		},
		Coupon: Coupon{
			Try: []Call{
				{Method: "POST", Path: "/index.php?route=extension/opencart/total/coupon.save", Form: []Pair{{"coupon", "{code}"}}},
				{Method: "POST", Path: "/index.php?route=extension/total/coupon/coupon", Form: []Pair{{"coupon", "{code}"}}},
			},
			Yes: []string{`"success":`, `"redirect":`},
			No:  []string{`"error":`},
		},
	}
}
