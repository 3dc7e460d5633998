package edge

import (
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
)

// waitAlone makes requests of which the shop bears only one at a time go one after
// the other, in the order in which they came, before they take a slot. leave, if not
// nil, lets the next one go: once the shop has answered, whether or not the visitor
// still waits. Whoever waits in vain is refused as in the short queue.
func (x *exchange) waitAlone() (leave func(), refused bool) {
	if !x.set.classify.Alone(x.asked) {
		return nil, false
	}
	began := time.Now()
	limit := time.NewTimer(x.shop.gate.deadline(x.lane))
	defer limit.Stop()
	select {
	case x.shop.alone <- struct{}{}:
		return func() { <-x.shop.alone }, false
	case <-x.r.Context().Done():
		x.verdict = verdict{Action: falochron.Shed, Reason: "client-gone"}
	case <-limit.C:
		x.verdict = verdict{Action: falochron.Shed, Reason: "alone-deadline", Limit: "alone", Bound: 1}
		x.fail(page.ErrorView{Status: http.StatusServiceUnavailable, RetryAfter: 5*time.Second + x.srv.seeds.between(5*time.Second)})
	}
	x.waited = time.Since(began)
	return nil, true
}
