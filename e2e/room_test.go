package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/falochron/falochron/internal/console"
)

// room serves the pages of the campaign room with canned data, and names them.
func room(t *testing.T) (url string, stories []string) {
	t.Helper()
	s := httptest.NewServer(console.Handler(console.Config{Storybook: true}))
	t.Cleanup(s.Close)
	resp, err := http.Get(s.URL + "/storybook?lang=en")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`href="/storybook/((?:access|hear|influencer|campaign|calendar|history|host|my-shops|own|post|vessels|war-room)[a-z-]*)\?`).FindAllStringSubmatch(string(body), -1) {
		stories = append(stories, m[1])
	}
	if len(stories) < 40 {
		t.Fatalf("only %d stories: %v", len(stories), stories)
	}
	return s.URL + "/storybook/", stories
}

// alike are states that have the elements and colours of others, so that axe-core,
// which takes its second for each, is not asked again.
var alike = []string{
	"access-revoked", "access-forbidden", "influencer-unknown", "influencer-soon", "influencer-looker", "campaign-go", "campaign-looker", "influencer-slipped", "vessels-calm", "war-room-looker", "war-room-shop", "war-room-off", "host-unsure",
	"access-closed-nasty", "influencer-after-nasty", "influencer-wave-nasty", "calendar-nasty", "host-nasty", "vessels-wave-nasty",
}

// One walk through all pages of the campaign room in all their states, on a phone
// of 320 px: axe-core finds nothing; nothing scrolls sideways, nor in a window of 1280 px
// enlarged twice; nothing that somebody typed becomes an element. The languages take turns. Pages with all colours are looked
// at in the dark as well.
func TestEveryPageOfTheCampaignRoom(t *testing.T) {
	t.Parallel()
	axe := LoadAxe(t)
	url, stories := room(t)
	for i, lang := range []string{"pl", "en"} { // each with a tab, and a tab's patience, of its own
		var every []string
		for j := i; j < len(stories); j += 2 {
			every = append(every, stories[j])
		}
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			walkRoom(t, axe, url, lang, every)
		})
	}
}

// walkRoom looks at pages of the campaign room in one language.
func walkRoom(t *testing.T, axe Axe, url, lang string, stories []string) {
	t.Helper()
	tab := StartBrowser(t).Tab(t)
	tab.Phone(320)
	axe.Everywhere(tab)
	for _, story := range stories {
		tab.Prefers("prefers-color-scheme", "light")
		tab.Open(url + story + "?lang=" + lang)
		// Closed details hide their text from the checker.
		state := Eval[string](tab, `(function () {
			document.querySelectorAll('details').forEach(function (d) { d.open = true; });
			return [document.documentElement.lang, document.documentElement.scrollWidth,
				document.querySelectorAll('img[src=x], svg[onload], script:not([src])').length].join(); })()`)
		if state != lang+",320,0" {
			t.Errorf("%s: language, width and what somebody typed are %s", story, state)
		}
		tab.Phone(640)
		if wide := Eval[int](tab, `document.documentElement.scrollWidth`); wide > 640 {
			t.Errorf("%s: %d px wide in a window enlarged twice", story, wide)
		}
		tab.Phone(320)
		if slices.Contains(alike, story) {
			continue
		}
		for _, v := range axe.Check(tab) {
			t.Errorf("%s in %s: %s", story, lang, v)
		}
		tab.Picture("room-" + story + "-phone-light-" + lang)
		if !slices.Contains([]string{"access-expired", "influencer-missing", "influencer-wave", "campaign-no", "calendar", "history", "host", "vessels-wave", "war-room-hold"}, story) {
			continue
		}
		tab.Prefers("prefers-color-scheme", "dark")
		if bad := Eval[string](tab, `axe.run(document, {runOnly: ['color-contrast']}).then(function (r) {
			return r.violations.map(function (v) { return v.nodes.map(function (n) { return n.html; }).join('\n'); }).join('\n'); })`); bad != "" {
			t.Errorf("%s in the dark: too little contrast: %s", story, bad)
		}
	}
}

