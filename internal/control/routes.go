package control

import (
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// handler answers one authorised request, or says why not.
type handler func(w http.ResponseWriter, r *http.Request, who actor) error

// scope is what a caller must hold to use a route.
type scope uint8

const (
	scopeStock scope = iota + 1 // the stock token is enough
	scopeAdmin                  // the admin token or a session
)

// route is one path of the admin listener, with what it takes to use it and what
// answers each method.
type route struct {
	path    string
	need    scope
	methods map[string]handler
}

// guarded are the routes that need a token or a session; docs/api.md describes
// each.
func (c *Control) guarded() []route {
	get := func(h handler) map[string]handler { return map[string]handler{http.MethodGet: h, http.MethodHead: h} }
	post := func(h handler) map[string]handler { return map[string]handler{http.MethodPost: h} }
	return []route{
		{"/api/v1/openapi.json", scopeAdmin, get(c.getOpenAPI)},
		{"/api/v1/door", scopeAdmin, get(c.getDoor)},
		{"/api/v1/shops", scopeAdmin, get(c.getShops)},
		{"/api/v1/shops/{shop}", scopeAdmin, get(c.getShop)},
		{"/api/v1/shops/{shop}/history", scopeAdmin, get(c.getHistory)},
		{"/api/v1/shops/{shop}/events", scopeAdmin, get(c.getEvents)},
		{"/api/v1/shops/{shop}/mode", scopeAdmin, post(c.postMode)},
		{"/api/v1/shops/{shop}/hold", scopeAdmin, post(c.postHold)},
		{"/api/v1/shops/{shop}/release", scopeAdmin, post(c.postRelease)},
		{"/api/v1/shops/{shop}/ceiling", scopeAdmin, post(c.postCeiling)},
		{"/api/v1/shops/{shop}/start", scopeAdmin, post(c.postStart)},
		{"/api/v1/shops/{shop}/stock", scopeStock, post(c.postStock)},
		{"/api/v1/shops/{shop}/replicas", scopeAdmin, get(c.getReplicas)},
		{"/api/v1/shops/{shop}/sharing", scopeAdmin, get(c.getSharing)},
		{"/api/v1/shops/{shop}/sharing/allow", scopeAdmin, post(c.postAllow)},
		{"/api/v1/shops/{shop}/sharing/withdraw", scopeAdmin, post(c.postWithdrawAll)},
		{"/api/v1/shops/{shop}/sharing/check", scopeAdmin, post(c.postLook)},
		{"/api/v1/shops/{shop}/sharing/{kind}/confirm", scopeAdmin, post(c.postConfirm)},
		{"/api/v1/shops/{shop}/sharing/{kind}/withdraw", scopeAdmin, post(c.postWithdraw)},
		{"/api/v1/radar", scopeAdmin, get(c.getRadar)},
		{"/api/v1/fleet", scopeAdmin, get(c.getFleet)},
		{"/api/v1/journal", scopeAdmin, get(c.getJournal)},
		{"/api/v1/explain/{id}", scopeAdmin, get(c.getExplain)},
		{"/api/v1/plan", scopeAdmin, get(c.getPlan)},
		{"/api/v1/plan/shops", scopeAdmin, get(c.getPlanShops)},
		{"/api/v1/plan/shops/{id}/audit", scopeAdmin, get(c.getShopAudit)},
		{"/api/v1/plan/shops/{id}/inquiries", scopeAdmin, get(c.getShopInquiries)},
		{"/api/v1/plan/parties", scopeAdmin, get(c.getPlanParties)},
		{"/api/v1/plan/parties/{party}/audit", scopeAdmin, get(c.getPartyAudit)},
		{"/api/v1/plan/links", scopeAdmin, get(c.getPlanLinks)},
		{"/api/v1/plan/links/{link}", scopeAdmin, get(c.getPlanLink)},
		{"/api/v1/plan/imports", scopeAdmin, post(c.postImport)},
		{"/api/v1/plan/calendar", scopeAdmin, get(c.getPlanCalendar)},
		{"/api/v1/plan/conflicts", scopeAdmin, get(c.getPlanConflicts)},
		{"/api/v1/plan/deliveries", scopeAdmin, get(c.getDeliveries)},
		{"/api/v1/plan/campaigns", scopeAdmin, get(c.getPlanCampaigns)},
		{"/api/v1/plan/campaigns/{campaign}", scopeAdmin, get(c.getCampaign)},
		{"/api/v1/plan/campaigns/{campaign}/readiness", scopeAdmin, get(c.getCampaignReadiness)},
		{"/api/v1/plan/campaigns/{campaign}/steps", scopeAdmin, get(c.getCampaignSteps)},
		{"/api/v1/plan/campaigns/{campaign}/conflicts", scopeAdmin, get(c.getCampaignConflicts)},
		{"/api/v1/plan/campaigns/{campaign}/audit", scopeAdmin, get(c.getCampaignAudit)},
		{"/api/v1/plan/campaigns/{campaign}/look", scopeAdmin, post(c.postPlanLook)},
		{"/api/v1/plan/campaigns/{campaign}/links", scopeAdmin, get(c.getShortLinks)},
		{"/api/v1/plan/campaigns/{campaign}/links/{post}/qr.svg", scopeAdmin, get(c.getShortLinkQR)},
		{"/api/v1/plan/commands/{command}", scopeAdmin, post(c.postCommand)},
		{"/api/", scopeAdmin, get(notThere)},

		{"/metrics", scopeAdmin, get(c.metrics())},
		{"/debug/pprof/", scopeAdmin, get(plain(http.HandlerFunc(pprof.Index)))},
		{"/debug/pprof/cmdline", scopeAdmin, get(plain(http.HandlerFunc(pprof.Cmdline)))},
		{"/debug/pprof/profile", scopeAdmin, get(plain(http.HandlerFunc(pprof.Profile)))},
		{"/debug/pprof/symbol", scopeAdmin, get(plain(http.HandlerFunc(pprof.Symbol)))},
		{"/debug/pprof/trace", scopeAdmin, get(plain(http.HandlerFunc(pprof.Trace)))},
	}
}

// open are the routes that need no right: who signs in has none yet, and the
// console leads those without one to the login page.
func (c *Control) open() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{"POST /login": c.login, "POST /logout": c.logout, "GET /plan/": c.room, "POST /plan/": c.room, "POST " + HookPath + "{link}": c.hook, "/": c.console}
}

