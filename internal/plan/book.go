package plan

import (
	"slices"
	"time"
)

// Zones finds a time zone by its IANA name; time.LoadLocation is one. The book asks
// it once for each shop that is put, and must get the same answer for the same name.
type Zones func(name string) (*time.Location, error)

// Book holds all that was done, as far as it matters now. It has one owner.
type Book struct {
	zones  Zones
	matrix Matrix
	state
}

// state follows from the acts alone.
type state struct {
	shops     map[ID]*shop
	parties   map[ID]*party
	campaigns map[ID]*campaign
	grants    map[ID]*Grant
	unknown   int
}

type shop struct {
	Shop
	zone       *time.Location
	removed    bool
	windows    []Window
	campaigns  []ID     // all, in the order of their numbers
	windowsN   int      // the number of the last window
	measured   Capacity // the newest that was measured
	told       Capacity // the newest that somebody only said
	toldBy     Service  // who said it
	reserve    Reserve
	codes      map[ID]string   // of posts' short links
	coded      map[string]bool // codes that are given
	sentence   told            // to the fans
	inquiries  []Inquiry       // whose post a wave is, the newest last
	inquiriesN int             // the number of the last
	sights     []seen          // by the radar, the newest last
	acts       int             // in its history and those of its campaigns
	log        log
}

type party struct {
	Party
	removed bool
	shifts  []OnCall // by time: those to come, and those of the last day
	grants  []ID
	grantsN int // the number of the last link
	acts    int // in its history
	log     log
}

type campaign struct {
	Campaign
	momentsN  int // the number of the last post or evening
	confirmed map[promise]kept
	changes   map[string]change
	moves     map[ID][]move // of posts and evenings, all of them
	heard     map[hearing]time.Time
	said      map[ID]saying  // of posts: what can be taken back
	looked    map[ID][]found // of posts: what was found in the shop, the newest of each kind
	outcomes  map[ID]Outcome // of posts and evenings
	waves     map[ID]Sight   // of posts: as the radar saw them
	log       log
}

// promise is a step of a party, and of a post if it is asked of each.
type promise struct {
	step   string
	by     Service
	moment ID
}

// kept is the answer to a step: when it was given, for which moment, and whether it was
// a no.
type kept struct {
	at, moment time.Time
	no         bool
	why        string
	of         ID  // the post or evening that it was counted from
	n          int // the number of the newest change of that
}

// change is the newest thing that the others have to hear of a post, an evening, the
// campaign or a step.
type change struct {
	n      int
	at     time.Time
	by     Service
	moment time.Time // that it is about, for its urgency
	was    time.Time // the moment before; zero if none
	reason Reason
}

// hearing is who acknowledged what.
type hearing struct {
	about string
	by    Service
}

// New makes an empty book.
func New(m Matrix, zones Zones) *Book {
	return &Book{zones: zones, matrix: m, state: state{
		shops: map[ID]*shop{}, parties: map[ID]*party{}, campaigns: map[ID]*campaign{}, grants: map[ID]*Grant{},
	}}
}

// Decide says what a command comes to: the act to be written down and applied, or a
// [*Refusal]. It changes nothing.
func (b *Book) Decide(now time.Time, who Actor, c Command) (Act, error) {
	now = now.UTC().Round(0)
	if c == nil {
		return Act{}, invalid(Reason{Kind: "nothing"})
	}
	if err := b.admit(now, who); err != nil {
		return Act{}, err
	}
	if !Can(who.Role, c.action()) {
		return Act{}, denied(Reason{Kind: "may-not", Role: who.Role, Step: actionNames[c.action()]})
	}
	whole, err := c.decide(b, now, who)
	if err != nil {
		return Act{}, err
	}
	a, err := done(now, who, whole)
	if err != nil {
		return Act{}, err
	}
	a.Warnings = b.warn(now, who, whole)
	return a, nil
}

// Apply takes an act in. Acts of one book come in the order in which they were
// written down. What this release does not know is counted ([Book.Unknown]) and
// changes nothing else.
func (b *Book) Apply(a Act) {
	c := a.command()
	if c == nil {
		b.unknown++
		return
	}
	s := c.scope()
	if q, may := c.(interface{ quiet(*Book) bool }); may && q.quiet(b) {
		c.apply(b, &a)
		return // nobody wants to read it again
	}
	entry := Entry{At: a.At, By: a.Actor, Name: b.nameOf(a.Actor.Party), Linked: a.Actor.Grant != "", What: c.tell(b)}
	c.apply(b, &a)
	k, of, p := b.campaigns[s.campaign], b.shops[s.shop], b.parties[s.party]
	switch {
	case k != nil:
		k.log.add(entry)
		b.shops[k.Shop].acts++
	case of != nil:
		of.log.add(entry)
		of.acts++
	case p != nil:
		p.log.add(entry)
		p.acts++
	}
}

