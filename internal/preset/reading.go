package preset

// reading is what a request's path and query say.
type reading struct {
	says      trait // all words: they make a page personal, wherever they stand
	last      trait // cart or checkout: whichever was named last
	ambiguous bool  // servers may read the path in two ways
	untidy    bool  // empty segments: harmless, but no file is asked for so
	file      bool  // ends like a file and no folder before it is personal
	adminAjax bool  // WordPress: the shop front's own scripts call it, too
	refreshed bool  // WooCommerce reads the mini-cart, by POST or GET

	// What may free of the line; see free.go.
	near        trait   // words that stand where shops route by them
	thanked     bool    // thanks that can only be for an order
	endpoint    bool    // WooCommerce's page of thanks, below a page nobody knows
	admins      bool    // the back office's folder comes first
	adminScript bool    // and a script of it follows
	machines    bool    // an entry for programs comes first, or below modules
	service     service // a web service for partners of the shop
	bare        bool    // no path, or a language only
	script      bool    // nothing but index.php

	asked
}

// pathRoom is the room on the stack for a folded path; longer ones cost an
// allocation.
const pathRoom = 512

func (c *Classifier) read(q Request) reading {
	var room [pathRoom]byte
	var r reading
	folded, ambiguous := fold(room[:0], q.Path)
	r.ambiguous = ambiguous || rewritten(q.Path, q.Header)
	open := c.readPath(&r, folded)
	r.service = serviceOf(folded)
	if q.Query == "" {
		return r
	}
	path := r.says
	c.readQuery(&r, q.Query)
	if elsewhere := r.says &^ path & (checkout | login | payment | thanks); !open && elsewhere != 0 && path&(checkout|login|payment) == 0 {
		// The till is at the front page or in the one script. On other paths such a
		// word makes a page personal, but does not give it the lane of the till.
		r.says = r.says&^elsewhere | account
		if r.last == checkout {
			r.last = 0
		}
	}
	return r
}

// readPath reads a folded path segment by segment. Words below a folder of files
// are names of files and folders, and the word after "category" is a category's
// name, unless the path is ambiguous: then every word counts. open says that the
// path leaves it to the query which page is meant.
func (c *Classifier) readPath(r *reading, path []byte) (open bool) {
	if hasOddSegment(path) {
		r.ambiguous = true
	}
	var below reading // what the words below a folder of files say
	var segment []byte
	inFiles, inCatalogue, others, customer := false, false, false, false
	at := position{lead: true}
	if len(path) > 0 && path[0] == '/' {
		path = path[1:]
	}
	// Some servers take what follows two slashes for a host's name (Node's
	// new URL(request.url, base), PHP's parse_url): the first word proves nothing.
	at.host = len(path) > 0 && path[0] == '/'
	for len(path) > 0 {
		segment, path = cutSegment(path)
		if len(segment) == 0 {
			r.untidy = true
			continue
		}
		says := c.lookup(segment)
		if customer && string(segment) == "section" {
			says = fragment // Magento: customer/section/load
			r.says = 0
		}
		customer = r.says == 0 && string(segment) == "customer"
		if says&api != 0 && string(stem(segment)) == "admin-ajax" {
			r.adminAjax = true
		}
		if says&thank != 0 && !others && at.counts() && !at.host {
			r.thanked = true
		}
		if says&(aboutOrder|neutral) == 0 && !languagePrefix(segment) {
			others = true
		}
		if inCatalogue && !r.ambiguous {
			says &= admin | notify | catalogue
		}
		inCatalogue = says&catalogue != 0
		near := r
		switch {
		case inFiles && !r.ambiguous:
			near = &below
			below.add(says)
		case says&files != 0 && r.says&personal == 0:
			inFiles = true
		default:
			r.add(says)
		}
		at.step(near, segment, says)
	}
	r.file = !r.ambiguous && !r.untidy && r.says&personal == 0 && c.endings[string(ending(segment))]
	if !r.file {
		r.add(below.says)
		r.near |= below.near
		r.machines = r.machines || below.machines
		r.endpoint = r.endpoint || below.endpoint
		if below.last != 0 {
			r.last = below.last
		}
	}
	r.bare, r.script = at.lead && !at.folder && !at.script, at.lead && at.script && string(segment) == "index.php"
	r.admins, r.adminScript = at.admins, at.adminScript
	return at.lead
}

// add takes what one more word says.
func (r *reading) add(says trait) {
	if r.says&personal != 0 {
		says &^= fragment // a piece of a personal page is personal
	}
	if says&handing != 0 && r.says&aboutOrder != 0 {
		says |= checkout
	}
	if says&(cart|checkout) != 0 {
		r.last = says & (cart | checkout)
	}
	r.says |= says
}

// lookup returns what one segment says. Blanks and dots at the end, which some
// servers drop, do not hide a word.
func (c *Classifier) lookup(segment []byte) trait {
	for n := len(segment); n > 0 && (segment[n-1] == ' ' || segment[n-1] == '.'); n-- {
		segment = segment[:n-1]
	}
	word := stem(segment)
	says := c.words[string(word)]
	if string(segment) == "cart.js" {
		says = cart // Shopify's cart, read by script
	}
	if says == 0 && hiddenAdmin(word) {
		says = admin
	}
	return says
}

// hiddenAdmin recognises PrestaShop's renamed back office: "admin" with digits
// somewhere after it (admin123, admin4xk2).
func hiddenAdmin(word []byte) bool {
	if len(word) < 6 || len(word) > 24 || string(word[:5]) != "admin" {
		return false
	}
	digits := false
	for _, c := range word[5:] {
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c < 'a' || c > 'z':
			return false
		}
	}
	return digits
}

// languagePrefix recognises pl, en, pl-pl, en_gb.
func languagePrefix(s []byte) bool {
	switch len(s) {
	case 2:
		return letters(s)
	case 5:
		return letters(s[:2]) && (s[2] == '-' || s[2] == '_') && letters(s[3:])
	}
	return false
}

func letters(s []byte) bool {
	for _, c := range s {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// hasOddSegment finds dot segments, and segments that end in a blank or a dot.
func hasOddSegment(path []byte) bool {
	for len(path) > 0 {
		var s []byte
		s, path = cutSegment(path)
		if n := len(s); n > 0 && (s[n-1] == ' ' || s[n-1] == '.') {
			return true
		}
	}
	return false
}
