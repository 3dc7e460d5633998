package scenario

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/preset"
)

// ordersAtOnce has people order at EverShop in the same moment, which gives an order
// the number after the last one's and refuses one that did so meanwhile.
func ordersAtOnce(w *world, p *preset.Platform, people int) (refused int) {
	s := w.shop("shop")
	s.limit = 200
	var last atomic.Int32
	s.handler = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/orders" {
			prints(w, "hi")
			return
		}
		nr := last.Load() + 1
		time.Sleep(300 * time.Millisecond)
		if !last.CompareAndSwap(nr-1, nr) {
			http.Error(w, "duplicate key value violates unique constraint", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"data":{"order_number":%d}}`, nr)
	}
	w.cfg = func(c *edge.ShopConfig) { c.Platform = p }
	w.start(falochron.ModeAuto, origin.Config{})
	var wg sync.WaitGroup
	var bad atomic.Int32
	for range people {
		v := w.visitor("a.example")
		v.see("/cart")
		wg.Go(func() {
			if got := v.do("POST", "/api/orders", func(h http.Header) { h.Set("Content-Type", "application/json"); h.Set("Sec-Fetch-Mode", "cors") }); got.status != http.StatusOK {
				bad.Add(1)
			}
		})
	}
	wg.Wait()
	if n := int(last.Load()) + int(bad.Load()); n != people {
		w.Errorf("%d orders and %d refusals of %d people", last.Load(), bad.Load(), people)
	}
	return int(bad.Load())
}

// Orders that a shop cannot take at the same time go one after the other.
func TestOrdersGoAlone(t *testing.T) {
	ever, _ := preset.Named("evershop")
	story(t, func(w *world) {
		if n := ordersAtOnce(w, ever, 12); n != 0 {
			w.Errorf("%d of 12 people were refused", n)
		}
	})
	story(t, func(w *world) {
		if n := ordersAtOnce(w, ever.Without("alone: /api/orders"), 12); n == 0 {
			w.Error("the shop takes orders at the same time: nothing was proven")
		}
	})
}

// Who leaves while the shop works on an order, or before it was his turn, holds up
// nobody; who waits too long is refused, and the next one goes.
func TestOrdersGoAloneWhoeverLeaves(t *testing.T) {
	ever, _ := preset.Named("evershop")
	story(t, func(w *world) {
		s := w.shop("shop")
		s.limit = 200
		var inside, most, done atomic.Int32
		s.handler = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/orders" {
				prints(w, "hi")
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			time.Sleep(4 * time.Second)
			inside.Add(-1)
			done.Add(1)
			prints(w, "ordered")
		}
		w.cfg = func(c *edge.ShopConfig) { c.Platform = ever }
		w.start(falochron.ModeAuto, origin.Config{})
		var wg sync.WaitGroup
		status := make([]int, 6)
		for i := range status {
			v := w.visitor("a.example")
			v.see("/cart")
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				ctx, leave := context.Context(w.over), context.CancelFunc(func() {})
				if i < 2 { // one at the shop, one waiting
					ctx, leave = context.WithTimeout(w.over, time.Second)
				}
				defer leave()
				status[i] = v.within(ctx, "POST", "/api/orders", func(h http.Header) { h.Set("Sec-Fetch-Mode", "cors") }).status
			})
		}
		wg.Wait()
		advance(5 * time.Second)
		if most.Load() != 1 {
			w.Errorf("%d at the shop at once", most.Load())
		}
		// The first one's order is made though she left. The others wait 4 s each, at most 9.
		if want := []int{0, 0, 200, 200, 503, 503}; fmt.Sprint(status) != fmt.Sprint(want) || done.Load() != 3 {
			w.Errorf("%v, %d orders; want %v and 3", status, done.Load(), want)
		}
	})
}

// dripping is a body that comes byte by byte.
type dripping struct{ end <-chan struct{} }

// Read gives a byte every two seconds.
func (d dripping) Read(p []byte) (int, error) {
	select {
	case <-time.After(2 * time.Second):
		p[0] = ' '
		return 1, nil
	case <-d.end:
		return 0, io.EOF
	}
}

// Nobody keeps the others from their turn: by a body that does not come, or by many
// orders at once.
func TestNobodyKeepsTheTurn(t *testing.T) {
	ever, _ := preset.Named("evershop")
	scripted := func(h http.Header) { h.Set("Sec-Fetch-Mode", "cors") }
	for name, attack := range map[string]func(w *world, v *visitor){
		"a dripping body": func(w *world, v *visitor) {
			r := v.request("POST", "/api/orders", scripted)
			r.Body, r.ContentLength = io.NopCloser(dripping{w.over.Done()}), -1
			w.people.Go(func() { v.send(r.WithContext(w.over)) })
		},
		"a hundred orders": func(w *world, v *visitor) {
			for range 100 {
				c := v.copied()
				w.people.Go(func() { c.do("POST", "/api/orders", scripted) })
			}
		},
	} {
		story(t, func(w *world) {
			s := w.shop("shop")
			s.limit = 200
			s.handler = func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/orders" {
					_, _ = io.Copy(io.Discard, r.Body)
					time.Sleep(300 * time.Millisecond)
				}
				prints(w, "hi")
			}
			w.cfg = func(c *edge.ShopConfig) { c.Platform = ever }
			w.start(falochron.ModeAuto, origin.Config{})
			bad, good := w.visitor("a.example"), w.visitor("a.example")
			bad.see("/cart")
			good.see("/cart")
			attack(w, bad)
			advance(time.Second)
			began := time.Now()
			if got := good.do("POST", "/api/orders", scripted); got.status != http.StatusOK || time.Since(began) > time.Second {
				w.Errorf("%s: the buyer's order: %d after %v", name, got.status, time.Since(began))
			}
		})
	}
}
