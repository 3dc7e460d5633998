package twins

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"github.com/falochron/falochron"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// evening is when the visits of these tests are.
var evening = time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)

func got(body string, cookies ...string) Visit {
	return Visit{Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: []byte(body), Cookies: cookies, At: evening}
}

// around puts a piece of a page where pages have it.
func around(piece string) string {
	return `<!doctype html><html><head><title>Fala</title></head><body class="shop"><div id="page"><h1>Pomadka</h1>` + piece +
		`<p>Malinowa pomadka.</p><footer>© Fala</footer></div></body></html>`
}

func describe(f Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "alike=%v harm=%v cart=%v: %s\n", f.Alike, f.Harm, f.Cart, f.Why)
	for _, s := range f.Spans {
		fmt.Fprintf(&b, "  %+v\n", s)
	}
	return b.String()
}

// What two strangers get: what may differ, and what must not.
func TestTwoStrangers(t *testing.T) {
	for _, q := range []struct {
		name, a, b  string
		alike, harm bool
		where       string // of the first place; empty = none
	}{
		{"the same", `<p class="x">1</p>`, `<p class="x">1</p>`, true, false, ""},
		{"white space and the order of attributes", "<p  class=x id=y>1\n 2</p>", `<p id="y" class="x"> 1 2 </p>`, true, false, ""},
		{"a random id", `<div id="slider-8f3a21">1</div>`, `<div id="slider-77b0c4">1</div>`, true, false, "attribute id of div"},
		{
			"a random id that label, field and script share, in a form",
			`<form class="cart"><label for="quantity_65f1c2">Ile</label><input id="quantity_65f1c2" name="quantity" value="1"></form><script>let q = document.getElementById("quantity_65f1c2");</script>`,
			`<form class="cart"><label for="quantity_77a0b9">Ile</label><input id="quantity_77a0b9" name="quantity" value="1"></form><script>let q = document.getElementById("quantity_77a0b9");</script>`,
			true, false, "attribute for of label",
		},
		{"a link to it", `<a href="#tab-65f1c2">x</a><p id="tab-65f1c2"></p>`, `<a href="#tab-77a0b9">x</a><p id="tab-77a0b9"></p>`, true, false, "attribute href of a"},
		{"an id that is somebody's", `<div id="customer-8f3a21">1</div>`, `<div id="customer-77b0c4">1</div>`, false, false, "attribute id of div"},
		{"a form's token", `<form method="post"><input type="hidden" name="securityToken" value="8f3a21aa"></form>`, `<form method="post"><input type="hidden" name="securityToken" value="77b0c4bb"></form>`, false, true, "form field securityToken value"},
		{"a field outside of a form", `<input name="csrf" value="8f3a21aa">`, `<input name="csrf" value="77b0c4bb">`, false, true, "form field csrf value"},
		{"an article's button, of no form", `<button class="add" data-product_id="17" aria-label="Add Plum">Add</button>`, `<button class="add" data-product_id="18" aria-label="Add Rose">Add</button>`, false, false, "attribute aria-label of button"},
		{"a button of one", `<p>x</p>`, `<p>x</p><button data-product_id="17">Add</button>`, false, false, "element button in div#page"},
		{"a token at a button", `<button data-key="8f3a21aa">Add</button>`, `<button data-key="77b0c4bb">Add</button>`, false, true, "form button data-key"},
		{"a token by its name at a button", `<button data-nonce="a">Add</button>`, `<button data-nonce="b">Add</button>`, false, true, "form button data-nonce"},
		{"a button that is sent", `<button name="key" value="17">Add</button>`, `<button name="key" value="18">Add</button>`, false, true, "form field key value"},
		{"a button of a form elsewhere", `<button form="f" data-n="17">Add</button>`, `<button form="f" data-n="18">Add</button>`, false, true, "form button data-n"},
		{"where a form goes", `<form action="/add?s=1">`, `<form action="/add?s=2">`, false, true, "form form action"},
		{"a field that one form has", `<form><input name="a" value="1"></form>`, `<form><input name="a" value="1"><input name="b" value="2"></form>`, false, true, "form field b"},
		{"text in a form", `<form><p>9 left</p></form>`, `<form><p>8 left</p></form>`, false, true, "form text of div#page"},
		{"the form's time", `<form><input name="at" value="1795802400"></form>`, `<form><input name="at" value="1795802401"></form>`, false, true, "form field at value"},
		{"a comment", `<!-- made in 12 queries -->`, `<!-- made in 9 queries -->`, true, false, "comment"},
		{"a comment about a session", `<!-- session 12 -->`, `<!-- session 19 -->`, false, false, "comment about a token"},
		{"the clock", `<p>18:00:01</p>`, `<p>18:00:03</p>`, true, false, "time in div#page"},
		{"how long it took", `<p>Page made in 0.123 s</p>`, `<p>Page made in 0.456 s</p>`, true, false, "time in div#page"},
		{"seconds since 1970", `<p data-at="1795802400">x</p>`, `<p data-at="1795802401">x</p>`, true, false, "time in attribute data-at of p"},
		{"numbers that are no time", `<p data-at="1495802400">x</p>`, `<p data-at="1495802401">x</p>`, false, false, "attribute data-at of p"},
		{"two sizes", `<p>5s</p>`, `<p>6s</p>`, false, false, "text of div#page"},
		{"another order", `<ul><li>Róż</li><li>Tusz</li><li>Krem</li></ul>`, `<ul><li>Krem</li><li>Róż</li><li>Tusz</li></ul>`, true, false, "order"},
		{"another choice", `<ul><li>Róż</li><li>Tusz</li></ul>`, `<ul><li>Krem</li><li>Róż</li></ul>`, false, false, "text in div#page"},
		{"text", `<p>Witaj, Olu</p>`, `<p>Witaj, Iwono</p>`, false, false, "text of div#page"},
		{"an element of one", `<p>x</p>`, `<p>x</p><p>Witaj</p>`, false, false, "text in div#page"},
		{"a session in a link", `<a href="/p?zenid=8f3a21&x=1">x</a>`, `<a href="/p?zenid=77b0c4&x=1">x</a>`, false, true, "link a parameter zenid"},
		{"something unknown in a link", `<a href="/p?q=8f3a21&x=1">x</a>`, `<a href="/p?q=77b0c4&x=1">x</a>`, false, false, "link a parameter q"},
		{"a file's version", `<img src="/x.png?v=17">`, `<img src="/x.png?v=18">`, true, false, "attribute src of img"},
		{"the same in a link", `<a href="/x?v=17">x</a>`, `<a href="/x?v=18">x</a>`, false, false, "link a parameter v"},
		{"another link", `<a href="/p/17">x</a>`, `<a href="/p/18">x</a>`, false, false, "attribute href of a"},
		{"the nonce of the policy", `<script nonce="8f3a21aa">let n = 1; let nonce = "8f3a21aa";</script>`, `<script nonce="77b0c4bb">let n = 1; let nonce = "77b0c4bb";</script>`, true, false, "attribute nonce of script"},
		{"the nonce of something else", `<div data-nonce="8f3a21aa">`, `<div data-nonce="77b0c4bb">`, false, true, "token in attribute data-nonce of div"},
		{"a token for scripts", `<meta name="csrf-token" content="8f3a21aa">`, `<meta name="csrf-token" content="77b0c4bb">`, false, true, "token in attribute content of meta"},
		{"a token in a script", `<script>let shop = {"cart": {"token": "8f3a21aa"}};</script>`, `<script>let shop = {"cart": {"token": "77b0c4bb"}};</script>`, false, true, "token in script at token"},
		{"a token in an address in a script", `<script>get('/r?form_key=8f3a21aa&id=1')</script>`, `<script>get('/r?form_key=77b0c4bb&id=1')</script>`, false, true, "token in script at form_key"},
		{"something else in a script", `<script>let a = 17;</script>`, `<script>let a = 18;</script>`, false, false, "script at a"},
		{"the time in a script", `<script>let a = "2026-11-27T18:00:01Z";</script>`, `<script>let a = "2026-11-27T18:00:02Z";</script>`, true, false, "time in script"},
		{"JSON in an attribute", `<p data-x='{"user": {"email": "a"}}'>`, `<p data-x='{"user": {"email": "b"}}'>`, false, true, "attribute data-x of p at email"},
		{"a made-up class", `<p class="css-1ab2c3 x">`, `<p class="css-9zx8y7 x">`, true, false, "attribute class of p"},
		{"a class that means something", `<p class="vip x">`, `<p class="new x">`, false, false, "attribute class of p"},
		{"a made-up target", `<p data-widget-id="1ab2c3d">`, `<p data-widget-id="9zx8y7w">`, true, false, "attribute data-widget-id of p"},
		{"somebody's number", `<p data-user-id="1ab2c3d">`, `<p data-user-id="9zx8y7w">`, false, true, "attribute data-user-id of p"},
	} {
		t.Run(q.name, func(t *testing.T) {
			f := Compare("/p", got(around(q.a)), got(around(q.b)), nil, Rules{})
			if f.Alike != q.alike || f.Harm != q.harm {
				t.Errorf("alike %v and harm %v expected:\n%s", q.alike, q.harm, describe(f))
			}
			if where := first(f.Spans).Where; where != q.where {
				t.Errorf("%q, want %q:\n%s", where, q.where, describe(f))
			}
			if f.Why == "" || !f.Alike && f.Spans[0].Harmless {
				t.Error(describe(f))
			}
			// The other way round it is the same.
			if r := Compare("/p", got(around(q.b)), got(around(q.a)), nil, Rules{}); r.Alike != f.Alike || r.Harm != f.Harm {
				t.Errorf("the other way round:\n%s", describe(r))
			}
		})
	}
}

