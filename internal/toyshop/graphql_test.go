package toyshop

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseGraphQL(t *testing.T) {
	for name, c := range map[string]struct {
		in   gqlRequest
		want gqlOperation
	}{
		"short": {gqlRequest{Query: `{ activeOrder { id } }`},
			gqlOperation{"query", "", []gqlField{{"activeOrder", "activeOrder", nil}}}},
		"all at once": {gqlRequest{Query: `# a comment, {
			mutation Add($id: ID!, $n: [Int!]! = [1]) @live {
				mine: addItemToOrder(productVariantId: $id, quantity: 2, x: {a: [1.5, "b\"{"], c: ENUM}, y: true, z: null) @include(if: true) { ... on Order { id lines(first: 1) { id } } ...Rest }
			} fragment Rest on Order { code }`, Variables: map[string]any{"id": "101"}},
			gqlOperation{"mutation", "Add", []gqlField{{"mine", "addItemToOrder", map[string]any{
				"productVariantId": "101", "quantity": 2.0, "x": map[string]any{"a": []any{1.5, `b"{`}, "c": "ENUM"}, "y": true, "z": nil}}}}},
		"one of two": {gqlRequest{Query: `query A { a } mutation B { b c }`, Name: "B"},
			gqlOperation{"mutation", "B", []gqlField{{"b", "b", nil}, {"c", "c", nil}}}},
		"a block string": {gqlRequest{Query: `{ a(x: """one "two" { three""") }`},
			gqlOperation{"query", "", []gqlField{{"a", "a", map[string]any{"x": `one "two" { three`}}}}},
	} {
		got, err := parseGraphQL(c.in)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(gqlOperation{}, gqlField{})); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	for _, wrong := range []string{"", "{", "}", "{ a", "{ a( }", "{ a(b) }", "query", "query A", "x { a }", "{ a } { b }", `{ a(b: "c) }`, "{ a(b: 1.2.3) }", "{ a(b: -) }",
		strings.Repeat("{ a ", 100) + strings.Repeat("}", 100), "{ a(b: " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + ") }", "{ ! }", "query A($x { a }"} {
		if op, err := parseGraphQL(gqlRequest{Query: wrong}); err == nil {
			t.Errorf("%.40q is understood: %+v", wrong, op)
		}
	}
}

// Whatever is asked, the parser ends, and what it understood it names.
func FuzzParseGraphQL(f *testing.F) {
	f.Add(`mutation Add { addItemToOrder(productVariantId: "101", quantity: 1) { __typename ... on Order { id } } }`, "")
	f.Add(`query A { a } fragment B on C { d } # {`, "A")
	f.Add(`{ a(b: """c""", d: [1, {e: $f}]) @g(h: -1.5e3) }`, "")
	f.Fuzz(func(t *testing.T, query, name string) {
		op, err := parseGraphQL(gqlRequest{Query: query, Name: name, Variables: map[string]any{"f": "x"}})
		if err != nil {
			return
		}
		if op.kind != "query" && op.kind != "mutation" {
			t.Errorf("an operation of the kind %q", op.kind)
		}
		for _, f := range op.fields {
			if f.name == "" || f.alias == "" || !strings.Contains(query, f.name) {
				t.Errorf("a field %+v that was not asked for", f)
			}
			gqlText(f.args, "input", "term")
		}
	})
}

// Whatever comes, a shop in a guise answers, and reads a path as one from the
// root.
func FuzzGullibleCalls(f *testing.F) {
	for _, name := range Guises() {
		f.Add(name, "/index.php?route=common/home;x=%00", "a=b", "X-Original-URL", "/koszyk/../%2e%2e")
		f.Add(name, "/graphql/", `{"query":"{ me }"}`, "Cookie", "PrestaShop-x=def50200zz; session=e30=; cart=%zz")
	}
	shops := map[string]*Shop{}
	for _, name := range Guises() {
		s, err := New(Config{Data: InMemory, As: name, Gullible: true, Pace: 0.0001, Workers: 64, PublicURL: "http://127.0.0.1:1"})
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(func() { s.Close() })
		shops[name] = s
	}
	f.Fuzz(func(t *testing.T, name, target, body, field, value string) {
		s := shops[name]
		if s == nil {
			t.Skip()
		}
		st := &stage{T: t, Shop: s, handler: s.Handler()}
		for _, method := range []string{"GET", "POST"} {
			st.throw(method, target, body, field, value)
		}
		if p := s.lax(target); !strings.HasPrefix(p, "/") || strings.Contains(p, "..") && !strings.Contains(target, "..") {
			t.Errorf("%q read as %q", target, p)
		}
	})
}
