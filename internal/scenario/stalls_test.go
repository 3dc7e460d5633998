package scenario

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// A shop hangs in the middle of a page that all share. Bare, that keeps the one who
// asked; so it does through the edge, and who comes later asks anew. The slot of the
// fill comes back once, a second after the head as with any page, so that the shop's
// next page can be made; and when the shop works again, the page is shared again at
// once.
func TestAPageThatStallsKeepsNobodyElse(t *testing.T) {
	for _, length := range []string{"", "4096"} {
		story(t, func(w *world) {
			var mu sync.Mutex // guards broken
			broken := true
			hung := make(chan struct{})
			w.cfg = func(c *edge.ShopConfig) {
				c.Platform, _ = preset.Named("woocommerce")
				c.Limits.Start, c.Limits.Ceiling, c.Ceiling = 1, 1, 1
				c.Reuse.WhileStale, c.Reuse.IfError = time.Minute, time.Hour
				c.GateScript = false // as it comes
			}
			s := w.shop("shop")
			s.handler = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if length != "" && r.URL.Path == "/hangs/" {
					w.Header().Set("Content-Length", length)
				}
				io.WriteString(w, strings.Repeat("a", 200))
				_ = http.NewResponseController(w).Flush()
				mu.Lock()
				stay := broken
				mu.Unlock()
				if stay && r.URL.Path == "/hangs/" {
					<-hung
					return
				}
				io.WriteString(w, strings.Repeat("a", 3896))
			}
			w.start(falochron.ModeAuto, origin.Config{BodySilence: 5 * time.Minute})
			var all sync.WaitGroup
			ask := func(patience time.Duration) (got *reply) {
				got = new(reply)
				all.Go(func() {
					ctx, leave := context.WithTimeout(w.over, patience)
					defer leave()
					*got = w.visitor("a.example").within(ctx, "GET", "/hangs/", navigates)
				})
				return got
			}
			first := ask(time.Hour)
			advance(900 * time.Millisecond)
			if n := w.vitals("shop").InFlight; n != 1 {
				t.Errorf("%d in flight while the shop sends a page", n)
			}
			advance(100 * time.Millisecond)
			if n := w.vitals("shop").InFlight; n != 0 {
				t.Errorf("%d in flight a second after the head", n)
			}
			if got := w.visitor("a.example").see("/product/other/"); len(got.body) != 4096 {
				t.Errorf("the next page: %d, %d bytes", got.status, len(got.body))
			}
			follower := ask(time.Hour)
			advance(66 * time.Second)
			if s.requests("/hangs/") != 1 || follower.err == nil {
				t.Errorf("%d requests; who came second has %d bytes, %v", s.requests("/hangs/"), len(follower.body), follower.err)
			}
			for n, patience := range []time.Duration{3 * time.Second, 3 * time.Second} {
				late := ask(patience)
				advance(57 * time.Second)
				says := late.header.Get("Cache-Status")
				if s.requests("/hangs/") != n+2 || late.err == nil || !strings.Contains(says, "fwd=uri-miss") || strings.Contains(says, "collapsed") || strings.Contains(says, "ttl=-") {
					t.Errorf("visitor %d, who came late: %d requests, %v, %s", n, s.requests("/hangs/"), late.err, says)
				}
			}
			mu.Lock()
			broken = false
			mu.Unlock()
			for i, want := range []string{"stored", "hit"} {
				if got := w.visitor("a.example").see("/hangs/"); len(got.body) != 4096 || got.err != nil || !strings.Contains(got.header.Get("Cache-Status"), want) {
					t.Errorf("visitor %d after it: %d bytes, %v, %s", i, len(got.body), got.err, got.header.Get("Cache-Status"))
				}
			}
			advance(5 * time.Minute) // the shop's silence is over: body_idle
			all.Wait()
			if first.err == nil || len(first.body) != 200 {
				t.Errorf("the first has %d bytes, %v", len(first.body), first.err)
			}
			close(hung)
			advance(time.Second)
			if n := w.vitals("shop").InFlight; n != 0 {
				t.Errorf("%d in flight at the end", n)
			}
		})
	}
}

// A download of 300 MB from a shop that pauses for minutes comes to its end, through the
// cache and past it.
func TestASlowDownloadIsNotCut(t *testing.T) {
	const piece, pieces = 10 << 20, 30
	for _, sized := range []bool{true, false} {
		story(t, func(w *world) {
			s := w.shop("shop")
			block := make([]byte, piece)
			s.handler = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "public, max-age=600")
				if sized {
					w.Header().Set("Content-Length", fmt.Sprint(piece*pieces))
				}
				for range pieces {
					_, _ = w.Write(block)
					_ = http.NewResponseController(w).Flush()
					time.Sleep(2 * time.Minute)
				}
			}
			w.start(falochron.ModeAuto, origin.Config{BodySilence: 5 * time.Minute})
			resp, err := w.way.RoundTrip(w.visitor("a.example").request("GET", "/film.mp4"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if n, err := io.Copy(io.Discard, resp.Body); n != piece*pieces || err != nil {
				t.Errorf("length said %v: %d bytes, %v", sized, n, err)
			}
		})
	}
}
