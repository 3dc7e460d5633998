package listen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/plan"
)

// Whatever is said of a file is said in Polish, too, with the same blanks, and nothing
// stands in the list that is never said.
func TestAllIsSaidInPolish(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, name := range []string{"file.go", "table.go", "calendar.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			first := map[string]int{"fault": 2, "bad": 1, "in": 0}
			if from, said := first[selName(sel, ok)]; said {
				for _, arg := range call.Args[from:min(from+2, len(call.Args))] {
					ast.Inspect(arg, func(n ast.Node) bool {
						if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
							if s, err := strconv.Unquote(l.Value); err == nil && s != "" && s != ", " && s != "post" && s != "evening" {
								used[s] = true
							}
						}
						return true
					})
				}
			}
			return true
		})
	}
	if len(used) < 50 {
		t.Fatalf("only %d texts were found", len(used))
	}
	for s := range used {
		said, known := polish[s]
		if !known {
			t.Errorf("%q is not said in Polish", s)
		}
		for _, blank := range []string{"%q", "%d", "%s"} {
			if strings.Count(s, blank) != strings.Count(said, blank) {
				t.Errorf("%q and %q have other blanks", s, said)
			}
		}
	}
	for s := range polish {
		if !used[s] {
			t.Errorf("%q is said nowhere", s)
		}
	}
}

func selName(sel *ast.SelectorExpr, ok bool) string {
	if !ok {
		return ""
	}
	return sel.Sel.Name
}

func TestFaultsInPolish(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Language = plan.Polish
	f := Read([]byte("kind,name,Termin,Kanał\nwieczór,A,jutro,tiktok\n"), o)
	var said []string
	for _, x := range f.Faults {
		said = append(said, x.Column+": "+x.Message+" ("+x.Hint+")")
	}
	if got, want := strings.Join(said, "\n"), "Kanał: wieczór nie ma pola channel (zostaw tę komórkę pustą)\nTermin: \"jutro\" to nie jest data z godziną (napisz 01.12.2026 20:00, 2026-12-01 20:00 albo 2026-12-01T20:00:00+01:00)\nlasts_minutes: brakuje wartości (ile trwa wieczór, w minutach)"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
