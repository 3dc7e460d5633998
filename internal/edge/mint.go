package edge

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// Some shops hear nobody who has no session: EverShop answers 200 to "add to cart"
// and forgets it. Such a session comes with the first page of the shop, and
// somebody who has read shared pages only never got one. So before the first
// request that changes something the edge fetches that page for him, throws it
// away, and gives him and the request the session that came with it.

// mint fetches a session for a visitor who is about to change something without one,
// from the front page; or has the shop see where he has landed, see landing.go. The
// request to the shop is this visitor's own: it happens in his slot, and what comes
// back goes to him alone.
func (x *exchange) mint(ctx context.Context) {
	if !x.marks() || x.slot == nil {
		return
	}
	name := x.set.classify.Mint()
	lacks := name != "" && x.changes && (!safe(x.r.Method) || x.page) && !x.has(name)
	owes := x.owesLanding()
	if !lacks && !owes {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, mintWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+x.host+"/", nil)
	if err != nil {
		return // a host that is no part of an address; the shop will say what it thinks of it
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = "/", "", ""
	r.Header = http.Header{"Accept": {"text/html,*/*;q=0.8"}, "Accept-Encoding": {"identity"}}
	for _, field := range []string{"User-Agent", "Accept-Language"} {
		// Shops give robots no session, and the page its language.
		if v := x.r.Header[field]; len(v) > 0 {
			r.Header[field] = v
		}
	}
	if owes {
		at, err := url.ParseRequestURI(x.standing.landing)
		if err != nil {
			return // it was read as one before
		}
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = at.Path, at.RawPath, at.RawQuery
		// The session that he has, if any, is the one that is to hold the code.
		if lines := x.r.Header["Cookie"]; len(lines) > 0 {
			r.Header["Cookie"] = slices.Clone(lines)
		}
	} else if form, ok := x.set.classify.Form(x.r.Header); ok && form != "" {
		// Cookies that choose the language and the currency of the session.
		r.Header.Set("Cookie", form)
	}
	origin.Visitor{Client: x.client, Proto: x.proto, Host: x.host}.Stamp(r.Header)
	resp, err := x.set.Pool.RoundTripFor(ctx, r, origin.ForwardOptions{Sticky: x.home(), Since: x.who.sinceIn, At: x.who.replica})
	if err != nil {
		return // the request itself will meet the same, and say so
	}
	_, _ = io.CopyN(io.Discard, resp.Body, mintMost) // to keep the connection; what it holds is for nobody
	_ = resp.Body.Close()
	x.standing.told = owes && resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests
	for _, c := range resp.Cookies() {
		if mine(c.Name) || c.MaxAge < 0 || c.Value == "" {
			continue
		}
		x.minted = append(x.minted, c)
		x.send(c)
	}
}

// send has the request carry a cookie, in place of one of that name: as the browser
// would send it from now on.
func (x *exchange) send(c *http.Cookie) {
	var kept []string
	for _, line := range x.r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			part = strings.TrimSpace(part)
			if name, _, _ := strings.Cut(part, "="); part != "" && name != c.Name {
				kept = append(kept, part)
			}
		}
	}
	x.r.Header.Del("Cookie")
	if len(kept) > 0 {
		x.r.Header.Set("Cookie", strings.Join(kept, "; "))
	}
	x.r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
}

const (
	mintWithin = 10 * time.Second // as long as people wait for a page
	mintMost   = 1 << 20          // of the page is read before the connection is given up instead
)

// has reports whether the request carries a cookie of that name, which may have a
// star.
func (x *exchange) has(name string) bool {
	for _, line := range x.r.Header["Cookie"] {
		for part := range strings.SplitSeq(line, ";") {
			if have, value, _ := strings.Cut(strings.TrimSpace(part), "="); value != "" && preset.NameMatches(name, have) {
				return true
			}
		}
	}
	return false
}

// giveSession passes on the cookies that came with a minted session, before
// those that the answer itself sets: of two with one name the later counts. It takes
// the mark back that the shop has heard of by now.
func (x *exchange) giveSession(h http.Header) {
	if x.standing.told {
		unshare(h)
		x.setLanding(h, "", 0)
	}
	if len(x.minted) == 0 {
		return
	}
	lines := make([]string, 0, len(x.minted)+len(h["Set-Cookie"]))
	for _, c := range x.minted {
		if c.Raw != "" {
			lines = append(lines, c.Raw)
		}
	}
	h["Set-Cookie"] = slices.Concat(lines, h["Set-Cookie"])
	unshare(h)
	if !private(h) {
		h.Add("Cache-Control", "private")
	}
}
