package scenario

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/ticket"
)

// serving starts an edge in mode auto before a shop that answers with h.
func serving(w *world, h http.HandlerFunc) *shop {
	s := w.shop("shop")
	s.handler = h
	w.start(falochron.ModeAuto, origin.Config{})
	return s
}

// raw sends a request as it is written and returns all that comes back until
// the edge closes.
func (w *world) raw(text string) string {
	c, in := w.dial()
	defer c.Close()
	io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n"))
	b, _ := io.ReadAll(in)
	return string(b)
}

// RFC 9110, section 7.6.1: fields of one connection are not passed on, in
// neither direction, by any of their ways to be named.
func TestHopByHopFieldsEndHere(t *testing.T) {
	story(t, func(w *world) {
		s := serving(w, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "X-Inner")
			w.Header().Set("X-Inner", "of the shop")
			w.Header().Set("Keep-Alive", "timeout=5")
			w.Header().Set("Proxy-Authenticate", "Basic")
			w.Header().Set("X-Outer", "kept")
			w.Header().Set("X-Request-Id", "the shop's")
			w.Header().Set("Falochron-State", "waiting")
		})
		got := w.raw("GET /p HTTP/1.1\nHost: a\nConnection: close, X-Mine\nX-Mine: 1\nKeep-Alive: 9\nProxy-Authorization: x\nTE: trailers\nUpgrade: h2c\nX-Yours: 2\n\n")
		for _, name := range []string{"X-Mine", "Keep-Alive", "Proxy-Authorization", "Upgrade", "Connection"} {
			if v := s.last().Header.Get(name); v != "" {
				t.Errorf("the shop got %s: %s", name, v)
			}
		}
		if s.last().Header.Get("X-Yours") != "2" || s.last().Header.Get("X-Forwarded-For") != "127.0.0.1" || s.last().Host != "a" {
			t.Errorf("the shop did not get %v %s", s.last().Header, s.last().Host)
		}
		for _, name := range []string{"X-Inner", "Keep-Alive", "Proxy-Authenticate", "Falochron-State", "the shop's"} {
			if strings.Contains(got, name) {
				t.Errorf("the visitor got %s:\n%s", name, got)
			}
		}
		if !strings.Contains(got, "X-Outer: kept") || strings.Count(got, "X-Request-Id") != 1 {
			t.Error(got)
		}
	})
}

// HEAD, Range, Expect, early hints and trailers pass the whole edge.
func TestTheWholeOfHTTPPasses(t *testing.T) {
	story(t, func(w *world) {
		w.cfg = func(c *edge.ShopConfig) { c.GateScript = true }
		serving(w, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/range":
				http.ServeContent(w, r, "x.bin", time.Time{}, strings.NewReader("0123456789"))
			case "/upload":
				b, err := io.ReadAll(r.Body)
				fmt.Fprintf(w, "%d %v %s", len(b), err, r.Trailer.Get("X-Sum"))
			case "/trailer":
				w.Header().Set("Trailer", "X-Sum")
				io.WriteString(w, "body")
				w.Header().Set("X-Sum", "42")
			case "/hints":
				w.Header().Set("Link", "</a.css>; rel=preload")
				w.WriteHeader(http.StatusEarlyHints)
				io.WriteString(w, "after the hints")
			default:
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Content-Length", "12345")
			}
		})
		for text, wants := range map[string][]string{
			"HEAD /p HTTP/1.1\nHost: a\nAccept: text/html\nConnection: close\n\n":                                                     {"200 OK", "Content-Length: 12345", "\r\n\r\n$"},
			"GET /range HTTP/1.1\nHost: a\nRange: bytes=2-4\nConnection: close\n\n":                                                   {"206 Partial", "Content-Range: bytes 2-4/10", "234$"},
			"GET /range HTTP/1.1\nHost: a\nRange: bytes=90-\nConnection: close\n\n":                                                   {"416 "},
			"PUT /upload HTTP/1.1\nHost: a\nExpect: 100-continue\nContent-Length: 4\nConnection: close\n\nabcd":                       {"100 Continue", "4 <nil> $"},
			"PUT /upload HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTrailer: X-Sum\nConnection: close\n\n3\nabc\n0\nX-Sum: 7\n\n": {"3 <nil> 7"},
			"GET /trailer HTTP/1.1\nHost: a\nTE: trailers\nConnection: close\n\n":                                                     {"Trailer: X-Sum", "X-Sum: 42\r\n\r\n$"},
			"GET /hints HTTP/1.1\nHost: a\nConnection: close\n\n":                                                                     {"103 Early Hints", "Link: </a.css>", "200 OK", "after the hints"},
			"GET /hints HTTP/1.0\nHost: a\n\n":                                                                                        {"200 OK", "after the hints$"},
		} {
			got := w.raw(text)
			for _, want := range wants {
				if end, ok := strings.CutSuffix(want, "$"); ok && !strings.HasSuffix(got, end) || !ok && !strings.Contains(got, want) {
					t.Errorf("%q:\nno %q in\n%q", text, want, got)
				}
			}
			advance(time.Second)
		}
	})
}

