package arch

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var rewrite = flag.Bool("rewrite", false, "write what the planted trees are found guilty of; review it like code")

// rules are all rules about a tree. Each has a planted tree of its name.
var rules = map[string]func(*tree) []string{
	"directions":   directions,
	"purity":       purity,
	"doc":          oneDoc,
	"init":         noInit,
	"globals":      noGlobals,
	"length":       shortFiles,
	"toyshop":      noToyShop,
	"builderpaths": noBuilderPaths,
	"modules":      tidyModules,
}

func TestHouse(t *testing.T) {
	house, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(house.packages) < 5 {
		t.Fatalf("only %d packages", len(house.packages))
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, v := range rule(house) {
				t.Error(v)
			}
		})
	}
}

// Pure rooms, and nothing else, are tried without the race detector: they have no
// goroutine that could race.
func TestOnlyPureRoomsAreNotRaced(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for name, kind := range rooms {
		if kind == pure {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	if line := "PURE := " + strings.Join(want, "|") + "\n"; !strings.Contains(string(makefile), line) {
		t.Errorf("the Makefile has no line %q", line)
	}
}

// Each rule finds exactly what was planted for it, and nothing in a clean tree.
func TestEveryRuleCanFail(t *testing.T) {
	clean := plant(t, "testdata/clean.txtar")
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			if got := rule(clean.tree); len(got) > 0 {
				t.Errorf("in the clean tree:\n%s", strings.Join(got, "\n"))
			}
			file := "testdata/" + name + ".txtar"
			p := plant(t, file)
			got := strings.Join(rule(p.tree), "\n") + "\n"
			if *rewrite {
				p.rewrite(t, file, got)
				return
			}
			if p.want == "" {
				t.Fatal("nothing is planted")
			}
			if diff := cmp.Diff(p.want, got); diff != "" {
				t.Errorf("-planted +found:\n%s", diff)
			}
		})
	}
}

type planted struct {
	tree    *tree
	want    string
	archive *txtar.Archive
}

// plant reads a tree from an archive; its file "want" is what must be found.
func plant(t *testing.T, file string) planted {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := planted{archive: a}
	files := fstest.MapFS{}
	for _, f := range a.Files {
		if f.Name == "want" {
			p.want = string(f.Data)
			continue
		}
		data := f.Data
		// A file can be made long without being long here.
		if i := strings.Index(string(data), "// and 700 lines more\n"); i >= 0 {
			data = append(data, strings.Repeat("\n", 700)...)
		}
		files[f.Name] = &fstest.MapFile{Data: data}
	}
	if p.tree, err = load(files); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p planted) rewrite(t *testing.T, file, got string) {
	t.Helper()
	p.archive.Files = slices.DeleteFunc(p.archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	p.archive.Files = append(p.archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(file, txtar.Format(p.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLinkedModules(t *testing.T) {
	list, err := os.ReadFile("../../cmd/falochron/deps.txt")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./cmd/falochron")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := slices.DeleteFunc(strings.Fields(string(out)), func(m string) bool { return m == module })
	slices.Sort(linked)
	for _, v := range linkedModules(string(list), slices.Compact(linked)) {
		t.Error(v)
	}
}

func TestLinkedModulesCanFail(t *testing.T) {
	got := linkedModules("b\na\ngone\n", []string{"a", "b", "new"})
	want := []string{
		"new is linked, but not in cmd/falochron/deps.txt: add it, and say in the commit why it is needed",
		"gone is in cmd/falochron/deps.txt, but not linked: take it out",
		"cmd/falochron/deps.txt is not sorted",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
