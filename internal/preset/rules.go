package preset

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron"
)

// Rules are what a shop's owner knows better. Each entry is a pattern of path
// segments: /koszyk, /sklep/*/dodaj, /faktury/**. A star stands for exactly one
// segment; two stars, at the end only, for any number of them. Letters compare
// without case and without Polish diacritics; what follows the question mark is
// not compared. The zero value has no rules: the words decide.
//
// When several lists match, the first in the order of the fields wins. A path
// that servers may read in two ways is never Callback, Return, Fragment, Static
// or Page by a rule, and what matches Admin or Integration then is Cart: as
// personal, but not free of the line. The same holds where the query leads
// elsewhere: an order to change the cart, or, unless a script is asked for, a
// parameter by which shops name another page.
type Rules struct {
	Callback    []string // payment notifications; own lane, never in line
	Return      []string // pages people reach after paying; GET, HEAD and POST
	Order       []string // pages that mean an order was made; also Return, of POSTs those from a bank's page; replaces the default
	Admin       []string
	Integration []string
	Checkout    []string
	Cart        []string
	Fragment    []string // GET and HEAD only
	Static      []string // GET and HEAD only
	Page        []string // GET and HEAD only
}

// New returns the classifier for a shop of this platform (nil: of one nobody has
// described), with the owner's rules before all else. The error, a [falochron.Error] of kind Invalid, names the first
// bad pattern.
func New(p *Platform, r Rules) (*Classifier, error) {
	c := Generic()
	if err := c.describe(p); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		class falochron.Class
		of    scope
		text  []string
	}{
		{falochron.ClassCallback, all, r.Callback},
		{falochron.ClassCallback, readsAndPosts, r.Return},
		{falochron.ClassCallback, readsAndBanks, r.Order},
		{falochron.ClassAdmin, all, r.Admin},
		{falochron.ClassIntegration, all, r.Integration},
		{falochron.ClassCheckout, all, r.Checkout},
		{falochron.ClassCart, all, r.Cart},
		{falochron.ClassFragment, reads, r.Fragment},
		{falochron.ClassStatic, reads, r.Static},
		{falochron.ClassPage, reads, r.Page},
	} {
		ps, err := compile(list.text)
		if err != nil {
			return nil, err
		}
		if len(ps) > 0 {
			c.rules.lists = append(c.rules.lists, ruleList{list.class, list.of, ps})
		}
	}
	c.rules.order, _ = compile(r.Order)
	return c, nil
}

// describe takes what is known of a platform.
func (c *Classifier) describe(p *Platform) error {
	if p == nil {
		return nil
	}
	c.platform = p
	for _, t := range p.Routes {
		at, err := compileAddress(t.Pattern)
		if err != nil {
			return err
		}
		reads := t.Reads || t.Class == falochron.ClassPage || t.Class == falochron.ClassStatic
		c.routes = append(c.routes, route{at, t.Class, reads, t.Own})
	}
	for _, k := range p.Kinds {
		at, err := compileAddresses(k.Patterns)
		if err != nil {
			return err
		}
		k.at = at
		c.kinds = append(c.kinds, k)
	}
	for _, o := range p.Orders {
		at, err := compileAddress(o.Pattern)
		if err != nil {
			return err
		}
		c.orders = append(c.orders, order{o, at})
	}
	for _, l := range p.Lends {
		at, err := compileAddress(l.Pattern)
		if err != nil {
			return err
		}
		c.lends = append(c.lends, lend{l, at})
	}
	var err error
	if c.alone, err = compileAddresses(p.Alone); err != nil {
		return err
	}
	c.graphQL, err = compileAddresses(p.GraphQL)
	return err
}

type rules struct {
	lists []ruleList
	order patterns
}

type ruleList struct {
	class    falochron.Class
	of       scope
	patterns patterns
}

// scope is to which requests a list applies.
type scope uint8

const (
	all scope = iota
	reads
	readsAndPosts
	readsAndBanks
)

func (s scope) covers(how manner) bool {
	switch s {
	case all:
		return true
	case readsAndPosts:
		return how.safe || how.posted
	case readsAndBanks:
		return how.safe || how.fromBank
	}
	return how.safe
}

