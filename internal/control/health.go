package control

import (
	"fmt"
	"net/http"
)

// healthz says that the process lives: it answers, that is all.
func (c *Control) healthz(w http.ResponseWriter, _ *http.Request) {
	_ = answer(w, http.StatusOK, map[string]bool{"alive": true})
}

// readyz says whether visitors may be sent here. A shop that is down does not
// make us unready: the line holds, and what the edge can answer stays open.
func (c *Control) readyz(w http.ResponseWriter, _ *http.Request) {
	reasons := c.unready()
	status := http.StatusOK
	if len(reasons) > 0 {
		status = http.StatusServiceUnavailable
	}
	_ = answer(w, status, map[string]any{"ready": len(reasons) == 0, "reasons": reasons})
}

func (c *Control) unready() []string {
	reasons := []string{}
	if c.cfg.Draining != nil && c.cfg.Draining() {
		reasons = append(reasons, "draining: no new visitors, please")
	}
	shops := c.cfg.Source.Shops()
	if len(shops) == 0 {
		reasons = append(reasons, "no shop is configured")
	}
	for _, shop := range shops {
		if v, ok := c.cfg.Source.Vitals(shop); !ok || len(v.Replicas) == 0 {
			reasons = append(reasons, fmt.Sprintf("shop %s has no origin", shop))
		}
	}
	return reasons
}
