package toyshop

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The shop knows nothing of what protects it: none of Falochron's cookies
// (falo_...), paths (/.falochron/...), header fields (Falochron-...) or page
// elements is named in what it sends, reads or compares. Its Go sources may use
// the module's error type, so there only texts are looked at; all other files
// are looked at as a whole.
func TestTheShopKnowsNothingOfFalochron(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return filepath.SkipDir
		case d.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, text := range texts(t, path, src) {
			if knowsFalochron(text) {
				t.Errorf("%s knows Falochron: %.80s", path, text)
			}
		}
		return nil
	})
	if err != nil || files < 20 {
		t.Errorf("%d files looked at, %v", files, err)
	}
	for _, text := range []string{`"falo_w1"`, `"/.falochron/status"`, "`Falochron-State`", `<main id="falochron">`} {
		src := "package toyshop\n\nvar x = " + text
		if strings.HasPrefix(text, "<") {
			src = "package toyshop\n\nvar x = `" + text + "`"
		}
		if all := texts(t, "planted.go", []byte(src)); len(all) != 1 || !knowsFalochron(all[0]) {
			t.Errorf("%s would go unnoticed", text)
		}
	}
}

func knowsFalochron(text string) bool { return strings.Contains(strings.ToLower(text), "falo") }

// texts are the string literals of a Go file without its imports, or the whole
// of another file.
func texts(t *testing.T, path string, src []byte) (all []string) {
	t.Helper()
	if filepath.Ext(path) != ".go" {
		return []string{string(src)}
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				all = append(all, n.Value)
			}
		}
		return true
	})
	return all
}
