package twins

import (
	"hash/maphash"
	"regexp"
	"strings"
)

// Shops choose anew for each answer: three articles of a hundred, a picture at the top,
// what else lies on the same shelf. Two strangers then get different pages, and neither is
// anybody's own. It is proven by asking again as the same visitors ([Visit.Again]): such a
// place says something else nearly every time, what was made for one of them he would get
// each time, and what was once shown by mistake is there once.

// said is one answer: what it says, and of each place what all of it says together.
type said struct {
	facts  map[uint64]bool
	places map[string]uint64
}

// answers are all that one visitor got.
type answers []said

// answersOf reads what each visitor got. None where one of them was asked once only.
func answersOf(seed maphash.Seed, visits ...Visit) (all []answers) {
	for _, v := range visits {
		if len(v.Again) == 0 {
			return nil
		}
		var his answers
		for _, body := range append([][]byte{v.Body}, v.Again...) {
			pieces, ok := cutUp(body, seed)
			if !ok || len(body) > MaxBody {
				return nil
			}
			s := said{map[uint64]bool{}, map[string]uint64{}}
			for i := range pieces {
				at := pieces[i].at.place()
				for _, f := range factsOf(seed, &pieces[i]) {
					s.facts[f.hash] = true
					s.places[at] = s.places[at]*31 + f.hash
				}
			}
			his = append(his, s)
		}
		all = append(all, his)
	}
	return all
}

// fact is one thing that a piece says.
type fact struct {
	hash uint64
	name string // of the attribute; empty = it is none
	text string
}

// factsOf lists what a piece says at its place: a text, or that there is such an element,
// and each of its attributes.
func factsOf(seed maphash.Seed, p *piece) []fact {
	at := p.at.place()
	of := func(what, name, text string) fact {
		var h maphash.Hash
		h.SetSeed(seed)
		for _, w := range []string{at, p.tag, what, name, text} {
			_, _ = h.WriteString(w) // never fails
			_ = h.WriteByte(0)
		}
		return fact{h.Sum64(), name, text}
	}
	switch p.sort {
	case opening:
		all := []fact{of("begin", "", "")}
		for _, a := range p.attrs {
			all = append(all, of("attribute", a.Key, a.Val))
		}
		return all
	case closing:
		return []fact{of("end", "", "")}
	}
	return []fact{of("text", "", clocks.ReplaceAllLiteralString(p.text, "[time]"))}
}

// settle is the verdict on a difference that nobody understands, after all were asked
// again. One of the pieces may be nil. attribute is the one that it is about; empty = all
// of what the pieces say.
func (j *judge) settle(v verdict, a, b *piece, attribute string) verdict {
	if v.harmless || v.harm || !choosable(v.where) || len(j.heard) == 0 {
		return v
	}
	if j.ofArticles(a, b) {
		return j.settleArticles(v, a, b)
	}
	place := ""
	for side, p := range [...]*piece{a, b} {
		if p == nil {
			continue
		}
		if place = p.at.place(); !j.changing(place) {
			return v
		}
		other := [...]*piece{b, a}[side]
		for _, f := range factsOf(j.seed, p) {
			if (attribute == "" || f.name == attribute) && !j.nobodys(f, j.whose[side], other) {
				return v
			}
		}
	}
	return verdict{where: "choice in " + place, harmless: true}
}

// choosable reports whether a place may hold a choice: what people see, outside of forms
// and scripts.
func choosable(where string) bool {
	word, _, _ := strings.Cut(where, " ")
	return word == "text" || word == "element" || word == "attribute" || word == "link"
}

// strangers are the first of those who were asked; behind them is the one with the cart.
const strangers = 2

// changing reports whether a place says the same in no more than half of the answers to
// strangers.
func (j *judge) changing(place string) bool {
	n, versions := 0, map[uint64]int{}
	for _, his := range j.heard[:strangers] {
		for _, s := range his {
			n++
			versions[s.places[place]]++
		}
	}
	for _, times := range versions {
		if 2*times > n {
			return false
		}
	}
	return true
}

// nobodys reports whether what a visitor's page says is not his own: it was said to another
// stranger, or not again to him. Of what was said to him alone, a word for one use and a
// number that counts are his all the same. other is what stands in its place for another.
func (j *judge) nobodys(f fact, whose int, other *piece) bool {
	for i, his := range j.heard[:strangers] {
		for _, s := range his {
			if i != whose && s.facts[f.hash] {
				return true
			}
		}
	}
	for _, s := range j.heard[whose] {
		if !s.facts[f.hash] {
			return !once(f.text) && !(f.name == "" && other != nil && counts(f.text, other.text))
		}
	}
	return false
}

// once reports whether a text has a word that may be made for one use: of eight letters
// and digits or more, not without digits.
func once(text string) bool {
	for _, w := range strings.FieldsFunc(text, func(c rune) bool { return c < 0x80 && !alnum(byte(c)) }) {
		if len(w) >= 8 && strings.ContainsAny(w, "0123456789") {
			return true
		}
	}
	return false
}

// Numbers in texts: as shops write what something costs, and any.
var (
	prices  = regexp.MustCompile(`\b\d{1,3}([ .,\x{a0}]?\d{3})*[.,]\d\d\b`)
	integer = regexp.MustCompile(`\d+`)
)

// counts reports whether two texts differ in a number that is no price, and in nothing
// else: whoever counts visitors gives each his own.
func counts(a, b string) bool {
	a, b = prices.ReplaceAllLiteralString(a, "[price]"), prices.ReplaceAllLiteralString(b, "[price]")
	return a != b && integer.ReplaceAllLiteralString(a, "#") == integer.ReplaceAllLiteralString(b, "#")
}