// The script that keeps a line from being silent goes into pages and nothing
// else, only where the shop's policy lets it run; what is compressed on the way
// out is the page, whole.
func TestTheGateScriptGoesIntoPagesOnly(t *testing.T) {
	const head, tail = "<!doctype html><html><head>", "<title>zółty</title></head><body>ok</body></html>"
	full := head + strings.Repeat("<!-- padding -->", 5000) + tail
	for name, c := range map[string]struct {
		header http.Header
		ask    func(http.Header)
		script bool
	}{
		"a page":         {http.Header{"Content-Type": {"text/html; charset=utf-8"}}, navigates, true},
		"with a policy":  {http.Header{"Content-Type": {"text/html"}, "Content-Security-Policy": {"script-src 'self'"}}, navigates, true},
		"policy forbids": {http.Header{"Content-Type": {"text/html"}, "Content-Security-Policy": {"script-src 'nonce-x'"}}, navigates, false},
		"not HTML":       {http.Header{"Content-Type": {"application/json"}}, navigates, false},
		"no-transform":   {http.Header{"Content-Type": {"text/html"}, "Cache-Control": {"no-transform"}}, navigates, false},
		"by a script":    {http.Header{"Content-Type": {"text/html"}}, func(h http.Header) { h.Set("Sec-Fetch-Mode", "cors") }, false},
	} {
		for _, zip := range []bool{false, true} {
			t.Run(fmt.Sprint(name, zip), func(t *testing.T) {
				story(t, func(w *world) {
					s := serving(w, func(w http.ResponseWriter, r *http.Request) {
						for k, v := range c.header {
							w.Header()[k] = v
						}
						w.Header().Set("ETag", `"strong"`)
						io.WriteString(w, full)
					})
					v := w.visitor("a.example")
					got := v.do("GET", "/p", c.ask, func(h http.Header) {
						if zip {
							h.Set("Accept-Encoding", "br, gzip")
						}
					})
					body := got.body
					if got.header.Get("Content-Encoding") == "gzip" {
						z, err := gzip.NewReader(strings.NewReader(body))
						if err != nil {
							t.Fatal(err)
						}
						b, err := io.ReadAll(z)
						if err != nil {
							t.Fatal(err)
						}
						body = string(b)
						if got.header.Get("Vary") == "" || got.header.Get("ETag") == `"strong"` || len(got.body) > len(body)/10 {
							t.Errorf("compressed to %d of %d: %v", len(got.body), len(body), got.header)
						}
					} else if zip && c.script {
						t.Error("the page was not compressed")
					}
					want := full
					if c.script {
						want = strings.Replace(full, "<head>", "<head>"+page.GateTag, 1)
					}
					if body != want {
						t.Errorf("%.200q", body)
					}
					if s.last().Header.Get("Cookie") != "" {
						t.Error("a cookie")
					}
				})
			})
		}
	}
}

// An answer that carries a cookie of ours says to every cache on the way that it
// is for one visitor, whatever the shop says of the page. One that may be kept
// carries none.
func TestOurCookiesAreNotShared(t *testing.T) {
	story(t, func(w *world) {
		serving(w, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			if cc := r.URL.Query().Get("cc"); cc != "" {
				w.Header().Set("Cache-Control", cc)
			}
			if cc := r.URL.Query().Get("cdn"); cc != "" {
				w.Header().Set("CDN-Cache-Control", cc)
			}
		})
		for query, want := range map[string]string{
			"": "no-cache,private", "cc=no-store": "no-store,private", "cc=max-age=60": "no-cache,private",
			"cc=public": "no-cache,private", "cc=s-maxage=9,max-age=5": "no-cache,private", "cdn=max-age=60": "no-cache,private",
		} {
			advance(5 * time.Second)
			v := w.visitor("a.example")
			got := v.see("/p?" + query)
			ours := strings.Contains(strings.Join(got.header["Set-Cookie"], ","), ticket.InsideCookie)
			cc := strings.Join(got.header["Cache-Control"], ",")
			if !ours || cc != want || got.header.Get("CDN-Cache-Control") != "" {
				t.Errorf("%q: our cookie %v, Cache-Control: %s, want %s", query, ours, cc, want)
			}
			got = v.see("/p?" + query) // the ticket is young: none is sent
			if shared := got.header.Get("CDN-Cache-Control") + strings.Join(got.header["Cache-Control"], ","); len(got.header["Set-Cookie"]) > 0 || strings.Contains(shared, "private") {
				t.Errorf("%q again: %q, %s", query, got.header["Set-Cookie"], shared)
			}
		}
	})
}

