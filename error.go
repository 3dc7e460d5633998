package falochron

import (
	"errors"
	"net/http"
	"strings"
)

// Kind sorts errors by who has to do something about them. Append only: kinds
// go over the wire.
type Kind uint8

// The kinds.
const (
	Internal    Kind = iota // our own fault
	Invalid                 // the input is wrong; the hint says what to write instead
	NotFound                // there is no such thing
	Conflict                // it is taken, or changed meanwhile
	Denied                  // the caller may not
	Unavailable             // something we need is not there now
	TooMany                 // the caller does too much at once; in a while he may again
)

var kindNames = [...]string{"internal", "invalid", "not found", "conflict", "denied", "unavailable", "too many"}

// String returns the kind's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Status is the HTTP status of a kind. This is the only table of its sort.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusBadRequest
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Denied:
		return http.StatusForbidden
	case Unavailable:
		return http.StatusServiceUnavailable
	case TooMany:
		return http.StatusTooManyRequests
	default:
		return http.StatusInternalServerError
	}
}

// Error is the one error that crosses rooms. Visitors see Public; operators see
// everything; the request id joins the two.
type Error struct {
	Kind   Kind
	Op     string // what we were doing, lowercase: "open data folder"
	Public string // safe to show to anybody
	Hint   string // what to do next, for the person at the keyboard
	Err    error  // cause, for operators
}

// Error renders op, public text, cause and hint on one line.
func (e *Error) Error() string {
	var b strings.Builder
	part := func(s string) {
		if s == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(s)
	}
	part(e.Op)
	part(e.Public)
	if e.Err != nil {
		part(e.Err.Error())
	}
	if b.Len() == 0 {
		b.WriteString(e.Kind.String())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first [Error] in err's chain, or [Internal].
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// HintOf returns the hint of the first [Error] in err's chain, or "".
func HintOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Hint
	}
	return ""
}
