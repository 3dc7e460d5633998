package preset

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

func TestOperationOfDocuments(t *testing.T) {
	for _, x := range []struct {
		document string
		reads    bool
		names    string
	}{
		{`{ products { id } }`, true, "products"},
		{`query { products(first: 5) { id } shop { name } }`, true, "products shop"},
		{`query Q($a: [Int!]! = [1, 2], $b: In = {c: "}"}) @d(e: "{") { products(ids: $a, in: {x: {y: 1}}) @skip(if: true) { id } }`, true, "products"},
		{"\ufeff# mutation { x }\r{ products }", true, "products"},
		{`query{a:products,b:products}`, true, "products products"},
		{`{ ...F } fragment F on Query { products { id } }`, true, "products"},
		{`{ ... on Query @include(if: true) { products } ... { shop } ... @x { y } }`, true, "products shop y"},
		{`query { search(text: "mutation { addItemToOrder }") { id } }`, true, "search"},
		{`query { search(text: """mutation { x \""" } """, n: -1.5e+3) { id } }`, true, "search"},
		{`query mutation { x }`, true, "x"},
		{`{ mutation { x } }`, true, "mutation"},
		{`{ fragment: on { x } }`, true, "on"},
		{`mutation { addItemToOrder(id: 1) { id } }`, false, "addItemToOrder"},
		{`mutation query { x }`, false, "x"},
		{`mutation M($q: String = "query") { query: addPaymentToOrder { id } }`, false, "addPaymentToOrder"},
		{`mutation { ...F } fragment F on Mutation { addPaymentToOrder { id } }`, false, "addPaymentToOrder"},
		{`mutation { ... on Mutation { addPaymentToOrder { id } } }`, false, "addPaymentToOrder"},
		{`subscription { x }`, false, "x"},
		{`query A { x } mutation B { y }`, false, "x y"},
		{`query A { x } query B { y }`, true, "x y"},
		// What is not understood reads nothing.
		{``, false, ""},
		{`   # nothing`, false, ""},
		{`fragment F on Query { x }`, false, ""},
		{`{ products `, false, ""},
		{`{ products } }`, false, ""},
		{`{ products(a: (]) }`, false, ""},
		{`{ products(a: "x) }`, false, ""},
		{"{ products(a: \"x\n\") }", false, ""},
		{`{ products(a: """x) }`, false, ""},
		{`{ "products" }`, false, ""},
		{`{ }`, false, ""},
		{`query { products } ; mutation { x }`, false, ""},
		{`query { products } nonsense { x }`, false, ""},
		{`type Query { x: Int }`, false, ""},
		{`query mutation M { x }`, false, ""},
		{`{ x } fragment ( mutation M { y }`, false, ""},
		{`{ x } fragment F of Query { y }`, false, ""},
		{`{ x } fragment F on { y }`, false, ""},
		{`query ( { x }`, false, ""},
		{`query } { x }`, false, ""},
		{`{ a: }`, false, ""},
		{`{ ... on }`, false, ""},
		{`{ ...F { x } }`, false, ""},
		{`{ x @ }`, false, ""},
		{`{ 5 }`, false, ""},
		{`{ ключ }`, false, ""},
		{strings.Repeat("{ ... ", depthMost+1) + strings.Repeat("}", depthMost+1), false, ""},
		{"{ x " + strings.Repeat("{ y ", depthMost+1) + strings.Repeat("}", depthMost+2), false, ""},
		{"{" + strings.Repeat(" x", fieldsMost+1) + "}", false, ""},
		{strings.Repeat("{x}", definitionsMost+1), false, ""},
		{"{x}" + strings.Repeat(" ", documentMost), false, ""},
	} {
		op := Operation("/shop-api", "application/graphql", []byte(x.document))
		if op.Reads != x.reads || strings.Join(op.Names, " ") != x.names {
			t.Errorf("%.80q: reads %t, names %q", x.document, op.Reads, op.Names)
		}
	}
}

