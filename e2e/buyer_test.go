package e2e

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// A buyer is somebody who shops at an imitation, in a tab of his own. What he is
// shown is kept: nobody else may have been shown the same.
type buyer struct {
	*Tab
	name   string
	button string // that he presses: add-form, add-fetch or add-xhr
	plain  bool   // his browser runs no scripts
	email  string

	articles int // in his cart already, when he presses the button once more

	cached string          // what the edge's cache said of the page opened last
	saw    []string        // the pages, as they stood after their scripts had run
	marks  map[string]bool // of the sessions that the shop made them for
}

// settled is a page with its scripts run.
const settled = `document.readyState === 'complete'`

// arrives opens a page of the shop and reports whether the edge had it.
func (b *buyer) arrives(at string) (hit bool) {
	b.t.Helper()
	r := Get(b.Tab, chromedp.NavigateResponse(at))
	if b.cached = fmt.Sprint(r.Headers["Cache-Status"]); r.FromDiskCache {
		b.cached = "not the edge, but the browser itself"
	}
	return strings.Contains(b.cached, "; hit")
}

// sees awaits a page of the shop and keeps it.
func (b *buyer) sees(expression string) {
	b.t.Helper()
	b.awaits(settled + " && " + expression)
	page := Eval[struct {
		Text  string   `json:"text"`
		Marks []string `json:"marks"`
	}](b.Tab, `({text: document.documentElement.outerHTML, marks: Array.from(document.querySelectorAll('[data-visitor], [data-owner]'),
		function (e) { return e.dataset.visitor || e.dataset.owner; })})`)
	b.saw = append(b.saw, page.Text)
	for _, mark := range page.Marks {
		if mark != "" {
			b.marks[mark] = true
		}
	}
}

// meetsTheLine presses the button on the page at, and has to wait. Now and then a place is
// free although people wait: those who were called have not come yet. Whoever gets it has
// the article at once; then this visit ends, too, and he comes for another one.
func (b *buyer) meetsTheLine(s *stage, at string) {
	b.t.Helper()
	for range 20 {
		s.peopleWait()
		b.Click("#" + b.button)
		b.awaits(`document.clickHeard === undefined && (` + inQueue + ` || ` + b.ready() + `) || ` + b.taken()) // not the page that was clicked on
		if !Eval[bool](b.Tab, b.taken()) {
			if b.cookie(s, waitingTicket) == "" { // which is there also if his turn came before anybody looked
				b.t.Errorf("%s was sent back to the article, and has not been in line", b.email)
			}
			return
		}
		b.t.Logf("%s was let in at once", b.email)
		b.articles++
		b.visitEnds(s)
		b.Open(at)
		b.awaits(settled + ` && (` + inQueue + ` || ` + b.ready() + `)`)
		if Eval[bool](b.Tab, inQueue) {
			return
		}
	}
	b.t.Fatalf("%s was let in at once each time", b.email)
}

// taken is that the shop has taken what the button sent.
func (b *buyer) taken() string {
	if b.button == "add-form" {
		return inCart
	}
	return fmt.Sprintf(`!!document.getElementById('cart-state') && document.getElementById('cart-state').textContent === 'W koszyku: %d'`, b.articles+1)
}

// awaits awaits something, and reports what is there if it does not come.
func (b *buyer) awaits(expression string) {
	b.t.Helper()
	came := false
	defer func() {
		if !came {
			b.t.Logf("%s waits in vain, and is shown %s", b.email, b.shown())
		}
	}()
	b.Await(expression)
	came = true
}

// shown is where a buyer is and the beginning of what stands there, for reports.
func (b *buyer) shown() string {
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + '\n' + document.body.innerText.slice(0, 600)`))
	if err != nil {
		return err.Error()
	}
	return text
}

// seesProduct awaits the product's page, its buttons ready to be pressed.
func (b *buyer) seesProduct() { b.t.Helper(); b.sees(b.ready()) }

// ready is that the buttons of the product's page can be pressed: what a script sends
// before ours is there may meet the line in silence.
func (b *buyer) ready() string {
	if b.plain {
		return product
	}
	return product + " && " + gateHere
}

// items is how many lines of a cart stand on the page.
func (b *buyer) items() int {
	b.t.Helper()
	return Eval[int](b.Tab, `document.querySelectorAll('[data-item]').length`)
}

// puts the article into the cart and looks at the cart.
func (b *buyer) puts() {
	b.t.Helper()
	b.Click("#" + b.button)
	b.hasIt()
}

// hasIt awaits the article in the cart, after the button.
func (b *buyer) hasIt() {
	b.t.Helper()
	if b.button != "add-form" {
		b.awaits(b.taken())
		b.Click("#cart-link")
	}
	b.sees(inCart)
}

// buys what is in the cart that he looks at, and reads the thanks.
func (b *buyer) buys() {
	b.t.Helper()
	b.Click("#to-checkout")
	b.pays()
	b.isThanked()
}

// pays fills in the form of the till and sends it.
func (b *buyer) pays() {
	b.t.Helper()
	b.sees(`!!document.getElementById('place-order')`)
	b.Type(`#checkout [name=name]`, "Ola Fala")
	b.Type(`#checkout [name=email]`, b.email)
	b.Type(`#checkout [name=blik]`, "123456")
	b.Click("#place-order")
}

// isThanked awaits the page after the order, with her address on it.
func (b *buyer) isThanked() {
	b.t.Helper()
	b.sees(`!!document.querySelector('[data-order]') && document.querySelector('main').innerText.indexOf('` + b.email + `') > 0`)
}

// signsIn goes by the link of every page to the account, and reads his address
// there.
func (b *buyer) signsIn() {
	b.t.Helper()
	b.Click("#account-link")
	b.sees(`!!document.getElementById('sign-in')`)
	b.Type(`#sign-in [autocomplete=username]`, b.email)
	b.Type(`#sign-in [type=password]`, "haslo")
	b.Click("#enter")
	b.sees(`document.querySelector('main').innerText.indexOf('` + b.email + `') > 0`)
}

// mixed names what one of the buyers was shown of another.
func mixed(buyers []*buyer) (faults []string) {
	for i, a := range buyers {
		for j, b := range buyers {
			if i == j {
				continue
			}
			for n, text := range a.saw {
				if strings.Contains(text, b.email) {
					faults = append(faults, fmt.Sprintf("page %d of %s has the address of %s", n+1, a.email, b.email))
				}
			}
			for mark := range a.marks {
				if i < j && b.marks[mark] {
					faults = append(faults, fmt.Sprintf("%s and %s were both shown pages of session %s", a.email, b.email, mark))
				}
			}
		}
	}
	return faults
}
