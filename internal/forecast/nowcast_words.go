package forecast

import "time"

// Sentence says a nowcast to people, as of now: "About 38,000 people in 10 minutes
// (26,000 to 55,000), 90,000 in an hour (60,000 to 140,000); the peak comes in 40 seconds, with 5,200 people
// in the busiest minute (4,100 to 6,700)." If it does not know, it says why.
func (n *Nowcasted) Sentence(l Language, now time.Time) string {
	if !n.Known {
		return n.Why.In(l)
	}
	out := phrase{"About %s in 10 minutes (%s), %s in an hour (%s); ", "Około %s w 10 minut (%s), %s w godzinę (%s); "}.in(l,
		l.some(n.In10Min.Mid, persons), l.between(n.In10Min, l.whole), l.whole(n.InHour.Mid), l.between(n.InHour, l.whole))
	_, peak, _ := n.PeakAt()
	if left := peak.Sub(now); left > 0 {
		out += phrase{"the peak comes in %s", "szczyt za %s"}.in(l, l.Span(left.Seconds()))
	} else {
		out += phrase{"the peak has probably passed", "szczyt prawdopodobnie już minął"}.in(l)
	}
	return out + phrase{", with %s in the busiest minute (%s).", ", a najgorętsza minuta to %s (%s)."}.in(l,
		l.some(n.PeakMinute.Mid, persons), l.between(n.PeakMinute, l.whole))
}
