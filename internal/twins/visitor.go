package twins

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Bounds of one check.
const (
	MaxRequests = 40              // to the shop in one check, emptying the cart included
	MaxTime     = 5 * time.Minute // for all of it
	eachTime    = 20 * time.Second
	pauseLeast  = time.Second // between two requests, unless the caller says otherwise
	maxHops     = 4           // redirects followed for one page
)

// Agent is what the three visitors call themselves, so that a shop's owner finds
// them in his log. It begins as browsers do and names no robot: shops give robots
// other pages, and what is compared must be what people get.
const Agent = "Mozilla/5.0 (compatible) Falochron-Twins/1"

// visitor is one of those who look at the shop, with cookies of his own.
type visitor struct {
	jar     http.CookieJar
	fields  http.Header // sent besides those that all send; nil = none
	secrets []string    // every cookie's value he was ever given
}

func stranger() *visitor {
	jar, _ := cookiejar.New(nil) // never fails
	return &visitor{jar: jar}
}

// strangers are the two who compare a page. Where nobody knows what the shop's software heeds they are as
// unlike as those who would share a page: a telephone with the cookies of others, which asks
// for another language on each page, since one of them is the shop's own; and the cache
// itself, whose answer is what would be shared.
func (k *kind) strangers() (first, second *visitor) {
	first, second = stranger(), stranger()
	if k.Unproven {
		first.fields = http.Header{
			"User-Agent": {phone}, "Accept-Language": {languages[k.looked%len(languages)]}, "Cookie": {othersCookies},
		}
		second.fields = http.Header{"User-Agent": {cacheAgent}}
	}
	return first, second
}

// languages are those of visitors to small shops in Poland and around. Chosen.
var languages = [...]string{"pl-PL,pl;q=0.9", "en-GB,en;q=0.9", "de-DE,de;q=0.9", "uk-UA,uk;q=0.9", "cs-CZ,cs;q=0.9"}

const (
	phone      = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1 Falochron-Twins/1"
	cacheAgent = "Falochron" // as the cache's fills call themselves

	// othersCookies are some that do not keep a visitor from a shared page, see
	// [preset.Classifier.Bare]: whether this shop heeds them after all, as one might that shows
	// its question for consent by itself.
	othersCookies = "_ga=GA1.1.1234567890.1764200000; _gid=GA1.2.1234567890.1764200000; _fbp=fb.1.1764200000000.1234567890; " +
		"_gcl_au=1.1.1234567890.1764200000; CookieConsent={necessary:true%2Cpreferences:true%2Cstatistics:true%2Cmarketing:true}; " +
		"OptanonAlertBoxClosed=2026-11-27T00:00:00.000Z; OptanonConsent=groups=C0001%3A1%2CC0002%3A1%2CC0004%3A1"
)

// answer is what a shop said to one request, redirects followed.
type answer struct {
	url  *url.URL // of what answered
	to   []string // addresses on the way there
	made Visit
}

// tour is the way through a shop of all three visitors: it counts what is asked,
// and keeps the pace.
type tour struct {
	cfg      Config
	requests int
	last     time.Time         // when the last request began
	words    map[string]string // what the shop has told whoever has the cart, for the calls of its script
}

func (t *tour) left() int { return MaxRequests - t.requests }

// get fetches a page.
func (t *tour) get(ctx context.Context, v *visitor, u *url.URL) (*answer, error) {
	return t.ask(ctx, v, http.MethodGet, u, "", "", "")
}

// ask asks and follows redirects within the shop.
func (t *tour) ask(ctx context.Context, v *visitor, method string, u *url.URL, kind, body, from string) (*answer, error) {
	a := &answer{}
	for range maxHops {
		resp, err := t.once(ctx, v, method, u, kind, body, from)
		if err != nil {
			return nil, err
		}
		location := resp.made.Header.Get("Location")
		if resp.made.Status/100 != 3 || location == "" {
			resp.to = a.to
			return resp, nil
		}
		next, err := u.Parse(location)
		if err != nil {
			return nil, t.fault("the shop redirects to what is no address", "", nil)
		}
		if !sameShop(next, t.cfg.Shop) {
			return nil, &falochron.Error{
				Kind: falochron.Invalid, Op: t.op(), Public: fmt.Sprintf("%s leads to another host, %s", cut(u.Path), cut(next.Host)),
				Hint: "nobody else's pages are looked at; if that is the shop, give " + next.Scheme + "://" + cut(next.Host) + " as its address",
				Err:  led{next},
			}
		}
		a.to = append(a.to, u.String())
		u = t.here(next)
		if resp.made.Status != http.StatusTemporaryRedirect && resp.made.Status != http.StatusPermanentRedirect {
			method, kind, body = http.MethodGet, "", "" // RFC 9110, section 15.4
		}
	}
	return nil, t.fault("the shop redirects without an end", "", nil)
}

