package edge

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/ticket"
)

// visitor is who sent a request, as far as our own tickets tell.
type visitor struct {
	key     sessionKey     // of the place inside; zero for nobody
	inside  bool           // has a place
	ticket  ticket.Waiting // of the line
	seq     uint64         // its place in line, 0 for none
	byURL   bool           // the ticket came in the URL only: cookies are refused
	spare   bool           // a ticket came in the URL although a cookie says it all
	renew   bool           // the inside cookie is to be sent (again)
	sinceIn time.Time
	replica uint16 // where the visitor stays, see settleIn; 0 = not known, or nowhere
}

// short is the session as the journal shows it.
func (v visitor) short() string {
	if v.key == (sessionKey{}) {
		return ""
	}
	return hex.EncodeToString(v.key[:4])
}

// RenewAfter is how old an inside ticket's last visit may be before it is
// sealed anew: often enough for a 15-minute idle end, seldom enough that most
// answers carry no cookie.
const RenewAfter = 2 * time.Minute

// identify finds the shop, what the request is for, and whose it is. It answers
// only for hosts that no shop has.
func (x *exchange) identify() bool {
	if x.shop == nil {
		x.verdict = verdict{Action: falochron.Refuse, Reason: "unknown-host"}
		x.set = &settings{ShopConfig: ShopConfig{Pages: x.srv.nobody}}
		x.page = navigation(x.r)
		x.fail(page.ErrorView{Kind: page.UnknownHost})
		return true
	}
	path := x.r.URL.EscapedPath()
	x.page = navigation(x.r)
	if err := x.set.Pool.CheckLoop(x.r.Header); err != nil {
		// Before cache and line: a fill that comes back here would wait for itself.
		x.verdict = verdict{Action: falochron.Failed, Reason: "loop"}
		x.fail(page.ErrorView{Kind: page.Loop})
		return true
	}
	mark := markOf(x.r)
	x.asked = preset.Request{Method: x.r.Method, Host: x.host, Path: path, Query: x.r.URL.RawQuery, Header: x.r.Header}
	// Some addresses serve browsing and buying alike, and only the body tells which.
	if x.marks() && x.set.classify.NeedsBody(x.asked) {
		if !x.gather() {
			return true
		}
		x.now = time.Now() // the body may have come slowly
	}
	x.class = x.set.classify.ClassOf(x.asked, x.body)
	if in, found, err := x.set.Keys.FindInside(x.r, x.now); err != nil {
		x.refusedTicket(err)
	} else if found && in.Session != (sessionKey{}) {
		x.who.key, x.who.sinceIn, x.who.replica = in.Session, in.Entered, in.Replica
		x.who.inside, x.first = x.shop.gate.inside(x.now, in.Session)
		x.who.renew = x.now.Sub(in.Seen) > RenewAfter
	}
	if !x.who.inside || strings.HasPrefix(path, ownPrefix) {
		x.findTicket()
	}
	x.who.spare = !x.who.byURL && (x.who.inside || x.who.seq != 0) && strings.Contains(x.r.URL.RawQuery, ticket.Param+"=")
	x.dropOurs()
	x.asked.Query = x.r.URL.RawQuery
	if !strings.HasPrefix(path, ownPrefix) {
		x.stand(mark)
		if x.page && !x.shop.known() {
			x.shop.noteHost(x.host, x.proto)
		}
	}
	return false
}

// refusedTicket counts a ticket that was refused.
func (x *exchange) refusedTicket(err error) {
	x.shop.eyes.refused(err)
	switch err {
	case ticket.Malformed, ticket.Truncated, ticket.BadMAC: // the other faults are those of old ones
		x.forged = true
	}
}

