package main

import (
	"crypto/rand"
	"slices"
	"time"

	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/ticket"
)

const (
	// rotateAfter is how old the signing key may become. Old keys go on verifying
	// for as long as their tickets live.
	rotateAfter = 7 * 24 * time.Hour
	// keysEvery is how often a running program looks at its age.
	keysEvery = time.Hour
)

// loadKeys reads the ticket keys, or makes them at the first start.
func (p *parts) loadKeys(now time.Time) error {
	b, err := p.store.Keys()
	if err != nil {
		return err
	}
	if b != nil {
		p.ring, err = ticket.ParseKeyring(b)
		return err
	}
	ring, err := ticket.NewKeyring(now, rand.Reader)
	if err != nil {
		return err
	}
	return p.saveKeys(ring)
}

// turnKeys makes a new signing key if the newest is old enough.
func (p *parts) turnKeys(cfg *config.Config, now time.Time) (turned bool, err error) {
	if now.Sub(p.ring.Newest()) < rotateAfter {
		return false, nil
	}
	var longest time.Duration
	for i := range cfg.Shops {
		longest = max(longest, lives(&cfg.Shops[i]).Longest())
	}
	ring, err := p.ring.Rotate(now, longest, rand.Reader)
	if err != nil {
		return false, err
	}
	if err := p.saveKeys(ring); err != nil {
		return false, err
	}
	return true, nil
}

// saveKeys puts a ring on disk and then in force: before any ticket is signed
// with it.
func (p *parts) saveKeys(ring *ticket.Keyring) error {
	if err := p.store.SaveKeys(ring.Marshal()); err != nil {
		return err
	}
	p.ring = ring
	return nil
}

// rotate turns the keys of a running program when it is time. If the disk
// refuses, the old key goes on signing until the next look.
func (h *service) rotate(now time.Time) {
	turned, err := h.parts.turnKeys(h.cfg, now)
	if err != nil {
		h.log.Error("ticket keys not rotated; the old one goes on", "error", err)
		return
	}
	if !turned {
		return
	}
	shops := slices.Clone(h.parts.now.shops)
	for i := range shops {
		s := &h.cfg.Shops[i] // in the same order
		shops[i].Keys = h.parts.ring.Shop(s.Name, shops[i].State.Epoch(), lives(s))
	}
	if err := h.edge.SetShops(shops); err != nil { // cannot fail for shops that are there
		h.log.Error("ticket keys not rotated; the old one goes on", "error", err)
		return
	}
	h.parts.now.shops = shops
	h.log.Info("ticket keys rotated")
}

// lives is how long tickets are good. That of somebody inside outlives the
// place: the edge ends visits, and seals a ticket anew only every few minutes.
func lives(s *config.Shop) ticket.Lives {
	return ticket.Lives{Waiting: s.Room.WaitingLife, Idle: s.Room.InsideIdle + edge.RenewAfter}
}
