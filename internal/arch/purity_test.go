package arch

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// impure are packages a pure room may not import, each with its reason.
var impure = map[string]string{
	"net":             "I/O belongs to shells",
	"net/http":        "I/O belongs to shells",
	"os":              "I/O belongs to shells",
	"io/fs":           "I/O belongs to shells",
	"syscall":         "I/O belongs to shells",
	"log":             "a decision leaves as a value with a reason, not as a line",
	"log/slog":        "a decision leaves as a value with a reason, not as a line",
	"sync":            "a pure room has a single owner; a lock would hide a second",
	"sync/atomic":     "a pure room has a single owner; an atomic would hide a second",
	"math/rand":       "chance comes in as a seeded source of math/rand/v2",
	"crypto/rand":     "chance comes in as a seeded source, or nobody can replay it",
	"runtime":         "what the machine does is no input",
	"context":         "a pure room never waits, so nothing can be called off",
	"testing":         "tests are tests",
	"database/sql":    "I/O belongs to shells",
	"os/exec":         "I/O belongs to shells",
	"testing/fstest":  "tests are tests",
	"runtime/debug":   "what the machine does is no input",
	"runtime/metrics": "what the machine does is no input",
}

// excepted are imports of pure rooms that only look impure.
var excepted = map[string][]string{
	"fresh":  {"net/http"}, // Header is a map with rules of its own, no I/O
	"preset": {"net/http"},
}

// clock are the functions of time by which a pure room would have a clock.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// seeded are what math/rand/v2 offers without its hidden global source.
var seeded = []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf"}

// purity: no goroutine, no clock, no I/O, no logging, no lock.
func purity(t *tree) []string {
	var out []string
	for _, p := range t.packages {
		if k, isRoom := rooms[p.room]; !isRoom || k != pure {
			continue
		}
		for _, f := range p.code() {
			for _, name := range f.imports() {
				if why := impure[name]; why != "" && !slices.Contains(excepted[p.room], name) {
					out = append(out, fmt.Sprintf("%s: imports %s: %s", f.name, name, why))
				}
			}
			p.calls(f, func(n ast.Node, pkgPath, name string) {
				switch {
				case pkgPath == "time" && slices.Contains(clock, name):
					out = append(out, fmt.Sprintf("%s: time.%s: time comes in as now", f.at(n), name))
				case pkgPath == "math/rand/v2" && !slices.Contains(seeded, name):
					out = append(out, fmt.Sprintf("%s: rand.%s: chance comes in as a seeded source", f.at(n), name))
				case pkgPath == "unsafe" && name != "Sizeof":
					out = append(out, fmt.Sprintf("%s: unsafe.%s: only sizes may be asked", f.at(n), name))
				case pkgPath == "net/http" && !strings.HasPrefix(name, "Header") && !isNoun(name):
					out = append(out, fmt.Sprintf("%s: http.%s: only header fields, methods, statuses and dates are no I/O", f.at(n), name))
				}
			})
			ast.Inspect(f.ast, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					out = append(out, f.at(n)+": go statement: a pure room has a single owner")
				case *ast.ChanType:
					out = append(out, f.at(n)+": channel: a pure room has a single owner")
				}
				return true
			})
		}
	}
	return out
}

// isNoun reports whether a name of net/http is a word, not a machine.
func isNoun(name string) bool {
	return strings.HasPrefix(name, "Method") || strings.HasPrefix(name, "Status") ||
		slices.Contains([]string{"ParseTime", "TimeFormat", "CanonicalHeaderKey", "Request", "Cookie", "ParseCookie", "SameSiteLaxMode"}, name)
}
