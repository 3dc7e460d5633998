package tally

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

var began = time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)

// sumOf is what came in the ticks that are told.
func sumOf(ticks []uint32) (n uint32) {
	for _, c := range ticks {
		n += c
	}
	return n
}

// entryOf is what an entry brought.
func entryOf(t falochron.ArrivalTally, e falochron.Entry) falochron.EntryTally {
	for _, have := range t.Entries {
		if have.Entry == e {
			return have
		}
	}
	return falochron.EntryTally{}
}

// Newcomers are counted in the tick in which they come, for the shop and for their entry.
func TestNewcomersAreCountedByTick(t *testing.T) {
	a := NewArrivals(began)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	insta := Newcomer{Channel: falochron.Instagram, By: falochron.ByInApp, Path: "/p/lipstick"}
	story := Newcomer{Post: "ola-1.1", By: falochron.ByLink, Path: "/p/lipstick"}
	marked := Newcomer{Channel: falochron.TikTok, By: falochron.ByCampaign, Marks: radar.Marks{Source: "tiktok", Campaign: "lato+24"}, Path: "/p/x"}
	for _, ms := range []int{0, 99, 100, 250} {
		a.Add(at(ms), insta)
	}
	a.Add(at(120), story)
	a.Add(at(130), marked)
	a.Add(at(140), Newcomer{By: falochron.ByNone, Path: strings.Repeat("/x", pathMost)})
	a.Add(at(310), insta) // the tick under way
	got := a.Tally(at(340))
	if fmt.Sprint(got.Shop) != "[2 4 1]" || got.Total != 8 || !got.Until.Equal(at(300)) || got.Tick != Tick {
		t.Errorf("%+v", got)
	}
	for e, want := range map[falochron.Entry]string{
		{Channel: falochron.Instagram, By: falochron.ByInApp, Path: "/p/lipstick"}:         "[2 1 1] 5",
		{Post: "ola-1.1", By: falochron.ByLink}:                                            "[0 1 0] 1",
		{Campaign: "tiktok//lato 24", Channel: falochron.TikTok, By: falochron.ByCampaign}: "[0 1 0] 1",
		{By: falochron.ByNone}: "[0 1 0] 1",
	} {
		if have := entryOf(got, e); fmt.Sprint(have.Ticks, have.Total) != want {
			t.Errorf("%+v: %v %d, want %s", e, have.Ticks, have.Total, want)
		}
	}
	if len(got.Entries) != 4 {
		t.Errorf("%d entries", len(got.Entries))
	}
	got = a.Tally(at(60_000)) // all is long ago
	if len(got.Shop) != told || sumOf(got.Shop) != 0 || got.Total != 8 || len(got.Entries) != 4 {
		t.Errorf("%d ticks with %d, %d in all", len(got.Shop), sumOf(got.Shop), got.Total)
	}
}

// A clock that jumps loses nobody: what comes with a moment from before the newest is
// counted in a tick that is told, or at least in the sum.
func TestAClockThatJumps(t *testing.T) {
	a := NewArrivals(began)
	n := Newcomer{By: falochron.ByNone}
	for _, at := range []time.Duration{0, 20 * time.Second, 5 * time.Second, -time.Hour, 20*time.Second + 10*time.Millisecond, 10_000 * time.Hour, time.Second} {
		a.Add(began.Add(at), n)
	}
	got := a.Tally(began.Add(10_000*time.Hour + time.Second))
	if got.Total != 7 || sumOf(got.Shop) < 1 || len(got.Shop) != told {
		t.Errorf("%d in all, %d of late", got.Total, sumOf(got.Shop))
	}
	if got := a.Tally(began.Add(-time.Hour)); got.Total != 7 || len(got.Shop) != 0 {
		t.Errorf("%+v", got)
	}
}

