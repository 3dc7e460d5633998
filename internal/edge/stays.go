package edge

import (
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/origin"
)

// Visitors who stay at one replica of the shop, as their sessions are there.

// home is what keeps a visitor at one replica, 0 where he need not stay: then each request
// goes where there is least to do, so that replicas which have just come help those who
// were inside before them.
func (x *exchange) home() uint64 {
	if !x.set.stays {
		return 0
	}
	return x.who.key.hash()
}

// settleIn gives somebody who comes in a replica to stay at. His ticket says which; until it
// is in his browser the session does.
func (x *exchange) settleIn() {
	if !x.set.stays {
		return
	}
	x.who.replica = x.set.Pool.Settle()
	x.shop.gate.settle(x.who.key, x.who.replica)
}

func (g *gate) settle(key sessionKey, replica uint16) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.people.settle(key, replica)
}

// settledAt is where somebody was settled whose ticket does not say it.
func (g *gate) settledAt(key sessionKey) uint16 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.people.settledAt(key)
}

// divide tells the limiter among which replicas its limit is divided.
func (g *gate) divide(size origin.Size, stays bool) {
	var parts []admit.Part
	if stays {
		for _, p := range size.Parts {
			parts = append(parts, admit.Part(p))
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lim.Divided(max(size.Now, 1), parts)
}
