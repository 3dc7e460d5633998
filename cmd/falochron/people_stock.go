package main

import (
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/state"
)

// soldOut are the paths of articles that the edge knows to be sold out, in a shop by
// its name there. Nobody may change them.
func (p *planPages) soldOut(name string) map[string]bool {
	if p.orders == nil || name == "" {
		return nil
	}
	s, _ := p.orders(name)
	return s.SoldOut
}

// soldOut is what falochron run last knew to be sold out in a shop, as the data folder
// has it: a terminal works whether or not it is running.
func (d *desk) soldOut(shop plan.ID) map[string]bool {
	name := d.behindOf(shop)
	if name == "" {
		return nil
	}
	return state.SoldOut(d.data, name)
}
