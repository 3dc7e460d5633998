package crowd

import "time"

// protectWithin is the stretch of a wave in which protection must set in.
const protectWithin = 60

// SecondsToProtect is how long the wave hurt before protection held: from the
// first second in which the crowd offered the shop more page requests than rate
// (what the shop serves at its best) to the last one, within 60 s, in which the
// pages of the admitted had a p95 above limit or the shop refused a connection.
// Zero means that no such second followed, or that the wave never exceeded rate.
//
// A page belongs to the second in which its loading began. refused holds what
// the shop itself counted as refused in each second and may be nil or short.
func (r *Report) SecondsToProtect(rate float64, limit time.Duration, refused []int) int {
	return r.protected(rate, limit, refused, func(s *Second) time.Duration { return s.P95 })
}

// SecondsToProtectEachSecond is [Report.SecondsToProtect] with the p95 of each
// second's pages alone. Where a second has fewer than twenty pages, that is its
// slowest page: one slow page in a minute can decide it.
func (r *Report) SecondsToProtectEachSecond(rate float64, limit time.Duration, refused []int) int {
	return r.protected(rate, limit, refused, func(s *Second) time.Duration { return s.P95Each })
}

func (r *Report) protected(rate float64, limit time.Duration, refused []int, p95 func(*Second) time.Duration) int {
	from := -1
	for i, s := range r.Seconds {
		if float64(s.Offered) > rate {
			from = i
			break
		}
	}
	if from < 0 {
		return 0
	}
	last := from - 1
	for i := from; i < len(r.Seconds) && i < from+protectWithin; i++ {
		if p95(&r.Seconds[i]) > limit || i < len(refused) && refused[i] > 0 {
			last = i
		}
	}
	return last - from + 1
}

// Window is the part of a wave in which orders are compared with ideal: from
// one median session after its start (before, hardly anybody can have ordered)
// until fewer buyers arrive than the shop could serve, or until it ends.
func (l *List) Window(session time.Duration, ideal float64) (from, to time.Duration) {
	from, to = min(session, l.Length), l.Length
	step := time.Duration(float64(shapeStep) / l.Plan.Compression)
	for t := from; t+step/2 <= l.Length; t += step {
		if l.BuyersPerMinute(t) < ideal {
			return from, t
		}
	}
	return from, to
}
