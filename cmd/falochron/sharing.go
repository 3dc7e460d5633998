package main

import (
	"context"
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/twins"
)

// remember puts in force what was known of a shop's pages before a restart, once for
// each shop.
func (h *service) remember(shop string) {
	if h.known[shop] {
		return
	}
	if h.known == nil {
		h.known = make(map[string]bool)
	}
	h.known[shop] = true
	kept, err := h.store.Shop(shop)
	if err == nil {
		var sharing falochron.Sharing
		var ok bool
		if sharing, ok, err = kept.LoadSharing(); ok {
			h.edge.SetSharing(shop, sharing)
		}
	}
	if err != nil {
		h.log.Error("what may be shared is not known from before", "shop", shop, "error", err)
	}
}

// setSharing puts in force what is known of a shop's pages, and on disk. With an
// error it is in force and not saved.
func (h *service) setSharing(shop string, sharing falochron.Sharing) error {
	h.edge.SetSharing(shop, sharing)
	kept, err := h.store.Shop(shop)
	if err != nil {
		return err
	}
	return kept.SaveSharing(sharing)
}

// watchTwins compares the pages of every shop about once a day, until ctx ends. A
// shop that the configuration names no more is left alone.
func (h *service) watchTwins(ctx context.Context) {
	if h.compared == nil {
		h.compared = make(map[string]bool)
	}
	for _, s := range h.cfg.Shops {
		shop := s.Name
		h.remember(shop)
		if h.compared[shop] {
			continue
		}
		h.compared[shop] = true
		l := &twins.Loop{
			Shop:  func() string { return h.edge.Address(shop) },
			Fetch: func(ctx context.Context, r *http.Request) (*http.Response, error) { return h.edge.Fetch(ctx, shop, r) },
			Calm: func() bool {
				snap, ok := h.edge.Snapshot(shop)
				return ok && snap.Mode != falochron.ModeOff && h.edge.Calm(shop)
			},
			Preset:  func(string) (*preset.Classifier, error) { return h.edge.Classifier(shop) },
			Current: func() (falochron.Sharing, bool) { return h.edge.Sharing(shop) },
			Update:  func(edit func(falochron.Sharing) (falochron.Sharing, string)) { h.learn(shop, edit) },
			Log:     h.log.With("shop", shop),
		}
		h.comparing.Go(func() { l.Run(ctx) })
	}
}

// learn takes what a check has found.
func (h *service) learn(shop string, edit func(falochron.Sharing) (falochron.Sharing, string)) {
	if h.ctl != nil {
		_, err := h.ctl.ChangeSharing(shop, "", func(s *falochron.Sharing) (string, error) {
			after, news := edit(*s)
			*s = after
			return news, nil
		})
		if err != nil {
			h.log.Error("what was found of the shop's pages is lost", "shop", shop, "error", err)
		}
		return
	}
	// There are no operators, so nobody else changes it.
	sharing, ok := h.edge.Sharing(shop)
	if !ok {
		return
	}
	after, news := edit(sharing)
	if err := h.setSharing(shop, after); err != nil {
		h.log.Error("save what may be shared", "shop", shop, "error", err)
	}
	if news != "" {
		h.notes.Append(falochron.Record{Time: time.Now(), Shop: shop, Note: news})
	}
}
