package scenario

import (
	"net/http"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/toyshop"
)

// Ways that a few kinds of software have besides: what their scripts ask, what their
// owners do, and what is made for all alike.

// turn says who goes before whom where a shop is full, by the names that
// [market.inTurn] knows.
type turn struct{ first, then string }

// turns: at a shop that takes one at a time, whoever orders goes before those who fill
// carts, and they before those who look around, though they came before.
func (m *market) turns() {
	for _, t := range m.known.turns {
		m.inTurn(t)
	}
}

// doing is a call by its name, and what must have been done before it.
func (m *market) doing(name string) (before []toyshop.Call, c toyshop.Call) {
	_, adding := m.adding()
	switch name {
	case "order":
		n := len(m.places.Order) - 1
		c = m.places.Order[n]
		if m.known.oneByOne != "" {
			c.Path = m.known.oneByOne
		}
		return slices.Concat(adding, m.places.Order[:n]), c
	case "order in another way":
		n := m.elseOrder()
		return slices.Concat(adding, m.places.Else[:n]), m.places.Else[n]
	case "coupon":
		return adding, m.places.Coupon
	case "cart":
		return adding, m.places.ReadCart[len(m.places.ReadCart)-1]
	case "query":
		return adding, m.places.Query
	case "look":
		return adding, m.places.Home
	}
	return adding, adding[len(adding)-1] // add
}

// inTurn sends several who do one thing to a shop that takes one at a time, and then
// one who does the other: of those who wait he is the first.
func (m *market) inTurn(t turn) {
	before, call := m.doing(t.then)
	ready, first := m.doing(t.first)
	var crowd []*person
	for range strangers {
		p := m.person("early")
		p.walk(before)
		crowd = append(crowd, p)
	}
	last := m.person("last")
	last.walk(ready)
	m.world.order("shop", func(s *falochron.Snapshot) { s.Ceiling = 1 })
	defer m.world.order("shop", func(s *falochron.Snapshot) { s.Ceiling = 0 })
	advance(time.Second) // the order is in force
	since := m.now()
	var all sync.WaitGroup
	sends := func(p *person, c toyshop.Call) {
		r := p.request(c)
		all.Go(func() {
			if got := p.send(r, p.way); got.state() != "" || got.status >= http.StatusInternalServerError {
				m.problem("%s of %s: %d %s", c.Name, p.name, got.status, got.state())
			}
		})
		synctest.Wait() // it is at the shop, or waits for its turn
	}
	for _, p := range crowd {
		sends(p, call)
	}
	want := last.request(first)
	sends(last, first)
	all.Wait()
	at := slices.IndexFunc(m.sightings(since), func(s sighting) bool {
		return s.method == want.Method && s.target == want.URL.RequestURI() && s.header.Get("X-Forwarded-For") == last.address.String()
	})
	if at != 1 { // behind the one that was at the shop
		m.problem("%s came %d. to the shop, behind %d times %s", t.first, at+1, len(crowd), t.then)
	}
}

// elseOrder is which call of the other way to an order is the order.
func (m *market) elseOrder() int {
	if m.known.elseOrder == "" {
		return len(m.places.Else) - 1
	}
	return slices.IndexFunc(m.places.Else, func(c toyshop.Call) bool { return c.Name == m.known.elseOrder })
}

// ordersElse: one buyer, one order, one charge, by the shop's interface for scripts or by
// another method of payment.
func (m *market) ordersElse() {
	if m.places.Else == nil {
		return
	}
	p := m.stranger("buyer")
	p.ask(m.places.Home)
	n := m.elseOrder()
	p.walk(m.places.Else[:n])
	before := m.vitals("shop").Orders
	p.paysBy(m.places.Else[n], m.places.ElseDone, m.places.Else[n+1:])
	if n := m.vitals("shop").Orders - before; n != 1 {
		m.problem("the edge has heard of %d orders", n)
	}
	m.stranger("stranger").compareAll()
}

