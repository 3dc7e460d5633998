package twins

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/falochron/falochron"
	"golang.org/x/net/html"
)

// judge compares two visits and says of each difference what it is.
type judge struct {
	*comparison
	a, b    Visit
	cart    bool // b had something in the cart
	mine    [2][]string
	mask    *strings.Replacer
	ids     []string // names that differ and are names inside the page only: a's, b's, a's...
	same    *strings.Replacer
	stopped bool                        // the answers cannot be compared
	whose   [2]int                      // of which of answers a and b are
	forms   [2]map[*element]articleForm // those of articles on the two pages
}

// Lengths of what is looked for of a cookie's value, in bytes: shorter ones are
// words that stand in every page.
const (
	minSecret = 8 // in a page it proves that the page is one visitor's
	minMask   = 4 // is not shown in evidence
)

func newJudge(c *comparison, a, b Visit, cart bool) *judge {
	j := &judge{comparison: c, a: a, b: b, cart: cart, same: strings.NewReplacer()}
	if c.seen == nil {
		c.seen = make(map[place]bool)
	}
	var hide []string
	for i, v := range []Visit{a, b} { // what both have, such as the language, is nobody's own
		for _, value := range v.Cookies {
			for _, part := range secretsOf(value) {
				if len(part) >= minSecret && !slices.Contains([]Visit{b, a}[i].Cookies, value) {
					j.mine[i] = append(j.mine[i], part)
				}
				hide = append(hide, part)
			}
		}
	}
	// The longest first: a part of another one must not break it.
	slices.SortFunc(hide, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(hide))
	for _, h := range slices.Compact(hide) {
		pairs = append(pairs, h, "[cookie]")
	}
	j.mask = strings.NewReplacer(pairs...)
	return j
}

// secretsOf lists a cookie's value as it may stand in a page: as it is, without
// percent signs, and the words it is made of.
func secretsOf(value string) []string {
	all := []string{value}
	if plain, err := url.QueryUnescape(value); err == nil && plain != value {
		all = append(all, plain)
	}
	for _, v := range slices.Clone(all) {
		all = append(all, strings.FieldsFunc(v, func(c rune) bool { return c > utf8.RuneSelf || !inWord(byte(c)) })...)
	}
	return slices.DeleteFunc(all, func(s string) bool { return len(s) < minMask })
}

// answers compares what can be told without reading the pages.
func (j *judge) answers() {
	a, b := j.a, j.b
	kind := func(v Visit) string {
		return strings.ToLower(strings.ReplaceAll(v.Header.Get("Content-Type"), " ", ""))
	}
	switch {
	case a.Status != b.Status:
		j.note(verdict{where: "answer status"}, fmt.Sprint(a.Status), fmt.Sprint(b.Status))
	case kind(a) != kind(b):
		j.note(verdict{where: "answer Content-Type"}, kind(a), kind(b))
	default:
		return
	}
	j.stopped = true
}

// note takes a difference into the finding. Of each sort of place one is kept, and
// of those not more than will be shown; those that forbid sharing are counted all
// the same.
func (j *judge) note(v verdict, a, b string) {
	if j.cart && j.rules.Own && !v.harmless {
		v = own(v)
	}
	j.harm = j.harm || v.harm && !j.cart
	j.sure = j.sure || !v.harmless && (v.harm || !choosable(v.where))
	j.comparison.cart = j.comparison.cart || v.cart
	at := place{v.where, v.harmless, j.cart}
	if j.seen[at] {
		return
	}
	kept := &j.excused
	if !v.harmless {
		kept = &j.bad
	}
	if *kept++; *kept > MaxSpans {
		return
	}
	j.seen[at] = true
	a, b = excerpt(j.mask.Replace(a), j.mask.Replace(b))
	j.spans = append(j.spans, falochron.Span{Page: cut(j.page), Where: cut(j.mask.Replace(v.where)), Harmless: v.harmless, A: a, B: b, WithCart: j.cart})
}

