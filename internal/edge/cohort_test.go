package edge

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/edge/tally"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/room"
)

// newcomer is a request of a phone that is in the path, with orders for a thousand
// addresses in force.
func newcomer(t testing.TB) *exchange {
	s, err := New(Config{Journal: journal.New(journal.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	orders := &falochron.RadarOrders{Cohorts: make(map[falochron.CohortKey]falochron.Treatment)}
	for i := range 1000 {
		k := tally.KeysOf(netip.AddrFrom4([4]byte{203, 0, byte(i >> 8), byte(i)}), falochron.ClientApp, falochron.ShapeLanguage|falochron.ShapeEncoding, false)
		orders.Cohorts[k.Address] = falochron.TreatSlow
	}
	r := httptest.NewRequest("GET", "/produkt/pomadka-fala?igsh=MWx0", nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/489.0.0.67.81;]")
	r.Header.Set("Accept-Language", "pl-PL,pl;q=0.9")
	r.Header.Set("Accept-Encoding", "gzip")
	now := time.Now()
	return &exchange{
		srv: s, shop: &shop{cohorts: tally.NewCohorts(), files: newPageFiles(now), gate: newGate(admit.Config{}, room.Config{}, now)}, set: &settings{}, snap: &falochron.Snapshot{Radar: orders},
		w: &answer{ResponseWriter: httptest.NewRecorder()}, r: r, now: now, client: netip.MustParseAddr("203.0.1.7"), page: true,
	}
}

// counted is all that the radar costs a request of a stranger.
func (x *exchange) counted() {
	x.cohort = cohort{}
	x.join()
	x.verdict = verdict{Action: falochron.Wait}
	x.stood()
	x.settle()
}

func TestTheRadarAllocatesNothing(t *testing.T) {
	x := newcomer(t)
	x.counted()
	if n := testing.AllocsPerRun(1000, x.counted); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if x.treat != falochron.TreatSlow || !x.kept || !x.asker.Known() {
		t.Errorf("treated as %v", x.treat)
	}
}

func BenchmarkCohorts(b *testing.B) {
	x := newcomer(b)
	b.ReportAllocs()
	for b.Loop() {
		x.counted()
	}
}

func BenchmarkCohortsParallel(b *testing.B) {
	b.ReportAllocs()
	shop := newcomer(b).shop
	b.RunParallel(func(pb *testing.PB) {
		x := newcomer(b)
		x.shop = shop
		for pb.Next() {
			x.counted()
		}
	})
}

// Orders that differ only in what the radar says, or in what replicas are starting, are not
// put on disk each second.
func TestWhatPassesIsNotKept(t *testing.T) {
	a := falochron.Snapshot{Version: 1, SoldOut: map[string]bool{"/p": true}, Ceiling: 4}
	grows := a
	grows.Version, grows.Growth = 2, &falochron.Growth{Times: 2}
	if !onlyPassing(&a, &grows) {
		t.Error("only the replicas that start differ")
	}
	b := a
	b.Version, b.Radar = 2, &falochron.RadarOrders{}
	if !onlyPassing(&a, &b) {
		t.Error("only the radar differs")
	}
	for name, change := range map[string]func(*falochron.Snapshot){
		"mode": func(s *falochron.Snapshot) { s.Mode = falochron.ModeHold }, "ceiling": func(s *falochron.Snapshot) { s.Ceiling = 5 },
		"start": func(s *falochron.Snapshot) { s.Start = time.Now() }, "sold out": func(s *falochron.Snapshot) { s.SoldOut = nil },
		"before hold": func(s *falochron.Snapshot) { s.BeforeHold = falochron.ModeShop }, "nothing": func(s *falochron.Snapshot) { s.Radar = a.Radar },
	} {
		c := b
		change(&c)
		if onlyPassing(&a, &c) {
			t.Errorf("%s differs, too", name)
		}
	}
}
