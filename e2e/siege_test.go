package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// watches has every page of a tab count what runs that must not, and what its policy
// reports.
func (tab *Tab) watches() {
	tab.t.Helper()
	if _, err := chromedp.Call(tab.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		window.hasRun = 0; window.ran = function () { window.hasRun++; };
		window.reported = []; addEventListener('securitypolicyviolation', function (e) { window.reported.push(e.violatedDirective + ' ' + e.blockedURI); });`}); err != nil {
		tab.t.Fatal(err)
	}
}

// broken is the expression for what is wrong with a page on which somebody typed markup:
// what ran, what the policy had to stop, elements and attributes that are none of ours,
// addresses that lead elsewhere, and texts that are not whole (a link may stand as
// browsers are sent to it, with %27 for '). It tells which marks it saw, too.
var broken = `(function () {
	const rests = ` + quoted(payload, tight, "%27%22%3E%3Cimg%20src=x%20onerror=ran", "%27%22%3e%3cimg%20src=x%20onerror=ran") + `, bad = [], seen = new Set();
	const whole = function (s) {
		for (const m of s.matchAll(/[qQ]\d{4}z/g)) {
			seen.add(m[0].toLowerCase());
			if (!rests.some(function (r) { return s.startsWith(r, m.index + 6); })) bad.push('cut off: ' + s.slice(m.index, m.index + 90));
		}
	};
	for (const e of document.querySelectorAll('*')) {
		if (/^(iframe|frame|object|embed|base|style)$/.test(e.localName) || e.localName === 'script' && !e.hasAttribute('src') || e.localName === 'img' && !/^\/(assets|plan\/campaign)\//.test(e.getAttribute('src')))
			bad.push('element ' + e.outerHTML.slice(0, 90));
		for (const a of e.attributes) {
			if (!/^[a-zA-Z][a-zA-Z0-9:-]*$/.test(a.name) || /^on|^style$|^srcdoc$/i.test(a.name)) bad.push('attribute ' + a.name + ' of ' + e.localName);
			if (/^(href|src|action|formaction|data|xlink:href)$/.test(a.name) && new URL(a.value.replace(/^webcal:/, 'http:'), location).origin !== location.origin &&
				!(e.localName === 'a' && e.rel === 'nofollow noopener noreferrer' && /^https?:\/\/[^\/@]+\//.test(a.value) && a.name === 'href')) bad.push('leads to ' + a.value);
			whole(a.value);
		}
		for (const n of e.childNodes) if (n.nodeType === 3 && e.localName !== 'script') whole(n.data);
	}
	whole(document.title);
	if (window.hasRun) bad.push('ran: ' + window.hasRun);
	bad.push(...window.reported.map(function (r) { return 'reported: ' + r; }));
	return JSON.stringify({bad: bad, seen: [...seen]});
})()`

func quoted(all ...string) string {
	b, err := json.Marshal(all) // escapes what would end a script
	if err != nil {
		panic(err) // strings
	}
	return string(b)
}

// audit is broken of the tab's page, with the marks added to seen.
func (tab *Tab) audit(seen map[string]bool) (bad []string) {
	tab.t.Helper()
	var found struct{ Bad, Seen []string }
	if err := json.Unmarshal([]byte(Eval[string](tab, broken)), &found); err != nil {
		tab.t.Fatal(err)
	}
	for _, m := range found.Seen {
		seen[m] = true
	}
	return found.Bad
}

// pagesOf are the pages of the campaign room by role, of a shop and a campaign.
func pagesOf(shop, campaign string) map[string][]string {
	war, flow, plan := "/plan/war-room/"+campaign, "/plan/vessels/"+shop, "/plan/campaign/"+campaign
	return map[string][]string{
		"ola": {"/plan/own", "/plan/post", "/plan/post?post=" + campaign + ".1", "/plan/next", "/plan/next/" + shop, plan, "/plan/calendar", "/plan/history", flow, war}, "mm": {"/plan/post", "/plan/next", plan, "/plan/calendar", "/plan/history", flow, war},
		"soft": {"/plan/own", "/plan/own/" + shop, plan, "/plan/calendar", "/plan/history", flow, war}, "web": {"/plan/own", plan, "/plan/calendar", "/plan/host", "/plan/history", flow, war},
		"": {"/plan/next", plan, "/plan/calendar", "/plan/host", "/plan/history", flow, war},
	}
}

// Whatever anybody types, over whatever command, in whatever field, is text: on every
// page, for every role, in both languages, in the API's answers and in the terminal. A
// field or a command that is added is tried without being named here.
func TestWhatIsTypedStaysText(t *testing.T) {
	t.Parallel()
	shop := openShop(t, "--pace", quick)
	s := raise(t, "--origin", shop.url, "--plan-listen", "127.0.0.1:0")
	room := strings.TrimSuffix(addresses.FindString(s.edge.Await("campaign room on")), ",")
	w := theWalk(t, s)
	w.complete()
	typed := 0
	for _, is := range w.typed {
		if is {
			typed++
		}
	}
	if typed < 20 {
		t.Errorf("only %d fields take any text: this tests too little", typed)
	}

	b, seen := StartBrowser(t), &marksSeen{all: map[string]bool{}}
	t.Run("pages", func(t *testing.T) {
		for party, pages := range pagesOf("lip", "lip-1") {
			t.Run(cmp.Or(party, "operator"), func(t *testing.T) {
				t.Parallel()
				w.stays(t, b, party, pages, room, seen)
			})
		}
	})
	shown := map[string]bool{}
	for m := range seen.all {
		shown[w.marks[m]] = true
	}
	for field, is := range w.typed {
		if is && !shown[field] {
			t.Logf("%s is on no page", field)
		}
	}
	if len(shown) < 14 {
		t.Errorf("only %d fields were seen: %v", len(shown), shown)
	}
	w.plainly(t, s)
}

// marksSeen are the marks of what was typed that stood on a page.
type marksSeen struct {
	mu  sync.Mutex
	all map[string]bool // guarded by mu
}

func (s *marksSeen) add(marks map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.all, marks)
}

// stays looks through the pages of one party, empty for an operator, in both languages.
func (w *walk) stays(t *testing.T, b *Browser, party string, pages []string, room string, of *marksSeen) {
	t.Helper()
	seen := map[string]bool{}
	defer of.add(seen)
	tab := b.Tab(t)
	tab.watches()
	tab.Phone(320)
	at := room
	if party == "" {
		at = w.s.admin
		tab.login(w.s)
	} else {
		grant := party + "-link-1"
		if party == "soft" {
			grant = "soft-link-3" // for all its shops, so that it sees its own contacts
		}
		tab.Open(w.s.address(t, grant, room))
		for _, bad := range tab.audit(seen) {
			t.Errorf("the door of %s: %s", party, bad)
		}
		tab.Click(`button[value=open]`)
		tab.Await(`location.pathname !== '/plan/' && !location.pathname.startsWith('/plan/l/')`)
	}
	for _, path := range pages {
		for _, lang := range []string{"pl", "en"} {
			tab.Open(at + path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=" + lang)
			if got := Eval[string](tab, `document.documentElement.lang + ' ' + !!document.querySelector('main')`); got != lang+" true" {
				t.Errorf("%s as %s: not there: %s", path, party, got)
			}
			for _, bad := range tab.audit(seen) {
				t.Errorf("%s as %q in %s: %s", path, party, lang, bad)
			}
			if wide := Eval[int](tab, `document.documentElement.scrollWidth`); wide > 320 {
				t.Errorf("%s as %q in %s: %d px wide on a phone of 320", path, party, lang, wide)
			}
		}
		tab.Picture("siege-" + party + strings.ReplaceAll(path, "/", "-"))
	}
	if party == "mm" {
		w.feed(t, tab, room)
		w.planted(t, tab, room)
	}
}

// address is that of a link that was given by the running program.
func (s *stage) address(t testing.TB, grant, reachedBy string) string {
	t.Helper()
	out, err := exec.Command(Build(t), "campaign", "link", "show", grant, "--data", s.data, "--url", reachedBy).Output()
	if err != nil || !strings.HasPrefix(string(out), reachedBy+"/plan/l/") {
		t.Fatalf("campaign link show %s: %v\n%s", grant, err, out)
	}
	return strings.TrimSpace(string(out))
}

// login signs an operator in at the operators' listener.
func (tab *Tab) login(s *stage) {
	tab.t.Helper()
	tab.Open(s.admin + "/login")
	tab.Type(`input[name=token]`, s.token)
	tab.Click(`button[type=submit], form button`)
	tab.Await(`location.pathname === '/'`)
}

// feed looks through the party's calendar as its phone gets it: each text is one property,
// whatever stands in it (RFC 5545, section 3.1: a line is folded by a break and a space).
func (w *walk) feed(t *testing.T, tab *Tab, room string) {
	t.Helper()
	tab.Open(room + "/plan/calendar?lang=en")
	address := Eval[string](tab, `document.querySelector('.feed code').textContent`)
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.StatusCode, err)
	}
	text := strings.ReplaceAll(strings.ReplaceAll(string(raw), "\r\n ", ""), "\r\n", "\n")
	if bad := unseen(text); len(bad) > 0 {
		t.Errorf("the calendar holds %q", bad)
	}
	shown := 0
	for line := range strings.Lines(text) {
		if n := len(marked.FindAllString(line, -1)); n > 0 {
			shown += n
			if !strings.HasPrefix(line, "SUMMARY:") && !strings.HasPrefix(line, "DESCRIPTION:") {
				t.Errorf("what was typed is a line of its own: %s", line)
			}
		}
	}
	if shown < 3 {
		t.Errorf("%d texts are in the calendar: this tests too little", shown)
	}
}

// planted shows that the audit finds what it is there for: the campaign's page as a
// program would send it that has forgotten to escape, with its policy and without.
func (w *walk) planted(t *testing.T, tab *Tab, room string) {
	t.Helper()
	to, err := url.Parse(room)
	if err != nil {
		t.Fatal(err)
	}
	for _, policy := range []bool{true, false} {
		p := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
		p.ModifyResponse = func(r *http.Response) error {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			if strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
				b = []byte(html.UnescapeString(string(b)))
			}
			if !policy {
				r.Header.Del("Content-Security-Policy")
			}
			r.Header.Del("Content-Length")
			r.ContentLength, r.Body = int64(len(b)), io.NopCloser(bytes.NewReader(b))
			return nil
		}
		fault := httptest.NewServer(p)
		t.Cleanup(func() { // the page listens for news for as long as its tab lives, and Close would wait for that
			fault.CloseClientConnections()
			fault.Close()
		})
		tab.Open(fault.URL + "/plan/campaign/lip-1")
		bad := strings.Join(tab.audit(map[string]bool{}), "\n")
		want := []string{"element <script>", "element <img", "attribute onerror", "cut off"}
		if policy {
			want = append(want, "reported: script-src")
		} else {
			want = append(want, "ran: ")
		}
		for _, s := range want {
			if !strings.Contains(bad, s) {
				t.Errorf("a page that does not escape, with its policy %v: %q is not found in\n%s", policy, s, bad)
			}
		}
	}
}

// unseen is what would command a terminal or turn a line around; our own line breaks
// and tabs do not.
func unseen(s string) (bad []rune) {
	for _, r := range s {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' || r == '\u2028' || r == '\u2029') {
			bad = append(bad, r)
		}
	}
	return bad
}

// plainly looks through what the API answers and the terminal shows.
func (w *walk) plainly(t *testing.T, s *stage) {
	t.Helper()
	for _, path := range []string{"shops", "parties", "links", "campaigns", "calendar", "conflicts", "campaigns/lip-1", "campaigns/lip-1/readiness?lang=pl", "campaigns/lip-1/steps?lang=pl",
		"campaigns/lip-1/conflicts", "campaigns/lip-1/audit", "shops/lip/audit", "parties/soft/audit"} {
		var raw json.RawMessage
		s.ask(http.MethodGet, "plan/"+path, nil, &raw)
		w.bodies = append(w.bodies, string(raw))
	}
	for _, body := range w.bodies {
		if bad := unseen(body); len(bad) > 0 {
			t.Errorf("the API answers with %q: %.300q", bad, body)
		}
		if strings.Contains(body, "<script>") || strings.Contains(body, "<img") {
			t.Errorf("the API answers with what a browser might take for markup: %.300q", body)
		}
	}
	shown := 0
	for i, args := range [][]string{{"show", "lip-1"}, {"list", "--all"}, {"audit", "lip-1"}, {"readiness", "lip-1"}, {"shop", "list"}, {"party", "list"}, {"link", "list"}} {
		cmd := exec.Command(Build(t), append([]string{"campaign", "--data", s.data, "--lang", []string{"pl", "en"}[i%2]}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		if bad := unseen(string(out)); len(bad) > 0 {
			t.Errorf("%v shows the terminal %q", args, bad)
		}
		shown += len(marked.FindAll(out, -1))
	}
	if shown < 20 {
		t.Errorf("%d texts in the terminal: this tests too little", shown)
	}
	// What is not known is said back as it was typed, or not at all.
	out, err := exec.Command(Build(t), "campaign", "show", "\x1b[31mx\u009b\u202e", "--data", s.data).CombinedOutput()
	if bad := unseen(string(out)); err == nil || len(bad) > 0 {
		t.Errorf("a refusal shows the terminal %q: %q", bad, out)
	}
}
