package scenario

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/falochron/falochron/internal/toyshop"
)

// What addresses do by themselves: they carry a session, change something, bring back a
// cart, lead to another store.

// sessionInAddress: some shops take a session from the address, too. Whoever comes by
// it has a cart, and what is shown is nobody else's. PHP has names of sessions with
// six bits in a character, of which one in forty has no digit.
func (m *market) sessionInAddress() {
	for cookie, param := range m.known.sessions {
		m.byAddress(cookie, param, func(*person) {})
		m.byAddress(cookie, param, func(p *person) { p.jar[cookie] = withoutDigits(p.name) })
	}
}

// withoutDigits is a session's name of 26 letters, another one for each person.
func withoutDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return 'A' + r - '0'
		}
		return r
	}, strings.Repeat("x", 26-len(name))+name)
}

// byAddress looks at the shop by a session in the address, which the shop gives unless
// she has one.
func (m *market) byAddress(cookie, param string, first func(*person)) {
	p := m.person("linked")
	first(p)
	way, calls := m.adding()
	p.fills(way, calls)
	c := m.places.Home
	c.Path += "?" + param + "=" + p.jar[cookie]
	q := *p
	q.jar, q.refuses = map[string]string{}, true
	q.compare(c)
	second := toyshop.Catalogue()[9].Slug
	if second == p.article {
		second = toyshop.Catalogue()[10].Slug
	}
	p.words = m.places.Words(second, p.words["email"])
	p.walk(calls)
	if got := q.compare(c); len(itemsIn(got.body)) != 2 {
		m.problem("by a session in the address there are %v in the cart", itemsIn(got.body))
	}
	m.stranger("stranger").compare(m.places.Home)
}

// deeds: who does something by a link does it once, and leaves others what is alike for
// all.
func (m *market) deeds() {
	for _, path := range m.known.deeds {
		link := toyshop.Call{Name: "deed", Method: http.MethodGet, Path: path}
		for range 2 {
			p := m.stranger("doer")
			since := m.now()
			p.compare(link)
			m.pressedOnce(since, p, link)
			m.stranger("stranger").compare(m.places.Home)
		}
	}
}

// pressedOnce: what a link does is done when somebody has pressed it, and the edge does
// not press it, too, to see what is behind it.
func (m *market) pressedOnce(since int, p *person, link toyshop.Call) {
	want := p.target(link)
	if n := m.came(since, func(s sighting) bool { return addressed(s.method, s.target) == want }); n != 1 {
		m.problem("%s pressed %s once, and the shop was asked %d times", p.name, link.Path, n)
	}
}

// letters: who writes to the shop is heard, although what its form asks for is another
// thing for each visitor.
func (m *market) letters() {
	if m.known.letter == nil {
		return
	}
	for range 2 {
		p := m.stranger("writer")
		if got := p.walk(m.known.letter); !strings.Contains(got.body, m.known.heard) {
			m.problem("%s wrote a letter, and the answer was %d %.200s", p.name, got.status, got.body)
		}
	}
}

// fromMail: a customer left a cart behind, and the shop wrote to her. She opens the link on
// a telephone that has never been here, and again on another, and goes on there.
func (m *market) fromMail() {
	if m.known.mail.Word == "" {
		return
	}
	p := m.stranger("customer")
	p.walk(m.places.SignIn)
	way, calls := m.adding()
	p.fills(way, calls)
	cart := m.places.Cart
	cart.Takes = append(slices.Clone(cart.Takes), m.known.mail)
	p.ask(cart)
	for range 2 {
		q := *p
		q.jar = map[string]string{}
		if q.visit(toyshop.Call{Name: "link of a mail", Method: http.MethodGet, Path: "{" + m.known.mail.Word + "}"}); !q.has() {
			m.problem("%s came by a mail's link, and has no cart", q.name)
		}
		q.compareAll()
	}
	m.stranger("stranger").compareAll()
}

// otherStores: of a shop with several stores each is shared as its own pages allow.
func (m *market) otherStores() {
	for _, at := range slices.Sorted(maps.Keys(m.known.stores)) {
		m.madeOnceAt(at, m.known.stores[at])
	}
}
