package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/ticket"
	"github.com/falochron/falochron/internal/toyshop"
)

// What people and their browsers do besides: scripts that carry a token, orders and
// carts by other ways, and looks that must cost nobody anything.

// leavesPages: who puts an article into a cart says nothing about it, and its page stays
// as good as it was.
func (m *market) leavesPages() {
	page := m.places.Product
	if m.known.unshared[page.Name] != "" || !slices.ContainsFunc(m.places.Shareable, func(c toyshop.Call) bool { return c.Path == page.Path && c.Method == page.Method }) {
		return
	}
	want := m.stranger("reader").target(page)
	read := func() (made int) {
		p, since := m.stranger("reader"), m.now()
		p.zips = true
		p.ask(page)
		advance(time.Second) // what was shown may be made anew behind it
		return m.came(since, func(s sighting) bool { return addressed(s.method, s.target) == want })
	}
	for _, calls := range [][]toyshop.Call{m.places.AddByForm, m.places.AddByScript, m.places.AddByLink} {
		if calls == nil {
			continue
		}
		m.anew(m.preset) // the page is made now, and its life is longer than what follows
		p := m.stranger("buyer")
		for _, c := range calls[:len(calls)-1] {
			p.visit(c)
		}
		for range 2 { // where that a page may be shared has to be heard first, one more makes it
			read()
		}
		press, before := calls[len(calls)-1], read()
		p.ask(press)
		if after := read(); after > before {
			m.problem("%s %s put the article into a cart, and its page was made anew", press.Method, press.Path)
		}
	}
}

// fromLists: people put the article into the cart by the form of a page that others have
// looked at before.
func (m *market) fromLists() {
	for _, calls := range m.places.Lists {
		reader := m.stranger("reader")
		for _, c := range calls[:len(calls)-1] {
			reader.ask(c)
		}
		p := m.stranger("buyer")
		p.fills("a list", calls)
		p.compareAll()
	}
}

// shows is all that an answer says to whoever got it; of a page, what a person sees.
func shows(got reply) string {
	if strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		return fmt.Sprintf("%+v", viewOf(got))
	}
	return fmt.Sprint(got.status, " ", got.body)
}

// tokens: a script without cookies sees what is its own by the token that it sends, and
// nobody else does.
func (m *market) tokens() {
	token := m.places.Token
	if token.Field == "" {
		return
	}
	others := func() {
		for range 3 { // where that an answer may be shared has to be heard first, one more makes it
			p := m.stranger("stranger")
			p.zips = true
			for _, c := range token.Reads {
				bare := shows(p.send(p.request(c), p.bare))
				if got := p.ask(c); shows(got) != bare {
					m.problem("%s: %s is told %.300s (%s), and the bare shop says %.300s", c.Name, p.name, shows(got), got.header.Get("Cache-Status"), bare)
				}
			}
		}
	}
	others()
	p := m.stranger("script")
	p.refuses, p.zips = true, true
	p.words["token"] = p.name + "0123456789abcdef" // that a script may make up
	p.walk(token.Get)
	if p.words["token"] == "" {
		m.problem("the script of %s, which keeps its cart by %s, gets none", p.name, token.Field)
		return
	}
	other := false
	for _, c := range token.Reads {
		without := shows(p.send(p.request(c), p.bare))
		c.Fields = append(slices.Clone(c.Fields), toyshop.Field{Name: token.Field, Value: token.Value})
		bare := shows(p.send(p.request(c), p.bare))
		other = other || bare != without
		if got := p.ask(c); shows(got) != bare {
			m.problem("%s: %s sends %s and is told %.300s (%s), and the bare shop says %.300s", c.Name, p.name, token.Field, shows(got), got.header.Get("Cache-Status"), bare)
		}
	}
	if !other {
		m.Errorf("with %s the shop says what it says to all: this proves nothing", token.Field)
	}
	others()
}