func TestOperationOfBodies(t *testing.T) {
	const both = `query A { x } mutation B { y }`
	read, write := url.QueryEscape(`{x}`), url.QueryEscape(`mutation{y}`)
	for _, x := range []struct {
		path, contentType, body string
		reads                   bool
	}{
		{"/g", "application/json", `{"query":"{x}"}`, true},
		{"/g", "Application/JSON; charset=UTF-8", `{"query":"{x}","variables":{"query":"mutation{y}"},"operationName":null,"extensions":{}}`, true},
		{"/g", "application/json", `{"query":"mutation{y}"}`, false},
		{"/g", "application/json", `{"query":"mutatio\u006e{y}"}`, false},
		{"/g", "application/json", `{"query":"` + both + `","operationName":"A"}`, true},
		{"/g", "application/json", `{"query":"` + both + `","operationName":"B"}`, false},
		{"/g", "application/json", `{"query":"` + both + `","operationName":"C"}`, false},
		{"/g", "application/json", `{"query":"` + both + `"}`, false},
		{"/g", "application/json", `[{"query":"{x}"},{"query":"{z}"}]`, true},
		{"/g", "application/json", `[{"query":"{x}"},{"query":"mutation{y}"}]`, false},
		{"/g", "application/json", `[]`, false},
		{"/g", "application/json", `[` + strings.Repeat(`{"query":"{x}"},`, batchMost) + `{"query":"{x}"}]`, false},
		{"/g", "application/json", `{"extensions":{"persistedQuery":{"sha256Hash":"ab"}}}`, false},
		{"/g", "application/json", `{"query":"{x}","id":"abc"}`, false},
		{"/g", "application/json", `{"query":"{x}","query":"mutation{y}"}`, false},
		{"/g", "application/json", `{"query":"mutation{y}","query":"{x}"}`, false},
		{"/g", "application/json", `{"Query":"{x}"}`, false},
		{"/g", "application/json", `{"query":["{x}"]}`, false},
		{"/g", "application/json", `{"query":"{x}"} {"query":"mutation{y}"}`, false},
		{"/g", "application/json", `{"query":"{x}"`, false},
		{"/g", "application/json", `[{"query":"{x}"}`, false},
		{"/g", "application/json", `"{x}"`, false},
		{"/g", "application/json", `null`, false},
		{"/g", "application/json", ``, false},
		{"/g", "application/json", `{"query":"{x}"}` + strings.Repeat(" ", BodyMost), false},
		{"/g", "application/json; charset=utf-16", `{"query":"{x}"}`, false},
		{"/g", "application/graphql", `{x}`, true},
		{"/g", "application/graphql", `{"query":"{x}"}`, false},
		{"/g", "application/x-www-form-urlencoded", `query=` + read, true},
		{"/g", "application/x-www-form-urlencoded", `query=` + write, false},
		{"/g", "application/x-www-form-urlencoded", ``, false},
		{"/g", "multipart/form-data; boundary=x", `{"query":"{x}"}`, false},
		{"/g", "text/plain", `{"query":"{x}"}`, false},
		{"/g", "", `{"query":"{x}"}`, false},
		// Servers differ in which they take.
		{"/g?query=" + read, "application/json", `{"query":"{x}"}`, true},
		{"/g?query=" + write, "application/json", `{"query":"{x}"}`, false},
		{"/g?query=" + read, "application/json", `{"query":"mutation{y}"}`, false},
		{"/g?languageCode=pl", "application/json", `{"query":"{x}"}`, true},
		// A GET.
		{"/g?query=" + read + "&variables=%7B%7D", "", "", true},
		{"/g?query=" + write, "", "", false},
		{"/g?query=" + url.QueryEscape(both) + "&operationName=A", "", "", true},
		{"/g?query=" + url.QueryEscape(both) + "&operationName=B", "", "", false},
		{"/g?query=" + read + "&query=" + write, "", "", false},
		{"/g?query[]=" + read, "", "", false},
		{"/g?qu%65ry=" + write, "", "", false},
		{"/g?+query=" + write, "", "", false},
		{"/g?query=%zz", "", "", false},
		{"/g?%zz=1&query=" + read, "", "", false},
		{"/g?extensions=%7B%22persistedQuery%22%3A%7B%7D%7D", "", "", true},
		{"/g?documentId=ab", "", "", true},
		{"/g", "", "", false},
	} {
		if op := Operation(x.path, x.contentType, []byte(x.body)); op.Reads != x.reads {
			t.Errorf("%s %s %.90s: reads %t", x.path, x.contentType, x.body, op.Reads)
		}
	}
}

