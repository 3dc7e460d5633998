package arch

import (
	"fmt"
	"slices"
	"strings"
)

// builderPaths are places of the machine something was built on. They are
// written in two parts, or this file would hold them.
var builderPaths = []string{"/" + "Users/", "/" + "root/", "/" + "home/"}

// noBuilderPaths: the tree says the same on every machine.
func noBuilderPaths(t *tree) []string {
	var out []string
	for _, f := range t.texts {
		if strings.HasPrefix(f.name, "internal/arch/testdata/") {
			continue
		}
		for n, line := range lines(f.body) {
			for _, w := range builderPaths {
				if at := strings.Index(line, w); at >= 0 && !partOfName(line, at) {
					out = append(out, fmt.Sprintf("%s:%d: holds the path %s of one machine", f.name, n, w))
				}
			}
		}
	}
	return out
}

// partOfName reports whether what begins at i goes on from a longer path, as in
// "https://shop.example/home/".
func partOfName(line string, i int) bool {
	if i == 0 {
		return false
	}
	c := line[i-1]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '}' || c == '_'
}

// lines numbers the lines of a text from 1.
func lines(body string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(body) {
			n++
			if !yield(n, line) {
				return
			}
		}
	}
}

// linkedModules compares the modules a program is linked from with the list
// that was agreed on.
func linkedModules(list string, linked []string) []string {
	var out []string
	agreed := strings.Fields(list)
	for _, m := range linked {
		if !slices.Contains(agreed, m) {
			out = append(out, fmt.Sprintf("%s is linked, but not in cmd/falochron/deps.txt: add it, and say in the commit why it is needed", m))
		}
	}
	for _, m := range agreed {
		if !slices.Contains(linked, m) {
			out = append(out, fmt.Sprintf("%s is in cmd/falochron/deps.txt, but not linked: take it out", m))
		}
	}
	if !slices.IsSorted(agreed) {
		out = append(out, "cmd/falochron/deps.txt is not sorted")
	}
	return out
}