func first(spans []falochron.Span) falochron.Span {
	if len(spans) == 0 {
		return falochron.Span{}
	}
	return spans[0]
}

// What somebody with a cart gets.
func TestTheThirdVisitor(t *testing.T) {
	for _, q := range []struct {
		name, a, c  string
		alike, cart bool
		where       string
	}{
		{"the cart", `<div id="header-cart"><p>0 items</p></div>`, `<div id="header-cart"><p>1 item</p><ul><li>Róż <form><input name="key" value="7"><button>x</button></form></li></ul></div>`, true, true, "cart in div#header-cart"},
		{"what was added", `<div class="notices"></div>`, `<div class="notices"><p>Added!</p></div>`, true, false, "notice in div.notices"},
		{"a link to the cart", `<p>x</p>`, `<p>x</p><a href="/k">View cart</a>`, true, true, ""},
		{"what was looked at", `<section class="recently-viewed"></section>`, `<section class="recently-viewed"><p>Róż</p></section>`, true, false, "history in section.recently-viewed"},
		{"a cart in a script", `<script>let shop = {"cart": {"products": [], "total": "0,00"}, "x": 1};</script>`, `<script>let shop = {"cart": {"products": [{"id": 7}], "total": "19,00"}, "x": 1};</script>`, true, true, "cart in script at products"},
		{"something else in a script", `<script>let shop = {"cart": {"total": "0"}, "x": 1};</script>`, `<script>let shop = {"cart": {"total": "0"}, "x": 2};</script>`, false, false, "script at x"},
		// The shop that lies: two strangers get the same, and who has a session does not.
		{"the form's token", `<form class="cart"><input name="token" value="guest"></form>`, `<form class="cart"><input name="token" value="8f3a21"></form>`, false, false, "form field token value"},
		{"a price", `<p class="price">19,00</p>`, `<p class="price">17,00</p>`, false, false, "text of p.price"},
		{"a name", `<p>x</p><p>Witaj, gościu</p>`, `<p>x</p><p>Witaj, Olu</p>`, false, false, "text of div#page"},
		// What only he has is in his own page; the one that others share lacks it.
		{"a mark of his", `<p data-visitor="">x</p>`, `<p data-visitor="8f3a21">x</p>`, true, false, "own attribute data-visitor of p"},
		{"a line of his", `<p>x</p>`, `<p>x</p><p>Free delivery!</p>`, true, false, "own text in div#page"},
		{"a line that he lacks", `<p>x</p><p>First order: 10 %</p>`, `<p>x</p>`, true, false, "own text in div#page"},
		{"a field of his", `<form></form>`, `<form><input name="t" value="1"></form>`, false, false, "form field t"},
		{"a token of his in a script", `<script>let shop = {"token": "", "x": 1};</script>`, `<script>let shop = {"token": "8f3a21", "x": 1};</script>`, false, false, "token in script at token"},
	} {
		t.Run(q.name, func(t *testing.T) {
			c := got(around(q.c))
			f := Compare("/p", got(around(q.a)), got(around(q.a)), &c, Rules{})
			if f.Alike != q.alike || f.Cart != q.cart || f.Harm {
				t.Errorf("alike %v and cart %v expected:\n%s", q.alike, q.cart, describe(f))
			}
			if where := first(f.Spans).Where; q.where != "" && where != q.where {
				t.Errorf("%q, want %q:\n%s", where, q.where, describe(f))
			}
			for _, s := range f.Spans {
				if !s.WithCart {
					t.Errorf("of two strangers: %+v", s)
				}
			}
			// Between two strangers the same is no cart and no history, whatever it is called.
			if f := Compare("/p", got(around(q.a)), c, nil, Rules{}); f.Alike {
				t.Errorf("between two strangers:\n%s", describe(f))
			}
		})
	}
}

