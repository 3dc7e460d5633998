package edge

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"
)

// orderedPeek is how much of an answer to a script is read to see whether it says
// that an order was made.
const orderedPeek = 16 << 10

// hearOrder looks into an answer to a script for an order that was made. What was
// read is given back in front of the rest.
func (x *exchange) hearOrder(resp *http.Response) {
	if len(x.set.classify.Platform().Orders) == 0 || safe(x.r.Method) || resp.Body == nil ||
		!strings.Contains(resp.Header.Get("Content-Type"), "json") {
		return
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, orderedPeek))
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = failing{err}
	}
	resp.Body = &rejoined{io.MultiReader(bytes.NewReader(head), rest), resp.Body}
	if !x.set.classify.Ordered(x.asked, resp.StatusCode, resp.Header, head) {
		return
	}
	if first, visiting := x.shop.gate.bought(time.Now(), x.who.key); first || !visiting {
		x.shop.eyes.order(time.Now())
	}
}

// rejoined is a body whose beginning was read.
type rejoined struct {
	io.Reader
	io.Closer
}

// failing repeats the error that ended a body.
type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }
