package edge

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

// agents remembers what user agents say. In a wave many thousand requests bring the same few
// hundred of them, some 200 letters each, and to read one takes ten times as long as to find it
// here. What is kept is a number made of it with a key of this process, never the text; that
// two have the same happens once in 10^18. Lock-free; the memory does not grow, and one that takes
// another's slot makes that one be read again.
type agents struct {
	seed  maphash.Seed
	slots [agentSlots]atomic.Uint64 // see agentNote
}

const (
	agentSlots = 1 << 12 // 32 KB
	agentMost  = 512     // bytes that are looked at; no more is read of one either
)

func newAgents() *agents { return &agents{seed: maphash.MakeSeed()} }

// agentNote is what a slot holds: the upper 48 bits of the hash, a bit that says that there
// is something, and what the user agent says. The slot is chosen by the lowest bits.
func agentNote(hash uint64, says radar.Agent) uint64 {
	return hash&^(1<<16-1) | 1<<15 | uint64(says.Client)<<8 | uint64(says.App)
}

// of is what a user agent says, as [radar.AgentOf] reads it.
func (a *agents) of(userAgent string) radar.Agent {
	userAgent = userAgent[:min(len(userAgent), agentMost)]
	hash := maphash.String(a.seed, userAgent)
	s := &a.slots[hash%agentSlots]
	if v := s.Load(); (v^hash)>>16 == 0 && v&(1<<15) != 0 {
		return radar.Agent{Client: falochron.Client(v >> 8 & 0x7f), App: falochron.Channel(v)}
	}
	says := radar.AgentOf(userAgent)
	s.Store(agentNote(hash, says))
	return says
}
