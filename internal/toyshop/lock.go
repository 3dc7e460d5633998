package toyshop

import (
	"slices"
	"sync/atomic"
	"time"
)

// How long an order transaction keeps the stock rows of its articles.
const (
	minLock = 20 * time.Millisecond
	maxLock = 40 * time.Millisecond
)

// raceGap is how many locks' times lie between looking at the stock and writing
// it in the planted bug: 0.2 to 0.4 s. Real shops look early in the checkout and
// write late.
const raceGap = 10

// locks are the row locks of the stock table: one per article, as a database
// server would hold them. SQLite locks the whole file for microseconds instead,
// so the waiting that makes real checkouts slow has to be made here.
type locks struct {
	seed uint64
	n    atomic.Uint64
	rows map[string]chan struct{} // fixed after newLocks; a row is held while its channel is full
}

func newLocks(seed uint64, articles []Article) *locks {
	l := &locks{seed: seed, rows: make(map[string]chan struct{}, len(articles))}
	for _, a := range articles {
		l.rows[a.Slug] = make(chan struct{}, 1)
	}
	return l
}

// holding runs f while the rows are held, for a lock's usual time. Rows are
// taken in alphabetical order, so two orders never wait for each other.
func (l *locks) holding(slugs []string, f func()) {
	slugs = slices.Clone(slugs)
	slices.Sort(slugs)
	slugs = slices.Compact(slugs)
	for _, s := range slugs {
		if row, ok := l.rows[s]; ok {
			row <- struct{}{}
			defer func() { <-row }()
		}
	}
	time.Sleep(l.span())
	f()
}

// span is the next lock's time.
func (l *locks) span() time.Duration {
	d := dice(l.seed, streamLock, l.n.Add(1))
	return minLock + time.Duration(d.Int64N(int64(maxLock-minLock)))
}
