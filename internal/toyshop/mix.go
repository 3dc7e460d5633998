package toyshop

import (
	"net/http"
	"sync"
)

// mixEvery is how often the planted page cache gives a page away: every fourth
// time it could.
const mixEvery = 4

// mixer is the planted bug of [Config.MixCarts]: a page cache whose key is the
// path alone. It remembers the last page made for a session and now and then
// shows it to somebody else. A nil mixer passes everything on.
type mixer struct {
	mu     sync.Mutex
	stored map[string]storedPage // by path; only pages that exist, so bounded
	could  int
}

type storedPage struct {
	session string
	answer  answer
}

func newMixer() *mixer { return &mixer{stored: map[string]storedPage{}} }

// pass gives the answer on, or another. resource names what was asked for, and
// mine says that the answer is made for the session alone.
func (m *mixer) pass(method, resource, session string, mine bool, a answer) answer {
	if m == nil || method != http.MethodGet || a.status > http.StatusOK || a.json || resource == "" {
		return a
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.stored[resource]
	if ok && kept.session != session {
		if m.could++; m.could%mixEvery == 0 {
			return kept.answer
		}
	}
	if mine {
		m.stored[resource] = storedPage{session, a}
	}
	return a
}
