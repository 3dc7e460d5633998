package edge

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
)

// A page whose link is being shared is fetched ahead of the people who may come, as the
// page of an announced post is: by the edge itself, as a stranger. Anybody can make a page
// look shared, so of such hints only a few are taken, each is worth two requests to the
// shop at most, and none is followed while people wait.

const (
	hintsMost = 8               // in hand
	hintLives = 2 * time.Minute // then it is of yesterday
	hintRests = time.Minute     // between two of the same page
)

// hints are pages to be fetched ahead. The zero value is ready.
type hints struct {
	mu   sync.Mutex // guards the following field
	list []hint
}

type hint struct {
	path  string
	since time.Time
	done  bool
}

// take takes a hint, if there is room and it is new.
func (h *hints) take(path string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	kept := h.list[:0]
	for _, old := range h.list {
		if now.Sub(old.since) < hintRests || !old.done && now.Sub(old.since) < hintLives {
			kept = append(kept, old)
		}
	}
	h.list = kept
	for _, old := range h.list {
		if old.path == path {
			return false
		}
	}
	if len(h.list) >= hintsMost {
		return false
	}
	h.list = append(h.list, hint{path: path, since: now})
	return true
}

// next is the oldest hint that is not done, and takes it as done.
func (h *hints) next(now time.Time) (path string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.list {
		if t := &h.list[i]; !t.done && now.Sub(t.since) < hintLives {
			t.done = true
			return t.path, true
		}
	}
	return "", false
}

// Warm has a page of a shop fetched for the cache, as a stranger would ask for it, within
// a second or two: its link is being shared. path is without a query. It reports whether
// the hint was taken: not while there are too many, or the same was there a moment ago.
func (s *Server) Warm(shop, path string) bool {
	sh, ok := s.shops.Load().byName[shop]
	if !ok {
		return false
	}
	if to, local := page.LocalPath(path); !local || to != path || strings.HasPrefix(path, ownPrefix) || strings.ContainsAny(path, "?#") {
		return false
	}
	if !sh.hints.take(path, time.Now()) {
		return false
	}
	select {
	case s.hurry <- struct{}{}:
	default:
	}
	return true
}

// warmHints fetches the pages that are hinted at.
func (s *Server) warmHints(ctx context.Context, sh *shop) {
	for ctx.Err() == nil && s.mayWarm(sh) {
		now := time.Now()
		path, ok := sh.hints.next(now)
		if !ok {
			return
		}
		base := sh.addressOf(&link{})
		to, err := base.Parse(path)
		if err != nil || base.Host == "" {
			continue
		}
		note := "warmed, since its link is shared: " + path
		if cold := s.warmPage(ctx, sh, to); cold != "" {
			note = "not warmed, though its link is shared: " + path + " (" + cold + ")"
		}
		s.cfg.Journal.Append(falochron.Record{Time: now, Shop: sh.name, Note: note})
	}
}

// warmPage has the cache answer for a page, and asks the shop whether it is for everybody
// where nobody knows.
func (s *Server) warmPage(ctx context.Context, sh *shop, to *url.URL) (cold string) {
	if _, cold = s.warm(ctx, sh, to, true); cold != "" && s.mayWarm(sh) && s.probe(ctx, sh, to) {
		_, cold = s.warm(ctx, sh, to, true)
	}
	return cold
}
