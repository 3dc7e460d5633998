package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/listen"
)

// maxBody is the largest request body read, in bytes. The longest honest one is
// a stock message with a long path.
const maxBody = 4 << 10

func answer(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: "encode the answer", Err: err}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the caller has gone: nobody to tell
	return nil
}

type fault struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// Faults are what is wrong with a file, one by one; Left how many are not told.
	Faults []listen.Fault `json:"faults,omitempty"`
	Left   int            `json:"left,omitempty"`
}

func answerFault(w http.ResponseWriter, status int, kind, message, hint string) {
	_ = answer(w, status, map[string]fault{"error": {Kind: kind, Message: message, Hint: hint}})
}

// fail is the one place where an error becomes an answer. Operators may see
// everything, but causes go to the log: an answer may end up in a screenshot.
func (c *Control) fail(w http.ResponseWriter, r *http.Request, err error) {
	kind := falochron.KindOf(err)
	status := kind.Status()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		status = http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		status = http.StatusRequestTimeout
	}
	message := "something went wrong on our side"
	if e, ok := errors.AsType[*falochron.Error](err); ok && e.Public != "" {
		message = e.Public
	}
	if kind == falochron.Internal {
		c.log.Error("admin request", "op", r.Pattern, "err", err)
	}
	again(w, err)
	out := fault{Kind: kind.String(), Message: message, Hint: falochron.HintOf(err)}
	if bad, ok := errors.AsType[*FileError](err); ok {
		out.Faults, out.Left = bad.Faults, bad.Left
	}
	_ = answer(w, status, map[string]fault{"error": out})
}

// readBody decodes a JSON body strictly into v: right type, known fields, one
// value, not too long. An empty body is an error.
func readBody(w http.ResponseWriter, r *http.Request, v any) error {
	return readBodyOf(w, r, maxBody, v)
}

// readBodyOf is readBody for bodies of another length.
func readBodyOf(w http.ResponseWriter, r *http.Request, most int64, v any) error {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read the body", Public: "the body is not declared as JSON", Hint: "send Content-Type: application/json"}
	}
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	in.DisallowUnknownFields()
	if err := in.Decode(v); err != nil {
		return badBody(err)
	}
	_, err := in.Token()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return badBody(err)
	}
	return badBody(errors.New("more than one JSON value"))
}

func badBody(err error) error {
	if e, ok := errors.AsType[*falochron.Error](err); ok { // a field said it better
		return e
	}
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read the body", Public: "the body is too long", Err: tooLong, Hint: fmt.Sprintf("%d bytes are enough for everything that can be ordered here", tooLong.Limit)}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &falochron.Error{Kind: falochron.Invalid, Op: "read the body", Public: "the body did not come in time", Err: err, Hint: "send all of it within " + bodyWithin.String()}
	}
	return &falochron.Error{Kind: falochron.Invalid, Op: "read the body", Public: "the body is not the JSON expected here: " + err.Error(), Err: err}
}

func notThere(http.ResponseWriter, *http.Request, actor) error {
	return &falochron.Error{Kind: falochron.NotFound, Op: "find the page", Public: "there is nothing here", Hint: "the API begins at /api/v1/shops"}
}
