package toyshop

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// GraphQL as far as the toy needs it: which fields an operation asks for at its
// top, and with what arguments. What is asked for of each field is not looked
// at: an answer may hold more than was asked.

// A gqlField is one field at the top of an operation.
type gqlField struct {
	alias, name string
	args        map[string]any
}

// A gqlOperation is what a request asks for.
type gqlOperation struct {
	kind   string // query or mutation
	name   string
	fields []gqlField
}

var errGraphQL = errors.New("syntax error in GraphQL")

// maxDepth bounds nesting in a query.
const maxDepth = 20

// gqlRequest is a request as clients write it.
type gqlRequest struct {
	Query     string         `json:"query"`
	Name      string         `json:"operationName"`
	Variables map[string]any `json:"variables"`
}

// readGraphQL reads the body of a POST or, where a shop lets them, the query of a
// GET.
func readGraphQL(v visit, byGet bool) (gqlOperation, error) {
	var in gqlRequest
	switch {
	case v.method == http.MethodPost:
		if err := json.Unmarshal(v.body, &in); err != nil {
			return gqlOperation{}, errGraphQL
		}
	case byGet:
		in.Query, in.Name = v.query.Get("query"), v.query.Get("operationName")
		if text := v.query.Get("variables"); text != "" && json.Unmarshal([]byte(text), &in.Variables) != nil {
			return gqlOperation{}, errGraphQL
		}
	}
	return parseGraphQL(in)
}

// parseGraphQL finds the operation that is meant: the one that is named, or the
// only one.
func parseGraphQL(in gqlRequest) (gqlOperation, error) {
	p := &gqlParser{text: in.Query, vars: in.Variables}
	p.next()
	var found []gqlOperation
	for p.token != "" {
		op, err := p.definition()
		if err != nil {
			return gqlOperation{}, err
		}
		if op.kind != "fragment" && (in.Name == "" || op.name == in.Name) {
			found = append(found, op)
		}
	}
	if len(found) != 1 {
		return gqlOperation{}, errGraphQL
	}
	return found[0], nil
}

// gqlParser reads one token after the other. A token is a name, a number, a
// quoted string with its opening quote, a mark, or "" at the end.
type gqlParser struct {
	text  string
	at    int
	token string
	vars  map[string]any
}

func (p *gqlParser) next() {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case strings.IndexByte(" \t\r\n,", c) >= 0 || strings.HasPrefix(p.text[p.at:], "\ufeff"):
			p.at++
		case c == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		case c == '"':
			p.quoted()
			return
		case strings.HasPrefix(p.text[p.at:], "..."):
			p.token = "..."
			p.at += 3
			return
		case isNameByte(c) || c == '-':
			start := p.at
			for p.at++; p.at < len(p.text) && (isNameByte(p.text[p.at]) || strings.IndexByte(".+-", p.text[p.at]) >= 0 && !isNameStart(p.text[start])); p.at++ {
			}
			p.token = p.text[start:p.at]
			return
		default:
			p.token = p.text[p.at : p.at+1]
			p.at++
			return
		}
	}
	p.token = ""
}

// quoted reads a string; one that does not end is an error to whoever wants it.
func (p *gqlParser) quoted() {
	if strings.HasPrefix(p.text[p.at:], `"""`) {
		body, rest, ok := strings.Cut(p.text[p.at+3:], `"""`)
		p.at, p.token = len(p.text)-len(rest), `"`+body
		if !ok {
			p.token = "!"
		}
		return
	}
	for end := p.at + 1; end < len(p.text); end++ {
		switch p.text[end] {
		case '\\':
			end++
		case '"':
			var text string
			if json.Unmarshal([]byte(p.text[p.at:end+1]), &text) != nil {
				text = p.text[p.at+1 : end]
			}
			p.at, p.token = end+1, `"`+text
			return
		}
	}
	p.at, p.token = len(p.text), "!"
}

func isNameStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}
func isNameByte(c byte) bool { return isNameStart(c) || c >= '0' && c <= '9' }

// name takes a name.
func (p *gqlParser) name() (string, error) {
	if p.token == "" || !isNameStart(p.token[0]) {
		return "", errGraphQL
	}
	name := p.token
	p.next()
	return name, nil
}

// want takes one mark.
func (p *gqlParser) want(mark string) error {
	if p.token != mark {
		return errGraphQL
	}
	p.next()
	return nil
}

