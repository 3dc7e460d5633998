package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/ticket"
)

// planPages serves the pages of the campaign room: to who came by a signed link, and
// to operators. It turns what the plan shows a reader into views, and what a reader
// presses into commands; the plan decides on both.
type planPages struct {
	plan  *control.Campaigns
	pages *console.Pages
	links *ticket.Links
	feeds *ticket.Feeds
	hooks *control.Hooks // of schedulers; nil = none
	// reached is how people reach the pages, as the configuration says; nil: as they ask.
	reached *url.URL
	notes   *journal.Journal
	pulse   *pulse
	trust   accept.Trust
	log     *slog.Logger
	now     func() time.Time
	// secure says that people reach the pages over TLS, whoever ends it.
	secure bool
	// tells says that people are sent what the plan has for them.
	tells bool
	// order gives a shop of the edge other orders; of an operator only.
	order func(shop, actor string, edit func(*falochron.Snapshot) (string, error)) error

	// orders are those of a shop of the edge; nil: nobody knows them.
	orders func(shop string) (falochron.Snapshot, bool)

	lookouts *lookouts // nil = nobody looks at shops
	// radar is what is seen at a shop of the edge; nil = nobody watches who comes.
	radar func(shop string) (*control.RadarSight, bool)
	// fleet is what is seen of the replicas of a shop of the edge; nil = nobody multiplies any.
	fleet func(shop string) (*control.FleetSight, bool)

	behind   atomic.Pointer[edges] // the shops behind the edge
	keeping  sync.Mutex            // held while they are changed
	data     string                // folder where they are kept; empty: nowhere
	apart    []plan.ID             // shops that were told not to be here; of one goroutine
	tries    tries
	foretold foretold
	news     *newsDesk
	mux      *http.ServeMux
}

// mark names what a request carries in its context.
type mark struct{}

// operator is who came by the operators' listener. His name is empty if he has not
// signed in.
type operator struct{ name string }

// routes makes the pages' addresses.
func (p *planPages) routes() {
	p.mux, p.news = http.NewServeMux(), newNewsDesk()
	p.mux.HandleFunc("GET /plan/l/{token}", p.showDoor)
	p.mux.HandleFunc("POST /plan/l/{token}", p.openDoor)
	p.mux.HandleFunc("GET /plan/n/{token}", p.showHearing)
	p.mux.HandleFunc("POST /plan/n/{token}", p.hear)
	p.mux.HandleFunc("GET /plan/{$}", p.showOwn)
	p.mux.HandleFunc("GET "+newsPath, p.hearNews)
	p.mux.HandleFunc("POST "+leavePath, p.leave)
	p.mux.HandleFunc("GET "+leftPath, p.showLeft)
	p.mux.HandleFunc("GET "+feedPath+"{token}", p.feed)
	p.mux.HandleFunc("GET /plan/campaign/{campaign}/qr/{post}", p.showQR)
	p.mux.HandleFunc("POST "+importPath, p.takeFile)
	p.mux.Handle("GET "+importPath, http.RedirectHandler("/plan/calendar", http.StatusSeeOther))
	for _, s := range sheets() {
		for _, path := range s.paths {
			p.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { p.show(w, r, &s) })
			p.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { p.act(w, r, &s) })
		}
	}
}

// ServeHTTP answers under /plan/. Whoever calls it has refused what another site's
// page sends.
func (p *planPages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if p.plan.Absent() != nil { // nobody could be told from anybody
		w.Header().Set("Retry-After", "5")
		http.Error(w, "The plan cannot be read at the moment. Nothing is lost; look again in a while.\n"+
			"Planu nie można teraz odczytać. Nic nie przepadło; zajrzyj za chwilę.", http.StatusServiceUnavailable)
		return
	}
	longest := int64(longestForm)
	switch {
	case r.URL.Path == importPath:
		longest = listen.MaxFile + longestForm
	case r.URL.Path == ownPath, strings.HasPrefix(r.URL.Path, ownPath+"/"):
		longest = ownForm
	}
	r.Body = http.MaxBytesReader(w, r.Body, longest)
	p.mux.ServeHTTP(w, r)
}

// longestForm is the longest body of a form in bytes; the longest honest one holds a
// sentence for the fans in two languages, of 600 characters each, percent-encoded.
const longestForm = 16 << 10

// forOperators answers on the operators' listener.
func (p *planPages) forOperators(w http.ResponseWriter, r *http.Request, name string) {
	p.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), mark{}, operator{name})))
}

// guests is the handler of the listener for signed links: the pages, what they load,
// and nothing else.
func (p *planPages) guests() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/plan/", p)
	mux.Handle("GET /assets/", p.pages.Assets())
	if p.hooks != nil {
		mux.Handle(control.HookPath, p.hooks)
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/plan/", http.StatusSeeOther))
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		guarded.ServeHTTP(w, r)
	})
}

