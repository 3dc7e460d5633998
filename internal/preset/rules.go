package preset

import (
	"fmt"
	"strings"

	"github.com/falochron/falochron"
)

// Rules are what a shop's owner knows better. Each entry is a pattern of path
// segments: /koszyk, /sklep/*/dodaj, /faktury/**. A star stands for exactly one
// segment; two stars, at the end only, for any number of them. Letters compare
// without case and without Polish diacritics, and what follows the question mark
// does not matter. The zero value has no rules: the words decide.
//
// When several lists match, the first in the order of the fields wins. A path
// that servers may read in two ways is never Callback, Return, Fragment, Static
// or Page by a rule.
type Rules struct {
	Callback    []string // payment notifications; own lane, never in line
	Return      []string // pages people reach after paying; GET and HEAD only
	Order       []string // pages that mean an order was made; also Return; replaces the default
	Admin       []string
	Integration []string
	Checkout    []string
	Cart        []string
	Fragment    []string // GET and HEAD only
	Static      []string // GET and HEAD only
	Page        []string // GET and HEAD only
}

// New returns a classifier with the owner's rules before the generic words. The
// error, an [falochron.Error] of kind Invalid, names the first bad pattern.
func New(r Rules) (*Classifier, error) {
	c := Generic()
	for _, list := range []struct {
		class    falochron.Class
		readOnly bool
		text     []string
	}{
		{falochron.ClassCallback, false, r.Callback},
		{falochron.ClassCallback, true, r.Return},
		{falochron.ClassCallback, true, r.Order},
		{falochron.ClassAdmin, false, r.Admin},
		{falochron.ClassIntegration, false, r.Integration},
		{falochron.ClassCheckout, false, r.Checkout},
		{falochron.ClassCart, false, r.Cart},
		{falochron.ClassFragment, true, r.Fragment},
		{falochron.ClassStatic, true, r.Static},
		{falochron.ClassPage, true, r.Page},
	} {
		ps, err := compile(list.text)
		if err != nil {
			return nil, err
		}
		if len(ps) > 0 {
			c.rules.lists = append(c.rules.lists, ruleList{list.class, list.readOnly, ps})
		}
	}
	c.rules.order, _ = compile(r.Order)
	return c, nil
}

type rules struct {
	lists []ruleList
	order patterns
}

type ruleList struct {
	class    falochron.Class
	readOnly bool // applies to safe methods only
	patterns patterns
}

func (rs rules) class(escapedPath string, safe bool) (falochron.Class, bool) {
	if len(rs.lists) == 0 {
		return 0, false
	}
	var room [pathRoom]byte
	path, ambiguous := fold(room[:0], escapedPath)
	ambiguous = ambiguous || hasOddSegment(path)
	for _, l := range rs.lists {
		lowers := l.readOnly || l.class == falochron.ClassCallback
		if l.readOnly && !safe || ambiguous && lowers {
			continue
		}
		for _, p := range l.patterns {
			if p.match(path) {
				return l.class, true
			}
		}
	}
	return 0, false
}

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