// Unknown is how many acts were applied that this release cannot read.
func (b *Book) Unknown() int { return b.unknown }

// admit refuses an actor whose link has ended, or who is nobody.
func (b *Book) admit(now time.Time, who Actor) error {
	if err := first(text("person", who.Person, maxName)); err != nil {
		return err
	}
	if who.Grant != "" {
		g := b.grants[who.Grant]
		if g == nil || g.Revoked || !now.Before(g.Expires) || g.Party != who.Party || g.Role != who.Role {
			return denied(Reason{Kind: "link-over"})
		}
	}
	known := b.party(who.Party) != nil
	switch who.Role {
	case Operator:
		known = who.Party == ""
	case Machine:
		known = known || who.Party == ""
	default:
		known = known && who.Role.ofChain()
	}
	if !known {
		return denied(Reason{Kind: "nobody"})
	}
	return nil
}

// Enter is the actor who comes by a link. The shell has checked its signature.
func (b *Book) Enter(now time.Time, grant ID, person string) (Actor, error) {
	g := b.grants[grant]
	if g == nil {
		return Actor{}, denied(Reason{Kind: "link-over"})
	}
	who := Actor{Role: g.Role, Party: g.Party, Person: person, Grant: g.ID}
	if err := b.admit(now, who); err != nil {
		return Actor{}, err
	}
	return who, nil
}

// HasLink reports whether the book knows a link, good or over. Those that are long over
// it has forgotten.
func (b *Book) HasLink(id ID) bool { return b.grants[id] != nil }

// serves reports whether the actor has a part at the shop. A removed one is nobody's.
func (b *Book) serves(who Actor, s *shop) bool {
	if s == nil || s.removed {
		return false
	}
	if who.Role == Operator || who == (Actor{Role: Machine, Person: who.Person}) {
		return true
	}
	if !s.servedBy(who.service()) {
		return false
	}
	if g := b.grants[who.Grant]; g != nil && len(g.Shops) > 0 {
		return slices.Contains(g.Shops, s.ID)
	}
	return true
}

// servedBy reports whether the party has the role at the shop; a machine's party, any.
func (s *shop) servedBy(v Service) bool {
	return slices.ContainsFunc(s.Parties, func(of Service) bool {
		return of.Party == v.Party && (of.Role == v.Role || v.Role == Machine)
	})
}

// limited reports whether the actor came by a link for some shops only. It opens
// nothing of the party itself, which others may have to do with: a media house may
// have given it.
func (b *Book) limited(who Actor) bool {
	g := b.grants[who.Grant]
	return g != nil && len(g.Shops) > 0
}

// shopOf is the shop, if the actor may know of it.
func (b *Book) shopOf(who Actor, id ID) (*shop, error) {
	s := b.shops[id]
	if !b.serves(who, s) {
		return nil, unknown("shop", id)
	}
	return s, nil
}

// campaignOf is the campaign and its shop, if the actor may know of it.
func (b *Book) campaignOf(who Actor, id ID) (*campaign, *shop, error) {
	c := b.campaigns[id]
	if c == nil || !b.serves(who, b.shops[c.Shop]) {
		return nil, nil, unknown("campaign", id)
	}
	return c, b.shops[c.Shop], nil
}

// running is a campaign in which the actor may still do something.
func (b *Book) running(now time.Time, who Actor, id ID) (*campaign, *shop, error) {
	c, s, err := b.campaignOf(who, id)
	switch {
	case err != nil:
		return nil, nil, err
	case c.over(now):
		return nil, nil, conflicts(Reason{Kind: "campaign-over", What: nameFor(who, c.Name), Ref: c.ID})
	case who.Role == Influencer && !c.takesPart(s, who.service()):
		return nil, nil, denied(Reason{Kind: "not-part", What: c.Name, Ref: c.ID})
	}
	return c, s, nil
}

// party is a party that was not removed.
func (b *Book) party(id ID) *party {
	if p := b.parties[id]; p != nil && !p.removed {
		return p
	}
	return nil
}

// nameOf is how people call a party.
func (b *Book) nameOf(id ID) string {
	if p := b.parties[id]; p != nil {
		return p.Name
	}
	return ""
}

// nameFor leaves out a name that the actor may not see.
func nameFor(who Actor, name string) string {
	if blind(who) {
		return ""
	}
	return name
}

// blind reports whether the actor sees shop, time and size of campaigns only: a host,
// who has many agencies' shops, and a machine, which needs no names.
func blind(who Actor) bool { return who.Role == Host || who.Role == Machine }
