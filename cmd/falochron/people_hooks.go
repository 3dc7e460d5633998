package main

import (
	"strings"

	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/ticket"
)

// doorPath is where signed links lead.
const doorPath = "/plan/l/"

// opensOf is what a link opens, signed by the keys of the data folder. None of it is
// kept: all is made anew from the root of the keys and the link's id, and ends when the
// plan says that the link has ended.
func opensOf(ring *ticket.Keyring, link plan.ID) control.LinkAddresses {
	feeds := ring.Feeds()
	return control.LinkAddresses{
		Pages: doorPath + ring.Links().Seal(string(link)), Feed: feedPath + feeds.Seal(string(link)) + ".ics",
		Hook: control.HookPath + string(link), Secret: listen.Secret(feeds.HookSecret(string(link))),
	}
}

// opens is what a link opens that still opens something.
func (d *desk) opens(link plan.ID) (a control.LinkAddresses, err error) {
	d.Read(func(b *plan.Book) { _, err = b.Enter(d.now, link, "") })
	if err != nil {
		return a, err
	}
	ring, err := d.ring()
	if err != nil {
		return a, err
	}
	return opensOf(ring, link), nil
}

// trimmed is an address without a slash at its end.
func trimmed(url string) string { return strings.TrimSuffix(url, "/") }
