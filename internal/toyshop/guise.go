package toyshop

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/falochron/falochron"
)

// A work answers a request at a worker.
type work func(visit) (answer, error)

// A guise is the manner of one real shop software: its addresses, cookies,
// header fields, form tokens, and the marks in its pages. Behind it stay the toy
// shop's own stock, workers and till. It is made from what can be seen of the
// real one, and knows of nothing that might stand before it.
type guise struct {
	name, title string
	at          signposts
	files       folders
	// read finds out whose request it is. It may mint a session, as shops do that
	// open one for everybody; v.born says so.
	read func(s *Shop, v *visit)
	// find says what a request is for. It runs before there is a worker.
	find func(s *Shop, v *visit) (route, work)
	// dress puts on an answer what the software puts on all: cookies again, header
	// fields, its word about caching.
	dress func(s *Shop, v visit, a *answer)
	// bare pages are alike for everybody, whoever asks: what is the visitor's comes
	// with a call of its own.
	bare bool
	// whole says that its pages write the address in its configuration before each link.
	whole bool
	// shell says that a script fills its pages: they hold no visitor at all.
	shell bool
	// token is the secret of the visitor's forms, and vars what only this guise's
	// own pieces of pages use. Nil = none.
	token func(s *Shop, v visit) string
	vars  func(s *Shop, v visit, p *sheet) any
	// limits says how often one address may ask, as a few shops do themselves.
	limits func(v *visit) (bucket string, limit rate)
	// owner is what its owner can have it say of caching; "" where nothing is left to him.
	owner string
	// notice is where the payment provider reports, and the field it signs in.
	notice signedAt
	places Places
}

// signposts are the addresses that pages link to.
type signposts struct {
	Home, Cart, Checkout, Order, Account, SignIn, SignOut string
	Search, SearchWord                                    string
	SearchAlso                                            []Field // hidden in the search form
	// product and category make the address of one; n is its number.
	product  func(n int, a Article) string
	category func(n int, slug string) string
}

// folders are where the software keeps what its web server hands out.
type folders struct {
	css, js, pictures string
	also              []string // scripts that its pages bring and that do nothing here
	silent            bool     // its web server says nothing of caching
}

// signedAt is where a notice of payment goes, and how its signature is written.
type signedAt struct{ path, field, form string }

// guises are the shops that can be imitated, by name.
func guises() []*guise {
	return []*guise{
		drupalcommerce(), evershop(), hydrogen(), magento2(), medusa(), opencart(), openmage(),
		prestashop(), saleor(), shopware6(), sylius(), vendure(), woocommerce(), zencart(),
	}
}

// Guises returns the names that [Config].As may have, sorted.
func Guises() []string {
	var names []string
	for _, g := range guises() {
		names = append(names, g.name)
	}
	slices.Sort(names)
	return names
}

// inGuise finds a guise by its name.
func inGuise(name string) (*guise, error) {
	for _, g := range guises() {
		if g.name == name {
			return g, nil
		}
	}
	return nil, invalid(fmt.Sprintf("as: no shop named %q can be imitated", name), "write one of "+strings.Join(Guises(), ", "))
}

// A wardrobe is a guise with what was made ready for it.
type wardrobe struct {
	*guise
	templates *template.Template
	meter     *meter
	tastes    tastes
	numbers   atomic.Int64           // of orders, where the shop counts them apart
	turn      atomic.Int64           // of answers, where the shop chooses anew for each
	comment   atomic.Value           // string: what somebody wrote last, where pages show it
	draft     atomic.Pointer[string] // of a page that its owner has not put out yet
	caching   atomic.Pointer[string] // what the owner has it say of caching, see [Shop.Backstage]
}

// says reports whether the owner has the shop say so of caching.
func (g *wardrobe) says(word string) bool {
	now := g.caching.Load()
	return now != nil && *now == word
}

// A taste is the language and the currency that somebody has chosen, the country to
// which things go, the code of a discount, and the coupon that counts; "" = the shop's, or none.
type taste struct{ language, currency, country, code, coupon string }

