package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/toyshop"
)

// In a wave the line stands before a shop that takes two at once; whoever has read
// the shared page and wants to buy waits, gets in and buys, every one his own
// article, once. What is the same for all is made once in its life all the while.
func TestImitationsInAWave(t *testing.T) {
	for _, p := range imitated(t) {
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 2}, func(m *market) {
				m.shop.limit = 2
				known := m.knownBefore()
				m.open(falochron.ModeAuto, p)
				const fans = 24
				began, waited := time.Now(), 0
				for i := range fans {
					f := m.person("fan")
					f.refuses = i%8 == 7 // in an app that keeps no cookies: looks only
					m.world.people.Go(func() {
						time.Sleep(time.Duration(i) * 50 * time.Millisecond)
						f.inAWave(i)
						m.mu.Lock()
						defer m.mu.Unlock()
						waited += min(f.waits, 1)
					})
				}
				for i, k := range known {
					m.world.people.Go(func() {
						time.Sleep(time.Duration(fans/2+i) * 50 * time.Millisecond) // when the line stands
						k.inAWave()
					})
				}
				m.world.people.Wait()
				for _, f := range m.problems() {
					m.Error(f)
				}
				if !slices.ContainsFunc(known, func(k somebodyKnown) bool { return k.waits > 0 }) {
					m.Error("nobody whom the shop knows met the line: this proves nothing")
				}
				if waited < fans/3 {
					m.Errorf("only %d people met the line: this proves nothing", waited)
				}
				stats, err := m.toy.Stats(false)
				if err != nil {
					m.Fatal(err)
				}
				if want := fans/2 + 1; stats.Orders != want { // and who had a cart before
					m.Errorf("%d orders of %d buyers", stats.Orders, want)
				}
				if n := m.count(func(r falochron.Record) bool { return r.Verdict.Action == falochron.Wait }); n == 0 {
					m.Error("there was no line")
				}
				m.madeRarely(time.Since(began))
			})
		})
	}
}

// inAWave is one fan's visit: every second one buys.
func (p *person) inAWave(i int) {
	m := p.market
	p.ask(p.click(m.places.Home))
	p.ask(p.click(m.places.Product))
	if p.refuses || i%2 == 1 {
		p.ask(p.click(m.places.Category))
		return
	}
	ways := slices.DeleteFunc([][]toyshop.Call{m.places.AddByForm, m.places.AddByScript, m.places.AddByLink}, func(c []toyshop.Call) bool { return c == nil })
	p.fills(fmt.Sprint("way ", i/2%len(ways)), ways[i/2%len(ways)])
	for _, c := range []toyshop.Call{m.places.Home, m.places.Category, m.places.Cart} {
		p.compare(c)
	}
	p.orders()
	p.compare(m.places.Home)
}

// somebodyKnown is a person of whom the shop knows something, and what she does before
// she looks at all that could be hers, and after.
type somebodyKnown struct {
	*person
	first, last func()
}

// knownBefore are people who come in a wave and are not strangers to the shop: one
// has a cart from before the edge, one is signed in from before it, and one signs in
// while the line stands.
func (m *market) knownBefore() []somebodyKnown {
	nothing := func() {}
	cart := m.person("early")
	_, calls := m.adding()
	cart.walkBare(calls)
	people := []somebodyKnown{{cart, nothing, func() {
		if !cart.has() {
			m.problem("%s had a cart before the edge came, and has none", cart.name)
		}
		cart.orders()
	}}}
	if m.places.SignIn == nil {
		return people
	}
	known, customer := m.person("known"), m.person("customer")
	known.walkBare(m.places.SignIn)
	return append(people,
		somebodyKnown{known, nothing, func() { known.isSignedIn() }},
		somebodyKnown{customer, func() { customer.walk(m.places.SignIn) }, func() { customer.isSignedIn() }},
	)
}

