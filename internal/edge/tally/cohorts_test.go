package tally

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

const phone = falochron.ShapeLanguage | falochron.ShapeFetch

func v4(i uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], i)
	return netip.AddrFrom4(b)
}

func keys(a netip.Addr) Keys { return KeysOf(a, falochron.ClientApp, phone, true) }

func (c *Cohorts) find(t *testing.T, k falochron.CohortKey, now time.Time) falochron.CohortTally {
	t.Helper()
	for _, v := range c.Tallies(now) {
		if v.Key == k {
			return v
		}
	}
	return falochron.CohortTally{}
}

func TestKeysSurvive(t *testing.T) {
	c := NewCohorts()
	for _, addr := range []string{"192.0.2.17", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.17", "255.255.255.255", "::1"} {
		k := KeysOf(netip.MustParseAddr(addr), falochron.ClientOther, 0x7f, false)
		for _, one := range []falochron.CohortKey{k.Address, k.Network, k.Wide} {
			if got := c.words(one).key(); got != one {
				t.Errorf("%+v became %+v", one, got)
			}
		}
	}
	k := KeysOf(netip.Addr{}, falochron.ClientNone, 0, true)
	if k.Address.Net.IsValid() || c.words(k.Wide).key() != k.Wide {
		t.Errorf("%+v", k)
	}
	for addr, want := range map[string][2]string{
		"192.0.2.17":           {"192.0.2.17/32", "192.0.2.0/24"},
		"2001:db8:1:2:3:4:5:6": {"2001:db8:1:2::/64", "2001:db8:1::/48"},
	} {
		k := keys(netip.MustParseAddr(addr))
		if k.Address.Net.String() != want[0] || k.Network.Net.String() != want[1] {
			t.Errorf("%s: %v %v", addr, k.Address.Net, k.Network.Net)
		}
	}
}

// An address has counters once it has asked a few times; all who look alike always have.
func TestWhoAsksOftenIsCounted(t *testing.T) {
	c := NewCohorts()
	k := keys(v4(0xc0000201))
	for i := range 40 {
		a := c.Of(noon, k, true)
		if known := i+1 >= addressFrom; a.Known() != known {
			t.Errorf("at request %d: %v", i+1, a.Known())
		}
		c.Ask(a, noon, "/p", 0)
		a.Add(Line)
	}
	one, net, wide := c.find(t, k.Address, noon), c.find(t, k.Network, noon), c.find(t, k.Wide, noon)
	if one.Asks != 41-addressFrom || net.Asks != 41-networkFrom || wide.Asks != 40 || wide.Strange != 40 || wide.Line != 40 {
		t.Errorf("address %d, network %d, all %d: %+v", one.Asks, net.Asks, wide.Asks, wide)
	}
	// Who asks seldom never has any.
	k = keys(v4(0xc6336401))
	for i := range 40 {
		if c.Of(noon.Add(time.Duration(i)*fadeEvery), k, true).Known() {
			t.Fatal("who asks twice a minute is counted")
		}
	}
}

func TestWhatIsCounted(t *testing.T) {
	c := NewCohorts()
	k := keys(v4(0xc0000201))
	for range addressFrom - 1 {
		c.Of(noon, k, true)
	}
	now := noon
	for i := range 100 {
		now = now.Add(500 * time.Millisecond)
		a := c.Of(now, k, true)
		c.Ask(a, now, "/p"+string(rune('a'+i%10)), uint64(i%4+1))
		c.Miss(a, now, "/p", string(rune('A'+i%50)), false)
		c.Miss(a, now, "/f.css", "", true)
	}
	c.CameBack(c.Of(now, k, false), now)
	v := c.find(t, k.Address, now)
	if v.Asks != 100 || v.Strange != 0 || v.Missed != 100 || v.Busts != 100 || v.Back != 1 {
		t.Errorf("%+v", v)
	}
	near := func(what string, got uint32, want float64) {
		if float64(got) < want*0.6 || float64(got) > want*1.5 {
			t.Errorf("%s: %d, want about %v", what, got, want)
		}
	}
	near("paths", v.Paths, 10)
	near("tickets", v.Tickets, 4)
	near("targets", v.Targets, 51)
	near("sources", v.Sources, 2)
	if v.Gaps != 99 || v.GapMean < 0.49 || v.GapMean > 0.51 || v.GapDeviation > 0.01 {
		t.Errorf("gaps %d, %v, %v", v.Gaps, v.GapMean, v.GapDeviation)
	}
	if v.Span < 30*time.Second || v.Span > 60*time.Second {
		t.Errorf("span %v", v.Span)
	}
	if got := c.find(t, k.Address, now.Add(quiet+time.Second)); got.Asks != 0 {
		t.Error("told of long after")
	}
	posts, backs := c.Post(c.Of(now, k, false), now)
	if posts != 1 || backs != 1 {
		t.Errorf("%d posts, %d backs", posts, backs)
	}
}

