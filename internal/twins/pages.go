package twins

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/preset"
)

// learn takes note of where a page leads.
func (c *check) learn(a *answer) {
	s := readSite(a.made.Body, a.url)
	if len(c.sites) < 4 {
		c.sites = append(c.sites, s)
	}
	if len(c.adds(s, a.url)) > 0 && len(c.products) < 6 {
		c.products = append(c.products, a.url)
	}
	for _, l := range s.links {
		if !sameShop(l.url, c.cfg.Shop) {
			if c.elsehost == "" && c.class(http.MethodGet, l.url) == falochron.ClassPage {
				c.elsehost = l.url.Scheme + "://" + l.url.Host
			}
			continue
		}
		u := c.here(l.url)
		c.find(u)
		if l.pictured && len(c.pictured) < maxWaiting && !c.pictured[u.RequestURI()] {
			c.pictured[u.RequestURI()] = true
			if c.kindOf(u) == nil && c.class(http.MethodGet, u) == falochron.ClassPage {
				c.unkind = append(c.unkind, u)
			}
		}
	}
}

// maxWaiting is how many addresses of one kind are remembered.
const maxWaiting = 40

// find remembers an address to look at, if it is of a kind. Where a kind has many,
// those that are built in another way than the others come first.
func (c *check) find(u *url.URL) {
	at := u.RequestURI()
	k := c.kindOf(u)
	if k == nil || c.known[at] || len(k.waiting) >= maxWaiting {
		return
	}
	c.known[at] = true
	alike := 0
	for _, w := range k.waiting {
		if shape(w) == shape(u) {
			alike++
		}
	}
	i := 0
	for ; i < len(k.waiting); i++ {
		before := 0
		for _, w := range k.waiting[:i] {
			if shape(w) == shape(k.waiting[i]) {
				before++
			}
		}
		if before > alike {
			break
		}
	}
	k.waiting = slices.Insert(k.waiting, i, u)
	if k.Class == falochron.ClassPage {
		c.findData(u)
	}
}

// findData remembers what scripts ask for at the address of a page: the same page as
// data, where the preset names the query that says so.
func (c *check) findData(page *url.URL) {
	for _, k := range c.kinds {
		query, ok := onAnyPath(k.Kind)
		if !ok || k.Empty { // of what is empty for all, one is as good as many
			continue
		}
		u := *page
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+query, "&")
		if c.kindOf(&u) == k {
			c.find(&u)
		}
	}
}

// onAnyPath is the query by which scripts ask for a kind at the address of any page.
func onAnyPath(k preset.Kind) (query string, ok bool) {
	if k.Class != falochron.ClassFragment {
		return "", false
	}
	for _, p := range k.Patterns {
		if query, ok = strings.CutPrefix(p, "/**?"); ok {
			return query, true
		}
	}
	return "", false
}

// first remembers an address that the owner has named: it comes before what is
// found, and after what was named before it.
func (c *check) first(u *url.URL) {
	k := c.kindOf(u)
	if k == nil {
		return
	}
	if i := slices.IndexFunc(k.waiting, func(w *url.URL) bool { return w.RequestURI() == u.RequestURI() }); i >= k.named {
		k.waiting = slices.Delete(k.waiting, i, i+1)
	} else if i >= 0 {
		return // named twice
	}
	k.waiting = slices.Insert(k.waiting, k.named, u)
	k.named++
	c.known[u.RequestURI()] = true
}

// shape is how an address is built: its first folder, its depth, and what its
// query names.
func shape(u *url.URL) string {
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	first := ""
	if len(parts) > 1 {
		first = parts[0]
	}
	q := u.Query()
	return fmt.Sprint(first, len(parts), q["route"], q["main_page"], q["controller"], len(q))
}

// kindOf is the kind of page at an address, nil for none that is looked at.
func (c *check) kindOf(u *url.URL) *kind {
	q := c.asked(http.MethodGet, u)
	class := c.cfg.Preset.Class(q)
	k, ok := c.cfg.Preset.Kind(q, class)
	if !ok {
		return nil
	}
	for _, have := range c.kinds {
		if have.Name == k.Name {
			return have
		}
	}
	return nil
}

// findPattern remembers the address that a pattern stands for, if it is one: /a/**
// is /a/, too.
func (c *check) findPattern(k *kind, pattern string) {
	path, query, asks := strings.Cut(pattern, "?")
	at := strings.TrimSuffix(path, "**")
	if asks {
		at += "?" + query
	}
	if strings.Contains(at, "*") {
		return
	}
	if u, err := c.cfg.Shop.Parse(at); err == nil && c.kindOf(u) == k {
		c.find(u)
	}
}
