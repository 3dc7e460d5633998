package page

// scanner finds the place for the tag, byte by byte: a small part of the HTML
// standard's tokenizer (13.2.5), enough not to be fooled by comments, attribute
// values, scripts, styles and titles. Invariant: its verdict depends on the
// bytes alone, not on how they arrive.
type scanner struct {
	state scanState
	name  []byte // of the tag being read, lower case, at most maxName+1 long
	end   bool   // it is an end tag
	raw   string // name of the element whose text is not markup, while inside
	dash  int    // dashes just seen in a comment
	back  int    // bytes since '<' that must not go out yet
	seen  int
	found bool
}

type scanState uint8

const (
	inText  scanState = iota
	inOpen            // after '<'
	inName            // tag name
	inTag             // after the name: attributes
	inValue           // after '=' : a quote here opens a value
	inDouble
	inSingle
	inBang    // after '<!'
	inDash    // after '<!-'
	inComment // after '<!--'
	inDecl    // doctype, '<?', and whatever else ends at '>'
)

// maxName is the length of the longest name that matters.
const maxName = len("textarea")

type place uint8

const (
	nowhere place = iota
	after         // after this byte
	before        // before the '<' that is back bytes behind this byte
)

// rawText are the elements whose content is text until their own end tag.
var rawText = map[string]bool{
	"script": true, "style": true, "title": true, "textarea": true,
	"noscript": true, "template": true, "iframe": true, "xmp": true, "noembed": true, "noframes": true,
}

// next takes one byte and says whether the place is found with it.
func (s *scanner) next(c byte) place {
	s.seen++
	if s.back > 0 {
		s.back++
	}
	switch s.state {
	case inText:
		if c == '<' {
			s.state, s.name, s.end = inOpen, s.name[:0], false
			s.back = 1
		}
	case inOpen:
		s.open(c)
	case inName:
		return s.tagName(c)
	case inTag, inValue:
		return s.attributes(c)
	case inDouble:
		if c == '"' {
			s.state = inTag
		}
	case inSingle:
		if c == '\'' {
			s.state = inTag
		}
	case inBang, inDash:
		s.bang(c)
	case inComment:
		s.comment(c)
	case inDecl:
		if c == '>' {
			s.state = inText
		}
	}
	return nowhere
}

// open is the byte after '<' or '</'.
func (s *scanner) open(c byte) {
	switch {
	case c == '/' && !s.end:
		s.end = true
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		s.state = inName
		s.name = append(s.name, c|0x20)
	case c == '<' && (!s.end || s.raw != ""): // the first one was text, this one may begin a tag
		s.end, s.back = false, 1
	case s.raw != "":
		s.text()
	case c == '!' && !s.end:
		s.state, s.back = inBang, 0
	case c == '?' || s.end && c != '>':
		s.state, s.back = inDecl, 0
	default:
		s.text()
	}
}

func (s *scanner) text() { s.state, s.back = inText, 0 }

// tagName collects the name and decides at its end.
func (s *scanner) tagName(c byte) place {
	if c != '>' && c != '/' && !space(c) {
		if s.raw != "" && (c|0x20 < 'a' || c|0x20 > 'z') { // in text, no name holds anything else
			s.text()
			if c == '<' {
				s.state, s.name, s.end, s.back = inOpen, s.name[:0], false, 1
			}
			return nowhere
		}
		if len(s.name) <= maxName {
			s.name = append(s.name, lower(c))
		}
		if !s.candidate() {
			s.back = 0
		}
		return nowhere
	}
	name := string(s.name)
	if s.raw != "" {
		if !s.end || name != s.raw {
			s.text()
			return nowhere
		}
		s.raw = ""
	}
	if s.end && name == "head" || !s.end && name == "body" {
		s.found = true
		s.back-- // this byte itself is not behind
		return before
	}
	s.back = 0
	s.state = inTag
	return s.attributes(c)
}

// candidate reports whether the name so far may become </head or <body.
func (s *scanner) candidate() bool {
	want := "body"
	if s.end {
		want = "head"
	}
	return s.raw == "" && len(s.name) <= len(want) && string(s.name) == want[:len(s.name)]
}

// attributes runs to the '>' that ends the tag.
func (s *scanner) attributes(c byte) place {
	if s.state == inValue && space(c) {
		return nowhere
	}
	opens := s.state == inValue
	s.state = inTag
	switch {
	case c == '>':
		s.text()
		if s.end {
			return nowhere
		}
		if string(s.name) == "head" {
			s.found = true
			return after
		}
		if rawText[string(s.name)] {
			s.raw = string(s.name)
		}
	case c == '=' && !opens:
		s.state = inValue
	case opens && c == '"':
		s.state = inDouble
	case opens && c == '\'':
		s.state = inSingle
	}
	return nowhere
}

// bang is what follows '<!': '--' opens a comment, all else ends at '>'.
func (s *scanner) bang(c byte) {
	switch {
	case c == '-' && s.state == inBang:
		s.state = inDash
	case c == '-':
		s.state, s.dash = inComment, 2 // so that <!--> and <!---> are whole comments
	case c == '>':
		s.state = inText
	default:
		s.state = inDecl
	}
}

// comment ends at '-->' or '--!>'.
func (s *scanner) comment(c byte) {
	switch {
	case c == '-' && s.dash >= 0:
		s.dash++
	case c == '-':
		s.dash = 1
	case c == '!' && s.dash >= 2:
		s.dash = -1
	case c == '>' && (s.dash >= 2 || s.dash == -1):
		s.state = inText
	default:
		s.dash = 0
	}
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}
