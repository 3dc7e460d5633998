package fleet

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/falochron/falochron"
)

// The waits of a [Pause] whose fields are zero. A second is what a restarted engine needs
// at the least, and half a minute is as long as a wave may be left alone by an engine that
// is back (both guessed).
const (
	firstPause = time.Second
	mostPause  = 30 * time.Second
)

// Pause keeps the drivers from storming an engine that does not answer: after a failure
// nothing is asked of it for a second, after the next for two, up to half a minute; who
// asks meanwhile is handed the last failure. When a pause is over, one caller tries and
// the others still get that failure. The zero value is ready. It is safe for concurrent
// use.
type Pause struct {
	// First is the pause after the first failure. Zero means 1 s.
	First time.Duration
	// Most bounds a pause. Zero means 30 s.
	Most time.Duration

	mu     sync.Mutex
	wait   time.Duration // of the pause that runs or ran last; 0 while the engine answers
	until  time.Time
	trying bool // somebody finds out whether the pause may end
	last   error
}

// Enter returns nil if the engine may be asked now; the caller then tells the outcome by
// [Pause.Leave]. Otherwise it is the last failure.
func (p *Pause) Enter(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wait == 0 {
		return nil
	}
	if now.Before(p.until) {
		return p.last
	}
	p.trying = true
	p.until = now.Add(p.wait) // the others wait for what this caller finds
	return nil
}

// Leave tells how a call of the engine ended. Only errors of kind Unavailable begin a
// pause: any other is an answer. That a caller has given up by himself says nothing of the
// engine; that his time was over does.
func (p *Pause) Leave(now time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case errors.Is(err, context.Canceled):
		if p.trying {
			p.trying, p.until = false, now // somebody else may try
		}
		return
	case falochron.KindOf(err) != falochron.Unavailable:
		p.wait, p.trying, p.last = 0, false, nil
		return
	case p.wait == 0:
		p.wait = cmp.Or(max(p.First, 0), firstPause)
	case !p.trying:
		return // it had begun before the pause did
	default:
		p.wait *= 2
	}
	p.wait = min(p.wait, cmp.Or(max(p.Most, 0), mostPause))
	p.until, p.trying, p.last = now.Add(p.wait), false, err
}
