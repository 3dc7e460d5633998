// Package lookout looks at an announced post in the real shop, before anybody posts it:
// does the link lead to a page of the shop, is the price there the announced one, is it
// to be had, does the shop take the coupon.
//
// Its one invariant: what it says is what one stranger was shown, a moment ago. What it
// cannot find out is [plan.Open], never right and never wrong: somebody has to look by
// hand.
//
// It refuses to leave the shop: it asks only through a function that leads to the shop
// and nowhere else, for no host but the shop's own, at most once a second, never in a
// wave, and reads a bounded part of what comes. It keeps nothing and decides nothing:
// the plan does.
//
// Read [Look] first, then [Page], which reads a page, then [Price].
package lookout
