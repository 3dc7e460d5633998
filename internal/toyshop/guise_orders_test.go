package toyshop

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// EverShop gives two orders that are made at the same time at /api/orders one number, and
// refuses the later one.
func TestEverShopRefusesOrdersThatOverlap(t *testing.T) {
	as(t, "evershop", Config{Workers: 64}, func(t *testing.T, s *stage, p Places, g *guest) {
		const buyers = 8
		refused, told := 0, make(chan bool, buyers)
		var ready []*guest
		order := p.Order[1]
		order.Path = "/api/orders"
		for i := range buyers {
			g := s.guest(p, "swieca-molo", fmt.Sprintf("fan%d@example.com", i))
			g.all(p.AddByScript)
			g.do(p.Order[0])
			ready = append(ready, g)
		}
		for _, g := range ready {
			go func() {
				res, body := g.do(order)
				told <- res.StatusCode == http.StatusInternalServerError && strings.Contains(body, "ORDER_NUMBER_UNIQUE")
			}()
		}
		for range buyers {
			if <-told {
				refused++
			}
		}
		if st := s.stats(); refused == 0 || st.Orders != buyers-refused {
			t.Errorf("%d refused, %d orders", refused, st.Orders)
		}
	})
}

// Five pieces, twelve buyers at once, in every imitation: five orders; with the
// planted bug more.
func TestNoGuiseOversells(t *testing.T) {
	for _, race := range []bool{false, true} {
		t.Run(fmt.Sprint("race=", race), func(t *testing.T) {
			eachGuise(t, Config{Stock: 5, RaceStock: race, Workers: 64}, func(t *testing.T, s *stage, p Places) {
				var buyers sync.WaitGroup
				for i := range 12 {
					g := s.guest(p, "swieca-molo", fmt.Sprintf("fan%d@example.com", i))
					g.t = quiet{t}
					g.change = func(r *http.Request) { r.Header.Set("Test-Address", fmt.Sprintf("192.0.2.%d:1", i)) }
					buyers.Go(func() {
						g.do(p.Home)
						g.all(p.quick())
						g.all(p.Order)
					})
				}
				buyers.Wait()
				synctest.Wait()
				st := s.stats()
				if !race && (st.Orders != 5 || st.Oversold != 0 || len(st.Charges) != 5) || race && st.Oversold == 0 {
					t.Errorf("%d orders, %d oversold, %d charges", st.Orders, st.Oversold, len(st.Charges))
				}
			})
		})
	}
}

// quiet lets refusals be.
type quiet struct{ testing.TB }

func (quiet) Errorf(string, ...any) {}
