package admit

import (
	"time"

	"github.com/falochron/falochron"
)

// expire refuses those who have waited longer than their lane's deadline.
func (l *Limiter) expire(now time.Time) {
	for lane := range l.queue {
		q := l.queue[lane]
		if len(q) == 0 || now.Before(l.due[lane]) {
			continue // with a thousand waiting, to look at each at every answer took most of the time
		}
		kept := q[:0]
		for _, w := range q {
			if now.Before(w.until) {
				if len(kept) == 0 || w.until.Before(l.due[lane]) {
					l.due[lane] = w.until
				}
				kept = append(kept, w)
				continue
			}
			l.unpark(w.Visitor)
			if !w.own {
				l.waits.add(now, Lane(lane), now.Sub(w.since))
			}
			limit, bound := l.Limit()
			l.shed = append(l.shed, Shed{ID: w.ID, Verdict: falochron.Verdict{
				Action: falochron.Shed, Reason: "queue-deadline", Limit: bound, Bound: float64(limit),
			}})
		}
		clear(q[len(kept):])
		l.queue[lane] = kept
	}
}
