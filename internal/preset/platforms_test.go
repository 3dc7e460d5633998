package preset

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// What each platform's data says is written down in testdata/platforms, one file
// for each: a question, an arrow, the answer; after a number sign, prose. The
// questions are those of [reply].
func TestPlatforms(t *testing.T) {
	for _, p := range Platforms() {
		t.Run(p.Name, func(t *testing.T) {
			for _, wrong := range wrongAbout(t, p) {
				t.Error(wrong)
			}
			if len(p.Sources) == 0 || p.Title == "" {
				t.Error("no title or sources")
			}
		})
	}
	if n := len(Platforms()); n != 15 {
		t.Errorf("%d platforms", n)
	}
	if !slices.IsSortedFunc(Platforms()[:14], func(a, b *Platform) int { return strings.Compare(a.Name, b.Name) }) || Platforms()[14].Name != GenericName {
		t.Error("not sorted, or generic is not last")
	}
	if p, ok := Named("shop-of-none"); ok || p != nil {
		t.Error("found a platform that there is none of")
	}
}

// wrongAbout lists the answers that are not what is written about a platform.
func wrongAbout(t testing.TB, p *Platform) (wrong []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "platforms", p.Name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	c := mustNew(t, p)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		question, want, ok := strings.Cut(line, " => ")
		if line == "" || line[0] == '#' {
			continue
		}
		if !ok {
			t.Fatalf("%s: no answer: %s", p.Name, line)
		}
		if got := reply(t, c, strings.TrimSpace(question)); got != strings.TrimSpace(want) {
			wrong = append(wrong, fmt.Sprintf("%s => %s, want %s", question, got, want))
		}
	}
	return wrong
}

