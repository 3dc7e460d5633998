package preset

// Coupon is how a code is tried on what lies in a cart, as the shop's own script or form
// does it, as data. The zero value knows nothing. Values are templates as in [Call]; the
// words are code, page (the path at which the cart is shown) and what Takes find.
type Coupon struct {
	Takes []Take // from the page that shows the cart
	// Try are the calls, the newest version's first: the next one is made where the one
	// before says neither yes nor no.
	Try []Call
	// Yes and No are texts of the answer: one of Yes means that the code counts, and else
	// one of No that it does not.
	Yes, No []string
	// Total is asked then: it takes the word total, what the cart comes to, in parts of
	// 10^-Minor. No path: it is not known.
	Total Call
	Minor int
}

// Known reports that there is a way.
func (c Coupon) Known() bool { return len(c.Try) > 0 }

// entries names the rules of a coupon. They are asked of the shop by Falochron itself.
func (c Coupon) entries(add func(name string, drop func(c *Coupon))) {
	for i, t := range c.Takes {
		add("take "+t.Before, func(c *Coupon) { c.Takes = without(c.Takes, i) })
	}
	for i, call := range c.Try {
		add("try "+call.Path, func(c *Coupon) { c.Try = without(c.Try, i) })
	}
	for i, text := range c.Yes {
		add("yes "+text, func(c *Coupon) { c.Yes = without(c.Yes, i) })
	}
	for i, text := range c.No {
		add("no "+text, func(c *Coupon) { c.No = without(c.No, i) })
	}
	if c.Total.Path != "" {
		add("total "+c.Total.Path, func(c *Coupon) { c.Total = Call{} })
	}
}
