package plan

import (
	"fmt"
	"slices"
	"time"
)

func (PutWindow) kind() string   { return "window-put" }
func (PutWindow) action() Action { return KeepWindows }
func (c PutWindow) scope() scope { return scope{shop: c.Window.Shop} }

func (c PutWindow) decide(b *Book, now time.Time, who Actor) (Command, error) {
	w := &c.Window
	s, err := b.shopOf(who, w.Shop)
	if err != nil {
		return nil, err
	}
	w.From, w.Until = utc(w.From), utc(w.Until)
	longest := 90 * day
	if w.Daily {
		longest = day
	}
	err = first(text("what", w.What, maxName), soon("from", w.From, now), soon("until", w.Until, now))
	switch {
	case err != nil:
		return nil, err
	case w.Kind != Freeze && w.Kind != Purge && w.Kind != Sync && w.Kind != Release:
		return nil, invalid(Reason{Kind: "bad-window"})
	case !w.Until.After(w.From), !w.Daily && !w.Until.After(now):
		return nil, invalid(Reason{Kind: "ends-before"})
	case w.Until.Sub(w.From) > longest:
		return nil, invalid(Reason{Kind: "span-out-of-bounds", What: "window", For: longest})
	}
	if w.ID != "" {
		c.New = false
		if s.window(w.ID) == nil {
			return nil, unknown("window", w.ID)
		}
		return c, nil
	}
	kept := slices.DeleteFunc(slices.Clone(s.windows), func(w Window) bool { return w.longOver(now) })
	c.New, w.ID = true, ID(fmt.Sprintf("%s-w%d", s.ID, s.windowsN+1))
	return c, count("windows", len(kept)+1, maxWindows)
}

// longOver reports whether nobody asks for the window any more.
func (w *Window) longOver(now time.Time) bool {
	return !w.Daily && now.After(w.Until.Add(60*day))
}

func (s *shop) window(id ID) *Window {
	i := slices.IndexFunc(s.windows, func(w Window) bool { return w.ID == id })
	if i < 0 {
		return nil
	}
	return &s.windows[i]
}

func (c PutWindow) tell(b *Book) Reason {
	kind := "window-changed-"
	if c.New {
		kind = "window-added-"
	}
	return c.Window.reason(b, kind+string(c.Window.Kind))
}

func (w *Window) reason(b *Book, kind string) Reason {
	zone := time.UTC
	if s := b.shops[w.Shop]; s != nil {
		zone = s.zone
	}
	return Reason{Kind: kind, What: w.What, Ref: w.ID, Was: w.From.In(zone), At: w.Until.In(zone)}
}

func (c PutWindow) apply(b *Book, a *Act) {
	s := b.shops[c.Window.Shop]
	if s == nil {
		return
	}
	c.Window.changed = a.At
	if w := s.window(c.Window.ID); w != nil {
		c.Window.changes = w.changes + 1
		*w = c.Window
		return
	}
	s.windowsN++
	s.windows = append(slices.DeleteFunc(s.windows, func(w Window) bool { return w.longOver(a.At) }), c.Window)
}

func (RemoveWindow) kind() string   { return "window-removed" }
func (RemoveWindow) action() Action { return KeepWindows }
func (c RemoveWindow) scope() scope { return scope{shop: c.Shop} }

func (c RemoveWindow) decide(b *Book, _ time.Time, who Actor) (Command, error) {
	s, err := b.shopOf(who, c.Shop)
	if err != nil {
		return nil, err
	}
	w := s.window(c.Window)
	if w == nil {
		return nil, unknown("window", c.Window)
	}
	c.Gone = *w
	return c, nil
}

func (c RemoveWindow) tell(b *Book) Reason {
	return c.Gone.reason(b, "window-removed-"+string(c.Gone.Kind))
}

func (c RemoveWindow) apply(b *Book, _ *Act) {
	if s := b.shops[c.Shop]; s != nil {
		s.windows = slices.DeleteFunc(s.windows, func(w Window) bool { return w.ID == c.Window })
	}
}

func (RecordCapacity) kind() string   { return "capacity-recorded" }
func (RecordCapacity) action() Action { return RecordMeasured }
func (c RecordCapacity) scope() scope { return scope{shop: c.Shop} }

func (c RecordCapacity) decide(b *Book, now time.Time, who Actor) (Command, error) {
	if _, err := b.shopOf(who, c.Shop); err != nil {
		return nil, err
	}
	c.Capacity.Said = ""
	k := &c.Capacity
	k.At = utc(k.At)
	err := first(number("minutes", float64(k.Minutes), 0, 24*60), number("orders", k.OrdersPerMinute, 0.01, 1e7), number("workers", float64(k.Workers), 0, 1e6), soon("at", k.At, now))
	switch {
	case err != nil:
		return nil, err
	case k.Evidence != Observed && k.Evidence != Rehearsed && k.Evidence != Told:
		return nil, invalid(Reason{Kind: "bad-evidence"})
	case k.At.After(now.Add(slack)):
		return nil, invalid(Reason{Kind: "in-future", What: "at"})
	}
	return c.by(who), nil
}

// by is the command as it counts of an actor: only Falochron itself has measured. What
// anybody else says is told, whatever evidence he names.
func (c RecordCapacity) by(who Actor) RecordCapacity {
	if k := &c.Capacity; !who.own() && k.Evidence != Told {
		k.Said, k.Evidence = k.Evidence, Told
	}
	return c
}

func (c RecordCapacity) tell(*Book) Reason {
	if c.Capacity.Minutes > 0 && c.Capacity.Evidence == Observed {
		return Reason{Kind: "capacity-watched", N: c.Capacity.OrdersPerMinute, M: float64(c.Capacity.Minutes)}
	}
	r := Reason{Kind: "capacity-" + string(c.Capacity.Evidence), N: c.Capacity.OrdersPerMinute, M: float64(c.Capacity.Workers)}
	switch c.Capacity.Said {
	case Observed:
		r.Kind = "capacity-told-live"
	case Rehearsed:
		r.Kind = "capacity-told-rehearsal"
	}
	return r
}

func (c RecordCapacity) apply(b *Book, a *Act) {
	switch s := b.shops[c.Shop]; {
	case s == nil:
	case c.Capacity.Evidence == Told:
		s.told, s.toldBy = c.Capacity, a.Actor.service()
	case !c.Capacity.At.Before(s.measured.At): // what is written down late is no newer
		s.measured = c.Capacity
	}
}

// capacity is what the shop is known to finish: what was measured goes before what was
// only said.
func (s *shop) capacity() Capacity {
	if s.measured.OrdersPerMinute > 0 {
		return s.measured
	}
	return s.told
}

func (RecordReserve) kind() string   { return "reserve-recorded" }
func (RecordReserve) action() Action { return RecordReserves }
func (c RecordReserve) scope() scope { return scope{shop: c.Shop} }

func (c RecordReserve) decide(b *Book, now time.Time, who Actor) (Command, error) {
	if _, err := b.shopOf(who, c.Shop); err != nil {
		return nil, err
	}
	c.Reserve.At = now
	if err := first(number("workers", float64(c.Reserve.Workers), 1, 1e6), span("lead", c.Reserve.Lead, 0, 30*day)); err != nil {
		return nil, err
	}
	return c, nil
}

func (c RecordReserve) tell(*Book) Reason {
	return Reason{Kind: "reserve", N: float64(c.Reserve.Workers), For: c.Reserve.Lead}
}

func (c RecordReserve) apply(b *Book, _ *Act) {
	if s := b.shops[c.Shop]; s != nil {
		s.reserve = c.Reserve
	}
}
