package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
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

// maxStock bounds one answer of a stock feed.
const maxStock = 4 << 20

// watchStock asks all feeds until ctx ends. A feed that fails changes nothing:
// what is not known is not called sold out.
func (h *service) watchStock(ctx context.Context) {
	var wg sync.WaitGroup
	for _, f := range h.parts.feeds {
		wg.Go(func() {
			tick := time.NewTicker(f.every)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				left, err := f.ask(ctx)
				if err != nil {
					h.log.Warn("stock is not known", "shop", f.shop, "error", err)
					continue
				}
				h.soldOut(f.shop, left)
			}
		})
	}
	wg.Wait()
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

// soldOut publishes what has run out, if that is news.
func (h *service) soldOut(shop string, left map[string]int) {
	snap, ok := h.edge.Snapshot(shop)
	if !ok {
		return
	}
	gone := maps.Clone(snap.SoldOut)
	if gone == nil {
		gone = make(map[string]bool)
	}
	for path, n := range left {
		if n <= 0 {
			gone[path] = true
		} else {
			delete(gone, path)
		}
	}
	if maps.Equal(gone, snap.SoldOut) {
		return
	}
	h.change(shop, "stock address", func(s *falochron.Snapshot) (string, error) {
		s.SoldOut = gone
		return fmt.Sprintf("sold out: %d articles", len(gone)), nil
	})
}