// A wall does not scroll: every state of the war room stands whole on a screen of 1920 by
// 1080, in both languages, with tables closed as they come.
func TestTheWarRoomFitsAWall(t *testing.T) {
	t.Parallel()
	url, stories := room(t)
	tab := StartBrowser(t).Tab(t)
	tab.Do(chromedp.EmulateViewport(1920, 1080))
	looked := 0
	for _, story := range stories {
		if !strings.HasPrefix(story, "war-room") || strings.HasSuffix(story, "-nasty") {
			continue
		}
		for _, lang := range []string{"pl", "en"} {
			tab.Open(url + story + "?lang=" + lang)
			size := Eval[[]int](tab, `[document.documentElement.scrollWidth, Math.ceil(Math.max(document.querySelector('footer').getBoundingClientRect().bottom,
				document.documentElement.scrollHeight > innerHeight ? document.documentElement.scrollHeight : 0))]`)
			t.Logf("%s in %s: %d by %d", story, lang, size[0], size[1])
			if size[0] > 1920 || size[1] > 1080 {
				t.Errorf("%s in %s: %d by %d", story, lang, size[0], size[1])
			}
			tab.Picture("wall-" + story + "-" + lang)
			looked++
		}
	}
	if looked < 6 {
		t.Errorf("%d pages: this tests too little", looked)
	}
}

// Tab alone reaches every link, button and field of the influencer's page and of
// the war room, each with a focus that is seen; Enter on the button does it.
func TestKeyboardInTheCampaignRoom(t *testing.T) {
	t.Parallel()
	url, _ := room(t)
	tab := StartBrowser(t).Tab(t)
	for _, story := range []string{"influencer-planned", "war-room-wave"} {
		tab.Open(url + story + "?lang=en")
		want := Eval[int](tab, `(function () {
			document.querySelectorAll('details').forEach(function (d) { d.open = true; });
			return [].filter.call(document.querySelectorAll('a[href], button, input:not([type=hidden]), summary, [tabindex="0"]'),
				function (e) { return e.checkVisibility(); }).length; })()`)
		reached := map[string]bool{}
		for range want * 2 { // a field of date and time has several stops of its own
			tab.Do(chromedp.KeyEvent(kb.Tab))
			at := Eval[string](tab, `(function (e) {
				if (e === document.body) return '';
				e.dataset.stop = e.dataset.stop || String(document.querySelectorAll('[data-stop]').length + 1);
				return e.dataset.stop + ' ' + getComputedStyle(e).outlineStyle; }(document.activeElement))`)
			stop, outline, on := strings.Cut(at, " ")
			if !on || reached[stop] && len(reached) == want {
				break
			}
			if outline != "solid" {
				t.Errorf("%s: the focus on stop %s is not seen: %s", story, stop, outline)
			}
			reached[stop] = true
		}
		if len(reached) != want {
			t.Errorf("%s: Tab reaches %d of %d: without %s", story, len(reached), want, Eval[string](tab,
				`[].filter.call(document.querySelectorAll('a[href], button, input:not([type=hidden]), summary, [tabindex="0"]'), function (e) { return e.checkVisibility() && !e.dataset.stop; }).map(function (e) { return e.outerHTML; }).join('\n')`))
		}
	}
	tab.Open(url + "influencer-planned?lang=en")
	Eval[bool](tab, `document.querySelector('[value=post-now]').focus(), true`)
	tab.Do(chromedp.KeyEvent(kb.Enter))
	tab.Await(`location.pathname === '/storybook/influencer-posting'`)
}

