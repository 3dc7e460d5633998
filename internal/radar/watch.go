package radar

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// Watch looks at what is fetched to be shown beside a link, or ahead of a click: it
// often comes before the first people. It says when that is worth something cheap that
// can be taken back: to fetch the page for the cache, to tell who is on call. It never
// says that a wave has begun: the words by which such programs name themselves can be
// forged, and one link in a private chat looks the same. It has one owner; the zero
// value is ready.
type Watch struct {
	last  time.Time
	usual float64 // fetches a second of all pages, long ago and now
	pages map[string]*watched
	told  []time.Time // when warnings of the last hour were given
}

// watched is one page.
type watched struct {
	fetches, prefetches uint64
	recent              float64 // fetches of the last minutes, the older the less
	warned              time.Time
	there               bool
}

// Warning says that a page's link is being shared.
type Warning struct {
	Path       string
	Families   []string // of programs that fetched it
	Fetches    uint64   // by them, since the page was new
	Prefetches uint64   // by apps and browsers ahead of a click
	Since      time.Time
	Post       string // of the plan: it may be out, and leads there; empty: none
	// Score is how much it says: novelty × families × rate, twice that with a Post. From
	// [WarnFrom] on it is told.
	Score float64
}

// WarnFrom is the score from which on a warning is given: two families that fetched a new
// page twice, or one where a post is expected. Chosen: no figures of it were published,
// and what it leads to costs next to nothing.
const WarnFrom = 4

const (
	recentFades = 2 * time.Minute  // fetches count less by a factor e
	newFades    = 30 * time.Minute // a page is half as new
	usualFades  = 6 * time.Hour    // of what is usual: a factor e
	warnAgain   = time.Hour
	warnMost    = 12 // in an hour: whoever forges such fetches wakes nobody all night
)

// Observe takes what the edge saw last, and returns what is to be told now, the most
// telling first: of each page once an hour.
func (w *Watch) Observe(now time.Time, previews []falochron.PreviewTally, posts []Announced) (out []Warning) {
	if w.pages == nil {
		w.pages = make(map[string]*watched)
	}
	past := 0.0
	if !w.last.IsZero() {
		past = max(0, now.Sub(w.last).Seconds())
	}
	w.last = now
	for _, p := range w.pages {
		p.there = false
		p.recent *= math.Exp(-past / recentFades.Seconds())
	}
	w.told = slices.DeleteFunc(w.told, func(at time.Time) bool { return now.Sub(at) >= warnAgain })
	fresh := 0.0
	for i := range previews {
		t := &previews[i]
		p := w.pages[t.Path]
		if p == nil {
			p = new(watched)
			w.pages[t.Path] = p
		}
		if t.Fetches < p.fetches || t.Prefetches < p.prefetches { // it had to make room, and is back
			p.fetches, p.prefetches = 0, 0
		}
		more := float64(t.Fetches-p.fetches) + float64(t.Prefetches-p.prefetches)
		p.fetches, p.prefetches, p.there = t.Fetches, t.Prefetches, true
		p.recent += more
		fresh += more
		if now.Sub(p.warned) < warnAgain && !p.warned.IsZero() {
			continue
		}
		if warning := w.judge(now, t, p, posts); warning.Score >= WarnFrom && len(w.told) < warnMost {
			p.warned = now
			w.told = append(w.told, now)
			out = append(out, warning)
		}
	}
	if past > 0 {
		w.usual += (1 - math.Exp(-past/usualFades.Seconds())) * (fresh/past - w.usual)
	}
	for path, p := range w.pages {
		if !p.there && now.Sub(p.warned) >= warnAgain {
			delete(w.pages, path)
		}
	}
	slices.SortFunc(out, func(a, b Warning) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Path, b.Path)) })
	return out
}

// judge scores a page.
func (w *Watch) judge(now time.Time, t *falochron.PreviewTally, p *watched, posts []Announced) Warning {
	out := Warning{Path: t.Path, Families: t.Families, Fetches: t.Fetches, Prefetches: t.Prefetches, Since: t.First}
	families := float64(len(t.Families))
	if t.Prefetches > 0 {
		families++ // an app that shows the link on somebody's screen
	}
	novelty := math.Exp2(-max(0, now.Sub(t.First).Minutes()) / newFades.Minutes())
	rate := p.recent / (1 + w.usual*recentFades.Seconds())
	out.Score = novelty * families * rate
	for i := range posts {
		if a := &posts[i]; a.Path == t.Path && a.mayBring(now) {
			out.Post = a.ID
			out.Score *= 2
			break
		}
	}
	return out
}