// What a preset knows to differ is excused by name, and the finding says what
// cannot be done because of it.
func TestWhatIsKnown(t *testing.T) {
	page := func(token string) Visit {
		return got(around(`<script>$.ajax({url: 'index.php?route=product/review.write&language=en-gb&review_token=` + token + `&product_id=40'})</script>`))
	}
	a, b := page("8f3a21aa"), page("77b0c4bb")
	if f := Compare("/p", a, b, nil, Rules{}); f.Alike || !f.Harm {
		t.Error("without a word of it:", describe(f))
	}
	f := Compare("/p", a, b, nil, Rules{Known: map[string]string{"review_token": "a review cannot be written from a shared page"}})
	if !f.Alike || f.Harm || !strings.HasSuffix(f.Why, "; a review cannot be written from a shared page") {
		t.Error(describe(f))
	}
	// Beside it, another token is still one.
	b.Body = []byte(strings.Replace(string(b.Body), "product_id=40", "token=12345", 1))
	if f := Compare("/p", a, b, nil, Rules{Known: map[string]string{"review_token": "x"}}); f.Alike {
		t.Error(describe(f))
	}
}

// The value of a cookie in a page means that the page is one visitor's, wherever it
// stands; and no evidence shows it.
func TestASessionInThePage(t *testing.T) {
	const one, other = "s%3AkU9x77aQ.h4sh0ne", "s%3AzzT5b3cR.h4shTwo"
	for _, where := range []string{
		`<div id="x-%s">`, `<!-- %s -->`, `<p>%s</p>`, `<script>let a = "%s";</script>`, `<a href="/x?a=%s">`, `<img src="/x.png?v=%s">`,
		`<p class="x-%s">`, `<p data-id="%s">`, `<style>.x-%s {}</style>`,
	} {
		a, b := got(around(fmt.Sprintf(where, one)), one), got(around(fmt.Sprintf(where, other)), other)
		f := Compare("/p", a, b, nil, Rules{})
		if f.Alike || !f.Harm {
			t.Errorf("%s: %s", where, describe(f))
		}
		for _, s := range f.Spans {
			for _, secret := range []string{"kU9x77aQ", "h4sh0ne", "zzT5b3cR", "h4shTwo"} {
				if strings.Contains(s.A+s.B+s.Where, secret) {
					t.Errorf("%s: shown in %+v", where, s)
				}
			}
		}
	}
}

