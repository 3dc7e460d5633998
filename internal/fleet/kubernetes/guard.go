package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// mostBytes bounds one answer of the API server: 500 pods, the most that a page is asked
// for, are about 10 MB with long histories of their fields.
const mostBytes = 64 << 20

// guard is the one way to the API server. It pauses when that one does not answer, reads
// no answer that has no end, and takes nothing for JSON that is none.
//
// The client library tries again by itself, up to ten times a call, where an answer names
// a wait or a connection breaks. Here it may not: the pause is kept for all calls, and the
// caller comes again anyway. So a wait is not passed on, and errors are made opaque.
type guard struct {
	next  http.RoundTripper
	pause fleet.Pause
}

// RoundTrip sends one request, if the API server may be asked now.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, unanswered(err)
	}
	if err := g.pause.Enter(time.Now()); err != nil {
		return nil, err
	}
	resp, err := g.roundTrip(r)
	g.pause.Leave(time.Now(), err)
	if err != nil && resp != nil {
		return resp, nil // the caller reads its reason
	}
	return resp, err
}

// roundTrip returns both a response and an error where the API server said by itself that
// it cannot answer now.
func (g *guard) roundTrip(r *http.Request) (*http.Response, error) {
	resp, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, unanswered(err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostBytes+1))
	resp.Body.Close()
	switch {
	case err != nil:
		return nil, unanswered(err)
	case len(body) > mostBytes:
		return nil, unanswered(fmt.Errorf("its answer is longer than %d MB", mostBytes>>20))
	case resp.StatusCode < 300 && !json.Valid(body):
		return nil, unanswered(fmt.Errorf("it answered %s with what is no JSON (%d bytes)", resp.Status, len(body)))
	}
	resp.Header.Del("Retry-After")
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 {
		return resp, unanswered(fmt.Errorf("it answered %s", resp.Status))
	}
	return resp, nil
}

// WrappedRoundTripper lets the library find whose idle connections to close.
func (g *guard) WrappedRoundTripper() http.RoundTripper { return g.next }

// unanswered is the error of a call that brought no answer. That the caller gave up stays
// to be seen; any other cause is kept as text, so that nobody tries again because of it.
func unanswered(err error) error {
	if !errors.Is(err, context.Canceled) {
		err = errors.New(err.Error())
	}
	return &falochron.Error{
		Kind: falochron.Unavailable, Op: "ask the API server", Err: err,
		Hint: "see whether the address in kubeconfig is right and the API server answers (kubectl get --raw /readyz); what is raised stays raised until it expires",
	}
}
