package control

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// How much may be done by one link. The plan keeps every act for ever, and everybody reads
// it: a link in wrong hands, or a program that runs in circles, must not bury a shop. A
// person taps once in a few seconds and acknowledges a few dozen things with one tap; a
// scheduler hands over the posts of a season when it is set up, and then a few a day.
//
// Operators are not held back, and come by no link: what they may do to the plan is more
// than to fill it, and backups are restored and shops set up by their programs. Nor is what
// Falochron itself writes down, which is one act a minute and shop. All numbers are guesses.
const (
	actsAtOnce   = 120.0 // a link may do so many after a while in which it did nothing
	actsAMinute  = 30.0  // and so many in the long run
	callsAtOnce  = 600.0 // the same of a scheduler
	callsAMinute = 60.0
	// beginCosts is for how many acts one counts that begins a campaign, by a report of a
	// post that nobody announced as well: 12 at once, then 3 a minute.
	beginCosts = 10.0
	// A file of posts counts for a tenth of its rows, within these bounds: it is read whole
	// or not at all, and whoever has sent a season must be able to tap again at once.
	fileCostsLeast, fileCostsMost, rowCosts = 10.0, 60.0, 0.1
	// keptPaces is of how many links it is remembered at once what they did.
	keptPaces = 4096
)

// costOf is for how many acts a command counts.
func costOf(c plan.Command) float64 {
	switch c := c.(type) {
	case plan.ReportPost:
		return beginCosts
	case plan.PutCampaign:
		if c.Campaign == "" {
			return beginCosts
		}
	}
	return 1
}

// costOfFile is for how many acts a file counts. What is only tried writes nothing.
func costOfFile(rows int, dry bool) float64 {
	if dry {
		return 0
	}
	return min(max(float64(rows)*rowCosts, fileCostsLeast), fileCostsMost)
}

// pace counts what is done by links. The zero value is ready; it is safe for many at once.
type pace struct {
	mu sync.Mutex
	of map[plan.ID]*allowance
}

// allowance is what one link may still do.
type allowance struct {
	left, most, perMinute float64
	at                    time.Time // when left was true
}

// fill adds what time has brought.
func (a *allowance) fill(now time.Time) {
	if now.After(a.at) {
		a.left, a.at = min(a.left+now.Sub(a.at).Minutes()*a.perMinute, a.most), now
	}
}

// take takes so many acts off what the actor's link may do, or refuses.
func (p *pace) take(now time.Time, who plan.Actor, n float64) error {
	if who.Grant == "" || who.Role == plan.Operator {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.of[who.Grant]
	if a == nil {
		a = p.begin(now, who)
	}
	a.fill(now)
	if a.left < n {
		lacks := time.Duration((n - a.left) / a.perMinute * float64(time.Minute))
		return plan.TooMuch((lacks + time.Second).Truncate(time.Second))
	}
	a.left -= n
	return nil
}

// begin gives a link its allowance. Called with mu held.
func (p *pace) begin(now time.Time, who plan.Actor) *allowance {
	if p.of == nil {
		p.of = map[plan.ID]*allowance{}
	}
	if len(p.of) >= keptPaces {
		for id, a := range p.of {
			if a.fill(now); a.left == a.most {
				delete(p.of, id) // as if it had never done anything
			}
		}
	}
	if len(p.of) >= keptPaces {
		clear(p.of) // only operators give links; so many at work at once are none of a thief's
	}
	a := &allowance{left: actsAtOnce, most: actsAtOnce, perMinute: actsAMinute, at: now}
	if who.Role == plan.Machine {
		a.left, a.most, a.perMinute = callsAtOnce, callsAtOnce, callsAMinute
	}
	p.of[who.Grant] = a
	return a
}

// back gives back what came to nothing.
func (p *pace) back(who plan.Actor, n float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.of[who.Grant]; a != nil {
		a.left = min(a.left+n, a.most)
	}
}

// RetryAfter is after how many seconds something that was refused as
// [falochron.TooMany] may be tried again; empty: the error is another.
func RetryAfter(err error) string {
	refused, ok := errors.AsType[*plan.Refusal](err)
	if !ok || refused.Kind != falochron.TooMany {
		return ""
	}
	return strconv.Itoa(int(refused.Reason.For / time.Second))
}

// again says so in an answer.
func again(w http.ResponseWriter, err error) {
	if after := RetryAfter(err); after != "" {
		w.Header().Set("Retry-After", after)
	}
}
