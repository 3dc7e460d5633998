package preset

// reading is what a request's path and query say.
type reading struct {
	says      trait
	last      trait // cart or checkout: whichever was named last
	ambiguous bool  // servers may read the path in two ways
	untidy    bool  // empty segments: harmless, but no file is asked for so
	file      bool  // ends like a file and no folder before it is personal
	adminAjax bool  // WordPress: the shop front's own scripts call it, too
	keyed     bool  // the query carries the key of a web service
	thanked   bool  // thanks that can only be for an order
	refreshed bool  // WooCommerce reads the mini-cart, by POST or GET
}

// pathRoom is the room on the stack for a folded path; longer ones cost an
// allocation.
const pathRoom = 512

func (c *Classifier) read(path, query string) reading {
	var room [pathRoom]byte
	var r reading
	folded, ambiguous := fold(room[:0], path)
	r.ambiguous = ambiguous
	c.readPath(&r, folded)
	if query != "" {
		c.readQuery(&r, query)
	}
	return r
}

// readPath reads a folded path segment by segment. Words below a folder of files
// are names of files and folders, and the word after "category" is a category's
// name, unless the path is ambiguous: then every word counts.
func (c *Classifier) readPath(r *reading, path []byte) {
	if hasOddSegment(path) {
		r.ambiguous = true
	}
	var below reading // what the words below a folder of files say
	var segment []byte
	inFiles, inCatalogue, others, customer := false, false, false, false
	if len(path) > 0 && path[0] == '/' {
		path = path[1:]
	}
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
		if says&thank != 0 && !others {
			r.thanked = true
		}
		if says&(aboutOrder|neutral) == 0 && !languagePrefix(segment) {
			others = true
		}
		if inCatalogue && !r.ambiguous {
			says &= admin | notify | catalogue
		}
		inCatalogue = says&catalogue != 0
		switch {
		case inFiles && !r.ambiguous:
			below.add(says)
		case says&files != 0 && r.says&personal == 0:
			inFiles = true
		default:
			r.add(says)
		}
	}
	r.file = !r.ambiguous && !r.untidy && r.says&personal == 0 && c.endings[string(ending(segment))]
	if !r.file {
		r.add(below.says)
		if below.last != 0 {
			r.last = below.last
		}
	}
}

// add takes what one more word says.
func (r *reading) add(says trait) {
	if r.says&personal != 0 {
		says &^= fragment // a piece of a personal page is personal
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
