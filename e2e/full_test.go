package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// A shop is full when more people want pages than it makes. With so few workers it is
// full at twelve pages a second, which are no work for a machine: the workers are held more
// than half as long as PHP would be, and burn nothing.
const (
	fullWorkers = "3"
	fullPace    = "0.6"
	lookers     = 24
)

// fills has people look at pages until some have to wait. Whoever comes then stands
// behind them, and gets a turn: those who have looked go, and others come, until the
// test ends.
func (s *stage) fills(t *testing.T, pages ...string) {
	t.Helper()
	s.shops[0].hasPace(t, fullPace)
	var crowd sync.WaitGroup
	t.Cleanup(crowd.Wait) // the test's context has ended
	for i := range lookers {
		crowd.Go(func() {
			carrier := from(net.IPv4(127, byte(i)+1, 0, 1))
			defer carrier.CloseIdleConnections()
			lookAround(t.Context(), carrier, pages)
		})
	}
	s.peopleWait()
}

// from carries requests from that address. Those who only look come each from a network
// of their own: what programs do without pictures is like an attack, and from the network
// of one people are let in more slowly.
func from(address net.IP) *http.Transport {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: address}}
	return &http.Transport{DialContext: d.DialContext}
}

// peopleWait awaits that many stand in line.
func (s *stage) peopleWait() {
	s.t.Helper()
	s.until("people have to wait", func(n numbers) bool { return n.Vitals.InLine > lookers/3 })
}

// lookAround is one person after the other who looks at pages and goes.
func lookAround(ctx context.Context, carrier http.RoundTripper, pages []string) {
	for ctx.Err() == nil {
		jar, _ := cookiejar.New(nil) // without options it does not fail
		c := &http.Client{Transport: carrier, Jar: jar}
		for _, page := range pages {
			for !looks(ctx, c, page) {
				select {
				case <-ctx.Done():
					return
				case <-time.After(2 * time.Second): // between two looks at the waiting page
				}
			}
		}
	}
}

// looks asks for a page, and reports whether it came.
func looks(ctx context.Context, c *http.Client, page string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return false
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	resp, err := c.Do(r)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body) // what has come of it is enough
	_ = resp.Body.Close()
	return resp.StatusCode != http.StatusServiceUnavailable
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
