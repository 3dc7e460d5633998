package plan

import (
	"slices"
	"strings"
	"time"
)

func (PutShop) kind() string   { return "shop-put" }
func (PutShop) action() Action { return KeepShops }
func (c PutShop) scope() scope { return scope{shop: c.ID} }

func (c PutShop) decide(b *Book, _ time.Time, _ Actor) (Command, error) {
	if !isID(c.ID) {
		return nil, invalid(Reason{Kind: "bad-id", N: maxID})
	}
	_, err := b.zones(c.Zone)
	if err != nil || c.Zone == "" || c.Zone == "Local" || len(c.Zone) > maxID {
		return nil, invalid(Reason{Kind: "bad-zone"})
	}
	err = first(named("name", c.Name), count("domains", len(c.Domains), maxDomains), count("parties", len(c.Parties), maxServices))
	for _, d := range c.Domains {
		if d == "" || strings.ContainsAny(d, "/ ") {
			err = first(err, invalid(Reason{Kind: "bad-domain"}))
		}
		err = first(err, text("domains", d, 253))
	}
	for i, s := range c.Parties {
		switch {
		case !s.Role.ofChain():
			err = first(err, invalid(Reason{Kind: "bad-role"}))
		case b.party(s.Party) == nil:
			err = first(err, unknown("party", s.Party))
		case slices.Contains(c.Parties[:i], s):
			err = first(err, invalid(Reason{Kind: "twice", Who: b.nameOf(s.Party), Role: s.Role}))
		}
	}
	if err != nil {
		return nil, err
	}
	old := b.shops[c.ID]
	if c.New = old == nil || old.removed; c.New && len(b.shops) >= maxShops {
		return nil, count("shops", len(b.shops)+1, maxShops)
	}
	return c, nil
}

func (c PutShop) tell(*Book) Reason {
	if c.New {
		return Reason{Kind: "shop-added", Who: c.Name}
	}
	return Reason{Kind: "shop-changed", Who: c.Name}
}

func (c PutShop) apply(b *Book, _ *Act) {
	s := b.shops[c.ID]
	if s == nil {
		s = &shop{}
		b.shops[c.ID] = s
	}
	zone, err := b.zones(c.Zone)
	if err != nil {
		zone = time.UTC // known where it was decided, and not here: hours are shown in UTC
	}
	s.Shop, s.zone, s.removed = c.Shop, zone, false
}

func (RemoveShop) kind() string   { return "shop-removed" }
func (RemoveShop) action() Action { return KeepShops }
func (c RemoveShop) scope() scope { return scope{shop: c.Shop} }

func (c RemoveShop) decide(b *Book, now time.Time, who Actor) (Command, error) {
	s, err := b.shopOf(who, c.Shop)
	if err != nil {
		return nil, err
	}
	for _, id := range s.campaigns {
		if p := b.campaigns[id]; !p.over(now) {
			return nil, conflicts(Reason{Kind: "shop-has-campaign", What: p.Name, Ref: p.ID})
		}
	}
	return c, nil
}

func (c RemoveShop) tell(b *Book) Reason {
	r := Reason{Kind: "shop-removed"}
	if s := b.shops[c.Shop]; s != nil {
		r.Who = s.Name
	}
	return r
}

// apply leaves the numbers of its campaigns, so that no id is ever given twice.
func (c RemoveShop) apply(b *Book, _ *Act) {
	if s := b.shops[c.Shop]; s != nil {
		s.removed, s.windows, s.measured, s.told, s.toldBy, s.reserve, s.sentence, s.inquiries, s.sights = true, nil, Capacity{}, Capacity{}, Service{}, Reserve{}, told{}, nil, nil
	}
}

func (PutParty) kind() string   { return "party-put" }
func (PutParty) action() Action { return KeepParties }
func (c PutParty) scope() scope { return scope{party: c.ID} }

