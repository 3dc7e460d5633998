package edge

import (
	"testing"
	"time"

	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/room"
)

// The limit follows the replicas: eight that have come, one after the other warm, take
// eight times as much. A shop whose only replica is cold has the limit of a whole one.
func TestTheLimitFollowsReplicas(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	g := newGate(admit.Config{Start: 4}, room.Config{}, now)
	limit := func() int { _, n := g.use(); return n }
	for _, size := range []float64{0.2, 0.6, 1} {
		if g.resize(now, size); limit() != 4 {
			t.Errorf("the first replica has become %.1f, and the limit is %d", size, limit())
		}
	}
	for size := 1.2; size < 8; size += 0.1 {
		g.resize(now, size)
	}
	if g.resize(now, 8); limit() != 30 {
		t.Errorf("the limit of eight replicas is %d, wants the level below 32", limit())
	}
	for size := 7.9; size > 1; size -= 0.1 {
		g.resize(now, size)
	}
	if g.resize(now, 1); limit() != 4 {
		t.Errorf("of one again it is %d", limit())
	}
	if g.resize(now, 0); limit() != 4 {
		t.Errorf("where none is left it is %d", limit())
	}
}
