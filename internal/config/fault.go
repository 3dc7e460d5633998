package config

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing wrong with a configuration.
type Fault struct {
	File  string // file, or the flag it came from
	Line  int    // from 1; 0 when the fault has no line
	Col   int    // from 1, in characters
	Key   string // "shops[0].room.claim_window"; empty for the whole file
	Value string // as written; empty when there is none, or when it is secret
	Bound string // what it must be: "must be from 1m"
	Hint  string // what to write instead, or what is meant
}

// String renders the fault on one line, with its hint on a second.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Col)
	}
	for _, part := range []string{f.Key, f.Value, f.Bound} {
		if part != "" {
			b.WriteString(": ")
			b.WriteString(part)
		}
	}
	if f.Hint != "" {
		b.WriteString("\n    hint: ")
		b.WriteString(f.Hint)
	}
	return b.String()
}

// Faults are all that is wrong with a configuration, in the order of the file.
// It is an error only when it is not empty.
type Faults []Fault

// Error renders one fault after another, each from a new line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// sort puts the faults in the order in which a reader meets them.
func (fs Faults) sort() {
	slices.SortStableFunc(fs, func(a, b Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
}
