package toyshop

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of what is remembered of requests: a wave of half a million fits, in
// about 10 MB.
const (
	maxInstants = 1 << 20
	maxThings   = 1 << 12
	maxGiven    = 1 << 16
)

// A Thing is something that is alike for everybody who has no session of the
// shop's: a file, or in a guise a page of the catalogue. What two visitors' links
// differ by and the shop does not look at, such as a click id, makes no other
// thing.
type Thing struct {
	Path    string `json:"path"`              // with the part of the query that chooses what is shown
	Variant string `json:"variant,omitempty"` // what besides chose its form: language, currency, fields that Vary names
	Kind    string `json:"kind"`              // file, or the page's route: home, category, product, search
	// FreshS is for how many seconds the answer may be used again by its own
	// Cache-Control; 0 where it says nothing or forbids it.
	FreshS float64 `json:"fresh_s"`
	// Answered are the requests that got it or were told that they have it, each by
	// the moment it came, in Unix milliseconds, ascending.
	Answered []int64 `json:"answered"`
	// Opened are those that got it and a session with it, of the front page alone, if
	// that session was first heard of with what is its own, such as an add to the cart:
	// whoever sent them wanted a session, which is given to one, and not the page. Who
	// looks at a page asks for its files next, or for another page.
	Opened []int64 `json:"opened,omitempty"`
	// Failed are those that came for it and got an error, or left before.
	Failed []int64 `json:"failed,omitempty"`
}

// Things are the requests for things that are alike for all, since a shop opened.
// No visitor ever sees it.
type Things struct {
	Things []Thing `json:"things"` // by path
	// Beyond counts requests that are in no thing, because more came than a shop
	// remembers.
	Beyond int `json:"beyond"`
}

// sightings watches what comes to a shop, at its door: what its visitors do not
// see and its workers do not know.
type sightings struct {
	shop     *Shop
	sessions []string        // cookies that make pages a visitor's own, a star at the end standing for anything
	chooses  map[string]bool // parameters that choose what a page shows
	pages    map[route]bool  // that are alike for all strangers

	mu       sync.Mutex // guards what follows
	things   map[thingKey]*Thing
	given    map[string]given // sessions given with the front page and not seen since
	instants int
	beyond   int
}

type thingKey struct{ path, variant string }

// given is where a session came from.
type given struct {
	thing *Thing
	at    int64 // in Thing.Answered
}

func newSightings(s *Shop) *sightings {
	t := &sightings{shop: s, chooses: map[string]bool{}, pages: map[route]bool{}, things: map[thingKey]*Thing{}, given: map[string]given{}}
	if s.guise == nil {
		return t
	}
	t.sessions = s.guise.places.Sessions
	words := s.guise.places.Words(s.shelves.articles[0].Slug, "")
	for _, c := range s.guise.places.Shareable {
		u, err := url.Parse(words.fill(c.Path, url.QueryEscape))
		if err != nil || !reads(c.Method) {
			continue // of no imitation
		}
		if r := t.route(&http.Request{Method: c.Method, URL: u}); r == home || r == category || r == product || r == search {
			t.pages[r] = true
			for name := range u.Query() {
				t.chooses[name] = true
			}
		}
	}
	return t
}

// route is what a request that only reads is for in a guise; notFound if nothing.
func (t *sightings) route(r *http.Request) route {
	v := visit{method: r.Method, path: r.URL.Path, query: r.URL.Query(), form: url.Values{}, host: r.Host, scheme: "http",
		header: r.Header, cookies: map[string]string{}}
	to, work := t.shop.guise.find(t.shop, &v)
	if work == nil {
		return notFound
	}
	return to
}

// watch counts what comes to the shop behind next.
func (t *sightings) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.takenUp(r)
		path, kind := t.thing(r)
		if kind == "" {
			next.ServeHTTP(w, r)
			return
		}
		came := time.Now()
		seen := &sightedAnswer{ResponseWriter: w}
		seen.note = func() { t.note(path, kind, r, came, seen) }
		defer seen.end()
		next.ServeHTTP(seen, r)
	})
}

// thing says what a request is for, if that is alike for everybody like its
// sender; kind is empty if not. It does not wait for the answer: a shop that
// refuses was asked all the same.
func (t *sightings) thing(r *http.Request) (path, kind string) {
	s := t.shop
	switch {
	case !reads(r.Method):
		return "", ""
	case s.files.has(r.URL.Path):
		return r.URL.EscapedPath(), "file" // whatever its query: the web server does not read it
	case s.guise == nil || t.known(r) || r.URL.Path == "/czat":
		return "", ""
	}
	to := t.route(r)
	if !t.pages[to] {
		return "", ""
	}
	chosen := url.Values{}
	for name, values := range r.URL.Query() {
		if t.chooses[name] {
			chosen[name] = values
		}
	}
	if path = r.URL.EscapedPath(); len(chosen) > 0 {
		path += "?" + chosen.Encode()
	}
	return path, to.String()
}

// known reports whether a request brings what makes pages its sender's own.
func (t *sightings) known(r *http.Request) bool {
	return slices.ContainsFunc(r.Cookies(), t.isSession)
}