// Whatever is made up, memory is bounded, no one is lost from the sum, a post of the plan
// keeps its counter, and an entry that brings many gets one.
func TestEntriesAreBounded(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	a := NewArrivals(began)
	real := falochron.Entry{Channel: falochron.Instagram, By: falochron.ByCampaign, Campaign: "instagram/story"}
	var last falochron.ArrivalTally
	sum := uint64(0)
	for tick := range 600 { // a minute
		now := began.Add(time.Duration(tick) * Tick)
		for range 100 {
			a.Add(now, Newcomer{By: falochron.ByCampaign, Marks: radar.Marks{Source: "x", Campaign: fmt.Sprint("made-up-", dice.IntN(1e7))}})
			a.Add(now, Newcomer{By: falochron.ByNone, Path: fmt.Sprint("/", dice.Uint64())})
			sum += 2
		}
		if tick >= 300 {
			a.Add(now, Newcomer{Post: "ola-1.1", By: falochron.ByLink})
			for range 5 {
				a.Add(now, Newcomer{By: falochron.ByCampaign, Channel: falochron.Instagram, Marks: radar.Marks{Source: "instagram", Medium: "story"}})
			}
			sum += 6
		}
		if tick%3 == 0 {
			last = a.Tally(now)
		}
	}
	last = a.Tally(began.Add(time.Minute))
	if last.Total != sum {
		t.Errorf("%d of %d are counted", last.Total, sum)
	}
	if most := (postSets+otherSets)*entriesInSet + int(falochron.NumChannels)*numWays; len(last.Entries) > most {
		t.Errorf("%d entries, at most %d", len(last.Entries), most)
	}
	if got := entryOf(last, falochron.Entry{Post: "ola-1.1", By: falochron.ByLink}); got.Total != 300 {
		t.Errorf("the post brought %d", got.Total)
	}
	if got := sumOf(entryOf(last, real).Ticks); got < 5*told*9/10 {
		t.Errorf("what brought five in a tick has %d of %d in the last %d", got, 5*told, told)
	}
	lately := uint32(0)
	for _, e := range last.Entries {
		lately += sumOf(e.Ticks)
	}
	if all := sumOf(last.Shop); lately > all || lately < all*9/10 {
		t.Errorf("entries have %d of the shop's %d", lately, all)
	}
	if size := unsafe.Sizeof(*a) + (postSets+otherSets)*entriesInSet*(unsafe.Sizeof(entrySlot{})+4*64+pathMost) + goingSets*goingInSet*(unsafe.Sizeof(trip{})+pathMost); size > 3<<20 {
		t.Errorf("%d bytes at most", size)
	} else {
		t.Logf("%d bytes at most, %d at once", size, unsafe.Sizeof(*a))
	}
}

// Many count at once; each is counted once in the shop and, where an entry keeps its
// counter, once there.
func TestManyCountAtOnce(t *testing.T) {
	a := NewArrivals(time.Now())
	var all sync.WaitGroup
	const people, each = 8, 2000
	for i := range people {
		all.Go(func() {
			who := netip.AddrFrom4([4]byte{10, 0, 0, byte(i % 2)})
			for j := range each {
				now := time.Now()
				a.Follow(now, who, "app", "ola-1.1", "/p")
				n := Newcomer{Post: a.Arrive(now, who, "app", "/p"), By: falochron.ByLink, Path: "/p"}
				if n.Post == "" {
					n.Channel, n.By = falochron.Instagram, falochron.ByInApp
				}
				a.Add(now, n)
				a.Preview(now, fmt.Sprint("/", j%100), radar.Previewer(1+j%5))
				a.Prefetch(now, "/p")
				if j%100 == 0 {
					a.Tally(now)
				}
			}
		})
	}
	all.Wait()
	got := a.Tally(time.Now())
	entries := uint64(0)
	for _, e := range got.Entries {
		entries += e.Total
	}
	if got.Total != people*each || entries != people*each {
		t.Errorf("%d in the shop, %d in entries, of %d", got.Total, entries, people*each)
	}
}