// ownScripts: a script of the shop's own pages that keeps no cookies has a cart of its own,
// although the empty one that it was shown first is everybody's. One that goes by the
// cookies of its page fills the cart that is behind them.
func (m *market) ownScripts() {
	const slugged = `"slug":"` // before what lies in a cart
	for _, calls := range m.places.Token.Own {
		for _, none := range []string{"", "undefined"} {
			m.stranger("reader").ask(calls[0])
			var people []*person
			for range 2 {
				p := m.person("script")
				p.refuses = none == ""
				people = append(people, p)
				p.ask(calls[0])
				p.withToken(calls[1], none)
			}
			for _, p := range people {
				if got := p.withToken(calls[2], none); strings.Count(got.body, slugged) != 1 || !strings.Contains(got.body, slugged+p.article+`"`) {
					m.problem("%s of %s, which wanted %s: %d %.300s", calls[2].Name, p.name, p.article, got.status, got.body)
				}
			}
			if got := m.stranger("stranger").ask(calls[0]); strings.Contains(got.body, slugged) {
				m.problem("%s: a stranger is shown %.300s", calls[0].Name, got.body)
			}
		}
	}
	for _, calls := range m.places.Token.ByCookie {
		m.stranger("reader").ask(calls[0])
		p := m.person("owner")
		p.fills(calls[1].Name, calls)
		p.compareAll()
		m.stranger("stranger").compareAll()
	}
}

// withToken makes a call as a script that keeps its cart by a token: it sends the one that it
// was given last, or, if it has none, what its author has it send then, which may be no field.
func (p *person) withToken(c toyshop.Call, none string) reply {
	value := p.words["token"]
	if value == "" {
		value = none
	}
	if value != "" {
		c.Fields = append(slices.Clone(c.Fields), toyshop.Field{Name: p.market.places.Token.Field, Value: value})
	}
	return p.ask(c)
}

// writes: somebody has written something before the edge came, has no session by it, and
// sees it, although others may be shown what was true before.
func (m *market) writes() {
	if m.places.Writes == nil {
		return
	}
	for range 3 {
		p := m.stranger("reader")
		p.zips = true
		p.ask(m.places.Home)
	}
	p := m.stranger("writer")
	p.zips = true
	p.words["note"] = "Czy to jest wegańskie? Pyta " + p.name
	p.walkBare(m.places.Writes)
	if bare := p.send(p.request(m.places.Home), p.bare); !strings.Contains(bare.body, p.words["note"]) {
		m.Errorf("the bare shop does not show %q: this proves nothing", p.words["note"])
	}
	p.compare(m.places.Home)
}

// comesAgain: at an interface for programs nobody navigates. The script of whoever has
// pressed something and met the line asks again, and that is let in when she is called.
func (m *market) comesAgain() {
	if m.places.Kind != toyshop.Calls {
		return
	}
	p := m.stranger("comer")
	_, calls := m.adding()
	i := slices.IndexFunc(calls, func(c toyshop.Call) bool { return !m.reads(p.request(c)) })
	p.walkBare(calls[:i]) // for the words
	m.world.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
	got := p.send(p.request(calls[i]), p.way)
	p.keep(got)
	m.world.order("shop", func(s *falochron.Snapshot) { s.Mode = m.mode })
	if got.state() != "held" {
		m.problem("%s at a closed door: %d %s", calls[i].Name, got.status, got.state())
	}
	advance(5 * time.Second)
	if got = p.send(p.request(calls[i]), p.way); got.status != http.StatusOK {
		m.problem("%s was called, and her script is not let in: %d %s", p.name, got.status, got.state())
	}
}

// onlyLooks: while nobody is let in, pictures are shown to whoever waits, and what a
// script reads by itself stands in line for nobody: only people do.
func (m *market) onlyLooks() {
	p := m.stranger("looker")
	if m.reads(p.request(m.places.Product)) {
		p.walkBare([]toyshop.Call{m.places.Product}) // for the words of pictures, and of the cart
	}
	m.world.order("shop", func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold })
	defer m.world.order("shop", func(s *falochron.Snapshot) { s.Mode = m.mode })
	for _, c := range m.places.Pictures {
		bare := p.send(p.request(c), p.bare)
		if got := p.send(p.request(c), p.way); got.status != bare.status || got.header.Get("Location") != bare.header.Get("Location") || bare.status >= http.StatusBadRequest {
			m.problem("%s: the answer is %d %s, and the bare shop's %d", c.Name, got.status, got.state(), bare.status)
		}
	}
	for _, c := range slices.Concat([]toyshop.Call{m.places.Product, m.places.Search}, m.places.ReadCart, m.places.Background, m.places.BlockCart) {
		q := m.stranger("looker")
		q.words = p.words
		if !m.reads(q.request(c)) {
			continue
		}
		got := q.send(q.request(c), q.way)
		for _, line := range got.header["Set-Cookie"] {
			if set, err := http.ParseSetCookie(line); err == nil && set.Name == ticket.WaitingCookie && set.MaxAge >= 0 {
				m.problem("%s only read by a script, and stands in line for it: %d %s", c.Name, got.status, got.state())
			}
		}
	}
}
