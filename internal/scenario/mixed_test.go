package scenario

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
)

// The promise that matters most: nothing made for one visitor is ever shown to
// another. The shop of this test makes every answer personal to the name it
// reads in the cookie, the Authorization or the form, and claims of half of its
// pages that they are for everybody, as careless shops do where they believe no
// cookie came. Many visitors ask at once, by every trick we know. Each must see
// himself, or nobody, and never somebody else.

// mirror answers with the name of who asks, on every page.
func mirror(w http.ResponseWriter, r *http.Request) {
	who := "nobody"
	if c, err := r.Cookie("me"); err == nil {
		who = c.Value
	} else if user, _, ok := r.BasicAuth(); ok {
		who = user
	}
	time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
	h := w.Header()
	h.Set("Content-Type", "text/html")
	switch kind := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/"); {
	case strings.HasPrefix(kind, "silent"):
	case strings.HasPrefix(kind, "private"):
		h.Set("Cache-Control", "private, max-age=600")
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: who})
	case strings.HasPrefix(kind, "sets") && who != "nobody":
		h.Set("Cache-Control", "public, max-age=600")
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: who})
	case strings.HasPrefix(kind, "halts") && r.Header.Get("Range") == "":
		h.Set("Cache-Control", "public, max-age=60")
		fmt.Fprint(w, "<html><head></head><body>")
		_ = http.NewResponseController(w).Flush()
		time.Sleep(time.Duration(rand.IntN(29)) * time.Second) // nobody joins after ten; after thirty they are let go
	case strings.HasPrefix(kind, "vary"):
		h.Set("Cache-Control", "public, max-age=600")
		h.Set("Vary", "Cookie")
	default: // careless: public with a name in it
		h.Set("Cache-Control", "public, max-age=600")
		h.Set("ETag", `"`+who+`"`)
	}
	if r.Header.Get("Range") != "" {
		h.Set("Content-Range", "bytes 0-99/100")
		w.WriteHeader(http.StatusPartialContent)
	}
	fmt.Fprintf(w, "<html><head></head><body>for=%s.</body></html>", who)
}

// tricks are ways of asking; each gets the asker's name.
func tricks(v *visitor, name string, i int) *http.Request {
	paths := []string{
		"/p/x", "/P/x", "/p//x", "/p/./x", "/p/%78", "/p/x?", "/p/x?utm_source=ig", "/p/x?b=2&a=1", "/p/x?a=1&b=2",
		"/silent", "/private", "/sets", "/vary", "/private/a.css", "/sets/style.css", "/silent/x.js", "/vary/a.png",
		"/konto/a.css", "/koszyk/x.js", "/silent/;a.css", "/private%2fa.css", "/static/app.js", "/p/x.css?me=" + name, "/halts", "/halts.css",
	}
	method := "GET"
	switch i % 11 {
	case 3:
		method = "HEAD"
	case 5:
		method = "POST"
	}
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader("me=" + name)
	}
	r, err := http.NewRequest(method, "http://"+v.host+"/", body)
	if err != nil {
		panic(err) // only constants
	}
	r.URL.Opaque = paths[i%len(paths)]
	if !strings.HasPrefix(r.URL.Opaque, "//") {
		r.URL.Opaque = "//" + v.host + r.URL.Opaque
	}
	h := r.Header
	switch i % 7 {
	case 0, 1, 2:
		h.Set("Cookie", "me="+name)
	case 3:
		h.Add("Cookie", "theme=dark")
		h.Add("Cookie", "me="+name)
	case 4:
		r.SetBasicAuth(name, "secret")
	case 5:
		h.Set("Cookie", "me="+name)
		h.Set("Range", "bytes=0-99")
	case 6:
		h.Set("Cookie", "me="+name)
		h.Set("If-None-Match", `"somebody"`)
	}
	switch i % 5 {
	case 0:
		navigates(h)
	case 1:
		h.Set("X-Requested-With", "XMLHttpRequest")
	case 2:
		h.Set("Accept", "application/json")
		h.Set("X-Forwarded-Host", "evil.example")
		h.Set("X-Original-URL", "/private")
	case 3:
		h.Set("Accept-Encoding", "gzip")
		h.Set("Connection", "close, Cookie")
	case 4:
		h.Set("Cache-Control", "no-cache")
	}
	return r
}