// Who follows a short link is that post's on the page where it leads, once, and for some
// seconds; nobody else is, but for who cannot be told apart.
func TestWhoFollowsALinkArrives(t *testing.T) {
	a := NewArrivals(began)
	ola, eva := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	arrives := func(s int, who netip.Addr, agent, path, want string) {
		t.Helper()
		if got := a.Arrive(at(s), who, agent, path); got != want {
			t.Errorf("after %d s: %q, want %q", s, got, want)
		}
	}
	a.Follow(at(1), ola, "insta", "ola-1.1", "/p")
	a.Follow(at(1), ola, "insta", "ola-1.1", "/p")
	a.Follow(at(1), ola, "insta", "ola-1.2", "/q")
	arrives(2, eva, "insta", "/p", "")
	arrives(2, ola, "tiktok", "/p", "")
	arrives(2, ola, "insta", "/x", "")
	arrives(2, ola, "insta", "/p", "ola-1.1")
	arrives(3, ola, "insta", "/q", "ola-1.2")
	arrives(3, ola, "insta", "/p", "ola-1.1")
	arrives(3, ola, "insta", "/p", "")
	a.Follow(at(10), ola, "insta", "ola-1.1", "/p")
	arrives(26, ola, "insta", "/p", "") // too late
	a.Follow(at(30), ola, "insta", "ola-1.1", "/p")
	arrives(31, ola, "insta", "/p", "ola-1.1")
	arrives(31, ola, "insta", "/p", "") // the one who was too late is not in the way
	a.Follow(at(40), eva, "insta", "ola-1.1", "/p")
	a.Tally(at(60)) // forgets who never arrived
	for i := range a.going.sets {
		for j := range a.going.sets[i] {
			if a.going.sets[i][j].Load() != nil {
				t.Error("somebody who never arrived is remembered")
			}
		}
	}
	// More than there is room for: none is given to a wrong post.
	for i := range 3 * goingSets * goingInSet {
		a.Follow(at(100), netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}), "x", fmt.Sprint(i), "/p")
	}
	found := 0
	for i := range 3 * goingSets * goingInSet {
		switch post := a.Arrive(at(101), netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}), "x", "/p"); post {
		case fmt.Sprint(i):
			found++
		case "":
		default:
			t.Fatalf("%d came by the link of %s", i, post)
		}
	}
	if found < goingSets*goingInSet/2 {
		t.Errorf("%d found their way", found)
	}
}

// Pages that are shown beside links: families, fetches, and the first person after the
// first fetch.
func TestPreviewsAndTheirLead(t *testing.T) {
	a := NewArrivals(began)
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	person := Newcomer{By: falochron.ByNone, Path: "/p"}
	a.Add(at(0), person) // before anything was fetched
	a.Preview(at(1), "/p", radar.PreviewMeta)
	a.Preview(at(2), "/p", radar.PreviewTelegram)
	a.Preview(at(3), "/p", radar.PreviewMeta)
	a.Prefetch(at(4), "/p")
	a.Preview(at(5), "/q", radar.PreviewX)
	got := a.Tally(at(6))
	if len(got.Previews) != 2 || got.Previews[0].Path != "/q" || got.Leads.N != 0 || sumOf(got.Prefetches) != 1 {
		t.Fatalf("%+v", got.Previews)
	}
	p := got.Previews[1]
	if fmt.Sprint(p.Families, p.Fetches, p.Prefetches) != "[meta telegram] 3 1" || !p.First.Equal(at(1)) || !p.Last.Equal(at(4)) || !p.Human.IsZero() {
		t.Errorf("%+v", p)
	}
	a.Add(at(9), person)
	a.Add(at(10), person)
	got = a.Tally(at(11))
	if p = got.Previews[1]; !p.Human.Equal(at(9)) || got.Leads.N != 1 || got.Leads.Sum != 8*time.Second {
		t.Errorf("%+v %+v", p, got.Leads)
	}
	for i, n := range got.Leads.Counts {
		if want := i == 2; (n == 1) != want { // more than 3 s, at most 10
			t.Errorf("class %d has %d", i, n)
		}
	}
	if len(got.Leads.Counts) != len(got.Leads.Bounds)+1 {
		t.Errorf("%d classes for %d bounds", len(got.Leads.Counts), len(got.Leads.Bounds))
	}
	// However many are made up, there is room for some, and for a real one soon.
	for i := range 10_000 {
		a.Preview(at(20), fmt.Sprint("/made-up/", i), radar.PreviewX)
	}
	if n := len(a.Tally(at(21)).Previews); n > pageSets*pagesInSet {
		t.Errorf("%d pages", n)
	}
	a.Preview(at(20+11*60), "/real", radar.PreviewMeta)
	if got := a.Tally(at(20 + 11*60)); got.Previews[0].Path != "/real" {
		t.Errorf("%+v", got.Previews[0])
	}
	a.Preview(at(22), strings.Repeat("x", pathMost+1), radar.PreviewX)
}

