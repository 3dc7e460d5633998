package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// planWithin is how long starting waits for the plan: a file is read in less, and
// fans do not wait for a database.
const planWithin = 2 * time.Second

// openPlan opens the plan, if anybody could use it. The shop is protected whether or
// not its database is there, so only an address that can mean nothing is refused, as
// every fault of the configuration is. What cannot be reached is tried again and again.
func (h *service) openPlan() error {
	if h.cfg.Admin.Listen == "" && h.cfg.Plan.Listen == "" {
		return nil
	}
	matrix, err := planMatrix(h.cfg.Plan.Steps)
	if err != nil {
		return err
	}
	if h.cfg.Plan.Steps != "" {
		h.log.Info("the plan asks for the steps of a file", "file", h.cfg.Plan.Steps, "steps", len(matrix.Steps))
	}
	address := planAddress(h.cfg)
	h.plan = control.NewCampaigns(control.CampaignsConfig{
		Open: func(ctx context.Context) (*store.Store, error) {
			return store.Open(ctx, store.Config{Address: address})
		},
		Matrix: matrix, Log: h.log,
	})
	ctx, cancel := context.WithTimeout(context.Background(), planWithin)
	defer cancel()
	if err := h.plan.Open(ctx); err != nil && falochron.KindOf(err) == falochron.Invalid {
		return err
	}
	return nil // what else went wrong is in the log, and the plan says it to whoever asks
}

// planAddress is where the plan is kept.
func planAddress(cfg *config.Config) string {
	if cfg.Plan.Store != "" {
		return string(cfg.Plan.Store)
	}
	return filepath.Join(cfg.Data, planFile)
}

// planMatrix is what the plan asks of whom and when: the file's, or what stands in
// docs/plan.md if none is named.
func planMatrix(file string) (plan.Matrix, error) {
	if file == "" {
		return plan.DefaultMatrix(), nil
	}
	return config.LoadSteps(file)
}

// planFacts are what the forecast says of a campaign, narrowed by the shop's past posts.
func planFacts(v plan.CampaignView, past []forecast.Past) plan.Facts {
	c, _ := campaignToForecast(&v.Campaign)
	c.Past = past
	if len(c.Posts) == 0 {
		return plan.Facts{} // nothing is known of how many come
	}
	return forecastFacts(forecast.Imagine(c, forecastSeed, 0).Answer())
}