// What both visitors were given is nobody's own.
func TestACookieThatAllHave(t *testing.T) {
	a, b := got(around(`<script>let l = "english_uk", t = "18:00:01";</script>`), "english_uk"), got(around(`<script>let l = "english_uk", t = "18:00:02";</script>`), "english_uk")
	if f := Compare("/p", a, b, nil, Rules{}); !f.Alike {
		t.Error(describe(f))
	}
}

// Header fields are stored and shown with the page.
func TestHeaders(t *testing.T) {
	drops := func(name string) bool { return name == "OCSESSID" || name == "currency" }
	for _, q := range []struct {
		a, b  string // name: value
		alike bool
		where string
	}{
		{"Date: a", "Date: b", true, ""},
		{"X-Request-Id: a", "X-Request-Id: b", true, ""},
		{"X-Cache-Key: a", "X-Cache-Key: b", true, ""},
		{"Etag: \"a\"", "Etag: \"b\"", true, "header Etag"},
		{"Nonce: a", "Nonce: b", false, "header Nonce"},
		{"Cart-Token: a", "Cart-Token: b", false, "header Cart-Token"},
		{"Nonce-Timestamp: 1795802400", "Nonce-Timestamp: 1795802401", true, "header Nonce-Timestamp"},
		{"Nonce-Timestamp: 1495802400", "Nonce-Timestamp: 1495802401", false, "header Nonce-Timestamp"},
		{"Nonce: 1795802400-a", "Nonce: 1795802401-a", false, "header Nonce"},
		{"X-Made: Fri, 27 Nov 2026 18:00:00 GMT", "X-Made: Fri, 27 Nov 2026 18:00:01 GMT", true, "header X-Made"},
		{"Vary: Cookie", "Vary: Accept-Encoding", false, "header Vary"},
		{"X-New: a", "X-New: b", false, "header X-New"},
		{"X-New: a", "Y: b", false, "header X-New"},
		{"Set-Cookie: OCSESSID=8f3a21; Path=/", "Set-Cookie: OCSESSID=77b0c4; Path=/", true, ""},
		{"Set-Cookie: OCSESSID=8f3a21; Path=/", "Date: x", true, ""},
		{"Set-Cookie: variant=8f3a21", "Set-Cookie: variant=8f3a21", false, "cookie variant"},
		{"Set-Cookie: variant=; Max-Age=0", "Date: x", true, ""},
	} {
		a, b := got(around("")), got(around(""))
		for v, line := range map[*Visit]string{&a: q.a, &b: q.b} {
			name, value, _ := strings.Cut(line, ": ")
			v.Header.Add(name, value)
		}
		f := Compare("/p", a, b, nil, Rules{Drops: drops})
		if f.Alike != q.alike || first(f.Spans).Where != q.where {
			t.Errorf("%s and %s: %s", q.a, q.b, describe(f))
		}
		for _, s := range f.Spans {
			if strings.Contains(s.A+s.B, "8f3a21") {
				t.Errorf("the value of a cookie: %+v", s)
			}
		}
	}
}

