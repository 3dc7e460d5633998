package preset

import "github.com/falochron/falochron"

// zencart gives browsers a session, forbids to store any page, and prints the
// visitor's cart into each. Forms that are posted hold a token of the session:
// whoever sends another's is taken to the page for sessions that have run out, so
// pages with such a form are for one visitor only, above all those of products.
func zencart() *Platform {
	return &Platform{
		Name: "zencart", Title: "Zen Cart",
		Sources: []string{
			"Zen Cart: includes/init_includes/init_sessions.php, init_currencies.php, init_languages.php; main_cart_actions.php; ppr_listener.php, ppr_webhook.php",
			"Zen Cart: templates common/html_header.php, tpl_main_page.php; zen_draw_form",
		},
		Sessions: "the table of sessions",
		Signs: []Sign{
			{In: InCookie, Name: "zenid", Strong: true},
			{In: InBody, Text: `content="shopping cart program by Zen Cart`, Strong: true},
			{In: InBody, Text: "index.php?main_page="},
		},
		Routes: []Route{
			// PayPal's scripts: notifications, and people on their way back.
			{Pattern: "/ipn_main_handler.php", Class: falochron.ClassCallback},
			{Pattern: "/ppr_webhook.php", Class: falochron.ClassCallback},
			{Pattern: "/ppr_listener.php", Class: falochron.ClassCallback, Reads: true},
			{Pattern: "/**?action=*", Class: falochron.ClassCart},   // obeyed on every page
			{Pattern: "/**?currency=*", Class: falochron.ClassCart}, // chosen by GET, as is the language
			{Pattern: "/**?language=*", Class: falochron.ClassCart},
		},
		Kinds: []Kind{{
			// Home and the categories, which are one page: main_page=index.
			Name: "index", Class: falochron.ClassPage, Life: pageLife, Forbidden: true,
			Marks: []string{`<body id="indexHomeBody"`, `<body id="indexBody"`},
			Never: []string{`name="securityToken"`},
		}},
		Cookies: Cookies{Opaque: []string{"zenid"}},
		Params:  []string{"zenid"},
		Cart:    Cart{Page: "/index.php?main_page=shopping_cart"},
	}
}
