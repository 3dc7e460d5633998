package plan

import (
	"slices"
	"time"
)

// Reader is whom a notice is for, as far as is needed to write to them.
type Reader struct {
	Party    string // its name
	Shop     string // the name of the shop that it is about
	Zone     *time.Location
	Language Language
	Quiet    Hours
	// Contacts are where it goes, each address once: all of the party, and of what is
	// urgent or told to everybody who is on call now.
	Contacts []Contact
}

// Reader is whom a notice is for, as things are now; false if there is no such party
// or shop any more.
func (b *Book) Reader(now time.Time, n *Notice) (r Reader, found bool) {
	p, s := b.party(n.To.Party), b.shops[n.Shop]
	if p == nil || s == nil || s.removed || !s.servedBy(n.To) {
		return r, false
	}
	r = Reader{Party: p.Name, Shop: s.Name, Zone: s.zone, Language: p.Language, Quiet: p.Quiet}
	all := p.Contacts
	if call := p.at(now); (n.Urgent || n.Level == Everybody) && call != (OnCall{}) {
		all = append(slices.Clone(all), call.Contact)
	}
	for _, c := range all {
		if !slices.ContainsFunc(r.Contacts, func(have Contact) bool { return have.Address == c.Address }) {
			r.Contacts = append(r.Contacts, c)
		}
	}
	return r, true
}

// Untold is what a party should have been told of a campaign by now and is still
// open: as [Book.Due], whatever its quiet hours. Of no campaign, it is what it is asked
// and told of its shops.
func (b *Book) Untold(now time.Time, to Service, campaign ID) (out []Notice) {
	d := due{b: b, now: now, loud: true}
	if k := b.campaigns[campaign]; k != nil {
		d.campaign(k, b.matrix.reach())
		d.sightsOf(b.shops[k.Shop], campaign)
	} else if campaign == "" {
		for _, id := range sorted(b.shops) {
			if s := b.shops[id]; !s.removed && s.servedBy(to) {
				d.inquiries(s)
				d.sightsOf(s, "")
			}
		}
	}
	for _, n := range d.out {
		if n.To == to {
			out = append(out, n)
		}
	}
	return out
}
