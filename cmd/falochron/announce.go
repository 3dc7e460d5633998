package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/config"
)

// announce prints what a newcomer wants to know: where it listens, what it
// protects, how to look at it, how to get it out of the way. The log gets the
// same as one line. No secret is in either: only where the token lies.
func (h *service) announce() {
	scheme := "http"
	if len(h.cfg.TLS) > 0 {
		scheme = "https"
	}
	listen, admin := fmt.Sprintf("%s://%s", scheme, h.front.Addr()), ""
	fmt.Fprintf(h.out, "falochron listening on %s\n", listen)
	h.listShops()
	if h.admin != nil {
		admin = h.admin.Addr().String()
		fmt.Fprintf(h.out, "  live page http://%s/ (token in %s)\n", admin, h.tokenFile())
	}
	h.announceGuests()
	fmt.Fprintln(h.out, "  one-step bypass: restart with --mode off, or press off on the live page")
	h.log.Info("started", "version", thisBuild().String(), "listen", listen, "admin", admin, "data", h.cfg.Data, "shops", len(h.cfg.Shops))
}

// listShops prints one line a shop: which hosts lead where, in which mode.
func (h *service) listShops() {
	for _, s := range h.cfg.Shops {
		hosts := "every host"
		if len(s.Hosts) > 0 {
			hosts = strings.Join(s.Hosts, ", ")
		}
		var origins []string
		for _, u := range s.Origins {
			origins = append(origins, u.String())
		}
		fmt.Fprintf(h.out, "  %s: %s → %s, mode %s%s\n", s.Name, hosts, strings.Join(origins, ", "), s.Mode, h.ordered(s))
	}
}

// ordered says what operators ordered otherwise than the configuration says; a
// restart does not undo it.
func (h *service) ordered(s config.Shop) string {
	snap, ok := h.edge.Snapshot(s.Name)
	if !ok || snap.Mode == s.Mode && snap.Ceiling == s.Ceiling && snap.Start.Equal(s.Start) {
		return ""
	}
	said := "; ordered on the live page: mode " + snap.Mode.String()
	if snap.Ceiling != 0 {
		said += fmt.Sprintf(", at most %d at the shop", snap.Ceiling)
	}
	if !snap.Start.IsZero() {
		said += ", start " + snap.Start.Format(time.RFC3339)
	}
	return said
}

// missing names the replicas that are not there.
func (h *service) missing(ctx context.Context, shops []config.Shop) {
	for _, said := range knock(ctx, shops) {
		if ctx.Err() == nil {
			h.log.Warn(said)
		}
	}
}
