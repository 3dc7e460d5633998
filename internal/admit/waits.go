package admit

import "time"

// waitMeter is the mean wait at the limiter of people with a place, over a
// sliding few seconds kept as one-second cells. Requests that start at once
// count as a wait of zero.
type waitMeter struct {
	cell [waitCells]struct {
		at  int64 // unix second this cell stands for
		sum time.Duration
		n   int
	}
}

const waitCells = 4

func (m *waitMeter) add(now time.Time, lane Lane, w time.Duration) {
	if lane == LaneCallback || lane == LaneNew || lane == LaneOutside {
		return
	}
	sec := now.Unix()
	c := &m.cell[uint64(sec)%waitCells]
	if c.at != sec {
		c.at, c.sum, c.n = sec, 0, 0
	}
	c.sum += w
	c.n++
}

func (m *waitMeter) mean(now time.Time) time.Duration {
	sec := now.Unix()
	var sum time.Duration
	n := 0
	for i := range m.cell {
		if c := &m.cell[i]; c.n > 0 && sec-c.at < waitCells && c.at <= sec {
			sum += c.sum
			n += c.n
		}
	}
	if n == 0 {
		return 0
	}
	return sum / time.Duration(n)
}
