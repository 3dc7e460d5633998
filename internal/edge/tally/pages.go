package tally

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

// pages are those that were fetched to be shown beside a link, or ahead of a click, with
// the first newcomer after that. They are few, but whoever calls his program a preview
// can make up any number: a set that is full takes a new page in place of the one that
// was fetched longest ago, if that is some minutes.
type pages struct {
	sets [pageSets][pagesInSet]atomic.Pointer[page]
	any  atomic.Bool // something was ever fetched so

	leads  [numLeads]atomic.Uint64
	sum    atomic.Int64 // nanoseconds
	bounds []time.Duration
}

const (
	pageSets   = 16
	pagesInSet = 4
	numLeads   = 11
	// pageRests is how long a page keeps its place after it was last fetched so.
	pageRests = 10 * time.Minute
)

// page is one of them. Times are since the beginning, in nanoseconds; human is 0 while
// nobody came.
type page struct {
	path  string
	first int64

	last, human         atomic.Int64
	families            atomic.Uint32
	fetches, prefetches atomic.Uint64
}

func newPages() pages { return pages{bounds: radar.LeadBounds()} }

// find is the page, or the place where it could be: the first that is free, or that of
// the page that was fetched longest ago.
func (p *pages) find(seed maphash.Seed, path string) (*page, *atomic.Pointer[page]) {
	set := &p.sets[maphash.String(seed, path)%pageSets]
	var place *atomic.Pointer[page]
	var oldest *page
	for i := range set {
		here := set[i].Load()
		switch {
		case here == nil:
			if place == nil || oldest != nil {
				place, oldest = &set[i], nil
			}
		case here.path == path:
			return here, nil
		case place == nil || oldest != nil && here.last.Load() < oldest.last.Load():
			place, oldest = &set[i], here
		}
	}
	return nil, place
}

// fetched counts a fetch: by a program of a family, or else ahead of a click.
func (p *pages) fetched(seed maphash.Seed, path string, since time.Duration, by radar.Previewer) {
	if len(path) > pathMost {
		return
	}
	here, place := p.find(seed, path)
	for here == nil {
		old := place.Load()
		if old != nil && since-time.Duration(old.last.Load()) < pageRests {
			return // as many as there is room for were fetched a moment ago
		}
		made := &page{path: strings.Clone(path), first: int64(since)}
		made.last.Store(int64(since))
		if place.CompareAndSwap(old, made) {
			here = made
			break
		}
		here, place = p.find(seed, path)
	}
	p.any.Store(true)
	here.last.Store(int64(since))
	if by == radar.NoPreviewer {
		here.prefetches.Add(1)
		return
	}
	here.fetches.Add(1)
	if set := uint32(by.Set()); here.families.Load()&set == 0 {
		here.families.Or(set)
	}
}

// human notes a newcomer on a page; only of the first since the page was fetched anything
// is kept.
func (p *pages) human(seed maphash.Seed, path string, since time.Duration) {
	if !p.any.Load() || len(path) > pathMost {
		return
	}
	here, _ := p.find(seed, path)
	if here == nil || here.human.Load() != 0 || !here.human.CompareAndSwap(0, max(1, int64(since))) {
		return
	}
	lead := max(0, since-time.Duration(here.first))
	class, _ := slices.BinarySearch(p.bounds, lead)
	p.leads[class].Add(1)
	p.sum.Add(int64(lead))
}

// read is a copy, those fetched last first.
func (p *pages) read(now time.Time, since time.Duration) (out []falochron.PreviewTally, leads falochron.Leads) {
	leads = falochron.Leads{Bounds: p.bounds, Sum: time.Duration(p.sum.Load())}
	for i := range p.leads {
		n := p.leads[i].Load()
		leads.Counts = append(leads.Counts, n)
		leads.N += n
	}
	at := func(ns int64) time.Time { return now.Add(time.Duration(ns) - since) }
	for i := range p.sets {
		for j := range p.sets[i] {
			here := p.sets[i][j].Load()
			if here == nil {
				continue
			}
			t := falochron.PreviewTally{
				Path: here.path, Families: radar.Previewers(here.families.Load()).Names(), Fetches: here.fetches.Load(), Prefetches: here.prefetches.Load(),
				First: at(here.first), Last: at(here.last.Load()),
			}
			if human := here.human.Load(); human != 0 {
				t.Human = at(human)
			}
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b falochron.PreviewTally) int {
		if c := b.Last.Compare(a.Last); c != 0 {
			return c
		}
		return strings.Compare(a.Path, b.Path)
	})
	return out, leads
}
