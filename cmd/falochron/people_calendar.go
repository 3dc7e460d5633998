package main

import (
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// How far ahead the calendar reaches, and for how many campaigns it computes whether
// they are ready: the nearest. The others are told as not known.
const (
	calendarAhead = 60 * 24 * time.Hour
	calendarReady = 20
)

// calendarPage lists what is planned, day by day.
func calendarPage(v *visit) (console.View, error) {
	zone := v.zone()
	view := &console.CalendarView{Frame: v.frame(zone), Feed: v.feed, Import: v.importForm()}
	var conflicts []plan.Conflict
	var err error
	v.plan.Read(func(b *plan.Book) { conflicts, err = b.Conflicts(v.now, v.who) })
	if err != nil {
		return nil, err
	}
	clash := map[plan.ID]console.Text{}
	for i := range conflicts {
		c := &conflicts[i]
		for _, side := range []plan.Side{c.One, c.Other} {
			clash[side.Ref] = joined(clash[side.Ref], said(c.Reason))
		}
	}
	read := map[plan.ID]*reading{}
	today := midnight(v.now.In(zone))
	for i := range v.events {
		e := &v.events[i]
		if e.Until.Before(today) || e.From.After(v.now.Add(calendarAhead)) {
			continue
		}
		entry := console.Entry{Kind: string(e.Kind), At: e.From.In(zone), Name: e.Name, Shop: e.ShopName, Size: console.Unknown, Clash: clash[e.Ref]}
		if e.Kind != plan.PostEvent {
			entry.Till = e.Until.In(zone)
		}
		if e.Campaign != "" {
			if entry.Name == "" {
				entry.Name = string(e.Campaign)
			}
			entry.Href, entry.State = console.Path("/plan/campaign/"+string(e.Campaign)), stateOf(e, v.now)
			r := read[e.Campaign]
			if r == nil && len(read) < calendarReady {
				found, err := v.read(e.Campaign)
				if err != nil {
					return nil, err
				}
				r, read[e.Campaign] = &found, &found
			}
			if r != nil {
				entry.Size, entry.Verdict = r.size(e.Ref), r.verdict()
			}
		} else {
			entry.Name = e.What
		}
		day := midnight(entry.At)
		if day.Before(today) {
			day = today // it goes on
		}
		if n := len(view.Days); n == 0 || !view.Days[n-1].Date.Equal(day) {
			view.Days = append(view.Days, console.Day{Date: day})
		}
		d := &view.Days[len(view.Days)-1]
		d.Entries = append(d.Entries, entry)
	}
	return view, nil
}

// midnight is the beginning of a day in its zone.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// stateOf is how far an event has come, for the calendar.
func stateOf(e *plan.Event, now time.Time) console.State {
	switch stageOf(e, now) {
	case calledOff:
		return console.Cancelled
	case isOver, justOver:
		return console.After
	case goingOn:
		return console.Wave
	case wasCalled:
		return console.Soon
	}
	return console.Planned
}
