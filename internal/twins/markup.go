package twins

import (
	"net/url"
	"slices"
	"strings"
)

// fields are elements whose value is sent with a form, or read by its script.
var fields = []string{"input", "select", "option", "textarea", "button"}

// idAttributes name another element of the page, or this one.
var idAttributes = []string{
	"id", "for", "list", "headers", "form", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns",
	"aria-activedescendant", "aria-details", "aria-flowto", "aria-errormessage",
}

// urlAttributes hold an address.
var urlAttributes = []string{"href", "src", "action", "formaction", "poster", "data-src", "data-href", "data-url", "cite", "ping"}

// loaders are elements that fetch a file.
var loaders = []string{"img", "script", "link", "source", "video", "audio", "track"}

// changed judges a piece that is not the same in both pages.
func (j *judge) changed(a, b *piece) {
	switch a.sort {
	case opening:
		values := differing(a.attrs, b.attrs)
		for _, name := range sortedNames(values) {
			v := values[name]
			j.attribute(a, b, name, v[0], v[1])
		}
	case comment:
		j.note(j.comment(a.text, b.text), a.text, b.text)
	case code:
		j.script("script", a.text, b.text, a.at)
	default:
		v := j.words(a, b)
		if !j.ofArticles(a, b) {
			v = j.shown(v, a, b)
		}
		j.note(j.settle(v, a, b, ""), a.text, b.text)
	}
}

func sortedNames(m map[string][2]string) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// alone judges a piece that one of the pages has and the other has not.
func (j *judge) alone(p *piece, first bool) {
	a, b := p.whole(), ""
	if !first {
		a, b = b, a
	}
	pa, pb := p, (*piece)(nil)
	if !first {
		pa, pb = pb, pa
	}
	v := j.single(p, pa, pb, a, b)
	if !j.ofArticles(pa, pb) {
		v = j.shown(v, p, nil)
	}
	j.note(j.settle(v, pa, pb, ""), a, b)
}

// single is alone without what follows from what else was said; of pa and pb one is p,
// and a and b are what evidence shows.
func (j *judge) single(p, pa, pb *piece, a, b string) verdict {
	switch {
	case p.sort == comment:
		return j.comment(a, b)
	case j.owned(a, b):
		return verdict{where: "session in " + p.at.place(), harm: true}
	case inForm(p) && !j.ofArticles(pa, pb):
		return j.inForm(p, p, "form "+formPart(p))
	}
	what := "element " + p.tag
	if p.sort == text || p.sort == code {
		what = "text"
	}
	v := verdict{where: what + " in " + p.at.place()}
	if inForm(p) {
		return v
	}
	if j.cart {
		if v, ok := j.cartPlace(p.at, a+b); ok {
			return v
		}
	}
	if j.cart {
		return own(v)
	}
	return v
}

// comment: nobody is shown it. One that speaks of a session is not trusted.
func (j *judge) comment(a, b string) verdict {
	if j.owned(a, b) {
		return verdict{where: "session in a comment", harm: true}
	}
	if aboutToken(a) || aboutToken(b) {
		return verdict{where: "comment about a token"}
	}
	return verdict{where: "comment", harmless: true}
}

// words judges text that people read.
func (j *judge) words(a, b *piece) verdict {
	where := "text of " + a.at.place()
	switch {
	case j.owned(a.text, b.text):
		return verdict{where: "session in " + a.at.place(), harm: true}
	case j.ofArticles(a, b):
		return verdict{where: where}
	case inForm(a) || inForm(b):
		return j.inForm(a, b, "form "+formPart(a))
	case j.blank(a.text) == j.blank(b.text):
		return verdict{where: "time in " + a.at.place(), harmless: true}
	}
	if j.cart {
		if v, ok := j.cartPlace(a.at, b.text); ok {
			return v
		}
	}
	return verdict{where: where}
}

