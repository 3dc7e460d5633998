package twins

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Bounds of what is read of a page to find the way.
const (
	maxLinks  = 2000
	maxForms  = 300
	maxInputs = 100 // of one form
	maxURL    = 1024
)

// site is what a page offers to a visitor: where it leads, and what can be sent.
type site struct {
	links []link
	forms []*form
}

type link struct {
	url      *url.URL
	said     string // class, id, title, label and text: by what it is known
	pictured bool   // has a picture, as links to products have
}

// form is a form as a browser would send it.
type form struct {
	method string // small letters; get if it does not say
	action string // as it is written; empty = the page itself
	said   string // id, class and name
	fields []field
	sends  []field // its buttons: one of them is sent
	base   *url.URL
}

type field struct {
	name, value string
	action      string // of a button that says where to
	said        string
}

// readSite reads a page that came from at.
func readSite(body []byte, at *url.URL) *site {
	s := &site{}
	base := at
	z := html.NewTokenizer(bytes.NewReader(body))
	var now *form     // open
	var chosen string // name of the open select
	var said *string  // of the open link or button: its text is added
	inLink := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return s
		case html.TextToken:
			if said != nil && len(*said) < 200 {
				*said += " " + squeeze(string(z.Text()))
			}
		case html.EndTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "form":
				now = nil
			case "select":
				chosen = ""
			case "a", "button":
				said, inLink = nil, false
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			p := piece{tag: t.Data, attrs: t.Attr}
			switch t.Data {
			case "base":
				if u, err := at.Parse(p.attr("href")); err == nil && p.attr("href") != "" {
					base = u
				}
			case "a":
				said = s.link(base, &p)
				inLink = said != nil
			case "img":
				if inLink {
					s.links[len(s.links)-1].pictured = true
				}
			case "form":
				now = nil
				if len(s.forms) < maxForms {
					now = &form{method: strings.ToLower(p.attr("method")), action: p.attr("action"), said: p.said(), base: base}
					s.forms = append(s.forms, now)
				}
			case "select":
				chosen = p.attr("name")
			case "input", "button", "option", "textarea":
				if now != nil && len(now.fields)+len(now.sends) < maxInputs {
					said = now.field(&p, chosen, said)
				}
			}
		}
	}
}

// said is by what an element can be known.
func (p *piece) said() string {
	return strings.Join([]string{p.attr("id"), p.attr("class"), p.attr("name"), p.attr("title"), p.attr("aria-label"), p.attr("data-action"), p.attr("data-link-action"), p.attr("data-button-action")}, " ")
}

func (s *site) link(base *url.URL, p *piece) *string {
	href := strings.TrimSpace(p.attr("href"))
	if href == "" || href[0] == '#' || len(href) > maxURL || len(s.links) >= maxLinks {
		return nil
	}
	u, err := base.Parse(href)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	s.links = append(s.links, link{url: u, said: p.said() + " " + p.attr("rel")})
	return &s.links[len(s.links)-1].said
}

// field takes a field of the open form as a browser would: of what must be chosen
// and is not, the first.
func (f *form) field(p *piece, chosen string, said *string) *string {
	name, value, kind := p.attr("name"), p.attr("value"), strings.ToLower(p.attr("type"))
	if p.has("disabled") || len(value) > maxURL {
		return said
	}
	button := p.tag == "button" && kind != "button" && kind != "reset"
	switch {
	case button, p.tag == "input" && (kind == "submit" || kind == "image"):
		f.sends = append(f.sends, field{name, value, p.attr("formaction"), p.said()})
		if button {
			return &f.sends[len(f.sends)-1].said
		}
	case p.tag == "button", kind == "button", kind == "reset", kind == "file":
	case p.tag == "option":
		f.choose(chosen, value, p.has("selected"), value != "")
	case name == "":
	case kind == "radio":
		f.choose(name, value, p.has("checked"), true)
	case kind == "checkbox":
		if p.has("checked") {
			if value == "" {
				value = "on"
			}
			f.fields = append(f.fields, field{name: name, value: value})
		}
	default:
		f.fields = append(f.fields, field{name: name, value: value})
	}
	return said
}

func (p *piece) has(name string) bool {
	return slices.ContainsFunc(p.attrs, func(a html.Attribute) bool { return a.Key == name })
}

// choose takes one of several values of a name: the one that is marked, else the
// first that can be.
func (f *form) choose(name, value string, marked, may bool) {
	if name == "" {
		return
	}
	i := slices.IndexFunc(f.fields, func(have field) bool { return have.name == name })
	switch {
	case i < 0 && (may || marked):
		f.fields = append(f.fields, field{name: name, value: value})
	case i >= 0 && marked && value != "":
		f.fields[i].value = value
	}
}

// values are what is sent with a button; nil for none.
func (f *form) values(button *field) url.Values {
	v := url.Values{}
	for _, x := range f.fields {
		v.Add(x.name, x.value)
	}
	if button != nil && button.name != "" {
		v.Set(button.name, button.value)
	}
	return v
}

// target is where a form leads if it is sent with a button.
func (f *form) target(page *url.URL, button *field) (*url.URL, error) {
	to := f.action
	if button != nil && button.action != "" {
		to = button.action
	}
	if to == "" {
		return page, nil
	}
	return f.base.Parse(to)
}
