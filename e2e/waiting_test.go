package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	pages "github.com/falochron/falochron/internal/edge/page"
)

// door is a shop behind a line of one person, whose state the test sets.
type door struct {
	*httptest.Server
	pages *pages.Pages

	mu      sync.Mutex
	view    pages.View  // guarded by mu; State None: the shop itself answers
	seen    []string    // guarded by mu: method and path of every request
	arrived chan string // every request, as seen
}

func openDoor(t *testing.T, v pages.View) *door {
	t.Helper()
	p, err := pages.New(pages.Config{ShopName: "Fala", Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	d := &door{pages: p, view: v, arrived: make(chan string, 1000)}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *door) set(change func(*pages.View)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.view)
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	v := d.view
	d.seen = append(d.seen, r.Method+" "+r.URL.Path)
	d.mu.Unlock()
	d.arrived <- r.Method + " " + r.URL.Path
	v.Now = time.Now()
	switch {
	case r.URL.Path == "/.falochron/status":
		_ = d.pages.ServeStatus(w, r, pages.Status{Lang: v.Lang, State: v.State, Ahead: v.Ahead, WaitLow: v.WaitLow,
			WaitHigh: v.WaitHigh, Poll: v.Poll, Page: v.Page, Start: v.Start})
	case v.State == pages.None || v.State == pages.Called:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>shop</title><h1 id=shop>" + r.Method + "</h1>" +
			"<form method=post action=/cart><button id=b>buy</button></form>"))
	default:
		v.PostMet = r.Method == http.MethodPost
		_ = d.pages.ServeWaiting(w, r, v)
	}
}

// await returns when the request came, or ends the test.
func (d *door) await(t *testing.T, want string) {
	t.Helper()
	for limit := time.After(wait); ; {
		select {
		case got := <-d.arrived:
			if got == want {
				return
			}
		case <-limit:
			d.mu.Lock()
			defer d.mu.Unlock()
			t.Fatalf("no %s, only %v", want, d.seen)
		}
	}
}

func (d *door) count(want string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.seen {
		if s == want {
			n++
		}
	}
	return n
}

var inLine = pages.View{Lang: "pl", State: pages.Waiting, Ahead: 12, WaitLow: time.Minute, WaitHigh: 3 * time.Minute,
	Poll: 2 * time.Second, Page: "/produkt/pomadka?x=1"}

// The script keeps numbers and words up to date and goes in when called, under
// the page's own policy and without a word in the console.
func TestScriptFollowsTheLine(t *testing.T) {
	t.Parallel()
	d := openDoor(t, inLine)
	tab := StartBrowser(t).Tab(t)
	var complaints []string
	var mu sync.Mutex
	tab.Do(chromedp.Navigate("about:blank"))
	go func() {
		for m, err := range chromedp.Console(tab.ctx) {
			if err != nil {
				return
			}
			mu.Lock()
			complaints = append(complaints, m.Text)
			mu.Unlock()
		}
	}()
	tab.Open(d.URL + "/produkt/pomadka?x=1")
	text := func(id string) string {
		t.Helper()
		return Eval[string](tab, `document.getElementById('`+id+`').textContent`)
	}
	if text("n") != "12" || text("w") != "osób przed Tobą" || text("t") != "od 1 do 3\u00a0minut" {
		t.Errorf("at first: %q %q %q", text("n"), text("w"), text("t"))
	}
	boat := `document.getElementById('boat').getAttribute('transform')`
	first := Eval[string](tab, boat)
	d.set(func(v *pages.View) { v.Ahead, v.WaitLow, v.WaitHigh = 2, 0, 0 })
	tab.Await(`document.getElementById('n').textContent === '2'`)
	if text("w") != "osoby przed Tobą" || text("t") != "Jeszcze nie wiemy, ile to potrwa" {
		t.Errorf("then: %q %q", text("w"), text("t"))
	}
	if title := Eval[string](tab, `document.title`); title != "2 przed Tobą · Fala" {
		t.Errorf("title %q", title)
	}
	if Eval[string](tab, boat) == first {
		t.Error("the boat does not move")
	}
	if s := text("s"); s != "" {
		t.Errorf("a screen reader hears %q within the first minute", s)
	}
	// As written by the server, so drawn by the script: reload and compare.
	moved := Eval[string](tab, boat)
	tab.Do(chromedp.Reload())
	if again := Eval[string](tab, boat); again != moved {
		t.Errorf("script puts the boat to %s, server to %s", moved, again)
	}
	d.set(func(v *pages.View) { v.State = pages.Held })
	tab.Await(`document.getElementById('falochron').getAttribute('data-state') === 'held'`)
	d.set(func(v *pages.View) { v.State = pages.Called })
	tab.Await(`!!document.getElementById('shop')`)
	if at := Eval[string](tab, `location.pathname + location.search`); at != "/produkt/pomadka?x=1" {
		t.Errorf("called to %s", at)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, c := range complaints {
		if !strings.Contains(c, "503") { // Chromium reports the page's own status so
			t.Errorf("console: %s", c)
		}
	}
}

// hidden lets a test hide the tab, as another tab in front would.
const hidden = `(function () { var h = false;
Object.defineProperty(document, 'hidden', {get: function () { return h; }});
window.hide = function (on) { h = on; document.dispatchEvent(new Event('visibilitychange')); return true; }; }())`

// "Silent while the tab is hidden": no question, and no place claimed that nobody
// looks at; at once up to date when looked at again.
func TestHiddenTabIsSilent(t *testing.T) {
	t.Parallel()
	d := openDoor(t, inLine)
	tab := StartBrowser(t).Tab(t)
	if _, err := chromedp.Call(tab.ctx, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: hidden}); err != nil {
		t.Fatal(err)
	}
	tab.Open(d.URL + "/")
	d.await(t, "GET /.falochron/status")
	Eval[bool](tab, `hide(true)`)
	before := d.count("GET /.falochron/status")
	d.set(func(v *pages.View) { v.State = pages.Called })
	Eval[bool](tab, `new Promise(function (f) { setTimeout(function () { f(true); }, 5000); })`) // two intervals and a half
	if after := d.count("GET /.falochron/status"); after > before+1 {                            // one may have been under way
		t.Errorf("%d questions from a hidden tab", after-before)
	}
	if Eval[bool](tab, `!!document.getElementById('shop')`) {
		t.Error("a hidden tab went in")
	}
	Eval[bool](tab, `hide(false)`)
	tab.Await(`!!document.getElementById('shop')`)
}

