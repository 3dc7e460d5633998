package toyshop

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strconv"
)

//go:embed pages/*.html
var pageFiles embed.FS

// A leaf is what the templates are filled with; each uses what it needs.
type leaf struct {
	Shop, Title, Text, Query string
	Visitor                  string // tag of the session the page is made for
	Email                    string
	Menu                     []Category
	Article                  Article
	Available                bool
	Articles                 []Article // with pictures, at most three
	More                     []Article // without
	Lines                    []leafLine
	Editable                 bool // the lines can be removed
	Total                    int  // grosze
	Order                    int
	Paid                     bool
}

type leafLine struct {
	Article Article
	Qty     int
	Sum     int // grosze
}

// pages makes HTML. Pages that differ by nothing but the visitor's tag are made
// once, so that a page costs the shop time (its worker) but hardly any CPU.
type pages struct {
	templates *template.Template
	menu      []Category
	ready     map[string]readyPage // fixed after newPages
}

// A readyPage is a page with a hole where the visitor's tag belongs.
type readyPage struct{ before, after []byte }

// hole stands for the tag while a ready page is made. Tags are upper case.
const hole = "visitor-tag-goes-here"

func newPages(s *shelves) (*pages, error) {
	t, err := template.New("shop").Funcs(template.FuncMap{"zloty": zloty}).ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse page templates: %w", err)
	}
	p := &pages{templates: t, menu: s.categories, ready: map[string]readyPage{}}

	p.prepare("home", "home", leaf{Title: "Nowości", Articles: s.articles[:3], More: s.articles[3:]})
	p.prepare("account", "account", leaf{Title: "Konto"})
	for _, c := range s.categories {
		p.prepare("category "+c.Slug, "category", leaf{Title: c.Name, Text: c.Text, Articles: s.byCategory[c.Slug]})
	}
	for _, a := range s.articles {
		for _, available := range []bool{true, false} {
			p.prepare(productPage(a.Slug, available), "product", leaf{Title: a.Name, Article: a, Available: available})
		}
	}
	return p, nil
}

func productPage(slug string, available bool) string {
	return "product " + slug + " " + strconv.FormatBool(available)
}

func (p *pages) prepare(key, name string, l leaf) {
	l.Visitor = hole
	before, after, _ := bytes.Cut(p.render(name, l), []byte(hole))
	p.ready[key] = readyPage{before, after}
}

// made returns a page that was made ready, for one visitor.
func (p *pages) made(key, tag string) []byte {
	r := p.ready[key]
	return append(append(append(make([]byte, 0, len(r.before)+len(tag)+len(r.after)), r.before...), tag...), r.after...)
}

// render makes a page now.
func (p *pages) render(name string, l leaf) []byte {
	l.Shop, l.Menu = ShopName, p.menu
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, l); err != nil {
		panic("toyshop: template " + name + ": " + err.Error()) // our own templates, our own data
	}
	return b.Bytes()
}
