package preset

// fold appends a path or query value to dst as the words are compared:
// percent-decoded once, in lower case, Polish letters without their marks.
// Whatever some server takes for the end of a segment, or drops, becomes a
// slash: an encoded slash, a backslash, a semicolon, a question mark, a number
// sign, a control byte, a second layer of percent-encoding, a byte that no valid
// UTF-8 contains. ambiguous says that there was such a byte.
func fold(dst []byte, s string) (folded []byte, ambiguous bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		encoded := c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0
		if encoded {
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		}
		switch {
		case c == '/' && encoded, splits(c):
			ambiguous = true
			c = '/'
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		}
		dst = append(dst, c)
		if n := len(dst); c >= 0x80 && c < 0xc0 && n >= 2 {
			if plain := unmark(dst[n-2], c); plain != 0 {
				dst = append(dst[:n-2], plain)
			}
		}
	}
	return dst, ambiguous
}

// splits reports whether servers disagree on what a decoded byte does. A per
// cent sign is here either left over from a second layer or malformed.
func splits(c byte) bool {
	switch c {
	case '\\', ';', '?', '#', '%', 0x7f, 0xc0, 0xc1:
		return true
	}
	return c < ' ' || c >= 0xf5
}

// unmark returns the plain letter of a Polish one, given its two bytes of UTF-8
// in either case, or 0.
func unmark(a, b byte) byte {
	switch {
	case a == 0xc3 && (b == 0xb3 || b == 0x93):
		return 'o'
	case a == 0xc4 && (b == 0x85 || b == 0x84):
		return 'a'
	case a == 0xc4 && (b == 0x87 || b == 0x86):
		return 'c'
	case a == 0xc4 && (b == 0x99 || b == 0x98):
		return 'e'
	case a == 0xc5 && (b == 0x82 || b == 0x81):
		return 'l'
	case a == 0xc5 && (b == 0x84 || b == 0x83):
		return 'n'
	case a == 0xc5 && (b == 0x9b || b == 0x9a):
		return 's'
	case a == 0xc5 && (b == 0xba || b == 0xb9 || b == 0xbc || b == 0xbb):
		return 'z'
	}
	return 0
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// cutSegment returns the first segment of a folded path and what follows it.
func cutSegment(path []byte) (segment, rest []byte) {
	for i, c := range path {
		if c == '/' {
			return path[:i], path[i+1:]
		}
	}
	return path, nil
}

// ending returns what follows the last dot of a segment, or nil.
func ending(segment []byte) []byte {
	for i := len(segment) - 1; i > 0; i-- {
		if segment[i] == '.' {
			return segment[i+1:]
		}
	}
	return nil
}

// stem takes a page's extension off a segment: cart.php is cart.
func stem(segment []byte) []byte {
	switch e := ending(segment); string(e) {
	case "php", "html", "htm", "phtml", "aspx", "asp", "jsp", "do", "json", "xml":
		return segment[:len(segment)-len(e)-1]
	}
	return segment
}
