package main

import (
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
)

// openRadar makes the radar, which watches the shops whether or not anybody looks.
func (h *service) openRadar() error {
	h.tellRadar(h.cfg)
	c := control.RadarConfig{
		Shops: h.edge.Shops, Arrivals: h.edge.Arrivals, Cohorts: h.edge.Cohorts, Order: h.orderRadar, Warm: h.edge.Warm, Shadow: h.radarShadow,
		Load: h.loadRadar, Save: h.saveRadar, Keep: h.keepWave, Figures: h.nowcastFigures, Journal: h.notes, Log: h.log,
	}
	if h.plan != nil {
		c.Plan, c.Behind, c.Expected = h.plan, h.pages.behindOf, h.pages.expected
	}
	h.checkFigures()
	h.radar = control.NewRadar(c)
	if h.pages != nil {
		h.pages.radar = h.radar.Look
	}
	return nil
}

// orderRadar makes what is done to crowds part of a shop's orders.
func (h *service) orderRadar(shop string, o *falochron.RadarOrders) {
	h.pass(shop, func(s *falochron.Snapshot) { s.Radar = o })
}

// pass makes something that passes part of a shop's orders: through control if it runs, so
// that orders never cross.
func (h *service) pass(shop string, edit func(*falochron.Snapshot)) {
	if h.ctl != nil {
		h.ctl.Pass(shop, edit)
		return
	}
	h.ordering.Lock()
	defer h.ordering.Unlock()
	if snap, ok := h.edge.Snapshot(shop); ok {
		edit(&snap)
		snap.Version++
		h.edge.Publish(shop, snap)
	}
}

// loadRadar reads what is usual at a shop.
func (h *service) loadRadar(shop string) ([]byte, error) {
	kept, err := h.store.Shop(shop)
	if err != nil {
		return nil, err
	}
	return kept.LoadRadar()
}

// saveRadar puts it on disk.
func (h *service) saveRadar(shop string, b []byte) error {
	kept, err := h.store.Shop(shop)
	if err != nil {
		return err
	}
	return kept.SaveRadar(b)
}

// keepWave puts on disk how a wave went at a shop.
func (h *service) keepWave(shop string, began time.Time, trace []byte) error {
	kept, err := h.store.Shop(shop)
	if err != nil {
		return err
	}
	return kept.SaveWave(began, trace)
}

// nowcastFigures are those that forecast fit has learnt of a shop's own waves; nil: there
// are none.
func (h *service) nowcastFigures(shop string) (*forecast.Figures, error) {
	kept, err := h.store.Shop(shop)
	if err != nil {
		return nil, err
	}
	text, err := kept.LoadNowcast()
	if text == nil || err != nil {
		return nil, err
	}
	return forecast.ReadFigures(text)
}

// checkFigures says at once what is wrong with a shop's figures, and not in the midst of
// its next wave.
func (h *service) checkFigures() {
	for i := range h.cfg.Shops {
		name := h.cfg.Shops[i].Name
		switch f, err := h.nowcastFigures(name); {
		case err != nil:
			h.log.Warn("nowcasts are made of the program's own figures", "shop", name, "err", err)
		case f != nil:
			h.log.Info("nowcasts are made of the shop's own figures", "shop", name, "source", f.Source, "posts", f.Posts)
		}
	}
}

// expected is who comes because of a post, by the forecast of its campaign.
func (p *planPages) expected(campaign, post plan.ID) (forecast.Range, bool) {
	var k plan.CampaignView
	var err error
	p.plan.Read(func(b *plan.Book) { k, err = b.Campaign(p.now(), plan.Actor{Role: plan.Operator}, campaign) })
	if err != nil {
		return forecast.Range{}, false
	}
	a, ids := p.forecast(&k.Campaign)
	for i, id := range ids {
		if id == post && a != nil {
			return a.Posts[i].People, true
		}
	}
	return forecast.Range{}, false
}

// tellRadar says what the radar may do at which shop.
func (h *service) tellRadar(cfg *config.Config) {
	shadow := make(map[string]bool)
	for i := range cfg.Shops {
		shadow[cfg.Shops[i].Name] = cfg.Shops[i].Radar.Mode == falochron.RadarShadow
	}
	h.shadow.Store(&shadow)
}

// radarShadow reports whether what would be done to a shop's crowds is only written down.
func (h *service) radarShadow(shop string) bool { return (*h.shadow.Load())[shop] }
