package preset

import (
	"net/http"
	"strings"

	"github.com/falochron/falochron"
)

// address is a compiled pattern of a platform: segments, and a parameter that the
// query must have.
type address struct {
	path  pattern
	param string // folded name; empty = none is asked for
	value string // folded
	open  bool   // the value only begins so
}

func compileAddress(text string) (address, error) {
	path, query, asks := strings.Cut(text, "?")
	p, err := compileOne(path)
	if err != nil || !asks {
		return address{path: p}, err
	}
	name, value, _ := strings.Cut(query, "=")
	value, open := strings.CutSuffix(value, star)
	return address{path: p, param: strings.ToLower(name), value: strings.ToLower(value), open: open}, nil
}

func compileAddresses(texts []string) (as []address, err error) {
	for _, text := range texts {
		a, err := compileAddress(text)
		if err != nil {
			return nil, err
		}
		as = append(as, a)
	}
	return as, nil
}

// fits reports whether a request is for the address. The path is folded. Where
// exact is asked for, the parameter stands there once.
func (a address) fits(path []byte, query string, exact bool) bool {
	return a.path.below(path) && (a.param == "" || a.asked(query, exact))
}

// below is match for a path that may begin with a language and with a folder that
// a shop lies in.
func (p pattern) below(path []byte) bool {
	for {
		if p.match(path) {
			return true
		}
		first, rest := nextSegment(path)
		if s := string(first); !languagePrefix(first) && s != "sklep" && s != "shop" {
			return false
		}
		path = rest
	}
}

// asked reports whether the query has the parameter with that value.
func (a address) asked(query string, exact bool) bool {
	found, other := 0, 0
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		var room [64]byte
		if len(name) > len(room) {
			continue
		}
		folded, _ := fold(room[:0], name)
		if folded, _ = phpName(folded); string(folded) != a.param {
			continue
		}
		if a.says(value) {
			found++
		} else {
			other++
		}
	}
	return found > 0 && (!exact || found+other == 1)
}

func (a address) says(value string) bool {
	var room [128]byte
	folded, _ := fold(room[:0], value)
	if a.open {
		return hasPrefix(folded, a.value)
	}
	return string(folded) == a.value
}

// route is a compiled [Route].
type route struct {
	at    address
	class falochron.Class
	reads bool
	own   bool
}

// routeOf returns what the platform knows of a path, better than the words, which
// say class. What makes a request more personal leaves alone what is free of the
// line: the back office, too, has parameters.
func (c *Classifier) routeOf(q Request, how manner, r *reading, class falochron.Class) (falochron.Class, bool) {
	if len(c.routes) == 0 {
		return class, false
	}
	var room [pathRoom]byte
	path, _ := fold(room[:0], q.Path)
	for i := range c.routes {
		t := &c.routes[i]
		stricter := t.class == falochron.ClassCart || t.class == falochron.ClassCheckout
		switch {
		case stricter && freed(class), t.reads && !how.safe, !stricter && !how.safe && !how.posted, t.own && !ownPage(q.Host, q.Header):
		case !t.at.fits(path, q.Query, !stricter), !stricter && r.elsewhere(path, t):
		default:
			return t.class, true
		}
	}
	return class, false
}

// Own reports whether an address is one for which only scripts of the shop's own pages
// are told apart: see [Route]. The path is still percent-encoded, and the query has no
// question mark.
func (c *Classifier) Own(path, query string) bool {
	var room [pathRoom]byte
	folded, _ := fold(room[:0], path)
	for i := range c.routes {
		if t := &c.routes[i]; t.own && t.at.fits(folded, query, true) {
			return true
		}
	}
	return false
}

// freed reports whether the line does not apply to a class.
func freed(c falochron.Class) bool {
	return c == falochron.ClassCallback || c == falochron.ClassAdmin || c == falochron.ClassIntegration
}

// elsewhere reports whether a request may lead past a path that a route makes less
// personal, or frees of the line.
func (r *reading) elsewhere(path []byte, t *route) bool {
	switch {
	case r.ambiguous, r.untidy, r.orders, r.acts, r.unclear, freed(t.class) && r.hinted, doubled(path):
		return true
	case t.at.param == "":
		return r.named != 0
	}
	return r.named != 0 && !r.alone()
}

// Kind returns which kind of shared pages a request is for; false if it is for
// none. An address with a secret is for none: what it shows is for whoever has it,
// and asking for it may use it up. The class is that of [Classifier.ClassOf].
func (c *Classifier) Kind(q Request, class falochron.Class) (*Kind, bool) {
	if len(c.kinds) == 0 || q.Method == http.MethodOptions {
		return nil, false
	}
	how := c.mannerOf(q)
	if !how.safe && !how.posted {
		return nil, false
	}
	if class == falochron.ClassBot || class == falochron.ClassPrefetch {
		class = c.undeclared(q, how)
	}
	if class != falochron.ClassPage && class != falochron.ClassFragment {
		return nil, false
	}
	var room [pathRoom]byte
	path, _ := fold(room[:0], q.Path)
	r := c.read(q)
	if r.ambiguous || r.orders || r.acts || r.unclear || r.secret || doubled(path) || class == falochron.ClassPage && secretPath(path) {
		return nil, false
	}
	for i := range c.kinds {
		if k := &c.kinds[i]; k.Class == class && (how.safe || k.Empty) && k.fits(path, q.Query, &r) && (len(k.Queries) == 0 || c.speaksGraphQL(q) && k.asks(q.Query)) {
			return k, true
		}
	}
	return nil, false
}

func (k *Kind) fits(path []byte, query string, r *reading) bool {
	for _, a := range k.at {
		if a.fits(path, query, true) && (a.param != "" || r.named == 0) {
			return true
		}
	}
	return len(k.at) == 0
}

// secretPath reports whether a page's path has in it what nobody can guess: 16 letters
// and digits, at least four of them digits, with nothing between but, as in a UUID,
// hyphens among hexadecimal ones. Names of articles have hyphens between their words.
func secretPath(path []byte) bool {
	run, digits, hex := 0, 0, true
	group, inGroup := 0, 0 // of run and digits, what stands behind the last hyphen
	for _, c := range path {
		switch {
		case c >= '0' && c <= '9':
			run, digits, group, inGroup = run+1, digits+1, group+1, inGroup+1
		case c >= 'a' && c <= 'z':
			run, group = run+1, group+1
			if c > 'f' && hex {
				hex, run, digits = false, group, inGroup // the hyphens stood between words
			}
		case c == '-' && hex && run >= 8:
			group, inGroup = 0, 0
			continue
		default:
			run, digits, hex, group, inGroup = 0, 0, true, 0, 0
		}
		if run >= 16 && digits >= 4 && digits < run {
			return true
		}
	}
	return false
}
