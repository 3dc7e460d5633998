package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the path of the module whose tree is judged.
const module = "github.com/falochron/falochron"

// tree is a source tree as the rules see it.
type tree struct {
	packages []*pkg
	texts    []text // every text file, Go or not
}

// pkg is one folder with Go files.
type pkg struct {
	dir   string // "." for the root, "internal/edge/page"
	room  string // "" for the root, "cmd", "edge"
	files []*file
	info  *types.Info // uses of names in non-test files
	types *types.Package
}

type file struct {
	name  string
	test  bool
	lines int
	ast   *ast.File
	fset  *token.FileSet
}

type text struct{ name, body string }

// load reads a tree. Folders with a go.mod of their own are other modules:
// their Go files are not judged, their texts are.
func load(fsys fs.FS) (*tree, error) {
	t := &tree{}
	byDir := map[string]*pkg{}
	fset := token.NewFileSet()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != "." && (base == ".git" || base == "bin" || base == "node_modules" || base == "falochron-data") {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || base == ".git" { // a file in a linked worktree
			return nil
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if strings.IndexByte(string(body[:min(len(body), 8000)]), 0) < 0 {
			t.texts = append(t.texts, text{name, string(body)})
		}
		if path.Ext(name) != ".go" || slices.Contains(strings.Split(name, "/"), "testdata") || otherModule(fsys, name) {
			return nil
		}
		p := byDir[path.Dir(name)]
		if p == nil {
			p = &pkg{dir: path.Dir(name), room: roomOf(path.Dir(name))}
			byDir[p.dir] = p
			t.packages = append(t.packages, p)
		}
		parsed, err := parser.ParseFile(fset, name, body, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p.files = append(p.files, &file{
			name: name, test: strings.HasSuffix(name, "_test.go"),
			lines: strings.Count(string(body), "\n"), ast: parsed, fset: fset,
		})
		return nil
	})
	for _, p := range t.packages {
		p.resolve(fset)
	}
	return t, err
}

func otherModule(fsys fs.FS, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, err := fs.Stat(fsys, dir+"/go.mod"); err == nil {
			return true
		}
	}
	return false
}

// roomOf is the room a folder belongs to: the second part below internal.
func roomOf(dir string) string {
	parts := strings.Split(dir, "/")
	switch {
	case dir == ".":
		return ""
	case parts[0] == "internal" && len(parts) > 1:
		return parts[1]
	default:
		return parts[0]
	}
}

// resolve finds out which declaration each name of the package means. Imported
// packages are taken as empty, so their names stay unknown; which package a
// qualifier means is all the rules need.
func (p *pkg) resolve(fset *token.FileSet) {
	p.info = &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	var files []*ast.File
	for _, f := range p.files {
		if !f.test {
			files = append(files, f.ast)
		}
	}
	conf := types.Config{Importer: empty{}, Error: func(error) {}}
	p.types, _ = conf.Check(module+"/"+p.dir, fset, files, p.info) // errors are expected: the imports are empty
}

// empty imports every package as one without names.
type empty struct{}

func (empty) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, packageName(name))
	p.MarkComplete()
	return p, nil
}

// packageName guesses the name from the path, as people do: the last part,
// without a major version.
func packageName(name string) string {
	base := path.Base(name)
	if strings.HasPrefix(base, "v") && strings.Trim(base[1:], "0123456789") == "" && base != "v" {
		base = path.Base(path.Dir(name))
	}
	return base
}

// imports lists what a file imports.
func (f *file) imports() []string {
	var out []string
	for _, spec := range f.ast.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, name)
		}
	}
	return out
}

// at is a place as people and editors know it.
func (f *file) at(n ast.Node) string {
	p := f.fset.Position(n.Pos())
	return p.Filename + ":" + strconv.Itoa(p.Line)
}

// code lists the package's files that end up in a program.
func (p *pkg) code() []*file {
	return slices.DeleteFunc(slices.Clone(p.files), func(f *file) bool { return f.test })
}

// calls lists uses of names of other packages, "time.Now", in f.
func (p *pkg) calls(f *file, visit func(n ast.Node, pkgPath, name string)) {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := sel.X.(*ast.Ident); ok {
			if name, ok := p.info.Uses[id].(*types.PkgName); ok {
				visit(sel, name.Imported().Path(), sel.Sel.Name)
			}
		}
		return true
	})
}
