package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// An announced start: a countdown, the sealed lot, and then in, without a hand
// being moved.
func TestCountdownThenIn(t *testing.T) {
	t.Parallel()
	var tab *Tab
	var start time.Time
	for lead := 3 * time.Second; ; lead *= 3 { // a busy machine may show the page later than that
		s := openStage(t)
		tab = StartBrowser(t).Tab(t)
		tab.speaks("en-GB,en")
		start = time.Now().Add(lead).UTC()
		s.order("start", map[string]any{"time": start.Format(time.RFC3339Nano)})
		tab.Open(s.url + lipstick)
		tab.Await(inQueue + " || " + product)
		says := Eval[string](tab, `(document.getElementById('falochron') || document.body).getAttribute('data-state') === 'prequeue' ?
			document.getElementById('c').textContent + '\n' + document.body.innerText : ''`)
		if count, _, _ := strings.Cut(says, "\n"); regexp.MustCompile(`^[0-9]{1,2}:[0-5][0-9]$|any moment`).MatchString(count) &&
			strings.Contains(says, "The sale has not started yet") && strings.Contains(says, "How the draw works") {
			break
		}
		if left := time.Until(start); left > 0 {
			t.Fatalf("%v before the start:\n%s", left, says)
		}
	}
	tab.Await(product)
	if early := time.Until(start); early > 0 {
		t.Errorf("in %v before the start", early)
	}
}

// Sold out is said at once, to newcomers and to those in line; whoever stays for
// the rest keeps the place.
func TestSoldOutIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	s.order("hold", nil)
	b := StartBrowser(t)
	first := b.Tab(t)
	first.speaks("pl")
	first.Open(s.url + lipstick)
	first.state("held")
	place := first.place()
	s.order("stock", map[string]any{"path": lipstick, "sold_out": true})
	first.state("soldout")
	if says := first.says(); !strings.Contains(says, "Wyprzedane") {
		t.Errorf("in line:\n%s", says)
	}
	first.Picture("sold-out")
	first.Click("form[action^='/.falochron/stay'] button")
	first.state("held")
	if now := first.place(); now != place || place == "" {
		t.Errorf("place %q became %q by staying", place, now)
	}
	newcomer := b.Tab(t)
	newcomer.Open(s.url + lipstick)
	newcomer.state("soldout")
	other := b.Tab(t)
	other.Open(s.url + "/produkt/tusz-czarna-fala")
	other.state("held")
	s.order("release", nil)
	first.Await(inShop)
}

// Leaving the line is one press, says that the cart is untouched, and does not
// put anybody into the line again.
func TestLeavingTheLine(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	s.order("hold", nil)
	tab := StartBrowser(t).Tab(t)
	tab.speaks("en")
	tab.Open(s.url + lipstick)
	tab.state("held")
	s.until("one in line", func(n numbers) bool { return n.Vitals.InLine == 1 })
	tab.focus("form[action^='/.falochron/leave'] button")
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.Await(`document.querySelector('h1').textContent === 'You have left the line'`)
	tab.Picture("left")
	if tab.cookie(s, waitingTicket) != "" {
		t.Error("the ticket is still there")
	}
	s.until("nobody in line", func(n numbers) bool { return n.Vitals.InLine == 0 })
	tab.Click("a.b")
	tab.state("held")
	if at := tab.address(); at != lipstick {
		t.Errorf("back to %s", at)
	}
}

// Reload, a second tab and a bookmarked ticket in another browser are the same
// person: one place in line, one place inside.
func TestOneTicketIsOnePlace(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	s.order("hold", nil)
	b := StartBrowser(t)
	tab := b.Tab(t)
	tab.Open(s.url + lipstick)
	tab.state("held")
	place := tab.place()
	tab.Do(chromedp.Reload())
	tab.state("held")
	second := tab.beside()
	second.Open(s.url + "/produkt/tusz-czarna-fala")
	second.state("held")
	elsewhere := b.Tab(t)
	elsewhere.Open(Eval[string](tab, `document.querySelector('a[href*="/.falochron/open"]').href`))
	elsewhere.state("held")
	for who, now := range map[string]string{"reload": tab.place(), "second tab": second.place(), "other browser": elsewhere.place()} {
		if now != place || place == "" {
			t.Errorf("%s: place %q became %q", who, place, now)
		}
	}
	s.order("release", nil)
	for _, one := range []*Tab{tab, second, elsewhere} {
		one.Await(product)
	}
	if at := second.address(); at != "/produkt/tusz-czarna-fala" {
		t.Errorf("the second tab was led to %s", at)
	}
	s.until("one inside", func(n numbers) bool { return n.Vitals.Inside == 1 && n.Vitals.InLine == 0 })
}

// The Back button out of the line: not to a button that its script has greyed,
// nor, once inside, back into the line.
func TestBackOutOfTheLine(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	tab := StartBrowser(t).Tab(t)
	tab.Open(s.url + lipstick)
	tab.Await(product + " && " + gateHere)
	s.order("hold", nil)
	tab.visitEnds(s)
	tab.focus("#add-fetch")
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.state("held")
	back(tab)
	tab.Await(`location.pathname === '` + lipstick + `' && (` + inQueue + ` || ` + product + ` && !document.getElementById('add-fetch').disabled)`)
	forward(tab)
	tab.state("held")
	s.order("release", nil)
	tab.Await(product)
	tab.Await(gateHere)
	tab.focus("#add-xhr")
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.Await(`document.getElementById('cart-state').textContent === 'W koszyku: 1'`)
	back(tab)
	tab.Await(product)
}

// back presses the browser's Back button. The page may be gone before it has
// answered.
func back(tab *Tab) {
	tab.t.Helper()
	if _, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](`setTimeout(function () { history.back(); }, 0), true`)); err != nil && !navigated(err) {
		tab.t.Fatal(err)
	}
}

// forward presses the browser's Forward button.
func forward(tab *Tab) {
	tab.t.Helper()
	if _, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](`setTimeout(function () { history.forward(); }, 0), true`)); err != nil && !navigated(err) {
		tab.t.Fatal(err)
	}
}
