package plan

import (
	"slices"
	"strings"
	"time"
)

// Entry is one act as people read it.
type Entry struct {
	At   time.Time // in the shop's zone
	By   Actor
	Name string // of the actor's party, when it was done
	// Linked says that it was done by a link that was given to the party. Who held it is
	// not known, unless somebody gave a name.
	Linked bool
	What   Reason
}

// Sentence says who did what, and when.
func (e *Entry) Sentence(l Language) string {
	who := e.Name
	if who == "" {
		who = e.By.Role.In(l)
	} else {
		who += " (" + e.By.Role.In(l) + ")"
	}
	switch {
	case e.By.Person != "":
		who += ", " + e.By.Person
	case e.Linked:
		who += ", " + Words{"by link", "przez link"}.In(l)
	}
	return l.Clock(e.At) + zoned(l.Clock(e.At), e.At) + " · " + who + ": " + e.What.words(l) + "."
}

// zoned is the name of the zone of a moment, to stand after its clock unless it is there
// already. A history of several shops, or of none, is read beside others: a bare hour
// could be that of any of them.
func zoned(clock string, at time.Time) string {
	name := space + at.Format("MST")
	if strings.HasSuffix(clock, name) {
		return ""
	}
	return name
}

// Audit is what was done, oldest first.
type Audit struct {
	Entries []Entry
	Older   int // acts that the store has and this list does not
}

// log keeps the newest entries.
type log struct {
	entries []Entry
	older   int
}

func (l *log) add(e Entry) {
	l.entries = append(l.entries, e)
	if len(l.entries) > maxAudit {
		l.older++
		l.entries = slices.Delete(l.entries, 0, 1)
	}
}

// seen is the log as the actor may read it.
func (l *log) seen(who Actor, zone *time.Location) Audit {
	out := Audit{Entries: slices.Clone(l.entries), Older: l.older}
	for i := range out.Entries {
		e := &out.Entries[i]
		e.At = e.At.In(zone)
		if blind(who) {
			e.What = e.What.hidden()
			if e.By.service() != who.service() {
				e.By.Person = ""
			}
		}
		if e.By.Party != who.Party && who.Role != Operator {
			e.By.Grant = "" // by which link others came is their own business
		}
	}
	return out
}

// CampaignAudit is what was done in a campaign.
func (b *Book) CampaignAudit(now time.Time, who Actor, id ID) (Audit, error) {
	if err := b.admit(now, who); err != nil {
		return Audit{}, err
	}
	k, s, err := b.campaignOf(who, id)
	if err != nil {
		return Audit{}, err
	}
	return k.log.seen(who, s.zone), nil
}

// ShopAudit is what was done to a shop itself: its parties, windows and figures.
func (b *Book) ShopAudit(now time.Time, who Actor, id ID) (Audit, error) {
	if err := b.admit(now, who); err != nil {
		return Audit{}, err
	}
	s, err := b.shopOf(who, id)
	if err != nil {
		return Audit{}, err
	}
	return s.log.seen(who, s.zone), nil
}

// PartyAudit is what was done to a party: its links and who is on call. The party
// itself and operators may read it, who came by a link for some shops not. A party has no
// zone: it is told in that of its shops, the first by id, so that it reads as theirs do.
func (b *Book) PartyAudit(now time.Time, who Actor, id ID) (Audit, error) {
	if err := b.admit(now, who); err != nil {
		return Audit{}, err
	}
	if !b.reads(who, id) {
		return Audit{}, unknown("party", id)
	}
	zone := time.UTC
	for _, s := range sorted(b.shops) {
		if s := b.shops[s]; !s.removed && s.servedBy(Service{Party: id, Role: Machine}) { // in whatever role
			zone = s.zone
			break
		}
	}
	out := b.parties[id].log.seen(who, zone)
	for i := range out.Entries {
		r := &out.Entries[i].What
		r.At, r.Was = inZone(r.At, zone), inZone(r.Was, zone)
	}
	return out, nil
}

// inZone is a moment in a zone; one that is not there stays so.
func inZone(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}
