package edge

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/room"
	"github.com/falochron/falochron/internal/ticket"
)

// ownPrefix is where the edge's own addresses live.
const ownPrefix = "/.falochron/"

// gateScript is the address below it of the script that goes into the shop's pages.
const gateScript = "gate.js"

// own answers the edge's own addresses.
func (x *exchange) own() bool {
	if !strings.HasPrefix(x.r.URL.Path, ownPrefix) {
		return false
	}
	x.verdict = verdict{Action: falochron.Own, Reason: "own-address"}
	switch x.r.URL.Path[len(ownPrefix):] {
	case "status":
		x.status()
	case gateScript:
		x.srv.script.ServeHTTP(x.w, x.r)
	case "wait":
		x.waitFor()
	case "open":
		x.open()
	case "prove":
		x.prove()
	case "leave":
		x.leave()
	case "left":
		x.left()
	case "stay":
		x.stay()
	case "draw":
		x.publishDraws()
	case "line":
		x.line(false)
	case "line.json":
		x.line(true)
	case "refused":
		x.refused()
	default:
		x.fail(page.ErrorView{Status: http.StatusNotFound})
	}
	return true
}

// status answers a waiting page's question. It is the commonest request of a
// wave.
func (x *exchange) status() {
	st := page.Status{State: page.None, Poll: pollNoTicket}
	switch {
	case x.who.inside:
		st.State, st.Page = page.Inside, x.who.ticket.Page
	case x.noLine():
		st.State, st.Page = page.Called, x.who.ticket.Page
	case x.who.seq != 0:
		st = x.statusOf(x.look())
		x.tellTreatment()
	}
	if x.snap.Plan != nil && st.State != page.None && st.State != page.Inside && st.State != page.Called {
		st.Lang = x.set.Pages.Lang(x.r.Header.Get("Accept-Language"))
		st.Line = x.said(st.Lang)
	}
	_ = x.set.Pages.ServeStatus(x.w, x.r, st)
}

// statusOf turns a standing into what the page is told.
func (x *exchange) statusOf(s room.Standing) page.Status {
	st := page.Status{
		State: x.stateOf(s), Ahead: s.Ahead + s.MayCome, WaitLow: s.WaitLow, WaitHigh: s.WaitHigh,
		Poll: s.Poll + x.srv.seeds.between(s.Jitter), Page: x.who.ticket.Page,
	}
	if st.State == page.Prequeue {
		st.Start, st.Spread = x.snap.Start, x.shop.gate.spread()
	}
	if x.who.byURL && st.State == page.Called {
		st.Page = withTicket(st.Page, x.set.Keys.SealBare(x.who.ticket))
	}
	x.ahead = s.Ahead + s.MayCome
	return st
}

// stateOf is where a fan stands, in the words of the page.
func (x *exchange) stateOf(s room.Standing) page.State {
	if x.soldOut(x.who.ticket) && s.State != room.Claimed {
		return page.SoldOut
	}
	switch s.State {
	case room.Called, room.Claimed:
		if x.snap.Mode == falochron.ModeHold && s.State == room.Called {
			return page.Held
		}
		return page.Called
	case room.PreQueue:
		return page.Prequeue
	case room.Slid, room.Unknown, room.Left:
		// The next navigation brings a new place; nothing is gained by waiting.
		return page.Called
	}
	if x.snap.Mode == falochron.ModeHold {
		return page.Held
	}
	return page.Waiting
}

// staying as a ticket's article says that its holder chose to stay for the rest
// although the article wanted is sold out. Otherwise the article is the page.
const staying = "/"

// soldOut reports whether what a ticket was taken for is gone.
func (x *exchange) soldOut(t ticket.Waiting) bool {
	return t.Article != staying && len(x.snap.SoldOut) > 0 && x.gone(pathOf(t.Page))
}

// gone reports whether an article is sold out, by its path as it was sent. Those
// who say so may write it with or without percent signs.
func (x *exchange) gone(escaped string) bool {
	plain, err := url.PathUnescape(escaped)
	return x.snap.SoldOut[escaped] || err == nil && x.snap.SoldOut[plain]
}

// noLine reports that there is no line in this mode: those who still stand in
// one may go.
func (x *exchange) noLine() bool {
	return x.snap.Mode == falochron.ModeOff || x.snap.Mode == falochron.ModeWatch
}

// waitFor always shows the line to somebody in it, and leads everybody else to
// the page wanted. The script of a page sends fans here whose request met the
// line, and the page that a form met comes again here: until the turn comes it
// says that what was pressed has to be pressed again. With met=look, nothing was.
func (x *exchange) waitFor() {
	query := x.r.URL.Query()
	to, ok := page.LocalPath(query.Get("to"))
	if !ok {
		to = "/"
	}
	to = withoutTicket(to)
	if x.who.inside || x.noLine() || x.who.seq == 0 && !x.mustWait() {
		x.redirect(to)
		return
	}
	if x.who.seq == 0 && x.treat >= falochron.TreatChallenge {
		x.challenge(to)
		return
	}
	how := byScript
	if query.Get("met") == "look" {
		how = byLook
	}
	x.wait(to, how)
}

