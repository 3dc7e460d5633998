package tally

import (
	"hash/maphash"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

// Tick is how long newcomers are counted together.
const Tick = 100 * time.Millisecond

// told is how many whole ticks a tally has at most: a round, less those that may be begun
// anew while it is read.
const told = 120

// Arrivals are the newcomers of one shop, and what came before them. Make one with
// [NewArrivals]; any number of goroutines may use it.
//
// Time is counted from the beginning on the clock that never jumps, as far as the moments
// that are handed in have a reading of it; the wall clock only names the end.
type Arrivals struct {
	began time.Time
	seed  maphash.Seed

	shop       counter
	prefetches ring
	channels   [falochron.NumChannels][numWays]counter // of those without a counter of their own
	posts      entryTable                              // by short link or known parameters: nobody can make these up
	others     entryTable                              // by other parameters, or channel and page
	pages      pages
	going      going

	mu    sync.Mutex // serialises Tally
	swept uint64     // the tick of the last sweep of what was under way
}

// numWays is how many kinds of evidence there are.
const numWays = 6

// evidences are they, in the order in which they are counted.
var evidences = [numWays]string{falochron.ByLink, falochron.ByCampaign, falochron.ByClick, falochron.ByInApp, falochron.ByReferrer, falochron.ByNone}

func wayOf(by string) int {
	for i, w := range evidences {
		if w == by {
			return i
		}
	}
	return numWays - 1
}

// Sizes of the tables, each in sets of [entriesInSet]: the posts of the plan nearest to now (64)
// with room, and some hundred kinds of other entries. With all full a shop takes less
// than half a megabyte.
const (
	postSets  = 16
	otherSets = 32
)

// NewArrivals begins to count.
func NewArrivals(now time.Time) *Arrivals {
	return &Arrivals{began: now, seed: maphash.MakeSeed(), posts: newEntryTable(postSets), others: newEntryTable(otherSets), pages: newPages()}
}

// tick is the number of the tick of a moment.
func (a *Arrivals) tick(now time.Time) uint64 { return uint64(max(0, now.Sub(a.began)) / Tick) }

// Newcomer is how somebody came whom nobody knew. The strings may be parts of the
// request: what is kept of them is copied.
type Newcomer struct {
	Post    string      // of the plan; empty: not known
	Marks   radar.Marks // as they stand in the address
	Channel falochron.Channel
	By      string
	Path    string // of the page, as it was sent, without its query
}

// pathMost is the longest path that is told, in bytes.
const pathMost = 160

// Add counts a newcomer.
func (a *Arrivals) Add(now time.Time, n Newcomer) {
	tick := a.tick(now)
	a.shop.add(tick)
	a.pages.human(a.seed, n.Path, now.Sub(a.began))
	k := entryKey{post: n.Post, channel: n.Channel, by: n.By}
	t := &a.others
	switch {
	case n.Post != "":
		t = &a.posts
	case n.By == falochron.ByCampaign:
		k.marks = n.Marks
	case len(n.Path) <= pathMost:
		k.path = n.Path
	}
	if n.Post != "" || k.marks != (radar.Marks{}) || k.path != "" {
		if c := t.at(a.seed, &k); c != nil {
			c.add(tick)
			return
		}
	}
	a.channels[min(n.Channel, falochron.NumChannels-1)][wayOf(n.By)].add(tick)
}

// Preview counts a page that a program fetched to show what is behind a link.
func (a *Arrivals) Preview(now time.Time, path string, by radar.Previewer) {
	a.pages.fetched(a.seed, path, now.Sub(a.began), by)
}

// Prefetch counts a page that an app or a browser fetched ahead of a click.
func (a *Arrivals) Prefetch(now time.Time, path string) {
	a.prefetches.add(a.tick(now))
	a.pages.fetched(a.seed, path, now.Sub(a.began), radar.NoPreviewer)
}

// Tally is a copy of what was counted, as of now. Entries that few used make room by it,
// so it is to be called now and then, some times a second at best.
func (a *Arrivals) Tally(now time.Time) falochron.ArrivalTally {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := max(0, now.Sub(a.began))
	tick := uint64(since / Tick)
	n := int(min(told, tick))
	t := falochron.ArrivalTally{Tick: Tick, Until: now.Add(-(since % Tick)), Total: a.shop.total()}
	t.Shop, _ = a.shop.read(make([]uint32, 0, n), tick, n)
	t.Prefetches, _ = a.prefetches.read(make([]uint32, 0, n), tick, n)
	e := entries{tick: tick, n: n, none: make([]uint32, n), at: make(map[falochron.Entry]int)}
	for channel := range a.channels {
		for way := range a.channels[channel] {
			if c := &a.channels[channel][way]; c.total() > 0 {
				e.add(falochron.Entry{Channel: falochron.Channel(channel), By: evidences[way]}, c)
			}
		}
	}
	a.posts.read(&e)
	a.others.read(&e)
	t.Entries = e.out
	t.Previews, t.Leads = a.pages.read(now, since)
	if tick-a.swept >= uint64(onTheWay/Tick) {
		a.swept = tick
		a.going.sweep(since)
	}
	return t
}

// entries gathers what entries brought.
type entries struct {
	tick uint64
	n    int
	none []uint32 // for all that brought nobody lately
	out  []falochron.EntryTally
	at   map[falochron.Entry]int // where each is
}

// add reads a counter, and returns what came lately.
func (e *entries) add(entry falochron.Entry, c *counter) uint64 {
	total := c.total()
	ticks, lately := c.read(make([]uint32, 0, e.n), e.tick, e.n)
	if lately == 0 {
		ticks = e.none
	}
	// Marks that people cannot read look alike; and two goroutines that meet a new entry in
	// the same moment may both give it a counter.
	if i, known := e.at[entry]; known {
		have := &e.out[i]
		sum := make([]uint32, e.n)
		for j := range sum {
			sum[j] = have.Ticks[j] + ticks[j]
		}
		have.Ticks, have.Total = sum, have.Total+total
		return lately
	}
	e.at[entry] = len(e.out)
	e.out = append(e.out, falochron.EntryTally{Entry: entry, Ticks: ticks, Total: total})
	return lately
}
