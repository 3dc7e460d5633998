package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// hammering is how many visitors hammer's workers are: so many that none of them asks for more
// pages than a person may while a slow machine's shop is full.
const hammering = 60

// hammer lets workers ask for pages until ask returns false. They take turns at being
// visitors with cookies and kept connections, who have got in before.
func hammer(t *testing.T, edge string, workers int, ask func(c *http.Client, n int64) bool) {
	t.Helper()
	fans := make([]*fan, hammering)
	for i := range fans {
		fans[i] = newFan(i, edge, "x")
		fans[i].c.Transport = client(t).Transport
		if _, err := fans[i].page(t.Context(), "/p/x"); err != nil {
			t.Fatal(err)
		}
	}
	var n atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for more := true; more; {
				mine := n.Add(1)
				more = ask(fans[mine%hammering].c, mine)
			}
		})
	}
	wg.Wait()
}

// Ten reloads, which move the shop to another origin and back, under 2,000
// requests: every one of them is answered, by one of both.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	const workers, requests, reloads = 6, 2000, 10
	shops := []*testShop{shopFor(t, "first"), shopFor(t, "second")}
	file := filepath.Join(t.TempDir(), "f.yaml")
	write := func(n int) {
		text := fmt.Sprintf("shops:\n  - origins: ['%s']\n    page: {name: 'Shop %d'}\n", shops[n%2].URL, n)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}
	write(0)
	p := start(t, "--config", file)
	var failed, done atomic.Int64
	var turn sync.Mutex
	hammer(t, p.url, workers, func(c *http.Client, n int64) bool {
		if n > requests {
			return false
		}
		status, _, body, err := browse(t.Context(), c, fmt.Sprintf("%s/p/%d", p.url, n))
		if err != nil || status != http.StatusOK || !strings.Contains(body, " of ") {
			if failed.Add(1) < 5 {
				t.Errorf("request %d: %d %v", n, status, err)
			}
		}
		if d := done.Add(1); d%(requests/(reloads+1)) == 0 && d/(requests/(reloads+1)) <= reloads {
			turn.Lock() // the others go on meanwhile
			defer turn.Unlock()
			write(int(d / (requests / (reloads + 1))))
			p.signal(syscall.SIGHUP)
			p.until("reloaded")
		}
		return true
	})
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed", n, requests)
	}
	if a, b := shops[0].asked.Load(), shops[1].asked.Load(); a+b != requests+hammering || a == 0 || b == 0 {
		t.Errorf("the shops were asked %d and %d times", a, b)
	}
	if got := strings.Count(p.out.String(), "reloaded"); got != reloads {
		t.Errorf("%d reloads", got)
	}
}

// A drain under load: whatever was begun ends whole; then nobody listens.
func TestDrainUnderLoad(t *testing.T) {
	t.Parallel()
	const workers = 6
	shop := shopFor(t, "shop")
	p := start(t, "--origin", shop.URL)
	var good atomic.Int64
	hammer(t, p.url, workers, func(c *http.Client, n int64) bool {
		if n == 300 {
			p.signal(syscall.SIGTERM)
		}
		status, _, body, err := browse(t.Context(), c, p.url+"/p/x")
		switch {
		case err == nil && status == http.StatusOK && strings.HasSuffix(body, "</html>\n"):
			good.Add(1)
			return n < 100_000
		case err == nil:
			t.Errorf("request %d: %d %q", n, status, body)
		case !errors.Is(err, syscall.ECONNREFUSED):
			t.Errorf("request %d was dropped: %v", n, err)
		}
		return false
	})
	if code := p.end(); code != 0 || good.Load() < 290 {
		t.Errorf("exit code %d after %d answers", code, good.Load())
	}
	if asked := shop.asked.Load(); asked != hammering+good.Load() {
		t.Errorf("the shop was asked %d times, %d answers came", asked, good.Load())
	}
}

// Visitors who come and go in every way leave no open file behind.
func TestDescriptors(t *testing.T) {
	t.Parallel()
	shop := shopFor(t, "shop")
	p := start(t, "--origin", shop.URL, "--mode", "off") // so that all of them reach the shop
	fds := func() int {
		list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
		if err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("no /proc, and this is CI:", err)
			}
			t.Skip("no /proc here")
		}
		return len(list)
	}
	visit := func(n int) {
		tr := &http.Transport{DisableKeepAlives: n%4 == 0}
		defer tr.CloseIdleConnections()
		c := &http.Client{Transport: tr, Timeout: patience}
		switch n % 4 {
		case 0, 1:
			_, _, _, err := browse(t.Context(), c, p.url+"/p/x")
			if err != nil {
				t.Error(err)
			}
		case 2: // says nothing, and goes
			nc, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(nc, "GET / HTT")
			_ = nc.Close()
		case 3: // goes before the answer
			ctx, gone := context.WithCancel(t.Context())
			got := make(chan error, 1)
			go func() { _, _, _, err := browse(ctx, c, p.url+"/slow"); got <- err }()
			<-shop.held
			gone()
			if err := <-got; err == nil {
				t.Error("an answer to somebody who had gone")
			}
		}
	}
	for n := range 16 {
		visit(n)
	}
	var settled int
	poll(t, "it rests", func() bool { before := settled; settled = fds(); return before == settled })
	for n := range 200 {
		visit(n)
	}
	shop.release()
	poll(t, fmt.Sprintf("as many open files as before, %d", settled), func() bool { return fds() <= settled+4 })
}

// Twenty thousand visitors, some of whom go in and most of whom stand in line,
// cost a bounded piece of memory each.
func TestMemoryOfManyVisitors(t *testing.T) {
	t.Parallel()
	const visitors, inside, each = 20_000, 3_000, 1 << 10 // bytes
	shop := shopFor(t, "shop")
	p := start(t, "--origin", shop.URL, "--mode", "watch", "--radar", "off") // everybody goes in, and twenty thousand of one address are no attack
	heap := func() float64 {
		p.api("GET", "/debug/pprof/heap?gc=1", "")
		return p.metric("go_memstats_heap_alloc_bytes")
	}
	come := func(n int, accept, want string) {
		t.Helper()
		var wg sync.WaitGroup
		var left atomic.Int64
		left.Store(int64(n))
		for range 4 {
			c := client(t) // kept connections, but no cookies: each request is somebody new
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					_, h, _, err := browseAs(t.Context(), c, p.url+"/p/x?utm=1", accept)
					if err != nil || h.Get("Falochron-State") != want {
						t.Errorf("state %q, want %q: %v", h.Get("Falochron-State"), want, err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
	come(200, "text/html", "")
	before := heap()
	come(inside, "text/html", "")
	p.api("POST", "/api/v1/shops/shop/hold", "{}")
	come(visitors-inside, "application/json", "held") // a place each, without a page of 5 KB
	v := p.vitals()
	if v.Inside < inside {
		t.Errorf("%d inside", v.Inside)
	}
	if grown := heap() - before; grown > visitors*each {
		t.Errorf("%.0f bytes a visitor", grown/visitors)
	} else {
		t.Logf("%.0f bytes a visitor; resident %.0f MB", grown/visitors, p.metric("process_resident_memory_bytes")/1e6)
	}
}
