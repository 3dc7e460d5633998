package edge

import (
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/edge/tally"
	"github.com/falochron/falochron/internal/room"
	"github.com/falochron/falochron/internal/ticket"
)

// What is done about those who look like an attack, by order of the radar:
//
//   - slow: nothing is fetched for them and none is let in at once. They stand in line as
//     everybody, and of those whose turn it is few are let in: see slowlane.go.
//   - challenge: before they get a place they are given a test. It is passed by coming
//     back when told, which every browser does by itself, with scripts or without.
//   - refuse: they are told so, and where the test is.
//
// It costs no memory: a test is a signed ticket without a place. Whoever has a place keeps
// it, whatever is said of those who are alike. If it is people with places who ask for more
// than people do, each of them has a smaller allowance: see purse.go.

// TreatmentHeader tells a visitor that there is something about those who look alike. It is
// no secret: the effect is seen anyway, and support can ask for it.
const TreatmentHeader = "Falochron-Treatment"

// tellTreatment says with an answer what is done, and counts it.
func (x *exchange) tellTreatment() {
	if x.treat == falochron.TreatNone || len(x.w.Header()[TreatmentHeader]) > 0 {
		return
	}
	x.w.Header()[TreatmentHeader] = []string{x.treat.String()}
	x.shop.became.treated[x.treat].Add(1)
}

// shadow is what the journal notes of what would have been done.
func (x *exchange) shadow() string {
	if x.would == falochron.TreatNone {
		return ""
	}
	if x.calm {
		return "nobody has to wait: else, " + x.would.String()
	}
	return "the radar is in shadow: else, " + x.would.String()
}

// treated answers newcomers of a cohort that attacks, where the line is not answer enough.
func (x *exchange) treated() bool {
	switch {
	case x.treat == falochron.TreatNone && !x.kept:
		return false
	case x.class == falochron.ClassStatic, x.class == falochron.ClassBot, x.class == falochron.ClassPrefetch:
		// Nobody stands in line for these: they are to be had from the cache or not at all.
		x.verdict = verdict{Action: falochron.Wait, Reason: "cohort-slow", Limit: "slow-lane"}
		x.asker.Add(tally.Refused)
		x.refuse(page.Waiting, botRetry)
		return true
	case x.who.seq != 0:
		return false
	case x.treat == falochron.TreatChallenge:
		x.challenge(x.wanted())
		return true
	case x.treat == falochron.TreatRefuse:
		x.turnAway()
		return true
	}
	return false
}

// notAtOnce is why a stranger whose look nothing is said of has to stand in line whether or
// not there is room; the action is another where there is no reason.
func (x *exchange) notAtOnce() verdict {
	if x.treat == falochron.TreatNone && x.stranger && !safe(x.r.Method) && (x.class == falochron.ClassCart || x.class == falochron.ClassCheckout) {
		posts, backs := x.shop.cohorts.Post(x.asker, x.now)
		if posts > cartsOfStrangers && posts > 3*backs {
			x.shop.became.addressLimited.Add(1)
			return verdict{Action: falochron.Wait, Reason: "address-carts", Limit: "address-carts", Bound: cartsOfStrangers}
		}
	}
	return verdict{}
}

// cartsOfStrangers is how many requests of people without a ticket may change carts from
// one address within half a minute, before the next of them stand in line first; and more
// if those before come back with theirs, as the fans behind one address of a carrier do.
// Chosen: so many at once are no household.
const cartsOfStrangers = 60

// look is what the holder of a place is told.
func (x *exchange) look() (st room.Standing) {
	st = x.shop.gate.look(x.now, x.who.seq, x.treat != falochron.TreatNone)
	x.cameBack(st.First)
	return st
}

// challenge gives a test: a page that leads on by itself in a few seconds.
func (x *exchange) challenge(to string) {
	x.treat = falochron.TreatChallenge
	x.verdict = verdict{Action: falochron.Wait, Reason: "cohort-challenge", Limit: "test", Bound: testWait.Seconds()}
	x.stood()
	if !x.page {
		x.refuse(page.Waiting, testWait)
		return
	}
	x.test(to, x.set.Keys.SealWaiting(ticket.Waiting{Arrived: x.now, Nonce: ticket.NewNonce()}), testWait)
}

// test shows a test that is good in so long.
func (x *exchange) test(to, sealed string, in time.Duration) {
	x.tellTreatment()
	to = withoutTicket(to)
	_ = x.set.Pages.ServeTest(x.w, x.r, page.TestView{
		Lang: x.set.Pages.Lang(x.r.Header.Get("Accept-Language")), Wait: in, RequestID: x.id, Posted: !safe(x.r.Method),
		URL: ownPrefix + "prove?t=" + sealed + "&to=" + page.InQuery(page.Shown(to)),
	})
}

