package scenario

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/falochron/falochron/internal/toyshop"
)

// What people see otherwise than others although they have no cart: they have chosen a
// currency, a language, a store; they have a password, or a comment that waits.

// pageOf is what a page shows, without whose session it was made for.
func pageOf(got reply) view {
	v := viewOf(got)
	v.tags = ""
	return v
}

// asStranger is what the bare shop shows to somebody new.
func (m *market) asStranger(c toyshop.Call) view {
	p := m.stranger("new")
	return pageOf(p.send(p.request(c), p.bare))
}

// chosen: who has a cookie that makes pages her own without a session sees them so, and
// nobody else does.
func (m *market) chosen() {
	everybody := func() {
		p := m.stranger("stranger")
		for _, c := range m.places.Shareable {
			p.compare(c)
		}
	}
	if len(m.known.kept) > 0 {
		everybody()
	}
	for _, name := range slices.Sorted(maps.Keys(m.known.kept)) {
		p := m.stranger("chooser")
		jar := map[string]string{name: strings.ReplaceAll(m.known.kept[name], "{email}", url.QueryEscape(p.words["email"]))}
		other := false
		for _, c := range m.places.Shareable {
			p.jar = maps.Clone(jar)
			other = other || pageOf(p.send(p.request(c), p.bare)) != m.asStranger(c)
			p.compare(c)
		}
		if !other {
			m.Errorf("with %v the shop shows what it shows to all: this proves nothing", jar)
		}
	}
	if len(m.known.kept) > 0 {
		everybody()
	}
}

// links: who has chosen by a link sees it from then on, the second one as well as the
// first, and nobody else does.
func (m *market) links() {
	for _, path := range m.known.links {
		link := toyshop.Call{Name: "choice", Method: http.MethodGet, Path: path}
		first := m.stranger("bare")
		first.walkBare([]toyshop.Call{link})
		want := pageOf(first.send(first.request(m.places.Home), first.bare))
		if want == m.asStranger(m.places.Home) {
			m.Errorf("after %s the shop shows what it shows to all: this proves nothing", path)
		}
		for range 2 {
			p := m.stranger("chooser")
			since := m.now()
			p.visit(link)
			m.pressedOnce(since, p, link)
			if got := p.ask(m.places.Home); pageOf(got) != want {
				m.problem("after %s %s sees %+v (%s), and the bare shop shows %+v", path, p.name, pageOf(got), got.header.Get("Cache-Status"), want)
			}
			p.compare(m.places.Category)
			m.stranger("stranger").compare(m.places.Home)
		}
	}
}

// fields: scripts choose a form by a field of their requests.
func (m *market) fields() {
	for name, values := range m.known.fieldForms {
		other := false
		for _, value := range []string{values[1], "", values[0], values[1]} {
			p := m.stranger("chooser")
			if value == values[1] {
				maps.Copy(p.jar, m.known.fieldCookies[name])
			}
			for _, c := range slices.Concat(m.places.Shareable, m.places.Reads) {
				plain := c
				if value != "" {
					c.Fields = append(slices.Clone(c.Fields), toyshop.Field{Name: name, Value: value})
				}
				p.compare(c)
				other = other || value == values[1] && pageOf(p.send(p.request(c), p.bare)) != m.asStranger(plain)
			}
		}
		if !other {
			m.Errorf("with %s: %v the shop shows what it shows to all: this proves nothing", name, values)
		}
	}
}

// otherJars: the cookies of somebody with a cart are not always those that this version
// of the shop gives.
func (m *market) otherJars() {
	for what, change := range m.known.jars {
		p := m.person("early")
		_, calls := m.adding()
		p.walkBare(calls)
		change(p.jar)
		jar := maps.Clone(p.jar)
		if itemsIn(p.send(p.request(m.places.Home), p.bare).body) == nil {
			m.Errorf("%s: the bare shop knows of no cart: this proves nothing", what)
		}
		m.stranger("stranger").compareAll() // the cache is warm
		for _, c := range m.places.Shareable {
			p.jar = maps.Clone(jar) // the shop may have given the others again
			p.compare(c)
		}
		if !p.has() {
			m.problem("%s: %s had a cart before the edge came, and has none", what, p.name)
		}
	}
}

// renames makes a cookie one of another name; a star at the end stands for anything.
func renames(from, to string) func(map[string]string) {
	begins := strings.TrimSuffix(from, "*")
	return func(jar map[string]string) {
		for name, value := range maps.Clone(jar) {
			if strings.HasPrefix(name, begins) {
				delete(jar, name)
				if to != "" {
					jar[to] = value
				}
			}
		}
	}
}

// begins makes cookies whose names begin with one word begin with another.
func begins(from, to string) func(map[string]string) {
	return func(jar map[string]string) {
		for name, value := range maps.Clone(jar) {
			if rest, ok := strings.CutPrefix(name, from); ok {
				delete(jar, name)
				jar[to+rest] = value
			}
		}
	}
}