// refused says that the shop, or the line itself, was full when a script asked:
// the shop's own scripts mostly say nothing.
func (x *exchange) refused() {
	query := x.r.URL.Query()
	_ = x.set.Pages.ServeError(x.w, x.r, page.ErrorView{
		Kind: page.RefusalOf(query.Get("why")), Posted: true, Back: query.Get("to"),
		Lang: x.set.Pages.Lang(x.r.Header.Get("Accept-Language")), RequestID: x.id,
	}, false) // the visitor has gone: nobody to tell
}

// mustWait reports whether a newcomer would have to wait now. It takes no place.
func (x *exchange) mustWait() bool {
	return x.shop.gate.full(x.now, x.snap.Mode == falochron.ModeHold)
}

// open brings a ticket back from a link: to the page wanted, in a browser that
// need not keep cookies. A link that somebody else sent must not cost a visitor
// the place already held: the better one is kept.
func (x *exchange) open() {
	query := x.r.URL.Query()
	t, err := x.set.Keys.OpenWaiting(query.Get("t"), x.now)
	if err != nil {
		x.shop.eyes.refused(err)
		x.redirect("/")
		return
	}
	if mine := x.who; mine.seq != 0 && mine.seq != t.Seq && x.shop.gate.before(x.now, mine.seq, t.Seq, x.set.Keys.Session(t)) {
		x.verdict.Reason = "better-place-kept"
		x.redirect(mine.ticket.Page)
		return
	}
	t.Page = beside(query, t.Page)
	x.setWaiting(x.set.Keys.SealWaiting(t))
	x.redirect(withTicket(t.Page, x.set.Keys.SealBare(t)))
}

// leave takes somebody out of the line; nothing in the shop changes.
func (x *exchange) leave() {
	if x.r.Method != http.MethodPost {
		x.fail(page.ErrorView{Status: http.StatusMethodNotAllowed})
		return
	}
	if x.foreign() {
		return
	}
	if x.who.seq != 0 {
		x.shop.gate.leave(x.now, x.who.seq)
	}
	x.clearWaiting()
	x.redirect(ownPrefix + "left?to=" + url.QueryEscape(x.who.ticket.Page))
}

// left says that somebody has left; leading to the shop would put them into the
// line anew.
func (x *exchange) left() {
	_ = x.set.Pages.ServeLeft(x.w, x.r, page.LeftView{
		Lang: x.set.Pages.Lang(x.r.Header.Get("Accept-Language")), Page: x.r.URL.Query().Get("to"), RequestID: x.id,
	})
}

// stay keeps somebody in line although the article wanted is sold out.
func (x *exchange) stay() {
	if x.r.Method != http.MethodPost {
		x.fail(page.ErrorView{Status: http.StatusMethodNotAllowed})
		return
	}
	if x.foreign() {
		return
	}
	to := "/"
	if x.who.seq != 0 {
		x.who.ticket.Article = staying
		x.sealTicket(x.who.ticket.Page)
		to = ownPrefix + "wait?met=look&to=" + url.QueryEscape(x.who.ticket.Page)
		if x.who.byURL {
			to = withTicket(to, x.set.Keys.SealBare(x.who.ticket))
		}
	}
	x.redirect(to)
}

// foreign refuses forms sent from other sites.
func (x *exchange) foreign() bool {
	if err := new(http.CrossOriginProtection).Check(x.r); err != nil {
		x.verdict = verdict{Action: falochron.Refuse, Reason: "cross-origin"}
		x.fail(page.ErrorView{Status: http.StatusForbidden})
		return true
	}
	return false
}

func (x *exchange) redirect(to string) {
	h := x.w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set(page.StateHeader, string(page.None)) // ours, not the shop's
	h.Set("Location", to)
	x.w.WriteHeader(http.StatusSeeOther)
}

// direct gives a waiting page its addresses. A ticket in an address is bare, and of
// our own addresses those that need the page wanted have it beside the ticket, as
// "to": a ticket that holds it would bring the page along in each of them, a third
// longer, and all of them together must fit into what a server may send at once.
func (x *exchange) direct(v *page.View, fresh bool) {
	v.Page = page.Shown(v.Page)
	bare := x.set.Keys.SealBare(x.who.ticket)
	to := "&to=" + page.InQuery(v.Page)
	v.TicketURL = ownPrefix + "open?t=" + bare + to
	v.StatusURL, v.LeaveURL, v.StayURL = ownPrefix+"status", ownPrefix+"leave", ownPrefix+"stay"
	if x.treat != falochron.TreatNone {
		v.ProveURL = ownPrefix + "prove?to=" + page.InQuery(v.Page)
	}
	if x.who.byURL || fresh {
		// Cookies may be refused here: the ticket travels in the URL until one
		// has come back.
		v.StatusURL = withTicket(v.StatusURL, bare)
		v.LeaveURL = withTicket(v.LeaveURL, bare)
		v.StayURL = withTicket(v.StayURL, bare) + to
		if v.ProveURL != "" {
			v.ProveURL = withTicket(ownPrefix+"prove", bare) + to
		}
		v.Page, v.AtPage = withTicket(v.Page, bare), true
	}
}

// beside is the page wanted that stands beside a ticket in an address of ours, or
// else the one that the ticket holds.
func beside(query url.Values, held string) string {
	if to, ok := page.LocalPath(query.Get("to")); ok {
		return withoutTicket(to)
	}
	return held
}

// withTicket adds a ticket to a path of ours.
func withTicket(path, raw string) string {
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + ticket.Param + "=" + raw
}

func pathOf(s string) string {
	p, _, _ := strings.Cut(s, "?")
	return p
}
