package config

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile and maxDepth bound what the parser is given: it recurses, and a file
// people write has neither a megabyte nor a hundred levels.
const (
	maxFile  = 1 << 20
	maxDepth = 64
)

// decoder walks the parsed file beside the Go value and goes on after a fault,
// so that one run names them all.
type decoder struct {
	file   string
	faults Faults
	// pos remembers where each key stood, for the checks that come later.
	pos map[string]*token.Position
	// bad holds the keys whose value could not be read: checks skip them, since
	// one mistake is one fault.
	bad map[string]bool
	// flag names the flag a key's value came from instead of the file.
	flag map[string]string
}

func newDecoder(file string) *decoder {
	return &decoder{file: file, pos: map[string]*token.Position{}, bad: map[string]bool{}, flag: map[string]string{}}
}

// decode reads text into the struct that c points to, which holds the defaults.
func (d *decoder) decode(text []byte, c any) {
	if len(text) > maxFile {
		d.add("", nil, "", fmt.Sprintf("is larger than %s", Size(maxFile)), "a configuration is a few kilobytes")
		return
	}
	if tooDeep(text) {
		d.add("", nil, "", fmt.Sprintf("nests deeper than %d levels", maxDepth), "no key is nested that deep")
		return
	}
	f, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return
	}
	docs := slices.DeleteFunc(f.Docs, func(n *ast.DocumentNode) bool { return n.Body == nil })
	switch len(docs) {
	case 0:
		return // an empty file: the missing shops are a fault of the checks
	case 1:
		d.value("", docs[0].Body, reflect.ValueOf(c).Elem())
	default:
		d.add("", position(docs[1].Body), "", "must be one document", "remove the line ---")
	}
}

// tooDeep bounds nesting before the recursive parser sees it: by brackets, and
// by the indentation that block nesting needs.
func tooDeep(text []byte) bool {
	open := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		body := strings.TrimLeft(line, " -?:\t")
		if len(line)-len(body) > 4*maxDepth {
			return true
		}
		for _, r := range body {
			switch r {
			case '[', '{':
				open++
			case ']', '}':
				open = max(open-1, 0)
			}
			if open > maxDepth {
				return true
			}
		}
	}
	return false
}

func (d *decoder) syntax(err error) {
	if se, ok := errors.AsType[*yaml.SyntaxError](err); ok && se.Token != nil {
		hint := ""
		if strings.Contains(se.Message, "\t") {
			hint = "indent with spaces, not tabs"
		}
		d.add("", se.Token.Position, "", strings.ReplaceAll(se.Message, "character '\t'", "a tab"), hint)
		return
	}
	d.add("", nil, "", strings.TrimSpace(err.Error()), "")
}

func (d *decoder) add(key string, at *token.Position, value, bound, hint string) {
	f := Fault{File: d.file, Key: key, Value: value, Bound: bound, Hint: hint}
	if flag := d.flag[key]; flag != "" {
		f.File = flag
	} else if at != nil {
		f.Line, f.Col = at.Line, at.Column
	}
	d.faults = append(d.faults, f)
	d.bad[key] = true
}

// value reads one node into v. Lists and mappings go on to their parts.
func (d *decoder) value(key string, n ast.Node, v reflect.Value) {
	d.pos[key] = position(n)
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.add(key, position(n), "", "uses an anchor, alias or tag", "write the value out")
		return
	case *ast.NullNode:
		d.add(key, position(n), "", "has no value", "write one, or remove the key to get the default")
		return
	}
	if parse, ok := scalars[v.Type()]; ok {
		d.scalar(key, n, v, parse)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(key, n, v)
	case reflect.Slice:
		d.list(key, n, v)
	default:
		panic("config: no reader for " + v.Type().String()) // a field of ours, not the file's fault
	}
}

func (d *decoder) mapping(key string, n ast.Node, v reflect.Value) {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		d.add(key, position(n), quoted(n), "must be a mapping", "write its keys below it, indented")
		return
	}
	fields := fieldsOf(v.Type())
	seen := map[string]int{}
	for _, p := range pairs {
		name := p.Key.GetToken().Value
		at := position(p.Key)
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			d.add(join(key, name), at, "", "unknown key", nearest(name, fields))
			continue
		}
		if line, twice := seen[name]; twice {
			d.add(join(key, name), at, "", "is written twice", fmt.Sprintf("the first is in line %d", line))
			continue
		}
		seen[name] = at.Line
		d.value(join(key, name), p.Value, v.Field(fields[i].index))
	}
}

func (d *decoder) list(key string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.add(key, position(n), quoted(n), "must be a list", "write each entry on its own line after a dash")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values)))
	for i, e := range s.Values {
		if v.Type().Elem() == reflect.TypeFor[Shop]() {
			v.Index(i).Set(reflect.ValueOf(Default().Shops[0]))
		}
		d.value(key+"["+strconv.Itoa(i)+"]", e, v.Index(i))
	}
	if len(s.Values) == 0 {
		v.SetZero() // an empty list and a missing one are the same
	}
}

func (d *decoder) scalar(key string, n ast.Node, v reflect.Value, parse func(string) (any, error)) {
	text, ok := scalarText(n)
	if !ok {
		d.add(key, position(n), "", "must be one value, not a list or mapping", "put a value with a colon in it in quotes")
		return
	}
	got, err := parse(text)
	if err != nil {
		value := quoted(n)
		if v.Type() == reflect.TypeFor[*url.URL]() && strings.Contains(text, "@") {
			value = "" // it may hold a password
		}
		d.add(key, position(n), value, err.Error(), "")
		return
	}
	v.Set(reflect.ValueOf(got))
}

// scalarText is a scalar's text as the writer meant it, unquoted.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}

func quoted(n ast.Node) string {
	text, ok := scalarText(n)
	if !ok {
		return ""
	}
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "…"
	}
	return strconv.Quote(text)
}

func position(n ast.Node) *token.Position {
	if n == nil || n.GetToken() == nil {
		return nil
	}
	// A mapping's own token is the colon of its first pair; its place is the key.
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0]
	}
	if p, ok := n.(*ast.MappingValueNode); ok {
		n = p.Key
	}
	return n.GetToken().Position
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
