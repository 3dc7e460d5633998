package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

func render(t testing.TB, p *Pages, s Story) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch {
	case s.Waiting != nil:
		err = p.Waiting(&b, *s.Waiting)
	case s.Left != nil:
		err = p.Left(&b, *s.Left)
	case s.Test != nil:
		err = p.Test(&b, *s.Test)
	case s.Away != nil:
		err = p.TurnedAway(&b, *s.Away)
	default:
		err = p.Error(&b, *s.Error)
	}
	if err != nil {
		t.Fatal(s.Name, err)
	}
	return b.String()
}

// What measuring crowds and browsers rely on, in every state and language.
func TestEveryStoryIsWhole(t *testing.T) {
	p := mustNew(t, Config{ShopName: "Fala", LogoURL: "/logo.svg"})
	foreign := regexp.MustCompile(`https?:|url\(|@import|(src|href|action)="?//`)
	for _, lang := range offered {
		for _, s := range Stories(lang, noon) {
			html := render(t, p, s)
			for _, want := range []string{"<!doctype html>\n<html lang=\"" + lang + "\">", `<meta charset="utf-8">`, "<title>", "<h1>", "<main id=\"falochron", "</html>\n"} {
				if strings.Count(html, want) != 1 {
					t.Errorf("%s %s: %q occurs %d times", lang, s.Name, want, strings.Count(html, want))
				}
			}
			if bad := foreign.FindString(html); bad != "" {
				t.Errorf("%s %s: leads elsewhere: %q", lang, s.Name, bad)
			}
			if strings.Contains(html, "ZgotmplZ") || strings.Contains(html, "<no value>") || strings.Contains(html, "%!") {
				t.Errorf("%s %s: a value was refused", lang, s.Name)
			}
			if s.Waiting == nil {
				continue
			}
			state := s.Waiting.State
			if state == "" {
				state = Waiting
			}
			for _, want := range []string{
				fmt.Sprintf(`data-state="%s" data-ahead="%d" data-wait-low="%d"`, state, s.Waiting.Ahead, int(s.Waiting.WaitLow/time.Second)),
				`<noscript><meta http-equiv="refresh" content="`, `data-poll="`, `data-status="status.json`, `data-page="/p`,
			} {
				if !strings.Contains(html, want) {
					t.Errorf("%s %s: lacks %q", lang, s.Name, want)
				}
			}
		}
	}
}

func TestRefreshGoesWhereItMay(t *testing.T) {
	p := mustNew(t, Config{})
	refresh := regexp.MustCompile(`http-equiv="refresh" content="([^"]*)"`)
	for want, v := range map[string]View{
		"15":   {Page: "/p"},
		"7":    {Page: "/p", Poll: 7 * time.Second},
		"2":    {Page: "/p", Poll: time.Millisecond},
		"3600": {Page: "/p", Poll: 24 * time.Hour},
		"14":   {Page: "/p", PostMet: true, AskHere: true, Poll: 14 * time.Second},
		// Never at the form's own address, but where it is said again.
		"15;url=/.falochron/wait?to=%2Fp%3Fx%3D1": {Page: "/p?x=1", PostMet: true},
		"8;url=/p?x=1": {Page: "/p?x=1", PostMet: true, State: Called, Poll: 8 * time.Second},
		// The ticket goes along, beside the page wanted and not within it.
		"9;url=/.falochron/wait?to=%2Fp&amp;falo_t=T": {Page: "/p?falo_t=T", StatusURL: "/s?falo_t=T", AtPage: true,
			PostMet: true, Poll: 9 * time.Second},
		"10;url=/.falochron/wait?to=%2Fp%3Fx%3D1&amp;falo_t=T": {Page: "/p?x=1&falo_t=T", StatusURL: "/s?falo_t=T", AtPage: true,
			PostMet: true, AskHere: true, Poll: 10 * time.Second},
		"5;url=/p": {Page: "/p#top", Poll: 5 * time.Second, State: Called},
		"3;url=/p?falo_t=" + strings.Repeat("t", 600): {Page: "/p?falo_t=" + strings.Repeat("t", 600), AtPage: true, State: Called, Poll: 3 * time.Second},
		// Nor at the page wanted before the turn comes, which may be open to all.
		"4;url=/.falochron/wait?to=%2Fp%3Fx%3D1&amp;falo_t=" + strings.Repeat("t", 600) + "&amp;met=look": {Page: "/p?x=1&falo_t=" + strings.Repeat("t", 600),
			StatusURL: "/s?falo_t=" + strings.Repeat("t", 600), AtPage: true, Poll: 4 * time.Second},
		"15;url=/.falochron/wait?to=%2F&amp;met=look": {Page: "//evil.example/", AtPage: true},
		"16;url=/":               {Page: "javascript:alert(1)", State: Called, Poll: 16 * time.Second},
		"17;url=/p":              {Page: "/p?" + strings.Repeat("x", 400), State: Called, Poll: 17 * time.Second},
		"17;url=/p?id=7&amp;a=b": {Page: "/p?id=7&a=b&fbclid=" + strings.Repeat("x", 400), State: Called, Poll: 17 * time.Second},
		"17;url=/p?id=7":         {Page: "/p?id=7&z=" + strings.Repeat("+", 80), State: Called, Poll: 17 * time.Second},
		"17;url=/.falochron/wait?to=%2Fp%3Fid%3D7":            {Page: "/p?id=7&z=" + strings.Repeat("=", 120), PostMet: true, Poll: 17 * time.Second},
		"15;url=/.falochron/wait?to=%2Fp%3Bq%27&amp;met=look": {Page: "/p;q'", AtPage: true},
		"18;url=/.falochron/wait?to=%2F":                      {Page: "//evil.example/", PostMet: true, Poll: 18 * time.Second},
		"19;url=/.falochron/wait?to=%2Fp%27":                  {Page: "/p'", PostMet: true, Poll: 19 * time.Second},
	} {
		got := refresh.FindStringSubmatch(render(t, p, Story{Waiting: &v}))
		if got == nil || got[1] != want {
			t.Errorf("%+v: refresh %q, want %q", v, got, want)
		}
	}
}

