package cache

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// personalShop prints into its answers everything a visitor sent, and marks them
// public: the worst shop there can be. What its answers say about sharing
// depends on the path.
type personalShop struct {
	mu       sync.Mutex // guards the following fields
	fills    []*http.Request
	sessions int
}

// habits are what a path's answers say. %s is a session, new with each answer.
var habits = map[string][]string{
	"/public.html":       {public},
	"/public.css":        {"Cache-Control: max-age=60"},
	"/vary-cookie.css":   {public, "Vary: Cookie"},
	"/vary-lang.css":     {public, "Vary: Accept-Language"},
	"/vary-forward.css":  {public, "Vary: X-Forwarded-Host, X-Forwarded-Proto"},
	"/vary-agent.css":    {public, "Vary: User-Agent"},
	"/vary-star.css":     {public, "Vary: *"},
	"/set-cookie.css":    {public, "Set-Cookie: session=new"},
	"/token.css":         {public, "Cart-Token: secret"},
	"/private.css":       {"Cache-Control: private, max-age=60"},
	"/no-store.css":      {"Cache-Control: no-store, public, max-age=60"},
	"/two-lines.css":     {public, "Cache-Control: no-store"},
	"/silent.html":       nil,
	"/max-age-page":      {"Cache-Control: max-age=60"},
	"/account/x.css":     {public},
	"/account/y.css":     {"Cache-Control: max-age=60", "Content-Type: text/html"},
	"/account%2fx.css":   {public},
	"/account/..%2fx.js": {public},
	"//account/x.css":    {public},
	"/koszyk;x.css":      {public},

	// Kinds that a preset lists, so that their policy grants something.
	"/kind/silent":    {"Vary: Cookie", "Content-Type: text/html"},
	"/kind/forbidden": {"Cache-Control: no-store, no-cache, must-revalidate", "Pragma: no-cache", "Set-Cookie: OCSESSID=%s; path=/; HttpOnly"},
	"/kind/login":     {"Set-Cookie: login=secret"},
	"/kind/session":   {"Set-Cookie: OCSESSID=%s"},
	"/kind/unmarked":  nil,
	"/unproven":       {"Cache-Control: no-store"},
	"/ajax":           {"Cache-Control: no-store, private", "Content-Type: application/json"},
	"/add":            {"Cache-Control: no-store"},
}

func (p *personalShop) answer(_ context.Context, req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	p.sessions++
	session := fmt.Sprintf("session%09d", p.sessions)
	p.mu.Unlock()
	path := req.URL.EscapedPath()
	var b strings.Builder
	fmt.Fprintf(&b, "host=%s path=%s", req.Host, path)
	for name, values := range req.Header {
		fmt.Fprintf(&b, " %s=%s", name, values)
	}
	if path != "/kind/unmarked" {
		b.WriteString(" kind-mark")
	}
	if path == "/kind/session" {
		b.WriteString(" href=/?sid=" + session)
	}
	lines := slices.Clone(habits[path])
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "%s", session)
	}
	return response(b.String(), lines...), nil
}

func (p *personalShop) fill(ctx context.Context, req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	p.fills = append(p.fills, req)
	p.mu.Unlock()
	time.Sleep(time.Second)
	return p.answer(ctx, req)
}

// rule is one of the rules that keep visitors apart. A test takes one away.
type rule int

const (
	all           rule = iota // nothing is taken away
	ownRequest                // a fill is the edge's own request
	formInKey                 // language and currency are part of the key
	onlyAnonymous             // nobody who is somebody is granted anything
	onlyKnown                 // only cookies that are known are dropped
	onlyProven                // only what is proven is overridden
	onlyReading               // only what reads is answered in place of a POST
	onlyMarked                // only what has the mark of its kind is kept
	lookForIDs                // a session in the body keeps it from being shared
)

