package preset

import (
	"slices"
	"strings"
)

// entry is one rule of a platform's data: its name, and the platform without it.
type entry struct {
	name string
	drop func(p *Platform)
}

// Rules names every entry of the data by which the platform differs from a shop
// nobody has described. A test takes away one after the other and must notice.
func (p *Platform) Rules() []string {
	es := p.entries()
	names := make([]string, len(es))
	for i, e := range es {
		names[i] = e.name
	}
	return names
}

// Without returns the platform without the entry of that name, or an equal one if
// it has none such. p stays as it is.
func (p *Platform) Without(rule string) *Platform {
	q := *p
	for _, e := range p.entries() {
		if e.name == rule {
			e.drop(&q)
		}
	}
	return &q
}

func (p *Platform) entries() []entry {
	own := *p // what is taken apart here
	p = &own
	var es []entry
	add := func(name string, drop func(p *Platform)) { es = append(es, entry{name, drop}) }
	texts := func(what string, of func(p *Platform) *[]string) {
		for i, text := range *of(p) {
			add(what+" "+text, func(p *Platform) { list := of(p); *list = without(*list, i) })
		}
	}
	for i, s := range p.Signs {
		add("sign: "+s.String(), func(p *Platform) { p.Signs = without(p.Signs, i) })
	}
	for i, t := range p.Routes {
		add("route: "+t.Pattern, func(p *Platform) { p.Routes = without(p.Routes, i) })
		if t.Own {
			add("own pages: "+t.Pattern, func(p *Platform) {
				p.Routes = slices.Clone(p.Routes)
				p.Routes[i].Own = false
			})
		}
	}
	for i, k := range p.Kinds {
		add("kind: "+k.Name, func(p *Platform) { p.Kinds = without(p.Kinds, i) })
		part := func(of func(k *Kind) *[]string) func(p *Platform) *[]string {
			return func(p *Platform) *[]string {
				p.Kinds = slices.Clone(p.Kinds)
				return of(&p.Kinds[i])
			}
		}
		texts("pattern of "+k.Name+":", part(func(k *Kind) *[]string { return &k.Patterns }))
		texts("token in "+k.Name+":", part(func(k *Kind) *[]string { return &k.Never }))
		texts("common field of "+k.Name+":", part(func(k *Kind) *[]string { return &k.Common }))
		texts("query of "+k.Name+":", part(func(k *Kind) *[]string { return &k.Queries }))
		texts("mark of "+k.Name+":", part(func(k *Kind) *[]string { return &k.Marks }))
	}
	texts("personal cookie:", func(p *Platform) *[]string { return &p.Cookies.Personal })
	texts("opaque cookie:", func(p *Platform) *[]string { return &p.Cookies.Opaque })
	texts("form cookie:", func(p *Platform) *[]string { return &p.Cookies.Form })
	texts("harmless cookie:", func(p *Platform) *[]string { return &p.Cookies.Harmless })
	texts("field:", func(p *Platform) *[]string { return &p.Fields })
	texts("issued field:", func(p *Platform) *[]string { return &p.Issued })
	texts("choice field:", func(p *Platform) *[]string { return &p.Choices })
	texts("form field:", func(p *Platform) *[]string { return &p.FormFields })
	texts("parameter:", func(p *Platform) *[]string { return &p.Params })
	if p.Mint != "" {
		add("mint: "+p.Mint, func(p *Platform) { p.Mint = "" })
	}
	for i, l := range p.Lends {
		add("lent: "+l.Field+" at "+l.Pattern, func(p *Platform) { p.Lends = without(p.Lends, i) })
		add("lent: "+l.Field+" at "+l.Pattern+" but with "+l.Instead, func(p *Platform) {
			p.Lends = slices.Clone(p.Lends)
			p.Lends[i].Instead = ""
		})
	}
	for i, o := range p.Orders {
		add("order: "+o.Method+" "+o.Pattern+" "+strings.Join(o.Texts, " "), func(p *Platform) { p.Orders = without(p.Orders, i) })
	}
	texts("alone:", func(p *Platform) *[]string { return &p.Alone })
	for i, f := range p.Fills {
		add("fills: "+f.Name, func(p *Platform) { p.Fills = without(p.Fills, i) })
	}
	texts("graphql:", func(p *Platform) *[]string { return &p.GraphQL })
	if p.Interface {
		add("interface", func(p *Platform) { p.Interface = false })
	}
	if p.Sessions != "" {
		add("sessions: "+p.Sessions, func(p *Platform) { p.Sessions = "" })
	}
	if p.Ask != "" {
		add("ask: "+p.Ask, func(p *Platform) { p.Ask = "" })
	}
	p.Cart.entries(func(name string, drop func(c *Cart)) {
		add("ask: cart "+name, func(p *Platform) { drop(&p.Cart) })
	})
	p.Coupon.entries(func(name string, drop func(c *Coupon)) {
		add("ask: coupon "+name, func(p *Platform) { drop(&p.Coupon) })
	})
	return es
}

func without[T any](list []T, i int) []T {
	return slices.Delete(slices.Clone(list), i, i+1)
}
