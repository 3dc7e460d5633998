package plan

import (
	"slices"
	"strings"
	"time"
)

// AfterShift is how long after a shift who was on call can still acknowledge what was
// sent to him in it: nobody should have to answer in the last minute of a night. A guess.
const AfterShift = 24 * time.Hour

// Served are those who are on call for a party, or were until a day ago. Whose shift was
// cut short by another while it ran is not among them: he was taken out.
func (b *Book) Served(now time.Time, id ID) (out []Contact) {
	p := b.party(id)
	if p == nil {
		return nil
	}
	for _, o := range p.shifts {
		if !now.Before(o.From) && now.Before(o.Until.Add(AfterShift)) {
			out = append(out, o.Contact)
		}
	}
	return out
}

// maxShifts is how many shifts of a party are kept that are not over for a day: a month of
// nights, and some. A guess.
const maxShifts = 40

// at is who is on call at a moment; zero: nobody.
func (p *party) at(t time.Time) OnCall {
	for _, o := range p.shifts {
		if !t.Before(o.From) && t.Before(o.Until) {
			return o
		}
	}
	return OnCall{}
}

// coming are the shifts that are not over, the first first.
func (p *party) coming(now time.Time) (out []OnCall) {
	for _, o := range p.shifts {
		if o.Until.After(now) {
			out = append(out, o)
		}
	}
	return out
}

// relieve sets who is on call in a time; without a contact nobody is. Of two people one is
// on call at each moment, the one who was named last: of the others' shifts is left what
// lies before and after. Of the same contact the newer hours count, so that hours can be
// corrected. The shifts are by time.
func (p *party) relieve(next OnCall, now time.Time) {
	var kept []OnCall
	for _, o := range p.shifts {
		switch {
		case now.After(o.Until.Add(AfterShift)): // long over
		case !o.From.Before(next.Until) || !o.Until.After(next.From):
			kept = append(kept, o) // it is another time
		case o.Contact == next.Contact && o.Until.After(now): // these hours are corrected
		default:
			if next.From.After(later(o.From, now)) || !o.Until.After(now) {
				head := o
				if o.Until.After(now) {
					head.Until = next.From
				}
				kept = append(kept, head)
			}
			if o.Until.After(next.Until) && o.Until.After(now) {
				o.From = next.Until
				kept = append(kept, o)
			}
		}
	}
	if next.Contact != (Contact{}) {
		kept = append(kept, next)
	}
	slices.SortStableFunc(kept, func(a, b OnCall) int { return a.From.Compare(b.From) })
	p.shifts = kept[max(0, len(kept)-2*maxShifts):]
}

// shown is who can be rung, as others may read it. An address that programs write to,
// as of a webhook, holds a secret of whoever is on call: it is for messages alone.
func (o OnCall) shown() OnCall {
	if strings.Contains(o.Contact.Address, "://") {
		o.Contact.Address = ""
	}
	return o
}