// A page is asked for each time: one that a browser keeps for itself claims no place
// when its reader's turn has come, and a button on it meets the line for ever. Files,
// and what scripts fetch, are kept as long as the shop says.
func TestPagesAreAskedForEachTime(t *testing.T) {
	story(t, func(w *world) {
		serving(w, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", map[bool]string{true: "text/html", false: "text/css"}[r.URL.Path == "/p"])
			w.Header().Set("Cache-Control", "public, max-age=86400, stale-while-revalidate=9, no-transform")
			w.Header().Set("Expires", "Thu, 01 Jan 2099 00:00:00 GMT")
			w.Header().Set("Etag", `"x"`)
		})
		v := w.visitor("a.example")
		for i := range 3 { // passed, filled, hit
			got := v.see("/p")
			if cc := got.header.Get("Cache-Control"); !strings.Contains(cc, "no-cache") || strings.Contains(cc, "max-age") || strings.Contains(cc, "stale") ||
				!strings.Contains(cc, "no-transform") || got.header.Get("Expires") != "" || got.header.Get("Etag") == "" {
				t.Errorf("page, time %d: %v", i, got.header)
			}
			if got := v.see("/style.css"); !strings.Contains(got.header.Get("Cache-Control"), "max-age=86400") {
				t.Errorf("file, time %d: %v", i, got.header)
			}
		}
	})
}

// A page the shop failed to make costs nobody a place: the place comes with our
// own error page, too.
func TestAFailureCostsNoPlace(t *testing.T) {
	story(t, func(w *world) {
		serving(w, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		v := w.visitor("a.example")
		if got := v.see("/p"); got.status != 502 || v.jar[ticket.InsideCookie] == "" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d, cookies %v", got.status, v.jar)
		}
		v.see("/p")
		if n := w.vitals("shop").Inside; n != 1 {
			t.Errorf("%d inside", n)
		}
	})
}

// Over HTTP/2 without TLS, which a load balancer before us may speak: the same
// visitor, the same line; many streams on one connection share nothing.
func TestOverHTTP2(t *testing.T) {
	story(t, func(w *world) {
		s := serving(w, func(w http.ResponseWriter, r *http.Request) {
			c, _ := r.Cookie("me")
			if c != nil {
				w.Header().Set("Trailer", "X-Me")
				io.WriteString(w, "for="+c.Value)
				w.Header().Set("X-Me", c.Value)
			}
		})
		var h2 http.Protocols
		h2.SetUnencryptedHTTP2(true)
		way := &http.Transport{Protocols: &h2, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return w.net.DialContext(ctx, "tcp", edgeAddress)
		}}
		defer way.CloseIdleConnections()
		answers := make(chan string, 100)
		for i := range 100 {
			w.people.Go(func() {
				me := fmt.Sprint("fan", i)
				r, _ := http.NewRequest("GET", "http://a.example/wp-admin/"+me, nil)
				// HTTP/2 lets cookies come in pieces (RFC 9113, 8.2.3).
				r.Header["Cookie"] = []string{"me=" + me, "falo_i1=false", "falo_w1 =false"}
				resp, err := way.RoundTrip(r)
				if err != nil {
					answers <- err.Error()
					return
				}
				b, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if resp.ProtoMajor != 2 || !bytes.Equal(b, []byte("for="+me)) || resp.Trailer.Get("X-Me") != me {
					answers <- fmt.Sprint(resp.Proto, resp.StatusCode, string(b), resp.Trailer)
				}
			})
		}
		w.people.Wait()
		close(answers)
		for a := range answers {
			t.Error(a)
		}
		if n := s.requests(""); n != 100 {
			t.Errorf("%d requests", n)
		}
	})
}

