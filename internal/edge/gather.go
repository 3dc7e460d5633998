package edge

import (
	"bytes"
	"io"
	"net/http"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/edge/page"
)

// gatherMost is the longest body that is read before a slot is asked for: every
// form of a shop, and no picture.
const gatherMost = 64 << 10

// gather reads a short body whole before a slot at the shop is taken, so that a
// slow phone, or somebody who sends a byte a minute, holds none. It answers, and
// returns false, if the body never comes. Long bodies, and those of unknown
// length, stream: their sender may wait for the shop's word.
func (x *exchange) gather() bool {
	n := x.r.ContentLength
	if x.body != nil || n <= 0 || n > gatherMost || x.r.Header.Get("Expect") != "" || x.r.Header.Get("Upgrade") != "" {
		return true
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(x.r.Body, body); err != nil {
		x.verdict = verdict{Action: falochron.Refuse, Reason: "unusable-request"}
		x.fail(page.ErrorView{Status: http.StatusBadRequest})
		return false
	}
	x.body = body
	x.r.Body = io.NopCloser(bytes.NewReader(body))
	// A connection that the shop closed in the same moment can then be replaced:
	// nothing of the request has been sent on it.
	x.r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return true
}
