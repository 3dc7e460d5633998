// Package radar says from counts of newcomers that a wave has begun and when,
// whose post it probably is, and whether those who come are fans or an attack.
//
// A [Detector] hears arrivals in ticks of a tenth of a second. It knows what is
// usual by the last minutes and by the time of the week, knows that counts scatter
// more than chance alone would have them, and moves between calm, swell, storm and
// ebb, each time with its reason in words and numbers ([Cause]). A [Field] hears
// the shop and each way into it. What came through which door is judged by
// [Attribute], what link previews announce by [Watch], and cohorts of visitors by
// [Judge].
//
// Its one invariant: nothing is learnt as usual from a wave. It is pure: time comes
// in as now, counts as values, and every answer leaves with its reason. It refuses to
// protect anything: the line and the limit are in the request path, work from the
// first request on, and wait for nothing that is decided here.
//
// Read [Detector.Observe] first.
package radar
