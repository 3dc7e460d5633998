package page

import (
	"strings"

	textlang "golang.org/x/text/language"
)

// offered is in the order of indexes that the matcher returns.
var offered = []string{"pl", "en"}

// matcher also knows neighbours: Kashubian and Silesian readers get Polish.
var matcher = textlang.NewMatcher([]textlang.Tag{textlang.Polish, textlang.English})

// maxAcceptLanguage bounds what is parsed; browsers send about 40 bytes.
const maxAcceptLanguage = 200

// Lang chooses the language for an Accept-Language field: "pl" or "en". A first
// choice of one of these without a weight, which is what phones send, costs no
// parsing. Whoever accepts neither gets the default.
func (p *Pages) Lang(header string) string {
	first, _, _ := strings.Cut(header, ",")
	first = strings.TrimSpace(first)
	if len(first) >= 2 && (len(first) == 2 || first[2] == '-') && !strings.Contains(first, ";") {
		for _, l := range offered {
			if strings.EqualFold(first[:2], l) {
				return l
			}
		}
	}
	if header == "" || len(header) > maxAcceptLanguage {
		return p.cfg.DefaultLang
	}
	tags, q, err := textlang.ParseAcceptLanguage(header)
	if err != nil {
		return p.cfg.DefaultLang
	}
	for i, weight := range q {
		if weight == 0 { // "not acceptable" (RFC 9110, 12.4.2); the list is sorted by weight
			tags = tags[:i]
			break
		}
	}
	if len(tags) == 0 {
		return p.cfg.DefaultLang
	}
	if _, i, conf := matcher.Match(tags...); conf > textlang.No {
		return offered[i]
	}
	return p.cfg.DefaultLang
}
