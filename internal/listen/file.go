package listen

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/falochron/falochron/internal/plan"
)

// Bounds of a file.
const (
	MaxFile   = 1 << 20 // bytes
	MaxRows   = 500     // posts and evenings
	MaxFaults = 100     // that are told one by one
)

// Options are what a file does not say itself.
type Options struct {
	Zone     *time.Location                       // of the shop: moments without a zone are told by its clock
	Zones    func(string) (*time.Location, error) // finds the zones that a calendar names
	Campaign string                               // of what names none; empty: such rows are at fault
	Language plan.Language                        // in which faults are told; empty is English
	Channels []string                             // that are known; a post may name no other, or none. Empty: any
}

// Item is one post or evening that a file announces.
type Item struct {
	Line     int    // where it stands, from 1
	Campaign string // its name
	// Source names it for good: by the file's own id, or by what it is.
	Source    plan.Source
	IsEvening bool
	Post      plan.Post    // without its id and source
	Evening   plan.Evening // without its id and source
	Cancelled bool         // it will not be
}

// Name is how people call it.
func (i *Item) Name() string {
	switch {
	case i.IsEvening:
		return i.Evening.Name
	case i.Post.Name != "":
		return i.Post.Name
	}
	return strings.TrimSpace(i.Post.Channel + " " + i.Post.Account)
}

// Fault is one thing that is wrong with a file.
type Fault struct {
	Line    int    `json:"line"`             // from 1
	Column  string `json:"column,omitempty"` // of a table its column, of a calendar its property; empty: the whole line
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// File is what was read.
type File struct {
	Items  []Item
	Faults []Fault // in the order of lines; none: all of it was understood
	Left   int     // faults that are left out

	lang plan.Language // of the faults
}

// fault notes what is wrong, as long as it can be told.
func (f *File) fault(line int, column, hint, format string, args ...any) {
	if len(f.Faults) == MaxFaults {
		f.Left++
		return
	}
	f.Faults = append(f.Faults, Fault{line, column, fmt.Sprintf(f.in(format), args...), f.in(hint)})
}

// Read reads a file of posts and evenings, a table or a calendar, whatever it is. It
// finds all faults, and reads no more than the bounds.
func Read(b []byte, o Options) File {
	f := File{lang: o.Language}
	switch text := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\ufeff")), " \t\r\n"); {
	case len(b) > MaxFile:
		f.fault(1, "", "split it into several files", "the file is longer than %d bytes", MaxFile)
	case bytes.HasPrefix(b, []byte("\xff\xfe")), bytes.HasPrefix(b, []byte("\xfe\xff")), !utf8.Valid(b):
		f.fault(1, "", "save it anew, in Excel as “CSV UTF-8 (comma delimited)”", "the file is not written in UTF-8")
	case len(text) == 0:
		f.fault(1, "", "docs/news.md says what is read", "the file is empty")
	case len(text) >= 15 && strings.EqualFold(string(text[:15]), "BEGIN:VCALENDAR"):
		f.calendar(b, &o)
	default:
		f.table(b, &o)
	}
	return f
}

// channel refuses one of which nobody could say how many come.
func (f *File) channel(line int, column, name string, o *Options) {
	if name != "" && len(o.Channels) > 0 && !slices.Contains(o.Channels, name) {
		f.fault(line, column, f.in("take the one most like it: ")+strings.Join(o.Channels, ", "), "the channel %q is not known", cut(name))
	}
}

// add takes an item in, once: a file that says the same twice is at fault.
func (f *File) add(i Item, key, column string, seen map[string]int) {
	if i.Campaign == "" {
		f.fault(i.Line, "campaign", "add a column campaign, or say the campaign of the whole file", "the campaign is missing")
		return
	}
	if key == "" {
		key = "row:" + i.nature()
	} else if utf8.RuneCountInString(key) > 200 {
		key = "sha256:" + digest([]byte(key))
	}
	if line, twice := seen[key]; twice {
		f.fault(i.Line, column, "say each post once", "this is line %d again", line)
		return
	}
	seen[key] = i.Line
	i.Source = plan.Source{Key: key, Print: i.print()}
	if len(f.Items) == MaxRows {
		f.fault(i.Line, "", "split it into several files", "there are more than %d posts and evenings", MaxRows)
		return
	}
	f.Items = append(f.Items, i)
}

// nature is what a row without an id is known by: campaign, kind, name, channel,
// account and minute. If one of them changes it is another one.
func (i *Item) nature() string {
	at, kind := i.Post.At, "post"
	if i.IsEvening {
		at, kind = i.Evening.Start, "evening"
	}
	raw, _ := json.Marshal([]string{i.Campaign, kind, i.Name(), i.Post.Channel, i.Post.Account, at.UTC().Format("2006-01-02T15:04")}) // strings always can
	return digest(raw)
}

// print is the same as long as nothing of the item changes.
func (i *Item) print() string {
	p, e := i.Post, i.Evening
	p.At, e.Start = p.At.UTC(), e.Start.UTC()
	raw, err := json.Marshal([]any{i.Campaign, i.IsEvening, i.Cancelled, p, e})
	if err != nil { // a moment that JSON cannot write: the plan refuses it
		raw = fmt.Appendf(nil, "%+v", *i)
	}
	return digest(raw)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
