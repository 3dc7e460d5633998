package preset

// drupalcommerce gives no session before the first cart, and says itself which
// pages may be kept, if the site's owner has given them a time.
func drupalcommerce() *Platform {
	return &Platform{
		Name: "drupalcommerce", Title: "Drupal Commerce",
		Sources: []string{
			"Drupal Commerce: ResponseSubscriber (X-Commerce-Core), payment routes; Commerce API",
			"Wodby: Varnish presets for Drupal",
			"Drupal: core/lib/Drupal/Core/Session/SessionHandler.php",
		},
		Sessions: "the table of sessions",
		Signs: []Sign{
			{In: InField, Name: "X-Commerce-Core", Strong: true},
			{In: InField, Name: "X-Generator", Text: "Drupal"},
			{In: InBody, Text: "/modules/contrib/commerce/"},
		},
		Cookies: Cookies{Personal: []string{"SESS*", "SSESS*", "NO_CACHE"}},
		Fields:  []string{"Commerce-Cart-Token"},
		Fills:   []CartForm{{Name: "form_id", Value: "commerce_order_item_add_to_cart_form"}},
		Says: "Which pages of Drupal Commerce are alike for all is for the site to say: what it calls public is shared among people without a session, " +
			"and nothing else is. The time for which pages may be kept is set under Configuration, Performance.",
	}
}
