package control

import (
	"crypto/rand"
	"maps"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
)

// Change is what became of an order.
type Change struct {
	Snapshot falochron.Snapshot // in force now
	Audit    *journal.Entry     // nil if nothing had to change
	Warning  string             // the order is in force, but something about it went wrong
}

// Change gives a shop new orders: it hands a copy of the ones in force to edit,
// which changes it and returns a note of what it did, "" for nothing. The copy
// is published with the next version and the note is written down as actor's
// doing. An error of edit leaves everything as it was.
//
// A reload of the configuration uses it too, so versions never cross.
func (c *Control) Change(shop, actor string, edit func(*falochron.Snapshot) (note string, err error)) (Change, error) {
	next, note, err := c.publish(shop, edit)
	if err != nil || note == "" {
		return Change{Snapshot: next}, err
	}
	record := falochron.Record{Time: time.Now(), ID: "audit-" + rand.Text()[:12], Shop: shop, Actor: actor, Note: note}
	entry := journal.EntryOf(record)
	done := Change{Snapshot: next, Audit: &entry}
	// A full disk must not keep an operator from holding the line: the order
	// stands, and the warning says what is missing.
	if err := c.cfg.Journal.Audit(record); err != nil {
		c.log.Error("write audit record", "err", err, "shop", shop, "actor", actor, "note", note)
		done.Warning = "the order is in force, but the audit file did not take the record"
	}
	c.log.Info("orders changed", "shop", shop, "actor", actor, "note", note, "version", next.Version)
	return done, nil
}

func (c *Control) publish(shop string, edit func(*falochron.Snapshot) (string, error)) (falochron.Snapshot, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, ok := c.cfg.Snapshot(shop)
	if !ok {
		return now, "", noShop(shop)
	}
	next := now
	next.SoldOut = maps.Clone(now.SoldOut) // the edge reads the old map without a lock
	note, err := edit(&next)
	if err != nil || note == "" {
		return now, "", err
	}
	if now.Mode != falochron.ModeHold && next.Mode == falochron.ModeHold {
		next.BeforeHold = now.Mode
	}
	next.Version = now.Version + 1
	c.cfg.Publish(shop, next)
	return next, note, nil
}

func noShop(shop string) error {
	return &falochron.Error{Kind: falochron.NotFound, Op: "find the shop", Public: "there is no shop of this name", Hint: "GET /api/v1/shops lists them"}
}
