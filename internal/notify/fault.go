package notify

import (
	"strings"

	"github.com/falochron/falochron"
)

// Fault is one thing wrong with an address or a message. It never holds a value: that
// could be a secret.
type Fault struct {
	Part string // "token", "to": where
	What string // "is missing", "must be digits"
	Hint string // what to write instead
}

// Faults are all that is wrong, in the order of the text. It is an error only when it
// is not empty.
type Faults []Fault

func (fs *Faults) add(part, what, hint string) { *fs = append(*fs, Fault{part, what, hint}) }

// err is fs as an error, nil if there is no fault.
func (fs Faults) err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// Error renders one fault in a line, several in a line each.
func (fs Faults) Error() string {
	if len(fs) == 1 {
		return fs[0].Part + " " + fs[0].What
	}
	var b strings.Builder
	for _, f := range fs {
		b.WriteString("\n    " + f.Part + " " + f.What)
		if f.Hint != "" {
			b.WriteString(": " + f.Hint)
		}
	}
	return b.String()
}

// refused is the error of a person at a keyboard or of a stranger's form.
func (fs Faults) refused(op string) error {
	if len(fs) == 0 {
		return nil
	}
	hint := fs[0].Hint
	if len(fs) > 1 {
		hint = "each line above says what to write"
	}
	return &falochron.Error{Kind: falochron.Invalid, Op: op, Err: fs, Hint: hint}
}
