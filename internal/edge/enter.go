package edge

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/edge/tally"
	"github.com/falochron/falochron/internal/room"
	"github.com/falochron/falochron/internal/ticket"
)

// pollNoTicket is how often a page asks that has no ticket (any more).
const pollNoTicket = 15 * time.Second

// enter asks whether this visitor has a place, and lets in or shows the line
// to whoever has none.
func (x *exchange) enter() bool {
	if x.r.Method == http.MethodOptions {
		return false // a browser's own question before a request of a script; no person
	}
	switch x.class {
	case falochron.ClassCallback, falochron.ClassAdmin, falochron.ClassIntegration:
		return false // no person of the crowd: the limiter alone decides
	case falochron.ClassStatic:
		// No person either: a file takes no place, whatever the mode.
		return x.snap.Mode == falochron.ModeShop && x.beside("file-while-line", nearPoll)
	case falochron.ClassBot, falochron.ClassPrefetch:
		// Nobody waits behind these: no place is spent on them, and none is
		// taken by them while people wait.
		return x.beside("machine-while-line", botRetry)
	}
	if x.who.inside {
		return false
	}
	if len(x.snap.SoldOut) > 0 && x.gone(x.r.URL.EscapedPath()) && x.page && x.who.ticket.Article != staying && x.mustWait() {
		// Nobody waits, or spends a place, unknowingly for something that is gone.
		x.verdict = verdict{Action: falochron.Wait, Reason: "sold-out", Limit: "stock"}
		x.wait(x.wanted(), byLook)
		return true
	}
	hold := x.holds()
	var e entrance
	if x.adoptable() && !hold {
		x.adopt()
		return false
	}
	if x.who.seq != 0 && x.counts() {
		e = x.shop.gate.claim(x.now, hold, x.who.seq, x.who.key, x.treat != falochron.TreatNone)
		x.cameBack(e.first)
		if e.slid {
			return x.slide(hold, e)
		}
	} else {
		e = x.knock(hold)
	}
	x.verdict = e.verdict
	if e.in {
		x.admitted(e)
		return false
	}
	x.inUse, x.allowed = x.shop.gate.use()
	x.meetLine(e)
	return true
}

// holds reports whether nobody new is let in at all, by order.
func (x *exchange) holds() bool { return x.snap.Mode == falochron.ModeHold }

// beside refuses what takes no place, while a person would have to wait. reason
// is why, unless nobody is let in at all.
func (x *exchange) beside(reason string, retry time.Duration) bool {
	if x.who.inside {
		return false
	}
	v := x.shop.gate.beside(x.now, x.holds(), reason)
	if v.Action == falochron.Pass {
		return false
	}
	x.verdict = v
	x.refuse(page.Waiting, retry)
	return true
}

// adoptFor is how long after the first start ever people are taken over who were
// in the shop before us: as long as a visit lasts without a request.
const adoptFor = 15 * time.Minute

// adoptable reports whether the visitor had a cart before Falochron was there:
// soon after the very first start, somebody without a ticket of ours who brings
// a cookie of the shop and is at the cart or the till. Nobody who is buying is
// sent to the end of a line that did not exist when she came. The limiter still
// stands before the shop, and no more are taken over than a shop that was just
// met can have had at its till.
func (x *exchange) adoptable() bool {
	return x.who.seq == 0 && (x.class == falochron.ClassCart || x.class == falochron.ClassCheckout) &&
		x.now.Sub(x.shop.born) < adoptFor && shopCookie(x.r) && x.shop.adopted.Load() < adoptMost
}

// adoptMost bounds who is taken over: some ten people at the till and the cart
// for each of the eight workers of a usual small shop. Chosen.
const adoptMost = 80

// shopCookie reports whether the request carries a cookie that may be of a visit
// at the shop. Those of statistics and advertising begin with an underscore by
// custom (_ga, _gid, _gcl_au, _fbp, _ttp, _pin_unauth, __utma) and prove nothing.
func shopCookie(r *http.Request) bool {
	for _, c := range r.Cookies() {
		if !strings.HasPrefix(c.Name, "_") {
			return true
		}
	}
	return false
}

// adopt gives a place whatever the budget says; what it costs is counted.
func (x *exchange) adopt() {
	_, _ = rand.Read(x.who.key[:]) // never fails, see crypto/rand
	x.shop.adopted.Add(1)
	x.shop.gate.letIn(x.now, x.who.key)
	x.who.inside, x.who.renew, x.who.sinceIn = true, true, x.now
	x.settleIn()
	x.verdict = verdict{Action: falochron.Pass, Reason: "adopted", Limit: "adoption", Bound: adoptMost}
}