// Ten million distinct clients who ask a few times each, and then go: memory stays what it
// was, and a hundred who ask all the time are all known in the end.
func TestTenMillionClients(t *testing.T) {
	if raced {
		t.Skip("make rules asks without the race detector, which makes it ten times slower")
	}
	c := NewCohorts()
	bytes := c.Bytes()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	now := noon
	const steady = 100
	for i := range uint32(clients) {
		now = now.Add(20 * time.Microsecond) // 50,000 a second
		k := keys(v4(i * 2654435761))
		a := c.Of(now, k, true)
		c.Ask(a, now, "/p", 0)
		if i%50 == 0 {
			k := keys(v4(0x0a000000 + i/50%steady*256))
			c.Ask(c.Of(now, k, true), now, "/p", 0)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if c.Bytes() != bytes || bytes > 8<<20 {
		t.Errorf("%d bytes, before %d", c.Bytes(), bytes)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	known, told := 0, make(map[falochron.CohortKey]bool)
	for _, v := range c.Tallies(now) {
		told[v.Key] = true
	}
	for i := range uint32(steady) {
		if told[keys(v4(0x0a000000+i*256)).Address] {
			known++
		}
	}
	t.Logf("%d cohorts, %d newcomers without room, %d bytes", c.Len(), c.Dropped(), c.Bytes())
	if known < steady {
		t.Errorf("of %d who ask all the time %d are known", steady, known)
	}
	if n := c.Len(); n > wideSlots+nearSlots {
		t.Errorf("%d cohorts", n)
	}
}

func TestCohortsAllocateNothing(t *testing.T) {
	c := NewCohorts()
	i := uint32(0)
	if n := testing.AllocsPerRun(10_000, func() {
		i++
		count(c, v4(0xc0000200+i%1000))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// count is all that a request of a stranger is counted for.
func count(c *Cohorts, addr netip.Addr) {
	a := c.Of(noon, keys(addr), true)
	c.Ask(a, noon, "/produkt/pomadka-fala", 0)
	a.Add(Line)
	c.Miss(a, noon, "/produkt/pomadka-fala", "v=1", false)
}

// Many at once, while the counters are read.
func TestCohortsAtOnce(t *testing.T) {
	c := NewCohorts()
	count(c, v4(1)) // the wide cohort is there: whoever asks while one is made is not counted
	var all sync.WaitGroup
	for g := range uint32(8) {
		all.Go(func() {
			for i := range uint32(3000) {
				count(c, v4(0xc0000200+(g*7+i)%5000))
				if i%1000 == 0 {
					c.Tallies(noon)
				}
			}
		})
	}
	all.Wait()
	if v := c.find(t, keys(v4(1)).Wide, noon); v.Asks != 24_001 {
		t.Errorf("%d of 24001", v.Asks)
	}
}

func BenchmarkCohortCount(b *testing.B) {
	c := NewCohorts()
	i := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		i++
		count(c, v4(0xc0000200+i%1000))
	}
}

func BenchmarkCohortTallies(b *testing.B) {
	c := NewCohorts()
	for i := range uint32(2_000_000) {
		count(c, v4(i%9000<<4))
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Tallies(noon)
	}
}
