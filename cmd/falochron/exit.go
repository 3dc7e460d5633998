package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // it failed while working
	exitUsage  = 2 // flags or configuration cannot be used
	exitVoid   = 3 // a measurement proves nothing either way
)

// voidError says why a measurement proves neither success nor failure.
type voidError struct{ reason string }

func (e *voidError) Error() string { return "void: " + e.reason }

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if _, void := errors.AsType[*voidError](err); void {
		return exitVoid
	}
	if falochron.KindOf(err) == falochron.Invalid {
		return exitUsage
	}
	return exitFailed
}

// report prints err for the person at the keyboard; its last line is a hint.
func report(w io.Writer, err error) {
	if err == nil {
		return
	}
	line, hint := err.Error(), falochron.HintOf(err)
	if faults, ok := errors.AsType[config.Faults](err); ok {
		// The faults go one a line below what they are faults of.
		if e, ok := errors.AsType[*falochron.Error](err); ok {
			line = (&falochron.Error{Op: e.Op, Public: e.Public}).Error()
		}
		line += "\n" + faults.Error()
	}
	if hint == "" {
		hint = "nothing is known to help; please report it with the lines above and the output of falochron version"
	}
	fmt.Fprintf(w, "falochron: %s\nhint: %s\n", line, hint)
}