// While nobody is let in, no range of the wait is honest, whatever comes in.
func TestHeldPromisesNoTime(t *testing.T) {
	p := mustNew(t, Config{})
	v := View{Lang: "en", State: Held, Ahead: 3, WaitLow: time.Minute, WaitHigh: 2 * time.Minute}
	html := render(t, p, Story{Waiting: &v})
	status := string(p.AppendStatus(nil, Status{Lang: "en", State: Held, Ahead: 3, WaitLow: time.Minute, WaitHigh: 2 * time.Minute}))
	for _, got := range []string{html, status} {
		if !strings.Contains(got, "We do not know yet how long") {
			t.Errorf("a time is promised: %s", got)
		}
	}
	if !strings.Contains(html, `data-wait-low="0" data-wait-high="0"`) || !strings.Contains(status, `"wait_low_s":0,"wait_high_s":0`) {
		t.Error("the numbers promise a time")
	}
}

// Whatever text comes in leaves as text.
func TestNothingBreaksOut(t *testing.T) {
	for _, evil := range []string{
		`"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `</title><script>alert(1)</script>`,
		`" onfocus="alert(1)" autofocus x="`, `{{.V}}`, "`-alert(1)-`", `--></style><svg onload=alert(1)>`, "javascript:alert(1)",
	} {
		p, err := New(Config{ShopName: clip(evil, 50), SupportText: map[string]string{"pl": evil, "en": evil}, Location: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		for _, state := range []State{Waiting, Prequeue, SoldOut, Held, Called, State(evil)} {
			v := View{
				Lang: evil, State: state, Now: noon, Start: noon.Add(time.Hour), Page: "/" + evil, Article: evil, PostMet: true,
				SlidNote: true, TicketURL: evil, StatusURL: evil, LeaveURL: evil, StayURL: evil, DrawCommitment: evil,
				DrawSeed: evil, RequestID: evil,
			}
			unbroken(t, render(t, p, Story{Waiting: &v}), evil, 1)
		}
		unbroken(t, render(t, p, Story{Error: &ErrorView{Kind: Kind(evil), RequestID: evil, Lang: evil}}), evil, 0)
		for _, js := range [][]byte{
			p.AppendStatus(nil, Status{Lang: evil, State: Waiting, Page: "/" + strings.ReplaceAll(evil, " ", "")}),
			AppendRefusal(nil, Waiting, evil),
			AppendError(nil, ErrorView{Kind: Kind(evil), RequestID: evil, Lang: evil}),
		} {
			if !json.Valid(js) || bytes.Contains(js, []byte("<")) {
				t.Errorf("%q gives %s", evil, js)
			}
		}
	}
}

func unbroken(t *testing.T, html, evil string, scripts int) {
	t.Helper()
	if n := strings.Count(html, "<script"); n != scripts {
		t.Errorf("%q: %d scripts", evil, n)
	}
	if strings.ContainsAny(evil, `<"`) && strings.Contains(html, evil) {
		t.Errorf("%q is in the page as it came", evil)
	}
	if strings.Contains(html, `="javascript:`) && !strings.Contains(html, `data-status="javascript:`) {
		t.Errorf("%q is an address", evil)
	}
	if strings.Count(html, "<h1>") != 1 || strings.Count(html, "<img") != 0 || strings.Count(html, "<svg") != 1 {
		t.Errorf("%q adds elements", evil)
	}
}

