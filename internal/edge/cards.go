package edge

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/radar"
)

// Programs that show what is behind a link come in crowds: one post brings some hundred
// of the fediverse's servers within minutes. Where a page may be shared they get it from
// the cache. Where it may not, they get a card: title, description and picture, which is
// all they show, of the page as the edge itself has asked for it, as a stranger without
// any cookie. So they cost the shop one page for each address, whatever the page is, and
// there is nothing of a person in what they get, nor anything of a session: a card holds
// three texts. It is given to nobody else.

const (
	cardLife  = 10 * time.Minute // networks keep what they have seen for half an hour to weeks
	cardStale = 24 * time.Hour   // while the shop fails or people wait: an old title is better than none
	cardAgain = 30 * time.Second // after the shop did not answer
	cardsMost = 512              // of a shop, about a kilobyte each
	cardsAsk  = 4                // pages that are asked for at once
	cardWait  = 8 * time.Second  // that a program is kept waiting: the patient ones wait for ten
)

// cards are those of one shop. The zero value is ready.
type cards struct {
	mu     sync.Mutex // guards the following fields
	all    map[cardKey]*card
	asking int
}

// cardKey is an address as the shop sees it.
type cardKey struct {
	secure            bool
	host, path, query string
}

// card is what is shown of one address. While it is asked for, done is open.
type card struct {
	done    chan struct{}
	made    time.Time // when the shop answered last; zero: never
	tried   time.Time // when it was asked last
	status  int
	leadsTo string // of a redirect
	preview page.Preview
}

// showsLinks reports whether a program asks for a page to show what is behind a link.
func (x *exchange) showsLinks() bool {
	return x.class == falochron.ClassBot && (x.r.Method == http.MethodGet || x.r.Method == http.MethodHead) &&
		radar.PreviewerOf(x.r.Header.Get("User-Agent")) != radar.NoPreviewer && x.purpose() == falochron.ClassPage
}

// preview answers a program that shows what is behind a link, if the cache has not, and
// it asks for a page as anybody may who has no cookie.
func (x *exchange) preview() bool {
	if !x.showsLinks() || !x.standing.Anonymous || len(x.host)+len(x.asked.Path)+len(x.asked.Query) > cardURL {
		return false
	}
	key := cardKey{x.proto == "https", strings.ToLower(x.host), x.asked.Path, cache.StripTracking(x.asked.Query)}
	c := x.card(key)
	if c.made.IsZero() {
		x.verdict = verdict{Action: falochron.Shed, Reason: "preview-later"}
		x.fail(page.ErrorView{Status: http.StatusServiceUnavailable, RetryAfter: cardAgain + x.srv.seeds.between(cardAgain)})
		return true
	}
	x.verdict = verdict{Action: falochron.Hit, Reason: "preview-card"}
	h := x.w.Header()
	h.Set("Cache-Control", "no-store") // it is for this program, not for the next who asks
	h.Set(page.StateHeader, string(page.None))
	switch {
	case c.leadsTo != "":
		h.Set("Location", c.leadsTo)
		x.w.WriteHeader(c.status)
	case c.status != http.StatusOK:
		x.fail(page.ErrorView{Status: c.status})
	default:
		_ = x.set.Pages.ServePreview(x.w, x.r, c.preview, "") // it has gone: nobody to tell
	}
	return true
}

// cardURL is the longest address that is kept, and host, path and query together of which a card is kept, in bytes.
const cardURL = 2 << 10

// card is what is known of an address: from before, or asked for now, once for all who
// want it. Nobody is asked for a card while people wait.
func (x *exchange) card(key cardKey) card {
	cs := &x.shop.cards
	cs.mu.Lock()
	c := cs.all[key]
	switch {
	case c == nil || c.done == nil && !c.made.IsZero() && x.now.Sub(c.made) >= cardStale:
		c = &card{}
	case c.done != nil && c.made.IsZero(): // somebody else has asked, and there is nothing before
		done := c.done
		cs.mu.Unlock()
		wait := time.NewTimer(cardWait)
		defer wait.Stop()
		select {
		case <-done:
		case <-wait.C:
		case <-x.r.Context().Done():
		}
		cs.mu.Lock()
		defer cs.mu.Unlock()
		return *c
	case c.done != nil, x.now.Sub(c.made) < cardLife, x.now.Sub(c.tried) < cardAgain:
		defer cs.mu.Unlock()
		return *c
	}
	if cs.asking >= cardsAsk || !x.srv.mayWarm(x.shop) || x.holds() {
		defer cs.mu.Unlock()
		return *c
	}
	if cs.all == nil {
		cs.all = make(map[cardKey]*card)
	}
	cs.all[key] = c
	cs.room(c)
	done := make(chan struct{})
	c.done, c.tried = done, x.now
	cs.asking++
	cs.mu.Unlock()

	made := x.ask(key)
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.asking--
	if c.done = nil; made.status != 0 {
		c.made, c.status, c.leadsTo, c.preview = time.Now(), made.status, made.leadsTo, made.preview
	}
	close(done)
	return *c
}

// room keeps the cards within bounds: that which was asked for longest ago goes. Its
// caller holds the lock.
func (cs *cards) room(but *card) {
	for len(cs.all) > cardsMost {
		var oldest cardKey
		var at *card
		for key, c := range cs.all {
			if c != but && c.done == nil && (at == nil || c.tried.Before(at.tried)) {
				oldest, at = key, c
			}
		}
		if at == nil {
			return // all are being asked for
		}
		delete(cs.all, oldest)
	}
}

// ask asks the shop for a page as a stranger would, and keeps what a link to it shows. A
// status of 0 means that the shop did not answer properly.
func (x *exchange) ask(key cardKey) (c card) {
	// Whoever asked may leave: the others still want it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.r.Context()), warmTime)
	defer cancel()
	at := x.proto + "://" + key.host + key.path
	if key.query != "" {
		at += "?" + key.query
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return card{}
	}
	r.Header = http.Header{"User-Agent": {askAgent}, "Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Encoding": {"identity"}}
	resp, err := x.srv.ask(ctx, x.shop, r)
	if err != nil {
		return card{}
	}
	defer resp.Body.Close()
	switch to := resp.Header.Get("Location"); {
	case resp.StatusCode/100 == 3 && to != "" && len(to) <= cardURL:
		return card{status: http.StatusFound, leadsTo: to}
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone || resp.StatusCode == http.StatusForbidden:
		return card{status: resp.StatusCode}
	case resp.StatusCode != http.StatusOK:
		return card{}
	}
	c = card{status: http.StatusOK, preview: short(read(io.LimitReader(resp.Body, warmMost), r.URL).preview)}
	if c.preview.Title == "" {
		c.preview.Title = key.host
	}
	return c
}

// short is a preview within bounds, whatever the shop has written into its page.
func short(p page.Preview) page.Preview {
	cut := func(s string, most int) string { return strings.Clone(strings.ToValidUTF8(s[:min(len(s), most)], "")) }
	p.Title, p.Description = cut(p.Title, 4*page.MaxPreviewTitle), cut(p.Description, 4*page.MaxPreviewText)
	if len(p.Image) > cardURL {
		p.Image = ""
	}
	return p
}