// A phone without scripts does all that one with them does: every act of the
// influencer's page is a plain form. Its first load is small, and it can be kept
// beside the apps.
func TestInfluencersPhone(t *testing.T) {
	t.Parallel()
	url, _ := room(t)
	tab := StartBrowser(t).Tab(t)
	tab.Phone(360)
	for _, story := range []string{"influencer-planned", "influencer-wave"} { // the latter is the heaviest, as a test of internal/console says
		first := StartBrowser(t).Tab(t)
		first.Open(url + story + "?lang=pl")
		weight := Eval[int](first, `performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
			.reduce(function (sum, e) { return sum + e.transferSize; }, 0)`)
		t.Logf("first load of %s: %d bytes", story, weight)
		if weight < 20_000 || weight > 100_000 {
			t.Errorf("%s: %d bytes, promised are 100,000 at most", story, weight)
		}
	}
	tab.Open(url + "influencer-planned?lang=pl")
	m, err := chromedp.Call(tab.ctx, page.GetAppManifest, page.GetAppManifestParams{})
	if err != nil || len(m.Errors) > 0 || !strings.Contains(m.Data, `"start_url":"/storybook/influencer-planned"`) {
		t.Errorf("the manifest: %v %+v", err, m)
	}

	plain := StartBrowser(t).Tab(t)
	plain.Phone(360)
	plain.WithoutJavaScript()
	for _, q := range []struct{ open, button, to string }{
		{"", `[value="post-now"]`, "posting"}, {"", `[value="post-soon"]`, "soon"}, {"", `[value="30"]`, "slipped"},
		{".other:nth-of-type(1) summary", `[name="to"] + button`, "slipped"}, {".other:nth-of-type(2) summary", `[value="cancel"]`, "cancelled"}, {"", `[value="unplanned"]`, "unplanned"},
	} {
		plain.Open(url + "influencer-planned?lang=en")
		if q.open != "" {
			plain.Click(q.open)
		}
		plain.Click(q.button)
		plain.Await(fmt.Sprintf(`location.pathname === '/storybook/influencer-%s'`, q.to))
	}
	plain.Await(`document.readyState === 'complete'`) // the path is there before the page is
	if says := plain.says(); !strings.Contains(says, "Told everybody") || !strings.Contains(says, "Take it back") {
		t.Errorf("after the last button it says\n%s", says)
	}
}

// A page that is open follows what happens by itself: numbers change in their
// places, and what is new appears once its reader has nothing open.
func TestPagesFollow(t *testing.T) {
	t.Parallel()
	h := console.NewPages(console.Config{})
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			console.Handler(console.Config{}).ServeHTTP(w, r)
			return
		}
		n := int(asked.Add(1))
		v := &console.WarRoomView{Shop: "x", Campaign: "y", Mode: "auto", Live: &console.Live{People: 100 + n, Shop: "fine"}}
		v.Home = "/"
		if n > 4 {
			v.Decisions = []console.Line{{Who: "Ola", What: console.Text{EN: "posted"}}}
		}
		h.Show(w, r, v)
	}))
	t.Cleanup(s.Close) // after the tab, which goes on asking
	tab := StartBrowser(t).Tab(t)
	tab.Open(s.URL + "/?lang=en")
	Eval[bool](tab, `window.same = true`)
	tab.Await(`window.same && /10[2-4] people/.test(document.getElementById('live').textContent)`)
	Eval[bool](tab, `document.querySelector('summary').click(), true`)
	tab.Await(`window.same && /10[5-9] people/.test(document.getElementById('live').textContent) && !document.getElementById('decision-list')`)
	Eval[bool](tab, `document.querySelector('summary').click(), document.activeElement.blur(), true`)
	tab.Await(`!window.same && !!document.getElementById('decision-list')`)
}

// A page that is left without an answer says that it may be old, and says so no more when
// there is one again; one that may be seen no more is not left standing as if it were good.
func TestAnOpenPageDoesNotPretend(t *testing.T) {
	t.Parallel()
	h := console.NewPages(console.Config{})
	var status atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			console.Handler(console.Config{}).ServeHTTP(w, r)
			return
		}
		switch n := int(status.Load()); n {
		case 0:
			v := &console.WarRoomView{Shop: "x", Campaign: "y", Mode: "auto", Live: &console.Live{People: 100, Shop: "fine"}}
			v.Home = "/"
			h.Show(w, r, v)
		case http.StatusGone:
			h.Show(w, r, &console.AccessView{Frame: console.Frame{Home: "/", Status: n}, State: console.DoorRevoked})
		default:
			w.WriteHeader(n)
		}
	}))
	t.Cleanup(s.Close) // after the tab, which goes on asking
	tab := StartBrowser(t).Tab(t)
	const hidden = `document.getElementById('cut-off').hidden`
	tab.Open(s.URL + "/?lang=en")
	if !Eval[bool](tab, hidden+` && (window.same = true)`) {
		t.Error("it says that it is cut off when it is not")
	}
	status.Store(http.StatusServiceUnavailable)
	tab.Await(`window.same && !` + hidden)
	status.Store(0)
	tab.Await(`window.same && ` + hidden)
	status.Store(http.StatusGone)
	tab.tells("This link was withdrawn")
}
