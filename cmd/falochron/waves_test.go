package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
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

// The waves of the demo at an imitation, in virtual time: the crowd, the edge and the shop
// are the real ones, the machine is never busy. It asserts nothing and says what single
// runs of falochron demo cannot, with many seeds:
//
//	go test ./cmd/falochron -run TestWavesInVirtualTime -v -waves 1,2,3 [-waves-as opencart] [-waves-traced 2]
var (
	waveSeeds  = flag.String("waves", "", "virtual waves: seeds; none skips them")
	waveAs     = flag.String("waves-as", "opencart", "virtual waves: the imitation")
	waveTraced = flag.Uint64("waves-traced", 0, "virtual waves: the seed whose seconds are printed")
	waveIdeal  = flag.Float64("waves-ideal", 106, "virtual waves: orders a minute at the shop's best")
	waveP95    = flag.Duration("waves-p95", 4570*time.Millisecond, "virtual waves: pages' p95 from which people are unprotected")
)

func TestWavesInVirtualTime(t *testing.T) {
	if *waveSeeds == "" {
		t.Skip("prints figures; give -waves")
	}
	for _, s := range strings.Split(*waveSeeds, ",") {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(s, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { virtualWave(t, *waveAs, seed, *waveTraced == seed) })
		})
	}
}

func virtualWave(t *testing.T, as string, seed uint64, traced bool) {
	const front, back = "10.0.0.1:80", "10.0.0.2:80"
	var n memnet.Net
	listen := func(addr string) net.Listener {
		l, err := n.Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	shop, err := toyshop.New(toyshop.Config{As: as, Workers: 8, Data: toyshop.InMemory, Seed: seed, PublicURL: "http://10.0.0.1", Dial: n.DialContext})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := shop.Run(ctx, listen(back), listen("127.0.0.1:81")); err != nil {
			t.Error(err)
		}
	})
	ring, err := ticket.NewKeyring(time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := state.Memory().Shop("shop")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := origin.New(origin.Config{URLs: []string{"http://" + back}, DialContext: n.DialContext}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := page.New(page.Config{ShopName: "shop", DefaultLang: "en", Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	kitchen := cache.New(cache.Config{MaxBytes: 256 << 20})
	books := journal.New(journal.Config{Size: 1000, PassSample: 1})
	e, err := edge.New(edge.Config{Journal: books})
	if err != nil {
		t.Fatal(err)
	}
	p, ok := preset.Named(as)
	if !ok {
		t.Fatal(as)
	}
	if err := e.SetShops([]edge.ShopConfig{{Name: "shop", Mode: falochron.ModeAuto, Platform: p, Pool: pool, Cache: kitchen, Pages: pages, State: kept,
		Keys: ring.Shop("shop", kept.Epoch(), ticket.Lives{}), GateScript: true, Report: func(err error) { t.Error(err) }}}); err != nil {
		t.Fatal(err)
	}
	f, err := accept.Listen(accept.Config{Listener: listen(front)})
	if err != nil {
		t.Fatal(err)
	}
	running.Go(func() { e.Run(ctx) })
	running.Go(func() {
		if err := f.Serve(e); err != nil {
			t.Error(err)
		}
	})
	sharing := falochron.Sharing{Platform: p.Name}
	for _, k := range p.Kinds {
		sharing.Kinds = append(sharing.Kinds, falochron.SharedKind{Name: k.Name, Forbidden: k.Forbidden, Checked: time.Now(), Passed: true, Confirmed: time.Now()})
	}
	e.SetSharing("shop", sharing)
	time.Sleep(20 * time.Second)

	plan, err := planFor(as, seed, demoCompression)
	if err != nil {
		t.Fatal(err)
	}
	list, err := crowd.Draw(plan, int(*waveIdeal*20*demoWave.Minutes()/0.45), demoWave)
	if err != nil {
		t.Fatal(err)
	}
	over, end := context.WithCancel(ctx)
	if traced {
		running.Go(func() {
			for at := 0; over.Err() == nil; at++ {
				time.Sleep(time.Second)
				v, _ := e.Vitals("shop")
				fmt.Printf("%3d s: limit %d, %d at the shop, %d queued, %d inside, %d in line, %.2f/s, visit %v, p95 %v, %s\n", at, v.Limit, v.InFlight, v.Queued, v.Inside, v.InLine, v.PlacesPerSecond, v.VisitWork.Round(10*time.Millisecond), v.P95.Round(10*time.Millisecond), v.Why)
			}
		})
	}
	rep, err := crowd.Wave{List: list, Grace: waveGrace, Target: crowd.Target{Base: "http://" + front,
		Dial: func(ctx context.Context) (net.Conn, error) { return n.DialContext(ctx, "tcp", front) }}}.Run(ctx)
	end()
	if err != nil {
		t.Fatal(err)
	}
	stats, err := shop.Stats(true)
	if err != nil {
		t.Fatal(err)
	}
	var charges []crowd.Charge
	for _, c := range stats.Charges {
		charges = append(charges, crowd.Charge{Email: c.Email, Order: fmt.Sprint(c.Order), At: time.UnixMilli(c.AtUnixMS)})
	}
	in := rep.LetIn(0, time.Hour)
	fmt.Printf("%s seed %d: %.2f of the best, unprotected until %d s, p95 %v, %d of %d let down, %d of %d checkouts failed, %d charged after leaving, mixed %d\n",
		as, seed, rep.OrdersPerMinute(37500*time.Millisecond, demoWave) / *waveIdeal, rep.SecondsToProtect(13.5, *waveP95, nil), rep.Pages.P95.Round(10*time.Millisecond),
		in.Broken, in.Admitted, in.CheckoutFailed, in.Checkouts, rep.CompareCharges(charges).AfterLeaving, rep.Totals.Mixed)
	late, done := context.WithTimeout(context.Background(), 3*time.Minute)
	defer done()
	if err := f.Drain(late); err != nil {
		t.Error(err)
	}
	stop()
	running.Wait()
	kitchen.Close()
	pool.Close()
}
