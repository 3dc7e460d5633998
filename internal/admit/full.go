package admit

import "math"

// fullMeter is the requests per second the shop answers while every slot is
// taken. A limit that was raised beyond what the shop can do makes requests
// slower, not more; the mean latency learns that only later, and until then
// limit divided by latency would promise people a capacity that is not there.
type fullMeter struct {
	full     bool    // at the last update
	after    float64 // seconds that it must have been full before it counts
	lasted   float64 // seconds that it has been full
	seconds  float64 // of being full, forgotten as answers come
	answered float64 // requests in them
	limits   float64 // sum of the limits at these answers
	unseen   float64 // seconds since the last of them
}

const (
	fullMemory = 40.0 // answers; the noise of so many is 6 %
	fullKnown  = 12.0 // answers that make it known; the noise of so many is 10 %
	fullOld    = 15.0 // seconds without being full after which what is known is doubted; chosen
	fullDoubt  = 10.0 // seconds more in which e times as much is thought possible; chosen
	fullEmpty  = 0.5  // of the slots empty, with people outside, from which on it is doubted at once; chosen
)

// advance accounts for dt seconds. A shop that has just been filled answers nothing for
// as long as a request takes; who wants to know what it yields then leaves that out by after.
func (m *fullMeter) advance(dt float64, full bool, after float64) {
	m.unseen += dt
	m.after = after
	if !m.full {
		m.lasted = 0
	} else if m.lasted += dt; m.counts() {
		m.seconds += dt
	}
	m.full = full
}

func (m *fullMeter) counts() bool { return m.full && m.lasted >= m.after }

// answer takes one answer at a limit. Memory is counted in answers, so a large shop whose
// limit is being raised is known anew within a second.
func (m *fullMeter) answer(limit float64) {
	if m.counts() {
		const fade = 1 - 1/fullMemory
		m.seconds, m.answered, m.limits = m.seconds*fade, m.answered*fade+1, m.limits*fade+limit
		m.unseen = 0
	}
}

// doubt lets dt seconds pass in which people waited outside while most slots stood empty:
// the shop has grown, or yields more than it did when it was full, and what is known of it
// would keep it from ever being full again.
func (m *fullMeter) doubt(dt float64) { m.seconds *= math.Exp(-dt / fullDoubt) }

// slots is how many requests of mean seconds are in flight at that throughput
// (Little's law); without end while it is not known.
func (m *fullMeter) slots(mean float64) float64 {
	if m.answered < fullKnown || m.seconds == 0 {
		return math.Inf(1)
	}
	return m.answered / m.seconds * mean
}

// perSecond is how many requests the shop may answer at a limit: in proportion more than it
// did when it was full at a lower one, as long as that one is not filled, and more with time
// when it has not been full; without end while nothing is known. Or whoever lets people in by
// it would never see the shop full, and never learn that it can do more.
func (m *fullMeter) perSecond(limit float64) float64 {
	if m.answered < fullKnown || m.seconds == 0 {
		return math.Inf(1)
	}
	doubt := math.Exp(max(m.unseen-fullOld, 0) / fullDoubt)
	return m.answered / m.seconds * doubt * max(limit*m.answered/m.limits, 1)
}
