package plan

import "time"

// Window is a stretch of time in which something is done to a shop, or must not be.
type Window struct {
	ID    ID         `json:"id"`
	Shop  ID         `json:"shop"`
	Kind  WindowKind `json:"kind"`
	From  time.Time  `json:"from"`
	Until time.Time  `json:"until"` // after From
	// Daily repeats it every day at the same hour of the shop's zone, from the first on.
	Daily bool   `json:"daily,omitempty"`
	What  string `json:"what,omitempty"` // for people

	changes int       // since it was put
	changed time.Time // last
}

// Revision is how often the window was changed since it was put, and when anything was
// done to it last. Both are zero of one that is in no book.
func (w *Window) Revision() (changes int, changed time.Time) { return w.changes, w.changed }

// WindowKind is what a window is for.
type WindowKind string

// The kinds of window.
const (
	Freeze  WindowKind = "freeze"  // nothing is changed in the shop
	Purge   WindowKind = "purge"   // caches are emptied
	Sync    WindowKind = "sync"    // stock or prices are written from elsewhere
	Release WindowKind = "release" // new code
)

// meets reports when the window first overlaps a stretch of time, in the shop's zone.
func (w *Window) meets(from, until time.Time, zone *time.Location) (begin, end time.Time, meets bool) {
	if !w.Daily {
		return w.From, w.Until, w.From.Before(until) && from.Before(w.Until)
	}
	lasts := w.Until.Sub(w.From)
	first := w.From.In(zone)
	hour, minute, second := first.Clock()
	// The day before counts, since a window may go over midnight; a longer one than a
	// day is refused.
	for day := from.In(zone).AddDate(0, 0, -1); ; day = day.AddDate(0, 0, 1) {
		begin := time.Date(day.Year(), day.Month(), day.Day(), hour, minute, second, 0, zone)
		if !begin.Before(until) {
			return time.Time{}, time.Time{}, false
		}
		end := begin.Add(lasts)
		if !begin.Before(w.From) && from.Before(end) {
			return begin, end, true
		}
	}
}

// last is when the last window that has begun by now ends, or ended.
func (w *Window) last(now time.Time, zone *time.Location) (end time.Time, begun bool) {
	if now.Before(w.From) {
		return time.Time{}, false
	}
	if !w.Daily {
		return w.Until, true
	}
	first, today := w.From.In(zone), now.In(zone)
	hour, minute, second := first.Clock()
	for back := range 2 {
		begin := time.Date(today.Year(), today.Month(), today.Day()-back, hour, minute, second, 0, zone)
		if !begin.After(now) && !begin.Before(w.From) {
			return begin.Add(w.Until.Sub(w.From)), true
		}
	}
	return time.Time{}, false
}