// mixing lets many visitors, each with a mark of his own in every field a browser
// or an attacker can set, ask for the same things at once and again, and says in
// what way one was shown what is another's. A visitor may see his own mark (in an
// answer to his own request), never another's.
func mixing(t *testing.T, without rule, rounds, each int) (faults []string, shared int) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{HitForMiss: 10 * time.Second})
		defer c.Close()
		p := &personalShop{}
		var mu sync.Mutex // guards faults and shared
		fault := func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			faults = append(faults, fmt.Sprintf(format, args...))
		}
		ask := func(visitor int, path string) {
			mark := fmt.Sprintf("mark%03d", visitor)
			v := newVisitor(visitor, path, mark)
			r := v.request
			k := KeyOf(Target{
				Host: r.Host, Path: r.URL.EscapedPath(), Header: r.Header, Cookies: v.form,
				Static: strings.HasSuffix(path, ".css") || strings.HasSuffix(path, ".js"),
			})
			if without == formInKey {
				k.Cookies = ""
			}
			fill := p.fill
			switch without {
			case ownRequest:
				fill = func(ctx context.Context, req *http.Request) (*http.Response, error) { return p.fill(ctx, r.Clone(ctx)) }
			case lookForIDs:
				fill = func(ctx context.Context, req *http.Request) (*http.Response, error) {
					resp, err := p.fill(ctx, req)
					if path == "/kind/session" {
						resp.Header.Del("Set-Cookie") // so the cache knows of no id to look for
					}
					return resp, err
				}
			}
			policy := v.policy(without)
			g := newGauge()
			out := c.Serve(g, r, k, policy, fill)
			if !out.Answered() {
				resp, _ := p.answer(r.Context(), r)
				io.Copy(g, resp.Body)
				c.Observe(k, fresh.Exchange{
					Method: r.Method, Request: r.Header, Status: resp.StatusCode, Response: resp.Header,
					Requested: time.Now(), Received: time.Now(),
				}, policy)
				return
			}
			mu.Lock()
			shared++
			mu.Unlock()
			v.judge(fault, out, g)
		}
		for range rounds {
			var wg sync.WaitGroup
			for path := range habits {
				for range each {
					visitor := rand.IntN(1000)
					wg.Go(func() { ask(visitor, path) })
				}
			}
			wg.Wait()
			time.Sleep(13 * time.Second)
		}
		for _, req := range p.fills {
			for name, values := range req.Header {
				switch name {
				case "Accept", "Accept-Encoding", "Accept-Language", "User-Agent":
				case "Cookie":
					if strings.Contains(strings.Join(values, "; "), "mark") {
						fault("a fill carried the cookies %q", values)
					}
				default:
					fault("a fill carried %s", name)
				}
				if strings.Contains(strings.Join(values, " "), "mark") {
					fault("a fill carried %s: %q", name, values)
				}
			}
			if req.Method != "GET" || req.Host != "sklep.pl" || req.ContentLength != 0 {
				fault("fill: %s %s", req.Method, req.Host)
			}
		}
	})
	return faults, shared
}

// visitor is one of them with one request.
type visitor struct {
	n        int
	path     string
	form     string // his currency, as in the key
	personal bool   // he has a session of his own
	request  *http.Request
}

func newVisitor(n int, path, mark string) *visitor {
	v := &visitor{n: n, path: path, personal: n%3 == 0}
	method := "GET"
	if path == "/ajax" || path == "/add" {
		method = "POST"
	}
	r := httptest.NewRequest(method, "http://sklep.pl/", nil)
	r.URL.Path, r.URL.RawPath = unescaped(path), path
	r.Host = []string{"sklep.pl", "SKLEP.PL", "sklep.pl:80", "Sklep.pl."}[n%4]
	for _, name := range []string{
		"X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Original-Url",
		"X-Rewrite-Url", "X-Http-Method-Override", "User-Agent", "Referer", "X-Wp-Nonce", "Cart-Token", "Dnt",
		"Accept-Charset", "If-None-Match", "True-Client-Ip", "Via", "X-Custom",
	} {
		r.Header[name] = []string{mark}
	}
	cookies := []string{"_ga=" + mark}
	if kind := strings.HasPrefix(path, "/kind/") || path == "/ajax"; kind {
		v.form = []string{"", "currency=PLN", "currency=EUR"}[n%3]
	}
	if v.form != "" {
		cookies = append(cookies, v.form)
	}
	if v.personal {
		cookies = append(cookies, "login="+mark)
	}
	r.Header["Cookie"] = []string{strings.Join(cookies, "; ")}
	r.Header["Accept-Language"] = []string{[]string{"pl", "en"}[n%2]}
	r.Header["Accept"] = []string{"text/html;who=" + mark}
	if n%5 == 0 && v.form == "" && !v.personal {
		delete(r.Header, "Cookie")
	}
	if n%7 == 0 {
		r.Header["Authorization"] = []string{mark}
	}
	if n%11 == 0 {
		r.Header["Range"] = []string{"bytes=0-"}
	}
	v.request = r
	return v
}

