package control

import (
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
)

// handler answers one authorised request, or says why not.
type handler func(w http.ResponseWriter, r *http.Request, who actor) error

// scope is what a caller must hold to use a route.
type scope uint8

const (
	scopeStock scope = iota + 1 // the stock token is enough
	scopeAdmin                  // the admin token or a session
)

// routes builds the whole admin handler. Outermost first: response headers,
// host name, cross-origin protection, then this table.
func (c *Control) routes() http.Handler {
	mux := http.NewServeMux()
	add := func(path string, need scope, methods map[string]handler) {
		mux.Handle(path, c.guard(need, methods))
	}
	get := func(h handler) map[string]handler { return map[string]handler{http.MethodGet: h, http.MethodHead: h} }
	post := func(h handler) map[string]handler { return map[string]handler{http.MethodPost: h} }

	add("/api/v1/door", scopeAdmin, get(c.getDoor))
	add("/api/v1/shops", scopeAdmin, get(c.getShops))
	add("/api/v1/shops/{shop}", scopeAdmin, get(c.getShop))
	add("/api/v1/shops/{shop}/history", scopeAdmin, get(c.getHistory))
	add("/api/v1/shops/{shop}/events", scopeAdmin, get(c.getEvents))
	add("/api/v1/shops/{shop}/mode", scopeAdmin, post(c.postMode))
	add("/api/v1/shops/{shop}/hold", scopeAdmin, post(c.postHold))
	add("/api/v1/shops/{shop}/release", scopeAdmin, post(c.postRelease))
	add("/api/v1/shops/{shop}/ceiling", scopeAdmin, post(c.postCeiling))
	add("/api/v1/shops/{shop}/start", scopeAdmin, post(c.postStart))
	add("/api/v1/shops/{shop}/stock", scopeStock, post(c.postStock))
	add("/api/v1/shops/{shop}/sharing", scopeAdmin, get(c.getSharing))
	add("/api/v1/shops/{shop}/sharing/allow", scopeAdmin, post(c.postAllow))
	add("/api/v1/shops/{shop}/sharing/withdraw", scopeAdmin, post(c.postWithdrawAll))
	add("/api/v1/shops/{shop}/sharing/{kind}/confirm", scopeAdmin, post(c.postConfirm))
	add("/api/v1/shops/{shop}/sharing/{kind}/withdraw", scopeAdmin, post(c.postWithdraw))
	add("/api/v1/journal", scopeAdmin, get(c.getJournal))
	add("/api/v1/explain/{id}", scopeAdmin, get(c.getExplain))
	add("/api/", scopeAdmin, get(notThere))

	add("/metrics", scopeAdmin, get(c.metrics()))
	add("/debug/pprof/", scopeAdmin, get(plain(http.HandlerFunc(pprof.Index))))
	add("/debug/pprof/cmdline", scopeAdmin, get(plain(http.HandlerFunc(pprof.Cmdline))))
	add("/debug/pprof/profile", scopeAdmin, get(plain(http.HandlerFunc(pprof.Profile))))
	add("/debug/pprof/symbol", scopeAdmin, get(plain(http.HandlerFunc(pprof.Symbol))))
	add("/debug/pprof/trace", scopeAdmin, get(plain(http.HandlerFunc(pprof.Trace))))

	mux.Handle("POST /login", http.HandlerFunc(c.login))
	mux.Handle("POST /logout", http.HandlerFunc(c.logout))
	mux.Handle("/", http.HandlerFunc(c.console))

	outer := http.NewServeMux()
	outer.Handle("GET /healthz", http.HandlerFunc(c.healthz))
	outer.Handle("GET /readyz", http.HandlerFunc(c.readyz))
	outer.Handle("/", c.ownHost(http.NewCrossOriginProtection().Handler(mux)))
	return headers(outer)
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