// attribute judges an attribute of an element that both pages have.
func (j *judge) attribute(a, b *piece, name, x, y string) {
	where := "attribute " + name + " of " + a.tag
	harmless := verdict{where: where, harmless: true}
	v := verdict{where: where}
	switch {
	case j.owned(x, y):
		v = verdict{where: "session in " + where, harm: true}
	case name == "nonce" && slices.Contains(policed, a.tag):
		v = harmless
	case slices.Contains(idAttributes, name) && j.innocent(name, x, y):
		v = harmless
	case j.ofArticles(a, b): // whether it is chosen is found below
	case inForm(a) || inForm(b):
		if name == "class" && j.class(x, y) || j.followed(x, y) && name != "value" && name != "action" && name != "name" {
			v = harmless
			break
		}
		if name == "value" && j.knows(a.attr("name")) {
			v = verdict{where: "known " + a.attr("name") + " in a form", harmless: true}
			break
		}
		if slices.Contains(urlAttributes, name) {
			if v = j.link(a, where, x, y); v.harmless {
				break
			}
		}
		v = j.inForm(a, b, "form "+formPart(a)+" "+name)
	case slices.Contains(urlAttributes, name):
		v = j.link(a, where, x, y)
	case aboutToken(name), a.tag == "meta" && aboutToken(a.attr("name")):
		v = verdict{where: "token in " + where, harm: true}
	case aboutPerson(name):
		v.harm = true
	case x != absent && y != absent && (strings.HasPrefix(x, "{") || strings.HasPrefix(x, "[")):
		j.script(where, x, y, a.at)
		return
	case j.followed(x, y):
		v = harmless
	case j.blank(x) == j.blank(y):
		v = verdict{where: "time in " + where, harmless: true}
	case name == "class" && j.class(x, y):
		v = harmless
	case strings.HasPrefix(name, "data-") && hasWord(name, targets) && random(x, y):
		v = harmless
	}
	if j.cart && !v.harmless && !inForm(a) && !j.owned(x, y) {
		if c, ok := j.cartPlace(a.at, name+" "+y); ok {
			v = c
		} else if hollow(x) || hollow(y) {
			v = own(v)
		}
	}
	j.note(j.settle(v, a, b, name), strings.TrimPrefix(x, absent), strings.TrimPrefix(y, absent))
}

// own excuses what only somebody with a cart has, or has not, outside of forms: his
// page is his own, and others share one that simply lacks it. Where both have
// something and it is not the same, that is not excused.
func own(v verdict) verdict { return verdict{where: "own " + v.where, harmless: true} }

func hollow(value string) bool { return value == "" || value == absent }

// targets are words of data attributes that name an element.
var targets = map[string]bool{"id": true, "target": true, "controls": true, "parent": true, "element": true, "for": true}

// innocent reports whether an attribute that names an element may differ: a name
// inside the page is no data, unless it says that it is somebody's.
func (j *judge) innocent(name, x, y string) bool {
	if x == absent || y == absent || len(x) > 256 || len(y) > 256 || j.owned(x, y) {
		return false
	}
	for _, s := range []string{x, y} {
		if s == "" || aboutToken(s) || aboutPerson(s) || strings.ContainsFunc(s, func(c rune) bool { return c != ' ' && c != ':' && c != '.' && (c > 0x7f || !inWord(byte(c))) }) {
			return false
		}
	}
	return true
}

// class compares two lists of classes: pairs that are made up for one answer may
// differ.
func (j *judge) class(x, y string) bool {
	if x == absent || y == absent {
		return false
	}
	a, b := strings.Fields(x), strings.Fields(y)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] == b[i] || j.followed(a[i], b[i]) {
			continue
		}
		if aboutToken(a[i]) || aboutPerson(a[i]) || aboutToken(b[i]) || aboutPerson(b[i]) || !random(middle(a[i], b[i])) {
			return false
		}
	}
	return true
}

// random reports whether two words look made up for one answer: of one length,
// give or take two, of letters and digits, with a digit in each.
func random(x, y string) bool {
	if len(x) < 5 || len(x) > 64 || len(y) < 5 || len(y) > 64 || len(x)-len(y) > 2 || len(y)-len(x) > 2 {
		return false
	}
	for _, s := range []string{x, y} {
		digits := 0
		for i := range len(s) {
			if !inWord(s[i]) || s[i] >= 0x80 {
				return false
			}
			if s[i] >= '0' && s[i] <= '9' {
				digits++
			}
		}
		if digits == 0 {
			return false
		}
	}
	return true
}

