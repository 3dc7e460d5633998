package plan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
)

// usedKinds are all kinds of reasons that the code can make: literals given to a field
// or variable named Kind or kind, and what is composed of them.
func usedKinds(t *testing.T) (out []string) {
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := func(e ast.Expr) string {
		l, ok := e.(*ast.BasicLit)
		if !ok || l.Kind != token.STRING {
			return ""
		}
		s, err := strconv.Unquote(l.Value)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	add := func(e ast.Expr) {
		s := literal(e)
		if b, ok := e.(*ast.BinaryExpr); ok {
			s = literal(b.X)
		}
		ends := []string{""}
		switch {
		case s == "" || s == "?":
			return
		case strings.HasPrefix(s, "window-"):
			ends = []string{string(Freeze), string(Purge), string(Sync), string(Release)}
		case s == "found-":
			ends = []string{
				FoundStatus, FoundElsewhere, FoundOtherPage, FoundNoPage, FoundNoIndex, FoundSoldOut, FoundSilent, FoundNotHTML, FoundEndless, FoundPrice,
				FoundPrices, FoundNoPrice, FoundBeforeCode, FoundRefused, FoundNoCart, FoundNotKnown, FoundNoWord, FoundStale, FoundWithoutLink,
			}
		case s == "capacity-" || s == "capacity-known-":
			ends = []string{string(Observed), string(Rehearsed)}
			if s == "capacity-" {
				ends = append(ends, string(Told))
			}
		case s == "clash-":
			ends = []string{string(HostClash), string(EveningClash), string(TooNear), string(PurgeInWave), string(SyncInWave), string(LateRelease), string(FreezeTooSoon)}
		case strings.HasSuffix(s, "-"):
			ends = []string{string(LinkCheck), string(PriceCheck), string(CouponCheck)}
		}
		for _, end := range ends {
			out = append(out, s+end)
		}
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if id, ok := n.Type.(*ast.Ident); ok && id.Name == "Reason" {
					for _, e := range n.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "Kind" {
							add(kv.Value)
						}
					}
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					sel, ok := left.(*ast.SelectorExpr)
					id, plain := left.(*ast.Ident)
					if i < len(n.Rhs) && (ok && sel.Sel.Name == "Kind" || plain && id.Name == "kind" && strings.HasPrefix(literal(n.Rhs[i]), "window-")) {
						add(n.Rhs[i])
					}
				}
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "reason" {
					add(n.Args[1])
				}
			}
			return true
		})
	}
	return out
}
