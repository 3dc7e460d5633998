package preset

import (
	"bytes"
	"net/http"
	"slices"
)

// order is a compiled [Order].
type order struct {
	Order
	at address
}

// told is how much of an answer is looked at for what an order says.
const told = 16 << 10

// Ordered reports whether an answer means that an order was made, where shops say
// so to a script; [Classifier.OrderPage] knows the pages. The body may be cut
// short: of what it says, 16 KiB are looked at.
func (c *Classifier) Ordered(q Request, status int, h http.Header, body []byte) bool {
	if len(c.orders) == 0 || status < 200 || status > 299 || Overridden(q.Header) {
		return false
	}
	var room [pathRoom]byte
	path, ambiguous := fold(room[:0], q.Path)
	if ambiguous || hasOddSegment(path) {
		return false
	}
	for i := range c.orders {
		o := &c.orders[i]
		if o.Method != q.Method || !o.at.fits(path, q.Query, true) {
			continue
		}
		plain, _ := decoded(h, body)
		plain = plain[:min(len(plain), told)]
		if !slices.ContainsFunc(o.Texts, func(text string) bool { return !bytes.Contains(plain, []byte(text)) }) {
			return true
		}
	}
	return false
}

// Alone reports whether the shop bears only one such request at a time.
func (c *Classifier) Alone(q Request) bool {
	if len(c.alone) == 0 || q.Method == http.MethodGet || q.Method == http.MethodHead || q.Method == http.MethodOptions {
		return false
	}
	var room [pathRoom]byte
	path, _ := fold(room[:0], q.Path) // read in two ways it fits as well: to wait for a turn harms nobody
	return slices.ContainsFunc(c.alone, func(a address) bool { return a.fits(path, q.Query, true) })
}