// botRetry is when a crawler should come back: after most waves.
const botRetry = 10 * time.Minute

// counts reports whether this request may take the place of its ticket. What a
// page fetches beside does not: the next navigation of a fan is the gate, so
// that a fan never gets in without seeing it. At an interface for programs nobody
// navigates, since its storefront is elsewhere: there the script that met the line
// asks again, and is let in by that.
func (x *exchange) counts() bool {
	return x.page && safe(x.r.Method) || x.set.classify.Platform().Interface
}

// knock asks for a place at once. A script's request of somebody who stands in
// the line does not pass the line.
func (x *exchange) knock(hold bool) entrance {
	if x.who.seq != 0 && x.shop.gate.back(x.now, x.who.seq, x.who.key) {
		return entrance{in: true, again: true, verdict: verdict{Action: falochron.Pass, Reason: "place-claimed"}}
	}
	if x.who.seq != 0 {
		st := x.look()
		return entrance{verdict: x.shop.gate.stands(x.now, hold, x.who.seq), standing: st}
	}
	if v := x.notAtOnce(); v.Action == falochron.Wait {
		return entrance{verdict: v}
	}
	var key sessionKey
	_, _ = rand.Read(key[:]) // never fails, see crypto/rand
	e := x.shop.gate.knock(x.now, hold, key, x.treat != falochron.TreatNone)
	switch {
	case e.in:
		x.who.key = key
	case !e.slowed:
		x.treat = falochron.TreatNone // as everybody now: nothing is done about him
	}
	return e
}

// slide gives a new place at the end to somebody whose old one is gone.
func (x *exchange) slide(hold bool, old entrance) bool {
	x.who.seq = 0
	e := x.knock(hold)
	x.verdict = e.verdict
	if e.in {
		x.admitted(e)
		return false
	}
	x.inUse, x.allowed = x.shop.gate.use()
	if !closed(e.verdict) {
		x.verdict.Reason = old.verdict.Reason // what bound it stays what keeps a newcomer out
	}
	if !x.page {
		x.meetLine(e)
		return true
	}
	st := x.issue(x.wanted())
	if x.who.seq == 0 {
		return true // the line itself is full, and has said so
	}
	x.show(x.wanted(), st, byLook, old.standing.State == room.Slid)
	return true
}

// admitted notes a new place; its cookie goes out with the shop's answer.
func (x *exchange) admitted(e entrance) {
	x.who.inside, x.who.renew = true, true
	if x.who.sinceIn.IsZero() || !e.again {
		x.who.sinceIn = x.now
	}
	if x.who.ticket.Proved() {
		x.shop.gate.proved(x.who.key)
	}
	if e.again {
		x.who.replica = x.shop.gate.settledAt(x.who.key)
	} else {
		x.settleIn()
	}
	if x.who.seq == 0 && !e.again {
		x.wentIn()
	}
}

// meetLine answers somebody who has to wait.
func (x *exchange) meetLine(e entrance) {
	if !x.page {
		// Pieces of a page are asked for by its script alone, as for the contents of a cart
		// that is empty: nobody has asked for a place by that. Who pressed something gets
		// one from the waiting page, where the gate's script goes.
		if x.who.seq == 0 && x.class != falochron.ClassFragment {
			if x.issue(x.wanted()); x.who.seq == 0 {
				return // the line itself is full, and has said so
			}
		}
		x.refuse(page.Waiting, nearPoll)
		return
	}
	how := byLook
	if !safe(x.r.Method) {
		how = byForm
	}
	x.wait(x.wanted(), how)
}

// met is how somebody met the line; the page says accordingly what to press
// again.
type met uint8

const (
	byLook   met = iota // wanted to see a page
	byForm              // sent a form
	byScript            // a script of a page was refused
)

// wait shows the line, with a place in it.
func (x *exchange) wait(to string, met met) {
	var st room.Standing
	if x.who.seq == 0 {
		st = x.issue(to)
		if x.who.seq == 0 {
			return // the line itself is full, and has said so
		}
	} else {
		st = x.look()
		if x.who.ticket.Page != to {
			x.sealTicket(to)
		}
	}
	if x.verdict.Action != falochron.Wait { // an address of ours that shows the line
		x.verdict = x.shop.gate.stands(x.now, x.holds(), x.who.seq)
	}
	x.show(to, st, met, false)
}

