package toyshop

import (
	"testing"
	"time"
)

// A shop that has just been opened is a fifth as fast, for as long as was said.
func TestColdShopIsSlow(t *testing.T) {
	s, err := New(Config{Data: InMemory, Cold: time.Minute, Pace: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.warm.Store(time.Now().Add(time.Minute).UnixNano())
	if got := s.pressed(); got != 2*coldPace {
		t.Errorf("pace %v while it is cold", got)
	}
	s.warm.Store(time.Now().UnixNano())
	if got := s.pressed(); got != 2 {
		t.Errorf("pace %v once it is warm", got)
	}
	if _, err := New(Config{Data: InMemory, Cold: 2 * MaxCold}); err == nil {
		t.Error("two hours are not refused")
	}
}

// Two shops on one folder are two replicas of one: what was put into a cart at one is in it
// at the other, and both sell from the same shelf.
func TestReplicasShareOneFolder(t *testing.T) {
	folder := t.TempDir()
	var replicas [2]*Shop
	for i := range replicas {
		s, err := New(Config{Data: folder})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		replicas[i] = s
	}
	one, other := replicas[0].store, replicas[1].store
	if err := one.addToCart("session", "swieca-molo", 2); err != nil {
		t.Fatal(err)
	}
	if cart, err := other.cart("session"); err != nil || cart.pieces() != 2 {
		t.Errorf("the cart at the other replica: %+v, %v", cart, err)
	}
	if _, err := one.setStock("swieca-molo", 7); err != nil {
		t.Fatal(err)
	}
	if n, err := other.available("swieca-molo"); err != nil || n != 7 {
		t.Errorf("the other replica has %d of what this one has 7 of: %v", n, err)
	}
}
