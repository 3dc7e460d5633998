package scenario

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/origin"
)

// dial opens a bare connection to the edge.
func (w *world) dial() (net.Conn, *bufio.Reader) {
	w.Helper()
	c, err := w.net.DialContext(w.over, "tcp", edgeAddress)
	if err != nil {
		w.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

// A slot is the shop's, not the visitor's: it is free again when the shop is,
// whatever the visitor does, and it is always free again.
func TestEverySlotComesBack(t *testing.T) {
	for name, c := range map[string]struct {
		shop    http.HandlerFunc
		visit   func(*world)
		while   int           // in flight one second later
		after   time.Duration // free again then
		timeout time.Duration
	}{
		"a visitor leaves": {
			shop: func(w http.ResponseWriter, r *http.Request) { time.Sleep(20 * time.Second) },
			visit: func(w *world) {
				ctx, leave := context.WithTimeout(w.over, 100*time.Millisecond)
				defer leave()
				w.visitor("a.example").within(ctx, "GET", "/p", navigates)
			},
			while: 1, after: 20 * time.Second,
		},
		"a visitor leaves in the queue": {
			shop: func(w http.ResponseWriter, r *http.Request) { time.Sleep(3 * time.Second) },
			visit: func(w *world) {
				for range 3 {
					w.people.Go(func() {
						ctx, leave := context.WithTimeout(w.over, 100*time.Millisecond)
						defer leave()
						w.visitor("a.example").within(ctx, "GET", "/wp-admin/", navigates)
					})
				}
				w.visitor("a.example").see("/wp-admin/")
			},
			while: 0, after: time.Second,
		},
		"the shop hangs up": {
			shop:  func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
			visit: func(w *world) { w.visitor("a.example").see("/p") },
			after: time.Second,
		},
		"the shop breaks off": {
			shop: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Length", "1000")
				io.WriteString(w, "a part")
				http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			},
			visit: func(w *world) {
				if got := w.visitor("a.example").see("/p"); got.err == nil {
					w.Errorf("a part was taken for the whole: %d %q", got.status, got.body)
				}
			},
			after: time.Second,
		},
		"the shop never answers": {
			shop: func(w http.ResponseWriter, r *http.Request) { time.Sleep(time.Minute) },
			visit: func(w *world) {
				if got := w.visitor("a.example").see("/p"); got.status != 504 {
					w.Errorf("%d", got.status)
				}
			},
			after: time.Second, timeout: 10 * time.Second,
		},
		"an event stream": {
			shop: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				for range 100 {
					io.WriteString(w, "data: x\n\n")
					http.NewResponseController(w).Flush()
					time.Sleep(time.Second)
				}
			},
			visit: func(w *world) {
				w.people.Go(func() { w.visitor("a.example").see("/p") })
				synctest.Wait()
			},
			while: 0, after: time.Second,
		},
		// As for a phone that reads slowly, whose end of the connection cannot be
		// made to block here: the proxy of the standard library then waits for a
		// mutex, and the bubble's clock stands still.
		"a long body": {
			shop: func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "the head and a part")
				http.NewResponseController(w).Flush()
				time.Sleep(time.Minute)
			},
			visit: func(w *world) {
				w.people.Go(func() { w.visitor("a.example").see("/p") })
				synctest.Wait()
			},
			while: 0, after: 2 * time.Second,
		},
		"an upgrade": {
			shop: func(w http.ResponseWriter, r *http.Request) {
				conn, rw, err := http.NewResponseController(w).Hijack()
				if err != nil {
					panic(err)
				}
				defer conn.Close()
				io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
				line, _ := rw.ReadString('\n')
				io.WriteString(conn, "echo "+line)
				rw.ReadString('\n')
			},
			visit: func(w *world) {
				c, in := w.dial()
				io.WriteString(c, "GET /czat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
				resp, err := http.ReadResponse(in, nil)
				if err != nil || resp.StatusCode != 101 {
					w.Fatal(resp, err)
				}
				io.WriteString(c, "ahoj\n")
				if line, _ := in.ReadString('\n'); line != "echo ahoj\n" {
					w.Errorf("%q", line)
				}
				w.people.Go(func() { <-w.over.Done(); c.Close() })
			},
			while: 0, after: time.Second,
		},
		"an upload that never ends": {
			shop: func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) },
			visit: func(w *world) {
				c, in := w.dial()
				io.WriteString(c, "POST /p HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nContent-Length: 1000\r\n\r\npart")
				resp, err := http.ReadResponse(in, nil)
				if err != nil || resp.StatusCode != 400 {
					w.Error(resp, err)
				}
				c.Close()
			},
			while: 0, after: time.Second,
		},
		"a payment's answer for nobody": {
			shop: func(w http.ResponseWriter, r *http.Request) { time.Sleep(5 * time.Second) },
			visit: func(w *world) {
				ctx, leave := context.WithTimeout(w.over, 100*time.Millisecond)
				defer leave()
				w.visitor("a.example").within(ctx, "POST", "/platnosc/powiadomienie")
			},
			while: 1, after: 5 * time.Second,
		},
		"a fill for nobody": {
			shop: func(w http.ResponseWriter, r *http.Request) { time.Sleep(5 * time.Second) },
			visit: func(w *world) {
				ctx, leave := context.WithTimeout(w.over, 100*time.Millisecond)
				defer leave()
				w.visitor("a.example").within(ctx, "GET", "/a.css")
			},
			while: 1, after: 5 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, func(w *world) {
				s := w.shop("shop")
				s.handler, s.limit = c.shop, 1
				w.start(falochron.ModeAuto, origin.Config{ResponseHeader: c.timeout, ContinueWait: time.Second})
				c.visit(w)
				if c.while > 0 {
					advance(time.Second)
					if n := w.vitals("shop").InFlight; n != c.while {
						t.Errorf("%d in flight while the shop works", n)
					}
				}
				advance(c.after)
				if v := w.vitals("shop"); v.InFlight != 0 || v.Queued != 0 {
					t.Errorf("%d in flight, %d queued afterwards", v.InFlight, v.Queued)
				}
			})
		})
	}
}

