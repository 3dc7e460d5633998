package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// maxLines is the longest a Go file may be. The rule of thumb is 150.
const maxLines = 600

// oneDoc: every package has exactly one doc comment.
func oneDoc(t *tree) []string {
	var out []string
	for _, p := range t.packages {
		code := p.code()
		if len(code) == 0 {
			continue
		}
		var docs []string
		for _, f := range code {
			if f.ast.Doc == nil {
				continue
			}
			docs = append(docs, f.name)
			want := "Package " + f.ast.Name.Name + " "
			if f.ast.Name.Name == "main" {
				want = "Command " + path.Base(p.dir) + " "
			}
			if !strings.HasPrefix(f.ast.Doc.Text(), want) {
				out = append(out, fmt.Sprintf("%s: the package comment does not begin with %q", f.name, want))
			}
		}
		if len(docs) != 1 {
			out = append(out, fmt.Sprintf("%s: %d package comments, wants one: %s", p.dir, len(docs), strings.Join(docs, " ")))
		}
	}
	return out
}

// noInit: cmd wires by hand, where it can be read.
func noInit(t *tree) []string {
	var out []string
	for _, p := range t.packages {
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					out = append(out, f.at(fn)+": func init: cmd wires by hand")
				}
			}
		}
	}
	return out
}

// shortFiles: a file holds one idea.
func shortFiles(t *tree) []string {
	var out []string
	for _, p := range t.packages {
		for _, f := range p.files {
			if f.lines > maxLines {
				out = append(out, fmt.Sprintf("%s: %d lines, at most %d: split it by ideas", f.name, f.lines, maxLines))
			}
		}
	}
	return out
}

// settled are calls whose result nobody can change.
var settled = []string{
	"errors.New", "regexp.MustCompile", "html/template.Must", "strings.NewReplacer", "reflect.TypeFor", "time.Date", "time.Unix",
	"net/netip.MustParsePrefix", "net/netip.MustParseAddr", "golang.org/x/text/language.NewMatcher",
	"encoding/base64.RawURLEncoding.Strict",
	"log.New",                         // of a server that must keep silent; nobody sets its output later
	module + "/internal/control.desc", // names a metric
}

// linked are variables that the linker of a release sets.
var linked = map[string]string{"cmd/falochron": "version"}

// noGlobals: state has an owner. A package-level variable may be a table, an
// error, a pattern or an embedded file, and nothing may assign to it.
func noGlobals(t *tree) []string {
	var out []string
	for _, p := range t.packages {
		for _, f := range p.code() {
			for _, d := range f.ast.Decls {
				decl, ok := d.(*ast.GenDecl)
				if !ok || decl.Tok != token.VAR {
					continue
				}
				for _, s := range decl.Specs {
					if spec := s.(*ast.ValueSpec); !isTable(p, decl, spec) {
						out = append(out, fmt.Sprintf("%s: var %s: state needs an owner; allowed are tables, errors, patterns and embedded files", f.at(spec), spec.Names[0].Name))
					}
				}
			}
			out = append(out, p.assignments(f)...)
		}
	}
	return out
}

func isTable(p *pkg, decl *ast.GenDecl, spec *ast.ValueSpec) bool {
	if slices.ContainsFunc(spec.Names, func(id *ast.Ident) bool { return id.Name != "_" && linked[p.dir] == id.Name }) {
		return true
	}
	if strings.Contains(rawComments(decl.Doc)+rawComments(spec.Doc), "//go:embed ") {
		return true
	}
	if spec.Names[0].Name == "_" {
		return true // a promise to the compiler
	}
	return len(spec.Values) > 0 && !slices.ContainsFunc(spec.Values, func(v ast.Expr) bool { return !p.isSettled(v) })
}

func (p *pkg) isSettled(v ast.Expr) bool {
	switch v := v.(type) {
	case *ast.CompositeLit:
		return !strings.HasPrefix(types.ExprString(v.Type), "sync.")
	case *ast.UnaryExpr:
		_, literal := v.X.(*ast.CompositeLit)
		return literal && p.isSettled(v.X)
	case *ast.FuncLit:
		return true
	case *ast.CallExpr:
		return slices.Contains(settled, p.called(v.Fun))
	}
	return false
}

// called is the full name of a called function, "errors.New".
func (p *pkg) called(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.IndexExpr: // of a type
		return p.called(fun.X)
	case *ast.Ident:
		return module + "/" + p.dir + "." + fun.Name
	case *ast.SelectorExpr:
		if method, ok := fun.X.(*ast.SelectorExpr); ok {
			return p.called(method) + "." + fun.Sel.Name
		}
		if id, ok := fun.X.(*ast.Ident); ok {
			if name, ok := p.info.Uses[id].(*types.PkgName); ok {
				return name.Imported().Path() + "." + fun.Sel.Name
			}
		}
	}
	return ""
}

// rawComments keeps directives, which Text drops.
func rawComments(g *ast.CommentGroup) string {
	var b strings.Builder
	if g != nil {
		for _, c := range g.List {
			b.WriteString(c.Text + "\n")
		}
	}
	return b.String()
}

// assignments lists where f changes a package-level variable.
func (p *pkg) assignments(f *file) []string {
	var out []string
	change := func(e ast.Expr) {
		for {
			switch x := e.(type) {
			case *ast.IndexExpr:
				e = x.X
				continue
			case *ast.SelectorExpr:
				e = x.X
				continue
			case *ast.ParenExpr:
				e = x.X
				continue
			case *ast.Ident:
				if v, ok := p.info.Uses[x].(*types.Var); ok && p.types != nil && v.Parent() == p.types.Scope() {
					out = append(out, fmt.Sprintf("%s: changes the package-level %s", f.at(x), x.Name))
				}
			}
			return
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					change(e)
				}
			}
		case *ast.IncDecStmt:
			change(n.X)
		}
		return true
	})
	return out
}
