package arch

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// toyShop is what only the toy shop has. A room that knew any of it could treat
// the shop of the demonstration better than any other.
type toyShop struct {
	// words are its names: of the package, of its payment provider, and, read from
	// its sources, of its cookies and header fields. Nobody may write them, but the
	// stories of package scenario may name the package, which lends them its
	// imitations. What is in the files of imitations are the names of the software
	// that is imitated, and its preset knows them.
	words []string
	// paths are those of its Handler, without what differs from article to
	// article. No code may hold one; as samples in tests, storybooks and, where
	// they have one part only, in comments they rule nothing.
	paths []string
}

// everyShops are paths of its Handler that are not its own, each with its reason.
var everyShops = map[string]string{
	"/":            "it is every site's front page",
	"/favicon.ico": "browsers ask every site for it",
}

// learn reads the toy shop's sources.
func learn(t *tree) (toy toyShop, faults []string) {
	toy.words = []string{"toyshop", "toypay"}
	for _, p := range t.packages {
		if p.dir != "internal/toyshop" {
			continue
		}
		names := len(toy.words)
		for _, f := range p.code() {
			if isImitation(f.name) {
				continue
			}
			ast.Inspect(f.ast, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Name.Name == "Handler" {
						toy.paths = append(toy.paths, p.routes(n)...)
					}
				case *ast.CompositeLit:
					toy.words = append(toy.words, p.cookieName(n)...)
				case *ast.CallExpr:
					toy.words = append(toy.words, p.fieldName(n)...)
				}
				return true
			})
		}
		if len(toy.paths) == 0 || len(toy.words) == names {
			faults = append(faults, p.dir+": no paths of a Handler or no cookie found: learn in internal/arch must be taught how it writes them now")
		}
	}
	for _, list := range []*[]string{&toy.words, &toy.paths} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	// The longest first: it says most.
	slices.SortStableFunc(toy.paths, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return toy, faults
}

// isImitation reports whether a file of the toy shop says how another shop does it,
// or what any careless shop believes.
func isImitation(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "as_") || base == "gullible.go"
}

// lends reports whether a file may name the package of the toy shop: a test that
// has its imitations play in a story, or that starts it as any program in a container.
func lends(name string) bool {
	return (strings.HasPrefix(name, "internal/scenario/") || strings.HasPrefix(name, "internal/fleet/docker/")) && strings.HasSuffix(name, "_test.go")
}

// routes are the paths a function gives to a mux, "GET /produkt/{slug}" as
// "/produkt/".
func (p *pkg) routes(fn *ast.FuncDecl) (paths []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 2 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Handle" && sel.Sel.Name != "HandleFunc" {
			return true
		}
		pattern := p.text(call.Args[0])
		if at := strings.IndexByte(pattern, '/'); at >= 0 {
			route, _, _ := strings.Cut(pattern[at:], "{")
			if everyShops[route] == "" {
				paths = append(paths, route)
			}
		}
		return true
	})
	return paths
}

// cookieName is the name in a literal of http.Cookie.
func (p *pkg) cookieName(lit *ast.CompositeLit) []string {
	if lit.Type == nil || types.ExprString(lit.Type) != "http.Cookie" {
		return nil
	}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && types.ExprString(kv.Key) == "Name" {
			return lowerOf(p.text(kv.Value))
		}
	}
	return nil
}

// fieldName is a header field of the shop's own that a call sets or reads:
// those begin with X-, and not all that do are its own.
func (p *pkg) fieldName(call *ast.CallExpr) []string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 || !slices.Contains([]string{"Get", "Set", "Add"}, sel.Sel.Name) {
		return nil
	}
	name := strings.ToLower(p.text(call.Args[0]))
	if !strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "x-forwarded-") || slices.Contains([]string{"x-requested-with", "x-content-type-options", "x-request-id"}, name) {
		return nil
	}
	return []string{name}
}

func lowerOf(s string) []string {
	if s == "" {
		return nil
	}
	return []string{strings.ToLower(s)}
}

// text is the value of a string literal or of a constant of the package, or "".
func (p *pkg) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.Ident:
		if c, ok := p.info.Uses[e].(*types.Const); ok && c.Val().Kind() == constant.String {
			return constant.StringVal(c.Val())
		}
	}
	return ""
}

// noToyShop: no rule knows the toy shop.
func noToyShop(t *tree) []string {
	toy, out := learn(t)
	code := map[string]*file{}
	for _, p := range t.packages {
		for _, f := range p.files {
			code[f.name] = f
		}
	}
	for _, f := range t.texts {
		inCode := strings.HasPrefix(f.name, "internal/") || strings.HasSuffix(f.name, ".go")
		if !inCode || slices.ContainsFunc([]string{"internal/toyshop/", "internal/arch/", "cmd/", "bench/", "e2e/"}, func(p string) bool { return strings.HasPrefix(f.name, p) }) {
			continue
		}
		known := map[int]string{} // by line
		for n, line := range lines(f.body) {
			lower := strings.ToLower(line)
			for _, w := range toy.words {
				if strings.Contains(lower, w) && !(w == "toyshop" && lends(f.name)) {
					known[n] = w
				}
			}
		}
		if !isSample(f.name) {
			toy.inText(f, code[f.name], known)
		}
		for _, n := range sortedKeys(known) {
			out = append(out, fmt.Sprintf("%s:%d: knows the toy shop by %q: cmd hands it in as a value", f.name, n, known[n]))
		}
	}
	return out
}

// isSample reports whether what a file holds rules nothing.
func isSample(name string) bool {
	return strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") ||
		slices.Contains([]string{"story.go", "storybook.go"}, path.Base(name))
}

// inText finds the toy shop's paths: in the string literals of Go, in every line
// of other files, and, where they have several parts, in Go's comments as well.
func (toy toyShop) inText(f text, code *file, known map[int]string) {
	for _, w := range toy.paths {
		is := regexp.MustCompile(regexp.QuoteMeta(w) + `(?:$|[^a-z0-9_-])`)
		if strings.HasSuffix(w, "/") {
			is = regexp.MustCompile(regexp.QuoteMeta(w))
		}
		if code == nil || strings.Count(strings.Trim(w, "/"), "/") > 0 {
			for n, line := range lines(f.body) {
				if known[n] == "" && is.MatchString(strings.ToLower(line)) {
					known[n] = w
				}
			}
			continue
		}
		ast.Inspect(code.ast, func(n ast.Node) bool {
			if _, ok := n.(*ast.ImportSpec); ok {
				return false
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, _ := strconv.Unquote(lit.Value)
				if at := code.fset.Position(lit.Pos()).Line; known[at] == "" && is.MatchString(strings.ToLower(s)) {
					known[at] = w
				}
			}
			return true
		})
	}
}

func sortedKeys(m map[int]string) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// The list is read from the shop's sources; were they written in another way,
// it would be empty and forbid nothing.
func TestTheToyShopsOwnNamesAreFound(t *testing.T) {
	house, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	toy, faults := learn(house)
	if len(toy.paths) < 10 || len(toy.words) < 4 || len(faults) > 0 { // two names, a cookie, a field
		t.Errorf("paths %q, words %q, faults %q", toy.paths, toy.words, faults)
	}
	bare, err := load(fstest.MapFS{"internal/toyshop/shop.go": {Data: []byte("// Package toyshop is no shop any more.\npackage toyshop\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, faults := learn(bare); len(faults) != 1 {
		t.Errorf("of a shop without paths: %q", faults)
	}
}
