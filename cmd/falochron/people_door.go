package main

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/plan"
)

// planCookie carries the session of who came by a signed link. The edge drops what
// begins with falo_ before it asks a shop: cookies know no ports.
const planCookie = "falo_plan"

// session is the grant that a request's cookie names. Two such cookies name nobody: we
// give one, for one path. The other was put beside it by who may write cookies for our
// host (a page on another port or of a neighbouring name), so that somebody acts as
// another without knowing it.
func (p *planPages) session(r *http.Request) (plan.ID, error) {
	all := r.CookiesNamed(planCookie)
	if len(all) != 1 {
		return "", http.ErrNoCookie
	}
	grant, err := p.links.OpenSession(all[0].Value)
	return plan.ID(grant), err
}

// sessionCookie keeps a session until the link ends. It is sent with navigations
// from elsewhere, since people come from a chat; what another page posts is refused.
func (p *planPages) sessionCookie(r *http.Request, value string, life time.Duration) *http.Cookie {
	_, proto, _ := p.trust.Client(r)
	c := &http.Cookie{
		Name: planCookie, Value: value, Path: "/plan/", MaxAge: max(int(life/time.Second), 1),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.secure || proto == "https",
	}
	if life <= 0 {
		c.MaxAge = -1
	}
	return c
}

// knock finds whose link it is, or shows why it opens nothing. A link that is ours opens
// whatever else was tried from the same network: many people share one address.
func (p *planPages) knock(w http.ResponseWriter, r *http.Request) (*visit, plan.Grant, bool) {
	grant, err := p.links.Open(r.PathValue("token"))
	if err != nil {
		p.noLink(w, r)
		return nil, plan.Grant{}, false
	}
	v := &visit{planPages: p, now: p.now(), home: console.Path(r.URL.Path)}
	p.plan.Learn(r.Context(), plan.ID(grant))
	p.plan.Read(func(b *plan.Book) { v.who, err = b.Enter(v.now, plan.ID(grant), "") })
	if err == nil {
		err = p.learn(v)
	}
	if err != nil {
		p.noWay(w, r, p.ended(plan.ID(grant)))
		return nil, plan.Grant{}, false
	}
	g, _ := p.grant(plan.ID(grant))
	return v, g, true
}

// noLink answers who comes with a link that is none of ours.
func (p *planPages) noLink(w http.ResponseWriter, r *http.Request) {
	if !p.tries.failed(p.client(r), p.now()) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "Too many links that open nothing. Wait a minute.\n"+
			"Za dużo linków, które niczego nie otwierają. Odczekaj minutę.", http.StatusTooManyRequests)
		return
	}
	p.noWay(w, r, console.DoorUnknown)
}

// showDoor shows what a link would open. It does nothing: programs that check
// messages open links too, and ask with GET and HEAD. Who has opened it here before is led
// on: a link that is kept beside the apps of a phone opens there like one of them.
func (p *planPages) showDoor(w http.ResponseWriter, r *http.Request) {
	v, g, ok := p.knock(w, r)
	if !ok {
		return
	}
	if here, err := p.session(r); err == nil && here == v.who.Grant {
		http.Redirect(w, r, "/plan/", http.StatusSeeOther)
		return
	}
	f := v.frame(v.zone())
	f.Nav, f.Leave = nil, "" // nothing is open yet
	p.pages.Show(w, r, &console.AccessView{Frame: f, State: console.DoorClosed, Shop: v.shopNames(), Until: g.Expires})
}

// openDoor gives the session, and leads to the party's page.
func (p *planPages) openDoor(w http.ResponseWriter, r *http.Request) {
	v, g, ok := p.knock(w, r)
	if !ok {
		return
	}
	if r.PostFormValue("act") != string(console.ActOpen) {
		http.Error(w, "this is not the door's button", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, p.sessionCookie(r, p.links.SealSession(string(v.who.Grant)), g.Expires.Sub(v.now)))
	http.Redirect(w, r, "/plan/", http.StatusSeeOther)
}

// shopNames are the shops of the reader; of many the first three.
func (v *visit) shopNames() string {
	var names []string
	for _, s := range v.shops {
		names = append(names, s.Shop.Name)
	}
	if len(names) > 3 {
		names = append(names[:3], "…")
	}
	return strings.Join(names, ", ")
}

// noWay shows a door that does not open.
func (p *planPages) noWay(w http.ResponseWriter, r *http.Request, state console.Door) {
	f := console.Frame{Now: p.now().UTC(), Home: "/plan/", Status: http.StatusForbidden}
	if state == console.DoorExpired || state == console.DoorRevoked {
		f.Status = http.StatusGone
	}
	p.pages.Show(w, r, &console.AccessView{Frame: f, State: state})
}

// why says what has become of the link by which the request's reader came.
func (p *planPages) why(r *http.Request) console.Door {
	grant, err := p.session(r)
	if err != nil {
		return console.DoorUnknown
	}
	return p.ended(grant)
}

// ended says why a link that we have given opens nothing. The plan forgets links that
// are long over.
func (p *planPages) ended(id plan.ID) console.Door {
	if g, found := p.grant(id); found && g.Revoked {
		return console.DoorRevoked
	}
	return console.DoorExpired
}

// grant is the record of a link.
func (p *planPages) grant(id plan.ID) (g plan.Grant, found bool) {
	p.plan.Read(func(b *plan.Book) {
		all, err := b.Links(p.now(), plan.Actor{Role: plan.Operator})
		if err != nil {
			return
		}
		if i := slices.IndexFunc(all, func(g plan.Grant) bool { return g.ID == id }); i >= 0 {
			g, found = all[i], true
		}
	})
	return g, found
}

// client is the network that a request comes from, as far as those we trust say so:
// who has a /64 of IPv6 has all of it.
func (p *planPages) client(r *http.Request) netip.Addr {
	addr, _, _ := p.trust.Client(r)
	if addr.Is6() {
		if net, err := addr.Prefix(64); err == nil {
			return net.Addr()
		}
	}
	return addr
}

// How many links that open nothing one network may try in a minute, and how many
// networks are told apart; the rest counts as one. Nobody guesses 128 bits: this
// keeps guessing cheap for us.
const (
	triesAMinute = 20
	triesOf      = 4096
)

// tries counts links that opened nothing. The zero value is ready; it is safe for
// many at once.
type tries struct {
	mu    sync.Mutex
	began time.Time // of this minute
	bad   map[netip.Addr]int
}

// failed counts a link that opened nothing, and reports whether so many may still be
// tried from there.
func (t *tries) failed(from netip.Addr, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := t.of(from, now)
	if t.bad[key] >= triesAMinute {
		return false
	}
	t.bad[key]++
	return true
}

// of is the key that counts for an address. Called with mu held.
func (t *tries) of(from netip.Addr, now time.Time) netip.Addr {
	if t.bad == nil || now.Sub(t.began).Abs() >= time.Minute {
		t.bad, t.began = make(map[netip.Addr]int), now
	}
	if _, known := t.bad[from]; !known && len(t.bad) >= triesOf {
		return netip.Addr{}
	}
	return from
}
