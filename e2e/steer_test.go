package e2e

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// orders are what is in force for the first shop, as the interface tells.
func (s *stage) orders() (o struct {
	Mode    string `json:"mode"`
	Ceiling int    `json:"ceiling"`
}) {
	s.t.Helper()
	all := struct {
		Orders any `json:"orders"`
	}{&o}
	s.ask("GET", "shops/shop", nil, &all)
	return o
}

// sure answers the dialog that stands before every order.
func (tab *Tab) sure(asks string, yes bool) {
	tab.t.Helper()
	tab.Await(`document.getElementById('sure').open && document.activeElement.value === 'no'`) // the safe answer first
	if got := Eval[string](tab, `document.getElementById('sure-text').textContent`); got != asks {
		tab.t.Errorf("it asks %q, want %q", got, asks)
	}
	if yes {
		tab.focus("#sure-yes")
	}
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.Await(`!document.getElementById('sure').open`)
}

// logged awaits a line of the page's log.
func (tab *Tab) logged(text string) {
	tab.t.Helper()
	tab.Await(`[].some.call(document.querySelectorAll('#log li'), function (l) { return l.textContent.indexOf('` + text + `') >= 0; })`)
}

// The two forms of the live page, by keyboard: the mode and the ceiling are
// asked about first, refused where they make no sense, in force afterwards, and
// written down with the name.
func TestLivePageChangesModeAndCeiling(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	tab := StartBrowser(t).Tab(t)
	tab.speaks("en")
	tab.Do(chromedp.EmulateViewport(1280, 900))
	tab.signIn(s, "Ola")

	choose := func(steps int, key string) {
		t.Helper()
		tab.focus("#modes input")
		for range steps {
			tab.Do(chromedp.KeyEvent(key))
		}
		tab.focus("#modes button")
		tab.Do(chromedp.KeyEvent(kb.Enter))
	}
	const toShop = "Change the mode from “Automatic” to “Line before everything”?"
	choose(2, kb.ArrowDown)
	tab.sure(toShop, false)
	if got := s.orders(); got.Mode != "auto" {
		t.Errorf("after a no: %+v", got)
	}
	tab.Await(`document.querySelector('#modes input[value="shop"]').checked`) // what was chosen is not lost
	choose(0, "")
	tab.sure(toShop, true)
	tab.logged("Ola mode: Automatic → Line before everything")
	tab.Await(`document.body.dataset.scene === 'shop' && /Line before everything/.test(document.getElementById('mode-now').textContent)`)
	if got := s.orders(); got.Mode != "shop" {
		t.Errorf("after a yes: %+v", got)
	}

	write := func(text string) {
		t.Helper()
		tab.focus("#ceiling")
		Eval[bool](tab, `document.getElementById('ceiling').select(), true`)
		if text == "" {
			text = kb.Delete
		}
		tab.Do(chromedp.KeyEvent(text), chromedp.KeyEvent(kb.Enter))
	}
	for _, bad := range []string{"abc", "0", "1.5", "999999"} {
		write(bad)
		tab.Await(`!document.getElementById('ceiling-bad').hidden && document.getElementById('ceiling').getAttribute('aria-invalid') === 'true'`)
		if Eval[bool](tab, `document.getElementById('sure').open`) {
			t.Fatalf("%q can be ordered", bad)
		}
	}
	write("2")
	tab.sure("Set the ceiling to 2 requests at once?", true)
	tab.logged("Ola ceiling: none → 2")
	tab.Await(`document.getElementById('ceiling-bad').hidden && document.getElementById('ceiling').value === '2'`)
	tab.Await(`document.querySelector('#v-inshop [data-unit]').textContent === 'requests at once, of 2 it takes'`)
	if got := s.orders(); got.Ceiling != 2 {
		t.Errorf("ceiling: %+v", got)
	}
	tab.Picture("live-steered")
	write("")
	tab.sure("Remove the ceiling?", true)
	tab.logged("Ola ceiling: 2 → none")
	tab.Await(`document.getElementById('ceiling').value === ''`)

	// By mouse, from another mode than the first.
	tab.Click(`#modes input[value="watch"]`)
	tab.Click("#modes button")
	tab.Await(`document.getElementById('sure').open`)
	tab.Click("#sure-yes")
	tab.Await(`document.body.dataset.scene === 'watch'`)
	if got := s.orders(); got.Mode != "watch" || got.Ceiling != 0 {
		t.Errorf("at the end: %+v", got)
	}
}

// Whoever signs out sees nothing more: not on this page, not on another that is
// open, not in a stream that was begun before.
func TestSigningOutEndsWhatWasOpen(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	tab := StartBrowser(t).Tab(t)
	tab.speaks("en")
	tab.signIn(s, "Ola")
	beside := tab.beside()
	beside.Open(s.admin + "/")
	beside.Await(`!!document.getElementById('hold') && !document.getElementById('hold').disabled`)

	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.admin+"/api/v1/shops/shop/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "falo_admin", Value: tab.cookie(s, "falo_admin")})
	stream, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || stream.StatusCode != http.StatusOK {
		t.Fatal(stream, err)
	}
	defer stream.Body.Close()
	first := make([]byte, 64)
	for seen := ""; !strings.Contains(seen, "event: vitals"); {
		n, err := stream.Body.Read(first)
		if err != nil {
			t.Fatalf("after %q: %v", seen, err)
		}
		seen += string(first[:n])
	}

	beside.Click(`form[action="/logout"] button`)
	beside.Await(`location.pathname === '/login'`)
	if _, err := io.Copy(io.Discard, stream.Body); errors.Is(err, context.DeadlineExceeded) {
		t.Error("the stream goes on after the sign-out")
	}
	tab.Await(`location.pathname === '/login'`)
}