// turnAway refuses, and says where the test is.
func (x *exchange) turnAway() {
	x.verdict = verdict{Action: falochron.Refuse, Reason: "cohort-refuse", Limit: "test", Bound: testWait.Seconds()}
	x.asker.Add(tally.Refused)
	x.tellTreatment()
	if !x.page {
		_ = x.set.Pages.ServeError(x.w, x.r, page.ErrorView{Kind: page.TooMany, RetryAfter: botRetry, RequestID: x.id}, true)
		return
	}
	_ = x.set.Pages.ServeTurnedAway(x.w, x.r, page.TestView{
		Lang: x.set.Pages.Lang(x.r.Header.Get("Accept-Language")), RequestID: x.id, Posted: !safe(x.r.Method),
		URL: ownPrefix + "prove?to=" + page.InQuery(page.Shown(withoutTicket(x.wanted()))),
	})
}

const (
	testWait = 4 * time.Second  // until a test is passed by coming back; chosen: nobody leaves for it
	testLife = 10 * time.Minute // how long one is good
)

// prove is where a test leads. Whoever comes back when told gets a place at the end of the
// line, with a mark that it was earned.
func (x *exchange) prove() {
	query := x.r.URL.Query()
	to := "/"
	if p, ok := page.LocalPath(query.Get("to")); ok {
		to = withoutTicket(p)
	}
	switch {
	case x.who.inside, x.noLine():
		x.redirect(to)
		return
	case x.who.seq != 0:
		x.proveInLine(to)
		return
	}
	x.page = true // nothing but navigations leads here
	sealed := query.Get("t")
	t, err := x.set.Keys.OpenWaiting(sealed, x.now)
	age := x.now.Sub(t.Arrived)
	switch {
	case err != nil || t.Seq != 0 || age > testLife:
		x.challenge(to)
		return
	case age < testWait:
		x.verdict = verdict{Action: falochron.Wait, Reason: "cohort-challenge", Limit: "test", Bound: testWait.Seconds()}
		x.treat = falochron.TreatChallenge
		x.test(to, sealed, testWait-age)
		return
	case !x.shop.gate.passTest(x.now, t.Nonce):
		x.challenge(to)
		return
	}
	x.treat, x.handed = falochron.TreatNone, true
	x.who.ticket.Edge = ticket.Proved
	x.issue(to)
	if x.who.seq == 0 {
		return // the line itself is full, and has said so
	}
	x.shop.became.proved.Add(1)
	x.verdict = verdict{Action: falochron.Own, Reason: "test-passed"}
	x.look() // the place counts: its holder is here
	x.redirect(withTicket(to, x.set.Keys.SealBare(x.who.ticket)))
}

// proveInLine lets the holder of a place out of the slow lane. The ticket is the test: who
// has had it for long enough has come back with it.
func (x *exchange) proveInLine(to string) {
	t := &x.who.ticket
	if !t.Proved() && x.now.Sub(t.Arrived) >= testWait && x.shop.gate.passTest(x.now, t.Nonce) {
		t.Edge |= ticket.Proved
		x.sealTicket(to)
		x.shop.became.proved.Add(1)
		x.verdict.Reason = "test-passed"
	}
	if x.who.byURL {
		to = withTicket(to, x.set.Keys.SealBare(*t))
	}
	x.redirect(to)
}

// overspent refuses what somebody with a place asks for beyond what people do, while the shop is
// full or people stand in line: who asks for much takes it from others then, and from nobody
// in calm. All that have the same ticket share it.
func (x *exchange) overspent() bool {
	kind := spentReads
	switch {
	case !x.who.inside, x.class == falochron.ClassStatic, x.class == falochron.ClassCallback, x.class == falochron.ClassAdmin, x.class == falochron.ClassIntegration:
		return false
	case x.class == falochron.ClassCheckout && !safe(x.r.Method):
		kind = spentOrders
	case x.class == falochron.ClassCart && !safe(x.r.Method):
		kind = spentCarts
	case x.page:
		kind = spentPages
	}
	crowded := x.shop.gate.crowded()
	slow := crowded && x.slowInside()
	ok, of := x.shop.gate.spend(x.now, x.who.key, kind, slow)
	if ok || !crowded {
		return false
	}
	x.shop.became.visitorsLimited.Add(1)
	x.verdict = verdict{Action: falochron.Refuse, Reason: "visitor-rate", Limit: "visitor-rate", Bound: float64(of.perMinute)}
	if slow {
		x.treat = falochron.TreatSlow
		x.tellTreatment()
	}
	x.fail(page.ErrorView{Status: http.StatusTooManyRequests, RetryAfter: tooFast})
	return true
}

// slowInside reports whether the slow lane is ordered for those who are alike because of what
// those with places do. Who came in before that was known is meant by it as well.
func (x *exchange) slowInside() bool {
	o := x.snap.Radar
	if o == nil || o.Shadow || x.asker == (tally.Asker{}) {
		return false
	}
	client := x.says().Client
	k := tally.KeysOf(x.client, client, x.shape(client), x.marked())
	t, holders := o.For(k.Address, k.Network, k.Wide)
	return t != falochron.TreatNone && holders
}

const tooFast = 10 * time.Second

// bare reports whether somebody without a place asks for a file by an address with
// parameters, while people stand in line.
func (x *exchange) bare() bool {
	return x.class == falochron.ClassStatic && x.r.URL.RawQuery != "" && !x.who.inside && !x.set.NoCohorts && x.shop.gate.line.Load()
}
