package crowd

import (
	"bytes"
	"slices"
	"strings"
)

// ownCookies begin the names of cookies that the waiting room sets; the others
// are the shop's.
const ownCookies = "falo_"

// insideCookies begin the names of those that only people inside have.
const insideCookies = ownCookies + "i"

// inspect looks for what is somebody else's on a page: a visitor tag that is
// not this session's, an article this fan never put into the cart, another
// fan's address.
func (v *visit) inspect(body []byte) {
	if len(body) == 0 || v.tr.Mixed {
		return
	}
	v.tr.Mixed = v.foreignTag(body) || v.foreignItem(body) || v.foreignEmail(body)
}

func (v *visit) foreignTag(body []byte) bool {
	tag, at := attr(body, "data-visitor", 0)
	if at < 0 || tag == "" {
		return false // made for nobody: may be shown to anybody
	}
	if v.tag != "" {
		return v.tag != tag
	}
	// The first tag seen is this fan's, provided the shop gave it a session and
	// nobody else has seen the tag.
	if !slices.ContainsFunc(v.jar.pairs, func(c cookie) bool { return !strings.HasPrefix(c.name, ownCookies) }) ||
		!v.tally.claim(tag, v.i) {
		return true
	}
	v.tag = strings.Clone(tag)
	return false
}

func (v *visit) foreignItem(body []byte) bool {
	for at := 0; ; {
		item, next := attr(body, "data-item", at)
		if next < 0 {
			return false
		}
		if !slices.Contains(v.items, item) {
			return true
		}
		at = next
	}
}

func (v *visit) foreignEmail(body []byte) bool {
	mine := []byte(email(v.fan))
	for rest := body; ; {
		i := bytes.Index(rest, []byte(emailHost))
		if i < 0 {
			return false
		}
		end := i + len(emailHost)
		if end < len(mine) || !bytes.Equal(rest[end-len(mine):end], mine) {
			return true
		}
		rest = rest[end:]
	}
}