func (t *sightings) isSession(c *http.Cookie) bool {
	return slices.ContainsFunc(t.sessions, func(name string) bool {
		start, any := strings.CutSuffix(name, "*")
		return c.Name == name || any && strings.HasPrefix(c.Name, start)
	})
}

// takenUp notes that a session which came with the front page is used, and for what
// it is used first.
func (t *sightings) takenUp(r *http.Request) {
	if len(t.sessions) == 0 {
		return
	}
	for _, c := range r.Cookies() {
		if !t.isSession(c) {
			continue
		}
		t.mu.Lock()
		if g, ok := t.given[c.Value]; ok {
			delete(t.given, c.Value)
			if i := slices.Index(g.thing.Answered, g.at); i >= 0 && t.own(r) {
				g.thing.Answered = slices.Delete(g.thing.Answered, i, i+1)
				g.thing.Opened = append(g.thing.Opened, g.at)
			}
		}
		t.mu.Unlock()
	}
}

// own reports whether a request is for what no two visitors have in common.
func (t *sightings) own(r *http.Request) bool {
	return !reads(r.Method) || !t.shop.files.has(r.URL.Path) && !t.pages[t.route(r)]
}

// note files one request when its answer begins, or there will be none.
func (t *sightings) note(path, kind string, r *http.Request, came time.Time, a *sightedAnswer) {
	key := thingKey{path, variantOf(r, a.Header())}
	t.mu.Lock()
	defer t.mu.Unlock()
	th := t.things[key]
	if t.instants >= maxInstants || th == nil && len(t.things) >= maxThings {
		t.beyond++
		return
	}
	if th == nil {
		th = &Thing{Path: path, Variant: key.variant, Kind: kind}
		t.things[key] = th
	}
	t.instants++
	if !a.served() {
		th.Failed = append(th.Failed, came.UnixMilli())
		return
	}
	th.FreshS = freshFor(a.Header())
	th.Answered = append(th.Answered, came.UnixMilli())
	if kind != home.String() || len(t.given) >= maxGiven {
		return
	}
	for _, line := range a.Header()["Set-Cookie"] {
		if c, err := http.ParseSetCookie(line); err == nil && t.isSession(c) {
			t.given[c.Value] = given{th, came.UnixMilli()}
		}
	}
}

// choosing are the cookies by which shops choose a page's language and currency.
// None of them says who somebody is.
func choosing() []string { return []string{"currency", "language"} }

// variantOf is what besides its address chose the form of an answer: what it says
// itself in Vary, and the shop's cookies of choice. Cookies as a whole are not
// taken, even if Vary names them: any would make every visitor's page another.
func variantOf(r *http.Request, h http.Header) string {
	var b strings.Builder
	for _, name := range choosing() {
		if c, err := r.Cookie(name); err == nil {
			b.WriteString(name + "=" + c.Value + "; ")
		}
	}
	for _, line := range h["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(strings.TrimSpace(name))
			if value := r.Header.Get(name); value != "" && name != "Cookie" {
				b.WriteString(name + ": " + value + "; ")
			}
		}
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// freshFor is how long an answer may be used again by its own words, in seconds.
func freshFor(h http.Header) float64 {
	for part := range strings.SplitSeq(h.Get("Cache-Control"), ",") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(part), "max-age="); ok {
			if secs, err := strconv.ParseFloat(text, 64); err == nil {
				return secs
			}
		}
	}
	return 0
}

// all returns what was seen so far.
func (t *sightings) all() Things {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := Things{Things: []Thing{}, Beyond: t.beyond}
	for _, th := range t.things {
		c := *th
		c.Answered, c.Opened, c.Failed = inOrder(th.Answered), inOrder(th.Opened), inOrder(th.Failed)
		out.Things = append(out.Things, c)
	}
	slices.SortFunc(out.Things, func(a, b Thing) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Variant, b.Variant))
	})
	return out
}

func inOrder(at []int64) []int64 { return slices.Sorted(slices.Values(at)) }

// sightedAnswer is an answer that is noted before any of it goes out: who gets it may
// ask for more before it has ended.
type sightedAnswer struct {
	http.ResponseWriter
	status int // 0 = nothing was said
	noted  bool
	note   func()
}

// WriteHeader notes the first final status.
func (a *sightedAnswer) WriteHeader(status int) {
	if status >= 200 {
		a.begin(status)
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write stands for status 200 where nothing was said before.
func (a *sightedAnswer) Write(b []byte) (int, error) {
	a.begin(http.StatusOK)
	return a.ResponseWriter.Write(b)
}

func (a *sightedAnswer) begin(status int) {
	if !a.noted {
		a.noted, a.status = true, status
		a.note()
	}
}

// end notes that there was no answer, if there was none.
func (a *sightedAnswer) end() { a.begin(0) }

// served reports whether the answer was what was asked for, or said that its
// asker has it already.
func (a *sightedAnswer) served() bool {
	return a.status >= 200 && a.status <= 299 || a.status == http.StatusNotModified
}