// policy is what a preset would grant this visitor for this path.
func (v *visitor) policy(without rule) Policy {
	switch {
	case strings.HasSuffix(v.path, ".css") || strings.HasSuffix(v.path, ".js"):
		return Policy{Policy: fresh.Policy{Static: true}}
	case v.personal && without != onlyAnonymous:
		return Policy{}
	case v.path == "/add" && without != onlyReading:
		return Policy{}
	case !strings.HasPrefix(v.path, "/kind/") && v.path != "/ajax" && v.path != "/unproven" && v.path != "/add":
		return Policy{}
	}
	p := kind()
	p.Override = v.path == "/kind/forbidden" || v.path == "/ajax" || v.path == "/add" || without == onlyProven
	p.Reads = v.path == "/ajax" || without == onlyReading
	if without == onlyKnown {
		p.Drop = func(string) bool { return true }
	}
	if without != onlyMarked {
		p.Check = func(_ http.Header, body []byte) string {
			if strings.Contains(string(body), "kind-mark") {
				return ""
			}
			return "kind-mark-missing"
		}
	}
	return p
}

// judge looks at an answer that came from the cache.
func (v *visitor) judge(fault func(string, ...any), out Outcome, g *gauge) {
	path, r, body := v.path, v.request, g.all()
	if strings.Contains(body, "mark0") || strings.Contains(body, "mark1") || strings.Contains(body, "=mark") || strings.Contains(body, "[mark") {
		fault("%s: visitor %d was shown %q", path, v.n, body)
	}
	if !strings.HasPrefix(body, "host=sklep.pl path="+path+" ") && g.status != 304 {
		fault("%s: visitor %d got %q", path, v.n, body)
	}
	if len(r.Header["Authorization"]) > 0 {
		fault("%s: an answer to credentials was shared", path)
	}
	if len(g.h["Set-Cookie"]) > 0 {
		fault("%s: a cookie was shared", path)
	}
	for _, line := range habits[path] {
		for _, never := range []string{"Set-Cookie: session", "Set-Cookie: login", "Cart-Token", "*", "User-Agent"} {
			if strings.Contains(line, never) {
				fault("%s: shared though it says %q", path, line)
			}
		}
		if granted := path == "/kind/forbidden" || path == "/ajax"; !granted && (strings.Contains(line, "private") || strings.Contains(line, "no-store")) {
			fault("%s: shared though it says %q", path, line)
		}
	}
	if path == "/vary-cookie.css" && len(r.Header["Cookie"]) > 0 || path == "/vary-forward.css" || path == "/account/y.css" {
		fault("%s: shared with somebody who sent the field, or is no file", path)
	}
	if path == "/vary-lang.css" && !strings.Contains(body, "Accept-Language=["+r.Header.Get("Accept-Language")+"]") {
		fault("visitor of %s got %q", r.Header.Get("Accept-Language"), body)
	}
	if strings.Contains(body, "sid=") {
		fault("%s: a session was shared: %q", path, body)
	}
	if v.personal && (strings.HasPrefix(path, "/kind/") || path == "/ajax") {
		fault("%s: visitor %d has a session and was given an anonymous page", path, v.n)
	}
	if form := "Cookie=[" + v.form + "]"; v.form != "" && !strings.Contains(body, form) || v.form == "" && strings.Contains(body, "Cookie=") {
		fault("%s: visitor of %q got %q", path, v.form, body)
	}
	if path == "/kind/unmarked" && out.How == Hit {
		fault("%s: something else was kept in place of the page", path)
	}
	if r.Method == "POST" && path != "/ajax" {
		fault("%s: an order to change something never reached the shop", path)
	}
}

func TestTwoVisitors(t *testing.T) {
	faults, shared := mixing(t, all, 4, 60)
	for _, f := range faults[:min(len(faults), 10)] {
		t.Error(f)
	}
	if shared < 500 {
		t.Errorf("only %d answers were shared: the test shows nothing", shared)
	}
}

// Each rule that is taken away is missed, by the fault it prevents.
func TestTwoVisitorsCanFail(t *testing.T) {
	for without, want := range map[rule]string{
		ownRequest: "was shown", formInKey: "visitor of", onlyAnonymous: "has a session", onlyKnown: "Set-Cookie: login",
		onlyProven: "/unproven: shared", onlyReading: "never reached the shop", onlyMarked: "in place of the page",
		lookForIDs: "a session was shared",
	} {
		faults, _ := mixing(t, without, 2, 30)
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("without rule %d nobody misses it: %d faults", without, len(faults))
		}
	}
}

func unescaped(path string) string {
	return strings.NewReplacer("%2f", "/").Replace(path)
}
