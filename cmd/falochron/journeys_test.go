package main

import (
	"cmp"
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/memnet"
	"github.com/falochron/falochron/internal/toyshop"
)

// The journeys are data about a shop that is built elsewhere: here the two meet,
// over a network in memory and in virtual time.
func TestJourneysFitTheToyshop(t *testing.T) {
	for name, c := range map[string]struct {
		mix  bool
		fits func(crowd.Report, crowd.Money, toyshop.Stats) bool
	}{
		"as it should be": {false, func(r crowd.Report, m crowd.Money, s toyshop.Stats) bool {
			return r.Totals.Endings[crowd.Finished] == 60 && r.Totals.Mixed == 0 && r.BrokenShare() == 0 &&
				s.Orders == 27 && m == crowd.Money{Charges: 27}
		}},
		"with mixed carts": {true, func(r crowd.Report, _ crowd.Money, _ toyshop.Stats) bool { return r.Totals.Mixed > 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rep, stats := visitToyshop(t, toyshop.Config{MixCarts: c.mix})
				charges := make([]crowd.Charge, len(stats.Charges))
				for i, ch := range stats.Charges {
					charges[i] = crowd.Charge{Email: ch.Email, Order: string(rune(ch.Order)), At: time.UnixMilli(ch.AtUnixMS)}
				}
				if m := rep.CompareCharges(charges); !c.fits(*rep, m, stats) {
					t.Errorf("%+v\n%+v\norders %d", rep.Totals, m, stats.Orders)
				}
			})
		})
	}
}

// The same people find their way through the imitations, and buy.
func TestJourneysFitTheGuises(t *testing.T) {
	walked := 0
	for _, as := range toyshop.Guises() {
		if _, err := planFor(as, 3, demoCompression); err != nil {
			if falochron.HintOf(err) == "" {
				t.Errorf("%s: %v, without a hint", as, err)
			}
			continue
		}
		walked++
		t.Run(as, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rep, stats := visitToyshop(t, toyshop.Config{As: as, Workers: 32})
				if r := rep.Totals; r.Endings[crowd.Finished] != 60 || r.Mixed != 0 || rep.BrokenShare() != 0 || stats.Orders != 27 {
					t.Errorf("%d orders, %+v", stats.Orders, r)
				}
			})
		})
	}
	if walked < 4 {
		t.Errorf("only %d guises can be walked", walked)
	}
}

// visitToyshop has sixty people visit a shop within a minute.
func visitToyshop(t *testing.T, cfg toyshop.Config) (*crowd.Report, toyshop.Stats) {
	return atToyshop(t, cfg, func(plan crowd.Plan, target crowd.Target) (*crowd.Report, error) {
		l, err := crowd.Draw(plan, 60, 120*time.Second)
		if err != nil {
			return nil, err
		}
		for i := range l.Fans { // all within the first minute: everybody can finish
			l.Fans[i].At /= 4
		}
		return crowd.Wave{List: l, Grace: time.Minute, Target: target}.Run(t.Context())
	})
}

// atToyshop has a crowd run at a shop in memory, in the virtual time of the bubble.
func atToyshop(t *testing.T, cfg toyshop.Config, run func(crowd.Plan, crowd.Target) (*crowd.Report, error)) (*crowd.Report, toyshop.Stats) {
	// Where the crowd finds the shop in memory; on this machine nobody is there, and notices of
	// payment come nowhere but where the test has made a way for them.
	const front = "127.0.0.1:1"
	cfg.Data, cfg.Seed, cfg.PublicURL = toyshop.InMemory, cmp.Or(cfg.Seed, 1), cmp.Or(cfg.PublicURL, "http://"+front)
	shop, err := toyshop.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var n memnet.Net
	listen := func(addr string) net.Listener {
		l, err := n.Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- shop.Run(ctx, listen(front), listen("127.0.0.1:81")) }()

	plan, err := planFor(cfg.As, 3, demoCompression)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := run(plan, crowd.Target{Base: "http://" + front,
		Dial: func(ctx context.Context) (net.Conn, error) { return n.DialContext(ctx, "tcp", front) }})
	if err != nil {
		t.Fatal(err)
	}
	stats, err := shop.Stats(true)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return rep, stats
}
