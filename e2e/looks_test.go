package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The real waiting page, as an edge sends it: in the fan's language, on a phone
// and on a desk, in light and dark, with nothing for axe-core to find, nothing
// in the console and nothing asked of another host.
func TestRealWaitingPage(t *testing.T) {
	t.Parallel()
	s := openConfigured(t, "    page: {name: Pracownia Fala, colour: '#8c1d5a', support: {pl: 'Pytania? pomoc@fala.example', en: 'Questions? pomoc@fala.example'}}\n")
	axe := LoadAxe(t)
	s.order("hold", nil)
	crowd(t, "", s.url+lipstick, 7)
	s.until("seven in line", func(n numbers) bool { return n.Vitals.InLine == 7 })
	for i, look := range []struct {
		name, languages, want, scheme string
		width                         int64
	}{
		{"phone-pl-dark", "pl-PL,pl;q=0.9,en;q=0.8", " osób przed Tobą", "dark", 360},
		{"phone-en-light", "en-US,en", " people ahead of you", "light", 360},
		{"desk-pl-light", "pl", " osób przed Tobą", "light", 1280},
		{"desk-en-dark", "en-GB,en;q=0.9,pl;q=0.8", " people ahead of you", "dark", 1280},
	} {
		tab := StartBrowser(t).Tab(t)
		tab.speaks(look.languages)
		tab.Prefers("prefers-color-scheme", look.scheme)
		if look.width < 500 {
			tab.Phone(look.width)
		} else {
			tab.Do(chromedp.EmulateViewport(look.width, 900))
		}
		tab.Open(s.url + lipstick)
		tab.state("held")
		if says := strings.Join(strings.Fields(tab.says()), " "); !strings.Contains(says, strconv.Itoa(7+i)+look.want) || !strings.Contains(says, "Pracownia Fala") || !strings.Contains(says, "pomoc@fala.example") {
			t.Errorf("%s: it says\n%s", look.name, says)
		}
		if wide := Eval[int64](tab, `document.documentElement.scrollWidth`); wide > look.width {
			t.Errorf("%s: %d px wide", look.name, wide)
		}
		if hosts := Eval[string](tab, `performance.getEntriesByType('resource').map(function (e) { return new URL(e.name).host; }).filter(function (h) { return h !== location.host; }).join()`); hosts != "" {
			t.Errorf("%s: asked %s", look.name, hosts)
		}
		for _, v := range axe.Check(tab) {
			t.Errorf("%s: %s", look.name, v)
		}
		tab.Picture("wait-" + look.name)
	}
}

// The shop dies: those who come find a page that says so in their words, with a
// way to try again that works once it is back. A form is told what became of it.
func TestPagesOfADeadShop(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	axe := LoadAxe(t)
	tab := StartBrowser(t).Tab(t)
	tab.speaks("pl")
	tab.Phone(360)
	tab.Open(s.url + lipstick)
	tab.Await(product)
	s.shops[0].Kill()
	tab.Click("#add-form")
	tab.Await(`!!document.getElementById('falochron-error')`)
	if says := tab.says(); !strings.Contains(says, "Sklep teraz nie odpowiada") || !strings.Contains(says, "nic nie zostało kupione") {
		t.Errorf("after a form:\n%s", says)
	}
	tab.Picture("dead-form")
	for _, v := range axe.Check(tab) {
		t.Errorf("form: %s", v)
	}
	tab.Open(s.url + lipstick)
	tab.Await(`!!document.getElementById('falochron-error') || ` + inQueue)
	tab.Picture("dead")
	for _, v := range axe.Check(tab) {
		t.Errorf("page: %s", v)
	}
	Start(t, "toyshop", "--listen", strings.TrimPrefix(s.shops[0].url, "http://"), "--data", s.shops[0].data, "--pace", quick).Await("toyshop listening")
	for try := 0; !Eval[bool](tab, product); try++ {
		if try == 100 {
			t.Fatalf("never back in the shop:\n%s", tab.says())
		}
		if Eval[bool](tab, `!!document.querySelector('a.b')`) {
			tab.Click("a.b") // "try again"
		}
		tab.Await(inShop + ` || ` + inQueue + ` || !!document.getElementById('falochron-error')`)
	}
}