func (c PutParty) decide(b *Book, _ time.Time, _ Actor) (Command, error) {
	if !isID(c.ID) {
		return nil, invalid(Reason{Kind: "bad-id", N: maxID})
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.New = b.party(c.ID) == nil; c.New && len(b.parties) >= maxParties {
		return nil, count("parties", len(b.parties)+1, maxParties)
	}
	return c, nil
}

func (c PutParty) tell(*Book) Reason {
	if c.New {
		return Reason{Kind: "party-added", Who: c.Name}
	}
	return Reason{Kind: "party-changed", Who: c.Name}
}

func (c PutParty) apply(b *Book, _ *Act) {
	p := b.parties[c.ID]
	if p == nil {
		p = &party{}
		b.parties[c.ID] = p
	}
	p.Party, p.removed = c.Party, false
}

// check refuses what is no party.
func (p *Party) check() error {
	err := first(named("name", p.Name), count("contacts", len(p.Contacts), maxContacts),
		number("quiet", float64(p.Quiet.From), 0, 24*60-1), number("quiet", float64(p.Quiet.Until), 0, 24*60-1))
	if p.Language != "" && p.Language != English && p.Language != Polish {
		err = first(err, invalid(Reason{Kind: "bad-language"}))
	}
	for _, c := range p.Contacts {
		err = first(err, c.check())
	}
	return err
}

func (c *Contact) check() error {
	return first(named("contact", c.Name), named("address", c.Address))
}

func (PutOwnParty) kind() string   { return "party-changed-itself" }
func (PutOwnParty) action() Action { return KeepOwnParty }
func (c PutOwnParty) scope() scope { return scope{party: c.ID} }

func (c PutOwnParty) decide(b *Book, _ time.Time, who Actor) (Command, error) {
	if b.limited(who) {
		return nil, denied(Reason{Kind: "link-limited"})
	}
	if c.ID = who.Party; b.party(c.ID) == nil {
		return nil, unknown("party", c.ID) // an operator has none
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c PutOwnParty) tell(*Book) Reason     { return Reason{Kind: "party-changed", Who: c.Name} }
func (c PutOwnParty) apply(b *Book, a *Act) { PutParty{Party: c.Party}.apply(b, a) }

func (RemoveParty) kind() string   { return "party-removed" }
func (RemoveParty) action() Action { return KeepParties }
func (c RemoveParty) scope() scope { return scope{party: c.Party} }

func (c RemoveParty) decide(b *Book, _ time.Time, _ Actor) (Command, error) {
	if b.party(c.Party) == nil {
		return nil, unknown("party", c.Party)
	}
	for _, id := range sorted(b.shops) {
		s := b.shops[id]
		if !s.removed && slices.ContainsFunc(s.Parties, func(v Service) bool { return v.Party == c.Party }) {
			return nil, conflicts(Reason{Kind: "party-serves", Who: b.nameOf(c.Party), Other: s.Name})
		}
	}
	return c, nil
}

func (c RemoveParty) tell(b *Book) Reason {
	return Reason{Kind: "party-removed", Who: b.nameOf(c.Party)}
}

func (c RemoveParty) apply(b *Book, _ *Act) {
	if p := b.parties[c.Party]; p != nil {
		for _, g := range p.grants {
			delete(b.grants, g)
		}
		p.removed, p.shifts, p.grants, p.Contacts = true, nil, nil, nil
	}
}

func (SetOnCall) kind() string   { return "on-call-set" }
func (SetOnCall) action() Action { return KeepOwnParty }
func (c SetOnCall) scope() scope { return scope{party: c.Party} }

func (c SetOnCall) decide(b *Book, now time.Time, who Actor) (Command, error) {
	if b.limited(who) {
		return nil, denied(Reason{Kind: "link-limited"})
	}
	if who.Role != Operator {
		c.Party = who.Party
	}
	p := b.party(c.Party)
	if p == nil {
		return nil, unknown("party", c.Party)
	}
	c.From, c.Until = utc(c.From), utc(c.Until)
	named := count("shifts", len(p.coming(now))+1, 2*maxShifts) // what is cleared may cut one in two
	if c.Contact != (Contact{}) {
		named = first(c.Contact.check(), count("shifts", len(p.coming(now))+1, maxShifts))
	}
	if err := first(named, soon("from", c.From, now), soon("until", c.Until, now)); err != nil {
		return nil, err
	}
	if !c.Until.After(c.From) || !c.Until.After(now) {
		return nil, invalid(Reason{Kind: "ends-before"})
	}
	return c, nil
}

func (c SetOnCall) tell(b *Book) Reason {
	if c.Contact == (Contact{}) {
		return Reason{Kind: "on-call-cleared", Who: b.nameOf(c.Party), Was: c.From, At: c.Until}
	}
	return Reason{Kind: "on-call-set", Who: b.nameOf(c.Party), Other: c.Contact.Name, Was: c.From, At: c.Until}
}

func (c SetOnCall) apply(b *Book, a *Act) {
	if p := b.party(c.Party); p != nil {
		p.relieve(c.OnCall, a.At)
	}
}

// utc is the form in which the book keeps times.
func utc(t time.Time) time.Time { return t.UTC().Round(0) }

// soon refuses a moment that is not said, too far ahead or of another age.
func soon(field string, t, now time.Time) error {
	if t.IsZero() {
		return invalid(Reason{Kind: "empty", What: field})
	}
	if t.After(now.Add(maxAhead)) || t.Before(now.Add(-maxAhead)) {
		return invalid(Reason{Kind: "not-near", What: field})
	}
	return nil
}