// Payment notifications have their own slot and a bounded queue; beyond it the
// sender is told to come again, at once and in words for machines.
func TestTooManyCallbacks(t *testing.T) {
	story(t, func(w *world) {
		s := w.shop("shop")
		s.handler, s.limit = func(w http.ResponseWriter, r *http.Request) { time.Sleep(30 * time.Second) }, 1
		w.start(falochron.ModeAuto, origin.Config{})
		results := make(chan reply, 200)
		for range 100 {
			w.people.Go(func() { results <- w.visitor("a.example").do("POST", "/platnosc/powiadomienie") })
		}
		synctest.Wait()
		if n := len(results); n != 100-2-64 {
			t.Errorf("%d were refused at once", n)
		}
		for range len(results) {
			if got := <-results; got.status != 503 || got.header.Get("Retry-After") == "" || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
				t.Errorf("%d %v", got.status, got.header)
			}
		}
		if _, peak := s.inFlight(); peak != 2 {
			t.Errorf("%d at the shop", peak)
		}
	})
}

// The orders change under load, again and again: no request is lost over it.
func TestOrdersMayChangeUnderLoad(t *testing.T) {
	story(t, func(w *world) {
		s := w.shop("shop")
		s.pages["/p"] = offer{takes: 20 * time.Millisecond}
		w.start(falochron.ModeAuto, origin.Config{})
		for person := range 20 {
			w.people.Go(func() {
				v := w.visitor("a.example")
				for range 20 {
					if got, _ := v.reach("GET", "/p"); got.status != 200 {
						t.Errorf("fan %d: %d %v", person, got.status, got.err)
					}
				}
			})
		}
		modes := []falochron.Mode{falochron.ModeShop, falochron.ModeWatch, falochron.ModeOff, falochron.ModeHold, falochron.ModeAuto}
		for i := range 50 {
			advance(30 * time.Millisecond)
			w.order("shop", func(s *falochron.Snapshot) {
				s.Mode, s.Ceiling = modes[i%len(modes)], 1+i%5
				s.SoldOut = map[string]bool{fmt.Sprint("/p/", i): true}
			})
			if i%10 == 0 {
				w.reload(falochron.ModeAuto, origin.Config{})
			}
		}
		w.order("shop", func(s *falochron.Snapshot) { s.Mode, s.Ceiling = falochron.ModeAuto, 0 })
		w.people.Wait()
		advance(2 * time.Second)
		if v := w.vitals("shop"); v.InFlight != 0 || v.Queued != 0 {
			t.Errorf("%d in flight, %d queued afterwards", v.InFlight, v.Queued)
		}
	})
}