// What is no page is compared as a script reads it.
func TestAnswersThatAreNoPages(t *testing.T) {
	jsonOf := func(body string) Visit {
		v := got(body)
		v.Header.Set("Content-Type", "application/json")
		return v
	}
	a := jsonOf(`{"fragments": {"div.mini": "<div>0</div>"}, "cart_hash": ""}`)
	if f := Compare("/x", a, a, nil, Rules{}); !f.Alike || len(f.Spans) > 0 {
		t.Error(describe(f))
	}
	if f := Compare("/x", a, jsonOf(`{"fragments": {"div.mini": "<div>0</div>"}, "cart_hash": "8f3a"}`), nil, Rules{}); f.Alike {
		t.Error(describe(f))
	}
	if f := Compare("/x", a, got(string(a.Body)), nil, Rules{}); f.Alike || first(f.Spans).Where != "answer Content-Type" {
		t.Error(describe(f))
	}
	gone := a
	gone.Status = 404
	if f := Compare("/x", a, gone, nil, Rules{}); f.Alike || first(f.Spans).Where != "answer status" {
		t.Error(describe(f))
	}
}

// However much differs, it is bounded, and it is not alike.
func TestBounds(t *testing.T) {
	tiles := func(n int, tile string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, tile, i)
		}
		return around(b.String())
	}
	// 2,000 random ids are too many for the exact comparison, not for the rough one.
	f := Compare("/p", got(tiles(2000, `<p id="a1b2c-%d">x</p>`)), got(tiles(2000, `<p id="9z8y7-%d">x</p>`)), nil, Rules{})
	if !f.Alike || len(f.Spans) != 1 {
		t.Error(describe(f))
	}
	// Among them, one form is still found.
	f = Compare("/p", got(tiles(2000, `<p id="a1b2c-%d">x</p>`)+`<form><input name=t value=1>`), got(tiles(2000, `<p id="9z8y7-%d">x</p>`)+`<form><input name=t value=2>`), nil, Rules{})
	if f.Alike || !f.Harm {
		t.Error(describe(f))
	}
	// Behind more places than are shown, too.
	f = Compare("/p", got(tiles(200, `<p data-x%d="1">x</p>`)+`<form><input name=t value=1>`), got(tiles(200, `<p data-x%d="2">x</p>`)+`<form><input name=t value=2>`), nil, Rules{})
	if f.Alike || !f.Harm || len(f.Spans) > MaxSpans {
		t.Error(len(f.Spans), f.Alike, f.Harm)
	}
	for what, pages := range map[string][2]string{
		"different pages": {tiles(3000, `<p>a%d</p>`), tiles(1000, `<table><tr><td>b%d</table>`)},
		"too long":        {strings.Repeat("x", MaxBody+1), strings.Repeat("x", MaxBody+1)},
		"too many pieces": {strings.Repeat("<b>", maxPieces+1), strings.Repeat("<b>", maxPieces+1)},
		"a long script":   {"<script>" + strings.Repeat("a ", maxWords) + "b</script>", "<script>" + strings.Repeat("a ", maxWords) + "c</script>"},
		"scripts apart":   {"<script>" + strings.Repeat("a 1 b ", 900) + "</script>", "<script>" + strings.Repeat("a 2 b ", 900) + "</script>"},
	} {
		f := Compare("/p", got(pages[0]), got(pages[1]), nil, Rules{})
		if f.Alike || f.Why == "" {
			t.Errorf("%s: %s", what, describe(f))
		}
		for _, s := range f.Spans {
			checkBounds(t, s)
		}
	}
}

