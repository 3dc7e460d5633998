// Package crowd is a crowd of fans at a shop's door: an open-loop load
// generator with sessions. It holds the list of who comes when (drawn from a
// seed before anything runs), lives every fan's visit over plain HTTP/1.1, and
// checks on the way what a fan would notice: a page that is somebody else's, an
// order booked twice, money taken after leaving, a promise about the wait that
// was not kept.
//
// Its one invariant: an arrival never waits for an answer, and every latency
// counts from the moment the action was meant to happen. A generator that falls
// behind therefore shows itself, in [Report.Late], instead of hiding it.
//
// It knows no shop: journeys are data, given by the caller. It refuses to
// compress anything but arrivals and think time, and those beyond five times.
// Read [Draw] first, then [Wave] and [Steady].
package crowd