// findTicket opens the waiting ticket, from the cookie or else from the URL.
func (x *exchange) findTicket() {
	t, found, err := x.set.Keys.FindWaiting(x.r, x.now)
	if err != nil {
		x.refusedTicket(err)
	}
	if (!found || err != nil) && strings.Contains(x.r.URL.RawQuery, ticket.Param+"=") {
		// No cookie, or one that is of no use any more.
		query := x.r.URL.Query()
		if t, err = x.set.Keys.OpenWaiting(query.Get(ticket.Param), x.now); err != nil {
			x.refusedTicket(err)
		} else if strings.HasPrefix(x.r.URL.Path, ownPrefix) {
			t.Page = beside(query, t.Page)
		}
		found, x.who.byURL = true, err == nil && t.Seq != 0
	}
	if err != nil {
		return
	}
	if found && t.Seq != 0 { // a test's has none, and is no place
		x.who.ticket, x.who.seq, x.who.key = t, t.Seq, x.set.Keys.Session(t)
	}
}

// dropOurs removes what is ours from the request before anybody else sees it:
// our cookies never reach the shop, nor does the ticket in the URL.
func (x *exchange) dropOurs() {
	if q := x.r.URL.RawQuery; strings.Contains(q, ticket.Param+"=") {
		x.r.URL.RawQuery = withoutParam(q, ticket.Param)
		x.r.RequestURI = x.r.URL.RequestURI()
	}
	if ref := x.r.Header.Get("Referer"); strings.Contains(ref, ticket.Param+"=") {
		// The page before had the ticket in its address.
		x.r.Header.Set("Referer", withoutTicket(ref))
	}
	lines := x.r.Header["Cookie"]
	if len(lines) == 0 || !strings.Contains(strings.Join(lines, ";"), "falo_") {
		return
	}
	var kept []string
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ";") {
			part = strings.TrimSpace(part)
			name, _, _ := strings.Cut(part, "=")
			if name = strings.TrimSpace(name); part != "" && !mine(name) {
				kept = append(kept, part)
			}
		}
	}
	if len(kept) == 0 {
		x.r.Header.Del("Cookie")
		return
	}
	x.r.Header.Set("Cookie", strings.Join(kept, "; "))
}

// withoutParam drops one parameter from a raw query and leaves the rest as it
// is, byte for byte: the shop may be particular about order and escaping.
func withoutParam(raw, name string) string {
	var kept []string
	for part := range strings.SplitSeq(raw, "&") {
		if key, _, _ := strings.Cut(part, "="); key != name {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// withoutTicket drops the ticket from an address.
func withoutTicket(address string) string {
	before, query, _ := strings.Cut(address, "?")
	if query = withoutParam(query, ticket.Param); query != "" {
		before += "?" + query
	}
	return before
}

// wanted is the page the visitor is after: this one for a navigation, the one
// the request came from for everything else. It is always a path of this shop.
func (x *exchange) wanted() string {
	if x.page && (x.r.Method == http.MethodGet || x.r.Method == http.MethodHead) {
		if p, ok := page.LocalPath(x.r.URL.RequestURI()); ok {
			return p
		}
	}
	if ref, err := url.Parse(x.r.Referer()); err == nil && strings.EqualFold(ref.Host, x.host) {
		if p, ok := page.LocalPath(ref.RequestURI()); ok {
			return p
		}
	}
	return "/"
}

// tidy takes a ticket out of the address of a visitor whose cookies work, before
// it is copied, bookmarked, or read by a shop's scripts.
func (x *exchange) tidy() bool {
	if !x.who.spare || !x.page || x.r.Method != http.MethodGet {
		return false
	}
	to, ok := page.LocalPath(x.r.URL.RequestURI())
	if !ok {
		return false
	}
	x.verdict = verdict{Action: falochron.Own, Reason: "ticket-in-cookie"}
	x.redirect(to)
	return true
}

// count books a newcomer: somebody who shows a page and carries no ticket of
// ours. It never answers.
func (x *exchange) count() bool {
	if x.page {
		x.shop.comeBy(x.proto, x.host)
	}
	x.join()
	if x.page && !x.who.inside && x.who.seq == 0 && x.class != falochron.ClassBot && x.class != falochron.ClassPrefetch {
		x.shop.eyes.arrivals.Add(1)
		x.arrive()
	}
	x.fetchedAhead(x.asked.Path)
	return false
}
