package falochron

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Whether a wave is fans or an attack is asked of cohorts: of all whose requests look
// alike and come from the same place. A cohort is judged by what it does, never by its
// address alone.

// Client is which kind of program a request says it comes from. It is what the sender
// claims, no more.
type Client uint8

// The kinds. The order is stable.
const (
	ClientNone         Client = iota // says nothing
	ClientTool                       // a library or a tool of the command line: curl, python-requests
	ClientRobot                      // says that it is a crawler or makes previews of links
	ClientApp                        // a browser inside the app of a social network
	ClientChrome                     // Chrome and its kin, on a desk
	ClientChromeMobile               // the same on a phone
	ClientSafari                     // on a desk
	ClientSafariMobile               // on a phone or tablet, and every other browser of iOS
	ClientFirefox
	ClientOther
	NumClients // how many there are; not a kind
)

var clientNames = [NumClients]string{
	"none", "tool", "robot", "app", "chrome", "chrome-mobile", "safari", "safari-mobile", "firefox", "other",
}

// String returns the kind's name as it appears in the API.
func (c Client) String() string {
	if c < NumClients {
		return clientNames[c]
	}
	return fmt.Sprintf("client(%d)", uint8(c))
}

// Browser reports whether the kind is a browser of people, as it says.
func (c Client) Browser() bool { return c >= ClientApp && c < ClientOther }

// Shape is what all requests of a program have in common, whatever they ask for: which of
// the header fields of browsers are there, and how the connection was opened. It is a set
// of bits.
type Shape uint8

// The bits.
const (
	ShapeLanguage     Shape = 1 << iota // Accept-Language: every browser sends it
	ShapeEncoding                       // Accept-Encoding; some proxies take it away
	ShapeFetch                          // Sec-Fetch-Mode: browsers since 2019 to 2023, over TLS
	ShapeHints                          // Sec-Ch-Ua: Chrome and its kin, over TLS
	ShapeHTTP2                          // HTTP/2
	ShapeHelloBrowser                   // the TLS handshake was one of browsers
	ShapeHelloOther                     // it was another; neither bit: there was none, or not with us
	ShapeUnlike                         // HTTP/2 is not written as by the browser that it says it is
)

var shapeNames = [...]string{"language", "encoding", "fetch", "hints", "http2", "tls-browser", "tls-other", "unlike"}

// String lists the bits, with a plus between them; "bare" for none.
func (s Shape) String() string {
	var names []string
	for i, name := range shapeNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "bare"
	}
	return strings.Join(names, "+")
}

// CohortKey names those who are alike. It is comparable.
type CohortKey struct {
	// Net is one address (/32, or /64 of IPv6, which is one household), or its network
	// (/24, /48); the zero Prefix: wherever they come from.
	Net    netip.Prefix
	Client Client
	Shape  Shape
	// Marked: they came by a link that says whence, by campaign parameters or a click's
	// number. Asked only where Net is zero.
	Marked bool
}

// String says it in one line. Of an address it shows the network only: what is shown and
// kept of anybody's address is no more.
func (k CohortKey) String() string {
	net := "anywhere"
	if k.Net.IsValid() {
		addr, bits, one := k.Net.Addr(), 24, 32
		if addr.Is6() {
			bits, one = 48, 64
		}
		p, _ := addr.Prefix(bits) // never more bits than there are
		if net = p.String(); k.Net.Bits() >= one {
			net = "an address of " + net
		}
	}
	s := net + ", " + k.Client.String() + ", " + k.Shape.String()
	if k.Marked {
		s += ", by a marked link"
	}
	return s
}

// CohortTally is what a cohort has done. The counters grow from Born on; any number may
// read them. A cohort that was quiet is forgotten, and is born anew when it comes again.
type CohortTally struct {
	Key        CohortKey
	Born, Last time.Time
	Hosting    bool // in a network that the owner lists as one of hosting companies

	Asks    uint64 // requests, but for files, our own addresses and what is free of the line
	Strange uint64 // of those, without any ticket of ours
	Files   uint64 // files
	Scripts uint64 // times the edge's own script was fetched, which it puts into the shop's pages
	Shown   uint64 // pages that were shown to people
	Named   uint64 // files of the page's own host that these name, 4 a page at most; 4 where it is not known
	Bare    uint64 // of the pages, those that name none
	Lines   uint64 // times a request of somebody with a ticket met the line
	Told    uint64 // seconds that these were told to wait until they ask again, in all
	Carts   uint64 // requests that change a cart, or lead to an order
	Missed  uint64 // requests for pages without a ticket that needed the shop and were given no ticket for it
	Busts   uint64 // the same for files with parameters
	Hits    uint64 // requests without a ticket that did not need the shop
	Faults  uint64 // requests without a ticket that the shop answered with 404 and its like
	Forged  uint64 // tickets that were never ours
	In      uint64 // tickets given to strangers who were let in at once
	Loose   uint64 // of these, those that went out with a page that names no files: nothing brings them back at once
	Line    uint64 // tickets given to strangers who stand in line, and tests given
	Back    uint64 // of both, those that came back for the first time
	Refused uint64 // requests refused because of the cohort

	// Of an address or a network, of the times between two requests, files apart: how many, their mean and standard
	// deviation in seconds.
	Gaps                  uint64
	GapMean, GapDeviation float64

	// Distinct paths that were asked for with a ticket, and distinct tickets; of what needed
	// the shop and was asked for without one, distinct addresses with their parameters, and
	// distinct paths. All within Span. They are estimated: the standard error is 13 %.
	Paths, Tickets   uint32
	Targets, Sources uint32
	Span             time.Duration
}

