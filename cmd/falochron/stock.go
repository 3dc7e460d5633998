package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"github.com/falochron/falochron"
)

// stockFeed is a shop's own address that says what is left: JSON, path of the
// article to number of pieces.
type stockFeed struct {
	shop  string
	url   string
	every time.Duration
}

// stockWatch is the feeds being asked now.
type stockWatch struct {
	feeds []stockFeed
	stop  context.CancelFunc // nil = nobody is asked
	ended sync.WaitGroup
}

// shopTransport asks shops on our own account: for their stock, and for pages to
// compare. Its HTTP/2 is that of x/net, as towards every shop: the copy in Go
// 1.26's net/http, which http.DefaultTransport speaks, lacks fixes (decision 5).
func shopTransport() (*http.Transport, error) {
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     90 * time.Second,
		Protocols:           new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	t.Protocols.SetHTTP2(true)
	//lint:ignore SA1019 deprecated for Go 1.27, where net/http has the same code
	if _, err := http2.ConfigureTransports(t); err != nil {
		return nil, &falochron.Error{Kind: falochron.Internal, Op: "set up HTTP/2 towards the shop", Err: err}
	}
	return t, nil
}

// maxStock bounds one answer of a stock feed.
const maxStock = 4 << 20

// watchStock asks the feeds of the configuration in force, at once and then
// each in its own time, until ctx ends or it is called again. A feed that fails
// changes nothing: what is not known is not called sold out.
func (h *service) watchStock(ctx context.Context) {
	if h.stock.stop != nil && slices.Equal(h.stock.feeds, h.parts.now.feeds) {
		return
	}
	h.stock.end()
	h.stock.feeds = h.parts.now.feeds
	ctx, h.stock.stop = context.WithCancel(ctx)
	for _, f := range h.stock.feeds {
		h.stock.ended.Go(func() {
			t, err := shopTransport()
			if err != nil {
				h.log.Error("stock cannot be asked for", "shop", f.shop, "error", err)
				return
			}
			defer t.CloseIdleConnections()
			f.follow(ctx, &http.Client{Transport: t}, h.log, func(left map[string]int) { h.soldOut(f.shop, left) })
		})
	}
}

// end stops asking, and waits until nobody does.
func (w *stockWatch) end() {
	if w.stop != nil {
		w.stop()
		w.ended.Wait()
	}
}

// follow asks at once and then each time every is over, until ctx ends, and
// tells what is left. That a feed fails, and that it answers again, is logged
// once: a feed that is down is asked on, up to once a second for hours.
func (f stockFeed) follow(ctx context.Context, client *http.Client, log *slog.Logger, tell func(left map[string]int)) {
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	failing := false
	for ctx.Err() == nil {
		left, err := f.ask(ctx, client)
		switch {
		case err == nil:
			if failing {
				log.Info("stock is known again", "shop", f.shop)
			}
			failing = false
			tell(left)
		case ctx.Err() == nil && !failing:
			failing = true
			log.Warn("stock is not known", "shop", f.shop, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

func (f stockFeed) ask(ctx context.Context, client *http.Client) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, f.every)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the address: it may hold a secret
		}
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the stock address answers %s", resp.Status)
	}
	var left map[string]int
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxStock)).Decode(&left); err != nil {
		return nil, fmt.Errorf("the stock address sends no JSON of path and number: %w", err)
	}
	return left, nil
}

// soldOut publishes what has run out or come back, if that is news. What the
// feed does not name stays as it is known from elsewhere.
func (h *service) soldOut(shop string, left map[string]int) {
	h.change(shop, "stock address", func(s *falochron.Snapshot) (string, error) {
		news := false
		for path, n := range left {
			if gone := n <= 0; gone != s.SoldOut[path] {
				news = true
				if s.SoldOut == nil {
					s.SoldOut = make(map[string]bool)
				}
				if gone {
					s.SoldOut[path] = true
				} else {
					delete(s.SoldOut, path)
				}
			}
		}
		if !news {
			return "", nil
		}
		return fmt.Sprintf("sold out: %d articles", len(s.SoldOut)), nil
	})
}
