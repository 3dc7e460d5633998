package edge

import (
	"fmt"
	"net/http/httptest"
	"net/netip"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/admit"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/edge/tally"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/preset"
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
	sh := &shop{cohorts: tally.NewCohorts(), tally: tally.NewArrivals(now), files: newPageFiles(now), gate: newGate(admit.Config{}, room.Config{}, now)}
	sh.links.Store(newLinks(nil, nil, nil, nil))
	return &exchange{
		srv: s, shop: sh, set: &settings{}, snap: &falochron.Snapshot{Radar: orders}, host: "shop.example", class: falochron.ClassPage,
		asked: preset.Request{Method: "GET", Host: "shop.example", Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header},
		w:     &answer{ResponseWriter: httptest.NewRecorder()}, r: r, now: now, client: netip.MustParseAddr("203.0.1.7"), page: true,
	}
}

// counted is all that the radar costs a request: to find out whom the sender is alike and
// what is ordered of those, how he came if nobody knows him, and to count what became of it.
func (x *exchange) counted() {
	x.cohort = cohort{}
	x.join()
	if x.stranger && x.class == falochron.ClassPage {
		x.arrive()
		x.verdict = verdict{Action: falochron.Wait}
		x.stood()
	}
	x.settle()
}

// requests are what comes most, each as the radar meets it.
func requests(t testing.TB) (names []string, each map[string]*exchange) {
	each = make(map[string]*exchange)
	add := func(name string, change func(x *exchange)) {
		x := newcomer(t)
		change(x)
		names, each[name] = append(names, name), x
	}
	query := func(q string) func(*exchange) {
		return func(x *exchange) { x.r.URL.RawQuery, x.asked.Query = q, q }
	}
	add("newcomer by a click in an app", func(*exchange) {})
	add("newcomer by a campaign's link", query("utm_source=instagram&utm_medium=story&utm_campaign=pomadka-1&utm_content=2&fbclid=PAZXh0bgNhZW0"))
	add("newcomer by another page", func(x *exchange) {
		query("")(x)
		x.r.Header.Set("Referer", "https://l.instagram.com/")
		x.r.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1")
	})
	add("newcomer by nothing", func(x *exchange) {
		query("")(x)
		x.r.Header.Set("User-Agent", "curl/8.9.1")
	})
	add("page of somebody inside", func(x *exchange) {
		x.who.inside, x.who.key[0] = true, 7
		x.verdict = verdict{Action: falochron.Pass}
	})
	add("file", func(x *exchange) {
		x.class, x.page, x.r.URL.Path = falochron.ClassStatic, false, "/static/fala.css"
		x.verdict = verdict{Action: falochron.Hit}
	})
	return names, each
}

func TestTheRadarAllocatesNothing(t *testing.T) {
	names, each := requests(t)
	for _, name := range names {
		x := each[name]
		for range 10 { // its cohorts, and the way it came by, get counters
			x.counted()
		}
		if n := testing.AllocsPerRun(1000, x.counted); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	x := each[names[0]]
	if x.treat != falochron.TreatSlow || !x.kept || !x.asker.Known() {
		t.Errorf("treated as %v", x.treat)
	}
}

// What counting, attribution and verdict cost together: of each kind of request; of
// newcomers from ten million addresses, as in a flood; of newcomers whose user agent has to be
// read; and on all cores at once. Beside the time that
// passes it reports the processor's time, which other work on the machine disturbs less.
func BenchmarkRadar(b *testing.B) {
	names, each := requests(b)
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			x := each[name]
			x.counted()
			b.ReportAllocs()
			defer burnt(b)()
			for b.Loop() {
				x.now = time.Now()
				x.counted()
			}
		})
	}
	b.Run("newcomers from ten million addresses", func(b *testing.B) {
		x, n := newcomer(b), uint32(0)
		b.ReportAllocs()
		defer burnt(b)()
		for b.Loop() {
			n = (n + 7919) % 10_000_000 // a prime: each once in a round
			x.client = netip.AddrFrom4([4]byte{byte(10 + n>>24), byte(n >> 16), byte(n >> 8), byte(n)})
			x.now = time.Now()
			x.counted()
		}
	})
	b.Run("newcomers with user agents that nobody else has", func(b *testing.B) {
		x, n := newcomer(b), 0
		agents := make([]string, 16*agentSlots) // each comes again long after it was forgotten
		for i := range agents {
			agents[i] = fmt.Sprint(x.r.Header.Get("User-Agent"), i)
		}
		field := x.r.Header["User-Agent"]
		b.ReportAllocs()
		defer burnt(b)()
		for b.Loop() {
			n++
			field[0] = agents[n%len(agents)]
			x.now = time.Now()
			x.counted()
		}
	})
	b.Run("newcomers on all cores", func(b *testing.B) {
		shop := newcomer(b).shop
		b.ReportAllocs()
		defer burnt(b)()
		b.RunParallel(func(pb *testing.PB) {
			x := newcomer(b)
			x.shop = shop
			for pb.Next() {
				x.now = time.Now()
				x.counted()
			}
		})
	})
}

// burnt begins to count the processor's time; what it returns reports it.
func burnt(b *testing.B) (report func()) {
	b.Helper()
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}

// A link is marked by a campaign's parameter or by a click's number, wherever in the query it
// stands.
func TestMarkedLinks(t *testing.T) {
	for query, want := range map[string]bool{
		"": false, "q=a": false, "fbclid": false, "fbcli=1": false, "a=fbclid": false, "id=1&epi=2": false, "=": false, "x=1&=&y": false,
		"utm_source=ig": true, "a=b&utm_x": true, "igsh=1": true, "igshid=1": true, "fbclid=": true, "a=1&fbclid=2": true, "ttclid=1": true,
		"gclid=1": true, "twclid=1": true, "q&ScCid=1": true, "epik=1": true, "a=b=c&msclkid=1": true,
	} {
		if got := markedQuery(query); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}

// Of each kind of browser it is known how it writes HTTP/2; of apps, that either system's may
// show their pages; of others nothing.
func TestUnlike(t *testing.T) {
	all := []accept.Fields{accept.FieldsChrome, accept.FieldsFirefox, accept.FieldsApple, accept.FieldsOther}
	for client := range falochron.NumClients {
		var may []accept.Fields
		switch client {
		case falochron.ClientChrome, falochron.ClientChromeMobile:
			may = all[:1]
		case falochron.ClientFirefox:
			may = all[1:2]
		case falochron.ClientSafari, falochron.ClientSafariMobile:
			may = all[2:3]
		case falochron.ClientApp:
			may = []accept.Fields{accept.FieldsChrome, accept.FieldsApple}
		default:
			may = all
		}
		for _, fields := range all {
			if unlike(client, fields) == slices.Contains(may, fields) {
				t.Errorf("%v, fields %d: unlike %v", client, fields, unlike(client, fields))
			}
		}
		if unlike(client, accept.FieldsUnknown) {
			t.Errorf("%v: nothing is known of its fields", client)
		}
	}
}

// Orders that differ only in what the radar says, in what replicas are starting or in what
// those that are there bear, are not put on disk each second.
func TestWhatPassesIsNotKept(t *testing.T) {
	a := falochron.Snapshot{Version: 1, SoldOut: map[string]bool{"/p": true}, Ceiling: 4}
	grows := a
	grows.Version, grows.Growth = 2, &falochron.Growth{Times: 2}
	if !onlyPassing(&a, &grows) {
		t.Error("only the replicas that start differ")
	}
	bears := a
	if bears.Version, bears.Bears = 2, 40; !onlyPassing(&a, &bears) {
		t.Error("only what the replicas bear differs")
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