// once sends one request, when its time has come.
func (t *tour) once(ctx context.Context, v *visitor, method string, u *url.URL, kind, body, from string) (*answer, error) {
	if t.left() <= 0 {
		return nil, errSpent
	}
	if t.cfg.Calm != nil && !t.cfg.Calm() {
		return nil, &falochron.Error{
			Kind: falochron.Unavailable, Op: t.op(), Public: "the shop is busy now",
			Hint: "a check is never made in a wave; it is made again when it is over",
		}
	}
	if err := t.pace(ctx); err != nil {
		return nil, t.fault("the check took too long", "", err)
	}
	t.requests++
	ctx, cancel := context.WithTimeout(ctx, eachTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, t.fault("an address of the shop cannot be asked for", "", err)
	}
	if body == "" {
		r.Body, r.ContentLength, r.GetBody = nil, 0, nil
	}
	r.Header = t.client(method, u)
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("User-Agent", t.cfg.Agent)
	for name, values := range v.fields {
		r.Header[name] = values
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if t.cfg.Key != "" && t.cfg.Preset != nil {
		for _, name := range t.cfg.Preset.Platform().FormFields {
			r.Header.Set(name, t.cfg.Key)
		}
	}
	if method != http.MethodGet {
		r.Header.Set("Origin", t.cfg.Shop.Scheme+"://"+t.cfg.Shop.Host)
		if from != "" {
			r.Header.Set("Referer", from)
		}
	}
	for _, c := range v.jar.Cookies(u) {
		r.AddCookie(c)
	}
	resp, err := t.cfg.Fetch(ctx, r)
	if err != nil {
		return nil, t.fault("the shop did not answer", "is it running, and is this its address?", err)
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if err != nil {
		return nil, t.fault("the shop broke off its answer", "look into the shop's own log", err)
	}
	if err := t.refused(method, resp); err != nil {
		return nil, err
	}
	v.jar.SetCookies(u, resp.Cookies())
	for _, c := range resp.Cookies() {
		v.secrets = append(v.secrets, c.Value)
	}
	return &answer{url: u, made: Visit{Status: resp.StatusCode, Header: resp.Header, Body: read, Cookies: v.secrets, At: time.Now()}}, nil
}

// pace waits until the next request may begin.
func (t *tour) pace(ctx context.Context) error {
	if wait := time.Until(t.last.Add(t.cfg.Pause)); !t.last.IsZero() && wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	t.last = time.Now()
	return ctx.Err()
}

// refused says when an answer means that there is nothing to compare. That what was
// sent is not understood does not mean it.
func (t *tour) refused(method string, resp *http.Response) error {
	for _, line := range resp.Header.Values("Cache-Status") {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(line)), "falochron") {
			return &falochron.Error{
				Kind: falochron.Invalid, Op: t.op(), Public: "Falochron itself answers there",
				Hint: "two visitors who get one stored page prove nothing; give the address at which the shop itself listens, or say --confirm to have that Falochron compare them",
				Err:  fronted{},
			}
		}
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return &falochron.Error{
			Kind: falochron.Unavailable, Op: t.op(), Public: "the shop answers 429 Too Many Requests",
			Hint: "it counts requests by address, and behind Falochron all visitors have one: tell the shop to trust X-Forwarded-For from Falochron " +
				"(a setting often called trust proxy), or raise its limit; otherwise a crowd gets the same answer",
		}
	case resp.StatusCode >= 500 && method == http.MethodGet:
		return t.fault("the shop answers "+http.StatusText(resp.StatusCode), "look into the shop's own log", nil)
	}
	return nil
}

func (t *tour) op() string { return "look at " + t.cfg.Shop.Host }

func (t *tour) fault(public, hint string, err error) error {
	if hint == "" {
		hint = "open the shop in a browser; if it works there, please report this"
	}
	return &falochron.Error{Kind: falochron.Unavailable, Op: t.op(), Public: public, Hint: hint, Err: err}
}

// here is an address of the shop as the check asks for it: pages link to the shop
// with and without TLS.
func (t *tour) here(u *url.URL) *url.URL {
	v := *u
	v.Scheme, v.Host, v.Fragment, v.RawFragment, v.User = t.cfg.Shop.Scheme, t.cfg.Shop.Host, "", "", nil
	if v.Path == "" {
		v.Path = "/"
	}
	return &v
}

// sameShop reports whether an address is on the shop's host. Plain and TLS on
// their own ports are one.
func sameShop(u, shop *url.URL) bool {
	if !strings.EqualFold(u.Hostname(), shop.Hostname()) || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	return port(u) == port(shop) || plain(u) && plain(shop)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// plain reports that the port is the one that goes without saying.
func plain(u *url.URL) bool {
	return u.Port() == "" || u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443"
}

// coded reports whether a body is not as it was asked for.
func coded(h http.Header) bool {
	c := strings.ToLower(h.Get("Content-Encoding"))
	return c != "" && c != "identity"
}

// stored reports whether a cache before the shop gave the answer: two of those
// prove nothing.
func stored(h http.Header) bool {
	if age := h.Get("Age"); age != "" && age != "0" {
		return true
	}
	for _, name := range []string{"X-Cache", "Cf-Cache-Status", "X-Proxy-Cache", "X-Cache-Status", "X-Varnish-Cache", "X-Litespeed-Cache", "Cache-Status"} {
		for _, line := range h.Values(name) {
			for w := range wordsOf(line) {
				if w == "hit" || w == "stale" || w == "updating" {
					return true
				}
			}
		}
	}
	return false
}
