package crowd

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// Who waits for one of the crowd's own connections has no more patience than for
// an answer, and the wait is told.
func TestSlotIsWaitedForAsLongAsTheFanDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t.Context(), func(context.Context, netip.Addr) (net.Conn, error) { a, _ := net.Pipe(); return a, nil })
		p.sem = make(chan struct{}, 1)
		var late []time.Duration
		p.stalled = func(from, to time.Time) { late = append(late, to.Sub(from)) }
		c, err := p.get(netip.Addr{}, false, &bearing{from: time.Now(), cap: giveUp})
		if err != nil || len(late) != 0 {
			t.Fatalf("%v, late %v", err, late)
		}
		for _, b := range []struct {
			bears bearing
			want  error
			after time.Duration
		}{
			{bearing{leaves: true, cap: giveUp}, errLeft, leaveAfter},
			{bearing{reloads: true, cap: giveUp}, errReload, reloadAfter},
			{bearing{cap: pollWait}, errSlow, pollWait},
		} {
			b.bears.from = time.Now()
			if _, err := p.get(netip.Addr{}, false, &b.bears); !errors.Is(err, b.want) || late[len(late)-1] != b.after {
				t.Errorf("%v, late by %v; want %v after %v", err, late, b.want, b.after)
			}
		}
		go func() { time.Sleep(time.Second); p.drop(c) }()
		c, err = p.get(netip.Addr{}, false, &bearing{from: time.Now(), cap: giveUp})
		if err != nil || late[len(late)-1] != time.Second {
			t.Errorf("%v, late by %v", err, late)
		}
		p.drop(c)
	})
}

// A crowd that runs out of connections is closed-loop. It is late then, and says
// so.
func TestCrowdWithoutConnectionsIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		for _, path := range []string{"GET /p/lipstick", "GET /p/brush"} {
			shop.slow[path] = time.Second
		}
		l, err := Draw(buyerPlan(), 20, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		r, err := newRun(t.Context(), l, shop.open())
		if err != nil {
			t.Fatal(err)
		}
		r.pool.sem = make(chan struct{}, 1)
		for i := range l.Fans {
			r.visit(i, time.Now(), nil)
		}
		r.finish(time.Minute)
		if rep := r.report(0, l.Length); rep.Late.Max < time.Second {
			t.Errorf("late by %v at most, with one connection for %d fans", rep.Late.Max, len(l.Fans))
		}
	})
}
