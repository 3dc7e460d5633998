package admit

import "math"

// fullMeter is the requests per second the shop answers while every slot is
// taken. A limit that was raised beyond what the shop can do makes requests
// slower, not more; the mean latency learns that only later, and until then
// limit divided by latency would promise people a capacity that is not there.
type fullMeter struct {
	full     bool    // at the last update
	seconds  float64 // of being full, forgotten as answers come
	answered float64 // requests in them
}

const (
	fullMemory = 40.0 // answers; the noise of so many is 6 %
	fullKnown  = 12.0 // answers that make it known; the noise of so many is 10 %
)

// advance accounts for dt seconds.
func (m *fullMeter) advance(dt float64, full bool) {
	if m.full {
		m.seconds += dt
	}
	m.full = full
}

// answer takes one answer. Memory is counted in answers, so a large shop whose
// limit is being raised is known anew within a second.
func (m *fullMeter) answer() {
	if m.full {
		const fade = 1 - 1/fullMemory
		m.seconds, m.answered = m.seconds*fade, m.answered*fade+1
	}
}

// slots is how many requests of mean seconds are in flight at that throughput
// (Little's law); without end while it is not known.
func (m *fullMeter) slots(mean float64) float64 {
	if m.answered < fullKnown || m.seconds == 0 {
		return math.Inf(1)
	}
	return m.answered / m.seconds * mean
}
