package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/origin"
	"github.com/falochron/falochron/internal/toyshop"
)

// What --attack takes besides the names of attacks: waves to compare them with. In both
// every fan has an address; in the second it is the same one.
const (
	noAttack   = "none"
	oneAddress = "one-address"
)

// attackNames are all words that --attack takes.
func attackNames() []string {
	names := []string{noAttack, oneAddress}
	for _, a := range crowd.Attacks(toyshopWays()) {
		names = append(names, a.Name)
	}
	return names
}

// toyshopWays are the addresses of the toy shop that attacks go to.
func toyshopWays() crowd.Ways {
	articles := toyshop.Catalogue()
	w := crowd.Ways{Landing: "/produkt/" + articles[0].Slug, Search: "/szukaj?q=", Files: []string{"/static/sklep.css", "/static/sklep.js"},
		Add: "/koszyk/dodaj", Item: "product", Cart: "/koszyk", Checkout: "/zamowienie"}
	for _, a := range articles {
		w.Pages, w.Items = append(w.Pages, "/produkt/"+a.Slug), append(w.Items, a.Slug)
	}
	for _, c := range toyshop.Categories() {
		w.Pages = append(w.Pages, "/kategoria/"+c.Slug)
	}
	return w
}

// fansAt is where the fans of a wave come from; nil where nobody asked.
func (g *rig) fansAt() func(*crowd.Fan, bool) netip.Addr {
	switch g.attack {
	case "":
		return nil
	case oneAddress:
		return func(*crowd.Fan, bool) netip.Addr { return crowd.Carrier(0, 0) }
	}
	return crowd.Home
}

// attackOn is the attack on top of a wave of a length, and ends with it; false for none.
func (d *demo) attackOn(target string, length time.Duration) (crowd.Attack, bool) {
	all := crowd.Attacks(toyshopWays())
	i := slices.IndexFunc(all, func(a crowd.Attack) bool { return a.Name == d.rig.attack })
	if i < 0 {
		return crowd.Attack{}, false
	}
	a := all[i]
	a.Seed, a.Target, a.Length = d.seed, crowd.Target{Base: target}, max(length-a.At, time.Second)
	return a, true
}

// attackLog is what an attack did, and what became of the fans meanwhile.
type attackLog struct {
	Name      string         `json:"name"`
	Planned   int            `json:"planned"`
	Sent      int            `json:"sent"`
	PerSecond float64        `json:"delivered_per_s"`
	Answered  int            `json:"answered"`
	Statuses  map[int]int    `json:"statuses,omitempty"`
	States    map[string]int `json:"states,omitempty"`
	Treated   map[string]int `json:"treated,omitempty"`
	Inside    int            `json:"inside"`
	// AtShop are its requests that reached the shop, by their address; Fills are what the
	// front asked for by itself, which is compared with a wave without attack.
	AtShop int `json:"at_shop"`
	Fills  int `json:"fills"`
	// Told says that AtShop tells the attack's requests from the fans', which come from
	// other addresses.
	Told           bool    `json:"told_apart"`
	Fans           int     `json:"fans"`
	Suspected      int     `json:"fans_suspected"`
	SuspectedShare float64 `json:"fans_suspected_share"`
}

// besiege sends the attack of the wave that begins now, if there is one, and returns
// how to wait for its report.
func (s *stage) besiege(ctx context.Context, length time.Duration) (wait func() (*crowd.AttackReport, error)) {
	a, there := s.attackOn(s.target, length)
	if !there {
		return func() (*crowd.AttackReport, error) { return nil, nil }
	}
	s.out.say("  on top: %s, %g requests a second from %d addresses", a.What, a.Rate, a.Senders)
	var rep *crowd.AttackReport
	var err error
	var running sync.WaitGroup
	running.Go(func() { rep, err = a.Run(ctx) })
	return func() (*crowd.AttackReport, error) { running.Wait(); return rep, err }
}

// besieged puts together what the attack's sender, the shop and the fans saw of it; nil
// where nobody asked for addresses.
func (s *stage) besieged(ctx context.Context, rep *crowd.AttackReport, fans *crowd.Report) (*attackLog, error) {
	if s.rig.attack == "" {
		return nil, nil
	}
	came, err := s.shop.callers(ctx)
	if err != nil {
		return nil, err
	}
	if came.Beyond > 0 {
		return nil, fmt.Errorf("%d requests came to the shop from more addresses than it remembers", came.Beyond)
	}
	l := &attackLog{Name: s.rig.attack, Fills: came.ByAddress[origin.Nobody().String()], Fans: fans.Totals.Arrived, Suspected: fans.Totals.Suspected,
		SuspectedShare: round(fans.SuspectedShare(), 5)}
	if rep == nil {
		return l, nil
	}
	l.Planned, l.Sent, l.PerSecond, l.Answered = rep.Planned, rep.Sent, round(rep.Delivered(), 1), rep.Answered
	l.Statuses, l.States, l.Treated, l.Inside = rep.Statuses, rep.States, rep.Treated, rep.Inside
	a, _ := s.attackOn(s.target, fans.List.Length)
	l.AtShop, l.Told = reached(came, a, fans.List, s.rig.fansAt())
	s.out.say("  %s: %d requests sent, %.0f a second; %d of them reached the shop; %d of %d fans were taken for none",
		a.Name, l.Sent, l.PerSecond, l.AtShop, l.Suspected, l.Fans)
	return l, nil
}

// reached counts the requests at the shop from the attack's addresses; told is false
// where fans are at one of them.
func reached(came toyshop.Callers, a crowd.Attack, list *crowd.List, home func(*crowd.Fan, bool) netip.Addr) (n int, told bool) {
	senders := map[netip.Addr]bool{}
	for i := range a.Senders {
		senders[a.From(i)] = true
	}
	for from := range senders {
		n += came.ByAddress[from.String()]
	}
	for i := range list.Fans {
		if senders[home(&list.Fans[i], false)] || senders[home(&list.Fans[i], true)] {
			return n, false
		}
	}
	return n, true
}

// callers asks the shop whose requests came.
func (s *shopProcess) callers(ctx context.Context) (c toyshop.Callers, err error) {
	return c, s.ask(ctx, "GET", "/callers", &c)
}