// reply answers one question about a platform.
func reply(t testing.TB, c *Classifier, question string) string {
	what, rest, _ := strings.Cut(question, " ")
	switch what {
	case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS":
		return askRequest(c, what, rest, nil)
	case "ajax": // by a script
		method, path, _ := strings.Cut(rest, " ")
		return askRequest(c, method, path, http.Header{"X-Requested-With": {"XMLHttpRequest"}})
	case "own": // by a script of one of the shop's own pages
		method, path, _ := strings.Cut(rest, " ")
		return askRequest(c, method, path, http.Header{"Sec-Fetch-Site": {"same-origin"}, "Referer": {"https://shop.example/produkt/pomadka/"}})
	case "cookie", "clean", "personal": // how somebody stands who has these cookies, and a mark
		mark := map[string]Mark{"clean": Clean, "personal": Personal}[what]
		return c.Standing(Request{Method: "GET", Path: "/", Header: http.Header{"Cookie": {rest}}}, mark).Reason
	case "fills": // whether a form with that field surely fills a cart
		name, value, _ := strings.Cut(rest, "=")
		return fmt.Sprint(c.Fills(Request{Method: "POST", Path: "/product/x/"}, url.Values{name: {value}}.Get))
	case "field": // or such a field
		return c.Standing(Request{Method: "GET", Path: "/", Header: http.Header{rest: {"x"}}}, NoMark).Reason
	case "query": // or such a query
		return c.Standing(Request{Method: "GET", Path: "/", Query: rest}, NoMark).Reason
	case "set": // what becomes of a cookie that an answer sets
		if c.Drops(rest) {
			return "left out"
		}
		return "not shared"
	case "form": // the cookies that are part of the key
		if form, ok := c.Form(http.Header{"Cookie": {rest}}); ok {
			return "[" + form + "]"
		}
		return "not shared"
	case "formfield": // the same for fields
		h := http.Header{rest: {"pk_1"}}
		_, ok := c.Form(h)
		form, fields, both := c.Forms(h)
		return fmt.Sprint(ok, " ", both, " ", form, fields)
	case "kind": // what is known of a kind
		for _, k := range c.kinds {
			if k.Name == rest {
				return fmt.Sprintf("%s %s forbidden=%t empty=%t", k.Class, k.Life, k.Forbidden, k.Empty)
			}
		}
		return "none"
	case "body", "answer": // whether an answer of a kind may be kept: its body, or one field of it
		name, text, _ := strings.Cut(rest, " ")
		h, body := http.Header{}, text
		if what == "answer" {
			field, value, _ := strings.Cut(text, ": ")
			h, body = http.Header{field: {value}}, ""
		}
		if slices.ContainsFunc(c.kinds, func(k Kind) bool { return k.Name == name }) {
			c.Shed(h)
		}
		if c.Owned(h) {
			return "its visitor's own"
		}
		for i := range c.kinds {
			if k := &c.kinds[i]; k.Name == name {
				if why := k.Check(h, []byte(body)); why != "" {
					return why
				}
				return "kept"
			}
		}
		return "no such kind"
	case "sessions": // where replicas find them
		return cmp.Or(c.platform.Sessions, "where they began")
	case "ordered": // whether an answer to a request means an order
		f := strings.SplitN(rest, " ", 3)
		path, query, _ := strings.Cut(f[1], "?")
		return fmt.Sprint(c.Ordered(Request{Method: f[0], Path: path, Query: query}, 200, http.Header{}, []byte(f[2])))
	case "graphql": // the class of a posted document, and whether it changes something
		path, document, _ := strings.Cut(rest, " ")
		body, err := json.Marshal(map[string]string{"query": document})
		if err != nil {
			t.Fatal(err)
		}
		q := Request{Method: "POST", Path: path, Header: http.Header{"Content-Type": {"application/json"}}}
		class := c.ClassOf(q, body)
		return withChanges(c, q, class)
	case "posted": // of which kind a posted document is, asked by GET
		path, document, _ := strings.Cut(rest, " ")
		body, err := json.Marshal(map[string]string{"query": document})
		if err != nil {
			t.Fatal(err)
		}
		q := Request{Method: "POST", Path: path, Header: http.Header{"Content-Type": {"application/json"}}}
		as, ok := c.Posted(q, body)
		if !ok {
			return "not asked by GET"
		}
		if k, ok := c.Kind(as, c.ClassOf(q, body)); ok {
			return k.Name
		}
		return "none"
	case "fill": // what a script sends to fill a cart: of a product's page, or after the answers, between bars
		return askFill(c.platform.Cart, strings.Split(rest, " | "))
	case "empty": // what it sends to empty the cart, when this is shown of it
		return askEmpty(c.platform.Cart, []byte(rest))
	case "cartform": // what is known of forms for the cart
		p := c.platform.Cart
		return fmt.Sprintf("[%s] to %v with %v made %v", p.Field, p.To, p.With, p.Made)
	case "coupon": // how a code is tried
		p := c.platform.Coupon
		said := fmt.Sprint(p.Takes)
		for _, call := range p.Try {
			said += fmt.Sprint(" ", call.Method, " ", call.Path, " ", call.Form)
		}
		return said + fmt.Sprintf(" yes %q no %q total %s %v", p.Yes, p.No, p.Total.Path, p.Total.Takes)
	case "common": // fields with everybody's token in the answers of a kind
		for _, k := range c.kinds {
			if k.Name == rest {
				return fmt.Sprint(k.Common)
			}
		}
		return "none"
	case "articles":
		return fmt.Sprint(c.platform.Cart.Articles)
	case "cartpage":
		return fmt.Sprintf("[%s]", c.platform.Cart.Page)
	case "find": // what is asked where the front page leads nowhere, and what is looked at after this answer
		return askFind(c.platform.Cart, []byte(rest))
	case "look":
		return fmt.Sprintf("%v, cart by [%s]", c.platform.Cart.Look, c.platform.Cart.Param)
	case "alone": // whether the shop bears only one such request at a time
		method, path, _ := strings.Cut(rest, " ")
		return fmt.Sprint(c.Alone(Request{Method: method, Path: path, Header: http.Header{}}))
	case "lent": // by a script of one of the shop's own pages, with a field: what it lacks, and what is asked for to have it
		f := strings.SplitN(rest, " ", 3)
		path, query, _ := strings.Cut(f[1], "?")
		h := http.Header{"Sec-Fetch-Site": {"same-origin"}, "Referer": {"https://shop.example/produkt/pomadka/"}}
		if name, value, has := strings.Cut(f[len(f)-1], ": "); has {
			h[name] = []string{value}
		}
		field, at, asks, lacks := c.Lacks(Request{Method: f[0], Host: "shop.example", Path: path, Query: query, Header: h})
		if !lacks {
			return "nothing"
		}
		return strings.TrimSuffix(field+" by "+at+"?"+asks, "?")
	case "mint":
		return "[" + c.Mint() + "]"
	case "interface": // whether people navigate elsewhere
		return fmt.Sprint(c.Platform().Interface)
	case "ask":
		return "[" + c.Platform().Ask + "]"
	}
	t.Fatalf("no such question: %s", question)
	return ""
}