// sheet is one page: its addresses, who may open it, and what fills it.
type sheet struct {
	name  string // as in [console.Link]
	paths []string
	roles []plan.Role
	fill  func(*visit) (console.View, error)
}

// sheets are all pages. What a role does not find here it can neither look at nor
// act on.
func sheets() []sheet {
	return []sheet{
		{"influencer", []string{"/plan/next", "/plan/next/{shop}"}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.Operator}, influencerPage},
		{"campaign", []string{"/plan/campaign/{campaign}"}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator}, campaignPage},
		{"calendar", []string{"/plan/calendar"}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator}, calendarPage},
		{"host", []string{"/plan/host"}, []plan.Role{plan.Host, plan.Operator}, hostPage},
		{"my-shops", []string{"/plan/shops"}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator}, shopsPage},
		{"own", []string{ownPath, ownPath + "/{shop}"}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host}, ownPage},
		{"post", []string{postPath}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.Operator}, postPage},
		{"history", []string{"/plan/history", "/plan/history/{shop}"}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator}, historyPage},
		{"vessels", []string{"/plan/vessels", "/plan/vessels/{shop}"}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator}, vesselsPage},
		{"war-room", []string{"/plan/war-room", "/plan/war-room/{campaign}"}, []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Operator}, warRoomPage},
	}
}

// visit is one request of somebody who was let in.
type visit struct {
	*planPages
	now  time.Time
	who  plan.Actor
	page *sheet
	// shop and campaign are what the address names; empty: it names none.
	shop, campaign plan.ID
	home           console.Path
	feed           string       // address of the reader's calendar; empty: an operator has none
	query          url.Values   // of the address
	done           bool         // the reader has just been sent here by an act of his
	failed         console.Text // why his act was refused; zero: it was not
	status         int          // of the answer; 0 = 200
	file           *sentFile    // that the reader has just sent; nil = none
	typed          url.Values   // the form that was refused; nil = none was
	led            console.Path // where the reader's act leads; empty = back to the page

	// What the plan shows the reader, read once.
	known  int    // how much was done that the reader may know of
	name   string // of the party
	shops  []plan.ShopView
	events []plan.Event // from yesterday on
}

// longAgo and farAhead bound what the pages look at: what is over is of interest for
// a day and a half, and nothing is planned further ahead than the plan allows.
const (
	longAgo  = 36 * time.Hour
	farAhead = 2 * 366 * 24 * time.Hour
)

// enter finds out who asks, by the plan as it is now: a link that was withdrawn a
// moment ago opens nothing any more.
func (p *planPages) enter(r *http.Request) (*visit, error) {
	v := &visit{planPages: p, now: p.now(), home: console.Path(r.URL.Path), query: r.URL.Query()}
	v.done = v.query.Has("done")
	op, _ := r.Context().Value(mark{}).(operator)
	if op.name != "" {
		v.who, v.name = plan.Actor{Role: plan.Operator, Person: op.name}, op.name
		return v, p.learn(v)
	}
	grant, err := p.session(r)
	if err != nil {
		return nil, err
	}
	p.plan.Learn(r.Context(), grant)
	p.plan.Read(func(b *plan.Book) { v.who, err = b.Enter(v.now, grant, "") })
	if err != nil {
		return nil, err
	}
	v.feed = p.base(r) + p.feedOf(grant)
	return v, p.learn(v)
}

// learn reads what every page needs.
func (p *planPages) learn(v *visit) (err error) {
	p.plan.Read(func(b *plan.Book) {
		if v.shops, err = b.Shops(v.now, v.who); err == nil {
			v.events, err = b.Calendar(v.now, v.who, v.now.Add(-longAgo), v.now.Add(farAhead))
		}
		if err == nil {
			v.known, err = b.News(v.now, v.who)
		}
	})
	for _, s := range v.shops {
		for _, n := range s.People {
			if n.Service == (plan.Service{Party: v.who.Party, Role: v.who.Role}) {
				v.name = n.Name
			}
		}
	}
	return err
}

// visit lets somebody in and finds the page that is asked for, or shows why not.
func (p *planPages) visit(w http.ResponseWriter, r *http.Request, s *sheet) *visit {
	v, err := p.enter(r)
	if err != nil {
		p.turnAway(w, r, err)
		return nil
	}
	v.page, v.shop, v.campaign = s, plan.ID(r.PathValue("shop")), plan.ID(r.PathValue("campaign"))
	if !slices.Contains(s.roles, v.who.Role) {
		p.forbid(w, r, v)
		return nil
	}
	return v
}

