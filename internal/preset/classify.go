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
}

// Generic returns the classifier for shops nobody has described.
func Generic() *Classifier {
	return &Classifier{words: lexicon(), endings: fileEndings()}
}

// Classify returns the class of a request. escapedPath is the path as it was
// sent, still percent-encoded; rawQuery is the query without its question mark.
// It does not allocate for paths up to 512 bytes.
//
// The owner's rules come first, then words, then the method. Last, a GET that
// declares itself a robot's or a prefetch is that, unless it is for a file.
func (c *Classifier) Classify(method, escapedPath, rawQuery string, h http.Header) falochron.Class {
	safe := safeMethod(method) && !overridden(h)
	class, ruled := c.rules.class(escapedPath, safe)
	if !ruled {
		r := c.read(escapedPath, rawQuery)
		class = r.class(safe, h)
	}
	if safe && class != falochron.ClassStatic {
		switch {
		case prefetched(h):
			return falochron.ClassPrefetch
		case robot(h):
			return falochron.ClassBot
		}
	}
	return class
}

// safeMethod reports whether a method only reads (RFC 9110 section 9.2.1).
// Unknown methods do not.
func safeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// class decides by what the path and the query say; the first that fits.
func (r *reading) class(safe bool, h http.Header) falochron.Class {
	says := r.says
	switch {
	case says&admin != 0 && !r.adminAjax:
		return falochron.ClassAdmin
	case !r.ambiguous && (safe && r.paid() || !safe && r.notified(h)):
		return falochron.ClassCallback
	case says&machine != 0, says&api != 0 && (r.keyed || basic(h)):
		return falochron.ClassIntegration
	case !r.ambiguous && (safe && says&fragment != 0 || r.refreshed && says&cart == 0):
		return falochron.ClassFragment
	case r.last == checkout, says&(login|payment|thanks) != 0, !safe && r.last == cart && says&done != 0:
		return falochron.ClassCheckout
	case r.last == cart, says&account != 0, !safe:
		return falochron.ClassCart
	case r.file:
		return falochron.ClassStatic
	case says&api != 0, scripted(h):
		return falochron.ClassFragment
	}
	return falochron.ClassPage
}

// notified reports whether an unsafe request is a payment provider's
// notification. Two pieces of evidence are needed, so that a signature field
// alone, which anybody can write, opens no lane; a word such as webhook counts
// for two.
func (r *reading) notified(h http.Header) bool {
	if r.says&notify != 0 {
		return true
	}
	evidence := 0
	if r.says&payment != 0 {
		evidence++
	}
	if r.says&ask != 0 {
		evidence++
	}
	if evidence == 1 && signed(h) {
		evidence++
	}
	return evidence >= 2
}

// paid reports whether a page is one that people reach after paying: the page
// after the order, or the way back from the bank.
func (r *reading) paid() bool {
	return r.ordered() || r.says&payment != 0 && r.says&(back|done|ask|notify) != 0
}

// ordered reports whether a page says that an order was made.
func (r *reading) ordered() bool {
	return r.says&thanks != 0 || r.thanked || r.says&aboutOrder != 0 && r.says&(thank|done) != 0
}

// IsOrderPage reports whether an answer means that an order was made: by
// default, a GET answered 2xx of a page of thanks. The owner's Order rules
// replace the default.
func (c *Classifier) IsOrderPage(method, escapedPath, rawQuery string, status int) bool {
	if method != http.MethodGet || status < 200 || status > 299 {
		return false
	}
	if len(c.rules.order) > 0 {
		return c.rules.order.match(escapedPath)
	}
	r := c.read(escapedPath, rawQuery)
	return !r.ambiguous && r.ordered() && r.says&admin == 0
}

// IsReturn reports whether a page is one that people reach after paying, maybe
// in another browser: it must open without any cookie of ours.
func (c *Classifier) IsReturn(method, escapedPath, rawQuery string) bool {
	if method != http.MethodGet && method != http.MethodHead {
		return false
	}
	class, ruled := c.rules.class(escapedPath, true)
	if !ruled {
		r := c.read(escapedPath, rawQuery)
		class = r.class(true, nil)
	}
	return class == falochron.ClassCallback
}
