package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const inCart = `!!document.querySelector('tr[data-item="pomadka-bursztyn"]')`

// A product page was open, the visit behind it ended, and the shop lets nobody
// in. Whichever button of the shop she presses, in a form or by a script, she
// sees the line instead of a dead button and is told what to press again; when
// the shop opens she is brought back, presses it again, and has the article.
func TestEveryCartButtonMeetsTheLine(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	for _, button := range []string{"add-form", "add-fetch", "add-xhr"} {
		t.Run(button, func(t *testing.T) {
			tab := StartBrowser(t).Tab(t)
			tab.speaks("pl-PL,pl")
			tab.Open(s.url + lipstick)
			tab.Await(product + " && " + gateHere)
			s.order("hold", nil)
			defer s.order("release", nil)
			tab.visitEnds(s)
			tab.Click("#" + button)
			tab.state("held")
			for _, want := range []string{"Ostatnie kliknięcie nie dotarło do sklepu", "jeszcze raz ten sam przycisk", lipstick} {
				if says := tab.says(); !strings.Contains(says, want) {
					t.Errorf("the waiting page does not say %q:\n%s", want, says)
				}
			}
			tab.Picture("met-by-" + button)
			s.order("release", nil)
			tab.Await(product)
			if at := tab.address(); at != lipstick {
				t.Errorf("brought back to %s", at)
			}
			tab.Await(gateHere)
			tab.Click("#" + button)
			if button != "add-form" {
				tab.Await(`document.getElementById('cart-state').textContent === 'W koszyku: 1'`)
				tab.Click("#cart-link")
			}
			tab.Await(inCart)
			if button == "add-form" {
				tab.buy(t, s)
			}
		})
	}
	if n := s.shops[0].sold(t); n.Orders != 1 || n.Oversold != 0 {
		t.Errorf("the shop's books: %+v", n)
	}
	s.until("the order is counted", func(n numbers) bool { return n.Vitals.Orders == 1 })
}

// buy goes from a cart to a paid order.
func (tab *Tab) buy(t *testing.T, s *stage) {
	t.Helper()
	tab.Click("#to-checkout")
	tab.Await(`!!document.getElementById('place-order')`)
	tab.Type(`[name=name]`, "Ola Fala")
	tab.Type(`[name=email]`, "ola@example.com")
	tab.Type(`[name=blik]`, "123456")
	tab.Click("#place-order")
	tab.Await(`!!document.querySelector('[data-order]')`)
	if at := tab.address(); !strings.HasPrefix(at, "/zamowienie/dziekujemy?nr=") {
		t.Errorf("after paying: %s", at)
	}
}

// While the line is held, whoever is inside goes on to the paid order.
func TestThoseInsideBuyThroughAHold(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	tab := StartBrowser(t).Tab(t)
	tab.Open(s.url + lipstick)
	tab.Await(product)
	s.order("hold", nil)
	tab.Click("#add-form")
	tab.Await(inCart)
	tab.buy(t, s)
	s.until("the order is counted", func(n numbers) bool { return n.Vitals.Orders == 1 })
}

// Without JavaScript: the form meets the line, the page asks again by itself and
// leads back to the button.
func TestCartFormWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	tab := StartBrowser(t).Tab(t)
	tab.WithoutJavaScript()
	tab.speaks("pl-PL,pl")
	tab.Open(s.url + lipstick)
	tab.Visible("#add-form")
	s.order("hold", nil)
	tab.visitEnds(s)
	tab.Click("#add-form")
	tab.Visible("main#falochron[data-state=held] div.c")
	tab.Picture("met-without-javascript")
	s.order("release", nil)
	tab.Visible("#add-form")
	tab.Click("#add-form")
	tab.Visible(`tr[data-item="pomadka-bursztyn"]`)
}

// Where cookies are forbidden, the ticket travels in the address: the same place
// through reload after reload, and in at the end.
func TestPlaceIsKeptWithoutCookies(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	b := StartCookieless(t)
	for _, script := range []bool{true, false} {
		s.order("hold", nil)
		tab := b.Tab(t)
		if !script {
			tab.WithoutJavaScript()
		}
		tab.Open(s.url + lipstick + "?igsh=abc")
		tab.state("held")
		if tab.cookie(s, waitingTicket) != "" {
			t.Fatal("this browser keeps cookies")
		}
		place := tab.place()
		if !script { // the page itself comes again, now with the ticket
			tab.Await(`location.search.indexOf('falo_t=') > 0`)
		}
		for range 2 {
			tab.Do(chromedp.Reload())
			tab.state("held")
			if now := tab.place(); now != place || place == "" {
				t.Errorf("script %v: place %q became %q", script, place, now)
			}
		}
		s.order("release", nil)
		tab.Await(product)
		if at := tab.address(); !strings.HasPrefix(at, lipstick+"?igsh=abc") {
			t.Errorf("script %v: let in to %s", script, at)
		}
	}
}
