package edge

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// A replica that is new is asked for the pages that people come for before they ask it:
// its code is compiled and its own caches fill. It is one request after the other, each by
// a slot of the shop as a file nobody waits for takes it, so that nobody with a place
// waits longer for it than that.

const (
	warmReplicaPages = 12               // pages that one new replica is asked for; chosen
	warmReplicaTime  = 30 * time.Second // in which that must be done: then people have warmed it
)

// WarmReplica has a new replica of a shop warmed, and returns at once. address is as the
// pool has it. It reports whether there is such a replica.
func (s *Server) WarmReplica(shop, address string) bool {
	sh, ok := s.shops.Load().byName[shop]
	if !ok {
		return false
	}
	to, ok := sh.set.Load().Pool.At(address)
	if !ok {
		return false
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), warmReplicaTime)
		defer cancel()
		asked, answered := s.warmReplica(ctx, sh, to, time.Now())
		s.cfg.Journal.Append(falochron.Record{
			Time: time.Now(), Shop: sh.name, Origin: address, Note: fmt.Sprintf("warmed the new replica %s: %d of %d pages", address, answered, asked),
		})
	}()
	return true
}

// warmReplica asks one replica for the pages that people come for.
func (s *Server) warmReplica(ctx context.Context, sh *shop, to carrier, now time.Time) (asked, answered int) {
	base := sh.addressOf(&link{})
	if base.Host == "" {
		return 0, 0 // nobody has come yet, and neither plan nor configuration names a host
	}
	pages := s.wanted(sh, now)
	for _, path := range s.sitemapAt(ctx, sh, to, base) {
		if len(pages) < warmReplicaPages && !slices.Contains(pages, path) {
			pages = append(pages, path)
		}
	}
	for _, path := range pages {
		if ctx.Err() != nil {
			break
		}
		asked++
		if _, ok := s.readAt(ctx, sh, to, base, path, ""); ok {
			answered++
		}
	}
	return asked, answered
}

// wanted are the pages that people come for: those that announced posts lead to, then those
// most newcomers have landed on, then the front page.
func (s *Server) wanted(sh *shop, now time.Time) (paths []string) {
	add := func(path string) {
		if path != "" && len(paths) < warmReplicaPages && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	for _, l := range sh.links.Load().list {
		if l.near(now) {
			add(l.to)
		}
	}
	if t, ok := s.Arrivals(sh.name); ok {
		slices.SortStableFunc(t.Entries, func(a, b falochron.EntryTally) int { return cmp.Compare(b.Total, a.Total) })
		for i := range t.Entries {
			add(t.Entries[i].Entry.Path)
		}
	}
	add("/")
	return paths
}

// sitemapAt are the addresses of the shop's sitemap: of the first part of it where it has
// several.
func (s *Server) sitemapAt(ctx context.Context, sh *shop, to carrier, base *url.URL) []string {
	at := "/sitemap.xml"
	for range 2 {
		body, ok := s.readAt(ctx, sh, to, base, at, "xml")
		if !ok {
			return nil
		}
		paths, index := sitemap(body, base.Host)
		if !index {
			return paths
		}
		if len(paths) == 0 {
			return nil
		}
		at = paths[0]
	}
	return nil
}

// readAt asks one replica for one address. What it answers is read, of some kind only if
// one is named, and given to nobody.
func (s *Server) readAt(ctx context.Context, sh *shop, to carrier, base *url.URL, path, kind string) ([]byte, bool) {
	u, err := base.Parse(path)
	if err != nil {
		return nil, false
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, false
	}
	r.Header = http.Header{"User-Agent": {askAgent}, "Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Accept-Encoding": {"gzip"}}
	if kind != "" {
		r.Header = http.Header{"User-Agent": {askAgent}, "Accept": {"*/*"}, "Accept-Encoding": {"identity"}}
	}
	resp, err := s.askAt(ctx, sh, to, r)
	if err != nil {
		return nil, false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, warmMost))
	return body, err == nil && resp.StatusCode < http.StatusBadRequest
}
