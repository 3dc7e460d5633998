package admit

import (
	"math"
	"time"
)

// rateMeter is an exponentially weighted rate per second with a time constant
// of rateTau, corrected for the time since it began.
type rateMeter struct {
	sum   float64
	began time.Time
	last  time.Time
}

const rateTau = 15 * time.Second

func (m *rateMeter) init(now time.Time) { m.began, m.last = now, now }

func (m *rateMeter) advance(now time.Time) {
	if dt := now.Sub(m.last); dt > 0 {
		m.sum *= math.Exp(-dt.Seconds() / rateTau.Seconds())
		m.last = now
	}
}

func (m *rateMeter) add(now time.Time, n float64) {
	m.advance(now)
	m.sum += n
}

// perSecond is the rate; ok is false in the first five seconds, when it would
// be noise.
func (m *rateMeter) perSecond() (float64, bool) {
	age := m.last.Sub(m.began)
	if age < 5*time.Second {
		return 0, false
	}
	full := 1 - math.Exp(-age.Seconds()/rateTau.Seconds())
	return m.sum / rateTau.Seconds() / full, true
}
