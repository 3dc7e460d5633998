package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// A shop is full when more people want pages than it makes. These take one after
// the other, as fast as they come, each with the cookies of a browser.
const (
	crowdSize = 40
	fullPace  = "6" // six times as slow as PHP: a dozen people fill it
)

// fills has people come to a page that the shop makes for each of them, until some
// have to wait. Whoever comes then stands behind them. They go when ends is called.
func (s *stage) fills(t *testing.T, page string) (ends func()) {
	t.Helper()
	s.shops[0].hasPace(t, fullPace)
	ctx, cancel := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	ends = func() {
		cancel()
		crowd.Wait()
		s.shops[0].hasPace(t, quick)
	}
	for range crowdSize {
		crowd.Go(func() { wander(ctx, page) })
	}
	s.until("people have to wait", func(n numbers) bool { return n.Vitals.InLine > crowdSize/8 })
	return ends
}

// wander looks at one page again and again, in line or not.
func wander(ctx context.Context, page string) {
	jar, _ := cookiejar.New(nil) // without options it does not fail
	c := &http.Client{Jar: jar}
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
		if err != nil {
			return
		}
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		resp, err := c.Do(r)
		if err != nil {
			return // the test is over
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusServiceUnavailable {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second): // between two looks at the waiting page
			}
		}
	}
}

// hasPace sets how many times as slow as PHP the shop is.
func (s *shopOf) hasPace(t *testing.T, x string) {
	t.Helper()
	resp, err := http.Post(s.backstage+"/pace", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"x": {x}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("pace %s: %s", x, resp.Status)
	}
}
