package preset

import (
	"net/http"

	"github.com/falochron/falochron"
)

// Classifier tells what requests are for. It is immutable; any number of
// goroutines may use it.
type Classifier struct {
	words   map[string]trait
	endings map[string]bool
	rules   rules

	platform *Platform
	routes   []route
	kinds    []Kind
	orders   []order
	graphQL  []address
	alone    []address
	lends    []lend
}

// Generic returns the classifier for shops nobody has described.
func Generic() *Classifier {
	return &Classifier{words: lexicon(), endings: fileEndings(), platform: generic()}
}

// Platform returns the preset in force.
func (c *Classifier) Platform() *Platform { return c.platform }

// Request is what is known of a request before its body.
type Request struct {
	Method string
	Host   string // the shop's own name as the client wrote it; empty if unknown
	Path   string // as it was sent, still percent-encoded
	Query  string // without its question mark
	Header http.Header
}

// Class returns the class of a request. It does not allocate for paths up to
// 512 bytes.
//
// The owner's rules come first, then the platform's routes, then words, then the
// method. Last, a GET that declares itself a robot's or a prefetch is that, unless
// it is for a file.
func (c *Classifier) Class(q Request) falochron.Class {
	how := c.mannerOf(q)
	class := c.undeclared(q, how)
	if how.safe && class != falochron.ClassStatic {
		switch {
		case prefetched(q.Header):
			return falochron.ClassPrefetch
		case robot(q.Header):
			return falochron.ClassBot
		}
	}
	return class
}

// undeclared is the class without what the client says of itself.
func (c *Classifier) undeclared(q Request, how manner) falochron.Class {
	r := c.read(q)
	if l, ruled := c.rules.find(q.Path, how, &r); ruled {
		return l.class
	}
	class, _ := c.routeOf(q, how, &r, r.class(how, q.Header))
	return class
}

// Return reports whether a request is of somebody who comes back from paying,
// maybe in another browser: it must open without any cookie of ours. That is a
// GET or HEAD, or the form that a bank's page sends by POST, with which browsers
// send no cookies that are SameSite=Lax.
func (c *Classifier) Return(q Request) bool {
	how := c.mannerOf(q)
	if q.Method == http.MethodOptions || !how.safe && !how.posted {
		return false
	}
	r := c.read(q)
	if l, ruled := c.rules.find(q.Path, how, &r); ruled {
		return l.back
	}
	if class, known := c.routeOf(q, how, &r, r.class(how, q.Header)); known {
		return class == falochron.ClassCallback && (how.safe || how.fromBank)
	}
	return !r.office() && r.returns(how)
}

// OrderPage reports whether an answer means that an order was made: by default,
// a page of thanks answered 2xx, asked for by GET or by the form of a bank's
// page. The owner's Order rules replace the default.
func (c *Classifier) OrderPage(q Request, status int) bool {
	how := c.mannerOf(q)
	get := how.safe && q.Method == http.MethodGet
	if !get && !how.fromBank || status < 200 || status > 299 {
		return false
	}
	r := c.read(q)
	if len(c.rules.order) > 0 {
		return !r.crossed() && c.rules.order.match(q.Path)
	}
	return r.ordered() && r.returns(how) && r.says&admin == 0
}

// manner is how something is asked for.
type manner struct {
	safe     bool // only reads
	posted   bool // POST, and nothing asks to take it for another method
	fromBank bool // posted by a page of another host, which the sender was shown
}

func (c *Classifier) mannerOf(q Request) manner {
	if Overridden(q.Header) {
		return manner{}
	}
	m := manner{safe: safeMethod(q.Method), posted: q.Method == http.MethodPost}
	m.fromBank = m.posted && fromElsewhere(q.Host, q.Header)
	return m
}

// safeMethod reports whether a method only reads (RFC 9110 section 9.2.1).
// Unknown methods do not.
func safeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// class decides by what the path and the query say; the first that fits. The
// first three are free of the line: see free.go.
func (r *reading) class(how manner, h http.Header) falochron.Class {
	says := r.says
	switch {
	case r.office():
		return falochron.ClassAdmin
	case r.returns(how), how.posted && r.notified(h):
		return falochron.ClassCallback
	case r.machine(how, h):
		return falochron.ClassIntegration
	case says&admin != 0 && !r.adminAjax:
		return falochron.ClassCart // personal, but not where back offices are
	case !r.ambiguous && (how.safe && says&fragment != 0 || r.refreshed && says&cart == 0):
		return falochron.ClassFragment
	case r.last == checkout, says&(login|payment|thanks) != 0, !how.safe && (says&handing != 0 || r.last == cart && says&done != 0):
		return falochron.ClassCheckout
	case r.last == cart, says&account != 0, !how.safe:
		return falochron.ClassCart
	case r.file:
		return falochron.ClassStatic
	case says&api != 0, scripted(h):
		return falochron.ClassFragment
	}
	return falochron.ClassPage
}