// What an operator reads about a request names nobody: no ticket, no query, no
// whole address.
func TestTheJournalKeepsNoSecrets(t *testing.T) {
	story(t, func(w *world) {
		one(w, falochron.ModeHold)
		v := w.visitor("a.example")
		next := v.see("/p?email=ala@example.pl").says("page")
		v.see(next)
		v.see("/.falochron/open?t=" + v.jar[ticket.WaitingCookie])
		release(w)
		v.see("/p?email=ala@example.pl")
		w.count(func(r falochron.Record) bool {
			text := fmt.Sprintf("%+v", r)
			for _, secret := range []string{"ala@", "falo_t", v.jar[ticket.WaitingCookie], v.jar[ticket.InsideCookie], "127.0.0.1"} {
				if secret != "" && strings.Contains(text, secret) {
					t.Errorf("%q in %s", secret, text)
				}
			}
			return true
		})
	})
}

// A shop that refuses because one address asks for too much is set up wrongly, and
// that is said: once, not with every request of a wave.
func TestAShopThatCountsAddressesIsNamed(t *testing.T) {
	story(t, func(w *world) {
		var said []string
		w.cfg = func(c *edge.ShopConfig) {
			c.Warn = func(err error) { said = append(said, err.Error()+" "+falochron.HintOf(err)) }
		}
		serving(w, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
		v := w.visitor("a.example")
		for range 5 {
			if got := v.see("/p"); got.status != http.StatusTooManyRequests {
				t.Errorf("status %d", got.status)
			}
		}
		if len(said) != 1 || !strings.Contains(said[0], "429") || !strings.Contains(said[0], "X-Forwarded-For") {
			t.Errorf("said %q", said)
		}
	})
}

// RFC 9111 section 4.4: "A cache MUST invalidate the target URI [...] when it
// receives a non-error status code in response to an unsafe request method (including
// methods whose safety is unknown)."; "A cache MAY invalidate other URIs when it receives
// a non-error status code in response to an unsafe request method [...]. In particular,
// the URI(s) in the Location and Content-Location response header fields (if present) are
// candidates for invalidation".
//
// A form that surely fills a cart, sent to the product's own address as WooCommerce and
// Drupal Commerce do it, is the one exception, where the preset knows the shop; and an
// address of the cart leads back to the product, and says nothing of it.
func TestUnsafeRequestsInvalidate(t *testing.T) {
	const product, form = "/product/x/", "application/x-www-form-urlencoded"
	const woo, drupal = "woocommerce", "drupalcommerce"
	const multipart = "--b\r\nContent-Disposition: form-data; name=\"quantity\"\r\n\r\n1\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"add-to-cart\"\r\n\r\n55\r\n--b--\r\n"
	for name, c := range map[string]struct {
		platform, method, path string
		kind, body             string
		with                   string // a field of the request
		status                 int    // of the answer, 0 = 200
		says                   string // a field of the answer
		kept                   bool   // the product's page
	}{
		"at a shop nobody has described":   {platform: preset.GenericName, method: "POST", path: product},
		"add-to-cart, undescribed":         {platform: preset.GenericName, method: "POST", path: product, kind: form, body: "add-to-cart=55"},
		"a review":                         {platform: woo, method: "POST", path: product, kind: form, body: "comment=dobre&rating=5"},
		"a review, and no body":            {platform: woo, method: "POST", path: product},
		"PUT":                              {platform: woo, method: "PUT", path: product, kind: form, body: "add-to-cart=55"},
		"DELETE":                           {platform: woo, method: "DELETE", path: product},
		"an unknown method":                {platform: woo, method: "MEND", path: product},
		"a cart is filled":                 {platform: woo, method: "POST", path: product, kind: form, body: "quantity=1&add-to-cart=55", kept: true},
		"a cart is filled, and shown":      {platform: woo, method: "POST", path: product, kind: form, body: "add-to-cart=55", status: 302, says: "Location: " + product, kept: true},
		"a cart is filled, in parts":       {platform: woo, method: "POST", path: product, kind: "multipart/form-data; boundary=b", body: multipart, kept: true},
		"a cart is said to be filled":      {platform: woo, method: "POST", path: product, kind: form, body: "add-to-cart=gift"},
		"add-to-cart that is none":         {platform: woo, method: "POST", path: product, kind: form, body: "comment=add-to-cart%3D55"},
		"add-to-cart for another method":   {platform: woo, method: "POST", path: product, kind: form, body: "add-to-cart=55", with: "X-HTTP-Method-Override: DELETE"},
		"a product, at Drupal":             {platform: drupal, method: "POST", path: product, kind: form, body: "form_id=commerce_order_item_add_to_cart_form_commerce_product_5", kept: true},
		"another form, at Drupal":          {platform: drupal, method: "POST", path: product, kind: form, body: "form_id=node_comment_form"},
		"Woo's form, at Drupal":            {platform: drupal, method: "POST", path: product, kind: form, body: "add-to-cart=55"},
		"an error":                         {platform: woo, method: "DELETE", path: product, status: 403, kept: true},
		"of another page":                  {platform: woo, method: "DELETE", path: "/product/y/", kept: true},
		"Location":                         {platform: woo, method: "POST", path: "/wp-comments-post.php", status: 302, says: "Location: " + product + "#comment-7"},
		"Content-Location":                 {platform: woo, method: "PUT", path: "/wp-json/wp/v2/posts/7", says: "Content-Location: " + product},
		"Location of another host":         {platform: woo, method: "POST", path: "/wp-comments-post.php", status: 302, says: "Location: http://b.example" + product, kept: true},
		"the cart leads back":              {platform: "magento2", method: "POST", path: "/checkout/cart/add/product/5/", status: 302, says: "Location: " + product, kept: true},
		"what is below the cart's address": {platform: woo, method: "POST", path: "/koszyk/", status: 302, says: "Location: " + product, kept: true},
	} {
		story(t, func(w *world) {
			var made atomic.Int64
			p, _ := preset.Named(c.platform)
			w.cfg = func(s *edge.ShopConfig) { s.Platform = p }
			serving(w, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("Cache-Control", "public, max-age=50")
				if r.URL.Path == product && r.Method == http.MethodGet {
					made.Add(1)
					return
				}
				if field, value, ok := strings.Cut(c.says, ": "); ok {
					w.Header().Set(field, value)
				}
				w.WriteHeader(max(c.status, 200))
			})
			reader, buyer := w.visitor("a.example"), w.visitor("a.example")
			reader.see(product)
			reader.see(product)
			before := made.Load()
			r := buyer.request(c.method, c.path, navigates)
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(c.body)), int64(len(c.body))
			if c.body == "" {
				r.Body = http.NoBody
			}
			r.Header.Set("Content-Type", c.kind)
			if field, value, ok := strings.Cut(c.with, ": "); ok {
				r.Header.Set(field, value)
			}
			if got := buyer.send(r); got.status != max(c.status, 200) {
				t.Fatalf("%s: status %d", name, got.status)
			}
			reader.see(product)
			if made.Load() == before != c.kept {
				t.Errorf("%s: the page was made %d times before and %d times in all, kept %v", name, before, made.Load(), c.kept)
			}
		})
	}
}

