package twins

import (
	"fmt"
	"strings"
	"testing"
)

// A stranger who is shown somebody else's cart: in the page, in what the page hands
// to its script, or in the last look; and what only looks like it.
func TestACartLentToAStranger(t *testing.T) {
	page := func(cart, state, stock string) Visit {
		return got(`<html><body><div id="mini-cart"><a id="cart-link" href="/cart">` + cart + `</a></div><p class="stock">` + stock + `</p>` +
			`<script>var state = {"cart":` + state + `,"more":null}</script></body></html>`)
	}
	const held = `{"uuid":"66ec-77aa","items":[{"sku":"a","id":null}]}`
	bare, owner := page("Cart", "null", "5"), page("Cart (1)", held, "5")
	for _, q := range []struct {
		name  string
		b     Visit
		where string // of the first place; empty = alike
		harm  bool
	}{
		{"nothing", bare, "", false},
		{"the whole page", owner, "cart in a#cart-link", true},
		{"in the script only", page("Cart", held, "5"), "cart in script at cart", true},
		{"another number, nobody's", page("Cart (3)", "null", "5"), "text of a#cart-link", false},
		{"stock that has changed", page("Cart", "null", "4"), "text of p.stock", false},
	} {
		owner := owner
		if q.name == "stock that has changed" { // for the third, too
			owner = page("Cart (1)", held, "4")
		}
		f := Compare("/", bare, q.b, &owner, Rules{})
		if q.where == "" != f.Alike || f.Harm != q.harm {
			t.Errorf("%s: %+v", q.name, f)
		}
		if q.where != "" && (f.Spans[0].Where != q.where || f.Spans[0].Harmless) {
			t.Errorf("%s: %+v", q.name, f.Spans)
		}
		if q.harm && !strings.HasPrefix(f.Why, "a stranger is shown a cart, which is somebody else's (cart in ") {
			t.Errorf("%s: %s", q.name, f.Why)
		}
	}
}

// An object in the place of null is one difference, whatever nulls it has inside;
// what stands behind it is another.
func TestAValueIsOneDifference(t *testing.T) {
	script := func(cart, price string) Visit {
		return got(`<script>var c = {"e1":` + cart + `,"price":` + price + `}</script>`)
	}
	const held = `{"items":[{"cartItemId":"7","a":null}],"customerId":null,"customerEmail":null,"b":{"c":null}}`
	owner := script(held, "5")
	if f := Compare("/", script("null", "5"), script("null", "5"), &owner, Rules{}); !f.Alike || !f.Cart || len(f.Spans) != 1 || f.Spans[0].Where != "cart in script at e1" {
		t.Errorf("%+v", f)
	}
	owner = script(held, "4")
	if f := Compare("/", script("null", "5"), script("null", "5"), &owner, Rules{}); f.Alike || f.Spans[0].Where != "script at price" {
		t.Errorf("%+v", f)
	}
	owner = script(`{"items":[{"cartItemId":"7"`, "4") // never closes
	if f := Compare("/", script("null", "5"), script("null", "5"), &owner, Rules{}); f.Alike {
		t.Errorf("%+v", f)
	}
}

// A cache that mixes its visitors up only later is found by the last look.
func TestTheLastLook(t *testing.T) {
	for _, mixes := range []bool{false, true} {
		h := &harbour{}
		owners, since := 0, 0 // how often the cart's owner was shown a page, and strangers after the fourth
		h.page = func(cart int) string {
			switch {
			case cart > 0:
				owners++
			case owners >= 4: // all four pages are compared
				if since++; mixes && since > 1 {
					cart = 1
				}
			}
			return fmt.Sprintf(`<div class="cart-preview"><span>%d pieces of a kind</span></div>`, cart)
		}
		r, err := look(t, h, nil)
		if err != nil {
			t.Fatal(err)
		}
		shown := false
		for _, k := range r.Kinds {
			shown = shown || strings.Contains(k.Why, "a stranger is shown a cart, which is somebody else's (cart in div.cart-preview")
		}
		if shown != mixes {
			t.Errorf("mixes %v, %d pages later: %+v", mixes, since, r.Kinds)
		}
	}
}
