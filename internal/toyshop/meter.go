package toyshop

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A rate is how often something may happen within a time. The zero rate knows no
// bounds.
type rate struct {
	n      int
	within time.Duration
}

// maxMeters bounds how many addresses are counted at once. Beyond it all are
// forgotten, as a shop does that restarts.
const maxMeters = 10_000

// A meter counts requests by address in fixed windows, as the limiters of Node
// shops do.
type meter struct {
	mu    sync.Mutex
	count map[string]int
	until map[string]time.Time
}

func newMeter() *meter { return &meter{count: map[string]int{}, until: map[string]time.Time{}} }

// allow counts one and reports whether it is within the limit.
func (m *meter) allow(bucket string, limit rate) bool {
	if limit.n == 0 {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if !now.Before(m.until[bucket]) {
		if len(m.until) >= maxMeters {
			clear(m.until)
			clear(m.count)
		}
		m.count[bucket], m.until[bucket] = 0, now.Add(limit.within)
	}
	m.count[bucket]++
	return m.count[bucket] <= limit.n
}

// tooMany is what a Node shop's limiter says, without a worker.
func tooMany() answer {
	a := jsonAnswer(http.StatusTooManyRequests, map[string]any{"error": map[string]any{
		"status": http.StatusTooManyRequests, "message": "Too many requests, please try again later."}})
	a.private = false
	a.set("Retry-After", strconv.Itoa(60))
	return a
}
