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

func (m *mixer) pass(method string, v visit, a answer) answer {
	if m == nil || method != http.MethodGet || a.status > http.StatusOK || a.json {
		return a
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.stored[v.path]
	if ok && kept.session != v.session {
		if m.could++; m.could%mixEvery == 0 {
			return kept.answer
		}
	}
	if v.session != "" {
		m.stored[v.path] = storedPage{v.session, a}
	}
	return a
}