func (p *gqlParser) definition() (gqlOperation, error) {
	op := gqlOperation{kind: "query"}
	if p.token != "{" {
		var err error
		if op.kind, err = p.name(); err != nil {
			return op, err
		}
		if op.kind != "query" && op.kind != "mutation" && op.kind != "fragment" {
			return op, errGraphQL
		}
		if p.token != "{" && p.token != "(" && p.token != "@" {
			if op.name, err = p.name(); err != nil {
				return op, err
			}
		}
		// What stands before the braces, variables and their types, says nothing here.
		for depth := 0; p.token != "{" || depth > 0; p.next() {
			switch p.token {
			case "":
				return op, errGraphQL
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			}
		}
	}
	var err error
	op.fields, err = p.selection(0)
	return op, err
}

// selection reads what stands in braces. Below the top only its end matters.
func (p *gqlParser) selection(depth int) ([]gqlField, error) {
	if depth > maxDepth {
		return nil, errGraphQL
	}
	if err := p.want("{"); err != nil {
		return nil, err
	}
	var fields []gqlField
	for p.token != "}" {
		f, err := p.field(depth)
		if err != nil {
			return nil, err
		}
		if f.name != "" {
			fields = append(fields, f)
		}
	}
	p.next()
	return fields, nil
}

func (p *gqlParser) field(depth int) (f gqlField, err error) {
	if p.token == "..." { // a fragment: here only its own braces matter
		p.next()
		for p.token != "" && (isNameStart(p.token[0])) {
			p.next()
		}
	} else {
		if f.name, err = p.name(); err != nil {
			return f, err
		}
		f.alias = f.name
		if p.token == ":" {
			p.next()
			if f.name, err = p.name(); err != nil {
				return f, err
			}
		}
	}
	if p.token == "(" {
		if f.args, err = p.pairs(")", depth); err != nil {
			return f, err
		}
	}
	for p.token == "@" {
		p.next()
		if _, err = p.name(); err != nil {
			return f, err
		}
		if p.token == "(" {
			if _, err = p.pairs(")", depth); err != nil {
				return f, err
			}
		}
	}
	if p.token == "{" {
		_, err = p.selection(depth + 1)
	}
	return f, err
}

// pairs reads name: value up to the end mark, whose opening is the token now.
func (p *gqlParser) pairs(end string, depth int) (map[string]any, error) {
	p.next()
	all := map[string]any{}
	for p.token != end {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		if err := p.want(":"); err != nil {
			return nil, err
		}
		if all[name], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	p.next()
	return all, nil
}

func (p *gqlParser) value(depth int) (any, error) {
	if depth > maxDepth || p.token == "" {
		return nil, errGraphQL
	}
	switch token := p.token; token[0] {
	case '"':
		p.next()
		return token[1:], nil
	case '$':
		p.next()
		name, err := p.name()
		return p.vars[name], err
	case '[':
		p.next()
		list := []any{}
		for p.token != "]" {
			x, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, x)
		}
		p.next()
		return list, nil
	case '{':
		return p.pairs("}", depth+1)
	default:
		if !isNameStart(token[0]) {
			n, err := strconv.ParseFloat(token, 64)
			if err != nil {
				return nil, errGraphQL
			}
			p.next()
			return n, nil
		}
		name, err := p.name()
		switch name {
		case "true", "false":
			return name == "true", err
		case "null":
			return nil, err
		}
		return name, err
	}
}

// gqlText is an argument, or what stands below it by a path of names, as text.
func gqlText(args map[string]any, path ...string) string {
	var at any = args
	for _, name := range path {
		switch x := at.(type) {
		case map[string]any:
			at = x[name]
		case []any:
			if len(x) == 0 {
				return ""
			}
			m, _ := x[0].(map[string]any)
			at = m[name]
		default:
			return ""
		}
	}
	switch x := at.(type) {
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return ""
}

// A resolver answers one field.
type resolver func(f gqlField) (any, error)

// gqlAnswer asks for each field and puts the answers together; known says which
// resolver a field has.
func gqlAnswer(op gqlOperation, known func(kind, name string) resolver) (int, map[string]any, error) {
	data := map[string]any{}
	for _, f := range op.fields {
		resolve := known(op.kind, f.name)
		if resolve == nil {
			return http.StatusBadRequest, map[string]any{"errors": []any{map[string]any{"message": "Cannot query field \"" + f.name + "\"."}}}, nil
		}
		x, err := resolve(f)
		if err != nil {
			return 0, nil, err
		}
		data[f.alias] = x
	}
	return http.StatusOK, map[string]any{"data": data}, nil
}