// The edge is away: the page says that the place is kept, asks ever more rarely,
// and recovers by itself.
func TestScriptBacksOff(t *testing.T) {
	t.Parallel()
	d := openDoor(t, inLine)
	tab := StartBrowser(t).Tab(t)
	tab.Open(d.URL + "/")
	Eval[bool](tab, `(function () { var o = XMLHttpRequest.prototype.open; window.broken = true; window.asked = [];
		XMLHttpRequest.prototype.open = function (m, u) { asked.push(+new Date()); return o.call(this, m, broken ? 'http://127.0.0.1:1/' : u, true); };
		return true; }())`)
	tab.Await(`!document.getElementById('e').hidden`)
	tab.Await(`asked.length >= 3`)
	if !Eval[bool](tab, `asked[2] - asked[1] > 1.4 * 2000`) {
		t.Errorf("asked at %v", Eval[[]float64](tab, `asked`))
	}
	Eval[bool](tab, `(broken = false, dispatchEvent(new Event('online')))`) // as a phone does that is out of the tunnel
	tab.Await(`document.getElementById('e').hidden`)
}

// The countdown of the script and of the server agree, and at its end the page
// finds out what it has become.
func TestCountdownRunsOut(t *testing.T) {
	t.Parallel()
	v := inLine
	v.State, v.Start = pages.Prequeue, time.Now().Add(50*time.Minute) // later than any machine looks
	d := openDoor(t, v)
	tab := StartBrowser(t).Tab(t)
	const left = `(function (c) { return /^[0-9]{1,2}:[0-5][0-9]$/.test(c) ? 60 * c.split(':')[0] + +c.split(':')[1] : -1; }(document.getElementById('c').textContent))`
	most := time.Until(v.Start).Seconds()
	tab.Open(d.URL + "/")
	first := Eval[int](tab, left)
	if least := time.Until(v.Start).Seconds(); float64(first) > most+1 || float64(first) < least-2 {
		t.Errorf("countdown from %d s, when between %.0f and %.0f are left", first, least, most)
	}
	tab.Await(fmt.Sprintf(`%s >= 0 && %[1]s <= %d`, left, first-4)) // a busy machine may not draw each second
	if now := Eval[int](tab, left); float64(now) < time.Until(v.Start).Seconds()-2 {
		t.Errorf("%d s are said to be left, and it is %s", now, time.Until(v.Start))
	}
	d.set(func(v *pages.View) { v.State = pages.Waiting })
	tab.Await(`document.getElementById('falochron').getAttribute('data-state') === 'waiting'`)
}

// "HTML works WITHOUT JavaScript": the page comes again by itself and leads in.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	d := openDoor(t, inLine)
	tab := StartBrowser(t).Tab(t)
	tab.WithoutJavaScript()
	tab.Open(d.URL + "/produkt/pomadka")
	d.await(t, "GET /produkt/pomadka")
	d.await(t, "GET /produkt/pomadka") // by itself
	d.set(func(v *pages.View) { v.State = pages.None })
	d.await(t, "GET /produkt/pomadka")
	tab.Visible("#shop")
	if n := d.count("GET /.falochron/status"); n != 0 {
		t.Errorf("%d questions without a script", n)
	}
}

// A form that met the line is never sent again by the page: with and without
// JavaScript it comes back by GET, to the page that had the button.
func TestFormIsNotSentTwice(t *testing.T) {
	t.Parallel()
	for _, script := range []bool{true, false} {
		d := openDoor(t, pages.View{Lang: "pl", State: pages.None, Page: "/produkt/pomadka", Poll: 2 * time.Second})
		tab := StartBrowser(t).Tab(t)
		if !script {
			tab.WithoutJavaScript()
		}
		tab.Open(d.URL + "/produkt/pomadka")
		d.set(func(v *pages.View) { v.State = pages.Waiting })
		tab.Click("#b")
		tab.Visible("div.c")
		d.set(func(v *pages.View) { v.State = pages.Called })
		tab.Visible("#shop")
		if method := Get(tab, chromedp.Text("#shop")); method != "GET" {
			t.Errorf("script %v: the shop got a %s", script, method)
		}
		if n := d.count("POST /cart"); n != 1 {
			t.Errorf("script %v: form sent %d times", script, n)
		}
	}
}
