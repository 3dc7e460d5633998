package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/toyshop"
)

// quiet is a scenario in which nothing goes wrong, as the flags' defaults have it.
func quiet() scenario { return scenario{slowFactor: 3, outageFor: time.Minute} }

// Every attack that can be named can be sent, at addresses of the shop that are there.
func TestAttacksCanBeSent(t *testing.T) {
	for _, name := range attackNames() {
		d := &demo{overload: 20, workers: 8, seed: 5, length: time.Minute, compression: 5, scenario: quiet(), rig: rig{attack: name}}
		if err := d.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		a, there := d.attackOn("http://127.0.0.1:1", time.Minute)
		if there != (name != noAttack && name != oneAddress) || there && (a.Name != name || a.Seed != 5 || a.At+a.Length != time.Minute) {
			t.Errorf("%s: %v %+v", name, there, a)
		}
		if d.rig.fansAt() == nil {
			t.Errorf("%s: fans have no addresses", name)
		}
	}
	d := &demo{overload: 20, workers: 8, length: time.Minute, compression: 5, scenario: quiet(), rig: rig{attack: "nuclear"}}
	if exitCode(d.check()) != exitUsage {
		t.Error("an unknown attack was taken")
	}
	d.rig.attack, d.as = "replay", "woocommerce"
	if exitCode(d.check()) != exitUsage {
		t.Error("an attack that is not made for this shop was taken")
	}
	if (&rig{}).fansAt() != nil {
		t.Error("fans have addresses though nobody asked")
	}
}

// What reached the shop is counted by the attackers' addresses; where fans are at them it
// is said that nobody knows.
func TestReachedIsCountedByAddress(t *testing.T) {
	list, err := crowd.Draw(toyshopPlan(3, 5), 2000, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"flood-many": true, "phone": true, "phone-nat": false} {
		d := &demo{seed: 3, rig: rig{attack: name}}
		a, _ := d.attackOn("http://127.0.0.1:1", time.Minute)
		came := toyshop.Callers{ByAddress: map[string]int{"127.0.0.1": 1000, a.From(0).String(): 7, a.From(1).String(): 5,
			"192.0.2.1": 100}}
		if n, told := reached(came, a, list, d.rig.fansAt()); n != 12 || told != want {
			t.Errorf("%s: %d, told apart %v", name, n, told)
		}
	}
	one := &rig{attack: oneAddress}
	seen := map[netip.Addr]bool{}
	for i := range list.Fans {
		seen[one.fansAt()(&list.Fans[i], i%2 == 0)] = true
	}
	if len(seen) != 1 {
		t.Errorf("%d addresses", len(seen))
	}
}
