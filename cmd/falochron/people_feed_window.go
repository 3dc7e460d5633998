package main

import (
	"strconv"
	"time"

	"github.com/falochron/falochron/internal/ical"
	"github.com/falochron/falochron/internal/plan"
)

// Windows in a party's calendar: whoever plans a post sees what else happens to the shop
// that day. One that comes daily is one event with a rule (RRULE), and not four hundred: it
// stands at the same hour of the shop's clock, as the plan means it, also beyond what else
// the calendar reaches, and one change of it is one change there.

// feedWindow is a window of a shop that the party serves.
type feedWindow struct {
	plan.Window
	shop string
	zone *time.Location
}

// readWindows takes them from the book. What a window is called is the business of those
// who write to the shop; a host sees kind and time.
func (f *feed) readWindows(b *plan.Book) error {
	shops, err := b.Shops(f.now, f.who)
	if err != nil {
		return err
	}
	for i := range shops {
		s := &shops[i]
		for _, w := range s.Windows {
			if !w.Daily && (w.Until.Before(f.now.AddDate(0, 0, -feedBehind)) || w.From.After(f.now.AddDate(0, 0, feedAhead))) {
				continue
			}
			if f.who.Role == plan.Host {
				w.What = ""
			}
			w.From, w.Until = w.From.In(s.Zone), w.Until.In(s.Zone)
			if w.Daily && saidTwice(w.From) {
				w.From, w.Until = w.From.AddDate(0, 0, 1), w.Until.AddDate(0, 0, 1)
			}
			f.windows = append(f.windows, feedWindow{w, s.Shop.Name, s.Zone})
		}
	}
	return nil
}

// saidTwice reports whether a moment is in the hour that comes a second time when the
// clock goes back. It is told in UTC, by which a rule would not follow the clock.
func saidTwice(t time.Time) bool {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	first, twice, err := ical.At(wall, t.Location())
	return err == nil && twice && !first.Equal(t.Truncate(time.Second))
}

// windowsSpan widens a stretch of time by the windows.
func (f *feed) windowsSpan(first, last time.Time) (time.Time, time.Time) {
	for i := range f.windows {
		w := &f.windows[i]
		first, last = sooner(first, w.From), laterOf(last, w.Until)
		if w.Daily {
			last = laterOf(last, f.now.AddDate(0, 0, feedAhead))
		}
	}
	return first, last
}

// windowNames say what a window is, as the calendar page does.
var windowNames = map[plan.WindowKind]plan.Words{
	plan.Freeze:  {EN: "Nothing is changed", PL: "Niczego nie zmieniamy"},
	plan.Purge:   {EN: "Cache is emptied", PL: "Czyszczenie pamięci podręcznej"},
	plan.Sync:    {EN: "Stock is synchronised", PL: "Synchronizacja stanów"},
	plan.Release: {EN: "Release", PL: "Wdrożenie"},
}

func (f *feed) window(b []byte, w *feedWindow) []byte {
	title := windowNames[w.Kind].In(f.lang)
	if w.What != "" {
		title += ": " + w.What
	}
	changes, changed := w.Revision()
	b = f.head(b, string(w.ID), strconv.Itoa(changes), changed, w.From, w.Until)
	if w.Daily {
		b = ical.AppendLine(b, "RRULE", "FREQ=DAILY")
	}
	return f.tail(b, "/plan/calendar", nil, title+" · "+w.shop, 0)
}