// issue takes a new place in line and seals its ticket. On failure the answer
// has been sent and who.seq is 0.
func (x *exchange) issue(to string) room.Standing {
	if !x.set.NoCohorts && !x.who.ticket.Proved() && x.shop.gate.crammed() {
		// Whoever only takes numbers takes the last ones from nobody who comes back.
		x.challenge(to)
		return room.Standing{}
	}
	seq, st, err := x.shop.gate.issue(x.now)
	if err != nil {
		x.verdict = verdict{Action: falochron.Shed, Reason: "line-full", Limit: "line"}
		x.fail(page.ErrorView{Status: http.StatusServiceUnavailable, RetryAfter: 30*time.Second + x.srv.seeds.between(30*time.Second)})
		return st
	}
	x.who.seq = seq
	x.who.ticket = ticket.Waiting{Arrived: x.now, Seq: seq, Nonce: ticket.NewNonce(), Edge: x.who.ticket.Edge & ticket.Proved}
	x.stood()
	x.sealTicket(to)
	return st
}

// sealTicket signs the visitor's ticket for a page and sends it as a cookie.
func (x *exchange) sealTicket(to string) {
	x.who.ticket.Page = to
	x.setWaiting(x.set.Keys.SealWaiting(x.who.ticket))
}

// show sends the waiting page.
func (x *exchange) show(to string, st room.Standing, met met, slid bool) {
	x.tellTreatment()
	x.ahead = st.Ahead + st.MayCome
	if !x.stranger {
		x.asker.AddN(tally.Told, uint64(st.Poll/time.Second))
	}
	fresh := x.who.seq != 0 && x.who.ticket.Arrived.Equal(x.now)
	v := page.View{
		Lang: x.set.Pages.Lang(x.r.Header.Get("Accept-Language")), State: x.stateOf(st), Now: x.now,
		Ahead: st.Ahead + st.MayCome, WaitLow: st.WaitLow, WaitHigh: st.WaitHigh,
		Poll: st.Poll + x.srv.seeds.between(st.Jitter), Start: x.snap.Start, Zone: x.shop.links.Load().zone, Page: to,
		PostMet: met != byLook, AskHere: met == byScript, SlidNote: slid,
		Place: x.who.seq, RequestID: x.id,
	}
	v.Line = x.said(v.Lang)
	x.direct(&v, fresh)
	x.showDraw(&v)
	if err := x.set.Pages.ServeWaiting(x.w, x.r, v); err != nil && x.w.status == 0 {
		x.fail(page.ErrorView{Status: http.StatusInternalServerError})
	}
}

// refuse answers a script's request of somebody who has to wait.
func (x *exchange) refuse(state page.State, retry time.Duration) {
	if x.holds() {
		state = page.Held
	}
	x.tellTreatment()
	x.tellOthers()
	_ = x.set.Pages.ServeRefusal(x.w, x.r, state, retry, x.id)
}

// fail sends an error of ours, as a page or for a script.
func (x *exchange) fail(v page.ErrorView) {
	x.keepPlace(x.w.Header())
	v.RequestID, v.Posted = x.id, !safe(x.r.Method)
	v.Lang = x.set.Pages.Lang(x.r.Header.Get("Accept-Language"))
	if !x.page {
		x.tellOthers()
	}
	_ = x.set.Pages.ServeError(x.w, x.r, v, !x.page)
}

// tellOthers lets a script of another host read our refusal (Fetch standard, section
// 3.3): the storefront of a shop without pages of its own, which otherwise sees nothing
// but a network error. The refusal says nothing of the visitor.
func (x *exchange) tellOthers() {
	origin := x.r.Header.Get("Origin")
	if origin == "" || origin == "null" || strings.EqualFold(origin, x.proto+"://"+x.host) {
		return
	}
	h := x.w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", page.StateHeader+", "+page.RefusedHeader+", Retry-After")
	h.Add("Vary", "Origin")
}

func (x *exchange) setWaiting(raw string) {
	http.SetCookie(x.w, x.set.Keys.WaitingCookie(raw, x.proto == "https"))
}

func (x *exchange) clearWaiting() {
	http.SetCookie(x.w, ticket.Forget(ticket.WaitingCookie, x.proto == "https"))
}
