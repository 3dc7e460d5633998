package main

import (
	"net/http"

	"github.com/falochron/falochron/internal/console"
)

// Where a session is ended, and where it is told what that did.
const (
	leavePath = "/plan/leave"
	leftPath  = "/plan/left"
)

// leave takes the session out of the browser that asks. Sessions are signed and kept
// nowhere here, so that this is all it does: a copy of the cookie, and the link, are good
// until the link ends. The page says so.
func (p *planPages) leave(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, p.sessionCookie(r, "", 0))
	http.Redirect(w, r, leftPath, http.StatusSeeOther)
}

// showLeft tells what leaving did. Who still has a session has not left.
func (p *planPages) showLeft(w http.ResponseWriter, r *http.Request) {
	if _, err := p.enter(r); err == nil {
		http.Redirect(w, r, "/plan/", http.StatusSeeOther)
		return
	}
	p.pages.Show(w, r, &console.AccessView{Frame: console.Frame{Now: p.now().UTC(), Home: leftPath}, State: console.DoorLeft})
}
