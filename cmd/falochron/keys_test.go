package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/config"
)

// A key that nobody reads would be a promise nobody keeps: each one of the
// configuration is read somewhere in this package.
func TestEveryKeyIsRead(t *testing.T) {
	read := selectors(t)
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := f.Tag.Get("yaml")
			if key == "" {
				continue
			}
			if !read[f.Name] {
				t.Errorf("%s%s: nobody reads %s.%s", path, key, typ.Name(), f.Name)
			}
			inner := f.Type
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && inner.PkgPath() == reflect.TypeFor[config.Config]().PkgPath() {
				walk(path+key+".", inner)
			}
		}
	}
	walk("", reflect.TypeFor[config.Config]())
}

// selectors are the names read after a dot in this package's own files.
func selectors(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				read[sel.Sel.Name] = true
			}
			return true
		})
	}
	return read
}
