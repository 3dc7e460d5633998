package plan

import "time"

// ID names a shop, a party, a campaign and so on. Those of shops and parties are
// chosen by the operator; all others are given by [Book.Decide] and tell where a
// thing belongs: campaign 3 of shop ola is "ola-3", its second post "ola-3.2". So
// nobody learns from an id what others have.
type ID string

// Shop is one shop.
type Shop struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
	// Domains are the names under which fans reach it; links of posts must lead to
	// one of them. Empty: links are not checked.
	Domains []string `json:"domains,omitempty"`
	Zone    string   `json:"zone"` // IANA name, "Europe/Warsaw"
	// Parties are all who serve the shop, and as what. A party may serve many shops,
	// and play several parts.
	Parties []Service `json:"parties,omitempty"`
}

// Service is a party in a role.
type Service struct {
	Party ID   `json:"party"`
	Role  Role `json:"role"`
}

// Party is an influencer with her team, a media house, a software house or a host.
type Party struct {
	ID       ID       `json:"id"`
	Name     string   `json:"name"`
	Language Language `json:"language,omitempty"` // in which it is written to; empty is English
	Quiet    Hours    `json:"quiet,omitzero"`
	// Contacts are where messages reach the party, the first first.
	Contacts []Contact `json:"contacts,omitempty"`
}

// Contact is a person or a room that can be written to.
type Contact struct {
	Name    string `json:"name"`
	Address string `json:"address"` // for notify: "mailto:ola@example.com"; opaque here
}

// Hours are those of every day in which a party is left alone, in minutes after
// midnight in the shop's zone. From may be later than Until: over midnight. Equal
// ends mean none.
type Hours struct {
	From  int `json:"from"`
	Until int `json:"until"`
}

// OnCall is who of a party can be rung, and when.
type OnCall struct {
	Contact Contact   `json:"contact"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
}

// Grant is the record of a signed link: whoever holds the link acts for the party.
// The link itself, and its signature, are made elsewhere.
type Grant struct {
	ID      ID        `json:"id"`
	Party   ID        `json:"party"`
	Role    Role      `json:"role"`            // of the chain, or [Machine]
	Shops   []ID      `json:"shops,omitempty"` // empty: all that the party serves in the role
	Expires time.Time `json:"expires"`
	Revoked bool      `json:"revoked,omitempty"`
}

// Actor is who does or looks at something. The shell has made sure of it: by a
// session, a signed link or the operators' token.
type Actor struct {
	Role Role `json:"role"`
	// Party is whom the actor acts for: empty for an operator. A machine may act for a
	// party, at all shops that it serves, or be part of Falochron itself: empty.
	Party  ID     `json:"party,omitempty"`
	Person string `json:"person,omitempty"` // for the audit
	// Grant is the link by which the actor came; its end ends what the actor may do.
	// Empty: none.
	Grant ID `json:"grant,omitempty"`
}

// service is the actor's part.
func (a Actor) service() Service { return Service{a.Party, a.Role} }

// own reports whether the actor is Falochron itself: a program, and nobody's.
func (a Actor) own() bool { return a.Role == Machine && a.Party == "" && a.Grant == "" }

// Capacity is what a shop finishes, and how that is known.
type Capacity struct {
	OrdersPerMinute float64   `json:"orders_per_minute"`  // above 0
	Workers         int       `json:"workers,omitempty"`  // it had meanwhile; 0 is not known
	Replicas        bool      `json:"replicas,omitempty"` // Workers counts replicas
	Evidence        Evidence  `json:"evidence"`
	Said            Evidence  `json:"said,omitempty"` // what who told it names as evidence; set by Decide
	At              time.Time `json:"at"`             // when it was measured
	// Minutes are those of which it is the middle, in which people waited all the time; 0
	// is not known.
	Minutes int `json:"minutes,omitempty"`
}

// Evidence is how something is known.
type Evidence string

// The kinds of evidence.
const (
	Observed  Evidence = "live"      // Falochron measured it, by admission in real traffic
	Rehearsed Evidence = "rehearsal" // Falochron measured it, in a rehearsal
	Told      Evidence = "told"      // somebody says so
)

// Reserve is what the host can add.
type Reserve struct {
	Workers int           `json:"workers"` // the most, in all, in the unit of [Capacity.Workers]
	Lead    time.Duration `json:"lead"`    // from asking for them until they serve
	At      time.Time     `json:"at"`      // when the host said so
}
