package control

import (
	"slices"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/scale"
)

// What the replicas bear is what they answer in the time that one request takes, is told in a
// calm, and again where it is another limit.
func TestWhatReplicasBear(t *testing.T) {
	p := scale.Plan{Answers: 60}
	calm := falochron.Vitals{VisitWork: 2 * time.Second, VisitRequests: 5, Limit: 4, InFlight: 3}
	lined, full, unknown := calm, calm, calm
	lined.InLine, full.InFlight, unknown.VisitRequests = 1, 4, 0
	for name, c := range map[string]struct {
		v    falochron.Vitals
		n    int
		calm bool
	}{"calm": {calm, 24, true}, "a line": {lined, 0, false}, "full": {full, 0, false}, "no visit was watched": {unknown, 0, true}} {
		if n, ok := bears(&p, &c.v); n != c.n || ok != c.calm {
			t.Errorf("%s: %d, %v", name, n, ok)
		}
	}
	var told []int
	s := &fleetShop{f: &Fleet{cfg: FleetConfig{Bear: func(_ string, n int) { told = append(told, n) }}}}
	for _, n := range []int{0, 24, 24, 26, 30, 27, 0, 0} {
		s.bear(n)
	}
	if want := []int{24, 30, 0}; !slices.Equal(told, want) {
		t.Errorf("told %v, wants %v", told, want)
	}
}