// CohortKind is what a cohort is taken for.
type CohortKind uint8

// The kinds.
const (
	CohortUnsure CohortKind = iota
	CohortFans
	CohortAttack
)

// String returns the kind's name as it appears in the API and metrics.
func (k CohortKind) String() string {
	switch k {
	case CohortFans:
		return "fans"
	case CohortAttack:
		return "attack"
	}
	return "unsure"
}

// Treatment is what is done about the newcomers of a cohort. Whoever holds a place inside,
// or has passed the test, is never meant.
type Treatment uint8

// The treatments, by how much they ask.
const (
	TreatNone      Treatment = iota
	TreatSlow                // they stand in line even if there is room, and few of them are let in
	TreatChallenge           // before they get a place they have to come back when told
	TreatRefuse              // they are turned away, with a way to the test
	NumTreatments            // how many there are; not a treatment
)

// String returns the treatment's name as it appears in the API, in metrics, and in the
// field by which an answer tells of it.
func (t Treatment) String() string {
	switch t {
	case TreatSlow:
		return "slow"
	case TreatChallenge:
		return "challenge"
	case TreatRefuse:
		return "refuse"
	}
	return "none"
}

// CohortReason is one sign that a verdict rests on.
type CohortReason struct {
	// Sign names it, in the fixed vocabulary of docs/radar-cohorts.md.
	Sign string
	// Value and Of are its numbers: so many of so many, or a value beside what is usual.
	Value, Of float64
	// Weight is how much it speaks for an attack, or, below zero, for fans: in natural
	// logarithms of odds.
	Weight float64
}

// CohortVerdict is what a cohort is taken for, and what is to be done about it.
type CohortVerdict struct {
	Key  CohortKey
	Kind CohortKind
	// Confidence is how likely it is, from 0 to 1, that Kind is right; of unsure, that it
	// is an attack.
	Confidence float64
	Treatment  Treatment
	Since      time.Time // of Kind
	Rate       float64   // requests a second, in the last seconds
	Reasons    []CohortReason
}

// RadarMode says what the radar may do about what it takes for an attack.
type RadarMode uint8

// The modes, from the default on.
const (
	RadarAct    RadarMode = iota // treat it
	RadarShadow                  // only say what would be done
	RadarOff                     // count nothing, judge nothing
)

var radarModes = [...]string{"act", "shadow", "off"}

// String returns the mode's name as it appears in the configuration.
func (m RadarMode) String() string {
	if int(m) < len(radarModes) {
		return radarModes[m]
	}
	return fmt.Sprintf("radar-mode(%d)", uint8(m))
}

// ParseRadarMode reads a mode's name.
func ParseRadarMode(s string) (RadarMode, error) {
	for i, name := range radarModes {
		if s == name {
			return RadarMode(i), nil
		}
	}
	return 0, fmt.Errorf("%q is none of %s", s, strings.Join(radarModes[:], ", "))
}

// UnmarshalText reads a mode's name.
func (m *RadarMode) UnmarshalText(b []byte) (err error) {
	*m, err = ParseRadarMode(string(b))
	return err
}

// RadarOrders is what is done about cohorts. It is immutable once it is part of a
// [Snapshot].
type RadarOrders struct {
	// Shadow: nothing is done, only counted as what would have been.
	Shadow bool
	// Cohorts has those that are known. One that is known to be left alone is among them,
	// with TreatNone: it is no part of what is ordered of the network around it.
	Cohorts map[CohortKey]Treatment
	// Holders are those of them whose members with a place in line are meant, too: it was
	// they who behaved like an attack. Of all others only newcomers are.
	Holders map[CohortKey]bool
}

// For is what is ordered of somebody: of the address, if anything is, else of its network,
// else of all who look alike; and whether it is meant for who has a place in line. Nil
// orders nothing.
func (o *RadarOrders) For(address, network, wide CohortKey) (t Treatment, holders bool) {
	if o == nil || len(o.Cohorts) == 0 {
		return TreatNone, false
	}
	for _, k := range [...]*CohortKey{&address, &network, &wide} {
		if t, ok := o.Cohorts[*k]; ok {
			return t, t != TreatNone && o.Holders[*k]
		}
	}
	return TreatNone, false
}

// CohortVitals is what became of cohorts since the start.
type CohortVitals struct {
	Slowed         uint64 `json:"slowed"`          // requests kept in the slow lane
	Challenged     uint64 `json:"challenged"`      // tests given
	Refused        uint64 `json:"refused"`         // requests refused
	Proved         uint64 `json:"proved"`          // tests passed
	Would          uint64 `json:"would"`           // requests that would have been treated: shadow
	VisitorLimited uint64 `json:"visitor_limited"` // requests of somebody inside who asked for more than people do
	AddressLimited uint64 `json:"address_limited"` // carts of strangers sent to the line, too many having come from one address
	RobotsVerified uint64 `json:"robots_verified"` // addresses of crawlers found to be who they say
	RobotsDenied   uint64 `json:"robots_denied"`   // and found not to be
	Tracked        int    `json:"tracked"`         // cohorts known now
	Bytes          int64  `json:"bytes"`           // memory of their counters; it does not grow
}
