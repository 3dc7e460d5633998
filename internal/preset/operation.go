package preset

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/falochron/falochron"
)

// Some shops have one address for browsing and buying, and the GraphQL operation
// in the body tells which it is. What is not surely a query is taken for an order
// to change something.

// BodyMost is how many bytes of a body [Operation] understands; of a longer one it
// says nothing.
const BodyMost = documentMost

// Op is what a GraphQL request does.
type Op struct {
	Reads bool     // all of it are queries
	Names []string // of the fields at the top: what is queried or ordered
}

// Operation tells what a GraphQL request does, from its path with the query, and
// the type and bytes of its body, which are empty for a GET. It fails closed: what
// it does not understand does not read. A query known to the shop by its hash only
// reads if it is asked for by GET, by which shops obey no other.
func Operation(path, contentType string, body []byte) Op {
	_, query, _ := strings.Cut(path, "?")
	op, _ := operation(query, contentType, body, contentType == "" && len(body) == 0)
	return op
}

// operation also reports whether there was any sign of an operation.
func operation(query, contentType string, body []byte, get bool) (op Op, any bool) {
	calls, ok := formCalls(query)
	if !get {
		more, fine := bodyCalls(contentType, body)
		calls, ok = append(calls, more...), ok && fine
	}
	op.Reads = ok && len(calls) > 0 && len(calls) <= batchMost
	for _, one := range calls {
		reads, names := one.run(get)
		op.Reads = op.Reads && reads
		if room := batchMost*fieldsMost - len(op.Names); len(names) <= room {
			op.Names = append(op.Names, names...)
		}
	}
	return op, !ok || len(calls) > 0
}

// batchMost is how many calls one request may have.
const batchMost = 32

// call is one document to run. A request that has one in the address and one in
// the body has two: servers differ in which they take.
type call struct {
	document  string
	name      string // of the operation to run
	known     bool   // by its hash
	variables json.RawMessage
	extended  bool // has extensions that may change what is answered
}

// run tells what a call does.
func (one call) run(get bool) (reads bool, names []string) {
	if one.document == "" {
		return one.known && get, nil
	}
	ds, ok := document(one.document)
	if !ok {
		return false, nil
	}
	found, spreads := false, false
	reads = true
	for _, d := range ds {
		if d.kind == "fragment" || one.name != "" && d.name != one.name {
			continue
		}
		found, spreads = true, spreads || d.spreads
		reads = reads && d.kind == "query"
		names = append(names, d.fields...)
	}
	for _, d := range ds {
		if spreads && d.kind == "fragment" {
			names = append(names, d.fields...)
		}
	}
	return reads && found, names
}

// formCalls reads the parameters of an address, or of a form.
func formCalls(query string) (calls []call, ok bool) {
	var one call
	seen := map[string]bool{}
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			return nil, false
		}
		short, array := phpName([]byte(plain))
		name = string(short)
		switch name {
		case "query", "operationName", "extensions", "documentId", "id":
		default:
			continue
		}
		if value, err = url.QueryUnescape(value); err != nil || array || seen[name] {
			return nil, false
		}
		seen[name] = true
		switch name {
		case "query":
			one.document = value
		case "operationName":
			one.name = value
		default:
			one.known = one.known || value != ""
		}
	}
	if one.document == "" && !one.known {
		return nil, true
	}
	return []call{one}, true
}

// bodyCalls reads a body; false if it is not understood.
func bodyCalls(contentType string, body []byte) (calls []call, ok bool) {
	if len(body) > BodyMost {
		return nil, false
	}
	kind, parameters, _ := strings.Cut(strings.ToLower(contentType), ";")
	if strings.Contains(parameters, "charset") && !strings.Contains(parameters, "utf-8") {
		return nil, false
	}
	switch strings.TrimSpace(kind) {
	case "application/json":
		return jsonCalls(body)
	case "application/graphql":
		return []call{{document: string(body)}}, true
	case "application/x-www-form-urlencoded":
		return formCalls(string(body))
	}
	return nil, false
}

