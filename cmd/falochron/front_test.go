package main

import (
	"log/slog"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/config"
)

// Zero in the file means "for ever"; the listener takes zero for its default.
func TestBodyIdleZeroIsForEver(t *testing.T) {
	cfg := config.Default()
	log := slog.New(slog.DiscardHandler)
	if c := frontConfig(cfg, log); c.BodySilence != time.Minute || c.WriteStall != time.Minute {
		t.Errorf("by default %v and %v, want 1m", c.BodySilence, c.WriteStall)
	}
	cfg.Limits.BodyIdle = 0
	if c := frontConfig(cfg, log); c.BodySilence >= 0 || c.WriteStall >= 0 {
		t.Errorf("for ever became %v and %v; only below zero there is no bound", c.BodySilence, c.WriteStall)
	}
}

// Both the edge and its door must believe the same.
func TestTheDoorTrustsWhoTheEdgeTrusts(t *testing.T) {
	cfg := config.Default()
	cfg.Trust.Header = "CF-Connecting-IP"
	if c := frontConfig(cfg, slog.New(slog.DiscardHandler)); c.Trust.Header != cfg.Trust.Header {
		t.Errorf("the door trusts %q", c.Trust.Header)
	}
}
