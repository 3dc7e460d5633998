package falochron

import "fmt"

// Class says what a request is for. It is derived from the request alone
// (method, path, header fields); whether its sender has a place inside is a
// separate question.
type Class uint8

// The classes. The order is stable: metrics and journals store the names, but
// arrays are indexed by the number.
const (
	ClassPage        Class = iota // an HTML page that shows the shop: home, category, product, search
	ClassStatic                   // a file: image, style sheet, script, font
	ClassFragment                 // a piece of a page fetched by script (mini-cart, sections, JSON reads)
	ClassCart                     // changes or shows the cart
	ClassCheckout                 // leads to an order: checkout, order submission, signing in to pay
	ClassCallback                 // a payment provider's notification, or the return of someone who paid
	ClassAdmin                    // the shop's back office
	ClassIntegration              // ERP, couriers, marketplaces
	ClassBot                      // a crawler or link preview that says so
	ClassPrefetch                 // fetched by a browser or app before anybody asked for it
	NumClasses                    // how many there are; not a class
)

var classNames = [NumClasses]string{
	"page", "static", "fragment", "cart", "checkout", "callback", "admin", "integration", "bot", "prefetch",
}

// String returns the class's name as it appears in metrics and journals.
func (c Class) String() string {
	if c < NumClasses {
		return classNames[c]
	}
	return fmt.Sprintf("class(%d)", uint8(c))
}
