package main

import (
	"context"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
)

// tellEdge keeps the edge told of what the plan announces, until ctx ends.
func (h *service) tellEdge(ctx context.Context) {
	if h.plan == nil {
		// Nobody could change a plan any more, nor take back what was once announced.
		for _, shop := range h.edge.Shops() {
			h.announcePlan(shop, nil)
		}
		return
	}
	a := control.Announcer{Plan: h.plan, Shops: h.edge.Shops, Behind: h.pages.behindOf, Publish: h.announcePlan, Apart: h.pages.tellApart}
	a.Run(ctx)
}

// announcePlan makes what the plan announces of a shop part of its orders: through
// control if it runs, so that orders never cross.
func (h *service) announcePlan(shop string, a *falochron.Announced) {
	if h.ctl != nil {
		h.ctl.Announce(shop, a)
		return
	}
	h.ordering.Lock()
	defer h.ordering.Unlock()
	if snap, ok := h.edge.Snapshot(shop); ok && !snap.Plan.Same(a) {
		snap.Plan = a
		snap.Version++
		h.edge.Publish(shop, snap)
	}
}
