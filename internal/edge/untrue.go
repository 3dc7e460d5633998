package edge

import (
	"bytes"
	"io"
	"net/http"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/fresh"
	"github.com/falochron/falochron/internal/preset"
)

// outdo drops what an unsafe request has made untrue (RFC 9111, 4.4): what is stored
// under its address, and under those that its answer names.
//
// A form that surely does nothing but fill a cart says nothing about the article, and a
// crowd of buyers would keep its page uncached. For the same reason the way back from an
// address of the cart, which is the article's page again, is no news of that page: the
// RFC leaves it to the cache ("MAY"). And a POST that only reads, which the script of each
// page of a buyer sends, is as safe as a GET: what those who have no cart are given there
// is as true as before.
func (x *exchange) outdo(resp *http.Response) {
	if !fresh.Invalidates(x.r.Method, resp.StatusCode) || x.onlyReads() || x.fillsCart() {
		return
	}
	target := *x.r.URL
	target.Scheme, target.Host = x.proto, x.host
	targets := fresh.InvalidationTargets(&target, resp.Header)
	if x.atCart() {
		targets = targets[:1]
	}
	for _, u := range targets {
		x.set.Cache.Invalidate(cache.KeyOf(cache.Target{
			Secure: x.proto == "https", Host: u.Host, Path: u.EscapedPath(), Query: u.RawQuery, Header: x.r.Header,
		}))
	}
}

// onlyReads reports whether what was asked for is a piece about the cart, or a question, that
// the preset knows, which scripts fetch by POST.
func (x *exchange) onlyReads() bool {
	if x.r.Method != http.MethodPost || preset.Overridden(x.r.Header) {
		return false
	}
	kind, asked, ok := x.sort()
	return ok && (kind.Empty || asked.Method != x.r.Method)
}

// atCart reports whether the address itself, however it is asked for, is of the cart.
func (x *exchange) atCart() bool {
	q := preset.Request{Method: http.MethodGet, Host: x.host, Path: x.asked.Path, Query: x.asked.Query}
	return x.set.classify.Class(q) == falochron.ClassCart
}

// fillsCart reports whether a form surely fills a cart and does nothing else, at the
// shops that send it to the article's own address.
func (x *exchange) fillsCart() bool {
	return x.class == falochron.ClassCart && x.set.classify.Fills(x.asked, x.field)
}

// field is one field of a form that was read whole, or of the query; empty if there is
// none, or if the body is not known.
func (x *exchange) field(name string) string {
	if x.body == nil && x.r.ContentLength != 0 {
		return ""
	}
	form := &http.Request{Method: http.MethodPost, URL: x.r.URL, Header: x.r.Header, Body: io.NopCloser(bytes.NewReader(x.body))}
	return form.FormValue(name)
}
