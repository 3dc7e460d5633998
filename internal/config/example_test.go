package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const example = "../../falochron.example.yaml"

// same compares configurations by what they say, not by where they came from.
var same = cmp.Options{
	cmpopts.IgnoreUnexported(Config{}),
	cmp.Comparer(func(a, b *url.URL) bool { return a == b || a != nil && b != nil && a.String() == b.String() }),
	cmpopts.EquateComparable(),
}

func TestExampleIsTheDefaults(t *testing.T) {
	got, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Shops[0].Origins = []*url.URL{{Scheme: "http", Host: "127.0.0.1:8081"}}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("the example differs from the defaults (-default +example):\n%s", diff)
	}
}

func TestFlagsAloneAreTheDefaults(t *testing.T) {
	got, err := FromFlags(Flags{Origins: []string{"http://127.0.0.1:8081"}})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("flags differ from the example (-example +flags):\n%s", diff)
	}
}

// Every key of the Go types stands in the example, with a comment that names
// its default and, for numbers, what zero means.
func TestExampleNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder("example")
	d.decode(text, Default())
	lines := strings.Split(string(text), "\n")
	for _, k := range keysOf("", reflect.TypeFor[Config]()) {
		list, name := "", ""
		if at := strings.LastIndex(k.path, "[0]."); at >= 0 {
			list, name = k.path[:at], k.path[at+len("[0]."):]
		}
		if list == "tls" || list == "notify.channels" || list == "shops[0].fleet.docker.hosts" {
			// The list is empty by default, so its keys stand in the comment.
			if !regexp.MustCompile(`(?m)^\s*#\s+(- )?` + name + `: .*[Dd]efault`).Match(text) {
				t.Errorf("%s is not in the example", k.path)
			}
			continue
		}
		at := d.pos[k.path]
		if at == nil {
			t.Errorf("%s is not in the example", k.path)
			continue
		}
		if !k.leaf {
			continue
		}
		comment := commentAbove(lines, at.Line)
		if !regexp.MustCompile(`(?i)\bdefault\b`).MatchString(comment) {
			t.Errorf("%s: the comment does not name the default: %q", k.path, comment)
		}
		if k.number && !regexp.MustCompile(`\b0\b`).MatchString(comment) {
			t.Errorf("%s: the comment does not say what 0 means: %q", k.path, comment)
		}
	}
}

type key struct {
	path         string
	leaf, number bool
}

// keysOf lists the keys of a struct type; of a list of structs it takes the
// first entry.
func keysOf(prefix string, t reflect.Type) []key {
	var out []key
	for _, f := range fieldsOf(t) {
		path, ft := join(prefix, f.name), t.Field(f.index).Type
		_, scalar := scalars[ft]
		switch {
		case scalar:
			number := ft.Kind() == reflect.Int || ft.Kind() == reflect.Int64
			out = append(out, key{path: path, leaf: true, number: number && !strings.HasSuffix(f.name, "status")})
		case ft.Kind() == reflect.Slice && ft.Elem().Kind() == reflect.Struct && scalars[ft.Elem()] == nil:
			out = append(out, key{path: path})
			out = append(out, keysOf(path+"[0]", ft.Elem())...)
		case ft.Kind() == reflect.Slice:
			out = append(out, key{path: path, leaf: true})
		default:
			out = append(out, key{path: path})
			out = append(out, keysOf(path, ft)...)
		}
	}
	return out
}

func commentAbove(lines []string, line int) string {
	var out []string
	for i := line - 2; i >= 0; i-- {
		text := strings.TrimSpace(lines[i])
		if !strings.HasPrefix(text, "#") {
			break
		}
		out = append([]string{strings.Trim(text, "# ")}, out...)
	}
	return strings.Join(out, " ")
}

// Every field says in Go what it means, with its default, except those that only
// group others.
func TestEveryFieldIsDocumented(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	fset := token.NewFileSet()
	fields := 0
	for _, name := range files {
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range s.Fields.List {
				if field.Tag == nil || !strings.Contains(field.Tag.Value, "yaml:") {
					continue
				}
				fields++
				doc := field.Doc.Text()
				_, group := field.Type.(*ast.Ident)
				if !strings.HasPrefix(doc, field.Names[0].Name+" ") {
					t.Errorf("%s: %s has no doc that begins with its name", name, field.Names[0].Name)
				}
				if !group && doc == "" {
					t.Errorf("%s: %s has no doc", name, field.Names[0].Name)
				}
			}
			return true
		})
	}
	if fields < 50 {
		t.Errorf("looked at %d fields only", fields)
	}
}

func TestDefaultIsFresh(t *testing.T) {
	a := Default()
	a.Shops[0].Name = "changed"
	a.Shops[0].Room.ClaimWindow = time.Second
	if b := Default(); b.Shops[0].Name != "shop" || b.Shops[0].Room.ClaimWindow != 15*time.Minute {
		t.Error("Default shares memory with a caller")
	}
}
