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
// cut short by another is not among them: he was taken out.
func (b *Book) Served(now time.Time, id ID) (out []Contact) {
	p := b.party(id)
	if p == nil {
		return nil
	}
	for _, o := range append(slices.Clone(p.shifts), p.onCall) {
		if !now.Before(o.From) && now.Before(o.Until.Add(AfterShift)) {
			out = append(out, o.Contact)
		}
	}
	return out
}

// maxShifts is how many shifts before the newest are kept: more than a day has.
const maxShifts = 10

// relieve sets who is on call, after whoever was.
func (p *party) relieve(next OnCall, now time.Time) {
	old := p.onCall
	p.shifts = slices.DeleteFunc(p.shifts, func(o OnCall) bool { return now.After(o.Until.Add(AfterShift)) })
	if !old.Until.IsZero() && !old.Until.After(later(now, next.From)) {
		p.shifts = append(p.shifts, old)
	}
	p.shifts = p.shifts[max(0, len(p.shifts)-maxShifts):]
	p.onCall = next
}

// shown is who can be rung, as others may read it. An address that programs write to,
// as of a webhook, holds a secret of whoever is on call: it is for messages alone.
func (o OnCall) shown() OnCall {
	if strings.Contains(o.Contact.Address, "://") {
		o.Contact.Address = ""
	}
	return o
}