// pages compares two pages.
func (j *judge) pages(a, b []byte) {
	as, ok := cutUp(a, j.seed)
	bs, ok2 := cutUp(b, j.seed)
	if !ok || !ok2 {
		j.note(verdict{where: "answer of too many pieces"}, "", "")
		return
	}
	hunks, ok := align(keys(as, exactly), keys(bs, exactly))
	if !ok {
		// Too many random ids, perhaps: by how the pages are built, then.
		if hunks, ok = align(keys(as, roughly), keys(bs, roughly)); !ok {
			j.note(verdict{where: "answer too different to compare"}, "", "")
			return
		}
		hunks = withUnequal(hunks, as, bs)
	}
	j.forms[0], _ = articleForms(as, j.seed, j.rules.Articles)
	j.forms[1], _ = articleForms(bs, j.seed, j.rules.Articles)
	pairs := j.match(hunks, as, bs)
	j.learnIDs(pairs)
	for i := 0; i < len(pairs); i++ {
		switch p := pairs[i]; {
		case p.a != nil && p.b != nil:
			j.changed(p.a, p.b)
		case p.a != nil:
			j.alone(p.a, true)
		default:
			if n := j.cartBlock(pairs[i:]); n > 0 {
				i += n - 1
				continue
			}
			j.alone(p.b, false)
		}
	}
}

// cartBlock excuses an element that only somebody with a cart has, if it says that
// it is about the cart, as a link to it does. It returns how many pieces it has.
func (j *judge) cartBlock(pairs []pair) (n int) {
	if p := pairs[0].b; !j.cart || p.sort != opening || void[p.tag] {
		return 0
	}
	var said strings.Builder
	depth := 0
	for n < len(pairs) && n < 200 && pairs[n].a == nil {
		p := pairs[n].b
		n++
		said.WriteString(p.whole() + " ")
		if p.tag == pairs[0].b.tag && p.sort == opening {
			depth++
		}
		if p.tag == pairs[0].b.tag && p.sort == closing {
			depth--
		}
		if depth == 0 {
			break
		}
	}
	v, ok := j.cartPlace(pairs[0].b.at.up, said.String())
	if !ok || depth > 0 || j.owned("", said.String()) {
		return 0
	}
	j.note(v, "", said.String())
	return n
}

func exactly(p *piece) uint64 { return p.exact }
func roughly(p *piece) uint64 { return p.rough }

func keys(pieces []piece, key func(*piece) uint64) []uint64 {
	out := make([]uint64, len(pieces))
	for i := range pieces {
		out[i] = key(&pieces[i])
	}
	return out
}

// withUnequal adds to hunks the pieces between them that are built the same but
// do not say the same.
func withUnequal(hunks []hunk, as, bs []piece) []hunk {
	var out []hunk
	a, b := 0, 0
	until := func(a1, b1 int) {
		for ; a < a1 && b < b1; a, b = a+1, b+1 {
			if as[a].exact != bs[b].exact {
				out = append(out, hunk{a, a + 1, b, b + 1})
			}
		}
	}
	for _, h := range hunks {
		until(h.a0, h.b0)
		out = append(out, h)
		a, b = h.a1, h.b1
	}
	until(len(as), len(bs))
	return out
}

// pair is a piece of the one page and what stands for it in the other; one of them
// may be missing.
type pair struct{ a, b *piece }

// match pairs what differs. Pieces that both pages have, only elsewhere, are in
// another order and no difference: each visitor got all of them.
func (j *judge) match(hunks []hunk, as, bs []piece) []pair {
	left, right := map[uint64]int{}, map[uint64]int{}
	for _, h := range hunks {
		for i := h.a0; i < h.a1; i++ {
			left[as[i].exact]++
		}
		for i := h.b0; i < h.b1; i++ {
			right[bs[i].exact]++
		}
	}
	// How many of each are elsewhere: of both sides as many as the smaller has.
	elseA, elseB := map[uint64]int{}, map[uint64]int{}
	for key, n := range left {
		if n = min(n, right[key]); n > 0 {
			elseA[key], elseB[key] = n, n
		}
	}
	var moved string
	rest := func(pieces []piece, elsewhere map[uint64]int) (out []*piece) {
		for i := range pieces {
			p := &pieces[i]
			if elsewhere[p.exact] == 0 {
				out = append(out, p)
				continue
			}
			elsewhere[p.exact]--
			if moved == "" && p.sort == text {
				moved = p.text
			}
		}
		return out
	}
	var pairs []pair
	for _, h := range hunks {
		a, b := rest(as[h.a0:h.a1], elseA), rest(bs[h.b0:h.b1], elseB)
		pairs = append(pairs, pairUp(a, b)...)
	}
	if moved != "" {
		j.note(verdict{where: "order", harmless: true}, moved, moved)
	}
	return pairs
}

