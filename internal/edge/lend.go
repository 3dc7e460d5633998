package edge

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/falochron/falochron/internal/origin"
)

// lend fetches the field by which a script without cookies has a cart, for a visitor who
// is about to change something without one: see [preset.Lend]. It is asked for as nobody,
// in his slot, and goes to the shop with his request alone; the shop's answer to that
// tells his script what it has been given.
func (x *exchange) lend(ctx context.Context) {
	if !x.marks() || x.slot == nil || !x.changes {
		return
	}
	field, path, query, lacks := x.set.classify.Lacks(x.asked)
	if !lacks {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, mintWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+x.host+"/", nil)
	if err != nil {
		return // as in mint
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = plain, path, query
	r.Header = http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"identity"}}
	for _, name := range []string{"User-Agent", "Accept-Language"} {
		if v := x.r.Header[name]; len(v) > 0 {
			r.Header[name] = slices.Clone(v)
		}
	}
	origin.Visitor{Client: x.client, Proto: x.proto, Host: x.host}.Stamp(r.Header)
	resp, err := x.set.Pool.RoundTripFor(ctx, r, origin.ForwardOptions{Sticky: x.home(), Since: x.who.sinceIn, At: x.who.replica})
	if err != nil {
		return // the request itself will meet the same, and say so
	}
	_, _ = io.CopyN(io.Discard, resp.Body, mintMost) // to keep the connection
	_ = resp.Body.Close()
	if given := resp.Header[field]; resp.StatusCode == http.StatusOK && len(given) == 1 {
		x.r.Header[field] = given
	}
}
