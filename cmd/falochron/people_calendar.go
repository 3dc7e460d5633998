package main

import (
	"net/url"
	"strconv"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// How far ahead a calendar's page reaches, how much stands on one at most, and for how many
// campaigns it computes whether they are ready: the nearest. The others are told as not
// known. Who has more looks on: each page leads to what comes later.
const (
	calendarAhead = 60 * 24 * time.Hour
	calendarMost  = 200
	calendarReady = 20
)

// turn says where a calendar's page begins: so many entries into a day. Zero: today.
type turn struct {
	day  time.Time // midnight in the reader's zone
	skip int
}

const turnDay = "2006-01-02"

// turnOf reads where to begin from an address; what makes no sense is today.
func turnOf(query url.Values, now time.Time) (t turn) {
	day, err := time.ParseInLocation(turnDay, query.Get("from"), now.Location())
	if err != nil || !day.After(now) || day.Sub(now) > farAhead {
		day = time.Time{}
	}
	skip, err := strconv.Atoi(query.Get("skip"))
	if err != nil || skip < 0 {
		skip = 0
	}
	return turn{day, skip}
}

// calendarPage lists what is planned, day by day.
func calendarPage(v *visit) (console.View, error) {
	zone := v.zone()
	view := &console.CalendarView{Frame: v.frame(zone), Feed: v.feed, Import: v.importForm()}
	view.Plan = v.planPath("")
	var conflicts []plan.Conflict
	var err error
	v.plan.Read(func(b *plan.Book) { conflicts, err = b.Conflicts(v.now, v.who) })
	if err != nil {
		return nil, err
	}
	clash := map[plan.ID][]*plan.Conflict{}
	for i := range conflicts {
		c := &conflicts[i]
		for _, side := range []plan.Side{c.One, c.Other} {
			clash[side.Ref] = append(clash[side.Ref], c)
		}
	}
	read := map[plan.ID]*reading{}
	today := midnight(v.now.In(zone))
	at := turnOf(v.query, today)
	begin := today
	if at != (turn{}) {
		view.Earlier = "/plan/calendar"
	}
	if !at.day.IsZero() {
		begin = at.day
	}
	shown, ofDay, last := 0, 0, time.Time{} // ofDay: so many of the last day were shown, or skipped
	for i := range v.events {
		e := &v.events[i]
		day := midnight(e.From.In(zone))
		if day.Before(today) && !e.Until.Before(today) {
			day = today // it goes on
		}
		if day.Before(begin) {
			continue
		}
		if !day.Equal(last) {
			last, ofDay = day, 0
		}
		if shown == calendarMost || day.Sub(begin) > calendarAhead {
			view.Later = console.Path("/plan/calendar?" + url.Values{"from": {day.Format(turnDay)}, "skip": {strconv.Itoa(ofDay)}}.Encode())
			break
		}
		if ofDay++; day.Equal(begin) && ofDay <= at.skip {
			continue
		}
		shown++
		entry := console.Entry{Kind: string(e.Kind), At: e.From.In(zone), Name: e.Name, What: e.What, Shop: e.ShopName, Size: console.Unknown, Clash: clashesOf(clash[e.Ref])}
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
			entry.Name, entry.What = e.What, ""
		}
		if n := len(view.Days); n == 0 || !view.Days[n-1].Date.Equal(day) {
			view.Days = append(view.Days, console.Day{Date: day})
		}
		d := &view.Days[len(view.Days)-1]
		d.Entries = append(d.Entries, entry)
	}
	return view, nil
}

// clashesOf says what something does not go together with: the first few; the campaign's
// page has all.
func clashesOf(all []*plan.Conflict) (out console.Text) {
	const most = 3
	for _, c := range all[:min(len(all), most)] {
		out = joined(out, said(c.Reason))
	}
	if len(all) > most {
		out = joined(out, console.Text{EN: "…", PL: "…"})
	}
	return out
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
