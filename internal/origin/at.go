package origin

import (
	"context"
	"net/http"
	"time"

	"github.com/falochron/falochron"
)

// At is one replica of a pool, for requests of the edge's own that are meant for it alone:
// one that is new is warmed.
type At struct {
	pool    *Pool
	replica *Replica
}

// At returns the replica at an address as [Replica.URL] has it; false: there is none.
func (p *Pool) At(address string) (At, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.replicas {
		if r.URL() == address {
			return At{p, r}, true
		}
	}
	return At{}, false
}

// RoundTrip is [Pool.RoundTrip] at that replica. Nothing is tried elsewhere or again.
func (a At) RoundTrip(ctx context.Context, req *http.Request) (*http.Response, error) {
	p := a.pool
	p.mu.Lock()
	if a.replica.health.aside {
		p.mu.Unlock()
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "ask one replica", Public: a.replica.URL() + " does not answer"}
	}
	a.replica.inFlight++
	l := lease{a.replica, a.replica.health.epoch, false}
	p.mu.Unlock()
	m := &marks{start: time.Now()}
	req = p.ownRequest(ctx, req)
	resp, err := p.try(req, l, m)
	if err != nil {
		_, o := sortError(req.Context(), err, m)
		p.observe(l, o, err.Error())
		p.release(l)
		return nil, err
	}
	return resp, nil
}