// pairUp pairs pieces of two hunks by how they are built.
func pairUp(a, b []*piece) (out []pair) {
	rough := func(ps []*piece) []uint64 {
		out := make([]uint64, len(ps))
		for i, p := range ps {
			out[i] = p.rough
		}
		return out
	}
	hunks, ok := align(rough(a), rough(b))
	if !ok {
		hunks = []hunk{{0, len(a), 0, len(b)}}
	}
	x, y := 0, 0
	for _, h := range append(hunks, hunk{len(a), len(a), len(b), len(b)}) {
		for x < h.a0 && y < h.b0 {
			out = append(out, pair{a[x], b[y]})
			x, y = x+1, y+1
		}
		for ; x < h.a1; x++ {
			out = append(out, pair{a[x], nil})
		}
		for ; y < h.b1; y++ {
			out = append(out, pair{nil, b[y]})
		}
	}
	return out
}

// maxIDs is how many names made up for one answer are followed through a page.
const maxIDs = 400

// learnIDs notes ids that differ: where else the one page has the one and the
// other the other, they are the same.
func (j *judge) learnIDs(pairs []pair) {
	for _, p := range pairs {
		if p.a == nil || p.b == nil || p.a.sort != opening || len(j.ids) >= 2*maxIDs {
			continue
		}
		for name, values := range differing(p.a.attrs, p.b.attrs) {
			policy := name == "nonce" && slices.Contains(policed, p.a.tag)
			if name == "id" && j.innocent(name, values[0], values[1]) || policy {
				j.learn(values[0], values[1], policy)
			}
		}
	}
	// Longer names first: one may begin like another.
	type id struct{ a, b string }
	var ids []id
	for i := 0; i < len(j.ids); i += 2 {
		ids = append(ids, id{j.ids[i], j.ids[i+1]})
	}
	slices.SortStableFunc(ids, func(x, y id) int { return len(y.a) - len(x.a) })
	flat := make([]string, 0, 2*len(ids))
	for _, i := range ids {
		flat = append(flat, i.a, i.b)
	}
	j.same = strings.NewReplacer(flat...)
}

// policed are elements whose nonce is that of the answer's own policy (Content
// Security Policy Level 3, section 2.3.1): shared with it, it fits.
var policed = []string{"script", "style", "link"}

func (j *judge) learn(a, b string, whole bool) {
	if len(a) >= minMask && len(b) >= minMask {
		j.ids = append(j.ids, a, b)
	}
	if whole {
		return
	}
	// quantity_65f1 and quantity_77a0: scripts may build the name of its end.
	a, b = middle(a, b)
	if len(a) >= 6 && len(b) >= 6 {
		j.ids = append(j.ids, a, b)
	}
}

// middle cuts off what two names begin and end with alike, at whole words.
func middle(a, b string) (string, string) {
	pre := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if !alnum(a[i]) {
			pre = i + 1
		}
	}
	end := 0
	for i := 0; i < len(a)-pre && i < len(b)-pre && a[len(a)-1-i] == b[len(b)-1-i]; i++ {
		if !alnum(a[len(a)-1-i]) {
			end = i + 1
		}
	}
	return a[pre : len(a)-end], b[pre : len(b)-end]
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf
}

// differing lists attributes that do not have the same value, with both.
func differing(a, b []html.Attribute) map[string][2]string {
	out := make(map[string][2]string)
	for _, x := range a {
		out[x.Key] = [2]string{x.Val, absent}
	}
	for _, x := range b {
		v, ok := out[x.Key]
		if !ok {
			v[0] = absent
		}
		out[x.Key] = [2]string{v[0], x.Val}
	}
	for name, v := range out {
		if v[0] == v[1] {
			delete(out, name)
		}
	}
	return out
}

// absent stands for an attribute that is not there. No page can hold it: the
// tokenizer makes another character of a zero byte.
const absent = "\x00"

// owned reports whether one of the sides holds a value of its visitor's cookies.
func (j *judge) owned(a, b string) bool {
	has := func(s string, all []string) bool {
		return slices.ContainsFunc(all, func(c string) bool { return strings.Contains(s, c) })
	}
	return has(a, j.mine[0]) || has(b, j.mine[1])
}

// followed reports whether two texts are the same but for ids of the page.
func (j *judge) followed(a, b string) bool { return len(j.ids) > 0 && j.same.Replace(a) == b }