// What counting costs: nothing is allocated, but for the first of an entry.
func TestCountingAllocatesNothing(t *testing.T) {
	a := NewArrivals(began)
	who := netip.MustParseAddr("10.0.0.1")
	all := []Newcomer{
		{Channel: falochron.Instagram, By: falochron.ByInApp, Path: "/p/lipstick"}, {Post: "ola-1.1", By: falochron.ByLink, Path: "/p/lipstick"},
		{Channel: falochron.TikTok, By: falochron.ByCampaign, Marks: radar.Marks{Source: "tiktok"}}, {By: falochron.ByNone},
	}
	i := 0
	count := func() {
		now := began.Add(time.Duration(i) * 10 * time.Millisecond)
		i++
		a.Arrive(now, who, "Mozilla/5.0", "/p/lipstick")
		a.Add(now, all[i%len(all)])
		a.Preview(now, "/p/lipstick", radar.PreviewMeta)
		a.Prefetch(now, "/p/lipstick")
	}
	for range 10 {
		count()
	}
	if n := testing.AllocsPerRun(1000, count); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// The cost of a newcomer, with everything that is looked at.
func BenchmarkNewcomer(b *testing.B) {
	b.ReportAllocs()
	a := NewArrivals(time.Now())
	who := netip.MustParseAddr("10.0.0.1")
	agent := "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 Instagram 355.0.0.33.95 (iPhone15,2; iOS 18_1; pl_PL; pl; scale=3.00; 1179x2556; 654321000)"
	query := "utm_source=instagram&utm_medium=story&utm_campaign=lipstick-1&utm_content=2&fbclid=PAZXh0bgNhZW0"
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			now := time.Now()
			if a.Arrive(now, who, agent, "/p/lipstick") != "" {
				b.Fail()
			}
			s := radar.Recognise(radar.Came{Agent: radar.AgentOf(agent), Referer: "https://l.instagram.com/", Query: query})
			a.Add(now, Newcomer{Channel: s.Channel, By: falochron.ByCampaign, Marks: radar.MarksOf(query), Path: "/p/lipstick"})
		}
	})
}

// The same under a flood of made-up campaigns, with a tally four times a second.
func BenchmarkFloodOfEntries(b *testing.B) {
	b.ReportAllocs()
	a := NewArrivals(time.Now())
	made := make([]string, 1<<16)
	for i := range made {
		made[i] = fmt.Sprint("made-up-", i)
	}
	last := time.Now()
	for i := 0; b.Loop(); i++ {
		now := time.Now()
		a.Add(now, Newcomer{By: falochron.ByCampaign, Marks: radar.Marks{Source: made[i%len(made)]}})
		if now.Sub(last) > 250*time.Millisecond {
			a.Tally(now)
			last = now
		}
	}
}

// The cost of a tally with full tables.
func BenchmarkTally(b *testing.B) {
	b.ReportAllocs()
	a := NewArrivals(began)
	for i := range 100_000 {
		a.Add(began.Add(time.Duration(i)*100*time.Microsecond), Newcomer{By: falochron.ByNone, Path: fmt.Sprint("/", i%1000)})
	}
	now := began.Add(10 * time.Second)
	for b.Loop() {
		a.Tally(now)
	}
}
