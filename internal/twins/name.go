package twins

import (
	"context"
	"errors"
	"net/url"
)

// Shops write the address in their configuration into every link, or lead to it whoever
// asks under another name (WordPress). Where the shop listens behind a front, that is
// another one than the one it is asked at: then nothing on its pages seems to lead
// anywhere in the shop.

// led is where a redirect to another host leads: the cause of an error that says so.
type led struct{ to *url.URL }

// Error is empty: what there is to say is in the error around it.
func (led) Error() string { return "" }

// front fetches the front page under the name by which the shop knows itself, or says why
// there is none; the answer is there all the same, if there was one.
func (t *tour) front(ctx context.Context) (*answer, error) {
	home, err := t.home(ctx)
	own := t.ownName(home, err)
	if own == nil {
		return home, err
	}
	asked := t.cfg.Shop
	t.cfg.Shop = own
	there, fault := t.home(ctx)
	if fault != nil || t.ownName(there, nil) != nil {
		t.cfg.Shop = asked // it is not the shop's name, or brings nobody further
		return home, err
	}
	t.say("the shop knows itself as " + cut(own.Host))
	return there, nil
}

// ownName is the address by which the shop knows itself, if it is another one than it was
// asked at, as its front page tells: that leads there, or none of its links leads to where
// it was asked and most lead there.
func (t *tour) ownName(home *answer, err error) *url.URL {
	if away, ok := errors.AsType[led](err); ok {
		return &url.URL{Scheme: away.to.Scheme, Host: away.to.Host}
	}
	if err != nil {
		return nil
	}
	links := readSite(home.made.Body, home.url).links
	times := map[url.URL]int{}
	for _, l := range links {
		if sameShop(l.url, t.cfg.Shop) {
			return nil
		}
		times[url.URL{Scheme: l.url.Scheme, Host: l.url.Host}]++
	}
	for name, n := range times {
		if n > 1 && 2*n > len(links) {
			return &name
		}
	}
	return nil
}

// fronted is the cause of the error that Falochron itself answers at the shop's address.
type fronted struct{}

// Error is empty, as that of led.
func (fronted) Error() string { return "" }

// Fronted reports whether an error of [Check] or [Recognise] says that Falochron itself
// answers at the shop's address: it can compare the pages then, where the shop listens.
func Fronted(err error) bool {
	_, is := errors.AsType[fronted](err)
	return is
}
