package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/toyshop"
)

// A small wave: every fan comes while the line is held, so that all have to
// wait, and the edge is killed when some have ordered.
const (
	crashFans = 100
	killAt    = 25 // orders
)

// fan is one visitor with a browser's memory. It knows the toy shop's journey
// and, of the edge, what a waiting page's script knows.
type fan struct {
	n       int
	edge    string
	c       *http.Client
	article string

	mu     sync.Mutex
	places []string // every waiting ticket given, in order
	err    error
}

func newFan(n int, edge, article string) *fan {
	jar, _ := cookiejar.New(nil) // fails never without options
	return &fan{n: n, edge: edge, article: article, c: &http.Client{
		Jar: jar, Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (f *fan) email() string { return fmt.Sprintf("fan%d@example.org", f.n) }

// do sends one request and notes a waiting ticket that comes back.
func (f *fan) do(ctx context.Context, method, path string, form url.Values) (status int, h http.Header, body string, err error) {
	if method == http.MethodGet {
		status, h, body, err = browse(ctx, f.c, f.edge+path)
	} else {
		var req *http.Request
		if req, err = http.NewRequestWithContext(ctx, method, f.edge+path, strings.NewReader(form.Encode())); err != nil {
			return 0, nil, "", err
		}
		req.Header.Set("Accept", "text/html")
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		var resp *http.Response
		if resp, err = f.c.Do(req); err == nil {
			status, h = resp.StatusCode, resp.Header
			err = resp.Body.Close()
		}
	}
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.Name == "falo_w1" && c.MaxAge >= 0 && c.Value != "" {
			f.mu.Lock()
			f.places = append(f.places, c.Value)
			f.mu.Unlock()
		}
	}
	return status, h, body, err
}

// page asks for a page until the shop has shown it: through the line and
// through a crash.
func (f *fan) page(ctx context.Context, path string) (string, error) {
	for ctx.Err() == nil {
		status, h, body, err := f.do(ctx, http.MethodGet, path, nil)
		switch {
		case err != nil: // the edge is down: a browser's reload
		case h.Get("Falochron-State") != "":
			f.queue(ctx)
			continue
		case status == http.StatusOK:
			return body, nil
		}
		rest(ctx)
	}
	return "", ctx.Err()
}

// queue asks for the status until it is this fan's turn.
func (f *fan) queue(ctx context.Context) {
	for ctx.Err() == nil {
		_, _, body, err := f.do(ctx, http.MethodGet, "/.falochron/status", nil)
		var st struct{ State string }
		if err == nil && json.Unmarshal([]byte(body), &st) == nil && st.State != "waiting" && st.State != "held" {
			return
		}
		rest(ctx)
	}
}

// rest is the time between two looks.
func rest(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(100 * time.Millisecond):
	}
}

// buy is the whole visit. A post whose answer never came is not sent again
// before the cart has been looked at.
func (f *fan) buy(ctx context.Context) error {
	if _, err := f.page(ctx, "/produkt/"+f.article); err != nil {
		return err
	}
	for ctx.Err() == nil {
		cart, err := f.page(ctx, "/koszyk")
		if err != nil {
			return err
		}
		if !strings.Contains(cart, "data-item=") {
			if status, h, _, err := f.do(ctx, http.MethodPost, "/koszyk/dodaj", url.Values{"product": {f.article}, "qty": {"1"}}); err == nil && h.Get("Falochron-State") != "" {
				return fmt.Errorf("somebody inside met the line at the cart (%d)", status)
			}
			continue
		}
		break
	}
	for ctx.Err() == nil {
		status, h, _, err := f.do(ctx, http.MethodPost, "/zamowienie", url.Values{"name": {"Fan"}, "email": {f.email()}, "blik": {"123456"}})
		if err == nil && h.Get("Falochron-State") != "" {
			return fmt.Errorf("somebody inside met the line at the till (%d)", status)
		}
		if err == nil && status == http.StatusSeeOther {
			_, err := f.page(ctx, h.Get("Location"))
			return err
		}
		cart, err := f.page(ctx, "/koszyk")
		if err != nil {
			return err
		}
		if !strings.Contains(cart, "data-item=") {
			return nil // it was booked; only the answer was lost
		}
	}
	return ctx.Err()
}

// toyStats are the toy shop's own counts.
func toyStats(t *testing.T, backstage string) (s toyshop.Stats) {
	t.Helper()
	resp, err := http.Get(backstage + "/stats?charges=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestKillInMidWave kills the edge with SIGKILL, once while all stand in line and
// once in mid-wave, and starts it again on the same folder: every fan keeps the
// one place there was and its order, those inside stay inside, and everybody's
// order is booked and paid once.
func TestKillInMidWave(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	listen := freeAddress(t)
	shop := launch(t.Fatalf, t.TempDir(), "toyshop", "--listen", "127.0.0.1:0", "--workers", "4", "--pace", "0.1",
		"--public-url", "http://"+listen, "--data", t.TempDir())
	t.Cleanup(func() { shop.cleanup(t) })
	shop.until(" backstage http://")
	var origin, backstage string
	if _, err := fmt.Sscanf(shop.out.String(), "toyshop listening on %s backstage %s", &origin, &backstage); err != nil {
		t.Fatal(err)
	}
	args := []string{"--origin", origin, "--listen", listen, "--data", t.TempDir() + "/data"}
	edge := start(t, append(args, "--mode", "hold")...)

	fans := make([]*fan, crashFans)
	var wg sync.WaitGroup
	for i := range fans {
		fans[i] = newFan(i, "http://"+listen, toyshop.Catalogue()[0].Slug)
		// One after the other, so that their order is known.
		if status, h, _, err := fans[i].do(ctx, http.MethodGet, "/produkt/"+fans[i].article, nil); err != nil || h.Get("Falochron-State") != "held" {
			t.Fatalf("fan %d met %d %v %v, not the line", i, status, h, err)
		}
	}
	before := lineOf(t, ctx, fans)
	if !slices.IsSorted(before) || before[crashFans-1] != crashFans-1 {
		t.Fatalf("people ahead, in the order of coming: %v", before)
	}
	edge.signal(syscall.SIGKILL)
	edge.end()
	edge = start(t, append(args, "--mode", "hold")...)
	if after := lineOf(t, ctx, fans); !slices.Equal(before, after) {
		t.Errorf("people ahead before and after the kill:\n%v\n%v", before, after)
	}

	for _, f := range fans {
		wg.Go(func() { f.err = f.buy(ctx) })
	}
	edge.api("POST", "/api/v1/shops/shop/mode", `{"mode": "auto"}`)
	poll(t, "the wave is under way", func() bool { return toyStats(t, backstage).Orders >= killAt })
	edge.signal(syscall.SIGKILL)
	edge.end()
	if n := toyStats(t, backstage).Orders; n > crashFans-killAt {
		t.Fatalf("%d of %d had ordered when it was killed: that is no mid-wave", n, crashFans)
	}
	start(t, args...)
	wg.Wait()

	for i, f := range fans {
		if f.err != nil {
			t.Errorf("fan %d: %v", i, f.err)
		}
		if len(f.places) != 1 {
			t.Errorf("fan %d was given %d places", i, len(f.places))
		}
	}
	poll(t, "every order is paid", func() bool { return toyStats(t, backstage).Paid == crashFans })
	s := toyStats(t, backstage)
	by := map[string]int{}
	for _, c := range s.Charges {
		by[c.Email]++
	}
	if s.Orders != crashFans || s.DoubleBooked != 0 || s.Oversold != 0 || s.CallbacksLost != 0 || len(by) != crashFans {
		t.Errorf("%d orders by %d people, %d twice, %d oversold, %d callbacks lost", s.Orders, len(by), s.DoubleBooked, s.Oversold, s.CallbacksLost)
	}
}

// lineOf is how many people stand before each fan, as each is told.
func lineOf(t *testing.T, ctx context.Context, fans []*fan) []int {
	t.Helper()
	ahead := make([]int, len(fans))
	for range 2 { // a place counts from the first look on
		for i, f := range fans {
			var st struct {
				State string
				Ahead int
			}
			_, _, body, err := f.do(ctx, http.MethodGet, "/.falochron/status", nil)
			if err == nil {
				err = json.Unmarshal([]byte(body), &st)
			}
			if err != nil || st.State != "held" {
				t.Fatalf("fan %d: %v, %s", i, err, body)
			}
			ahead[i] = st.Ahead
		}
	}
	return ahead
}
