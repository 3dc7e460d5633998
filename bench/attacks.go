package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"time"
)

// What is promised of a wave with an attack on top, against the same wave without it.
const (
	goalFansSlowed   = 0.005 // share of all fans
	goalAttackAtShop = 0.02  // share of the attack's requests
	goalGoodputKept  = 0.90
)

// The waves that attacks are compared with.
const (
	calmWave    = "attack-none"
	sharedWave  = "attack-one-address"
	withoutEdge = "-undecided" // at the end of a name: the edge decides nothing
	unwatched   = "-unwatched" // at the end of a name: the line alone, without the radar
)

// attackSorts are the waves with an attack on top. No promise of `falochron demo` is
// judged of them: what is promised here is judged against the wave without attack.
func attackSorts() (all []scenario) {
	add := func(name, what string, args ...string) {
		all = append(all, scenario{name: name, what: what, workers: 8, wave: "protected", allSeeds: true, fault: true, args: args})
	}
	add(calmWave, "no attack", "--attack", "none")
	add(sharedWave, "no attack, all fans behind one address", "--attack", "one-address")
	attacks := [][2]string{
		{"flood-few", "a flood from four clients"}, {"flood-many", "a flood from 3,000 addresses"}, {"crawl", "a slow crawl"},
		{"carts", "bots that fill carts"}, {"bust", "parameters that no cache has seen"}, {"replay", "one ticket replayed"},
		{"phone", "copied phones beside the fans"}, {"phone-nat", "copied phones at the fans' own addresses"}}
	for _, a := range attacks {
		add("attack-"+a[0], a[1], "--attack", a[0])
	}
	for _, a := range attacks {
		add("attack-"+a[0]+unwatched, a[1]+", without the radar", "--attack", a[0], "--fault", "unwatched")
	}
	for _, a := range attacks {
		add("attack-"+a[0]+withoutEdge, a[1]+", and an edge that decides nothing", "--attack", a[0], "--fault", "no-cache")
	}
	return all
}

// ofAttacks are the settings for waves with attacks: twenty times too many buyers, and
// one seed that nobody knew before, unless others were asked for.
func (s settings) ofAttacks() settings {
	if !s.chosen.seeds {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		s.seeds = []uint64{uint64(binary.LittleEndian.Uint32(b[:]))}
	}
	if !s.chosen.overloads {
		s.overloads = s.overloads[:1]
	}
	return s
}

func attacksTake(s settings) time.Duration {
	return wavesTake(s, plan(s.ofAttacks(), attackSorts()), 1)
}

// runAttacks measures the waves with attacks. Each has the machine to itself: an attack
// takes a good part of a core, and what disturbs a wave voids it.
func runAttacks(ctx context.Context, b *bench) (outcome, error) {
	book, err := openBook(b, "attacks")
	if err != nil {
		return outcome{}, err
	}
	set := b.settings.ofAttacks()
	runs := plan(set, attackSorts())
	b.say("  seeds %v", set.seeds)
	if err := book.run(ctx, runs, 1); err != nil {
		return outcome{}, err
	}
	return attacksOutcome(book.rows), nil
}

// besieged is a row with an attack, and the wave to compare it with.
type besieged struct {
	row  *ordersRow
	wave *wave
	calm *wave // of the same seed; nil where it was not measured
}

// attack is what a wave says of the attack on it; the zero value where it says nothing.
func (b besieged) attack() attackDetails {
	if a := b.wave.Details.Waves["protected"].Attack; a != nil {
		return *a
	}
	return attackDetails{}
}

// came is how many of the attack's requests reached the shop: by their addresses, and
// what the edge asked for more than it did without the attack. Told is false where that
// is not known.
func (b besieged) came() (n int, told bool) {
	a := b.attack()
	if b.calm == nil || !a.Told {
		return 0, false
	}
	calm := besieged{wave: b.calm}.attack()
	return a.AtShop + max(0, a.Fills-calm.Fills), true
}

// share is that of what was sent.
func (b besieged) share() (share float64, told bool) {
	n, told := b.came()
	if a := b.attack(); told && a.Sent > 0 {
		return float64(n) / float64(a.Sent), true
	}
	return 0, false
}

// kept is the orders of the wave against those of the wave without attack.
func (b besieged) kept() (ratio float64, told bool) {
	if b.calm == nil || b.calm.Protected.OrdersPerMin == 0 {
		return 0, false
	}
	return b.wave.Protected.OrdersPerMin / b.calm.Protected.OrdersPerMin, true
}

// siege pairs the rows with the waves without attack.
func siege(rows []ordersRow) (all []besieged) {
	calm := map[uint64]*wave{}
	for i := range rows {
		if w := rows[i].wave(); w != nil && rows[i].counts() && rows[i].Scenario == calmWave {
			calm[rows[i].Seed] = w
		}
	}
	for i := range rows {
		if w := rows[i].wave(); w != nil && slices.Contains(namesOf(attackSorts()), rows[i].Scenario) {
			all = append(all, besieged{&rows[i], w, calm[rows[i].Seed]})
		}
	}
	return all
}
