package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/config"
)

// knockFor bounds how long the start waits to learn whether the shops are
// there. A machine that is up answers within milliseconds; a guess.
const knockFor = time.Second

// knock tries to connect to every replica once and says which are not there. A
// missing shop does not prevent the start: it may come later, and the line must
// stand when it does.
func knock(ctx context.Context, shops []config.Shop) []string {
	ctx, cancel := context.WithTimeout(ctx, knockFor)
	defer cancel()
	var all []*url.URL
	for _, s := range shops {
		all = append(all, s.Origins...)
	}
	said := make([]string, len(all))
	var wg sync.WaitGroup
	for i, u := range all {
		wg.Go(func() {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "tcp", address(u))
			if err != nil {
				said[i] = fmt.Sprintf("nothing answers at %s (%v); is the shop running? Visitors get an error page until it is", u, err)
				return
			}
			_ = conn.Close()
		})
	}
	wg.Wait()
	var out []string
	for _, s := range said {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// address is where u is connected to: its port may go without saying.
func address(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