// The policy allows exactly the style and the script that are in the page.
func TestPolicyFitsThePage(t *testing.T) {
	p := mustNew(t, Config{Colour: "#c2185b"})
	for _, lang := range offered {
		w := httptest.NewRecorder()
		if err := p.ServeWaiting(w, httptest.NewRequest("GET", "/", nil), View{Lang: lang}); err != nil {
			t.Fatal(err)
		}
		csp := w.Header().Get("Content-Security-Policy")
		for _, tag := range []string{"script", "style"} {
			_, rest, _ := strings.Cut(w.Body.String(), "<"+tag+">")
			inner, _, _ := strings.Cut(rest, "</"+tag+">")
			sum := sha256.Sum256([]byte(inner))
			if want := tag + "-src 'unsafe-inline' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(csp, want) {
				t.Errorf("%s: policy lacks %s:\n%s", lang, want, csp)
			}
		}
		if strings.Contains(w.Body.String(), " style=") || regexp.MustCompile(` on[a-z]+=`).MatchString(w.Body.String()) {
			t.Errorf("%s: something in the page is against its own policy", lang)
		}
	}
}

func TestServe(t *testing.T) {
	p := mustNew(t, Config{Statuses: Statuses{Page: 200, Script: 429}})
	get, head := httptest.NewRequest("GET", "/", nil), httptest.NewRequest("HEAD", "/", nil)
	for _, c := range []struct {
		name                    string
		serve                   func(http.ResponseWriter) error
		status                  int
		kind, state, retry, has string
	}{
		{"page", func(w http.ResponseWriter) error {
			return p.ServeWaiting(w, get, View{State: Held, Poll: 9 * time.Second})
		}, 200, "text/html; charset=utf-8", "held", "9", "<h1>"},
		{"head", func(w http.ResponseWriter) error { return p.ServeWaiting(w, head, View{}) }, 200, "text/html; charset=utf-8", "waiting", "15", ""},
		{"refusal", func(w http.ResponseWriter) error { return p.ServeRefusal(w, get, SoldOut, 0, "R1") }, 429, "application/json", "soldout", "15", `{"error":"waiting_room","state":"soldout","status":"/.falochron/status","request_id":"R1"}`},
		{"status", func(w http.ResponseWriter) error { return p.ServeStatus(w, get, Status{State: Called, Page: "/p"}) }, 200, "application/json", "called", "", `{"state":"called","ahead":0,"wait_low_s":0,"wait_high_s":0,"poll_s":15,"page":"/p","start":""}`},
		{"error", func(w http.ResponseWriter) error {
			return p.ServeError(w, get, ErrorView{Status: 504, Posted: true}, false)
		}, 504, "text/html; charset=utf-8", "", "", "Nie wiemy, czy sklep"},
		{"error for scripts", func(w http.ResponseWriter) error {
			return p.ServeError(w, get, ErrorView{Kind: Shed, Lang: "en", RetryAfter: 1500 * time.Millisecond, RequestID: "R2"}, true)
		}, 503, "application/json", "", "2", `{"error":"shop_full","code":503,"message":"The shop is full right now","retry_after_s":2,"request_id":"R2"}`},
		{"the shop is away, for scripts", func(w http.ResponseWriter) error {
			return p.ServeError(w, get, ErrorView{Kind: ShopDown}, true)
		}, 503, "application/json", "", "", `{"error":"shop_down"`},
		{"nothing a visitor can do, for scripts", func(w http.ResponseWriter) error {
			return p.ServeError(w, get, ErrorView{Kind: ShopTimeout}, true)
		}, 504, "application/json", "", "", `{"error":"shop_timeout"`},
	} {
		w := httptest.NewRecorder()
		if err := c.serve(w); err != nil {
			t.Fatal(c.name, err)
		}
		h := w.Header()
		if w.Code != c.status || h.Get("Content-Type") != c.kind || h.Get(StateHeader) != c.state || h.Get("Retry-After") != c.retry {
			t.Errorf("%s: %d %v", c.name, w.Code, h)
		}
		// A script's refusal that its visitor must hear of says so in a field of its
		// own: nobody stands in line by it.
		wantRefused := ""
		for _, k := range []Kind{Shed, ShopDown} {
			if strings.Contains(c.has, `{"error":"`+string(k)+`"`) {
				wantRefused = string(k)
			}
		}
		if got := h.Get(RefusedHeader); got != wantRefused {
			t.Errorf("%s: refused %q, want %q", c.name, got, wantRefused)
		}
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Length") == "" {
			t.Errorf("%s: %v", c.name, h)
		}
		if body := w.Body.String(); !strings.Contains(body, c.has) || c.has == "" && body != "" {
			t.Errorf("%s: body %.300s", c.name, body)
		}
	}
}

