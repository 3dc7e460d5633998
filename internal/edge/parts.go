package edge

import (
	"io"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/falochron/falochron/internal/edge/page"
)

// parts is what a page says of itself: the files of its own host that it needs to be
// seen, and what a link to it looks like elsewhere.
type parts struct {
	files   []*url.URL
	preview page.Preview
}

// read reads a page that was at an address. What breaks off ends it.
func read(r io.Reader, at *url.URL) (p parts) {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(warmMost)
	title, inTitle := "", false
	for {
		switch z.Next() {
		case html.ErrorToken:
			if p.preview.Title == "" {
				p.preview.Title = strings.TrimSpace(title)
			}
			return p
		case html.TextToken:
			if inTitle && len(title) < 4*page.MaxPreviewTitle {
				title += string(z.Text())
			}
		case html.EndTagToken:
			inTitle = false
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			inTitle = tag == atom.Title && title == ""
			attributes := make(map[string]string)
			for more {
				var k, v []byte
				k, v, more = z.TagAttr()
				attributes[string(k)] = string(v)
			}
			p.tag(tag, attributes, at)
		}
	}
}

// tag takes in one element.
func (p *parts) tag(tag atom.Atom, attributes map[string]string, at *url.URL) {
	switch tag {
	case atom.Meta:
		p.meta(attributes, at)
	case atom.Script, atom.Img:
		p.file(attributes["src"], at)
	case atom.Link:
		rel := strings.Fields(strings.ToLower(attributes["rel"]))
		if slices.Contains(rel, "stylesheet") || slices.Contains(rel, "preload") || slices.Contains(rel, "modulepreload") || slices.Contains(rel, "icon") {
			p.file(attributes["href"], at)
		}
	}
}

// meta takes in what is meant for those who show links.
func (p *parts) meta(attributes map[string]string, at *url.URL) {
	name := attributes["property"]
	if name == "" {
		name = attributes["name"]
	}
	content := strings.TrimSpace(attributes["content"])
	switch strings.ToLower(name) {
	case "og:title":
		p.preview.Title = content
	case "og:description":
		p.preview.Description = content
	case "description":
		if p.preview.Description == "" {
			p.preview.Description = content
		}
	case "og:image", "og:image:url":
		if u, err := at.Parse(content); err == nil && p.preview.Image == "" && (u.Scheme == "https" || u.Scheme == "http") && u.User == nil {
			p.preview.Image = u.String()
		}
	}
}

// file notes a file of the same host, once.
func (p *parts) file(address string, at *url.URL) {
	if address == "" || len(p.files) >= warmParts {
		return
	}
	u, err := at.Parse(address)
	if err != nil || u.Host != at.Host || u.Scheme != at.Scheme || u.User != nil || strings.HasPrefix(u.Path, ownPrefix) {
		return
	}
	u.Fragment, u.RawFragment = "", ""
	if !slices.ContainsFunc(p.files, func(have *url.URL) bool { return have.String() == u.String() }) {
		p.files = append(p.files, u)
	}
}
