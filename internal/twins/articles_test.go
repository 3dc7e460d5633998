package twins

import (
	"fmt"
	"strings"
	"testing"
)

// shelfOfForms is a block of articles with a form for each, as PrestaShop's theme
// Hummingbird has them; whole thousands are sold by their own page only.
func shelfOfForms(token string, articles ...int) string {
	var b strings.Builder
	b.WriteString(`<section id="featured"><h2>Polecamy</h2>`)
	for _, n := range articles {
		fmt.Fprintf(&b, `<article class="miniature" data-id-product="%d"><a href="/%d-pomadka.html">Pomadka %c</a>`, n, n, 'A'+n%50)
		if n%1000 == 0 {
			fmt.Fprintf(&b, `<a href="/%d-pomadka.html" class="btn">Zobacz</a></article>`, n)
			continue
		}
		fmt.Fprintf(&b, `<form action="/koszyk" method="post" class="d-flex"><input type="hidden" value="%d" name="id_product"><input type="hidden" name="token" value="%s">`+
			`<div class="qty"><input id="quantity_wanted_%d" name="qty" value="1"></div><button class="btn add-to-cart">Dodaj do koszyka</button></form></article>`, n, token, n)
	}
	return b.String() + `</section>`
}

// A form that comes with an article chosen anew is as little somebody's own as the article,
// if it is like those that others were given but for the article's number.
func TestFormsOfChosenArticles(t *testing.T) {
	rules := Rules{Articles: []string{"id_product"}}
	times := func(visitor int, piece func(visitor, time int) string) Visit {
		first := 3 * (visitor - 1)
		return asked(piece(visitor, first), piece(visitor, first+1), piece(visitor, first+2))
	}
	for _, q := range []struct {
		name        string
		piece       func(visitor, time int) string
		alike, harm bool
	}{
		{"others each time", func(_, n int) string { return shelfOfForms("0a1b", 10+3*n, 11+3*n, 12+3*n) }, true, false},
		{"one of three each time", func(v, n int) string { return shelfOfForms("0a1b", 10+(n+v)%3) }, true, false},
		{"one or two", func(_, n int) string { return shelfOfForms("0a1b", []int{10 + n, 20 + n}[:1+n%2]...) }, true, false},
		{"some without a form", func(_, n int) string { return shelfOfForms("0a1b", 10+n, 1000*(n+1), 30+n) }, true, false},
		{"a token of one's own", func(v, n int) string { return shelfOfForms(fmt.Sprintf("0a1b%d", v), 10+n) }, false, true},
		{"a token for each time", func(_, n int) string { return shelfOfForms(fmt.Sprintf("0a1b%d", n), 10+n) }, false, true},
		{"one's own articles", func(v, _ int) string { return shelfOfForms("0a1b", 10*v, 10*v+1) }, false, false},
		{"a field that one of them has", func(v, n int) string {
			return strings.Replace(shelfOfForms("0a1b", 10+n), "</form>", []string{"", `<input name="gift" value="1">`}[v%2]+"</form>", 1)
		}, false, true},
		{"a number of ten digits", func(_, n int) string { return shelfOfForms("0a1b", 1234567891+n) }, false, true},
		{"no number", func(_, n int) string {
			return strings.ReplaceAll(shelfOfForms("0a1b", 10+n), `value="1`, `value="a1`)
		}, false, true},
		{"two numbers in a form", func(_, n int) string {
			return strings.ReplaceAll(shelfOfForms("0a1b", 10+n), "</form>", fmt.Sprintf(`<input type="hidden" name="id_product" value="%d"></form>`, n))
		}, false, true},
		{"another field that changes", func(_, n int) string {
			return strings.ReplaceAll(shelfOfForms("0a1b", 10+n), "</form>", fmt.Sprintf(`<input type="hidden" name="id_cart" value="%d"></form>`, n))
		}, false, true},
		{"in a cart", func(_, n int) string { return `<div class="mini-cart">` + shelfOfForms("0a1b", 10+n) + `</div>` }, false, true},
		{"in what one has looked at", func(_, n int) string { return `<div id="recently-viewed">` + shelfOfForms("0a1b", 10+n) + `</div>` }, false, true},
	} {
		t.Run(q.name, func(t *testing.T) {
			a, b := times(1, q.piece), times(2, q.piece)
			f := Compare("/p", a, b, nil, rules)
			if f.Alike != q.alike || f.Harm != q.harm || q.alike && !strings.HasPrefix(first(f.Spans).Where, "choice in ") {
				t.Error(describe(f))
			}
			if f = Compare("/p", b, a, nil, rules); f.Alike != q.alike || f.Harm != q.harm {
				t.Errorf("the other way round: %s", describe(f))
			}
			// Where nobody has said which field it is, each form may be somebody's.
			if f = Compare("/p", a, b, nil, Rules{}); f.Alike || !f.Harm {
				t.Errorf("no field is known: %s", describe(f))
			}
			// Asked once, nobody can tell.
			a.Again, b.Again = nil, nil
			if f = Compare("/p", a, b, nil, rules); f.Alike || q.alike && (!f.Doubt || f.Harm) {
				t.Errorf("asked once: %s", describe(f))
			}
		})
	}
	// Somebody with a cart is shown a choice, too, by forms as others have them.
	for token, alike := range map[string]bool{"0a1b": true, "0a1b9": false} {
		piece := func(v, n int) string {
			return shelfOfForms(map[bool]string{true: token, false: "0a1b"}[v == 3], 10+n, 30+n)
		}
		owner := times(3, piece)
		if f := Compare("/p", times(1, piece), times(2, piece), &owner, rules); f.Alike != alike {
			t.Errorf("%s: %s", token, describe(f))
		}
	}
}

// Which number is taken out of a name.
func TestUnnumbered(t *testing.T) {
	for _, q := range [][3]string{
		{"quantity_wanted_17", "17", "quantity_wanted_#"}, {"17", "17", "#"}, {"a17b", "17", "a#b"},
		{"a117", "17", "a117"}, {"a171", "17", "a171"}, {"a", "17", "a"},
	} {
		if got := unnumbered(q[0], q[1]); got != q[2] {
			t.Errorf("%s without %s is %s", q[0], q[1], got)
		}
	}
}
