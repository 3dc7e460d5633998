package preset

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Posted returns the same question as a GraphQL query that was sent by POST, asked by GET:
// document, operation and variables are in the address then, in one order, so that a cache
// has a key for it and can ask itself. It is false for whatever is not surely one query
// and nothing else: an order to change something, several calls, one that is known by
// its hash or has extensions, parameters of such in the address as well.
func (c *Classifier) Posted(q Request, body []byte) (as Request, ok bool) {
	types := q.Header["Content-Type"]
	if len(body) == 0 || len(types) != 1 || len(q.Header["Content-Encoding"]) > 0 || !c.NeedsBody(q) || hasParam(q.Query, callParams) {
		return Request{}, false
	}
	if kind, _, _ := strings.Cut(types[0], ";"); !sameFold(strings.TrimSpace(kind), "application/json") || mentions(q.Header["Accept"], "text/html") {
		return Request{}, false // who would be shown a page by GET is answered by data
	}
	calls, fine := bodyCalls(types[0], body)
	if !fine || len(calls) != 1 || bytes.TrimLeft(body, " \t\r\n")[0] != '{' { // a list of one is answered by a list
		return Request{}, false
	}
	one := calls[0]
	if reads, _ := one.run(true); !reads || one.document == "" || one.extended {
		return Request{}, false
	}
	asks := "query=" + url.QueryEscape(one.document)
	if one.name != "" {
		asks += "&operationName=" + url.QueryEscape(one.name)
	}
	switch variables, fine := flat(one.variables); {
	case !fine:
		return Request{}, false
	case variables != "":
		asks += "&variables=" + url.QueryEscape(variables)
	}
	as = q
	as.Method, as.Query = http.MethodGet, strings.TrimPrefix(q.Query+"&"+asks, "&")
	return as, true
}

// callParams are parameters of an address that say what to run, in small letters.
var callParams = []string{"query", "operationname", "variables", "extensions", "documentid", "id"}

// flat is an object without blanks; empty where there is none, or nothing in it.
func flat(object json.RawMessage) (text string, ok bool) {
	var b bytes.Buffer
	if len(object) == 0 || json.Compact(&b, object) != nil {
		return "", len(object) == 0
	}
	switch text = b.String(); {
	case text == "null", text == "{}":
		return "", true
	}
	return text, text[0] == '{'
}

// extends reports whether extensions may change what is answered. Apollo's client says in
// them what library it is, and nothing else.
func extends(extensions json.RawMessage) bool {
	var named map[string]json.RawMessage
	if json.Unmarshal(extensions, &named) != nil {
		return true
	}
	delete(named, "clientLibrary")
	return len(named) > 0
}

// asks reports whether a GraphQL query by GET asks for nothing but what the kind has.
func (k *Kind) asks(query string) bool {
	calls, ok := formCalls(query)
	if !ok || len(calls) != 1 || calls[0].known || calls[0].document == "" {
		return false
	}
	reads, names := calls[0].run(true)
	return reads && len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(k.Queries, name) })
}

// Preflighted adds what servers of GraphQL may want with a query by GET, since no page elsewhere can have
// a browser send it unasked (Apollo: csrfPrevention; Vendure: apiOptions.csrfPrevention).
func Preflighted(h http.Header) http.Header {
	if h == nil {
		h = http.Header{}
	}
	h["Apollo-Require-Preflight"] = []string{"true"}
	return h
}

// Ordinary reports whether a request has no fields but those that browsers, clients of
// GraphQL and what stands before a shop send to any site. Programs choose by fields of their own
// what an interface says to them, and owners name those: a channel, a country, a price list.
func Ordinary(h http.Header) bool {
	for name := range h {
		if !slices.Contains(anySites, name) && !slices.ContainsFunc(anySitesBegin, func(begins string) bool { return strings.HasPrefix(name, begins) }) {
			return false
		}
	}
	return true
}

var (
	anySites = []string{
		"Cache-Control", "Connection", "Content-Length", "Content-Type", "Cookie", "Dnt", "Forwarded", "Origin", "Pragma", "Priority", "Purpose", "Range", "Referer",
		"Save-Data", "Te", "Traceparent", "Tracestate", "Transfer-Encoding", "Upgrade-Insecure-Requests", "User-Agent", "Via",
		"Apollo-Require-Preflight", "Apollographql-Client-Name", "Apollographql-Client-Version", "X-Apollo-Operation-Name",
		"X-Real-Ip", "X-Request-Id", "X-Requested-With",
	}
	anySitesBegin = []string{"Accept", "Cf-", "If-", "Sec-", "X-Forwarded-"}
)