// isSignedIn checks that the shop knows the person by name, where its pages say so.
func (p *person) isSignedIn() {
	got := p.ask(p.market.places.Home)
	if viewOf(got).mails == "" && p.market.places.Kind == toyshop.Pages {
		p.market.problem("%s signed in, and the shop does not know it: %d %.300s", p.name, got.status, got.body)
	}
}

// inAWave is a visit of such a person: at the door, and inside.
func (k somebodyKnown) inAWave() {
	m := k.market
	for _, c := range m.places.Shareable {
		k.atTheDoor(c)
	}
	k.first()
	k.compareAll()
	m.stranger("stranger").compare(m.places.Home)
	k.compareAll()
	k.last()
}

// atTheDoor asks once and does not wait. Whoever has something of her own sees it, or the
// line; never what a stranger would see.
func (p *person) atTheDoor(c toyshop.Call) {
	known := p.session()
	bare := viewOf(p.send(p.request(c), p.bare))
	got := p.send(p.request(c), p.way)
	p.keep(got)
	p.look(c.Name, got)
	if got.state() != "" || got.status == http.StatusServiceUnavailable {
		p.waits++
		return
	}
	p.differ(c, got, bare, known)
}

// madeRarely: in that time the shop was asked for the front page once in its life
// and form by the edge, and by those who are not anonymous any more.
func (m *market) madeRarely(took time.Duration) {
	if m.known.unshared[m.places.Home.Name] != "" {
		return
	}
	probe := m.stranger("probe")
	want := probe.target(m.places.Home)
	fills := m.came(0, func(s sighting) bool {
		return s.method == http.MethodGet && addressed(s.method, s.target) == want && s.fill()
	})
	if most := (int(took/pageLife) + 2) * (1 + len(m.known.forms)); fills == 0 || fills > most {
		m.Errorf("the edge asked for the front page %d times in %v, at most %d make sense", fills, took, most)
	}
}

// The edge finds out by itself whose software a shop runs, and shares what it may
// from then on. A page that only looks like one of a software is of none.
func TestImitationsAreRecognised(t *testing.T) {
	for _, p := range imitated(t) {
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
				m.open(falochron.ModeAuto, nil)
				m.stranger("first").ask(m.places.Home)
				advance(15 * time.Second)
				sharing, _ := m.edge.Sharing("shop")
				if sharing.Platform != p.Name || sharing.Set || len(sharing.Signs) < 2 {
					m.Errorf("taken for %+v", sharing)
				}
				m.preset = p
				m.allow()
				m.preset = nil
				m.madeOnce()
				m.before()
				for _, f := range m.problems() {
					m.Error(f)
				}
			})
		})
	}
	t.Run("the plain shop", func(t *testing.T) {
		inMarket(t, "", toyshop.Config{Workers: 16}, func(m *market) {
			m.open(falochron.ModeAuto, nil)
			m.stranger("first").ask(m.places.Home)
			advance(15 * time.Second)
			if sharing, _ := m.edge.Sharing("shop"); sharing.Platform != preset.GenericName {
				m.Errorf("taken for %+v", sharing)
			}
			m.carts()
			m.fromSharedPages()
			for _, f := range m.problems() {
				m.Error(f)
			}
		})
	})
}

// A shop that leads whoever asks under another name to its own, as WordPress does, is found
// out before anybody has come.
func TestAShopThatLeadsToItsOwnName(t *testing.T) {
	inMarket(t, "woocommerce", toyshop.Config{Workers: 16}, func(m *market) {
		behind := m.shop.handler
		m.shop.handler = func(w http.ResponseWriter, r *http.Request) {
			if r.Host != host {
				http.Redirect(w, r, "http://"+host+r.URL.RequestURI(), http.StatusMovedPermanently)
				return
			}
			behind.ServeHTTP(w, r)
		}
		m.open(falochron.ModeAuto, nil)
		advance(15 * time.Second)
		if sharing, _ := m.edge.Sharing("shop"); sharing.Platform != "woocommerce" {
			m.Errorf("taken for %+v", sharing)
		}
		m.shop.handler = behind
	})
}

