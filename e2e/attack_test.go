package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/falochron/falochron/internal/plan"
)

// besieged is a running campaign room with one influencer's post, and her link.
type besieged struct {
	*stage
	room, link string
	evil       *httptest.Server // another site
	mu         sync.Mutex
	referers   []string // what other sites were told of where people came from
}

func besiege(t *testing.T) *besieged {
	t.Helper()
	shop := openShop(t, "--pace", quick)
	b := &besieged{stage: raise(t, "--origin", shop.url, "--plan-listen", "127.0.0.1:0")}
	b.room = strings.TrimSuffix(addresses.FindString(b.edge.Await("campaign room on")), ",")
	b.evil = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.referers = append(b.referers, r.Referer())
		b.mu.Unlock()
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>evil</title><body><h1>evil</h1>")
	}))
	t.Cleanup(b.evil.Close)
	b.do("put-party", map[string]any{"id": "ola", "name": "Ola"})
	b.do("put-party", map[string]any{"id": "eva", "name": "Eva"})
	for shop, star := range map[string]string{"lip": "ola", "hat": "eva"} {
		b.do("put-shop", map[string]any{"id": shop, "name": "Shop " + shop, "zone": "Europe/Warsaw", "parties": []map[string]string{{"party": star, "role": "influencer"}}})
		b.do("put-campaign", map[string]any{"shop": shop, "name": "Campaign of " + shop})
		b.do("put-post", map[string]any{"campaign": shop + "-1", "post": map[string]any{
			"party": star, "channel": "instagram-story", "reach": 300000, "at": time.Now().Add(3 * time.Hour).UTC().Format(time.RFC3339)}})
	}
	b.link = b.give("ola", 48*time.Hour)
	return b
}

// give gives an influencer a link that is good for a while.
func (b *besieged) give(party string, lasts time.Duration) string {
	b.t.Helper()
	b.do("give-link", map[string]any{"grant": map[string]any{"party": party, "role": "influencer", "expires": time.Now().Add(lasts).UTC().Format(time.RFC3339Nano)}})
	var got struct{ Links []plan.Grant }
	b.ask(http.MethodGet, "plan/links", nil, &got)
	newest := ""
	for _, g := range got.Links {
		if string(g.Party) == party {
			newest = string(g.ID)
		}
	}
	return b.address(b.t, newest, b.room)
}

// happened is how much was done in both campaigns.
func (b *besieged) happened() (n int) {
	b.t.Helper()
	for _, id := range []string{"lip-1", "hat-1"} {
		var got struct{ Audit struct{ Entries []any } }
		b.ask(http.MethodGet, "plan/campaigns/"+id+"/audit", nil, &got)
		n += len(got.Audit.Entries)
	}
	return n
}

// Whoever has no right to it gets nothing done, and sees nothing, in a real browser.
func TestTheCampaignRoomUnderSiege(t *testing.T) {
	t.Parallel()
	b := besiege(t)
	browser := StartBrowser(t)
	brief := b.give("ola", 2*time.Second) // it expires while the others are tried
	before := b.happened()

	// Programs that check messages open links too, and fetch what they find there.
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		for range 3 {
			r, err := http.NewRequestWithContext(t.Context(), method, b.link, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if len(resp.Cookies()) > 0 {
				t.Errorf("%s of a link gives a session: %v", method, resp.Cookies())
			}
		}
	}

	// A forged link: each part of it.
	ola := browser.Tab(t)
	ola.speaks("en")
	at := strings.LastIndex(b.link, "/") + 1
	for _, i := range []int{at, (at + len(b.link)) / 2, len(b.link) - 1} {
		other := "A"
		if b.link[i] == 'A' {
			other = "B"
		}
		ola.Open(b.link[:i] + other + b.link[i+1:])
		if Eval[bool](ola, `!!document.querySelector('button')`) || !Eval[bool](ola, told("Open the link you were given")) {
			t.Errorf("a link forged at %d opens: %s", i-at, ola.says())
		}
	}

	// The honest one, opened twice: as on her phone and at her desk.
	ola.enter(b.link, "/plan/next")
	desk := browser.Tab(t)
	desk.speaks("en")
	desk.enter(b.link, "/plan/next")
	desk.tells("Shop lip", "In 10 minutes")
	ola.Open(b.room + "/plan/campaign/hat-1")
	if says := ola.says(); strings.Contains(says, "Shop hat") || !strings.Contains(says, "does not open this page") {
		t.Errorf("another party's campaign: %s", says)
	}

	b.crossSite(ola)
	b.fixation(browser)
	if n := b.happened(); n != before {
		t.Errorf("%d things were done by strangers", n-before)
	}

	// Where she came from is told to nobody else: the address of the door is the key.
	door := browser.Tab(t)
	door.Open(b.link)
	Eval[bool](door, `location.href = '`+b.evil.URL+`/from-the-door', true`)
	door.Await(`document.title === 'evil'`)
	b.mu.Lock()
	for _, from := range b.referers {
		if strings.Contains(from, "/plan/") {
			t.Errorf("another site was told %q", from)
		}
	}
	if len(b.referers) < 3 {
		t.Errorf("the other site was asked %d times", len(b.referers))
	}
	b.mu.Unlock()

	// A page that is open when its link is withdrawn is over, and so is its link: it says so
	// by itself, and where no script runs with the next press.
	still := browser.Tab(t)
	still.speaks("en")
	still.WithoutJavaScript()
	still.enter(b.link, "/plan/next")
	still.tells("Shop lip", "In 10 minutes")
	b.do("revoke-link", map[string]any{"grant": "ola-link-1"})
	desk.tells("This link was withdrawn")
	still.Click(`button[value=post-soon]`)
	still.tells("This link was withdrawn")
	desk.Open(b.link)
	desk.tells("This link was withdrawn")
	late := browser.Tab(t)
	late.speaks("en")
	for limit := time.Now().Add(wait); time.Now().Before(limit); time.Sleep(look) {
		if late.Open(brief); Eval[bool](late, told("This link is no longer good")) {
			break
		}
	}
	late.tells("This link is no longer good")
	if n := b.happened(); n != before {
		t.Errorf("%d things were done by links that were over", n-before)
	}
	b.silent()
}