// show answers with a page.
func (p *planPages) show(w http.ResponseWriter, r *http.Request, s *sheet) {
	if v := p.visit(w, r, s); v != nil {
		p.answer(w, r, v)
	}
}

// answer fills a page and writes it.
func (p *planPages) answer(w http.ResponseWriter, r *http.Request, v *visit) {
	view, err := v.page.fill(v)
	switch {
	case err != nil && falochron.KindOf(err) == falochron.NotFound:
		p.forbid(w, r, v) // what is not there and what is another's are told alike
		return
	case err != nil:
		p.turnAway(w, r, err)
		return
	}
	p.pages.Show(w, r, view)
}

// showOwn leads to the page that is the reader's own.
func (p *planPages) showOwn(w http.ResponseWriter, r *http.Request) {
	v, err := p.enter(r)
	if err != nil {
		p.turnAway(w, r, err)
		return
	}
	to := "/plan/calendar"
	switch v.who.Role {
	case plan.Influencer:
		to = "/plan/next"
	case plan.Host:
		to = "/plan/host"
	case plan.Machine:
		p.forbid(w, r, v) // it uses the API
		return
	default:
		if e := v.pressing("", ""); e != nil {
			to = "/plan/campaign/" + string(e.Campaign)
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// turnAway shows somebody who may not come in why.
func (p *planPages) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	if _, operators := r.Context().Value(mark{}).(operator); operators && errors.Is(err, http.ErrNoCookie) {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	refused, ok := errors.AsType[*plan.Refusal](err)
	switch fault := ticket.Fault(0); {
	case ok && refused.Kind == falochron.Denied:
		p.noWay(w, r, p.why(r))
	case errors.Is(err, http.ErrNoCookie), errors.As(err, &fault):
		p.noWay(w, r, console.DoorUnknown)
	default:
		p.log.Error("a page of the campaign room", "error", err)
		http.Error(w, "the page cannot be shown", falochron.KindOf(err).Status())
	}
}

// forbid shows that the page is not the reader's.
func (p *planPages) forbid(w http.ResponseWriter, r *http.Request, v *visit) {
	v.done, v.failed, v.status = false, console.Text{}, http.StatusForbidden
	f := v.frame(v.zone())
	f.Home = "/plan/"
	p.pages.Show(w, r, &console.AccessView{Frame: f, State: console.DoorForbidden})
}

// frame is what all of the reader's pages have, in a time zone.
func (v *visit) frame(zone *time.Location) console.Frame {
	f := console.Frame{Now: v.now.In(zone), Home: v.home, Who: v.name, Nav: v.nav(), News: newsOf(v.known), Failed: v.failed, Status: v.status, Told: v.tells}
	if v.failed == (console.Text{}) {
		v.tellDone(&f)
	}
	f.Trouble = v.plan.Trouble() != nil
	if v.who.Role != plan.Operator {
		f.Role, f.Leave = console.Role(v.who.Role), leavePath
	}
	return f
}

// zone is that of the reader's first shop.
func (v *visit) zone() *time.Location {
	if len(v.shops) > 0 {
		return v.shops[0].Zone
	}
	return time.UTC
}

// nav lists the pages that the reader may open.
func (v *visit) nav() (out []console.Link) {
	add := func(page, name, href string) {
		if v.opens(page) {
			out = append(out, console.Link{Page: page, Name: name, Href: console.Path(href)})
		}
	}
	if len(v.shops) > 1 && v.who.Role == plan.Influencer {
		for _, s := range v.shops {
			add("influencer", s.Shop.Name, "/plan/next/"+string(s.Shop.ID))
		}
	} else {
		add("influencer", "", "/plan/next")
	}
	if e := v.pressing("", ""); e != nil {
		add("campaign", "", "/plan/campaign/"+string(e.Campaign))
	}
	add("calendar", "", "/plan/calendar")
	add("host", "", "/plan/host")
	if len(v.shops) > 1 {
		add("my-shops", "", "/plan/shops")
	}
	add("own", "", ownPath)
	add("history", "", "/plan/history")
	add("vessels", "", "/plan/vessels")
	add("war-room", "", "/plan/war-room")
	return out
}

// opens reports whether the reader may open a page.
func (v *visit) opens(page string) bool {
	return slices.ContainsFunc(sheets(), func(s sheet) bool { return s.name == page && slices.Contains(s.roles, v.who.Role) })
}

// shopView is a shop of the reader.
func (v *visit) shopView(id plan.ID) (plan.ShopView, bool) {
	i := slices.IndexFunc(v.shops, func(s plan.ShopView) bool { return s.Shop.ID == id })
	if i < 0 {
		return plan.ShopView{}, false
	}
	return v.shops[i], true
}
