package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/ical"
	"github.com/falochron/falochron/internal/plan"
)

// feedPath is where the calendars of parties are.
const feedPath = "/plan/feed/"

// How far a calendar reaches, in days. What is over stays a month, so that it does not
// vanish from a phone the next morning.
const (
	feedBehind = 30
	feedAhead  = 400
	stepsAhead = 60
	stepsPast  = 7 // a campaign is worked on for so long after its last post
)

// stepsOf bounds the campaigns whose steps are looked for, the nearest: the plan stands
// still for a calendar, and nobody has steps in more at once.
const stepsOf = 300

// feedAgain is how often a calendar is asked to look again. Many take hours all the
// same; what is urgent is told by message.
const feedAgain = 15 * time.Minute

// stepLasts is how long a step stands in the calendar: what has no length cannot be
// seen in the week of most.
const stepLasts = 15 * time.Minute

// feedOf is the path of a link's calendar.
func (p *planPages) feedOf(grant plan.ID) string {
	return feedPath + p.feeds.Seal(string(grant)) + ".ics"
}

// base is how the pages are reached, without a slash at the end.
func (p *planPages) base(r *http.Request) string {
	if p.reached != nil {
		return trimmed(p.reached.String())
	}
	scheme := "http"
	if _, proto, _ := p.trust.Client(r); p.secure || r.TLS != nil || proto == "https" {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String()
}

// feed answers a calendar program. It asks by an address that a party gave it, which
// opens nothing else, and ends with the link it belongs to.
func (p *planPages) feed(w http.ResponseWriter, r *http.Request) {
	now := p.now()
	grant, err := p.feeds.Open(strings.TrimSuffix(r.PathValue("token"), ".ics"))
	if err != nil {
		if !p.tries.failed(p.client(r), now) {
			w.Header().Set("Retry-After", "60")
			http.Error(w, "too many addresses that open nothing; wait a minute", http.StatusTooManyRequests)
			return
		}
		http.Error(w, "there is no such calendar", http.StatusNotFound)
		return
	}
	f := feed{now: now, base: p.base(r), mark: p.feeds.Mark()}
	p.plan.Learn(r.Context(), plan.ID(grant))
	p.plan.Read(func(b *plan.Book) { err = f.read(b, plan.ID(grant)) })
	if err != nil {
		http.Error(w, "this calendar has ended with the link it belongs to; ask for a new link\n"+
			"ten kalendarz skończył się razem z linkiem, do którego należy; poproś o nowy link", http.StatusGone)
		return
	}
	switch l := plan.Language(r.URL.Query().Get("lang")); l {
	case plan.English, plan.Polish:
		f.lang = l
	}
	body := f.write()
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8; method=PUBLISH")
	h.Set("Content-Disposition", `inline; filename="falochron.ics"`)
	h.Set("Cache-Control", "private, no-cache") // kept by whoever asks, and asked for anew each time
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// feed is what one party's calendar shows.
type feed struct {
	now        time.Time
	base, mark string
	lang       plan.Language
	who        plan.Actor
	events     []plan.Event
	windows    []feedWindow
	tasks      []feedTask
}

// feedTask is a step of the party that is still open.
type feedTask struct {
	plan.Task
	campaign plan.ID
	shop     string
	zone     *time.Location
	changes  int // of the campaign, so far
	changed  time.Time
}

// read takes from the book what the party may see.
func (f *feed) read(b *plan.Book, grant plan.ID) (err error) {
	if f.who, err = b.Enter(f.now, grant, ""); err != nil {
		return err
	}
	f.lang = plan.English
	parties, err := b.Parties(f.now, plan.Actor{Role: plan.Operator})
	for i := range parties {
		if parties[i].ID == f.who.Party && parties[i].Language != "" {
			f.lang = parties[i].Language
		}
	}
	if err != nil {
		return err
	}
	all, err := b.Calendar(f.now, f.who, f.now.AddDate(0, 0, -feedBehind), f.now.AddDate(0, 0, feedAhead))
	if err != nil {
		return err
	}
	if err := f.readWindows(b); err != nil {
		return err
	}
	at := map[plan.ID]int{} // of campaigns, in near
	var near []feedTask
	for _, e := range all {
		if e.Kind != plan.PostEvent && e.Kind != plan.EveningEvent {
			continue // a daily one has one event here, and a rule in a calendar: see readWindows
		}
		f.events = append(f.events, e)
		if e.State == plan.Cancelled || e.From.After(f.now.AddDate(0, 0, stepsAhead)) || e.From.Before(f.now.AddDate(0, 0, -stepsPast)) {
			continue
		}
		i, known := at[e.Campaign]
		if !known && len(near) == stepsOf {
			continue
		}
		if !known {
			i = len(near)
			at[e.Campaign], near = i, append(near, feedTask{campaign: e.Campaign, shop: e.ShopName, zone: e.Zone})
		}
		near[i].changes += e.Changes
		if e.Changed.After(near[i].changed) {
			near[i].changed = e.Changed
		}
	}
	for _, of := range near {
		v, err := b.Campaign(f.now, f.who, of.campaign)
		if err != nil {
			return err
		}
		for _, t := range v.Tasks {
			open := t.Status == plan.Later || t.Status == plan.Asked || t.Status == plan.Overdue
			if open && !t.Refused && !t.Covered && t.Who == (plan.Service{Party: f.who.Party, Role: f.who.Role}) && t.Due.After(f.now.AddDate(0, 0, -feedBehind)) {
				of.Task = t
				f.tasks = append(f.tasks, of)
			}
		}
	}
	return nil
}

// The words of a calendar. What the plan itself says is in the plan's.
var (
	feedName    = plan.Words{EN: "Campaigns", PL: "Kampanie"}
	feedPost    = plan.Words{EN: "Post", PL: "Post"}
	feedEvening = plan.Words{EN: "Sales evening", PL: "Wieczór sprzedaży"}
	feedStep    = plan.Words{EN: "To do: ", PL: "Do zrobienia: "}
	feedSize    = plan.Words{EN: "Seen by about {n} people", PL: "Zobaczy to około {n} osób"}
	feedSlip    = plan.Words{EN: "May slip by {n}", PL: "Może się przesunąć o {n}"}
	feedOpens   = plan.Words{EN: "The waiting room opens at {n}", PL: "Poczekalnia otwiera się o {n}"}
	feedOut     = plan.Words{EN: "It is out", PL: "Już opublikowany"}
	feedPart    = plan.Words{EN: "Campaign: {n}", PL: "Kampania: {n}"}
)

// with is a text with its number, or whatever {n} stands for.
func (f *feed) with(w plan.Words, n string) string {
	return strings.ReplaceAll(w.In(f.lang), "{n}", n)
}

// write makes the calendar. The same plan makes the same bytes.
func (f *feed) write() []byte {
	var b []byte
	line := func(name, value string) { b = ical.AppendLine(b, name, value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Falochron//campaign room//EN")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	line("NAME", ical.Escape(feedName.In(f.lang)))         // RFC 7986
	line("X-WR-CALNAME", ical.Escape(feedName.In(f.lang))) // what came before it
	line("REFRESH-INTERVAL;VALUE=DURATION", ical.Duration(feedAgain))
	line("X-PUBLISHED-TTL", ical.Duration(feedAgain))
	b = f.zones(b)
	for i := range f.events {
		b = f.event(b, &f.events[i])
	}
	for i := range f.windows {
		b = f.window(b, &f.windows[i])
	}
	for i := range f.tasks {
		b = f.task(b, &f.tasks[i])
	}
	line("END", "VCALENDAR")
	return b
}

// zones describes the clocks by which the moments are told.
func (f *feed) zones(b []byte) []byte {
	told := map[string]bool{}
	for i := range f.events {
		zone := f.events[i].Zone
		if told[zone.String()] {
			continue
		}
		told[zone.String()] = true
		first, last := f.events[i].From, f.events[i].Until
		for _, e := range f.events {
			first, last = sooner(first, e.From), laterOf(last, e.Until)
		}
		for _, t := range f.tasks {
			first, last = sooner(first, t.Due), laterOf(last, t.Due)
		}
		first, last = f.windowsSpan(first, last)
		b = ical.AppendZone(b, zone, first, last)
	}
	for i := range f.windows { // of shops that have nothing else
		if w := &f.windows[i]; !told[w.zone.String()] {
			told[w.zone.String()] = true
			first, last := f.windowsSpan(w.From, w.Until)
			b = ical.AppendZone(b, w.zone, first, last)
		}
	}
	return b
}

func sooner(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// head begins an event. SEQUENCE counts the changes that others had to hear of, so
// that a calendar takes the newer of two.
func (f *feed) head(b []byte, uid, changes string, changed, from, until time.Time) []byte {
	b = ical.AppendLine(b, "BEGIN", "VEVENT")
	b = ical.AppendLine(b, "UID", uid+"@"+f.mark+".falochron")
	b = ical.AppendLine(b, "SEQUENCE", changes)
	b = ical.AppendLine(b, "DTSTAMP", ical.UTC(changed))
	b = ical.AppendLine(b, "LAST-MODIFIED", ical.UTC(changed))
	b = ical.AppendMoment(b, "DTSTART", from)
	b = ical.AppendMoment(b, "DTEND", until)
	return ical.AppendLine(b, "TRANSP", "TRANSPARENT") // nobody is busy by it
}

// tail ends it, with the page that tells more, and an alarm so long before; 0 is none.
func (f *feed) tail(b []byte, page string, text []string, summary string, before time.Duration) []byte {
	b = ical.AppendLine(b, "SUMMARY", ical.Escape(summary))
	if len(text) > 0 {
		b = ical.AppendLine(b, "DESCRIPTION", ical.Escape(strings.Join(text, "\n")))
	}
	b = ical.AppendLine(b, "URL;VALUE=URI", f.base+page)
	if before > 0 {
		b = ical.AppendLine(b, "BEGIN", "VALARM")
		b = ical.AppendLine(b, "ACTION", "DISPLAY")
		b = ical.AppendLine(b, "DESCRIPTION", ical.Escape(summary))
		b = ical.AppendLine(b, "TRIGGER", ical.Duration(-before))
		b = ical.AppendLine(b, "END", "VALARM")
	}
	return ical.AppendLine(b, "END", "VEVENT")
}

// Alarms: of a post or evening a quarter of an hour before, of a step when it is asked,
// though no earlier than a day and no later than a quarter of an hour before it is due.
const (
	alarmBefore = 15 * time.Minute
	alarmMost   = 24 * time.Hour
)

func campaignPath(id plan.ID) string { return "/plan/campaign/" + url.PathEscape(string(id)) }

func (f *feed) event(b []byte, e *plan.Event) []byte {
	summary, alarm, until := feedPost, alarmBefore, e.Until
	if e.Kind == plan.EveningEvent {
		summary = feedEvening
	}
	title := summary.In(f.lang)
	if e.What != "" {
		title += ": " + e.What
	}
	var text []string
	if e.Name != "" {
		text = append(text, f.with(feedPart, e.Name))
	}
	if e.Size > 0 {
		text = append(text, f.with(feedSize, f.lang.Number(float64(e.Size))))
	}
	if e.Slip > 0 {
		text = append(text, f.with(feedSlip, f.lang.Span(e.Slip)))
	}
	if e.PreQueue > 0 {
		text = append(text, f.with(feedOpens, e.From.Add(-e.PreQueue).Format("15:04")))
	}
	status := "CONFIRMED"
	switch e.State {
	case plan.Cancelled:
		status, alarm = "CANCELLED", 0
	case plan.Out:
		text, alarm = append(text, feedOut.In(f.lang)), 0
	}
	b = f.head(b, string(e.Ref), strconv.Itoa(e.Changes), e.Changed, e.From, until)
	b = ical.AppendLine(b, "STATUS", status)
	return f.tail(b, campaignPath(e.Campaign), text, title+" · "+e.ShopName, alarm)
}

// task is a step that is due, as an event: phones and Google's calendar show no VTODO
// of a calendar that is subscribed to, so that nobody would see it.
func (f *feed) task(b []byte, t *feedTask) []byte {
	uid := string(t.campaign) + "/" + t.Step.ID
	if t.Moment != "" {
		uid = string(t.Moment) + "/" + t.Step.ID
	}
	title := feedStep.In(f.lang) + t.Step.Ask.In(f.lang)
	if t.What != "" {
		title += " (" + t.What + ")"
	}
	due := t.Due.In(t.zone)
	b = f.head(b, uid, strconv.Itoa(t.changes), t.changed, due, due.Add(stepLasts))
	return f.tail(b, campaignPath(t.campaign), nil, title+" · "+t.shop, min(max(t.Due.Sub(t.Asked), alarmBefore), alarmMost))
}
