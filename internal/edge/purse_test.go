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
			if p.take(now, spentPages) {
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
	if !p.take(now, spentOrders) {
		t.Error("an order")
	}
	now = now.Add(-time.Hour)
	left := p.left[spentPages]
	p.take(now, spentCarts)
	if p.left[spentPages] > left {
		t.Errorf("a clock set back gave %v", p.left[spentPages]-left)
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
