package origin

import (
	"fmt"
	"time"
)

// What moves a replica between well and aside. Guesses from practice, chosen so
// that one visitor's unlucky request never puts a replica aside, and a replica
// that is not there does so at once.
const (
	strikesAllowed     = 3                      // lost connections in a row
	unavailableAllowed = 10                     // answers of 502, 503 or 504 in a row
	trialEvery         = time.Second            // with no replica well, one request a second may try
	checkEvery         = 500 * time.Millisecond // so that a shop's return is noticed within a second
	settledAfter       = 30 * time.Second       // well for so long: the back-off starts anew
)

// outcome is what one request teaches about its replica.
type outcome uint8

const (
	nothing     outcome = iota // the visitor left, or the shop was slow: not the connection's fault
	answered                   // an answer came
	unavailable                // an answer came: 502, 503 or 504
	refused                    // no connection: nobody listens, no route, bad certificate
	unanswered                 // no connection within the time-out
	reset                      // the connection was lost before the answer's first byte
)

// health is the condition of one replica. A replica is well until it is put
// aside, and aside until an active check or a trial request has shown that
// what was wrong is right again, and its back-off is over.
type health struct {
	aside  bool
	needs  proof // what brings it back, while aside
	reason string
	// epoch counts the moves between well and aside. A request that started in
	// an earlier epoch tells old news and is not listened to.
	epoch   int
	trial   bool          // a trial request is under way
	backAt  time.Time     // while aside: not before, unless no other replica is well
	backoff time.Duration // the last one, doubled when it fails again soon
	backed  time.Time     // when it last came back

	strikes      int // lost connections since the last answer
	unavailables int // answers of 502, 503, 504 since the last other one
}

// proof says what must be seen before a replica takes requests again.
type proof uint8

const (
	connection proof = iota // it could not be connected to; a connection will do
	answer                  // it was connected to, but did not answer; only an answer will do
)

// note takes in what a request that started in epoch has shown. othersWell says
// that another replica is well and answers; only then is one put aside for bad
// answers: when all give them, the shop is overloaded, and fewer replicas would
// make that worse. It reports whether the replica was put aside by this.
func (h *health) note(o outcome, detail string, epoch int, othersWell bool) (putAside bool) {
	if epoch != h.epoch || h.aside {
		return false
	}
	switch o {
	case answered:
		h.strikes, h.unavailables = 0, 0
	case unavailable:
		h.strikes = 0
		h.unavailables++
		if h.unavailables >= unavailableAllowed && othersWell {
			h.needs, h.reason = answer, fmt.Sprintf("%d answers in a row were 502, 503 or 504, other replicas answer well", h.unavailables)
			return true
		}
	case refused:
		h.needs, h.reason = connection, "cannot connect: "+detail
		return true
	case unanswered, reset:
		h.strikes++
		if h.strikes >= strikesAllowed {
			h.needs, h.reason = connection, fmt.Sprintf("cannot connect: no answer, %d times in a row", h.strikes)
			if o == reset {
				h.needs, h.reason = answer, fmt.Sprintf("the connection was lost before an answer, %d times in a row: %s", h.strikes, detail)
			}
			return true
		}
	}
	return false
}

// putAside starts a stay aside at now, with the back-off between lo and hi.
func (h *health) putAside(now time.Time, lo, hi time.Duration) {
	if h.backoff == 0 || now.Sub(h.backed) > settledAfter {
		h.backoff = lo
	} else {
		h.backoff = min(2*h.backoff, hi)
	}
	h.aside, h.trial = true, false
	h.epoch++
	h.backAt = now.Add(h.backoff)
}

// trialDone takes in the result of a trial request and reports whether it
// brought the replica back.
func (h *health) trialDone(now time.Time, o outcome, detail string, hi time.Duration) (back bool) {
	h.trial = false
	switch o {
	case nothing:
	case answered:
		h.comeBack(now)
		return true
	case unavailable:
		if h.needs == connection { // it can be connected to, and that was all that was wrong
			h.comeBack(now)
			return true
		}
		fallthrough
	default:
		h.stays(now, detail, hi)
	}
	return false
}

// stays prolongs the stay after a trial or check that failed.
func (h *health) stays(now time.Time, detail string, hi time.Duration) {
	h.reason = "still fails: " + detail
	h.backoff = min(2*h.backoff, hi)
	h.backAt = now.Add(h.backoff)
}

func (h *health) comeBack(now time.Time) {
	h.aside, h.trial, h.reason = false, false, ""
	h.strikes, h.unavailables = 0, 0
	h.backed = now
	h.epoch++
}

// said renders why a replica is aside and when it may be back.
func (h *health) said(now time.Time) string {
	switch left := h.backAt.Sub(now); {
	case !h.aside:
		return ""
	case left > 0:
		return fmt.Sprintf("%s; next try in %v", h.reason, left.Round(time.Second/10))
	default:
		return h.reason + "; being tried again"
	}
}