// A storefront at another host reads why its script was refused; the page of the line
// and what the shop answers are not changed.
func TestOtherHostsReadOurRefusal(t *testing.T) {
	story(t, func(w *world) {
		serving(w, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		w.edge.Publish("shop", falochron.Snapshot{Mode: falochron.ModeHold})
		from := func(origin string) func(http.Header) { return func(h http.Header) { h.Set("Origin", origin) } }
		v := w.visitor("a.example")
		got := v.do("POST", "/store/carts", from("https://front.example"))
		if h := got.header; got.status != 503 || h.Get("Access-Control-Allow-Origin") != "https://front.example" ||
			h.Get("Access-Control-Allow-Credentials") != "true" || !strings.Contains(h.Get("Access-Control-Expose-Headers"), page.StateHeader) {
			t.Errorf("a script of another host: %d %v", got.status, h)
		}
		for name, got := range map[string]reply{
			"a script of its own": v.do("POST", "/store/carts", from("http://a.example")),
			"a page":              v.do("GET", "/p", navigates, from("https://front.example")),
			"no origin":           v.do("POST", "/store/carts"),
		} {
			if got.status != 503 || got.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s: %d %v", name, got.status, got.header)
			}
		}
	})
}

// Somebody who waited long for a page that the cache asked for, and then meets the
// line, comes to the gate with the time of now: with the time at which he pressed, the
// gate took its clock for set back, went on by so much, and everybody in the short
// queue had waited too long at that moment.
func TestWhoWaitedLongSetsNoClock(t *testing.T) {
	story(t, func(w *world) {
		p, _ := preset.Named("woocommerce")
		w.cfg = func(s *edge.ShopConfig) { s.Platform, s.Limits.Start, s.Ceiling, s.Limits.Ceiling = p, 1, 1, 1 }
		serving(w, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/cart/slow" {
				time.Sleep(9 * time.Second)
			}
			w.Header().Set("Content-Type", "text/html")
		})
		ola, ala, zoe := w.visitor("a.example"), w.visitor("a.example"), w.visitor("a.example")
		for _, v := range []*visitor{ola, ala} {
			if got := v.form("/cart/add"); got.status != 200 {
				t.Fatalf("status %d", got.status)
			}
			advance(5 * time.Second)
		}
		var all sync.WaitGroup
		all.Go(func() { ola.form("/cart/slow") })
		advance(time.Second)
		var late reply
		all.Go(func() { late = zoe.see("/product/never-seen/") }) // its request waits three seconds, in vain
		advance(time.Second)
		var got reply
		all.Go(func() { got = ala.form("/cart/add") }) // waits seven, and is served
		all.Wait()
		if late.status != 503 || got.status != 200 {
			t.Errorf("who met the line late got %d; who waited in the short queue meanwhile got %d %s", late.status, got.status, got.header.Get("Retry-After"))
		}
	})
}

