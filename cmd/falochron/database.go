package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// databaseFeed is a shop's own address that says how busy its database is. From outside
// nothing is known of it: what the shop takes long for, its workers may do themselves.
type databaseFeed struct {
	shop  string
	url   string
	every time.Duration
}

// databaseAge is for how many questions an answer counts; then nobody knows.
const databaseAge = 3

// maxDatabase bounds one answer in bytes.
const maxDatabase = 4 << 10

// databases is how busy they are, as the shops said last. It is safe for many at once.
type databases struct {
	feeds []databaseFeed
	stop  context.CancelFunc // nil = nobody is asked
	ended sync.WaitGroup

	mu   sync.Mutex
	said map[string]databaseSaid // by shop
}

type databaseSaid struct {
	busy  float64 // 0 to 1
	until time.Time
}

// busy is how busy the database of a shop is, 0 to 1, and whether its shop is asked at
// all; -1: nobody knows.
func (d *databases) busy(shop string, now time.Time) (busy float64, asked bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	asked = slices.ContainsFunc(d.feeds, func(f databaseFeed) bool { return f.shop == shop })
	if s, known := d.said[shop]; known && asked && now.Before(s.until) {
		return s.busy, true
	}
	return -1, asked
}

// watchDatabases asks the feeds of the configuration in force, at once and then each in
// its own time, until ctx ends or it is called again.
func (h *service) watchDatabases(ctx context.Context) {
	d := &h.databases
	if d.stop != nil && slices.Equal(d.feeds, h.parts.now.databases) {
		return
	}
	d.end()
	d.mu.Lock()
	d.feeds, d.said = h.parts.now.databases, map[string]databaseSaid{}
	d.mu.Unlock()
	ctx, d.stop = context.WithCancel(ctx)
	for _, f := range h.parts.now.databases {
		d.ended.Go(func() {
			t, err := shopTransport()
			if err != nil {
				h.log.Error("the database cannot be asked for", "shop", f.shop, "error", err)
				return
			}
			defer t.CloseIdleConnections()
			f.follow(ctx, &http.Client{Transport: t}, h.log, func(busy float64) {
				d.mu.Lock()
				defer d.mu.Unlock()
				d.said[f.shop] = databaseSaid{busy, time.Now().Add(databaseAge * f.every)}
			})
		})
	}
}

// end stops asking, and waits until nobody does.
func (d *databases) end() {
	if d.stop != nil {
		d.stop()
		d.ended.Wait()
	}
}

// follow asks until ctx ends, and tells each answer. That the shop does not say, and that
// it says it again, is logged once.
func (f databaseFeed) follow(ctx context.Context, client *http.Client, log *slog.Logger, tell func(busy float64)) {
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	failing := false
	for ctx.Err() == nil {
		busy, err := f.ask(ctx, client)
		switch {
		case err == nil:
			if failing {
				log.Info("how busy the database is, is known again", "shop", f.shop)
			}
			failing = false
			tell(busy)
		case ctx.Err() == nil && !failing:
			failing = true
			log.Warn("how busy the database is, is not known", "shop", f.shop, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// ask is one question. The shop answers {"busy": 0.4}, or what is used of what there is,
// as {"used": 61, "most": 151}.
func (f databaseFeed) ask(ctx context.Context, client *http.Client) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, f.every)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the address: it may hold a secret
		}
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the address of the database answers %s", resp.Status)
	}
	var said struct{ Busy, Used, Most *float64 }
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxDatabase)).Decode(&said); err != nil {
		return 0, fmt.Errorf("the address of the database sends no JSON: %w", err)
	}
	busy := math.NaN()
	switch {
	case said.Busy != nil && said.Used == nil && said.Most == nil:
		busy = *said.Busy
	case said.Busy == nil && said.Used != nil && said.Most != nil && *said.Most > 0:
		busy = min(*said.Used / *said.Most, 1)
	}
	if !(busy >= 0 && busy <= 1) {
		return 0, errors.New(`the address of the database says neither {"busy": 0 to 1} nor {"used": N, "most": M}`)
	}
	return busy, nil
}
