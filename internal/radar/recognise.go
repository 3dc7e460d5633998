package radar

import (
	"net/url"
	"strings"

	"github.com/falochron/falochron"
)

// Came is what a request says of where its sender comes from. The strings are as they
// were sent; nothing of them is kept.
type Came struct {
	Agent   Agent
	App     string // X-Requested-With
	Referer string
	Query   string // of the address, without its question mark
}

// Sign is by which network somebody came, and what says so: one of the words beginning
// with [falochron.ByClick].
type Sign struct {
	Channel falochron.Channel
	By      string
}

// Recognise says by which network somebody came; what is stronger comes first: the
// number of a click, the app's own browser, the page before. It does not allocate.
//
// One rule is turned around. A number sticks to a link that is copied to somewhere else,
// and an app does not: where the app says another network than the number, the app
// counts. Facebook's number is that of all of Meta's apps, so app or referrer say which.
func Recognise(c Came) Sign {
	app := c.Agent.App
	if app == falochron.ChannelUnknown && c.App != "" {
		app = packages[c.App]
	}
	click := clickOf(c.Query)
	switch {
	case click == falochron.ChannelUnknown && app != falochron.ChannelUnknown:
		return Sign{app, falochron.ByInApp}
	case click == app && click != falochron.ChannelUnknown, click == falochron.Facebook && ofMeta(app):
		return Sign{app, falochron.ByClick}
	case app != falochron.ChannelUnknown:
		return Sign{app, falochron.ByInApp}
	}
	from := referrerOf(c.Referer)
	switch {
	case click == falochron.Facebook && ofMeta(from):
		return Sign{from, falochron.ByClick}
	case click != falochron.ChannelUnknown:
		return Sign{click, falochron.ByClick}
	case from != falochron.ChannelUnknown:
		return Sign{from, falochron.ByReferrer}
	}
	return Sign{falochron.ChannelUnknown, falochron.ByNone}
}

func ofMeta(c falochron.Channel) bool {
	return c == falochron.Instagram || c == falochron.Facebook || c == falochron.Messenger || c == falochron.Threads
}

// clickOf is the network that the first number of a click in a query is of.
func clickOf(query string) falochron.Channel {
	for rest := query; rest != ""; {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			continue
		}
		if c := clickID(name); c != falochron.ChannelUnknown {
			return c
		}
		if name == "si" && sharedByYouTube(value) {
			return falochron.YouTube
		}
	}
	return falochron.ChannelUnknown
}

// sharedByYouTube reports whether a value has the form of the ids that YouTube adds to
// links that are shared: 16 characters, letters in both cases among them. A shop may
// have a filter of that name.
func sharedByYouTube(s string) bool {
	upper, lower := false, false
	for i := range len(s) {
		switch b := s[i]; {
		case b >= 'a' && b <= 'z':
			lower = true
		case b >= 'A' && b <= 'Z':
			upper = true
		case b >= '0' && b <= '9', b == '-', b == '_':
		default:
			return false
		}
	}
	return len(s) == 16 && upper && lower
}

// hostOf is the host of an address, without its port; of one that is none it is empty.
func hostOf(address string) (scheme, host string) {
	at := strings.Index(address, "://")
	if at < 0 {
		return "", ""
	}
	scheme, host = address[:at], address[at+3:]
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	return scheme, host
}

// hostLabels is how many labels of a host are tried.
const hostLabels = 6

// referrerOf is the network that the page before is of.
func referrerOf(referer string) falochron.Channel {
	scheme, host := hostOf(referer)
	if scheme == "android-app" {
		return packages[host]
	}
	for range hostLabels {
		if c, known := referrers[host]; known {
			return c
		}
		if strings.HasPrefix(host, "pinterest.") { // one for each country
			return falochron.Pinterest
		}
		_, below, more := strings.Cut(host, ".")
		if !more {
			break
		}
		host = below
	}
	return falochron.ChannelUnknown
}

// FromHost reports whether the page before is on the host, written in any letters and
// with or without a port: then its reader is no newcomer.
func FromHost(referer, host string) bool {
	if referer == "" {
		return false
	}
	_, before := hostOf(referer)
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		host = host[:colon]
	}
	return before != "" && strings.EqualFold(before, host)
}

// Marks are the parameters by which campaigns mark their links, as they stand in the
// address.
type Marks struct{ Source, Medium, Campaign, Content string }

// markMost is the longest parameter that counts, in bytes as it was sent.
const markMost = 64

// MarksOf reads them from a query; of several of a name the first counts. It does not
// allocate.
func MarksOf(query string) (m Marks) {
	for rest := query; rest != ""; {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		if !strings.HasPrefix(pair, "utm_") {
			continue
		}
		name, value, _ := strings.Cut(pair[len("utm_"):], "=")
		if len(value) > markMost {
			continue
		}
		into := (*string)(nil)
		switch name {
		case "source":
			into = &m.Source
		case "medium":
			into = &m.Medium
		case "campaign":
			into = &m.Campaign
		case "content":
			into = &m.Content
		}
		if into != nil && *into == "" {
			*into = value
		}
	}
	return m
}

// Channel is the network that the marks name.
func (m Marks) Channel() falochron.Channel {
	if m.Source == "" {
		return falochron.ChannelUnknown
	}
	return falochron.ChannelOf(m.Source)
}

// Label writes the marks for people: "instagram/story/lipstick-1/2". What is no plain
// word is left out, since anybody can write anything into a link, a person's address
// among it; then it may be empty.
func (m Marks) Label() string {
	var parts [4]string
	for i, v := range [...]string{m.Source, m.Medium, m.Campaign, m.Content} {
		parts[i] = plainWord(v)
	}
	return strings.TrimRight(strings.Join(parts[:], "/"), "/")
}

// plainWord is a value as people read it, if it is of letters, digits, blanks and what
// joins words, and has not so many digits that it may number a person.
func plainWord(raw string) string {
	word, err := url.QueryUnescape(raw)
	if err != nil {
		return ""
	}
	digits := 0
	for _, r := range word {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-', r == '_', r == '.', r == ' ', polish(r):
		default:
			return ""
		}
	}
	if digits > 8 { // a date has eight
		return ""
	}
	return word
}

func polish(r rune) bool { return strings.ContainsRune("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", r) }
