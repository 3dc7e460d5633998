package preset

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A query that is posted is asked by GET with all that it says, and whatever is not surely one
// query is not.
func TestPosted(t *testing.T) {
	c := mustNew(t, vendure())
	const kind = "application/json"
	for _, q := range []struct{ kind, query, body, want string }{
		{kind, "", `{"query":"{ products { totalItems } }"}`, "query=%7B+products+%7B+totalItems+%7D+%7D"},
		{kind + "; charset=utf-8", "languageCode=pl", `{"query":"{product{id}}","variables":{ "a" : [1, 2.0] }}`, "languageCode=pl&query=%7Bproduct%7Bid%7D%7D&variables=%7B%22a%22%3A%5B1%2C2.0%5D%7D"},
		{kind, "", ` {"operationName":"A","query":"query A{product{id}} query B{search{totalItems}}","variables":null}`, "query=query+A%7Bproduct%7Bid%7D%7D+query+B%7Bsearch%7BtotalItems%7D%7D&operationName=A"},
		{kind, "", `{"query":"{product{id}}","variables":{},"extensions":{"clientLibrary":{"name":"@apollo/client","version":"4.0.0"}}}`, "query=%7Bproduct%7Bid%7D%7D"},
		{kind, "", `{"query":"{product{id}}","extensions":null}`, "query=%7Bproduct%7Bid%7D%7D"},
		// Not surely one query, or not one alone.
		{kind, "", `[{"query":"{product{id}}"}]`, ""},
		{kind, "", `{"query":"{product{id}}"} {}`, ""},
		{kind, "", `{"query":"{product{id}}","query":"mutation{logout{success}}"}`, ""},
		{kind, "", `{"query":"mutation{logout{success}}"}`, ""},
		{kind, "", `{"query":"query A{product{id}} mutation B{logout{success}}"}`, ""},
		{kind, "", `{"query":"query A{product{id}}","operationName":"B"}`, ""},
		{kind, "", `{"query":"{product{id}}","variables":"x"}`, ""},
		{kind, "", `{"query":"{product{id}}","variables":[]}`, ""},
		{kind, "", `{"query":"{product{id}}","extensions":{"persistedQuery":{"sha256Hash":"x"}}}`, ""},
		{kind, "", `{"query":"{product{id}}","extensions":[]}`, ""},
		{kind, "", `{"query":"","variables":{}}`, ""},
		{kind, "", `{"query":"{product{id"}`, ""},
		{kind, "", ``, ""},
		{kind, "query=%7Bme%7Bid%7D%7D", `{"query":"{product{id}}"}`, ""},
		{kind, "a=b&%56ariables=x", `{"query":"{product{id}}"}`, ""},
		{kind, "extensions[x]=1", `{"query":"{product{id}}"}`, ""},
		{"application/json; charset=utf-16", "", `{"query":"{product{id}}"}`, ""},
		{"application/graphql", "", `{product{id}}`, ""},
		{"application/x-www-form-urlencoded", "", `query={product{id}}`, ""},
		{"", "", `{"query":"{product{id}}"}`, ""},
	} {
		asked := Request{Method: "POST", Path: "/shop-api", Query: q.query, Header: http.Header{"Content-Type": {q.kind}}}
		as, ok := c.Posted(asked, []byte(q.body))
		if ok != (q.want != "") || as.Query != q.want || ok && (as.Method != "GET" || as.Path != "/shop-api") {
			t.Errorf("%s %q %s: %v %q, want %q", q.kind, q.query, q.body, ok, as.Query, q.want)
		}
	}
	for name, change := range map[string]func(*Request){
		"by PUT":          func(q *Request) { q.Method = "PUT" },
		"as another":      func(q *Request) { q.Header.Set("X-Http-Method-Override", "PUT") },
		"to a page":       func(q *Request) { q.Header.Set("Accept", "text/html, application/json") },
		"compressed":      func(q *Request) { q.Header.Set("Content-Encoding", "gzip") },
		"elsewhere":       func(q *Request) { q.Path = "/admin-api" },
		"of two types":    func(q *Request) { q.Header.Add("Content-Type", "text/plain") },
		"by a double way": func(q *Request) { q.Path = "/shop-api/%2e%2e/shop-api" },
	} {
		q := Request{Method: "POST", Path: "/shop-api", Header: http.Header{"Content-Type": {kind}}}
		change(&q)
		if as, ok := c.Posted(q, []byte(`{"query":"{product{id}}"}`)); ok {
			t.Errorf("%s: asked by %s %s", name, as.Method, as.Query)
		}
	}
}

// Whatever is posted: if it is asked by GET, both read, and both name the same.
func FuzzPosted(f *testing.F) {
	for _, body := range []string{
		`{"query":"{product{id}}"}`, `{"query":"query($a:Int){products(options:{take:$a}){totalItems}}","variables":{"a":1}}`,
		`{"query":"query A{product{id}} fragment F on Query{me{id}}","operationName":"A"}`, `{"query":"mutation{logout{success}}"}`, `[{"query":"{me{id}}"}]`,
		`{"query":"{a:product{id}}\u0026variables=x","extensions":{}}`,
	} {
		f.Add(body)
	}
	c := mustNew(f, vendure())
	f.Fuzz(func(t *testing.T, body string) {
		q := Request{Method: "POST", Path: "/shop-api", Header: http.Header{"Content-Type": {"application/json"}}}
		as, ok := c.Posted(q, []byte(body))
		if !ok {
			return
		}
		posted, got := Operation("/shop-api", "application/json", []byte(body)), Operation("/shop-api?"+as.Query, "", nil)
		if !posted.Reads || !got.Reads || strings.Join(posted.Names, " ") != strings.Join(got.Names, " ") {
			t.Errorf("%s\nsays %+v, and by %s %+v", body, posted, as.Query, got)
		}
		values, err := url.ParseQuery(as.Query)
		if err != nil || len(values["query"]) != 1 || len(values) > 3 {
			t.Errorf("%s\nis asked by %s: %v", body, as.Query, err)
		}
	})
}

// Fields by which an owner may have an interface choose what it says are told from those that
// any site is sent.
func TestOrdinary(t *testing.T) {
	h := http.Header{}
	for _, name := range []string{
		"accept", "accept-language", "content-type", "cookie", "origin", "referer", "sec-fetch-site", "sec-ch-ua", "user-agent", "x-forwarded-for", "cf-ray",
		"x-requested-with", "apollographql-client-name", "if-none-match",
	} {
		h.Set(name, "x")
	}
	if !Ordinary(h) {
		t.Errorf("%v is no browser's", h)
	}
	for _, name := range []string{"vendure-token", "my-channel", "x-channel", "x-country", "authorization", "currency"} {
		g := h.Clone()
		if g.Set(name, ""); Ordinary(g) {
			t.Errorf("%s is any browser's", name)
		}
	}
}
