package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// sold is what a shop sold with one before it: shares of its ideal by overload.
type sold struct {
	name   string
	shares map[float64][]float64
}

func (s *sold) add(overload, share float64) {
	if s.shares == nil {
		s.shares = map[float64][]float64{}
	}
	s.shares[overload] = append(s.shares[overload], share)
}

// ordersPlot draws what the toy shop sold in waves of different sizes: behind
// Falochron, behind everybody else who was measured, each with the limits that were
// measured at most sizes, and alone. It is empty when nothing was measured.
func ordersPlot(orders, peers []ordersRow) string {
	all := soldBehindPeers(peers)
	if len(all) == 0 {
		all = soldAtHome(orders)
	}
	if len(all) == 0 {
		return ""
	}
	var overloads []float64
	for _, s := range all {
		for o := range s.shares {
			overloads = append(overloads, o)
		}
	}
	slices.Sort(overloads)
	overloads = slices.Compact(overloads)
	p := barTable{title: "What a shop sells when too many people come at once", below: "Orders a minute, in percent of what the shop takes from a calm crowd"}
	for _, o := range overloads {
		name := fmt.Sprintf("%g times too many buyers", o)
		if o == 1 {
			name = "as many as it can serve"
		}
		p.columns = append(p.columns, name)
	}
	last := overloads[len(overloads)-1]
	slices.SortStableFunc(all, func(a, b sold) int { return worse(median(a.shares[last]), median(b.shares[last])) })
	for _, s := range all {
		r := barRow{name: s.name, own: s.name == oursName}
		if s.name == bareName {
			r.name = "the shop alone"
		}
		for _, o := range overloads {
			r.cells = append(r.cells, bar{share: median(s.shares[o]), empty: "not measured"})
		}
		p.rows = append(p.rows, r)
	}
	p.foot = []string{"Medians of all runs that count, at the toy shop with 8 workers. Everybody meets the same fans."}
	return p.String()
}

// soldAtHome are Falochron and the bare shop as the section orders has them.
func soldAtHome(rows []ordersRow) []sold {
	behind, alone := sold{name: oursName}, sold{name: bareName}
	for i := range rows {
		r := &rows[i]
		w := r.wave()
		if w == nil || !r.counts() {
			continue
		}
		switch r.Scenario {
		case "wave":
			behind.add(r.Overload, w.Protected.GoodputRatio)
		case "bare":
			alone.add(r.Overload, w.Bare.GoodputRatio)
		}
	}
	return slices.DeleteFunc([]sold{behind, alone}, func(s sold) bool { return len(s.shares) == 0 })
}

// soldBehindPeers are all contenders at the toy shop as the section peers has them.
func soldBehindPeers(rows []ordersRow) (all []sold) {
	shop := peersShops()[0].name + "-"
	byID := map[string]*sold{}
	var ids []string
	for i := range rows {
		r := &rows[i]
		id, ok := strings.CutPrefix(r.Scenario, shop)
		if !ok || !r.counts() {
			continue
		}
		name, _, _ := strings.Cut(id, "-")
		side := "protected"
		if name == bareName {
			side = "bare"
		}
		seen, ok := r.front(side)
		if !ok {
			continue
		}
		if byID[id] == nil {
			byID[id] = &sold{name: name}
			ids = append(ids, id)
		}
		byID[id].add(r.Overload, seen.ratio)
	}
	for _, id := range ids {
		s := *byID[id]
		i := slices.IndexFunc(all, func(o sold) bool { return o.name == s.name })
		switch {
		case i < 0:
			all = append(all, s)
		case len(s.shares) > len(all[i].shares):
			all[i] = s
		}
	}
	return all
}

// worse orders the larger share first, and what is not known last.
func worse(a, b float64) int {
	switch {
	case a == b || math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(b) || a > b:
		return -1
	}
	return 1
}
