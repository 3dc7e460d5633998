// Package admit decides how much the shop can take: how many requests may be
// in flight at it ([Limiter]), in which order those beyond that are served
// ([Lane]), and how many new people may be let in per second ([Places]).
//
// Its one invariant: never more requests in flight than the limit in force,
// plus one for payment callbacks. It needs no setting; everything is learnt
// from completions. It is pure: time comes in as now, waiting is done by the
// caller, every refusal leaves as a verdict that names the limit that bound it.
// It is a single-owner state machine: whoever shares it, locks it.
//
// It refuses to judge health by latency alone, to count a time-out as a
// completion, and to keep a place free for nobody (shares are maxima among
// those who wait, not reservations).
//
// A shop that answers nothing is the one case in which a slot stays empty while
// somebody waits: it is asked once a second whether it is back, see fail.go.
//
// Read [Limiter.Arrive] first, then climb.go for how the limit is found and
// curve.go for how people are turned into requests to come, and
// visits.go for what is presumed of purchases. The tests play
// whole waves in virtual time (wave_test.go); TestSurvey prints what the
// constants were tuned by.
package admit
