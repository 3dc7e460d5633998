package main

import (
	"context"
	"crypto/rand"
	"flag"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/cache"
	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/edge/page"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/memnet"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/state"
	"github.com/falochron/falochron/internal/ticket"
	"github.com/falochron/falochron/internal/toyshop"
)

// One wave is a test. Many say what single runs of falochron demo cannot:
//
//	go test ./cmd/falochron -run TestWavesInVirtualTime -v -waves 1,2,3 [-waves-as opencart] [-waves-traced 2]
var (
	waveSeeds  = flag.String("waves", "1", "waves in virtual time: their seeds")
	waveAs     = flag.String("waves-as", "opencart", "waves in virtual time: the imitation")
	waveTraced = flag.Uint64("waves-traced", 0, "waves in virtual time: the seed of which each second is logged")
	waveIdeal  = flag.Float64("waves-ideal", 106, "waves in virtual time: orders a minute at the shop's best, as falochron demo measures it")
	waveP95    = flag.Duration("waves-p95", 4570*time.Millisecond, "waves in virtual time: p95 of pages from which people are unprotected")
)

// A wave of the demo at an imitation, in virtual time: the crowd, the edge and the shop are the
// real ones, and the machine is never busy. Until when people are unprotected is logged
// and not judged: about one wave in twelve is (decision 36).
func TestWavesInVirtualTime(t *testing.T) {
	for _, s := range strings.Split(*waveSeeds, ",") {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(s, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { waveInVirtualTime(t, *waveAs, seed) })
		})
	}
}

func waveInVirtualTime(t *testing.T, as string, seed uint64) {
	var n memnet.Net // before the edge
	const at = "10.0.0.1:80"
	rep, stats := atToyshop(t, toyshop.Config{As: as, Workers: 8, Seed: seed, PublicURL: "http://10.0.0.1", Dial: n.DialContext}, func(_ crowd.Plan, shop crowd.Target) (*crowd.Report, error) {
		e, end := openEdge(t, &n, at, as, shop)
		defer end()
		time.Sleep(20 * time.Second) // of calm
		plan, err := planFor(as, seed, demoCompression)
		if err != nil {
			return nil, err
		}
		list, err := crowd.Draw(plan, int(*waveIdeal*20*demoWave.Minutes()/0.45), demoWave)
		if err != nil {
			return nil, err
		}
		over, stop := context.WithCancel(t.Context())
		var watching sync.WaitGroup
		defer watching.Wait()
		defer stop()
		if *waveTraced == seed {
			watching.Go(func() { logSeconds(over, t, e) })
		}
		return crowd.Wave{List: list, Grace: waveGrace, Target: crowd.Target{Base: "http://" + at,
			Dial: func(ctx context.Context) (net.Conn, error) { return n.DialContext(ctx, "tcp", at) }}}.Run(t.Context())
	})
	in, charged := rep.LetIn(0, time.Hour), rep.CompareCharges(chargesOf(stats)).AfterLeaving
	taken := rep.OrdersPerMinute(37500*time.Millisecond, demoWave) / *waveIdeal
	t.Logf("%s seed %d: %.2f of the best, unprotected until %d s, p95 %v, %d of %d let down, %d of %d checkouts failed, %d charged after leaving, mixed %d",
		as, seed, taken, rep.SecondsToProtect(13.5, *waveP95, nil), rep.Pages.P95.Round(10*time.Millisecond),
		in.Broken, in.Admitted, in.CheckoutFailed, in.Checkouts, charged, rep.Totals.Mixed)
	if taken < promiseRatio || float64(in.Broken) > promiseBroken*float64(in.Admitted) || in.CheckoutFailed > 0 || charged > 0 || rep.Totals.Mixed > 0 {
		t.Error("that is less than the demo promises")
	}
}

// openEdge opens an edge before a shop whose software is known and whose owner has allowed
// everything, as falochron run makes it.
func openEdge(t *testing.T, n *memnet.Net, at, as string, shop crowd.Target) (e *edge.Server, end func()) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	listener, err := n.Listen(at)
	must(err)
	ring, err := ticket.NewKeyring(time.Now(), rand.Reader)
	must(err)
	kept, err := state.Memory().Shop("shop")
	must(err)
	pool, err := origin.New(origin.Config{URLs: []string{shop.Base}, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return shop.Dial(ctx) }}, nil)
	must(err)
	pages, err := page.New(page.Config{ShopName: "shop", DefaultLang: "en", Location: time.UTC})
	must(err)
	kitchen := cache.New(cache.Config{MaxBytes: 256 << 20})
	e, err = edge.New(edge.Config{Journal: journal.New(journal.Config{Size: 1000, PassSample: 1})})
	must(err)
	p, ok := preset.Named(as)
	if !ok {
		t.Fatalf("no preset %s", as)
	}
	must(e.SetShops([]edge.ShopConfig{{Name: "shop", Mode: falochron.ModeAuto, Platform: p, Pool: pool, Cache: kitchen, Pages: pages, State: kept,
		Keys: ring.Shop("shop", kept.Epoch(), ticket.Lives{}), GateScript: true, Report: func(err error) { t.Error(err) }}}))
	sharing := falochron.Sharing{Platform: p.Name}
	for _, k := range p.Kinds {
		sharing.Kinds = append(sharing.Kinds, falochron.SharedKind{Name: k.Name, Forbidden: k.Forbidden, Checked: time.Now(), Passed: true, Confirmed: time.Now()})
	}
	e.SetSharing("shop", sharing)
	front, err := accept.Listen(accept.Config{Listener: listener})
	must(err)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { e.Run(ctx) })
	running.Go(func() {
		if err := front.Serve(e); err != nil {
			t.Error(err)
		}
	})
	return e, func() {
		late, done := context.WithTimeout(context.Background(), 3*time.Minute)
		defer done()
		if err := front.Drain(late); err != nil {
			t.Error(err)
		}
		stop()
		running.Wait()
		kitchen.Close()
		pool.Close()
	}
}

// logSeconds logs each second what the edge shows.
func logSeconds(ctx context.Context, t *testing.T, e *edge.Server) {
	for second := 0; ctx.Err() == nil; second++ {
		v, _ := e.Vitals("shop")
		t.Logf("%3d s: limit %d, %d at the shop, %d queued, %d inside, %d in line, %.2f/s, visit %v, p95 %v, %s", second, v.Limit, v.InFlight, v.Queued,
			v.Inside, v.InLine, v.PlacesPerSecond, v.VisitWork.Round(10*time.Millisecond), v.P95.Round(10*time.Millisecond), v.Why)
		time.Sleep(time.Second)
	}
}
