package e2e

import (
	"strconv"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// speaks sets the languages this tab asks for.
func (tab *Tab) speaks(languages string) {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: Eval[string](tab, `navigator.userAgent`), AcceptLanguage: languages}); err != nil {
		tab.t.Fatal(err)
	}
}

// visitEnds takes the place inside away from an open page, as a quarter of an
// hour without a click does: the page stays, its place is gone, and so is a place in
// line that led to it.
func (tab *Tab) visitEnds(of *stage) {
	tab.t.Helper()
	for _, name := range []string{"falo_i1", waitingTicket} {
		if _, err := chromedp.Call(tab.ctx, network.DeleteCookies, network.DeleteCookiesParams{Name: name, URL: of.url}); err != nil {
			tab.t.Fatal(err)
		}
	}
}

// waitingTicket is the cookie of a place in line.
const waitingTicket = "falo_w1"

// cookie returns a cookie's value, "" for none.
func (tab *Tab) cookie(of *stage, name string) string {
	tab.t.Helper()
	all, err := chromedp.Call(tab.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{of.url}})
	if err != nil {
		tab.t.Fatal(err)
	}
	for _, c := range all.Cookies {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// What a fan sees.
const (
	inShop   = `!!document.querySelector('body[data-visitor]')`
	inQueue  = `!!document.getElementById('falochron')`
	product  = `!!document.getElementById('add-form')`
	gateHere = `window.__falochron === 1`
)

// state awaits the waiting page in that state.
func (tab *Tab) state(want string) {
	tab.t.Helper()
	tab.Await(`(document.getElementById('falochron') || {getAttribute: function () {}}).getAttribute('data-state') === '` + want + `'`)
}

// says is what stands on the page, as it is read.
func (tab *Tab) says() string {
	tab.t.Helper()
	return Eval[string](tab, `document.body.innerText`)
}

// address is where the tab is, without the host.
func (tab *Tab) address() string {
	tab.t.Helper()
	return Eval[string](tab, `location.pathname + location.search`)
}

// place is the number of the place that the waiting page tells.
func (tab *Tab) place() string {
	tab.t.Helper()
	return Eval[string](tab, `(/(?:Numer miejsca|Place number)[^0-9]*(\d+)/.exec(document.querySelector('footer').innerText) || [])[1] || ''`)
}

// beside opens another tab of the same visitor: it shares the cookies.
func (tab *Tab) beside() *Tab {
	tab.t.Helper()
	ctx, cancel := chromedp.NewContext(tab.ctx)
	tab.t.Cleanup(cancel)
	return &Tab{t: tab.t, ctx: ctx}
}

// focus presses Tab until the element has the focus, as somebody without a mouse
// would.
func (tab *Tab) focus(selector string) {
	tab.t.Helper()
	for range 60 {
		if Eval[bool](tab, `document.activeElement.matches(`+strconv.Quote(selector)+`)`) {
			return
		}
		tab.Do(chromedp.KeyEvent(kb.Tab))
	}
	tab.t.Fatalf("Tab does not reach %s", selector)
}