// pictures: what the shop makes for all alike is made once, also for those whose pages
// are their own. An address that leads to the picture is asked for by each browser.
func (m *market) pictures() {
	for _, c := range m.places.Pictures {
		owner, early := m.stranger("owner"), m.stranger("early")
		way, calls := m.adding()
		owner.fills(way, calls)
		early.walkBare(slices.Concat([]toyshop.Call{m.places.Product}, calls))
		since, leads := m.now(), false
		for _, p := range []*person{owner, early, m.stranger("stranger"), owner} {
			p.words, p.zips = early.words, true
			bare := p.send(p.request(c), p.bare)
			_, leads = elsewhere(bare)
			if got := p.ask(c); !leads && got.status != http.StatusOK || got.status != bare.status || got.body != bare.body || got.header.Get("Location") != bare.header.Get("Location") {
				m.problem("%s: %s sees %d %.50q", c.Name, p.name, got.status, got.body)
			}
		}
		if n := m.now() - since; n != 1 && !leads {
			m.problem("%s: the shop made it %d times", c.Name, n)
		}
	}
}

// publicReads: what scripts read and the shop calls public is made once when that has been
// heard, and nobody sees another one's.
func (m *market) publicReads() {
	for _, c := range m.places.Reads {
		since := m.now()
		for range strangers {
			p := m.stranger("stranger")
			p.zips = true
			p.compare(c)
		}
		if n := m.now() - since; n > 2 {
			m.problem("%s: the shop was asked %d times", c.Name, n)
		}
	}
}

// keptThere: what a shop with a cache of its own forbids all others to keep is made once
// all the same, as the owner has allowed it.
func (m *market) keptThere() {
	if !m.known.keeps {
		return
	}
	m.backstage("/cache?says=forbid")
	defer m.backstage("/cache?says=")
	for _, c := range m.places.Shareable {
		if !m.isForbidden(c) {
			m.Fatalf("%s is not forbidden: this proves nothing", c.Name)
		}
		since := m.now()
		for range strangers {
			p := m.stranger("stranger")
			p.zips = true
			p.check(c, p.ask(p.click(c)))
		}
		if n := m.now() - since; n != 1 && m.known.notKept[c.Name] == "" {
			m.problem("%s: the shop made it %d times for %d people", c.Name, n, strangers)
		}
	}
	m.before()
}

// careless: an owner has the shop call public whatever is asked for by GET, also what is
// somebody's own. Each sees what is his all the same.
func (m *market) careless() {
	if !m.known.careless {
		return
	}
	m.backstage("/cache?says=public")
	defer m.backstage("/cache?says=")
	for range strangers { // it is heard, and kept
		m.stranger("stranger").compareAll()
	}
	m.before()
	m.carts()
}

// taxes: what an article costs in one's own cart's country is so from the moment on when
// the cart is sent there. The storefront's own server changes carts past the edge.
func (m *market) taxes() {
	if m.places.Taxed.Path == "" {
		return
	}
	p := m.person("early")
	_, calls := m.adding()
	p.walkBare(calls)
	before := p.compare(m.places.Taxed)
	p.walkBare([]toyshop.Call{m.places.Move})
	p.compare(m.places.Taxed)
	if now := pricesIn(p.send(p.request(m.places.Taxed), p.bare).body); slices.Equal(now, pricesIn(before.body)) {
		m.Errorf("an article is %v in both countries: this proves nothing", now)
	}
}

// desk: what the owner does among the visitors is done by nobody else, and whoever is
// sent a page that is not out yet sees it as it is at this moment. The owner has signed in
// before the edge came.
func (m *market) desk() {
	d := m.places.Desk
	if d.SignIn == nil {
		return
	}
	owner, star := m.person("merchant"), m.person("star")
	owner.walkBare(d.SignIn)
	since := m.now()
	if got := owner.ask(d.Read); got.status != http.StatusOK || m.now()-since != 1 {
		m.problem("%s: %d, and the shop was asked %d times by the one who may", d.Read.Name, got.status, m.now()-since)
	}
	for _, text := range []string{"Premiera w piątek", "Premiera w sobotę"} {
		owner.words["draft"] = text
		owner.walk([]toyshop.Call{d.Change})
		star.words = owner.words
		if got := star.compare(d.Preview); viewOf(got).notes != text {
			m.problem("%s: the owner writes %q, and it says %q (%s)", d.Preview.Name, text, viewOf(got).notes, got.header.Get("Cache-Status"))
		}
		m.stranger("stranger").compare(m.places.Home)
	}
}