// probes are the routes that answer under any host name: a cluster asks by
// address.
func (c *Control) probes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{"GET /healthz": c.healthz, "GET /readyz": c.readyz}
}

// routes builds the whole admin handler. Outermost first: time for a body,
// response headers, host name, cross-origin protection, then the tables.
func (c *Control) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range c.guarded() {
		mux.Handle(r.path, c.guard(r.need, r.methods))
	}
	for pattern, h := range c.open() {
		mux.Handle(pattern, h)
	}
	outer := http.NewServeMux()
	for pattern, h := range c.probes() {
		outer.Handle(pattern, h)
	}
	outer.Handle("/", c.ownHost(http.NewCrossOriginProtection().Handler(mux)))
	return bodyInTime(headers(outer))
}

// bodyWithin is how long a request's body may take to come. The longest honest
// one has 4 KiB.
const bodyWithin = 30 * time.Second

// bodyInTime ends the connection of a caller whose body does not come: whoever
// reads it, be it the server that skips what nobody wanted. The whole request
// has no such bound, since event streams last. The server sets the deadline
// anew for the next request of the connection.
func bodyInTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // a test's recorder has no connection
		}
		next.ServeHTTP(w, r)
	})
}

// guard lets only methods of the table and callers with the needed scope
// through. A missing right comes before a wrong method: strangers learn nothing.
func (c *Control) guard(need scope, methods map[string]handler) http.Handler {
	allow := make([]string, 0, len(methods))
	for m := range methods {
		allow = append(allow, m)
	}
	slices.Sort(allow)
	allowed := strings.Join(allow, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := c.authenticate(r)
		if !ok {
			w.Header().Set("WWW-Authenticate", `Bearer realm="falochron"`)
			answerFault(w, http.StatusUnauthorized, "denied", "a token is needed", "send it as Authorization: Bearer …; it is in the file "+TokenFile+" of the data folder")
			return
		}
		if who.scope < need {
			answerFault(w, http.StatusForbidden, "denied", "this token opens the stock webhook only", "use the admin token")
			return
		}
		if who.shop != "" && who.shop != r.PathValue("shop") {
			answerFault(w, http.StatusForbidden, "denied", "this token is another shop's", "use the token of this shop")
			return
		}
		h, ok := methods[r.Method]
		if !ok {
			w.Header().Set("Allow", allowed)
			answerFault(w, http.StatusMethodNotAllowed, "invalid", r.Method+" is not possible here", "use "+allowed)
			return
		}
		if link := r.Header.Get(PlanLinkHeader); link != "" && c.cfg.Plan != nil {
			c.cfg.Plan.Learn(r.Context(), plan.ID(link))
		}
		if err := h(w, r, who); err != nil {
			c.fail(w, r, err)
		}
	})
}

// headers are those every answer of the admin listener carries. The console
// replaces the policy on its pages.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

func plain(h http.Handler) handler {
	return func(w http.ResponseWriter, r *http.Request, _ actor) error {
		h.ServeHTTP(w, r)
		return nil
	}
}