func askFill(cart Cart, answers []string) (says string) {
	for _, w := range cart.Ways {
		words := map[string]string{}
		told := func(takes []Take, answer string) (all bool) {
			all = true
			for _, t := range takes {
				word, ok := t.Find([]byte(answer))
				if words[t.Word] = word; !ok {
					delete(words, t.Word)
				}
				all = all && ok
			}
			return all
		}
		if !told(w.Takes, answers[0]) {
			continue
		}
		for i, call := range w.Calls {
			path, kind, body, ok := call.Request(words)
			if !ok {
				return says + "a word is missing"
			}
			says += strings.TrimSpace(strings.Join([]string{call.Method, path, kind, body}, " ")) + "; "
			if i < len(answers) {
				told(call.Takes, answers[i])
			}
		}
		return says + "done"
	}
	return "no way"
}

func askFind(cart Cart, answer []byte) string {
	words := map[string]string{}
	for _, t := range cart.Find.Takes {
		if word, ok := t.Find(answer); ok {
			words[t.Word] = word
		}
	}
	says := cart.Find.Method + " " + cart.Find.Path
	for _, path := range cart.Look {
		if path, _, _, ok := (Call{Path: path}).Request(words); ok {
			says += " " + path
		}
	}
	return says
}

func askEmpty(cart Cart, answer []byte) (says string) {
	words := map[string]string{"form_key": "k", "cart": "9"}
	if cart.Proof != (Take{}) {
		if _, ok := cart.Proof.Find(answer); !ok {
			return "nothing is in it"
		}
	}
	for _, t := range cart.Read.Takes {
		if word, ok := t.Find(answer); ok {
			words[t.Word] = word
		}
	}
	says = strings.TrimSpace(cart.Read.Method + " " + cart.Read.Path)
	for _, call := range cart.Remove {
		path, kind, body, ok := call.Request(words)
		if !ok {
			return says + "; a word is missing"
		}
		says += strings.TrimRight(strings.Join([]string{"; " + call.Method, path, kind, body}, " "), " ")
	}
	return says
}

func askRequest(c *Classifier, method, path string, h http.Header) string {
	path, query, _ := strings.Cut(path, "?")
	q := Request{Method: method, Host: "shop.example", Path: path, Query: query, Header: h}
	class := c.Class(q)
	says := withChanges(c, q, class)
	if k, ok := c.Kind(q, class); ok {
		says += ", kind " + k.Name
	}
	return says
}

func withChanges(c *Classifier, q Request, class falochron.Class) string {
	if c.Changes(q, class) {
		return class.String() + ", changes"
	}
	return class.String()
}

// Every rule of every platform has a name, is gone in the platform without it, and
// is missed by what is written about the platform.
func TestEveryRuleIsNamed(t *testing.T) {
	rules := 0
	for _, p := range Platforms() {
		names := p.Rules()
		if twice := slices.Clone(names); len(slices.Compact(slices.Sorted(slices.Values(twice)))) != len(names) {
			t.Errorf("%s: two rules with one name: %q", p.Name, names)
		}
		before, _ := json.Marshal(p)
		for _, rule := range names {
			rules++
			without := p.Without(rule)
			if after, _ := json.Marshal(without); string(after) == string(before) {
				t.Errorf("%s without %q is the same", p.Name, rule)
			}
			if slices.Contains(without.Rules(), rule) {
				t.Errorf("%s still has %q", p.Name, rule)
			}
			if len(wrongAbout(t, without)) == 0 && len(wrongRecordings(t, without)) == 0 {
				t.Errorf("%s: nobody misses %q", p.Name, rule)
			}
		}
		if after, _ := json.Marshal(p); string(after) != string(before) {
			t.Errorf("%s was changed by taking rules away", p.Name)
		}
		if same, _ := json.Marshal(p.Without("no such rule")); string(same) != string(before) {
			t.Errorf("%s without nothing is another", p.Name)
		}
	}
	if rules < 100 {
		t.Errorf("only %d rules", rules)
	}
}
