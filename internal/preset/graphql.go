package preset

// This file reads GraphQL documents as far as it takes to know what they do: the
// type of each operation and the fields at its top (GraphQL specification, October
// 2021, sections 2.1 to 2.8). A document it does not understand is none.

// Bounds of what is read; storefronts' documents have some kilobytes.
const (
	documentMost    = 128 << 10 // bytes of a document, or of a whole body
	definitionsMost = 64        // of one document
	fieldsMost      = 64        // noted of one definition
	depthMost       = 64        // of brackets in each other
)

// definition is one operation or fragment of a document.
type definition struct {
	kind    string // query, mutation, subscription, fragment
	name    string // empty for an anonymous operation
	fields  []string
	spreads bool // has more fields by a fragment
}

// document reads all definitions; false if there are none, or too many.
func document(text string) (ds []definition, ok bool) {
	if len(text) > documentMost {
		return nil, false
	}
	l := lexer{text: text}
	for l.next(); l.token != ""; {
		d, ok := l.definition()
		if !ok || len(ds) == definitionsMost {
			return nil, false
		}
		ds = append(ds, d)
	}
	return ds, !l.bad && len(ds) > 0
}

// definition reads one from the current token on.
func (l *lexer) definition() (d definition, ok bool) {
	switch d.kind = l.token; d.kind {
	case "{":
		d.kind = "query"
		return d, l.selection(&d, 0)
	case "query", "mutation", "subscription":
		if l.next(); l.isName() {
			d.name = l.token
			l.next()
		}
		ok = l.token != "(" || l.skip() // variables
	case "fragment":
		l.next()
		d.name, ok = l.token, l.isName()
		l.next()
		ok = ok && l.token == "on"
		l.next()
		ok = ok && l.isName()
		l.next()
	}
	return d, ok && l.directives() && l.token == "{" && l.selection(&d, 0)
}

// selection reads the fields between the braces at the current token.
func (l *lexer) selection(d *definition, depth int) bool {
	if l.next(); depth == depthMost || l.token == "}" {
		return false
	}
	for l.token != "}" {
		ok := false
		switch {
		case l.token == "...":
			ok = l.spread(d, depth)
		case l.isName():
			ok = l.field(d)
		}
		if !ok {
			return false
		}
	}
	l.next()
	return true
}

// field reads one field, with all that is below it.
func (l *lexer) field(d *definition) bool {
	name := l.token
	if l.next(); l.token == ":" { // that was an alias
		if l.next(); !l.isName() {
			return false
		}
		name = l.token
		l.next()
	}
	if len(d.fields) == fieldsMost {
		return false
	}
	d.fields = append(d.fields, name)
	if l.token == "(" && !l.skip() {
		return false
	}
	return l.directives() && (l.token != "{" || l.skip())
}

// spread reads the name of a fragment, or a fragment that has none.
func (l *lexer) spread(d *definition, depth int) bool {
	switch l.next(); {
	case l.token == "on":
		if l.next(); !l.isName() {
			return false
		}
		l.next()
	case l.isName():
		d.spreads = true
		l.next()
		return l.directives()
	}
	return l.directives() && l.token == "{" && l.selection(d, depth+1)
}

// directives passes what begins with an at sign.
func (l *lexer) directives() bool {
	for l.token == "@" {
		if l.next(); !l.isName() {
			return false
		}
		if l.next(); l.token == "(" && !l.skip() {
			return false
		}
	}
	return true
}

// skip passes a bracket and all up to its end.
func (l *lexer) skip() bool {
	var open [depthMost]byte
	for depth := 0; ; l.next() {
		switch l.token {
		case "(", "[", "{":
			if depth == len(open) {
				return false
			}
			open[depth] = l.token[0]
			depth++
		case ")", "]", "}":
			depth--
			if open[depth] != opens(l.token[0]) {
				return false
			}
			if depth == 0 {
				l.next()
				return true
			}
		case "":
			return false
		}
	}
}

func opens(end byte) byte {
	switch end {
	case ')':
		return '('
	case ']':
		return '['
	}
	return '{'
}

// lexer cuts a document into tokens: names, numbers, marks, and a quote for any
// string. The token is empty at the end, and at what is no token.
type lexer struct {
	text  string
	at    int
	token string
	bad   bool // stopped at what is no token
}

func (l *lexer) isName() bool { return l.token != "" && isNameByte(l.token[0]) && !isDigit(l.token[0]) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool { return isLetter(c) || c == '_' || isDigit(c) }

// next goes to the next token.
func (l *lexer) next() {
	l.pass()
	l.token = ""
	if l.at >= len(l.text) || l.bad {
		return
	}
	start := l.at
	switch c := l.text[l.at]; {
	case isNameByte(c), c == '-':
		number := !isLetter(c) && c != '_'
		for l.at++; l.at < len(l.text) && (isNameByte(l.text[l.at]) || number && inNumber(l.text[l.at])); l.at++ {
		}
		l.token = l.text[start:l.at]
	case c == '"':
		if l.bad = !l.quoted(); !l.bad {
			l.token = `"`
		}
	case len(l.text)-start >= 3 && l.text[start:start+3] == "...":
		l.at += 3
		l.token = "..."
	case isMark(c):
		l.at++
		l.token = l.text[start:l.at]
	default:
		l.bad = true
	}
}

func inNumber(c byte) bool { return c == '.' || c == '+' || c == '-' }

func isMark(c byte) bool {
	switch c {
	case '!', '$', '&', '(', ')', ':', '=', '@', '[', ']', '{', '|', '}':
		return true
	}
	return false
}

// pass goes past blanks, commas, the byte order mark and comments.
func (l *lexer) pass() {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == ' ', c == '\t', c == '\n', c == '\r', c == ',':
			l.at++
		case c == '#':
			for l.at < len(l.text) && l.text[l.at] != '\n' && l.text[l.at] != '\r' {
				l.at++
			}
		case len(l.text)-l.at >= 3 && l.text[l.at:l.at+3] == "\ufeff":
			l.at += 3
		default:
			return
		}
	}
}

// quoted goes past a string; false if it has no end.
func (l *lexer) quoted() bool {
	const block = `"""`
	if rest := l.text[l.at:]; len(rest) >= len(block) && rest[:len(block)] == block {
		for l.at += len(block); l.at < len(l.text); l.at++ {
			switch rest := l.text[l.at:]; {
			case len(rest) > len(block) && rest[0] == '\\' && rest[1:1+len(block)] == block:
				l.at += len(block)
			case len(rest) >= len(block) && rest[:len(block)] == block:
				l.at += len(block)
				return true
			}
		}
		return false
	}
	for l.at++; l.at < len(l.text); l.at++ {
		switch l.text[l.at] {
		case '"':
			l.at++
			return true
		case '\\':
			l.at++
		case '\n', '\r':
			return false
		}
	}
	return false
}
