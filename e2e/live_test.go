package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// signIn opens the live page the way a person does: by the login page.
func (tab *Tab) signIn(s *stage, who string) {
	tab.t.Helper()
	tab.Open(s.admin + "/")
	tab.Await(`location.pathname === '/login' && !!document.getElementById('token')`)
	tab.Type("#token", s.token)
	tab.Type("#who", who)
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.Await(`document.body.dataset.scene !== 'loading' && !!document.getElementById('hold') && !document.getElementById('hold').disabled`)
}

// figure awaits a number of the live page, by its element, as wanted.
func (tab *Tab) figure(selector, condition string) {
	tab.t.Helper()
	tab.Await(`(function (n) { return ` + condition + `; }(parseFloat(document.querySelector('` + selector + `').textContent.replace(/[^0-9.]/g, ''))))`)
}

// crowd sends people who know nothing of each other to a page and lets them
// reload it as the waiting page does, until the test ends. It is small: tens of
// people, never more requests at once than people.
func crowd(t *testing.T, host, url string, people int) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	for range people {
		go func() {
			defer func() { done <- struct{}{} }()
			var cookies []*http.Cookie
			for ctx.Err() == nil {
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
				if err != nil {
					return
				}
				r.Host = host
				r.Header.Set("Accept", "text/html")
				for _, c := range cookies {
					r.AddCookie(c)
				}
				resp, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					return
				}
				_ = resp.Body.Close()
				cookies = append(cookies, resp.Cookies()...)
				select {
				case <-ctx.Done():
				case <-time.After(2 * time.Second): // as a waiting page near the front
				}
			}
		}()
	}
	t.Cleanup(func() {
		cancel()
		for range people {
			<-done
		}
	})
}

// The live page in the hands of the people who run a shop: log in, see a crowd
// arrive, hold the line, see it grow, let it go on; each order is written down
// with the name.
func TestLivePageShowsAndSteers(t *testing.T) {
	s := openStage(t)
	axe := LoadAxe(t)
	tab := StartBrowser(t).Tab(t)
	tab.speaks("en")
	tab.Do(chromedp.EmulateViewport(1280, 900))
	tab.Open(s.admin + "/login?wrong=1")
	for _, v := range axe.Check(tab) {
		t.Errorf("login: %s", v)
	}
	tab.Picture("login")
	tab.signIn(s, "Ola")
	tab.Picture("live-calm")
	for _, v := range axe.Check(tab) {
		t.Errorf("calm: %s", v)
	}

	press := func(button, sure, audit string) {
		t.Helper()
		tab.Await(`document.getElementById('hold').textContent === '` + button + `'`)
		tab.focus("#hold")
		tab.Do(chromedp.KeyEvent(kb.Enter))
		tab.sure(sure, true)
		tab.logged("Ola mode: " + audit)
	}
	press("Hold the line", "Stop letting people in? Those inside go on buying; everyone in line keeps the place.", "Automatic → Hold")
	tab.Await(`document.body.dataset.scene === 'hold'`)
	crowd(t, "", s.url+lipstick, 20)
	tab.figure("#v-line [data-number]", "n >= 20")
	tab.figure("#v-fans [data-note]", "n >= 1") // the most in one second: how many that is, is the machine's business
	tab.Picture("live-held")
	press("Let people in again", "Let people in again, in the order of the line?", "Hold → Automatic")
	tab.figure("#inside", "n >= 1")
	tab.Await(`document.body.dataset.scene === 'wave'`) // they wait, though all are called
	tab.Picture("live-wave")
	for _, v := range axe.Check(tab) {
		t.Errorf("wave: %s", v)
	}
	tab.figure("#inside", "n >= 10")

	fan := StartBrowser(t).Tab(t)
	fan.Open(s.url + lipstick)
	fan.Await(product)
	fan.Click("#add-form")
	fan.Await(inCart)
	fan.buy(t, s)
	tab.Await(`/\b1 /.test(document.getElementById('orders-note').textContent)`)
	tab.Picture("live-order")
}

// Two shops behind one edge: the page shows the one that is picked, and what is
// done to it is not done to the other.
func TestLivePageOfTwoShops(t *testing.T) {
	t.Parallel()
	left, right := openShop(t, "--pace", quick), openShop(t, "--pace", quick)
	s := raise(t, "--config", file(t, fmt.Sprintf("shops:\n  - {name: usta, hosts: [usta.localhost], origins: ['%s']}\n  - {name: oczy, hosts: [oczy.localhost], origins: ['%s']}\n", left.url, right.url)))
	tab := StartBrowser(t).Tab(t)
	tab.speaks("pl")
	tab.signIn(s, "")
	if shops := Eval[string](tab, `[].map.call(document.querySelectorAll('#shop option'), function (o) { return o.value; }).join()`); shops != "oczy,usta" {
		t.Errorf("shops: %s", shops)
	}
	tab.Do(chromedp.SetValue("#shop", "oczy"))
	Eval[bool](tab, `document.getElementById('shop').dispatchEvent(new Event('change'))`)
	tab.Await(`location.search === '?shop=oczy' && !document.getElementById('hold').disabled`)
	s.ask("POST", "shops/oczy/hold", nil, nil)
	tab.Await(`document.body.dataset.scene === 'hold'`)
	crowd(t, "oczy.localhost", s.url+lipstick, 5)
	tab.figure("#v-line [data-number]", "n === 5")
	tab.Picture("live-two-shops")

	port := s.url[strings.LastIndexByte(s.url, ':'):]
	fan := StartBrowser(t).Tab(t)
	fan.Open("http://usta.localhost" + port + lipstick)
	fan.Await(product)
	fan.Open("http://oczy.localhost" + port + lipstick)
	fan.state("held")
	tab.Do(chromedp.SetValue("#shop", "usta"))
	Eval[bool](tab, `document.getElementById('shop').dispatchEvent(new Event('change'))`)
	tab.Await(`location.search === '?shop=usta' && document.body.dataset.scene !== 'hold'`)
	tab.figure("#inside", "n === 1")
}
