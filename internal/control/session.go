package control

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

// SessionCookie carries a console session. Cookies know no ports: a shop served
// on the same host name would be sent it too, so the edge drops what begins
// with falo_ before it forwards.
const SessionCookie = "falo_admin"

const (
	sessionLife   = 12 * time.Hour // one working day and a night's sale
	maxSessions   = 64             // the oldest goes when one more signs in
	loginFailures = 10             // wrong tokens taken a minute; a token has 256 bits, this only keeps the log readable
)

// sessions are the signed-in consoles. They are in memory only: after a restart
// people sign in again.
type sessions struct {
	mu       sync.Mutex
	byHash   map[[32]byte]session // by hash, so that a memory dump opens nothing
	failures int
	window   time.Time // when failures were last forgotten
}

type session struct {
	name string
	ends time.Time
	over chan struct{} // closed when somebody ends it before its time
}

func (s *sessions) find(id string) (found session, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok = s.byHash[sha256.Sum256([]byte(id))]
	return found, ok && time.Now().Before(found.ends)
}

func (s *sessions) open(name string) (id string) {
	id = rand.Text()
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byHash == nil {
		s.byHash = make(map[[32]byte]session)
	}
	for len(s.byHash) >= maxSessions {
		var oldest [32]byte
		for h, v := range s.byHash {
			if at, ok := s.byHash[oldest]; !ok || v.ends.Before(at.ends) {
				oldest = h
			}
		}
		s.endLocked(oldest)
	}
	s.byHash[sha256.Sum256([]byte(id))] = session{name, now.Add(sessionLife), make(chan struct{})}
	return id
}

func (s *sessions) close(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLocked(sha256.Sum256([]byte(id)))
}

func (s *sessions) endLocked(hash [32]byte) {
	if ended, ok := s.byHash[hash]; ok {
		delete(s.byHash, hash)
		close(ended.over)
	}
}

// mayTry reports whether another token may be tried now.
func (s *sessions) mayTry() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.window) > time.Minute {
		s.window, s.failures = now, 0
	}
	return s.failures < loginFailures
}

func (s *sessions) failed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
}

// login takes the token from the login page's form once and gives a session.
func (c *Control) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if !c.sessions.mayTry() {
		w.Header().Set("Retry-After", "60")
		answerFault(w, http.StatusTooManyRequests, "denied", "too many wrong tokens", "wait a minute")
		return
	}
	if err := r.ParseForm(); err != nil {
		answerFault(w, http.StatusBadRequest, "invalid", "the form cannot be read", "")
		return
	}
	if !sameSecret(r.PostForm.Get("token"), c.cfg.Token) {
		c.sessions.failed()
		c.log.Warn("wrong admin token at the login page")
		http.Redirect(w, r, "/login?wrong=1", http.StatusSeeOther)
		return
	}
	id := c.sessions.open(nameOr(r.PostForm.Get("who"), "console"))
	http.SetCookie(w, sessionCookie(r, id, int(sessionLife/time.Second)))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// logout ends the session it is sent with.
func (c *Control) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(SessionCookie); err == nil {
		c.sessions.close(cookie.Value)
	}
	http.SetCookie(w, sessionCookie(r, "", -1))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func sessionCookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: SessionCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	}
}
