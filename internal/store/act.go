package store

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/falochron/falochron"
)

// Bounds of what is kept, so that nobody can fill the memory of who reads it.
const (
	MaxBody = 1 << 20 // bytes of a body
	MaxWord = 200     // bytes of a stream, actor, kind, key or lane
	MaxActs = 1000    // acts, and messages, of one call
)

// Act is something that somebody did, as it is kept for ever.
type Act struct {
	// Seq is its place in the log: 1, 2, 3 … without a gap. [Store.Append] gives
	// it; what stands here before is not looked at.
	Seq uint64 `json:"seq"`
	// At is when it was done, by the clock of who appended it: microseconds, UTC.
	At time.Time `json:"at"`
	// Stream says what it belongs to, as a campaign; empty: nothing in particular.
	Stream string `json:"stream,omitempty"`
	// Actor is who did it; empty: nobody, as a clock.
	Actor string `json:"actor,omitempty"`
	// Kind says how to read the body. It is never empty.
	Kind string `json:"kind"`
	// Body is the act itself, at most [MaxBody] bytes.
	Body []byte `json:"body,omitempty"`
}

func (a *Act) check() error {
	for name, word := range map[string]string{"stream": a.Stream, "actor": a.Actor, "kind": a.Kind} {
		if err := checkWord(name, word); err != nil {
			return err
		}
	}
	if a.Kind == "" {
		return invalid("an act without a kind")
	}
	if len(a.Body) > MaxBody {
		return invalid(fmt.Sprintf("the body of an act has %d bytes, at most %d are kept", len(a.Body), MaxBody))
	}
	return checkTime("the time of an act", a.At)
}

// checkWord: PostgreSQL keeps no NUL and no broken UTF-8 in texts, so SQLite
// does not either, or a backup would not move from one to the other.
func checkWord(name, word string) error {
	switch {
	case len(word) > MaxWord:
		return invalid(fmt.Sprintf("%s has %d bytes, at most %d are kept", name, len(word), MaxWord))
	case !utf8.ValidString(word) || strings.ContainsRune(word, 0):
		return invalid(fmt.Sprintf("%s %q is no text", name, word))
	}
	return nil
}

// checkTime keeps times to years that JSON and both engines can write.
func checkTime(what string, t time.Time) error {
	if y := t.UTC().Year(); y < 1970 || y > 9999 {
		return invalid(fmt.Sprintf("%s is in the year %d", what, y))
	}
	return nil
}

func invalid(what string) error {
	return &falochron.Error{
		Kind: falochron.Invalid, Op: "write to the plan's store", Public: what,
		Hint: "nothing was written; this is a fault of the program that wrote it, please report it",
	}
}

// micros and moment are how times are kept: microseconds since 1970, the same
// number in both engines.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
