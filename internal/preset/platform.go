package preset

import (
	"time"

	"github.com/falochron/falochron"
)

// Platform is what is known of one shop software, as data: which of its cookies
// make a visitor's pages his own, which kinds of pages are the same for all who
// have none of them, what its paths mean where words alone would err, and by
// what it is recognised. A Platform is immutable.
//
// Every entry is a rule that a test can take away; see [Platform.Rules].
type Platform struct {
	Name     string   // as in a configuration: woocommerce
	Title    string   // as people write it: WooCommerce
	Evidence Evidence // how it is known
	Sources  []string // by public title

	Signs   []Sign  // by which it is recognised
	Routes  []Route // what its paths mean, where the words say nothing or something else
	Kinds   []Kind  // pages and fragments that are the same for all anonymous visitors
	Cookies Cookies
	// Fields are header fields with which scripts carry what is otherwise in a
	// cookie: a request that has one is not anonymous, and an answer that has one is
	// not kept (Cart-Token).
	Fields []string
	// Issued are those of Fields that a page brings for a session that was begun with it,
	// as it sets an opaque cookie: of a kind that is shared they are left out, since the
	// edge asks as nobody and its session is nobody's.
	Issued []string
	// Choices are request fields with which scripts choose a store, a currency or prices:
	// a request that has one is not anonymous, but an answer that has one is for all who
	// chose nothing (Magento's GraphQL says X-Magento-Cache-Id with what it calls public).
	Choices []string
	// Params are query parameters that carry a session or a cart; a request that
	// has one is not anonymous (zenid, SID).
	Params []string
	// FormFields are request fields that choose among forms that are shared, and that
	// the shop wants to see (X-Publishable-Api-Key). As part of the key and sent with a
	// fill they are harmless; see [Classifier.Forms].
	FormFields []string
	// Mint is the cookie a visitor must have before his first order to change
	// something is heard; whoever read shared pages only has none, so the edge
	// fetches one for him. Empty where none is needed.
	Mint string
	// Lends are how scripts that keep no cookies are given a cart of their own: see [Lend].
	Lends []Lend
	// Orders are the answers that mean an order was made, where it is no page of
	// thanks: the shop's interface for scripts.
	Orders []Order
	// Alone are the addresses, as patterns of [Route], to which the shop bears one
	// request at a time that changes something: EverShop reads the last order's number,
	// adds one and writes it, and answers 500 to an order that did the same meanwhile.
	Alone []string
	// Fills are the forms that surely do nothing but fill a cart, where the shop has them
	// sent to the article's own address: they say nothing about the article, so its page
	// stays as good as it was. See [Classifier.Fills].
	Fills []CartForm
	// GraphQL are paths at which one address serves browsing and buying; the
	// operation in the body tells which. See [Operation].
	GraphQL []string
	// Sessions is where all replicas of the shop find a visitor's session, as the software
	// comes: then visitors need not stay at one. Empty: maybe at the replica that began it
	// only (PHP's own are files there).
	Sessions string
	// Ask is what to ask an interface for programs that has no front page, so that its
	// answer tells what it is; a path with its query. Empty where the front page tells.
	Ask string
	// Interface says that the software is an interface for programs: the storefront that
	// people navigate is elsewhere, and only its scripts and its server come.
	Interface bool
	// Cart is how a script fills the cart and empties it again, for comparisons.
	Cart Cart
	// Coupon is how a code is tried on a cart, to see whether the shop takes it.
	Coupon Coupon
	// Says is what is shared of a shop without pages or kinds, and why no more is, for
	// people. Empty where the kinds say it.
	Says string
}

// Evidence is how a platform is known.
type Evidence uint8

// The grades of evidence.
const (
	Read   Evidence = iota // upstream code, documentation and measurements of others were read
	Proven                 // besides, tried by hand before a real shop; docs/presets.md has its version and the day
)

// String is the word on the page and in the API.
func (e Evidence) String() string {
	if e == Proven {
		return "proven"
	}
	return "read"
}