func TestStatusSaysItInWords(t *testing.T) {
	p := mustNew(t, Config{})
	b := p.AppendStatus(nil, Status{Lang: "pl", State: Waiting, Ahead: 12345, WaitLow: 10 * time.Minute, WaitHigh: 15 * time.Minute,
		Poll: 20 * time.Second, Page: "/p?a=\"ż\xff", Start: noon})
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	say, _ := got["say"].(map[string]any)
	if got["start"] != "2026-06-05T12:00:05Z" || got["poll_s"] != 20.0 || got["ahead"] != 12345.0 ||
		say["number"] != "12\u00a0345" || say["ahead"] != "osób przed Tobą" || say["wait"] != "od 10 do 15\u00a0minut" || say["title"] != "12\u00a0345 przed Tobą" {
		t.Errorf("got %v", got)
	}
}

// With the words of its state a status turns one waiting page into another, so
// that a start is not a page for everybody at once; they are those of the page.
func TestStatusSaysWhatThePageSays(t *testing.T) {
	p := mustNew(t, Config{})
	for _, lang := range offered {
		for _, state := range []State{Waiting, Held} {
			var got struct{ Say struct{ Head, Lead string } }
			if err := json.Unmarshal(p.AppendStatus(nil, Status{Lang: lang, State: state}), &got); err != nil {
				t.Fatal(err)
			}
			html := render(t, p, Story{Waiting: &View{Lang: lang, State: state}})
			for _, want := range []string{"<h1>" + got.Say.Head + "</h1>", `<span id="l">` + got.Say.Lead + "</span>"} {
				if got.Say.Head == "" || got.Say.Lead == "" || !strings.Contains(html, want) {
					t.Errorf("%s %s: the page lacks %q", lang, state, want)
				}
			}
		}
	}
}

