package accept

import "strings"

// parseForwarded reads the Forwarded field of RFC 7239, section 4:
//
//	Forwarded         = 1#forwarded-element
//	forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
//	forwarded-pair    = token "=" value
//	value             = token / quoted-string
//
// One fault anywhere and the whole field says nothing: where the quotes are
// out of step, what a trusted proxy wrote cannot be told from what the visitor
// did.
func parseForwarded(s string) (hops []hop, ok bool) {
	var h hop
	seen := make(map[string]bool, 3)
	for {
		s = strings.TrimLeft(s, " \t")
		if s != "" && s[0] != ',' && s[0] != ';' {
			var name, value string
			if name, value, s, ok = cutPair(s); !ok || seen[name] {
				// Section 4: "Each parameter MUST NOT occur more than once per
				// field-value." (Meant is: per element.)
				return nil, false
			}
			seen[name] = true
			switch name {
			case "for":
				// Section 6: an IPv6 address stands in brackets.
				if h.addr = parseNode(value); h.addr.Is6() && !strings.HasPrefix(value, "[") {
					return nil, false
				}
			case "proto":
				h.proto = strings.ToLower(value)
			case "host":
				h.host = value
			}
			s = strings.TrimLeft(s, " \t")
		}
		switch {
		case s == "":
			return append(hops, h), true
		case s[0] == ',':
			hops = append(hops, h)
			h = hop{}
			clear(seen)
		case s[0] != ';':
			return nil, false
		}
		s = s[1:]
	}
}

// cutPair cuts "name=value" off the front of s. The name comes in lower case:
// section 4: "parameter names are case-insensitive".
func cutPair(s string) (name, value, rest string, ok bool) {
	n := tokenLen(s)
	if n == 0 || n == len(s) || s[n] != '=' {
		return "", "", "", false
	}
	name, s = strings.ToLower(s[:n]), s[n+1:]
	if s == "" || s[0] != '"' {
		n = tokenLen(s)
		return name, s[:n], s[n:], n > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return name, b.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '\\' || c < ' ' && c != '\t' || c == 0x7f:
			return "", "", "", false
		default:
			b.WriteByte(c)
		}
	}
	return "", "", "", false
}

// tokenLen returns how many bytes at the front of s make a token (RFC 9110,
// section 5.6.2).
func tokenLen(s string) int {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return i
		}
	}
	return len(s)
}