// jsonCalls reads one call or a list of calls.
func jsonCalls(body []byte) (calls []call, ok bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	first, err := d.Token()
	if err != nil {
		return nil, false
	}
	switch first {
	case json.Delim('{'):
		one, ok := jsonCall(d)
		if !ok {
			return nil, false
		}
		calls = append(calls, one)
	case json.Delim('['):
		for d.More() {
			if begin, err := d.Token(); err != nil || begin != json.Delim('{') || len(calls) == batchMost {
				return nil, false
			}
			one, ok := jsonCall(d)
			if !ok {
				return nil, false
			}
			calls = append(calls, one)
		}
		if _, err := d.Token(); err != nil {
			return nil, false
		}
	default:
		return nil, false
	}
	return calls, !d.More() && len(bytes.TrimSpace(body[d.InputOffset():])) == 0
}

// jsonCall reads what follows the opening brace. A name that stands there twice,
// or that is not known, could be what the server goes by.
func jsonCall(d *json.Decoder) (one call, ok bool) {
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		name, isText := key.(string)
		if err != nil || !isText || seen[name] {
			return one, false
		}
		seen[name] = true
		switch name {
		case "query", "operationName":
			var text *string
			if d.Decode(&text) != nil {
				return one, false
			}
			if text != nil && name == "query" {
				one.document = *text
			} else if text != nil {
				one.name = *text
			}
		case "variables", "extensions":
			var any json.RawMessage
			if d.Decode(&any) != nil {
				return one, false
			}
			if name == "variables" {
				one.variables = any
			} else {
				one.extended = extends(any)
			}
		default:
			return one, false
		}
	}
	_, err := d.Token()
	return one, err == nil
}

// NeedsBody reports whether it takes the body to know what a request is for.
func (c *Classifier) NeedsBody(q Request) bool {
	return len(c.graphQL) > 0 && c.mannerOf(q).posted && c.speaksGraphQL(q)
}

func (c *Classifier) speaksGraphQL(q Request) bool {
	var room [pathRoom]byte
	path, ambiguous := fold(room[:0], q.Path)
	if ambiguous || hasOddSegment(path) {
		return false
	}
	for _, a := range c.graphQL {
		if a.fits(path, q.Query, true) {
			return true
		}
	}
	return false
}

// ClassOf is Class where the body is known: a GraphQL query is a fragment, a
// mutation is of the cart, or of the till if its name says so. Without a body, or
// where there is none to look at, it is Class. The owner's rules come first.
func (c *Classifier) ClassOf(q Request, body []byte) falochron.Class {
	class := c.Class(q)
	how := c.mannerOf(q)
	if len(c.graphQL) == 0 || !how.safe && !how.posted || !c.speaksGraphQL(q) {
		return class
	}
	r := c.read(q)
	if _, ruled := c.rules.find(q.Path, how, &r); ruled || r.orders {
		return class
	}
	contentType := ""
	if types := q.Header["Content-Type"]; len(types) == 1 && len(q.Header["Content-Encoding"]) == 0 {
		contentType = types[0]
	}
	op, any := operation(q.Query, contentType, body, how.safe)
	switch {
	case op.Reads && how.posted:
		return falochron.ClassFragment
	case op.Reads, how.safe && !any:
		return class
	}
	for _, name := range op.Names {
		if paying(name) {
			return falochron.ClassCheckout
		}
	}
	return falochron.ClassCart
}

// paying reports whether a mutation's name has a word of the till:
// addPaymentToOrder, setOrderShippingAddress, checkoutComplete, placeOrder.
func paying(name string) bool {
	for start := 0; start < len(name); {
		end := start + 1
		for end < len(name) && (name[end] < 'A' || name[end] > 'Z') && name[end] != '_' {
			end++
		}
		switch word := name[start:end]; {
		case sameFold(word, "payment"), sameFold(word, "complete"), sameFold(word, "transition"), sameFold(word, "transaction"),
			sameFold(word, "place"), sameFold(word, "shipping"), sameFold(word, "billing"), sameFold(word, "delivery"),
			sameFold(word, "login"), sameFold(word, "authenticate"), sameFold(word, "token"):
			return true
		}
		if start = end; start < len(name) && name[start] == '_' {
			start++
		}
	}
	return false
}