// A page before the start has the places that the script fills after it, and
// says over how long the first questions are to be spread; so does its status.
func TestBeforeTheStart(t *testing.T) {
	p := mustNew(t, Config{})
	v := View{State: Prequeue, Now: noon, Start: noon.Add(time.Minute), Spread: 250 * time.Second, DrawCommitment: "c0ffee", DrawSeed: "5eed", DrawCount: 9}
	html := render(t, p, Story{Waiting: &v})
	for _, want := range []string{`data-spread="250"`, `<div id="q" hidden>`, `<b id="n"`, `<span id="w">`, `<b id="t">`, `<div id="p">`, `<span id="l">`, "c0ffee", `href="/.falochron/draw"`} {
		if !strings.Contains(html, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if strings.Contains(html, "5eed") {
		t.Error("the seed is told before the start")
	}
	for spread, want := range map[time.Duration]string{0: "10", time.Millisecond: "1", 250 * time.Second: "250", 48 * time.Hour: "3600"} {
		status := string(p.AppendStatus(nil, Status{State: Prequeue, Spread: spread}))
		if !strings.Contains(status, `,"spread_s":`+want+"}") {
			t.Errorf("%v: %s, want %s s", spread, status, want)
		}
	}
	if status := string(p.AppendStatus(nil, Status{State: Waiting, Spread: time.Minute})); strings.Contains(status, "spread_s") {
		t.Errorf("after the start: %s", status)
	}
}

// Whoever was drawn finds on the page all that verify-draw asks for.
func TestDrawDetails(t *testing.T) {
	p := mustNew(t, Config{})
	v := View{State: Waiting, DrawCommitment: "c0ffee", DrawSeed: "5eed", DrawCount: 12000, DrawFirst: 57, DrawPlace: 3, Place: 60}
	for lang, want := range map[string]string{
		"pl": "Losowanych miejsc: 12000, pierwsze ma numer 57. Miejsce numer 60 wylosowano jako 3. w kolejności.",
		"en": "Places drawn: 12000, the first is number 57. Place number 60 was drawn as number 3 in the order.",
	} {
		v.Lang = lang
		html := render(t, p, Story{Waiting: &v})
		for _, want := range []string{want, "c0ffee", "5eed", `href="/.falochron/draw"`} {
			if !strings.Contains(html, want) {
				t.Errorf("%s: lacks %q", lang, want)
			}
		}
	}
	v.DrawSeed, v.DrawCommitment, v.DrawCount = "", "", 0 // came later
	if html := render(t, p, Story{Waiting: &v}); strings.Contains(html, "/.falochron/draw") {
		t.Error("somebody who was not drawn is told of a draw")
	}
}

// A note of a press in vain is a page to come back to; where one was inside.
func TestRefusedLeadsBack(t *testing.T) {
	p := mustNew(t, Config{})
	for to, want := range map[string]string{
		"/p?x=1": `<a class="b" href="/p?x=1">Back to the shop</a>`, "//evil.example": `<a class="b" href="/">Back to the shop</a>`,
		"javascript:alert(1)": `<a class="b" href="/">Back to the shop</a>`,
	} {
		html := render(t, p, Story{Error: &ErrorView{Lang: "en", Kind: Shed, Posted: true, Back: to}})
		if !strings.Contains(html, want) || !strings.Contains(html, "did not reach the shop") {
			t.Errorf("%s: lacks %s", to, want)
		}
	}
	for text, want := range map[string]Kind{"shop_full": Shed, "shop_down": ShopDown, "internal": Shed, "": Shed, "<b>": Shed} {
		if got := RefusalOf(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// The words are in the language of the browser that asks.
func TestStatusFollowsTheBrowser(t *testing.T) {
	p := mustNew(t, Config{})
	r := httptest.NewRequest("GET", "/.falochron/status", nil)
	r.Header.Set("Accept-Language", "en-GB")
	w := httptest.NewRecorder()
	if err := p.ServeStatus(w, r, Status{State: Waiting, Ahead: 2}); err != nil || !strings.Contains(w.Body.String(), "people ahead of you") {
		t.Errorf("%v %s", err, w.Body)
	}
}

func TestErrorKinds(t *testing.T) {
	for status, want := range map[int]Kind{400: BadRequest, 404: UnknownHost, 405: BadRequest, 413: TooLarge, 421: UnknownHost, 429: TooMany,
		431: HeadersTooLarge, 418: BadRequest, 500: Internal, 502: BadGateway, 503: Shed, 504: ShopTimeout, 508: Loop, 599: Internal} {
		v := ErrorView{Status: status}
		if v.settle(); v.Kind != want || v.Status != status {
			t.Errorf("%d is %s with %d, want %s", status, v.Kind, v.Status, want)
		}
	}
	for _, k := range kinds {
		v := ErrorView{Kind: k.Kind}
		if v.settle(); v.Status != k.Status {
			t.Errorf("%s is %d, want %d", k.Kind, v.Status, k.Status)
		}
	}
}

func TestStorybookHasEveryPage(t *testing.T) {
	h, err := Storybook(Config{}, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	links := regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1)
	if want := 2 * 3 * len(Stories("pl", noon)); len(links) != want {
		t.Fatalf("%d links, want %d", len(links), want)
	}
	for _, l := range links {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/"+l[1], nil))
		if !strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("%s: %d", l[1], w.Code)
		}
	}
	for _, none := range []string{"/pl/auto/nothing", "/pl/sepia/waiting"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", none, nil))
		if w.Code != 404 || strings.Contains(w.Body.String(), "<h1>") {
			t.Errorf("%s: %d", none, w.Code)
		}
	}
}

func BenchmarkWaiting(b *testing.B) {
	p, v := mustNew(b, Config{ShopName: "Fala"}), *Stories("pl", noon)[0].Waiting
	b.ReportAllocs()
	for b.Loop() {
		_ = p.Waiting(io.Discard, v)
	}
}

func BenchmarkStatus(b *testing.B) {
	p := mustNew(b, Config{})
	st := Status{Lang: "pl", State: Waiting, Ahead: 12345, WaitLow: 10 * time.Minute, WaitHigh: 15 * time.Minute, Page: "/p?x=1"}
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		buf = p.AppendStatus(buf[:0], st)
	}
}
