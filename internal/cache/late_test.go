package cache

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/fresh"
)

// A shop that has become slow makes its pages of a second's life arrive stale. They go
// on being shared as far as they may be stale, and where they may not, nobody
// concludes that such a page is not for everybody: once the shop is quick again it is
// shared at once, and not after the two minutes of a hit-for-miss.
func TestASlowShopGoesOnBeingShared(t *testing.T) {
	for name, c := range map[string]struct {
		line   string
		shared bool // while the shop is slow
	}{
		"may be stale":     {"Cache-Control: public, max-age=1, stale-while-revalidate=9", true},
		"may not be stale": {"Cache-Control: public, max-age=1", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ch := New(Config{})
				defer ch.Close()
				var takes atomic.Int64 // how long the shop needs
				takes.Store(int64(3 * time.Second))
				s := &shop{}
				s.answer = func(ctx context.Context, _ *http.Request) (*http.Response, error) {
					n := s.asked()
					time.Sleep(time.Duration(takes.Load()))
					return response(fmt.Sprintf("number %d", n), c.line), nil
				}
				p := Policy{Policy: fresh.Policy{Static: true}}
				out, _ := visitBy(ch, s, p, "/a.css")
				if c.shared {
					wantOutcome(t, out, Filled, "filled")
					for range 3 {
						out, _ = visitBy(ch, s, p, "/a.css")
						wantOutcome(t, out, Hit, "stale-while-revalidate")
						time.Sleep(4 * time.Second)
					}
				} else {
					wantOutcome(t, out, Passed, fresh.Late)
				}
				takes.Store(0)
				visitBy(ch, s, p, "/a.css")
				synctest.Wait()
				time.Sleep(500 * time.Millisecond)
				out, _ = visitBy(ch, s, p, "/a.css")
				wantOutcome(t, out, Hit, "fresh")
			})
		})
	}
}
