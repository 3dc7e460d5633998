package edge

import (
	"testing"
	"time"
)

func TestPurse(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	var p purse
	took := func(n int, every time.Duration) (got int) {
		for range n {
			now = now.Add(every)
			if ok, _ := p.take(now, spentPages, false); ok {
				got++
			}
		}
		return got
	}
	// Somebody who reads ten pages a minute for an hour notices nothing.
	if n := took(600, 6*time.Second); n != 600 {
		t.Errorf("a reader: %d of 600", n)
	}
	// A program that asks ten times a second gets what may be had at once, and then
	// nothing until it pauses.
	if n := took(1000, 100*time.Millisecond); n < 60 || n > 66 {
		t.Errorf("a program: %d of 1000, want about 63", n)
	}
	if n := took(1000, 100*time.Millisecond); n > 0 {
		t.Errorf("it goes on: %d", n)
	}
	now = now.Add(time.Minute)
	if n := took(30, time.Millisecond); n < 20 {
		t.Errorf("after a pause: %d of 30", n)
	}
	// One kind does not cost another, and a clock set back gives nothing.
	if ok, _ := p.take(now, spentOrders, false); !ok {
		t.Error("an order")
	}
	now = now.Add(-time.Hour)
	left := p.left[spentPages]
	p.take(now, spentCarts, false)
	if p.left[spentPages] > left {
		t.Errorf("a clock set back gave %v", p.left[spentPages]-left)
	}
}

// A slow visit is a purchase and a page each ten seconds, of which a person notices nothing;
// who asks on and on gets next to nothing. What was asked for before counts, and when
// it is over all is as with anybody.
func TestASlowVisit(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	ask := func(p *purse, n int, every time.Duration, slow bool) (got int) {
		for range n {
			now = now.Add(every)
			if ok, _ := p.take(now, spentPages, slow); ok {
				got++
			}
		}
		return got
	}
	var person purse
	if n := ask(&person, 5, 2*time.Second, true) + ask(&person, 100, 10*time.Second, true); n != 105 {
		t.Errorf("a person: %d of 105", n)
	}
	for had, want := range map[int][2]int{0: {8, 12}, 5: {3, 7}, 40: {0, 4}} {
		var program purse
		if n := ask(&program, had, 1300*time.Millisecond, false); n != had {
			t.Errorf("before: %d of %d", n, had)
		}
		if n := ask(&program, 46, 1300*time.Millisecond, true); n < want[0] || n > want[1] {
			t.Errorf("a program that has had %d pages has %d more in a minute, want %v", had, n, want)
		}
		now = now.Add(20 * time.Second)
		if n := ask(&program, 1, 0, true); n != 1 {
			t.Errorf("who pauses after %d pages gets none", had)
		}
		if n := ask(&program, 20, 0, false); n != 20 {
			t.Errorf("it is over after %d pages: %d of 20", had, n)
		}
	}
	var buyer purse
	for range 20 {
		if ok, _ := buyer.take(now, spentOrders, true); !ok {
			t.Error("what leads to an order is slowed")
		}
	}
}

func TestATestIsPassedOnce(t *testing.T) {
	now := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	g := &gate{}
	if !g.passTest(now, [8]byte{1}) || g.passTest(now, [8]byte{1}) {
		t.Error("once, and once only")
	}
	passed := 0
	for i := range 1000 {
		if g.passTest(now, [8]byte{2, byte(i), byte(i >> 8)}) {
			passed++
		}
	}
	if passed != testsBurst-1 {
		t.Errorf("%d at once, want %v", passed, testsBurst-1)
	}
	if now = now.Add(time.Second); !g.passTest(now, [8]byte{3}) {
		t.Error("a second later")
	}
}