// tastes are those that a shop keeps with the session, and not in cookies.
type tastes struct {
	mu sync.Mutex // guards what follows
	of map[string]taste
}

func (t *tastes) get(session string) taste {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.of[session]
}

// put forgets all others when too many have come.
func (t *tastes) put(session string, one taste) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil || len(t.of) >= maxGiven {
		t.of = map[string]taste{}
	}
	t.of[session] = one
}

// countsIn makes the pages of a visit show prices in a currency. They read it in the
// cookie of that name, by which some of the imitated shops choose it themselves.
func (v *visit) countsIn(currency string) { v.cookies["currency"] = currency }

// inLanguage makes a page say that it is in another language. Its words stay as they are.
func (a *answer) inLanguage(code string) {
	a.body = bytes.Replace(a.body, []byte(`lang="pl"`), []byte(`lang="`+code+`"`), 1)
}

// seal is a secret of the shop's own about some words: 32 hex digits.
func (s *Shop) seal(words ...string) string {
	mac := hmac.New(sha256.New, s.provider.key)
	for _, w := range words {
		mac.Write([]byte(w))
		mac.Write([]byte{0})
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// fixed is 32 hex digits that are always the same for one text, as shops make
// the names of their cookies from their address.
func fixed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// mark is what pages made for a session carry in their data-visitor attribute,
// in place of [Tag]: a guise's session is not always to be read in a cookie.
func mark(session string) string {
	if session == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("visitor " + session))
	return base32.StdEncoding.EncodeToString(sum[:])[:10]
}

// plainID reports whether s may be a session's name: letters, digits, - and _,
// at most 64.
func plainID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// disguised is the shop as the world sees it in a guise.
func (s *Shop) disguised(g *wardrobe) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/czat" {
			s.chats.ServeHTTP(w, r)
			return
		}
		if reads(r.Method) && s.files.has(r.URL.Path) {
			s.files.ServeHTTP(w, r)
			return
		}
		v, err := s.readCall(w, r)
		if err != nil {
			gateway(http.StatusBadRequest).send(w)
			return
		}
		if g.limits != nil {
			if bucket, limit := g.limits(&v); !g.meter.allow(bucket, limit) {
				tooMany().send(w)
				return
			}
		}
		g.read(s, &v)
		route, work := g.find(s, &v)
		if work == nil {
			route, work = notFound, s.notFound
		}
		s.serve(w, r, route, func() answer { return s.dressed(g, route, v, work) })
	})
}

// dressed works a request and puts the guise on whatever comes of it.
func (s *Shop) dressed(g *wardrobe, r route, v visit, work work) answer {
	a, err := s.known(v, work)
	if err != nil {
		a = s.faultInGuise(r, v, err)
	}
	g.dress(s, v, &a)
	if reads(v.method) {
		a.asKnown(v.header.Get("If-None-Match"))
	}
	a.session = "" // the guise has written its own cookies
	return s.mixer.pass(v.method, a.resource, v.session, a.personal, a)
}

// known looks up who is signed in before the work is done.
func (s *Shop) known(v visit, work work) (answer, error) {
	var err error
	if v.account, err = s.store.account(v.session); err != nil {
		return answer{}, err
	}
	return work(v)
}

func (s *Shop) faultInGuise(r route, v visit, err error) answer {
	kind, text := s.faultText(r, err)
	p, failed := s.sheet(v, "message", "Nie udało się")
	if failed != nil {
		return gateway(http.StatusInternalServerError)
	}
	p.Text = text
	a := s.page(v, p, "message")
	a.status = kind.Status()
	return a
}

// reads reports whether a method only reads.
func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// notAllowed is an address asked for by a method it does not know.
func notAllowed(visit) (answer, error) {
	a := jsonAnswer(http.StatusMethodNotAllowed, map[string]string{"error": "Method Not Allowed"})
	a.private = false
	return a, nil
}

// moved leads to another address.
func moved(status int, location string) answer {
	return answer{status: status, location: location, kind: "moved"}
}

func noArticle() error { return wrong(falochron.NotFound, "Nie mamy takiego artykułu.") }