// crossSite tries, from pages of another site and of another port of the same host, all
// by which a browser sends her cookie along.
func (b *besieged) crossSite(victim *Tab) {
	b.t.Helper()
	for _, from := range []string{b.evil.URL, strings.Replace(b.evil.URL, "127.0.0.1", "localhost", 1)} {
		for _, act := range []string{"act=cancel&post=lip-1.1", "act=post-now&post=lip-1.1"} {
			victim.Open(from + "/form")
			Eval[bool](victim, `(function () {
				const f = document.createElement('form');
				f.method = 'post'; f.action = '`+b.room+`/plan/next';
				new URLSearchParams('`+act+`').forEach(function (v, k) { const i = document.createElement('input'); i.name = k; i.value = v; f.append(i); });
				document.body.append(f); f.submit(); return true; })()`)
			victim.Await(`location.origin === '` + b.room + `' && document.readyState === 'complete'`)
			if says := victim.says(); !strings.Contains(says, "cross-origin") {
				b.t.Errorf("a form of %s is answered: %s", from, says)
			}
		}
		victim.Open(from + "/fetch")
		for _, credentials := range []string{"include", "omit"} {
			for _, mode := range []string{"no-cors", "cors"} {
				got := Eval[string](victim, fmt.Sprintf(`fetch('%s/plan/next', {method: 'POST', credentials: '%s', mode: '%s', body: new URLSearchParams('act=cancel&post=lip-1.1')})
					.then(function (r) { return r.text().then(function (t) { return r.type + ' ' + t.length; }); }, function (e) { return 'failed'; })`, b.room, credentials, mode))
				if want := map[string]string{"no-cors": "opaque 0", "cors": "failed"}[mode]; got != want {
					b.t.Errorf("fetch from %s, %s and %s: %q", from, mode, credentials, got)
				}
				if got := Eval[string](victim, fmt.Sprintf(`fetch('%s/plan/next', {credentials: '%s', mode: 'cors'}).then(function (r) { return 'read'; }, function () { return 'failed'; })`, b.room, credentials)); got != "failed" {
					b.t.Errorf("%s may read her page", from)
				}
			}
		}
		// Her page in a frame of theirs, below what she believes to press. One of their own
		// shows that frames work. A frame of another site is a process of its own, of which
		// Chromium tells the address that was asked for, whatever it shows.
		if from != b.evil.URL {
			continue
		}
		for _, framed := range []string{b.room + "/plan/next", b.link, from + "/own"} {
			victim.Open(from + "/frame")
			Eval[bool](victim, `new Promise(function (done) { const f = document.createElement('iframe'); f.onload = function () { done(true); }; f.src = '`+framed+`'; document.body.append(f); })`)
			if shown := slices.Contains(victim.frames(), framed); shown != strings.HasPrefix(framed, from) {
				b.t.Errorf("%s in a frame of a page of %s is shown: %v", framed, from, shown)
			}
		}
	}
	victim.Open(b.room + "/plan/next")
	victim.tells("Shop lip", "In 10 minutes")
}

// frames are the addresses of what is shown in the frames of the tab's page.
func (tab *Tab) frames() (urls []string) {
	tab.t.Helper()
	tree, err := chromedp.Call(tab.ctx, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		tab.t.Fatal(err)
	}
	for _, f := range tree.FrameTree.ChildFrames {
		urls = append(urls, f.Frame.URL)
	}
	return urls
}

