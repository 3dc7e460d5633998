package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fresh"
)

// Reason sorts failures by who can do something about them.
type Reason uint8

// The reasons.
const (
	Refused     Reason = iota + 1 // the service does not take this message: our own fault
	Denied                        // the token, secret or password is not taken (any more)
	Gone                          // there is no such place, or it does not want us
	Busy                          // the service asks to wait
	Broken                        // the service has a fault of its own
	Unreachable                   // no connection, or no answer in time
	Insecure                      // encryption is missing or its certificate is wrong
	Forbidden                     // the address leads to a network that is not allowed
)

var reasonNames = [...]string{"", "refused", "denied", "gone", "busy", "broken", "unreachable", "insecure", "forbidden"}

// String is the reason in one word, for counters and journals.
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return ""
}

// kinds are the reasons as the rest of the house knows them.
var kinds = map[Reason]falochron.Kind{
	Refused: falochron.Internal, Denied: falochron.Denied, Gone: falochron.NotFound, Busy: falochron.Unavailable, Broken: falochron.Unavailable,
	Unreachable: falochron.Unavailable, Insecure: falochron.Denied, Forbidden: falochron.Denied,
}

// Failure is the error of [Sender.Send].
type Failure struct {
	Reason Reason
	// Final says that another try with the same address cannot help: somebody has to do
	// something first.
	Final bool
	// After is the least time the service asks to be left alone. Zero if it asks nothing.
	// At most a day.
	After time.Duration
	// Status is what the service answered: an HTTP status, an SMTP code. Zero if it
	// answered nothing.
	Status int

	err   falochron.Error
	cause error // context.Canceled or DeadlineExceeded, where that is why
}

// Error says what failed and why, on one line and without secrets.
func (f *Failure) Error() string { return f.err.Error() }

// Unwrap returns the [falochron.Error] with kind and hint, and, of a try that was called
// off or took too long, the error of the context.
func (f *Failure) Unwrap() []error {
	if f.cause == nil {
		return []error{&f.err}
	}
	return []error{&f.err, f.cause}
}

// maxAfter bounds what a service may ask for: what it asks beyond that is no wait.
const maxAfter = 24 * time.Hour

// fails makes a failure. public is what happened, hint what to do about it.
func fails(reason Reason, final bool, public, hint string) *Failure {
	return &Failure{Reason: reason, Final: final, err: falochron.Error{Kind: kinds[reason], Public: public, Hint: hint}}
}

// waits notes how long the service asks to wait.
func (f *Failure) waits(d time.Duration) *Failure {
	f.After = min(max(d, 0), maxAfter)
	return f
}

const (
	hintAgain = "nothing has to be done; another try later may get through"
	hintToken = "make a new token or password at the service and give the address anew"
)

// byStatus says what an HTTP status means where a service has said nothing better.
func byStatus(answer *answer, now time.Time) *Failure {
	wait, _ := fresh.RetryAfter(answer.header, now)
	var f *Failure
	switch code := answer.status; {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		f = fails(Denied, true, "the token or secret is not taken", hintToken)
	case code == http.StatusNotFound, code == http.StatusGone:
		f = fails(Gone, true, "there is nothing at this address (any more)", "look the address up at the service and give it anew")
	case code == http.StatusTooManyRequests:
		f = fails(Busy, false, "too many messages; the service asks to wait", hintAgain)
	case code == http.StatusServiceUnavailable && wait > 0:
		f = fails(Busy, false, "the service asks to wait", hintAgain)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		f = fails(Busy, false, "the service did not read it this time", hintAgain)
	case code >= 500, code < 200: // 1xx never gets here but by a broken server
		f = fails(Broken, false, "the service has a fault of its own", hintAgain)
	case code >= 300 && code < 400:
		f = fails(Gone, true, "it has moved, and redirects are not followed", "give the address that it leads to")
	default:
		f = fails(Refused, true, "the service does not take the message", "please report it with the line above")
	}
	if !f.Final {
		f.waits(wait)
	}
	f.Status = answer.status
	return f
}

// unreached says why there was no answer. The text of err is not shown: it may hold the
// address, and with it a token.
func unreached(ctx context.Context, err error) *Failure {
	_, guarded := errors.AsType[*notPublic](err)
	_, badChain := errors.AsType[*tls.CertificateVerificationError](err)
	_, badName := errors.AsType[x509.HostnameError](err)
	_, badRecord := errors.AsType[tls.RecordHeaderError](err)
	_, badAlert := errors.AsType[tls.AlertError](err)
	dns, badDNS := errors.AsType[*net.DNSError](err)
	slow, _ := errors.AsType[net.Error](err)
	var f *Failure
	switch {
	case guarded:
		why, _ := errors.AsType[*notPublic](err)
		return fails(Forbidden, true, why.Error(), "whoever runs Falochron can allow the network, if it is meant")
	case badChain, badName:
		return fails(Insecure, true, "the server's certificate is not valid for this name", "look at its name, its end and who signed it")
	case badRecord, badAlert, errors.Is(err, http.ErrSchemeMismatch):
		return fails(Insecure, true, "encryption could not be agreed on", "is this the right port, and does the server know TLS 1.2?")
	case errors.Is(ctx.Err(), context.Canceled):
		f = fails(Unreachable, false, "called off", hintAgain)
		f.cause = context.Canceled
	case ctx.Err() != nil, slow != nil && slow.Timeout():
		f = fails(Unreachable, false, "no answer in time", hintAgain)
		f.cause = context.DeadlineExceeded
	case badDNS && dns.IsNotFound:
		f = fails(Unreachable, false, "DNS does not know the server's name", "is it written right?")
	case badDNS:
		f = fails(Unreachable, false, "DNS does not answer", hintAgain)
	case errors.Is(err, syscall.ECONNREFUSED):
		f = fails(Unreachable, false, "nobody listens there", "is the server up, and is this its port?")
	default:
		f = fails(Unreachable, false, "the connection failed", hintAgain)
	}
	return f
}
