// Package twins finds out by looking whether the pages of a shop may be shared.
// It asks for the same page as two strangers who know nothing of each other, and
// as a third visitor who has something in the cart, compares what the three got,
// and names the places where it differs.
//
// Its one invariant: what it does not know is not harmless. A difference is
// excused only when it is known to mean nothing to those who would share the page
// (an id made up for one answer, a comment, the time, the cart of somebody who
// has one); anything else keeps the kind of page from being shared.
//
// With the cart of its third visitor it also tries a coupon, see [TryCoupon].
//
// It refuses to look at a shop that is in a wave, to ask more than once a second,
// to follow a shop to another host, and to write down the value of a cookie. It
// decides nothing about what is shared: it hands out evidence, and the owner and
// [falochron.SharedKind.MayShare] decide.
//
// Read [Compare] first, then [Check], which gets what is to be compared, then
// [Loop], which does so once a day.
package twins
