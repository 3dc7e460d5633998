package main

import (
	"context"
	"fmt"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/edge/accept"
)

// openPages makes the pages of the campaign room, and the listener for who comes by a
// signed link if there is to be one.
func (h *service) openPages() (err error) {
	if h.plan == nil {
		return nil
	}
	h.pages = &planPages{
		plan: h.plan, pages: console.NewPages(console.Config{Version: thisBuild().version}), links: h.parts.ring.Links(), feeds: h.parts.ring.Feeds(), reached: h.cfg.Plan.URL, notes: h.notes,
		pulse: &pulse{source: h.edge, database: h.databases.busy}, trust: accept.Trust{Proxies: h.cfg.Trust.Proxies, Header: h.cfg.Trust.Header}, log: h.log, now: time.Now,
		tells:  h.messenger != nil,
		data:   h.cfg.Data,
		secure: h.cfg.Plan.URL != nil && h.cfg.Plan.URL.Scheme == "https",
		orders: h.edge.Snapshot,
		order: func(shop, actor string, edit func(*falochron.Snapshot) (string, error)) error {
			_, err := h.ctl.Change(shop, actor, edit) // only who came by control's listener is an operator
			return err
		},
	}
	h.pages.hooks = control.NewHooks(control.HooksConfig{Plan: h.plan, Secret: h.pages.feeds.HookSecret, Log: h.log})
	h.pages.standBehind(h.cfg)
	h.pages.lookouts = h.openLookouts()
	h.pages.routes()
	if h.cfg.Plan.Listen == "" {
		return nil
	}
	c := frontConfig(h.cfg, h.log)
	c.Address, c.MaxConns, c.MaxRequests = h.cfg.Plan.Listen, planConns, planConns
	h.guests, err = accept.Listen(c)
	return err
}

// planConns bounds the connections of the listener for signed links: a few parties with
// a few people each. It must not take from the fans' what the system gives us. A guess.
const planConns = 512

// serveGuests answers who comes by a signed link until the listener is drained. Like
// operators who cannot look, they are no reason to turn visitors away.
func (h *service) serveGuests() error {
	if err := h.guests.Serve(h.pages.guests()); err != nil {
		h.log.Error("the listener of the campaign room has failed; the shop is served on", "error", err)
	}
	return nil
}

// drainGuests ends that listener.
func (h *service) drainGuests(ctx context.Context) {
	if h.guests != nil {
		h.pages.news.end()
		_ = h.guests.Drain(ctx) // pages look again at the next process
	}
}

// announceGuests says where signed links lead.
func (h *service) announceGuests() {
	if h.guests == nil {
		return
	}
	scheme := "http"
	if len(h.cfg.TLS) > 0 {
		scheme = "https"
	}
	at := fmt.Sprintf("%s://%s", scheme, h.guests.Addr())
	reached := ""
	if h.cfg.Plan.URL != nil {
		reached = ", reached by " + h.cfg.Plan.URL.String()
	}
	fmt.Fprintf(h.out, "  campaign room on %s%s, for signed links\n", at, reached)
	if h.messenger != nil {
		fmt.Fprintln(h.out, "  people are told what the plan says; falochron campaign deliveries lists the messages")
	}
}
