package edge

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/edge/page"
)

// laneOf is the priority of a request at the limiter.
func (x *exchange) laneOf() admit.Lane {
	switch x.class {
	case falochron.ClassCallback:
		if x.set.classify.Return(x.asked) {
			return admit.LaneCheckout
		}
		return admit.LaneCallback
	case falochron.ClassBot, falochron.ClassPrefetch:
		return admit.LaneOutside
	}
	if !x.who.inside {
		return admit.LaneOutside
	}
	switch x.class {
	case falochron.ClassCheckout:
		if !safe(x.asked.Method) {
			return admit.LaneOrder
		}
		return admit.LaneCheckout
	case falochron.ClassCart:
		return admit.LaneCart
	case falochron.ClassFragment:
		if x.set.classify.Platform().Ask == "" { // of a shop without pages it is what people look at
			return admit.LaneFragment
		}
	}
	if x.who.sinceIn.Equal(x.now) {
		return admit.LaneNew // the first request of somebody let in a moment ago
	}
	return admit.LaneInside
}

// admit takes a slot at the shop, or refuses when none came free in time.
func (x *exchange) admit() bool {
	if x.slot != nil {
		return false // watched
	}
	if !x.gather() || x.reloaded() {
		return true
	}
	x.lane, x.laned = x.laneOf(), true
	if x.overspent() {
		return true
	}
	leave, refused := x.waitAlone()
	if refused {
		return true
	}
	// Before the limiter is asked: what it says to go ahead, or to queue, is said
	// at once and of this moment.
	x.inUse, x.allowed = x.shop.gate.use()
	replica := x.set.Pool.Home(x.home(), x.who.sinceIn, x.who.replica)
	s, v := x.shop.gate.acquire(x.r.Context(), time.Now(), ask{lane: x.lane, class: x.class, key: x.who.key, replica: replica, page: x.page})
	if s != nil {
		s.after = leave
		x.slot, x.waited = s, x.waited+s.waited
		if x.verdict.Action != falochron.Pass || x.verdict.Reason == "" || v.Action == falochron.Queue {
			x.verdict = v
		}
		return false
	}
	if leave != nil {
		leave()
	}
	x.inUse, x.allowed = x.shop.gate.use() // a refusal may come after a wait
	x.verdict = v
	if v.Reason == "client-gone" {
		return true
	}
	if x.lane == admit.LaneCallback {
		// Senders resend: better later than lost in a queue nobody sees.
		x.fail(page.ErrorView{Status: http.StatusServiceUnavailable, RetryAfter: callbackRetry})
		return true
	}
	if v.Reason == "visitor-queue" {
		x.fail(page.ErrorView{Status: http.StatusTooManyRequests, RetryAfter: nearPoll})
		return true
	}
	x.fail(page.ErrorView{Status: http.StatusServiceUnavailable, RetryAfter: 5*time.Second + x.srv.seeds.between(5*time.Second)})
	return true
}

const callbackRetry = 5 * time.Second

// bypass handles the modes that decide nothing: off, and watch.
func (x *exchange) bypass() bool {
	switch x.snap.Mode {
	case falochron.ModeOff:
		x.verdict = verdict{Action: falochron.Pass, Reason: "mode-off"}
		x.who.renew = false
		return x.forward()
	case falochron.ModeWatch:
		x.lane, x.laned = x.laneOf(), true
		x.inUse, x.allowed = x.shop.gate.use()
		x.slot, x.verdict = x.shop.gate.watch(time.Now(), x.lane, x.class, x.who.key)
		if !x.who.inside && x.class != falochron.ClassCallback && x.page {
			if would := x.watchNewcomer(); would.Action == falochron.Wait || x.verdict.Action == falochron.Pass {
				x.verdict = would
			}
		}
		return x.forward()
	}
	return false
}

// watchNewcomer counts a newcomer inside and returns what would have been said.
func (x *exchange) watchNewcomer() verdict {
	e := x.knock(false)
	if !e.in {
		if x.who.key == (sessionKey{}) {
			_, _ = rand.Read(x.who.key[:]) // never fails, see crypto/rand
		}
		x.shop.gate.letIn(x.now, x.who.key)
	}
	x.who.inside, x.who.renew, x.who.sinceIn = true, true, x.now
	x.settleIn()
	e.verdict.Would = true
	return e.verdict
}