func TestClassOf(t *testing.T) {
	p, _ := Named("vendure")
	c := mustNew(t, p)
	ruled, err := New(p, Rules{Checkout: []string{"/shop-api"}})
	if err != nil {
		t.Fatal(err)
	}
	read, write := `{"query":"{x}"}`, `{"query":"mutation{addItemToOrder}"}`
	json := http.Header{"Content-Type": {"application/json"}}
	for _, x := range []struct {
		method, path string
		h            http.Header
		body, want   string
	}{
		{"POST", "/shop-api", json, read, "fragment"},
		{"POST", "/pl/shop-api/", json, read, "fragment"},
		{"POST", "/shop-api", json, write, "cart"},
		{"POST", "/shop-api", json, `{"query":"mutation{addPaymentToOrder}"}`, "checkout"},
		{"POST", "/shop-api", json, `{"query":"mutation{addItemToOrder addPaymentToOrder}"}`, "checkout"},
		{"POST", "/shop-api", json, "", "cart"},
		{"POST", "/shop-api", nil, read, "cart"},
		{"POST", "/shop-api", http.Header{"Content-Type": {"application/json", "text/plain"}}, read, "cart"},
		{"POST", "/shop-api", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, read, "cart"},
		{"POST", "/shop-api", http.Header{"Content-Type": {"application/json"}, "X-Http-Method-Override": {"PUT"}}, read, "cart"},
		{"PUT", "/shop-api", json, read, "cart"},
		{"POST", "/shop-api/x", json, read, "cart"},
		{"POST", "/shop-api%2f", json, read, "cart"},
		{"POST", "/cart", json, read, "cart"},
		{"POST", "/shop-api?add-to-cart=5", json, read, "cart"},
		{"GET", "/shop-api", nil, "", "fragment"},
		{"GET", "/shop-api?query=%7Bx%7D", nil, "", "fragment"},
		{"GET", "/shop-api?query=mutation%7Bx%7D", nil, "", "cart"},
		{"GET", "/shop-api?query=mutation%7BaddPaymentToOrder%7D", nil, "", "checkout"},
		{"GET", "/shop-api?query=%7Bx%7D", http.Header{"User-Agent": {"Googlebot"}}, "", "bot"},
		{"GET", "/shop-api?query=mutation%7Bx%7D", http.Header{"User-Agent": {"Googlebot"}}, "", "cart"},
	} {
		path, query, _ := strings.Cut(x.path, "?")
		q := Request{Method: x.method, Path: path, Query: query, Header: x.h}
		if got := c.ClassOf(q, []byte(x.body)); got.String() != x.want {
			t.Errorf("%s %s %v %s: %s, want %s", x.method, x.path, x.h, x.body, got, x.want)
		}
		if got, want := Generic().ClassOf(q, []byte(x.body)), Generic().Class(q); got != want {
			t.Errorf("%s %s: generic reads the body: %s", x.method, x.path, got)
		}
		if path == "/shop-api" && x.method == "POST" && ruled.ClassOf(q, []byte(x.body)) != falochron.ClassCheckout {
			t.Errorf("%s: the owner's rule does not come first", x.path)
		}
	}
	for path, want := range map[string]bool{"/shop-api": true, "/shop-api/": true, "/admin-api": false, "/": false} {
		if got := c.NeedsBody(Request{Method: "POST", Path: path}); got != want {
			t.Errorf("POST %s needs its body: %t", path, got)
		}
		if c.NeedsBody(Request{Method: "GET", Path: path}) || Generic().NeedsBody(Request{Method: "POST", Path: path}) {
			t.Errorf("%s needs a body without need", path)
		}
	}
}

func TestPaying(t *testing.T) {
	for name, want := range map[string]bool{
		"addPaymentToOrder": true, "checkoutComplete": true, "transitionOrderToState": true, "placeOrder": true, "order_place": true,
		"payment": true, "setOrderBillingAddress": true, "LOGIN": false, "login": true, "": false, "_": false, "__": false,
		"addItemToOrder": false, "paymentsRemove": false, "replaceItem": false, "displace": false, "checkoutCreate": false,
	} {
		if got := paying(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

func FuzzOperation(f *testing.F) {
	f.Add("/g?query=%7Bx%7D", "application/json", `{"query":"query Q($a: Int = 1) { a: x(y: \"\"\"z\"\"\") @d { b } ...F } fragment F on Query { c }"}`)
	f.Add("/g", "application/graphql", "{ x(a: {b: [1, 2.5e3], c: $d, e: \"\\\"\"}) { ... on T { y } } } # end")
	f.Add("/g", "application/x-www-form-urlencoded", "query=%7Bx%7D&operationName=A")
	f.Fuzz(func(t *testing.T, path, contentType, body string) {
		op := Operation(path, contentType, []byte(body))
		if again := Operation(path, contentType, []byte(body)); again.Reads != op.Reads || !slices.Equal(again.Names, op.Names) {
			t.Fatal("unstable")
		}
		if len(op.Names) > batchMost*fieldsMost {
			t.Fatalf("%d names", len(op.Names))
		}
		// A mutation beside a document makes of it one that changes something.
		for _, document := range []string{body + "\nmutation M { x }", "mutation M { x }\n" + body} {
			if Operation("/g", "application/graphql", []byte(document)).Reads {
				t.Fatalf("%q reads", document)
			}
		}
		// What stands in a string is no operation.
		text, err := json.Marshal(body)
		if err != nil || len(text) > documentMost/2 {
			return
		}
		if op := Operation("/g", "application/graphql", []byte("{ search(text: "+string(text)+") { id } }")); !op.Reads || len(op.Names) != 1 {
			t.Fatalf("a string is read: %s: %v", text, op)
		}
	})
}