// What a script fetches by POST about the cart only reads: the scripts of buyers' pages
// fetch theirs all the time, and what those get who have no cart stays true.
func TestWhatOnlyReadsMakesNothingUntrue(t *testing.T) {
	const pieces = "/?wc-ajax=get_refreshed_fragments"
	for name, c := range map[string]struct {
		with string // a field of the buyer's request
		made int64  // of what those without a cart get
	}{
		"as it is":                 {made: 1},
		"and yet another's method": {with: "DELETE", made: 2},
	} {
		story(t, func(w *world) {
			var made atomic.Int64
			software(w, "woocommerce", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Cache-Control", "no-store")
				owner := "nobody"
				if k, err := r.Cookie("wp_woocommerce_session_x"); err == nil {
					owner = k.Value
				} else {
					made.Add(1)
				}
				fmt.Fprintf(w, `{"cart":%q}`, owner)
			})
			buyer, stranger := w.visitor("a.example"), w.visitor("a.example")
			buyer.jar["wp_woocommerce_session_x"] = "buyer"
			for range 5 {
				if got := stranger.script("POST", pieces); got.body != `{"cart":"nobody"}` {
					t.Fatalf("%s: a stranger got %d %s", name, got.status, got.body)
				}
				got := buyer.do("POST", pieces, func(h http.Header) {
					h.Set("Sec-Fetch-Mode", "cors")
					if c.with != "" {
						h.Set("X-HTTP-Method-Override", c.with)
					}
				})
				if got.body != `{"cart":"buyer"}` {
					t.Fatalf("%s: the buyer got %d %s", name, got.status, got.body)
				}
			}
			if n := made.Load(); n != c.made && (c.with == "" || n < c.made) {
				t.Errorf("%s: asked of the shop %d times for strangers, want %d", name, n, c.made)
			}
		})
	}
}

// A shop so full that the empty cart in the corner of a kept page cannot be had: whoever
// only reads the page is not led into the line for it, since a script asked and nobody
// pressed anything. Whoever presses something is.
func TestTheEmptyCartLeadsNobodyIntoTheLine(t *testing.T) {
	story(t, func(w *world) {
		p, _ := preset.Named("woocommerce")
		w.cfg = func(s *edge.ShopConfig) { s.Platform = p }
		s := w.shop("shop")
		s.handler = func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(20 * time.Second)
			prints(w, "at last")
		}
		w.start(falochron.ModeAuto, origin.Config{})
		for range 60 {
			v := w.visitor("a.example")
			go v.see("/koszyk/")
		}
		time.Sleep(2 * time.Second)
		reader := w.visitor("a.example")
		if got := reader.script("POST", "/?wc-ajax=get_refreshed_fragments"); got.status != 503 || got.state() != "" {
			t.Errorf("the empty cart: %d, state %q", got.status, got.state())
		}
		if got := reader.script("POST", "/?wc-ajax=add_to_cart"); got.status != 503 || got.state() == "" {
			t.Errorf("the button: %d, state %q", got.status, got.state())
		}
		time.Sleep(5 * time.Minute)
	})
}
