package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// An open page has what somebody else taps without being touched, and without looking by
// itself now and then: that is switched off here.
func TestOpenPagesHearOfATap(t *testing.T) {
	t.Parallel()
	b := besiege(t)
	b.do("put-party", map[string]any{"id": "web", "name": "Good Hosting"})
	b.do("put-shop", map[string]any{"id": "lip", "name": "Shop lip", "zone": "Europe/Warsaw", "parties": []map[string]string{
		{"party": "ola", "role": "influencer"}, {"party": "web", "role": "host"}}})
	browser := StartBrowser(t)
	host, ola := browser.Tab(t), browser.Tab(t)
	for _, tab := range []*Tab{host, ola} {
		tab.speaks("en")
		if _, err := chromedp.Call(tab.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			window.setInterval = function () { return 0; };
			window.streams = []; const real = window.EventSource;
			window.EventSource = function (at) { const s = new real(at); window.streams.push(s); return s; };
			window.EventSource.CLOSED = real.CLOSED;`}); err != nil {
			t.Fatal(err)
		}
	}
	ola.enter(b.link, "/plan/next")
	host.enter(b.hostLink(), "/plan/host")
	host.Open(b.room + "/plan/campaign/lip-1") // which looks by itself each half minute, if it may
	const open = `window.streams.length === 1 && window.streams[0].readyState === 1`
	host.Await(open)
	ola.Await(open)
	Eval[bool](host, `window.same = true`)
	if says := host.says(); strings.Contains(says, "The post goes out in") {
		t.Fatalf("before the tap:\n%s", says)
	}
	ola.Click(`button[value=post-soon]`)
	ola.tells("The post goes out in 10 minutes")
	host.Await(told("The post goes out in 10 minutes"))

	if !Eval[bool](host, `window.same`) {
		t.Log("the host's page was loaded anew") // it has other parts now
	}

	// The other way: her post is moved by somebody else, and what she reads is the new hour.
	ola.Await(open)
	was := Eval[string](ola, `window.same = true, document.querySelector('h1').textContent`)
	b.do("slip", map[string]any{"campaign": "lip-1", "moment": "lip-1.1", "by_secs": 2700, "why": "the train is late"})
	ola.Await(`window.same && document.querySelector('h1').textContent !== ` + quoted(was) + `[0]`)

	// What she has opened and typed stays as it is, also without the focus, while the hour
	// above it does not.
	ola.Click(`.acts .other summary`)
	was = Eval[string](ola, `document.querySelector('.acts input[name=to]').value = '2026-12-24T18:00', document.activeElement.blur(), document.querySelector('h1').textContent`)
	b.do("slip", map[string]any{"campaign": "lip-1", "moment": "lip-1.1", "by_secs": 2700, "why": "later still"})
	ola.Await(`window.same && document.querySelector('h1').textContent !== ` + quoted(was) + `[0]`)
	if !Eval[bool](ola, `document.querySelector('.acts .other').open && document.querySelector('.acts input[name=to]').value === '2026-12-24T18:00'`) {
		t.Error("what she had opened was closed under her hand")
	}
	was = Eval[string](ola, `document.querySelector('.acts .other').open = false, document.querySelector('h1').textContent`)
	b.do("slip", map[string]any{"campaign": "lip-1", "moment": "lip-1.1", "by_secs": 900, "why": "and a little more"})
	ola.Await(`window.same && document.querySelector('h1').textContent !== ` + quoted(was) + `[0]`)
	if got := Eval[string](ola, `document.querySelector('.acts input[name=to]').value`); got != "2026-12-24T18:00" {
		t.Errorf("what she had typed became %q", got)
	}
}

// hostLink gives the host a link.
func (b *besieged) hostLink() string {
	b.t.Helper()
	b.do("give-link", map[string]any{"grant": map[string]any{"party": "web", "role": "host", "expires": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}})
	return b.address(b.t, "web-link-1", b.room)
}
