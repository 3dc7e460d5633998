package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

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
			tick := time.NewTicker(f.every)
			defer tick.Stop()
			for ctx.Err() == nil {
				h.askStock(ctx, f)
				select {
				case <-ctx.Done():
				case <-tick.C:
				}
			}
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

func (h *service) askStock(ctx context.Context, f stockFeed) {
	left, err := f.ask(ctx)
	switch {
	case err == nil:
		h.soldOut(f.shop, left)
	case ctx.Err() == nil:
		h.log.Warn("stock is not known", "shop", f.shop, "error", err)
	}
}

func (f stockFeed) ask(ctx context.Context) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, f.every)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
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
