package twins

import (
	"hash/maphash"
	"slices"
	"strings"
)

// Themes give each article of a list a form of its own, with which it is put into the cart.
// Where a shop chooses anew which articles it lists, those forms come and go with them, and
// two strangers are given different ones. A form is of an article, and of nobody, if nothing
// in it but the article's number differs from a form that another stranger was given: then
// a token in it is everybody's. That the article is chosen has to be proven besides; see
// [judge.settle].

// articleForm is such a form.
type articleForm struct {
	number string
	like   uint64 // what it says but for the number
}

// maxNumber is how many digits an article's number has at most. Longer ones may be made
// for one use.
const maxNumber = 9

// articleForms finds the forms of a page that put one article into the cart: they have one
// of the fields, once, with a whole number. What stands in a cart, or in what somebody has
// looked at, is no list of the shop's. list is the same forms as they come.
func articleForms(pieces []piece, seed maphash.Seed, fields []string) (forms map[*element]articleForm, list []articleForm) {
	if len(fields) == 0 {
		return nil, nil
	}
	numbers := map[*element]string{}
	for i := range pieces {
		p := &pieces[i]
		if !articleField(p, fields) || p.at.form == nil {
			continue
		}
		n := p.attr("value")
		if _, twice := numbers[p.at.form]; twice || n == "" || len(n) > maxNumber || strings.Trim(n, "0123456789") != "" {
			n = ""
		}
		numbers[p.at.form] = n
	}
	said := map[*element]*maphash.Hash{}
	var order []*element
	for i := range pieces {
		p := &pieces[i]
		if p.at == nil || p.at.form == nil || numbers[p.at.form] == "" {
			continue
		}
		h := said[p.at.form]
		if h == nil {
			if what, _ := setting(p.at.form.up); what != "" {
				delete(numbers, p.at.form)
				continue
			}
			h = &maphash.Hash{}
			h.SetSeed(seed)
			said[p.at.form] = h
			order = append(order, p.at.form)
		}
		maphash.WriteComparable(h, [3]string{string(rune('0' + p.sort)), p.tag, p.text})
		for _, a := range p.attrs {
			value := a.Val
			switch number := numbers[p.at.form]; {
			case a.Key == "value" && articleField(p, fields):
				value = "#"
			case slices.Contains(idAttributes, a.Key):
				value = unnumbered(value, number)
			}
			maphash.WriteComparable(h, [2]string{a.Key, value})
		}
	}
	forms = make(map[*element]articleForm, len(said))
	for _, form := range order {
		forms[form] = articleForm{numbers[form], said[form].Sum64()}
		list = append(list, forms[form])
	}
	return forms, list
}

func articleField(p *piece, fields []string) bool {
	return p.sort == opening && p.tag == "input" && slices.Contains(fields, p.attr("name"))
}

// unnumbered takes a number out of a name, where it is the whole of it or stands alone.
func unnumbered(name, number string) string {
	at := strings.LastIndex(name, number)
	if at < 0 {
		return name
	}
	digit := func(i int) bool { return i >= 0 && i < len(name) && name[i] >= '0' && name[i] <= '9' }
	if digit(at-1) || digit(at+len(number)) {
		return name
	}
	return name[:at] + "#" + name[at+len(number):]
}

// listed are the articles' forms in each answer that each of the visitors got, all times
// that he asked.
func (c *comparison) listed(visits ...Visit) (all [][][]articleForm) {
	if len(c.rules.Articles) == 0 {
		return nil
	}
	for _, v := range visits {
		var his [][]articleForm
		for _, body := range append([][]byte{v.Body}, v.Again...) {
			var list []articleForm
			if pieces, ok := cutUp(body, c.seed); ok && len(body) <= MaxBody {
				_, list = articleForms(pieces, c.seed, c.rules.Articles)
			}
			his = append(his, list)
		}
		all = append(all, his)
	}
	return all
}

// ofArticles reports whether pieces that differ stand in forms of articles, and another
// stranger was given such. One of them may be nil.
func (j *judge) ofArticles(a, b *piece) bool {
	for side, p := range [...]*piece{a, b} {
		if p == nil {
			continue
		}
		if p.at == nil || p.at.form == nil {
			return false
		}
		form, is := j.forms[side][p.at.form]
		if !is || !j.others(side, func(f articleForm) bool { return f.like == form.like }) {
			return false
		}
	}
	return a != nil || b != nil
}

// others reports whether a stranger but the one whose page is on that side was given a form.
func (j *judge) others(side int, such func(articleForm) bool) bool {
	for i, his := range j.lists[:min(len(j.lists), strangers)] {
		if i != j.whose[side] && slices.ContainsFunc(his, func(list []articleForm) bool { return slices.ContainsFunc(list, such) }) {
			return true
		}
	}
	return false
}

// settleArticles is settle for pieces in forms of articles: the shop lists others in no less
// than half of its answers to strangers, and each of the forms was given to another stranger, or
// not again to whoever has it here.
func (j *judge) settleArticles(v verdict, a, b *piece) verdict {
	var all [][]articleForm
	for _, his := range j.lists[:strangers] {
		all = append(all, his...)
	}
	for _, list := range all {
		times := 0
		for _, other := range all {
			if slices.Equal(list, other) {
				times++
			}
		}
		if 2*times > len(all) {
			return v
		}
	}
	place := ""
	for side, p := range [...]*piece{a, b} {
		if p == nil {
			continue
		}
		place = p.at.form.up.place()
		form := j.forms[side][p.at.form]
		once := slices.ContainsFunc(j.lists[j.whose[side]], func(list []articleForm) bool { return !slices.Contains(list, form) })
		if !once && !j.others(side, func(f articleForm) bool { return f == form }) {
			return v
		}
	}
	return verdict{where: "choice in " + place, harmless: true}
}
