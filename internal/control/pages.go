package control

import (
	"net/http"
	"strings"
)

// console hands page requests on. The login page and the assets it needs are
// open; all else needs a session, and people without one are led to the login.
func (c *Control) console(w http.ResponseWriter, r *http.Request) {
	if c.cfg.Console == nil {
		answerFault(w, http.StatusNotFound, "not found", "there is nothing here", "")
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		answerFault(w, http.StatusMethodNotAllowed, "invalid", r.Method+" is not possible here", "use GET")
		return
	}
	if r.URL.Path != "/login" && !strings.HasPrefix(r.URL.Path, "/assets/") {
		if who, ok := c.authenticate(r); !ok || who.scope < scopeAdmin {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
	}
	c.cfg.Console.ServeHTTP(w, r)
}

// room hands on what is asked of the campaign room, with the name of the operator who
// asks. Who else may see what is the room's business.
func (c *Control) room(w http.ResponseWriter, r *http.Request) {
	if c.cfg.Room == nil {
		answerFault(w, http.StatusNotFound, "not found", "there is nothing here", "")
		return
	}
	name := ""
	if who, ok := c.authenticate(r); ok && who.scope >= scopeAdmin {
		name = who.name
	}
	c.cfg.Room(w, r, name)
}
