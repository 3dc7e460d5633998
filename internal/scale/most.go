package scale

import "time"

// most is the highest number of the last [mostOver]. It never allocates.
type most struct {
	cell [mostCells]int
	at   [mostCells]int64 // which stretch of time the cell stands for
}

const (
	mostCells = 16
	mostCell  = 4 * time.Second
)

func (m *most) add(now time.Time, n int) {
	k := now.UnixNano() / int64(mostCell)
	i := int(uint64(k) % mostCells)
	if m.at[i] != k {
		m.at[i], m.cell[i] = k, n
		return
	}
	m.cell[i] = max(m.cell[i], n)
}

// over is the highest of the last d, at most 60 s.
func (m *most) over(now time.Time, d time.Duration) int {
	k := now.UnixNano() / int64(mostCell)
	n := 0
	for i, at := range m.at {
		if at <= k && k-at < int64(d/mostCell) {
			n = max(n, m.cell[i])
		}
	}
	return n
}
