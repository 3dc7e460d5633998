package arch

import (
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// tidyModules: each go.mod says which modules the code of its folder imports:
// those, and no others, stand there without "// indirect". It is the part of
// `go mod tidy -diff` that a reader relies on and that can be checked without
// a network: tidy itself wants the tests of every module there is.
func tidyModules(t *tree) []string {
	var out []string
	for _, f := range t.texts {
		if path.Base(f.name) != "go.mod" || strings.Contains(f.name, "testdata/") {
			continue
		}
		own, required := readMod(f.body)
		used := map[string]string{} // module to a file that imports it
		for _, code := range t.codeOf(path.Dir(f.name)) {
			parsed, err := parser.ParseFile(token.NewFileSet(), code.name, code.body, parser.ImportsOnly)
			if err != nil {
				out = append(out, err.Error())
				continue
			}
			for _, spec := range parsed.Imports {
				name, _ := strconv.Unquote(spec.Path.Value)
				m := moduleOf(name, required)
				switch {
				case name == own || strings.HasPrefix(name, own+"/") && m == "", !strings.Contains(strings.SplitN(name, "/", 2)[0], "."):
				case m == "":
					out = append(out, fmt.Sprintf("%s: imports %s, which no module in %s has: run go mod tidy", code.name, name, f.name))
				case used[m] == "":
					used[m] = code.name
				}
			}
		}
		for _, r := range required {
			switch by := used[r.path]; {
			case r.indirect && by != "":
				out = append(out, fmt.Sprintf("%s:%d: %s is imported by %s and marked // indirect: run go mod tidy", f.name, r.line, r.path, by))
			case !r.indirect && by == "":
				out = append(out, fmt.Sprintf("%s:%d: %s is imported by nobody: run go mod tidy", f.name, r.line, r.path))
			}
		}
	}
	return out
}

// codeOf lists the Go files of the module in dir.
func (t *tree) codeOf(dir string) []text {
	var inner []string // folders with modules of their own
	for _, f := range t.texts {
		if d := path.Dir(f.name); path.Base(f.name) == "go.mod" && d != dir && d != "." {
			inner = append(inner, d+"/")
		}
	}
	var code []text
	for _, f := range t.texts {
		in := dir == "." || strings.HasPrefix(f.name, dir+"/")
		if !in || path.Ext(f.name) != ".go" || slices.Contains(strings.Split(f.name, "/"), "testdata") ||
			slices.ContainsFunc(inner, func(d string) bool { return strings.HasPrefix(f.name, d) }) {
			continue
		}
		code = append(code, f)
	}
	return code
}

// requirement is one line of a go.mod.
type requirement struct {
	path     string
	indirect bool
	line     int
}

func readMod(body string) (own string, required []requirement) {
	block := "" // the directive whose block we are in
	for n, line := range lines(body) {
		code, comment, _ := strings.Cut(line, "//")
		words := strings.Fields(code)
		switch {
		case len(words) == 0:
			continue
		case words[0] == ")":
			block = ""
			continue
		case len(words) == 2 && words[1] == "(":
			block = words[0]
			continue
		case block != "":
			words = append([]string{block}, words...)
		}
		switch {
		case words[0] == "module" && len(words) == 2:
			own = words[1]
		case words[0] == "require" && len(words) == 3:
			required = append(required, requirement{words[1], strings.TrimSpace(comment) == "indirect", n})
		}
	}
	return own, required
}

// moduleOf is the required module an import belongs to, "" for none.
func moduleOf(name string, required []requirement) (longest string) {
	for _, r := range required {
		if (name == r.path || strings.HasPrefix(name, r.path+"/")) && len(r.path) > len(longest) {
			longest = r.path
		}
	}
	return longest
}
