package radar

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

// The signs by which a cohort is judged. docs/radar-cohorts.md has them in a table, with
// where each number comes from.

// Strong signs: what fans do not do.
const (
	SignNotBack    = "not-back"   // tickets were given and did not come back
	SignUnticketed = "unticketed" // pages were made for them, and no ticket was ever shown
	SignBusting    = "busting"    // the same things again and again, each time under another address
	SignFaults     = "faults"     // addresses that the shop does not have
	SignForged     = "forged"     // tickets that were never ours
	SignSpread     = "spread"     // each visitor asks for more different pages than people read
	SignCarts      = "carts"      // each visitor puts more into carts than people do
	SignBlind      = "blind"      // many pages, and none of what is in them
	SignRestless   = "restless"   // in line they ask for one thing after the other instead of waiting as told
)

// Weak signs only add.
const (
	SignNoFiles = "no-files" // some pages, and none of what is in them
	SignRegular = "regular"  // they ask at even intervals
	SignTool    = "tool"     // says itself that it is no browser
	SignPartial = "partial"  // says it is a browser, and sends not what each browser does
	SignHosting = "hosting"  // from a network of a hosting company
)

// Signs of people.
const (
	SignBack  = "back"  // tickets come back
	SignFiles = "files" // pictures and style sheets are fetched, as usual at this shop
)

// weighed is what the signs come to.
type weighed struct {
	odds    float64 // natural logarithm
	reasons []falochron.CohortReason
	strong  bool // one strong sign at least
	pure    bool // next to nobody comes back
	holders bool // a strong sign is of those with tickets
}

func (s *weighed) add(sign string, value, of, weight float64, strong bool) {
	s.odds += weight
	s.reasons = append(s.reasons, falochron.CohortReason{Sign: sign, Value: value, Of: of, Weight: weight})
	if strong && weight >= enough {
		s.strong = true
		switch sign {
		case SignSpread, SignCarts, SignBlind, SignRestless:
			s.holders = true
		}
	}
}

// forget takes back what a sign has said.
func (s *weighed) forget(sign string) {
	s.reasons = slices.DeleteFunc(s.reasons, func(r falochron.CohortReason) bool {
		if r.Sign == sign {
			s.odds -= r.Weight
		}
		return r.Sign == sign
	})
}

// many are visitors of whom the mean says more than one of them could: no single one who
// tries things out moves it.
const many = 20

// enough is the weight from which a strong sign is one.
const enough = 3.0

// demands are what each level asks before it believes that nobody comes back.
var demands = [...]struct {
	due   float64 // tickets at least
	share float64 // that may have come back at most
}{
	address: {8, 0.10},
	network: {20, 0.03},
	wide:    {40, 0.02},
}

// weigh sums up the signs of a cohort. usual is how many files go with a page at this
// shop; zero: not known.
func weigh(c *cohort, l level, w *window, usual float64) (s weighed) {
	s.odds = prior
	t := &c.tally
	s.tickets(l, w)
	s.misses(l, w, t, usual)
	if l != wide || browserless(t.Key) {
		s.people(l, w, t)
	}
	if l == wide && s.holders {
		s.forget(SignBack)
	}
	s.seen(l, w, usual)
	s.looks(l, t)
	slices.SortStableFunc(s.reasons, func(a, b falochron.CohortReason) int {
		return -cmp.Compare(math.Abs(a.Weight), math.Abs(b.Weight))
	})
	s.reasons = s.reasons[:min(len(s.reasons), 6)]
	return s
}

// tickets asks whether those who were given a ticket come back with it. Of fans at least
// half do (chosen low: in the crowd's visits four in five stay longer than a few seconds);
// of programs without memory none, of others as many as they like: 2 % is for mistakes.
func (s *weighed) tickets(l level, w *window) {
	const fans, others = 0.5, 0.02
	back := min(w.back, w.due)
	s.pure = w.back <= max(demands[l].share*w.due, 0.5)
	switch {
	case w.due >= demands[l].due:
		weight := back*math.Log(others/fans) + (w.due-back)*math.Log((1-others)/(1-fans))
		if weight = min(max(weight, -8), 8); weight > 0 {
			s.add(SignNotBack, w.due-back, w.due, weight, true)
		} else {
			s.add(SignBack, back, w.due, weight, false)
		}
	case w.back >= 3:
		s.add(SignBack, w.back, max(w.due, w.back), -min(w.back, 5), false)
	}
}