// link judges an address that is not the same in both pages.
func (j *judge) link(p *piece, where, x, y string) verdict {
	u, err := url.Parse(x)
	w, err2 := url.Parse(y)
	if x == absent || y == absent || err != nil || err2 != nil {
		return verdict{where: where}
	}
	fragments := u.Fragment == w.Fragment || !aboutToken(u.Fragment+" "+w.Fragment) && !aboutPerson(u.Fragment+" "+w.Fragment)
	if u.Scheme != w.Scheme || u.Host != w.Host || u.Path != w.Path || u.User.String() != w.User.String() || !fragments {
		if j.followed(x, y) && !aboutToken(x) && !aboutToken(y) {
			return verdict{where: where, harmless: true}
		}
		return verdict{where: where}
	}
	a, b := u.Query(), w.Query()
	v := verdict{where: where, harmless: true}
	for _, name := range differingParams(a, b) {
		one, other := strings.Join(a[name], " "), strings.Join(b[name], " ")
		at := "link " + p.tag + " parameter " + name
		switch {
		case j.knows(name):
			v = verdict{where: "known " + name + " in a link", harmless: true}
		case slices.Contains(j.rules.Session, name) || aboutToken(name):
			return verdict{where: at, harm: true}
		case busters[strings.ToLower(name)] && slices.Contains(loaders, p.tag):
		case j.followed(one, other), j.blank(one) == j.blank(other):
		default:
			return verdict{where: at}
		}
	}
	return v
}

func differingParams(a, b url.Values) (names []string) {
	for n := range a {
		if !slices.Equal(a[n], b[n]) {
			names = append(names, n)
		}
	}
	for n := range b {
		if _, ok := a[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// knows reports whether a value of this name may differ on this platform, and
// notes that it did.
func (j *judge) knows(name string) bool {
	if _, ok := j.rules.Known[name]; !ok {
		return false
	}
	j.known[name] = true
	return true
}

// inForm reports whether a piece is part of a form. Fields are, wherever they
// stand: a script may send them. Buttons outside of forms are not, unless they say
// something to be sent: WooCommerce's blocks have one at each article.
func inForm(p *piece) bool {
	if p.at != nil && p.at.idle {
		return false
	}
	return p.at != nil && (p.at.form != nil || slices.Contains(fields, p.at.tag)) || slices.Contains(fields, p.tag)
}

// formPart is what a piece of a form is called: a field's name is what the shop's
// own people know it by.
func formPart(p *piece) string {
	switch {
	case p.attr("name") != "":
		return "field " + p.attr("name")
	case p.sort == opening:
		return p.tag
	}
	return "text of " + p.at.place()
}

// inForm is the verdict on a difference in a form. Only of somebody with a cart,
// and only where the whole form stands in what shows the cart, is it excused.
func (j *judge) inForm(a, b *piece, where string) verdict {
	if j.cart {
		outer := func(p *piece) *element {
			if p.at == nil || p.at.form == nil {
				return p.at
			}
			return p.at.form.up
		}
		for _, p := range []*piece{a, b} {
			if what, at := setting(outer(p)); what == "cart" {
				return verdict{where: "cart in " + at, harmless: true, cart: true}
			}
		}
		return verdict{where: where}
	}
	return verdict{where: where, harm: true}
}

// cartPlace excuses what somebody with a cart sees in place of what others see: the
// cart itself, what he has looked at, and what the shop has to say to him. said is
// what stands there.
func (j *judge) cartPlace(at *element, said string) (verdict, bool) {
	what, place := setting(at)
	if what == "" && aboutCart(said) {
		what, place = "cart", at.place()
	}
	if what == "" {
		return verdict{}, false
	}
	return verdict{where: what + " in " + place, harmless: true, cart: what == "cart"}, true
}

// setting is what the elements around say that a place is for: cart, history,
// notice, or nothing.
func setting(e *element) (what, at string) {
	for n, up := e, 0; n != nil && up < 7; n, up = n.up, up+1 {
		if n.tag == "html" || n.tag == "body" || n.tag == "main" || n.tag == "form" {
			continue // their names speak of the whole page, or of what the form is for
		}
		name := n.id + " " + n.class + " " + n.label
		switch {
		case aboutCart(name):
			return "cart", n.name()
		case hasWord(name, historyWords):
			return "history", n.name()
		case hasWord(name, noticeWords):
			return "notice", n.name()
		}
	}
	return "", ""
}
