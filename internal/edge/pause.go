package edge

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fresh"
)

// pause is a time in which the cache asks nothing of a shop that has answered it
// 429. The cache's own requests come from one address, and a shop that counts by
// address refuses them first of all; what visitors ask for themselves, it may still
// answer.
type pause struct {
	until atomic.Int64 // in Unix nanoseconds; zero when there has been none

	mu    sync.Mutex // guards the following fields
	began time.Time  // when the last one began
	last  time.Duration
}

const (
	// pauseFirst is the first pause when the shop does not say how long, and the least
	// when it does. Chosen: a page is then made by hand for a second.
	pauseFirst = time.Second
	// pauseMost bounds a pause, whatever the shop says. Chosen: shops count within a
	// minute, a few within five; beyond that a wave is over before its pages are shared
	// again.
	pauseMost = 5 * time.Minute
)

// left is how much of a pause is left; zero when there is none.
func (p *pause) left(now time.Time) time.Duration {
	until := p.until.Load()
	if until == 0 {
		return 0
	}
	return min(max(time.Unix(0, until).Sub(now), 0), pauseMost) // a clock set back lengthens none
}

// refused hears a 429 to a fill that was sent at asked, and reports how long the
// pause is when this began one. A shop that does not say how long is given twice
// as long each time, until it answers. What was sent before the pause began was
// refused for the same reason, and lengthens it only by the shop's own word.
func (p *pause) refused(h http.Header, asked, now time.Time) (wait time.Duration, began bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	told, ok := fresh.RetryAfter(h, now)
	if ok {
		wait = min(max(told, pauseFirst), pauseMost)
	}
	if began = asked.After(p.began); began {
		p.began = now
		if !ok {
			p.last = min(max(2*p.last, pauseFirst), pauseMost)
			wait = p.last
		}
	}
	if until := now.Add(wait).UnixNano(); until > p.until.Load() {
		p.until.Store(until)
	}
	return wait, began
}

// answered hears any other answer to a fill that was sent at asked: the shop's
// patience is back.
func (p *pause) answered(asked time.Time) {
	if p.until.Load() == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if asked.After(p.began) {
		p.last = 0
		p.until.Store(0)
	}
}

// pauseReason names the pause in the journal and in Cache-Status.
const pauseReason = "shop-limits-fills"

// pauseFills heeds what the shop has said to a fill that was sent at asked: after a
// 429 there is no other until the shop's word is over. It is no overload (see
// limited). The journal gets a record of each pause, with its length in seconds.
func (s *Server) pauseFills(sh *shop, class falochron.Class, req *http.Request, resp *http.Response, asked time.Time) {
	if resp.StatusCode != http.StatusTooManyRequests {
		sh.gate.pause.answered(asked)
		return
	}
	now := time.Now()
	wait, began := sh.gate.pause.refused(resp.Header, asked, now)
	if !began {
		return
	}
	sh.eyes.pauses.Add(1)
	s.cfg.Journal.Append(falochron.Record{
		Time: now, ID: s.seeds.id(), Shop: sh.name, Class: class, Method: req.Method, Path: req.URL.Path, Status: resp.StatusCode,
		Verdict: falochron.Verdict{Action: falochron.Failed, Reason: pauseReason, Limit: "shop", Bound: wait.Seconds()},
		Took:    now.Sub(asked),
		Note:    "the shop answers 429 to the cache: until its time is over stale pages go out, or visitors' own requests",
	})
}