// Sign is one mark in the shop's own answer to somebody without cookies.
type Sign struct {
	In   Part
	Name string // of the cookie (a star at the end or in the middle stands for anything) or header field; none for a body
	Text string // that the value or body contains; empty = any
	// Strong signs are surely this platform's (a cookie's name, an address that
	// only it has). Two signs are needed, one of them strong.
	Strong bool
}

// Part is where in an answer a sign is.
type Part uint8

// The parts.
const (
	InCookie Part = iota // Set-Cookie
	InField              // another header field
	InBody               // markup and scripts of a page; all of anything else
	InText               // all of a page, also what people read: for pages nobody but the shop writes in
)

// Route is what some paths of the platform mean. Patterns are those of [Rules],
// and fit also behind a language and below /sklep or /shop; with "?name=value"
// after the path, the query must have that parameter (a star at the end of the
// value stands for anything, a star alone also for no value). What makes a request
// less personal, or frees it of the line, asks for more: the path has one meaning,
// the parameter stands there once, and the query names no other page.
type Route struct {
	Pattern string
	Class   falochron.Class
	Reads   bool // GET and HEAD only; pages and files are always
	// Own says: only where a script of the shop's own pages asks, which sends the shop's
	// cookies. A storefront elsewhere carries a field of its own instead, and needs the one
	// that the shop gives it (see [Platform.Issued]).
	Own bool
}

// Kind is a sort of page, or a piece of one, that the shop makes alike for
// everybody who is anonymous.
type Kind struct {
	Name string // product, category, home, cms, fragments
	// Class is ClassPage or ClassFragment. Requests of other classes are never of a
	// kind, but for robots and prefetches, of which the page counts that they ask for.
	Class falochron.Class
	// Patterns as of [Route]; none = every request of the class. One without a
	// parameter fits only if the query names no page.
	Patterns []string
	// Marks are texts of which the body has one, where addresses do not tell what
	// is there: only then it is kept. What the shop itself calls public needs none.
	Marks []string
	// Never are texts of which the body has none, or it is not kept: the hidden fields
	// of forms that the shop takes from one session only.
	Never []string
	// Life is how long an answer is fresh when the shop says nothing about it.
	Life time.Duration
	// Forbidden says that the shop forbids to store this kind although it is alike
	// for all. It is kept only after the twins check and the owner's word.
	Forbidden bool
	// Unproven says that nobody knows of this shop whether the kind is alike for all. It
	// is kept only after a twins check that passed, for whoever brings no cookie of the
	// shop's, and never where the shop forbids it.
	Unproven bool
	// Common are header fields of the answer that carry a token which is the same for
	// everybody among whom the kind is shared.
	Common []string
	// Queries are the fields that a GraphQL query may have at its top to be of the kind, and
	// no other: what they say is the same for whoever has no session. None = the kind is no
	// such. Visitors send them by POST, and the edge and comparisons ask by GET; see
	// [Classifier.Posted].
	Queries []string
	// Empty is a fragment about the cart: the same for all who have none. Scripts
	// ask for it by POST, too, and it is answered like a GET.
	Empty bool

	at []address // Patterns
}

// Cookies say what a shop's cookies mean. Names may have one star, which stands
// for anything: wordpress_logged_in_*.
type Cookies struct {
	// Personal cookies make a visitor's pages his own, unless the value is empty
	// or 0.
	Personal []string
	// Opaque cookies are given to everybody, and whether there is a cart behind one
	// cannot be told. They are personal unless the edge saw that nothing was
	// changed with them; see [Classifier.Standing]. Dropped from what is shared.
	Opaque []string
	// Form cookies choose among forms that are shared: language, currency. They are
	// part of the key and sent with a fill. Dropped from what is shared.
	Form []string
	// Harmless cookies say nothing of the visitor. Dropped from what is shared; any
	// other cookie that an answer sets keeps it from being shared.
	Harmless []string
}

// CartForm is a field of a form by which it is known that the form fills a cart.
type CartForm struct {
	Name string // of the field
	// Value is what the field's value begins with, or, if it is empty, the value is a
	// whole number without a sign: that of an article.
	Value string
}

// Order is an answer that means that an order was made.
type Order struct {
	Pattern string   // as of [Route]
	Method  string   // POST...
	Texts   []string // that the answer's first kilobytes contain, all of them, in any order; none = any
}
