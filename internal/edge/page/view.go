package page

import (
	"cmp"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// State is where a fan stands. The names go over the wire: in the page's
// data-state, in the Falochron-State header and in the status JSON.
type State string

// The states of a waiting page.
const (
	Waiting  State = "waiting"  // in line
	Prequeue State = "prequeue" // before an announced start: everybody here is drawn
	SoldOut  State = "soldout"  // the article wanted is sold out
	Held     State = "held"     // the shop lets nobody new in for now; order is kept
	Called   State = "called"   // the turn has come; the next navigation claims the place
)

// States that only the status JSON tells; they have no page of their own.
const (
	Inside State = "inside" // has a place already
	None   State = "none"   // no ticket, or none that counts
)

// View is what a waiting page tells one fan.
type View struct {
	Lang  string // "pl" or "en"; anything else means the default language
	State State  // empty means Waiting
	Now   time.Time

	Ahead int // people ahead; below zero counts as zero
	// WaitLow and WaitHigh are the honest range of the wait. Both zero: not
	// known yet, and the page says so.
	WaitLow, WaitHigh time.Duration
	// Poll is the interval of asking again, held to 2 s … 1 h. Zero means 15 s.
	Poll time.Duration
	// Start is the announced start, for Prequeue.
	Start time.Time
	// Zone is that in which others tell Start, as the plan does; [Config].Location goes
	// before it. Nil is not known.
	Zone *time.Location
	// Spread is what the scripts spread their first question after Start over:
	// everybody's countdown ends in the same second. Zero means 10 s.
	Spread time.Duration

	// InOrder says that nobody is drawn at Start: people go in as they came.
	InOrder bool
	// Line is a sentence for all fans, in Lang; empty: none.
	Line string

	// Page is where the fan wants to go: a path on the shop's host, see
	// [LocalPath]. Anything else becomes "/".
	Page string
	// Article is the name of what the fan came for, if known.
	Article string
	// PostMet says that something was sent and met the line: it never reached the
	// shop. The page says what to press again, and does so until the turn comes:
	// it asks again at /.falochron/wait, which says the same, rather than at its
	// own address or at Page.
	PostMet bool
	// AskHere says that this page's own address is that one already.
	AskHere bool
	// AtPage says that the page asks again at Page rather than at its own
	// address: where cookies are refused, Page carries the ticket.
	AtPage bool
	// SlidNote says that the turn came and passed while the fan was away.
	SlidNote bool

	TicketURL string // link that carries the place where cookies are refused; empty: none shown
	StatusURL string // where the script asks; empty means /.falochron/status
	LeaveURL  string // POST: leave the line; empty: no button
	ProveURL  string // leads out of the slow lane; empty: not in it
	StayURL   string // POST: sold out, stay for the rest; empty: no button

	// DrawCommitment is the hash of the draw's seed, published before the
	// start; DrawSeed is the seed, published after it. Both as text.
	DrawCommitment, DrawSeed string
	// DrawCount places were drawn, the first of them numbered DrawFirst; Place
	// came out as the DrawPlace'th, from 1. All zero before the draw.
	DrawCount, DrawFirst, DrawPlace uint64

	Place     uint64 // number of the place, 0 = none
	RequestID string // joins what the fan sees with the journal
}

// Longest texts that still fit a page of 14 KB.
const (
	maxPage    = 1024 // bytes of a way to anywhere
	maxShown   = 400  // bytes of it as HTML, see Shown
	maxQueried = 350  // bytes of it in a query, see InQuery
	maxURL     = 512  // bytes of TicketURL; a longer one is not shown
	maxArticle = 80   // characters; the rest becomes an ellipsis
	maxLine    = 200  // characters
	maxSmall   = 48   // characters of request id
	maxHash    = 128  // characters of commitment and seed
)

const defaultPoll = 15 * time.Second

// interval is the time to the next question, within its bounds.
func (v *View) interval() time.Duration {
	d := v.Poll
	if d == 0 {
		d = defaultPoll
	}
	return min(max(d, 2*time.Second), time.Hour)
}

// poll returns the interval in whole seconds, for a page that reloads itself.
func (v *View) poll() int { return int(v.interval() / time.Second) }

// pollText is the interval in seconds, to the hundredth: whole ones would take
// away what spreads the questions, and phones that were told at the same moment
// would ask in step ever after.
func (v *View) pollText() string {
	return strconv.FormatFloat(math.Round(v.interval().Seconds()*100)/100, 'f', -1, 64)
}

const defaultSpread = 10 * time.Second

// spread returns Spread in whole seconds, at least one.
func (v *View) spread() int { return spreadSeconds(v.Spread) }

func spreadSeconds(d time.Duration) int {
	if d <= 0 {
		d = defaultSpread
	}
	return int(min(max(d, time.Second), time.Hour) / time.Second)
}

// again is the address that shows this page once more until the turn comes, and
// what was pressed in vain, if anything was. It carries what the status address
// carries: the ticket where cookies are refused.
func (v *View) again(page string) string {
	_, ticket, _ := strings.Cut(v.StatusURL, "?")
	if ticket != "" {
		page = strings.TrimSuffix(page, ticket)
		page = strings.TrimSuffix(strings.TrimSuffix(page, "?"), "&")
		ticket = "&" + ticket
	}
	to := WaitPath + "?to=" + InQuery(page) + ticket
	if !v.PostMet {
		to += "&met=look"
	}
	return to
}

// WaitPath always shows the line to whoever stands in it; "to" in its query is
// the page wanted.
const WaitPath = "/.falochron/wait"

// LocalPath reports whether s can only lead to a page of the same host: it
// begins with one slash, holds no backslash, space or control character (which
// browsers drop or turn into slashes), and is not one of Falochron's own
// addresses, which would lead in a circle. What follows '#' is cut. It is the
// check against open redirects for every "where to" a fan sends.
func LocalPath(s string) (string, bool) {
	s, _, _ = strings.Cut(s, "#")
	if len(s) == 0 || len(s) > maxPage || s[0] != '/' || strings.HasPrefix(s, "//") ||
		strings.HasPrefix(s, "/.falochron/") {
		return "", false
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == '\\' || c == 0x7f {
			return "", false
		}
	}
	return s, true
}

// Shown is a way as the pages of this package show it and lead to it: [LocalPath]
// with ways out. What takes more than 400 bytes as HTML loses its last parameters,
// which in a long link are the click ids: they are worth less than the page. What
// leads nowhere on this host is "/".
func Shown(way string) string {
	return localOr(way, maxShown, func(c byte) int {
		if strings.IndexByte(`&+<>"'`, c) >= 0 {
			return 5
		}
		return 1
	})
}

// InQuery is a way as the value of a parameter, escaped: as [Shown], but within 350
// bytes: enough for the longest name that WordPress gives a page, in any letters.
func InQuery(way string) string {
	return url.QueryEscape(localOr(way, maxQueried, func(c byte) int {
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-_.~", c) >= 0 {
			return 1
		}
		return 3
	}))
}

// anyWay is a way of whatever length, for places with room.
func anyWay(way string) string { return localOr(way, maxPage, func(byte) int { return 1 }) }

// localOr is LocalPath within room; cost is what a byte takes of it.
func localOr(way string, room int, cost func(byte) int) string {
	s, ok := LocalPath(way)
	if !ok {
		way, _, _ = strings.Cut(way, "?")
		if s, ok = LocalPath(way); !ok {
			return "/"
		}
	}
	query := strings.IndexByte(s, '?')
	whole := 0 // end of the last part that fits
	for i := range len(s) {
		if i == query || s[i] == '&' && query >= 0 && i > query {
			whole = i
		}
		if room -= cost(s[i]); room < 0 {
			return cmp.Or(s[:whole], "/")
		}
	}
	return s
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return strings.TrimSpace(s[:i]) + "…"
		}
		count++
	}
	return s
}