// ruled is what a rule says of a request.
type ruled struct {
	class falochron.Class
	back  bool // on the way back from paying
}

// find returns what the first rule that matches says.
func (rs rules) find(escapedPath string, how manner, r *reading) (ruled, bool) {
	if len(rs.lists) == 0 {
		return ruled{}, false
	}
	var room [pathRoom]byte
	path, _ := fold(room[:0], escapedPath)
	for _, l := range rs.lists {
		if !l.of.covers(how) {
			continue
		}
		free := freed(l.class)
		for _, p := range l.patterns {
			if !p.match(path) {
				continue
			}
			switch {
			case free && (r.strays(path, l.class) || p.open && doubled(path)):
				if l.class == falochron.ClassCallback {
					continue // the words know better
				}
				return ruled{class: falochron.ClassCart}, true
			case l.of == reads && r.ambiguous:
				continue
			}
			return ruled{l.class, l.of == readsAndPosts || l.of == readsAndBanks}, true
		}
	}
	return ruled{}, false
}

// strays reports whether a request may lead past a path that the owner freed. A
// script of the owner's own may have any parameters, and so may the back
// office's pages, but for WooCommerce's orders, which are obeyed everywhere.
func (r *reading) strays(path []byte, class falochron.Class) bool {
	if r.ambiguous || r.orders || r.unclear {
		return true
	}
	return class != falochron.ClassAdmin && r.named != 0 && !hasSuffix(path, ".php")
}

// doubled reports whether a path begins with two slashes: some servers take the
// first word then for a host's name, which leaves it to an open pattern's end to
// say what is meant.
func doubled(path []byte) bool { return len(path) > 1 && path[0] == '/' && path[1] == '/' }

// pattern is a list of folded segments, some of them stars.
type pattern struct {
	segments []string
	open     bool // ends in two stars
}

type patterns []pattern

const star = "*"

func compile(texts []string) (patterns, error) {
	var ps patterns
	for _, text := range texts {
		p, err := compileOne(text)
		if err != nil {
			return nil, err
		}
		ps = append(ps, p)
	}
	return ps, nil
}

func compileOne(text string) (pattern, error) {
	bad := func(why, hint string) (pattern, error) {
		return pattern{}, &falochron.Error{
			Kind: falochron.Invalid, Op: "read path pattern",
			Public: fmt.Sprintf("%q %s", text, why), Hint: hint,
		}
	}
	if !strings.HasPrefix(text, "/") {
		return bad("does not begin with a slash", "write it as /"+text)
	}
	folded, ambiguous := fold(nil, text)
	if ambiguous || hasOddSegment(folded) {
		return bad("has no single meaning", "leave out dot segments, semicolons, question marks, backslashes and encoded slashes")
	}
	var p pattern
	for s := range strings.SplitSeq(strings.Trim(string(folded), "/"), "/") {
		switch {
		case p.open:
			return bad("has something after **", "two stars may stand at the end only")
		case s == "**":
			p.open = true
		case s != star && strings.Contains(s, star):
			return bad("has a star inside a segment", "a star stands for one whole segment: /sklep/*/dodaj")
		case s == "" && len(folded) > 1:
			return bad("has an empty segment", "write single slashes")
		case s != "":
			p.segments = append(p.segments, s)
		}
	}
	return p, nil
}

func (ps patterns) match(escapedPath string) bool {
	var room [pathRoom]byte
	path, ambiguous := fold(room[:0], escapedPath)
	if ambiguous || hasOddSegment(path) {
		return false
	}
	for _, p := range ps {
		if p.match(path) {
			return true
		}
	}
	return false
}

// match compares segment by segment; empty segments of the path do not count.
func (p pattern) match(path []byte) bool {
	for _, want := range p.segments {
		segment := []byte(nil)
		for len(segment) == 0 {
			if len(path) == 0 {
				return false
			}
			segment, path = cutSegment(path)
		}
		if want != star && want != string(segment) {
			return false
		}
	}
	if p.open {
		return true
	}
	for _, c := range path {
		if c != '/' {
			return false
		}
	}
	return true
}