// fixation puts another's session beside hers, as a page on another port of the same host
// can: she must not act as somebody else without knowing it.
func (b *besieged) fixation(browser *Browser) {
	b.t.Helper()
	attacker, victim := browser.Tab(b.t), browser.Tab(b.t)
	attacker.speaks("en")
	victim.speaks("en")
	jar, err := session(b.give("eva", time.Hour))
	if err != nil {
		b.t.Fatal(err)
	}
	// Planted before she opens hers, and for the one page that matters.
	victim.Open(b.evil.URL + "/plant")
	Eval[bool](victim, `document.cookie = 'falo_plan=`+jar+`; path=/plan/next', document.cookie = 'falo_plan=`+jar+`; path=/plan/', true`)
	victim.Open(b.link)
	victim.Click(`button[value=open]`)
	victim.Await(`location.pathname.startsWith('/plan/') && !location.pathname.startsWith('/plan/l/') && !!document.querySelector('main')`)
	victim.Open(b.room + "/plan/next")
	if says := victim.says(); strings.Contains(says, "Eva") || strings.Contains(says, "Shop hat") {
		b.t.Errorf("she acts as another: %s", says)
	}
	// Her own campaign's page, where no cookie was planted, is hers.
	attacker.Open(b.room + "/plan/next")
	if says := attacker.says(); !strings.Contains(says, "Open the link you were given") {
		b.t.Errorf("a browser without a session sees %s", says)
	}
}

// session is the cookie of who opens a link.
func session(link string) (string, error) {
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.PostForm(link, url.Values{"act": {"open"}})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	for _, k := range resp.Cookies() {
		if k.Name == "falo_plan" {
			return k.Value, nil
		}
	}
	return "", fmt.Errorf("%s: no session", resp.Status)
}

// silent fails where the program has written down what opens a door.
func (b *besieged) silent() {
	b.t.Helper()
	secret := b.link[strings.LastIndex(b.link, "/")+1:]
	b.edge.mu.Lock()
	said := strings.Join(b.edge.said, "\n")
	b.edge.mu.Unlock()
	for _, path := range []string{"plan/links", "plan/campaigns/lip-1/audit", "plan/parties/ola/audit", "journal?since=1h"} {
		var raw any
		b.ask(http.MethodGet, path, nil, &raw)
		said += fmt.Sprint(raw)
	}
	if strings.Contains(said, secret) || strings.Contains(said, "/plan/l/") || strings.Contains(said, "falo_plan") {
		b.t.Errorf("what was said and written down holds a link: %s", said)
	}
}

// wire counts the bytes of all answers that a tab gets, header fields included, with
// nothing kept from before.
func (tab *Tab) wire() (bytes *atomic.Int64) {
	tab.t.Helper()
	bytes = new(atomic.Int64)
	if err := chromedp.Listen(tab.ctx, func(ev any) {
		if done, ok := ev.(*network.EventLoadingFinished); ok {
			bytes.Add(int64(done.EncodedDataLength))
		}
	}); err != nil {
		tab.t.Fatal(err)
	}
	if _, err := chromedp.Call(tab.ctx, network.Enable, network.EnableParams{}); err != nil {
		tab.t.Fatal(err)
	}
	if _, err := chromedp.Call(tab.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		tab.t.Fatal(err)
	}
	return bytes
}

// poorly has a tab's network take 400 ms for each answer, at 50 KB/s, and its processor six
// times as long: a cheap phone at the edge of a cell ("slow 3G").
func (tab *Tab) poorly() {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 400, DownloadThroughput: 50_000, UploadThroughput: 50_000}}}); err != nil {
		tab.t.Fatal(err)
	}
	if _, err := chromedp.Call(tab.ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 6}); err != nil {
		tab.t.Fatal(err)
	}
}

// The influencer's page on a cheap phone with a bad network, from the tap on the link on:
// it is small, and its buttons work though the script never comes.
func TestTheInfluencersPageOnASlowPhone(t *testing.T) {
	t.Parallel()
	b := besiege(t)
	ola := StartBrowser(t).Tab(t)
	ola.speaks("pl")
	ola.Phone(360)
	bytes := ola.wire()
	ola.poorly()
	if _, err := chromedp.Call(ola.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: "*://*:*/assets/room.js", Block: true}}}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	ola.Open(b.link)
	ola.Click(`button[value=open]`)
	ola.Await(`location.pathname === '/plan/next' && document.readyState === 'complete'`)
	door := time.Since(began)
	m, err := chromedp.Call(ola.ctx, page.GetAppManifest, page.GetAppManifestParams{}) // fetched by who keeps the page
	if err != nil || len(m.Errors) > 0 {
		t.Errorf("the manifest: %v %+v", err, m)
	}
	began = time.Now()
	n := bytes.Load()
	ola.Open(b.room + "/plan/next")
	again := time.Since(began)
	one := bytes.Load() - n
	t.Logf("from the link to her page %d bytes in %s; her page alone %d bytes in %s", n, door, one, again)
	if n < 10_000 || n > 100_000 || one < 5_000 || one > 100_000 {
		t.Errorf("%d bytes from the link to her page, %d of the page; promised are 100,000 at most", n, one)
	}
	if Eval[bool](ola, `performance.getEntriesByType('resource').some(function (e) { return e.name.endsWith('/assets/room.js') && e.responseStatus === 200; })`) {
		t.Error("the script came: this tests nothing")
	}
	ola.Click(`button[value=post-soon]`)
	ola.tells("Wpis ukaże się za 10 minut", "Cofnij")
}
