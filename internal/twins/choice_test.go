package twins

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// shelf is a block of articles that a shop has chosen.
func shelf(articles ...int) string {
	var b strings.Builder
	b.WriteString(`<div id="featured"><h2>Polecamy</h2>`)
	for _, n := range articles {
		fmt.Fprintf(&b, `<div class="card"><a href="/index.php?route=product/product&amp;product_id=%d"><img src="/images/pomadka-%d.jpg" alt="Pomadka %c" width="100"></a> <b>Pomadka %c</b><br>%d,90 zł</div>`,
			n, n, 'A'+n, 'A'+n, 10+n)
	}
	return b.String() + `</div>`
}

// asked is what somebody got, the first time and again.
func asked(first string, again ...string) Visit {
	v := got(around(first))
	for _, piece := range again {
		v.Again = append(v.Again, []byte(around(piece)))
	}
	return v
}

// What a shop chooses anew for each answer is nobody's own, and what it made for one
// visitor is his, however the page around it changes.
func TestWhatIsChosenAnew(t *testing.T) {
	hello := func(piece func(visitor, time int) string) [2]Visit {
		return [2]Visit{
			asked(piece(1, 0), piece(1, 1), piece(1, 2)),
			asked(piece(2, 3), piece(2, 4), piece(2, 5)),
		}
	}
	for _, q := range []struct {
		name  string
		piece func(visitor, time int) string
		alike bool
	}{
		{"three articles of twenty", func(_, n int) string { return shelf(3*n, 3*n+1, 3*n+2) }, true},
		{"one article of three", func(v, n int) string { return shelf((n + v) % 3) }, true},
		{"one article or two", func(_, n int) string { return shelf([]int{n, n + 7}[:1+n%2]...) }, true},
		{"somebody's name beside it", func(v, n int) string { return shelf(3*n) + fmt.Sprintf(`<p class="hello">Witaj, %c</p>`, 'K'+v) }, false},
		{"somebody's name among it", func(v, n int) string {
			return strings.Replace(shelf(3*n), "Polecamy", fmt.Sprintf("Dla ciebie, %c", 'K'+v), 1)
		}, false},
		{"somebody's link among it", func(v, n int) string {
			return strings.Replace(shelf(3*n), "</div>", fmt.Sprintf(`</div><a href="/lista/%c">Twoja lista</a>`, 'k'+v), 1)
		}, false},
		{"an attribute of somebody's beside a chosen one", func(v, n int) string {
			return fmt.Sprintf(`<p class="card" data-shown="%c" data-for="%c">x</p>`, 'a'+n, 'K'+v)
		}, false},
		{"a number for each", func(_, n int) string { return fmt.Sprintf("<p>Jesteś gościem numer %d</p>", 40+n) }, false},
		{"a word for one use in a link", func(_, n int) string {
			return fmt.Sprintf(`<a href="/dodaj/%d8f3a21aa%d">x</a>`, n, n)
		}, false},
		{"a token that changes each time", func(_, n int) string {
			return fmt.Sprintf(`<a href="/dodaj?token=%c">x</a>`, 'a'+n)
		}, false},
		{"a form that changes each time", func(_, n int) string {
			return fmt.Sprintf(`<form method="post"><input type="hidden" name="what" value="%c"></form>`, 'a'+n)
		}, false},
		{"a script that changes each time", func(_, n int) string { return fmt.Sprintf(`<script>let a = "%c";</script>`, 'a'+n) }, false},
		// A cache before the shop has mixed its visitors up, once.
		{"shown to one of them, once", func(_, n int) string {
			if n == 0 {
				return `<p class="hello">Witaj, Olu</p>`
			}
			return `<p class="hello">Witaj</p>`
		}, false},
		{"shown to both of them, once", func(_, n int) string {
			return `<p class="hello">Witaj, ` + []string{"Olu", "x", "x", "Zosiu", "x", "x"}[n] + `</p>`
		}, false},
	} {
		t.Run(q.name, func(t *testing.T) {
			v := hello(q.piece)
			f := Compare("/p", v[0], v[1], nil, Rules{})
			if f.Alike != q.alike || q.alike && !strings.HasPrefix(first(f.Spans).Where, "choice in ") {
				t.Error(describe(f))
			}
			if f = Compare("/p", v[1], v[0], nil, Rules{}); f.Alike != q.alike {
				t.Errorf("the other way round: %s", describe(f))
			}
			// Asked once, nobody can tell.
			v[0].Again, v[1].Again = nil, nil
			if f = Compare("/p", v[0], v[1], nil, Rules{}); f.Alike || q.alike && !f.Doubt {
				t.Errorf("asked once: %s", describe(f))
			}
		})
	}
}

// Somebody with a cart is shown a choice, too; what he alone is shown each time counts.
func TestWhatIsChosenAnewForACart(t *testing.T) {
	for piece, alike := range map[string]bool{"": true, `<p class="price">%s</p>`: false} {
		with := func(price string, n int) string { return shelf(3*n, 3*n+1) + strings.Replace(piece, "%s", price, 1) }
		owner := asked(with("17,00", 6), with("17,00", 7))
		f := Compare("/p", asked(with("19,00", 0), with("19,00", 1)), asked(with("19,00", 2), with("19,00", 3)), &owner, Rules{})
		if f.Alike != alike {
			t.Errorf("%q: %s", piece, describe(f))
		}
	}
}

// A shop with Zen Cart's front page: three of twenty articles, others each time.
func TestAShopThatChoosesAnew(t *testing.T) {
	for name, c := range map[string]struct {
		page   func(*rand.Rand) string
		passed bool
	}{
		"articles": {func(r *rand.Rand) string { return shelf(r.Perm(20)[:3]...) }, true},
		"a mixture": {func(r *rand.Rand) string {
			if r.IntN(4) == 0 {
				return "<p>Witaj, Olu</p>"
			}
			return "<p>Witaj</p>"
		}, false},
	} {
		chance := rand.New(rand.NewPCG(1, 2))
		h := &harbour{}
		h.page = func(int) string { return c.page(chance) }
		r, err := look(t, h, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, kind := range []string{"home", "category", "product"} {
			k := kindNamed(r, kind)
			if k.Passed != c.passed && (c.passed || kind == "home") {
				t.Errorf("%s: %s: %s, %+v", name, kind, k.Why, k.Spans)
			}
		}
		if !strings.Contains(r.Cart, "the cart was emptied afterwards") {
			t.Errorf("%s: %s", name, r.Cart)
		}
	}
}
