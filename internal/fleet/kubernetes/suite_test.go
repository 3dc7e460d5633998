package kubernetes

import (
	"testing"

	"github.com/falochron/falochron/internal/fleet/fleettest"
)

// plans are the ways in which a shop is scaled in a cluster.
var plans = map[string]plan{
	"alone":       {manifests: []string{"fleet-leave.yaml"}},
	"hpa":         {hpa: true, most: base + 6, service: true, manifests: []string{"fleet-leave.yaml"}},
	"keda":        {keda: true, most: base + 5, manifests: []string{"fleet-leave.yaml", "fleet-keda.yaml"}},
	"statefulset": {kind: "StatefulSet", hpa: true, most: base + 4},
}

// The suite for all drivers, against the fake. make test-kubernetes runs the same against a
// real API server with its own controllers.
func TestSuite(t *testing.T) {
	for name, p := range plans {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, r := range fleettest.Rules() {
				t.Run(r.Name, func(t *testing.T) { r.On(t, fake(t).site(t, p).stage(p)) })
			}
		})
	}
}
