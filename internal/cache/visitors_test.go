package cache

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
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
	mu    sync.Mutex // guards fills
	fills []*http.Request
}

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
	"/account%2fx.css":   {public},
	"/account/..%2fx.js": {public},
	"//account/x.css":    {public},
	"/koszyk;x.css":      {public},
}

func (p *personalShop) answer(_ context.Context, req *http.Request) (*http.Response, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "host=%s path=%s", req.Host, req.URL.EscapedPath())
	for name, values := range req.Header {
		fmt.Fprintf(&b, " %s=%s", name, values)
	}
	return response(b.String(), habits[req.URL.EscapedPath()]...), nil
}

func (p *personalShop) fill(ctx context.Context, req *http.Request) (*http.Response, error) {
	p.mu.Lock()
	p.fills = append(p.fills, req)
	p.mu.Unlock()
	time.Sleep(time.Second)
	return p.answer(ctx, req)
}

// TestTwoVisitors lets many visitors, each with a mark of his own in every field
// a browser or an attacker can set, ask for the same things at once and again.
// A visitor may see his own mark (in an answer to his own request), never
// another's.
func TestTwoVisitors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{HitForMiss: 10 * time.Second})
		defer c.Close()
		p := &personalShop{}
		shared := 0
		var mu sync.Mutex // guards shared
		ask := func(visitor int, path string) {
			mark := fmt.Sprintf("mark%03d", visitor)
			r, _ := get("/")
			r.URL.Path, r.URL.RawPath = unescaped(path), path
			r.Host = []string{"sklep.pl", "SKLEP.PL", "sklep.pl:80", "Sklep.pl."}[visitor%4]
			for _, name := range []string{
				"Cookie", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Original-Url",
				"X-Rewrite-Url", "X-Http-Method-Override", "User-Agent", "Referer", "X-Wp-Nonce", "Cart-Token", "Dnt",
				"Accept-Charset", "If-None-Match", "True-Client-Ip", "Via", "X-Custom",
			} {
				r.Header[name] = []string{mark}
			}
			r.Header["Accept-Language"] = []string{[]string{"pl", "en"}[visitor%2]}
			r.Header["Accept"] = []string{"text/html;who=" + mark}
			if visitor%5 == 0 {
				delete(r.Header, "Cookie")
			}
			if visitor%7 == 0 {
				r.Header["Authorization"] = []string{mark}
			}
			if visitor%11 == 0 {
				r.Header["Range"] = []string{"bytes=0-"}
			}
			k := KeyOf(Target{
				Host: r.Host, Path: r.URL.EscapedPath(), Header: r.Header,
				Static: strings.HasSuffix(path, ".css") || strings.HasSuffix(path, ".js"),
			})
			g := newGauge()
			out := c.Serve(g, r, k, p.fill)
			if !out.Answered() {
				resp, _ := p.answer(r.Context(), r)
				io.Copy(g, resp.Body)
				c.Observe(k, fresh.Exchange{
					Method: r.Method, Request: r.Header, Status: resp.StatusCode, Response: resp.Header,
					Requested: time.Now(), Received: time.Now(),
				})
				return
			}
			mu.Lock()
			shared++
			mu.Unlock()
			body := g.all()
			if strings.Contains(body, "mark") {
				t.Errorf("%s: visitor %d was shown %q", path, visitor, body)
			}
			if !strings.HasPrefix(body, "host=sklep.pl path="+path+" ") && g.status != 304 {
				t.Errorf("%s: visitor %d got %q", path, visitor, body)
			}
			if len(r.Header["Authorization"]) > 0 {
				t.Errorf("%s: an answer to credentials was shared", path)
			}
			for _, line := range habits[path] {
				for _, never := range []string{"Set-Cookie", "Cart-Token", "private", "no-store", "*", "User-Agent"} {
					if strings.Contains(line, never) {
						t.Errorf("%s: shared though it says %q", path, line)
					}
				}
			}
			if path == "/vary-cookie.css" && len(r.Header["Cookie"]) > 0 || path == "/vary-forward.css" {
				t.Errorf("%s: shared with somebody who sent the field", path)
			}
			if path == "/vary-lang.css" && !strings.Contains(body, "Accept-Language=["+r.Header.Get("Accept-Language")+"]") {
				t.Errorf("visitor of %s got %q", r.Header.Get("Accept-Language"), body)
			}
		}
		for range 4 {
			var wg sync.WaitGroup
			for path := range habits {
				for range 60 {
					visitor := rand.IntN(1000)
					wg.Go(func() { ask(visitor, path) })
				}
			}
			wg.Wait()
			time.Sleep(13 * time.Second)
		}
		if shared < 500 {
			t.Errorf("only %d answers were shared: the test shows nothing", shared)
		}
		for _, req := range p.fills {
			for name, values := range req.Header {
				switch name {
				case "Accept", "Accept-Encoding", "Accept-Language", "User-Agent":
				default:
					t.Errorf("a fill carried %s", name)
				}
				if strings.Contains(strings.Join(values, " "), "mark") {
					t.Errorf("a fill carried %s: %q", name, values)
				}
			}
			if req.Method != "GET" || req.Host != "sklep.pl" || req.ContentLength != 0 {
				t.Errorf("fill: %s %s", req.Method, req.Host)
			}
		}
	})
}

func unescaped(path string) string {
	return strings.NewReplacer("%2f", "/").Replace(path)
}
