package algorithms

import (
	"context"
	"math"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/memnet"
	"github.com/falochron/falochron/internal/toyshop"
)

// The shop and the people here are models of internal/toyshop and internal/crowd. As
// many people as the real ones bear, and a few too many, must fare alike at both.
func TestTheModelIsTheToyShop(t *testing.T) {
	for _, c := range []struct {
		fans      int
		pace      float64
		orders    float64 // a minute may differ by such a share
		p95       float64
		collapses bool // orders end: how slow it then is, is chance
	}{
		{fans: 84, pace: 1, orders: 0.08, p95: 0.3},
		{fans: 60, pace: 3, collapses: true},
	} {
		real := realShop(t, c.fans, c.pace)
		s := newStage(1, Shop{Workers: 8}, Setting{Bare: true}, Alone, time.Hour)
		s.shop.pace = c.pace
		model := s.closedLoop(1, c.fans)
		t.Logf("%d fans, pace %g: %.1f orders/min, p95 %v; the model %.1f, %v", c.fans, c.pace,
			real.OrdersPerMinute(real.From, real.To), real.Pages.P95, model.Orders, model.P95)
		if c.collapses {
			if most := 0.5 * 92 / c.pace; real.OrdersPerMinute(real.From, real.To) > most || model.Orders > most {
				t.Errorf("%d fans, pace %g: %.1f orders a minute, the model %.1f; both must collapse", c.fans, c.pace, real.OrdersPerMinute(real.From, real.To), model.Orders)
			}
			continue
		}
		if off := model.Orders/real.OrdersPerMinute(real.From, real.To) - 1; math.Abs(off) > c.orders {
			t.Errorf("%d fans: the model's orders are off by %.1f %%", c.fans, 100*off)
		}
		if off := model.P95.Seconds()/real.Pages.P95.Seconds() - 1; math.Abs(off) > c.p95 {
			t.Errorf("%d fans: the model's p95 is off by %.1f %%", c.fans, 100*off)
		}
	}
}

// realShop lets the real crowd visit the real toy shop over a network in memory, in
// virtual time.
func realShop(t *testing.T, fans int, pace float64) (rep *crowd.Report) {
	synctest.Test(t, func(t *testing.T) {
		const front, back = "10.0.0.1:80", "127.0.0.1:81"
		var n memnet.Net
		listen := func(addr string) net.Listener {
			l, err := n.Listen(addr)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		// Nobody is at the address for notices of payment: they are 2 % of the work.
		shop, err := toyshop.New(toyshop.Config{Workers: 8, Pace: pace, Data: toyshop.InMemory, Seed: 1, PublicURL: "http://127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- shop.Run(ctx, listen(front), listen(back)) }()
		p := plan(3)
		paths := [numRoutes]string{home: "/", product: "/produkt/{product}", search: "/szukaj?q=krem"}
		p.Words = map[string][]string{"blik": {"123456"}}
		paths[category] = "/kategoria/" + toyshop.Categories()[0].Slug
		for _, a := range toyshop.Catalogue() {
			p.Words["product"] = append(p.Words["product"], a.Slug)
		}
		for j := range p.Journeys {
			for i, s := range journeys[j].steps {
				to := &p.Journeys[j].Steps[i]
				to.Name, to.Think, to.Path = "page", s.think, paths[s.hops[0]]
				switch s.hops[0] {
				case cartAdd:
					to.Kind, to.Method, to.Path = crowd.Add, "POST", "/koszyk/dodaj"
					to.Form = []crowd.Field{{Name: "product", Value: "{product}"}, {Name: "qty", Value: "1"}}
				case form:
					to.Kind, to.Path = crowd.Checkout, "/zamowienie"
				case order:
					to.Kind, to.Method, to.Path, to.Done = crowd.Order, "POST", "/zamowienie", "/dziekujemy"
					to.Form = []crowd.Field{{Name: "name", Value: "{name}"}, {Name: "email", Value: "{email}"}, {Name: "blik", Value: "{blik}"}}
				}
			}
		}
		target := crowd.Target{Base: "http://" + front, Dial: func(ctx context.Context) (net.Conn, error) { return n.DialContext(ctx, "tcp", front) }}
		rep, err = crowd.Steady{Plan: p, Target: target, Size: fans, Warmup: time.Minute, Measure: 3 * time.Minute, Grace: time.Minute}.Run(ctx)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return rep
}
