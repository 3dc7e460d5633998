package edge

import (
	"container/list"
	"encoding/binary"
	"time"
)

// sessionKey names somebody inside; the zero key is nobody.
type sessionKey [16]byte

// hash is the number the limiter knows a visitor by; 0 for nobody.
func (k sessionKey) hash() uint64 { return binary.LittleEndian.Uint64(k[:8]) }

// sessions are the people inside. A place ends idle after the last request, or
// orderGrace after the order page: by then the thank-you page is loaded and
// whoever goes on looks around like anybody else.
//
// They are kept in the order of their last request, so that ending the idle
// ones and bounding the memory both take from the same end.
type sessions struct {
	by   map[sessionKey]*list.Element
	seen *list.List // of *session, latest request first
	done int        // sessions kept whose order grace is over
	idle time.Duration
	born time.Time // since when sessions are kept
}

type session struct {
	key     sessionKey
	entered time.Time
	seen    time.Time
	ordered time.Time // zero until the order page was answered
	pressed time.Time // a page was asked for then that is still to come; zero for none
	led     time.Time // when that was noted
	over    bool      // the order grace has passed; kept so that its ticket is not taken back in
	new     bool      // let in at once, and has not come back yet
	proved  bool      // has passed the test: is treated as anybody, whoever is alike
	replica uint16    // where the visitor stays; 0 = at none, or only the ticket knows
	purse   purse
}

const (
	idleEnd     = 15 * time.Minute
	orderGrace  = time.Minute
	maxSessions = 1_000_000 // some 250 MB; beyond it whoever was away for longest is forgotten
)

func newSessions(now time.Time) sessions {
	return sessions{by: make(map[sessionKey]*list.Element), seen: list.New(), idle: idleEnd, born: now}
}

// enter lets somebody in; a known session begins anew.
func (s *sessions) enter(now time.Time, k sessionKey) {
	if k == (sessionKey{}) {
		return
	}
	if e, ok := s.by[k]; ok {
		s.drop(e)
	}
	if len(s.by) >= maxSessions {
		s.drop(s.seen.Back())
	}
	s.by[k] = s.seen.PushFront(&session{key: k, entered: now, seen: now})
}

// touch books a request of somebody with a valid ticket of a claimed place. A
// session that is not known here because we were restarted is taken back in: its
// ticket was signed by us. Once we have been up for as long as an idle visit
// lasts, a session that is not known has ended. It returns false when the place
// has ended.
func (s *sessions) touch(now time.Time, k sessionKey) bool {
	e, ok := s.by[k]
	if !ok {
		if now.Sub(s.born) > s.idle {
			return false
		}
		s.enter(now, k)
		return true
	}
	v := e.Value.(*session)
	if v.over {
		return false
	}
	if s.ended(now, v) {
		s.end(k)
		return false
	}
	v.seen = now
	s.seen.MoveToFront(e)
	return true
}

// await notes that somebody was let in at once, with nothing to show for it yet.
func (s *sessions) await(k sessionKey) {
	if e, ok := s.by[k]; ok {
		e.Value.(*session).new = true
	}
}

// cameBack reports whether that is the first request of such a visit after the one that
// began it.
func (s *sessions) cameBack(k sessionKey) bool {
	e, ok := s.by[k]
	if !ok || !e.Value.(*session).new {
		return false
	}
	e.Value.(*session).new = false
	return true
}

// prove notes that somebody inside has passed the test.
func (s *sessions) prove(k sessionKey) {
	if e, ok := s.by[k]; ok {
		e.Value.(*session).proved = true
	}
}

func (s *sessions) ended(now time.Time, v *session) bool {
	return now.Sub(v.seen) > s.idle || !v.ordered.IsZero() && now.Sub(v.ordered) > orderGrace
}

// waitsSince notes that somebody asked for a page at pressed and will ask again:
// a redirect leads on, or the person reloads because it took too long.
func (s *sessions) waitsSince(now, pressed time.Time, k sessionKey) {
	if e, ok := s.by[k]; ok {
		v := e.Value.(*session)
		v.pressed, v.led = pressed, now
	}
}

// followOn is how soon after a redirect or a broken-off page the next request of
// the same person is for what they are waiting for; a phone on a slow line needs a
// second or two. Chosen.
const followOn = 5 * time.Second

// pressed is when somebody asked for the page that this request is part of: now,
// unless they have been waiting for it already. Who reloads loses nothing, and
// gains nothing.
func (s *sessions) pressed(now time.Time, k sessionKey) time.Time {
	e, ok := s.by[k]
	if !ok {
		return now
	}
	v := e.Value.(*session)
	at, led := v.pressed, v.led
	v.pressed, v.led = time.Time{}, time.Time{}
	if at.IsZero() || now.Sub(led) > followOn {
		return now
	}
	return at
}

// order notes that the order page was answered, of a visit that is going on; it
// is first once for each visit.
func (s *sessions) order(now time.Time, k sessionKey) (first, visiting bool) {
	e, ok := s.by[k]
	if !ok || e.Value.(*session).over {
		return false, false
	}
	v := e.Value.(*session)
	if !v.ordered.IsZero() {
		return false, true
	}
	v.ordered = now
	return true, true
}

// settle notes at which replica somebody stays.
func (s *sessions) settle(k sessionKey, replica uint16) {
	if e, ok := s.by[k]; ok {
		e.Value.(*session).replica = replica
	}
}

func (s *sessions) settledAt(k sessionKey) uint16 {
	if e, ok := s.by[k]; ok {
		return e.Value.(*session).replica
	}
	return 0
}

func (s *sessions) entered(k sessionKey) (time.Time, bool) {
	if e, ok := s.by[k]; ok {
		return e.Value.(*session).entered, true
	}
	return time.Time{}, false
}

// sweep forgets whoever has been idle for too long.
func (s *sessions) sweep(now time.Time) {
	for e := s.seen.Back(); e != nil && now.Sub(e.Value.(*session).seen) > s.idle; e = s.seen.Back() {
		s.drop(e)
	}
}

// end notes that the place is over although the session is still known.
func (s *sessions) end(k sessionKey) {
	if e, ok := s.by[k]; ok {
		if v := e.Value.(*session); !v.over {
			v.over = true
			s.done++
		}
	}
}

// inside is the number of people with a place.
func (s *sessions) inside() int { return len(s.by) - s.done }

func (s *sessions) drop(e *list.Element) {
	v := s.seen.Remove(e).(*session)
	if v.over {
		s.done--
	}
	delete(s.by, v.key)
}
