package edge

import (
	"net/http"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
)

// alone lets requests of which the shop bears only one at a time go one after the
// other.
type alone struct {
	turn chan struct{} // holds one while somebody has it

	mu sync.Mutex         // guards by
	by map[sessionKey]int // who waits or has the turn, and how often
}

// aloneEach is how many requests of one visitor may wait for the turn or have it.
// Chosen: one that its sender pressed again for; whoever sends more would keep the
// others from the till.
const aloneEach = 2

func newAlone() *alone {
	return &alone{turn: make(chan struct{}, 1), by: make(map[sessionKey]int)}
}

// come notes somebody; false if there are enough of that visitor's.
func (a *alone) come(key sessionKey) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by[key] >= aloneEach {
		return false
	}
	a.by[key]++
	return true
}

func (a *alone) gone(key sessionKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by[key]--; a.by[key] == 0 {
		delete(a.by, key)
	}
}

// waitAlone makes requests of which the shop bears only one at a time go one after
// the other, in the order in which they came, before they take a slot. leave, if not
// nil, lets the next one go: once the shop has answered, whether or not the visitor
// still waits. Whoever waits in vain is refused as in the short queue; so is at once
// whose body has not come whole, since he could keep everybody's turn.
func (x *exchange) waitAlone() (leave func(), refused bool) {
	if !x.set.classify.Alone(x.asked) {
		return nil, false
	}
	if x.body == nil && x.r.ContentLength != 0 {
		x.verdict = verdict{Action: falochron.Refuse, Reason: "unusable-request"}
		x.fail(page.ErrorView{Status: http.StatusLengthRequired})
		return nil, true
	}
	a, key := x.shop.alone, x.who.key
	if !a.come(key) {
		x.verdict = verdict{Action: falochron.Shed, Reason: "visitor-queue", Limit: "alone", Bound: aloneEach}
		x.fail(page.ErrorView{Status: http.StatusTooManyRequests, RetryAfter: nearPoll})
		return nil, true
	}
	began := time.Now()
	limit := time.NewTimer(x.shop.gate.deadline(x.lane))
	defer limit.Stop()
	defer func() { x.waited = time.Since(began) }()
	select {
	case a.turn <- struct{}{}:
		return func() { <-a.turn; a.gone(key) }, false
	case <-x.r.Context().Done():
		x.verdict = verdict{Action: falochron.Shed, Reason: "client-gone"}
	case <-limit.C:
		x.verdict = verdict{Action: falochron.Shed, Reason: "alone-deadline", Limit: "alone", Bound: 1}
		x.fail(page.ErrorView{Status: http.StatusServiceUnavailable, RetryAfter: 5*time.Second + x.srv.seeds.between(5*time.Second)})
	}
	a.gone(key)
	return nil, true
}
