package listen

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/ical"
	"github.com/falochron/falochron/internal/plan"
)

// The properties by which a calendar says what only we ask. All may be missing.
const (
	propKind     = "X-FALOCHRON-KIND" // POST or EVENING
	propCampaign = "X-FALOCHRON-CAMPAIGN"
	propChannel  = "X-FALOCHRON-CHANNEL"
	propAccount  = "X-FALOCHRON-ACCOUNT"
	propParty    = "X-FALOCHRON-PARTY"
	propReach    = "X-FALOCHRON-REACH"
	propCoupon   = "X-FALOCHRON-COUPON"
)

// repeats are what makes an event several.
var repeats = []string{"RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID"}

// calendar reads a calendar: each event is a post, or an evening if it says so.
func (f *File) calendar(b []byte, o *Options) {
	cal, err := ical.Parse(b)
	if bad, ok := errors.AsType[*ical.SyntaxError](err); ok {
		f.fault(bad.Line, "", "export the calendar anew", "the calendar is broken here: %s", bad.What)
		return
	}
	if p, given := cal.Get("METHOD"); given && strings.EqualFold(p.Value, "CANCEL") {
		f.fault(p.Line, "METHOD", "use falochron campaign cancel, or export the whole calendar", "this calls events off that are not in it")
		return
	}
	seen := map[string]int{}
	for i := range cal.Components {
		if e := (event{f, &cal.Components[i], o}); e.c.Name == "VEVENT" {
			before := len(f.Faults) + f.Left
			if item, uid := e.item(); len(f.Faults)+f.Left == before {
				f.add(item, uid, "UID", seen)
			}
		}
	}
	if len(f.Items) == 0 && len(f.Faults) == 0 {
		f.fault(cal.Line, "", "each post is a VEVENT", "there is no event in this calendar")
	}
}

// event is one event of a calendar.
type event struct {
	f *File
	c *ical.Component
	o *Options
}

// text is a property's text, on one line.
func (e *event) text(name string) string {
	p, _ := e.c.Get(name)
	return strings.Join(strings.Fields(ical.Unescape(p.Value)), " ")
}

func (e *event) item() (item Item, uid string) {
	for _, name := range repeats {
		if p, given := e.c.Get(name); given {
			e.f.fault(p.Line, name, "write each post as an event of its own: nobody confirms a post that repeats itself", "an event that repeats is not read")
			return item, ""
		}
	}
	if uid = e.text("UID"); uid == "" {
		e.f.fault(e.c.Line, "UID", "every event needs one, or importing again would add it again", "is missing")
	}
	item = Item{Line: e.c.Line, Campaign: e.text(propCampaign), Cancelled: strings.EqualFold(e.text("STATUS"), "CANCELLED")}
	if item.Campaign == "" {
		item.Campaign = e.o.Campaign
	}
	switch kind := e.text(propKind); {
	case kind == "", strings.EqualFold(kind, "POST"):
	case strings.EqualFold(kind, "EVENING"):
		item.IsEvening = true
	default:
		p, _ := e.c.Get(propKind)
		e.f.fault(p.Line, propKind, "POST or EVENING", "%q is no kind", cut(kind))
	}
	name, at := e.text("SUMMARY"), e.moment("DTSTART", time.Time{})
	if item.IsEvening {
		item.Evening = plan.Evening{Name: name, Start: at, Lasts: e.moment("DTEND", at).Sub(at), Reach: e.whole(propReach)}
		if _, given := e.c.Get("DTEND"); !given {
			e.f.fault(e.c.Line, "DTEND", "an evening has an end", "is missing")
		}
	} else {
		item.Post = plan.Post{
			Name: name, At: at, Link: strings.TrimSpace(e.text("URL")), Channel: strings.ToLower(e.text(propChannel)), Account: e.text(propAccount),
			Party: plan.ID(e.text(propParty)), Reach: e.whole(propReach), Coupon: e.text(propCoupon),
		}
		p, _ := e.c.Get(propChannel)
		e.f.channel(p.Line, propChannel, item.Post.Channel, e.o)
	}
	if item.Name() == "" {
		e.f.fault(e.c.Line, "SUMMARY", "how people call it", "is missing")
	}
	return item, uid
}

func (e *event) whole(name string) int {
	s := digits(e.text(name))
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		p, _ := e.c.Get(name)
		e.f.fault(p.Line, name, "a whole number like 12000", "%q is no whole number", cut(s))
		return 0
	}
	return n
}

// moment reads a moment: in UTC, in a named zone, or by the clock of the shop.
func (e *event) moment(name string, otherwise time.Time) time.Time {
	p, given := e.c.Get(name)
	if !given {
		if name == "DTSTART" {
			e.f.fault(e.c.Line, name, "when it goes out", "is missing")
		}
		return otherwise
	}
	t, err := p.Moment(e.o.Zone, e.o.Zones)
	switch {
	case err == nil:
	case errors.Is(err, ical.ErrDay):
		e.f.fault(p.Line, name, "give the event an hour: a wave comes within minutes", "a whole day is no moment")
	case errors.Is(err, ical.ErrNoZone):
		e.f.fault(p.Line, name, "export it in UTC, or in a zone like Europe/Warsaw", "the time zone %q is not known", cut(p.Params["TZID"]))
	case errors.Is(err, ical.ErrSkipped):
		e.f.fault(p.Line, name, "the clock goes forward in that hour: choose another", "%s is skipped that day", cut(p.Value))
	default:
		e.f.fault(p.Line, name, "a moment like 20261201T200000", "%q is no moment", cut(p.Value))
	}
	return t
}
