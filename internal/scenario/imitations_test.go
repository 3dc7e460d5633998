package scenario

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// The shops as they are: the toy shop in the guise of each software that a preset
// describes, behind the edge, and people with browsers of all sorts before it. What
// somebody sees through the edge is compared with what the bare shop shows to the
// same cookies, and whatever tells people apart may be seen by one of them only.

// market is one such shop, the edge before it, and who has seen what.
type market struct {
	*world
	shop   *shop
	toy    *toyshop.Shop
	places toyshop.Places
	known  facts
	preset *preset.Platform // nil = the edge finds it out
	mode   falochron.Mode

	mu     sync.Mutex // guards the following
	seen   []sighting
	owners map[string]string // of what tells people apart: whose it is
	found  []problem
	people int
	forget string // a cookie that no browser keeps
}

// problem is something that must not be.
type problem string

// sighting is a request that came to the shop through the edge.
type sighting struct {
	method, target string
	host           string
	header         http.Header
}

func (s sighting) fill() bool { return s.header.Get("User-Agent") == "Falochron" }

// host is what visitors know the shop by.
const host = "shop.example"

// inMarket tells a story with a shop in the guise of as.
func inMarket(t *testing.T, as string, cfg toyshop.Config, f func(*market)) {
	t.Helper()
	story(t, func(w *world) {
		cfg.As, cfg.Data, cfg.Hops = as, toyshop.InMemory, 1
		toy, err := toyshop.New(cfg)
		if err != nil {
			w.Fatal(err)
		}
		w.Cleanup(func() { // when the edge and the shop's server are down
			if err := toy.Close(); err != nil {
				w.Error(err)
			}
		})
		places, err := toyshop.Paths(as)
		if err != nil {
			w.Fatal(err)
		}
		m := &market{world: w, shop: w.shop("shop"), toy: toy, places: places, known: factsOf(as), owners: map[string]string{}}
		if as != "" && m.known.turns == nil {
			m.known.turns = []turn{{"order", "add"}}
		}
		m.shop.limit = 50
		behind := toy.Handler()
		m.shop.handler = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get(bareAsk) == "" {
				m.mu.Lock()
				m.seen = append(m.seen, sighting{r.Method, r.URL.RequestURI(), r.Host, r.Header.Clone()})
				m.mu.Unlock()
			}
			behind.ServeHTTP(w, r)
		}
		w.cfg = func(c *edge.ShopConfig) { c.Platform = m.preset }
		f(m)
	})
}

// bareAsk marks requests that go past the edge: to compare with.
const bareAsk = "X-Bare"

// open starts the edge before the shop, with a preset and all that the owner can
// allow.
func (m *market) open(mode falochron.Mode, p *preset.Platform) {
	m.Helper()
	m.preset, m.mode = p, mode
	m.start(mode, origin.Config{})
	m.allow()
}

// anew gives the shop another preset, and an empty cache.
func (m *market) anew(p *preset.Platform) {
	m.Helper()
	m.preset = p
	m.reload(m.mode, origin.Config{})
	m.allow()
}

// allow is the owner's word on every kind, with proof.
func (m *market) allow() {
	if m.preset == nil {
		return
	}
	sharing := falochron.Sharing{Platform: m.preset.Name}
	for _, k := range m.preset.Kinds {
		sharing.Kinds = append(sharing.Kinds, falochron.SharedKind{
			Name: k.Name, Forbidden: k.Forbidden, Checked: time.Now(), Passed: true, Confirmed: time.Now(),
		})
	}
	m.edge.SetSharing("shop", sharing)
}

func (m *market) problem(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.found = append(m.found, problem(fmt.Sprintf(format, args...)))
}

// problems returns what was found since it was asked last.
func (m *market) problems() []problem {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []problem
	for _, f := range m.found {
		if !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	m.found = nil
	return found
}

// came counts requests at the shop since a moment.
func (m *market) came(since int, match func(sighting) bool) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.seen[since:] {
		if match(s) {
			n++
		}
	}
	return n
}

// sightings are the requests that came to the shop since a moment.
func (m *market) sightings(since int) []sighting {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seen[since:])
}

func (m *market) now() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.seen)
}

// backstage is the shop's measuring side.
func (m *market) backstage(path string) {
	rec := httptest.NewRecorder()
	m.toy.Backstage().ServeHTTP(rec, httptest.NewRequest(http.MethodPost, path, nil))
	if rec.Code != http.StatusOK {
		m.Errorf("%s: %d %s", path, rec.Code, rec.Body)
	}
}