// One sign does not make a shop one of a software, whatever page it is on, and the
// pages of such a shop are kept as little as anybody's.
func TestALookalikeIsNobody(t *testing.T) {
	for _, p := range imitated(t) {
		for _, sign := range p.Signs {
			t.Run(p.Name+" "+sign.String(), func(t *testing.T) {
				story(t, func(w *world) {
					s := w.shop("shop")
					s.limit = 8
					s.handler = func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Type", "text/html")
						text := "x"
						switch {
						case sign.In == preset.InCookie:
							http.SetCookie(w, &http.Cookie{Name: strings.ReplaceAll(sign.Name, "*", "x"), Value: "x" + sign.Text})
						case sign.In == preset.InField:
							w.Header().Set(sign.Name, "x"+sign.Text)
						default:
							text = sign.Text
						}
						fmt.Fprintf(w, "<!doctype html><html><body>%s</body></html>", text)
					}
					w.cfg = func(c *edge.ShopConfig) { c.Platform = nil }
					w.start(falochron.ModeAuto, origin.Config{})
					v := w.visitor(host)
					v.see("/")
					advance(15 * time.Second)
					if sharing, _ := w.edge.Sharing("shop"); sharing.Platform != preset.GenericName {
						t.Errorf("taken for %+v", sharing)
					}
					before := s.requests("/a")
					for range 3 {
						w.visitor(host).see("/a")
					}
					if n := s.requests("/a") - before; n != 3 {
						t.Errorf("the shop made %d pages for 3 people", n)
					}
				})
			})
		}
	}
}

// What a shop forbids to store is not shared before there is a proof and the
// owner's word: each visitor's page is made by the shop.
func TestNothingForbiddenIsSharedWithoutProof(t *testing.T) {
	now := time.Now
	for _, p := range imitated(t) {
		forbidden := slices.DeleteFunc(slices.Clone(p.Kinds), func(k preset.Kind) bool { return !k.Forbidden })
		if len(forbidden) == 0 {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			inMarket(t, p.Name, toyshop.Config{Workers: 16}, func(m *market) {
				m.open(falochron.ModeAuto, p)
				for name, change := range map[string]func(*falochron.SharedKind){
					"never checked":    func(k *falochron.SharedKind) { k.Checked, k.Passed = time.Time{}, false },
					"differ":           func(k *falochron.SharedKind) { k.Passed = false },
					"checked long ago": func(k *falochron.SharedKind) { k.Checked = now().Add(-falochron.SharingProofLife - time.Minute) },
					"not confirmed":    func(k *falochron.SharedKind) { k.Confirmed = time.Time{} },
				} {
					m.anew(p)
					sharing, _ := m.edge.Sharing("shop")
					sharing.Kinds = slices.Clone(sharing.Kinds)
					for i := range sharing.Kinds {
						change(&sharing.Kinds[i])
					}
					m.edge.SetSharing("shop", sharing)
					for _, c := range m.places.Shareable {
						since := m.now()
						for range 3 {
							m.stranger("stranger").compare(c)
						}
						if n := m.now() - since; n < 3 && m.isForbidden(c) {
							m.Errorf("%s: %s reached the shop %d times for 3 people", name, c.Name, n)
						}
					}
				}
				for _, f := range m.problems() {
					m.Error(f)
				}
			})
		})
	}
}

// isForbidden reports whether the bare shop forbids to store a page.
func (m *market) isForbidden(c toyshop.Call) bool {
	p := m.stranger("asker")
	return forbids(p.send(p.request(c), p.bare).header)
}

func forbids(h http.Header) bool {
	return slices.ContainsFunc(h["Cache-Control"], func(line string) bool {
		for _, word := range []string{"no-store", "private", "no-cache"} {
			if slices.Contains(splitList(line), word) {
				return true
			}
		}
		return false
	})
}
