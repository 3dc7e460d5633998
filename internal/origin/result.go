package origin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Kind says how an exchange with the shop ended.
type Kind uint8

// The kinds.
const (
	OK            Kind = iota // an answer below 500, wholly passed on (also 101 and the end of what followed)
	Refused                   // an answer, 409 or 429: the shop said no, and is not overloaded
	OriginError               // an answer of 500 or more, or none: the connection was lost
	Timeout                   // no answer in time, or silence within its body
	ConnectFailed             // no connection to any replica; the shop saw nothing of the request
	ClientGone                // the visitor left, or stopped sending, before the end
	Looped                    // it had been sent out from here before: the shop's address leads back; sent nowhere
)

var kindNames = [...]string{"ok", "refused", "origin-error", "timeout", "connect-failed", "client-gone", "loop"}

// String returns the kind's name as it appears in metrics and journals.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Result is how one forwarded request went.
type Result struct {
	Kind Kind
	// Status is the final status sent to the visitor. Zero means that nothing
	// was sent: the caller owes the visitor an answer (unless he is gone).
	Status int
	// OriginStatus is the status the shop answered with, zero if it did not. It
	// differs from Status when the ModifyResponse hook refused the answer.
	OriginStatus int
	// Bytes is how much of the body was passed on. What flows after an upgrade
	// is not counted.
	Bytes int64
	// Upload is from the start until the last of the visitor's body had come:
	// long for a big upload over a slow line, which is not the shop's doing. Zero
	// without a body.
	Upload time.Duration
	// FirstByte is from the start to the head of the final answer, zero if none
	// came; FirstByte - Upload is the shop's own time.
	FirstByte time.Duration
	// Total is from the start to the end.
	Total time.Duration
	// Replica is the URL of the replica that had the request last, empty if
	// none was chosen.
	Replica string
	// Retried says that a first replica could not be reached.
	Retried bool
	// Aborted says that the answer broke off in the middle, and the visitor's
	// connection with it.
	Aborted bool
	// Err is the cause, for operators: of a missing or broken answer, or what the
	// ModifyResponse hook gave.
	Err error
}

// answerKind sorts a complete answer.
func answerKind(status int) Kind {
	switch {
	case status == http.StatusConflict || status == http.StatusTooManyRequests:
		return Refused
	case status >= 500:
		return OriginError
	}
	return OK
}

// answerOutcome is what an answer teaches about the replica.
func answerOutcome(status int) outcome {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return unavailable
	}
	return answered
}

// errSilent is the cause of an exchange given up because the shop stopped in
// the middle of its answer.
var errSilent = errors.New("the shop stopped sending in the middle of its answer")

// errStray is why an answer was thrown away.
var errStray = errors.New("the shop sent more than the answer before, and this is what was left of it")

// sortError sorts a round trip that brought no answer.
func sortError(ctx context.Context, err error, m *marks) (Kind, outcome) {
	var timeout net.Error
	timedOut := errors.As(err, &timeout) && timeout.Timeout()
	upload := m.uploadFailed.Load()
	switch {
	case errors.Is(ctx.Err(), context.Canceled) || upload:
		return ClientGone, nothing
	case ctx.Err() != nil:
		return Timeout, nothing // the caller's own deadline
	case m.asked.Load() && !m.connected.Load() && timedOut:
		return ConnectFailed, unanswered
	case m.asked.Load() && !m.connected.Load():
		return ConnectFailed, refused
	case timedOut:
		return Timeout, nothing
	case m.asked.Load() && !m.firstByte.Load():
		return OriginError, reset
	}
	return OriginError, nothing
}