func checkBounds(t *testing.T, s falochron.Span) {
	t.Helper()
	for _, text := range []string{s.Page, s.Where, s.A, s.B} {
		if utf8.RuneCountInString(text) > maxText || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x00") {
			t.Errorf("%q", text)
		}
	}
}

// Whatever two pages hold: nothing breaks, all is bounded, a page is its own twin,
// a token put into both as its visitor's own is found, and no evidence shows it.
func FuzzCompare(f *testing.F) {
	f.Add("<p>a</p>", "<p>b</p>", uint16(3))
	f.Add(`<form><input name=a value=1></form><script>let a = {"b": [1, 2]};</script>`, `<form><div id="cart">`, uint16(9))
	f.Add(`<!-- x --><a href="/x?sid=1#y">`, "<table><tr><td>\x00\xff", uint16(0))
	f.Add(`<textarea></textarea><svg/><title>`, `<plaintext>`, uint16(5))
	f.Fuzz(func(t *testing.T, a, b string, at uint16) {
		const one, other = "Qx7vLm2Tz9", "Rw4kNp8Yb5"
		for _, page := range []string{a, b} {
			if strings.Contains(page, one[:minMask]) || strings.Contains(page, other[:minMask]) {
				t.Skip()
			}
			if f := Compare("/", got(page), got(page), nil, Rules{}); !f.Alike || len(f.Spans) > 0 {
				t.Errorf("no twin of itself: %s", describe(f))
			}
		}
		plant := func(page, secret string) Visit {
			i := min(int(at), len(page))
			return got(page[:i]+secret+page[i:], secret)
		}
		c := got(b)
		for _, f := range []Finding{
			Compare("/", got(a), got(b), &c, Rules{}),
			Compare("/", plant(a, one), plant(b, other), &c, Rules{}),
			Compare("/", plant(a, one), plant(a, other), nil, Rules{}),
		} {
			if len(f.Spans) > MaxSpans || f.Why == "" {
				t.Error(describe(f))
			}
			for _, s := range f.Spans {
				checkBounds(t, s)
				if strings.Contains(s.A+s.B+s.Where, one) || strings.Contains(s.A+s.B+s.Where, other) {
					t.Errorf("a cookie's value: %+v", s)
				}
				if !s.Harmless && f.Alike {
					t.Error(describe(f))
				}
			}
		}
	})
}
