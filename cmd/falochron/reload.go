package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
)

// reloads hands out a new configuration for each SIGHUP after which the file
// could be used. When it cannot, refused is told why and nothing is handed out:
// what runs keeps running. The channel closes after ctx ends.
func reloads(ctx context.Context, current *config.Config, refused func(error)) <-chan *config.Config {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	next := make(chan *config.Config)
	go func() {
		defer close(next)
		defer signal.Stop(hup)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
			}
			fresh, err := current.Reload()
			if err != nil {
				refused(err)
				continue
			}
			select {
			case <-ctx.Done():
				return
			case next <- fresh:
				current = fresh
			}
		}
	}()
	return next
}

// refused says that a reload came to nothing.
func (h *service) refused(err error) {
	fmt.Fprintln(h.out, "reload refused; the configuration of before keeps running")
	report(h.out, err)
	h.log.Error("reload refused", "error", err)
}

// reload puts a new configuration in force without dropping a request.
func (h *service) reload(fresh *config.Config) {
	if err := h.install(fresh); err != nil {
		h.refused(err)
		return
	}
	before := h.cfg
	h.cfg = fresh
	h.orders(before)
	h.tellRadar(fresh)
	if h.pages != nil {
		h.pages.standBehind(fresh)
	}
	if h.ctl != nil {
		h.ctl.SetStockTokens(stockTokens(fresh))
	}
	fmt.Fprintln(h.out, "reloaded")
	h.listShops()
	h.log.Info("reloaded", "shops", len(fresh.Shops))
}

// orders gives the shops whose mode, ceiling or start the file has changed
// their new orders; what an operator pressed meanwhile stays otherwise.
func (h *service) orders(before *config.Config) {
	was := make(map[string]config.Shop)
	for _, s := range before.Shops {
		was[s.Name] = s
	}
	for _, s := range h.cfg.Shops {
		old, ok := was[s.Name]
		if !ok || old.Mode == s.Mode && old.Ceiling == s.Ceiling && old.Start.Equal(s.Start) {
			continue
		}
		edit := func(snap *falochron.Snapshot) (string, error) {
			snap.Mode, snap.Ceiling, snap.Start = s.Mode, s.Ceiling, s.Start
			return fmt.Sprintf("configuration reloaded: mode %s, ceiling %d", s.Mode, s.Ceiling), nil
		}
		h.change(s.Name, "configuration", edit)
	}
}

// change gives a shop new orders: through control if it runs, which also writes
// the audit record. A note of "" means that nothing had to change.
func (h *service) change(shop, actor string, edit func(*falochron.Snapshot) (note string, err error)) {
	if h.ctl != nil {
		if _, err := h.ctl.Change(shop, actor, edit); err != nil {
			h.log.Error("orders refused", "shop", shop, "actor", actor, "error", err)
		}
		return
	}
	h.ordering.Lock()
	defer h.ordering.Unlock()
	snap, ok := h.edge.Snapshot(shop)
	if !ok {
		return
	}
	snap.SoldOut = maps.Clone(snap.SoldOut) // the edge reads the old map without a lock
	note, err := edit(&snap)
	if err != nil || note == "" {
		return
	}
	snap.Version++
	h.edge.Publish(shop, snap)
	if err := h.notes.Audit(falochron.Record{Time: time.Now(), Shop: shop, Actor: actor, Note: note}); err != nil {
		h.log.Error("write audit record", "error", err)
	}
	h.log.Info("orders changed", "shop", shop, "actor", actor, "note", note, "version", snap.Version)
}