// misses asks what those without a ticket had made for them. Where they fetch pictures as
// everybody does, each came by an address of his own: links with a number of each reader
// look like that.
func (s *weighed) misses(l level, w *window, t *falochron.CohortTally, usual float64) {
	people := w.shown >= 20 && looked(w, usual)
	excess := w.missed - 3*(w.back+2) // some pages are nobody's before a visitor comes
	switch mostly := w.missed >= w.hits; {
	case people:
	case mostly && l != wide && excess >= 8:
		s.add(SignUnticketed, w.missed, w.missed+w.hits, min(excess/4, 6), true)
	case mostly && l == wide && excess >= 50 && browserless(t.Key):
		s.add(SignUnticketed, w.missed, w.missed+w.hits, min(excess/50, 5), true)
	}
	if targets, paths := float64(t.Targets), float64(t.Sources); l != wide && !people && targets >= 30 && targets >= 4*max(paths, 1) {
		s.add(SignBusting, targets, paths, min(3+targets/30, 8), true)
	}
	if l != wide && w.faults >= 20 && w.faults >= w.asks/2 {
		s.add(SignFaults, w.faults, w.asks, min(w.faults/6, 5), true)
	}
	if w.forged >= 10 && w.forged >= 0.3*w.asks && (l != wide || browserless(t.Key)) {
		s.add(SignForged, w.forged, w.asks, min(w.forged/3, 6), true)
	}
}

// people asks whether those who hold tickets behave like people, each of them.
func (s *weighed) people(l level, w *window, t *falochron.CohortTally) {
	if t.Tickets == 0 || t.Span < 10*time.Second {
		return
	}
	each := float64(t.Tickets)
	pages := float64(t.Paths) / each
	if pages := pages / t.Span.Minutes(); t.Paths >= 15 && pages > 14 {
		s.add(SignSpread, pages, 10, min((pages-10)/4, 6), true)
	}
	minutes := math.Min(memory.Minutes()/math.Ln2, t.Last.Sub(t.Born).Minutes()) // that the window holds
	if minutes <= 0 {
		return
	}
	if carts := w.carts / each / minutes; l == wide && t.Tickets >= many && minutes >= 0.5 && carts > 2.5 {
		s.add(SignCarts, carts, 2.5, min(3*(carts-2), 6), true)
	} else if w.carts >= 6 && carts > 4 {
		s.add(SignCarts, carts, 4, min(carts-3, 6), true)
	}
	if often := w.told / each / minutes / 60; w.lines >= 4 && often >= 2.5 && pages >= 2.5 {
		s.add(SignRestless, w.lines/each/minutes, often, min(1.5*often, 6), true)
	}
}

// seen asks whether they fetch what is in the pages that they were shown. Of a page that
// names no files of the shop's own host nobody can fetch any.
func (s *weighed) seen(l level, w *window, usual float64) {
	switch {
	case usual < 1: // files are elsewhere, or there are hardly any
	case w.shown >= 5 && looked(w, usual):
		s.add(SignFiles, w.files, w.shown, -2.5, false)
	case l == wide || w.files > 0.05*w.full():
	case w.full() >= 60:
		s.add(SignBlind, w.files, w.full(), 5, true)
	case w.full() >= 15:
		s.add(SignNoFiles, w.files, w.full(), 2.5, false)
	}
}

// looked reports whether the files of the pages that were shown were fetched: half as many
// as usual at least, or half of what the pages name while that is not known; no more than
// four a page are counted on. With a page that names none browsers fetch the edge's own
// script, which they keep for an hour: every fifth time at least, since people read four
// pages each.
func looked(w *window, usual float64) bool {
	want := 0.5 * w.named
	if usual >= 1 {
		want = 0.5 * w.full() * min(usual, 4)
	}
	return want+w.bare > 0 && w.files >= want && w.files-want+w.scripts >= 0.2*w.bare
}

// looks adds what a cohort says it is, and where it comes from.
func (s *weighed) looks(l level, t *falochron.CohortTally) {
	switch k := t.Key; {
	case k.Client == falochron.ClientTool || k.Client == falochron.ClientNone:
		s.add(SignTool, 0, 0, 2, false)
	case k.Client.Browser() && browserless(k):
		s.add(SignPartial, 0, 0, 1.5, false)
	}
	if t.Hosting {
		s.add(SignHosting, 0, 0, 1, false)
	}
	if l != wide && t.Gaps >= 20 && t.GapMean >= 0.02 && t.GapDeviation <= 0.3*t.GapMean {
		s.add(SignRegular, t.GapDeviation, t.GapMean, 1.5, false)
	}
}

// browserless reports whether requests of that look are no browser's: they say so, they lack
// the language that each browser sends, the handshake was not one of browsers, or HTTP/2 is
// not written as by the browser that they say they are.
func browserless(k falochron.CohortKey) bool {
	return !k.Client.Browser() && k.Client != falochron.ClientOther || k.Shape&falochron.ShapeLanguage == 0 || k.Shape&(falochron.ShapeHelloOther|falochron.ShapeUnlike) != 0
}