// mixed counts answers that show somebody the name of another. spoil may plant
// a fault.
func mixed(t *testing.T, spoil func(*world, *edge.ShopConfig)) (n int) {
	own, renewed := 0, 0
	tickets := map[string]string{} // our cookies, by value: whose they are
	story(t, func(w *world) {
		s := w.shop("shop")
		s.handler = mirror
		if spoil != nil {
			w.cfg = func(c *edge.ShopConfig) { spoil(w, c) }
		}
		w.start(falochron.ModeAuto, origin.Config{})
		// The comparison found what two strangers get to be alike, as it is here.
		w.edge.SetSharing("shop", provenPages(time.Now()))
		var mu sync.Mutex
		var all sync.WaitGroup
		for person := range 40 {
			name := fmt.Sprintf("fan%02d", person)
			all.Go(func() {
				v := w.visitor("shop.example")
				for i := range 25 {
					if i%4 == 3 {
						v.rest(3 * time.Minute) // tickets are due to be renewed, on whatever page comes next
					}
					req := tricks(v, name, i*13+person*7)
					for cookie, value := range v.jar {
						// The others refuse ours, and half of these forget that their pages are
						// personal: to be shown what is the same for all must be no harm to them.
						if strings.HasPrefix(cookie, "falo_") && person%2 == 0 && (cookie != "falo_personal" || person%4 == 0) {
							req.Header.Add("Cookie", cookie+"="+value)
						}
					}
					got := v.send(req)
					if got.err != nil {
						w.Error(got.err)
					}
					foreign := false
					for text := range strings.SplitSeq(got.body, "for=") {
						who, _, found := strings.Cut(text, ".")
						foreign = foreign || found && strings.HasPrefix(who, "fan") && who != name
					}
					for _, line := range slices.Concat(got.header["Set-Cookie"], got.header["Etag"]) {
						named := strings.Contains(line, "seen=fan") || strings.Contains(line, `"fan`)
						foreign = foreign || named && !strings.Contains(line, name)
					}
					mu.Lock()
					for _, line := range got.header["Set-Cookie"] {
						if !strings.HasPrefix(line, "falo_") {
							continue
						}
						if owner, known := tickets[line]; known && owner != name && !strings.HasPrefix(line, "falo_personal=") {
							foreign = true // one person's ticket, with a page of the cache or without
						}
						tickets[line] = name
						cc := strings.Join(got.header["Cache-Control"], ",")
						if strings.Contains(cc, "public") || !strings.Contains(cc, "private") && !strings.Contains(cc, "no-store") {
							foreign = true // a cache before us would show it to everybody
						}
						if says := got.header.Get("Cache-Status"); strings.Contains(says, "; hit") || strings.Contains(says, "; stored") {
							renewed++
						}
					}
					if foreign {
						n++
						w.Logf("%s asked %s %s %v\nand got %d %v\n%s", name, req.Method, req.URL, req.Header, got.status, got.header, got.body)
					}
					if strings.Contains(got.body, "for="+name+".") {
						own++
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		seen := w.vitals("shop").Requests
		if renewed < 5 {
			w.Errorf("%d tickets went out with pages of the cache: this proves nothing", renewed)
		}
		if shared := seen[falochron.ClassPage][falochron.Hit] + seen[falochron.ClassStatic][falochron.Hit]; shared < 50 || own < 50 {
			w.Errorf("%d answers were shared and %d were personal: this proves nothing", shared, own)
		}
	})
	return n
}

func TestNothingIsMixed(t *testing.T) {
	if n := mixed(t, nil); n > 0 {
		t.Errorf("%d answers made for one visitor were shown to another", n)
	}
}

// The same test finds a fill that forwards a visitor's cookie, which is planted
// on the wire: nothing in the program can be told to do so.
func TestMixingCanBeFound(t *testing.T) {
	n := mixed(t, func(w *world, c *edge.ShopConfig) {
		var last atomic.Value
		last.Store("")
		pool, err := origin.New(origin.Config{
			URLs: []string{"http://" + w.shops[0].address},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := w.net.DialContext(ctx, network, address)
				return &gossip{conn, &last}, err
			},
		}, nil)
		if err != nil {
			w.Fatal(err)
		}
		w.ends = append(w.ends, pool.Close)
		c.Pool = pool
	})
	if n == 0 {
		t.Error("the fault was planted, and nothing was found")
	}
}

// gossip adds to every fill the cookie of whoever asked last.
type gossip struct {
	net.Conn
	last *atomic.Value
}

func (g *gossip) Write(b []byte) (int, error) {
	head := string(b)
	if _, after, ok := strings.Cut(head, "\r\nCookie: "); ok {
		cookie, _, _ := strings.Cut(after, "\r\n")
		g.last.Store(cookie)
	} else if before, after, ok := strings.Cut(head, "User-Agent: Falochron\r\n"); ok && g.last.Load() != "" {
		if _, err := g.Conn.Write([]byte(before + "Cookie: " + g.last.Load().(string) + "\r\n" + after)); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	return g.Conn.Write(b)
}
