package twins

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxPieces is how many pieces of a page are compared. A page of 2 MiB has some
// 60,000; ten times as many cost about 60 MB while two are compared.
const maxPieces = 200_000

// sort is what a piece of a page is.
type sort uint8

const (
	opening sort = iota // a start tag, with its attributes
	closing             // an end tag
	text
	comment
	code // the text of a script or a style sheet
)

// piece is one token of a page and where it stands.
type piece struct {
	sort  sort
	tag   string // of the element; of text, of the element it stands in
	text  string
	attrs []html.Attribute // sorted by name
	at    *element         // the element itself, or the one that text stands in; nil at the top
	exact uint64           // equal for pieces that say the same
	rough uint64           // equal for pieces that are built the same
}

// element is an open element: what is needed to say where something stands.
type element struct {
	tag   string
	id    string
	class string
	label string   // of aria-label
	up    *element // nil at the top
	form  *element // the form it is in, or is; nil = none
	idle  bool     // a button of no form, which has nothing to send that may be made for one use
}

// void elements have no end tag (HTML, void elements).
var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "source": true, "track": true, "wbr": true,
}

// searchUp is how many open elements an end tag may close at once. Pages that
// leave more of them open are nested too deep for us, which makes more of them
// stand in a form, never less.
const searchUp = 64

// cutUp cuts a page into pieces; false if it has too many.
func cutUp(body []byte, seed maphash.Seed) (pieces []piece, ok bool) {
	z := html.NewTokenizer(bytes.NewReader(body))
	var at *element
	for len(pieces) <= maxPieces {
		kind := z.Next()
		if kind == html.ErrorToken {
			return pieces, true
		}
		t := z.Token()
		p := piece{tag: t.Data, at: at}
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			p.sort, p.attrs = opening, t.Attr
			slices.SortStableFunc(p.attrs, func(a, b html.Attribute) int { return cmp.Compare(a.Key, b.Key) })
			p.at = enter(at, &p)
			if kind == html.StartTagToken && !void[t.Data] {
				at = p.at
			}
		case html.EndTagToken:
			p.sort = closing
			at = leave(at, t.Data)
		case html.TextToken:
			p.sort, p.text, p.tag = text, squeeze(t.Data), ""
			if at != nil {
				p.tag = at.tag
			}
			if p.text == "" {
				continue
			}
			if p.tag == "script" || p.tag == "style" {
				p.sort = code
			}
		case html.CommentToken:
			p.sort, p.text, p.tag = comment, t.Data, ""
		default: // the doctype says nothing of a visitor
			p.sort, p.text, p.tag = comment, t.Data, "doctype"
		}
		p.hash(seed)
		pieces = append(pieces, p)
	}
	return nil, false
}

func enter(up *element, p *piece) *element {
	e := &element{tag: p.tag, up: up, id: p.attr("id"), class: p.attr("class"), label: p.attr("aria-label")}
	if up != nil {
		e.form = up.form
	}
	if e.tag == "form" {
		e.form = e
	}
	e.idle = e.tag == "button" && e.form == nil && idle(p)
	return e
}

// idle reports whether a button says nothing that is sent, and nothing to its script but
// words that are for more than one use: the number of the article at which it stands.
func idle(p *piece) bool {
	return !slices.ContainsFunc(p.attrs, func(a html.Attribute) bool {
		switch a.Key {
		case "name", "value", "form", "formaction":
			return true
		}
		return strings.HasPrefix(a.Key, "data-") && (aboutToken(a.Key) || once(a.Val))
	})
}

// leave returns the element that is open after an end tag.
func leave(at *element, tag string) *element {
	e := at
	for range searchUp {
		if e == nil {
			return at
		}
		if e.tag == tag {
			return e.up
		}
		e = e.up
	}
	return at
}

func (p *piece) attr(name string) string {
	for _, a := range p.attrs {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (p *piece) hash(seed maphash.Seed) {
	var h maphash.Hash
	h.SetSeed(seed)
	write := func(s string) {
		_, _ = h.WriteString(s) // never fails
		_ = h.WriteByte(0)
	}
	_ = h.WriteByte(byte(p.sort))
	write(p.tag)
	p.rough = h.Sum64()
	write(p.text)
	for _, a := range p.attrs {
		write(a.Key)
		write(a.Val)
	}
	p.exact = h.Sum64()
}

// whole is a piece as evidence shows it.
func (p *piece) whole() string {
	switch p.sort {
	case opening:
		var b strings.Builder
		b.WriteString("<" + p.tag)
		for _, a := range p.attrs {
			b.WriteString(" " + a.Key + "=" + a.Val)
		}
		return b.String() + ">"
	case closing:
		return "</" + p.tag + ">"
	}
	return p.text
}

// squeeze makes every run of white space one blank, and none at the ends.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// name is what an element is called in evidence: div#content, or the class where
// it has no id.
func (e *element) name() string {
	if e == nil {
		return "page"
	}
	switch {
	case e.id != "":
		return e.tag + "#" + e.id
	case e.class != "":
		return e.tag + "." + strings.Fields(e.class + " ")[0]
	}
	return e.tag
}

// place is the nearest element around that can be told from others.
func (e *element) place() string {
	for n := e; n != nil; n = n.up {
		if n.id != "" || strings.TrimSpace(n.class) != "" {
			return n.name()
		}
	}
	return e.name()
}
