package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/falochron/falochron"
)

// maxAnswer bounds what is read of an answer, in bytes: ten thousand replicas with their
// words.
const maxAnswer = 4 << 20

// request is one call.
type request struct {
	method, url string
	id          string // the idempotency key; of changes the same when sent again
	match       string // the version it is based on, "" for none
	body        []byte
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// client connects anew for each call, so that the guard looks at each connection, and so
// that nothing is sent twice by the library.
func client(g guard, timeout time.Duration) *http.Client {
	d := net.Dialer{Timeout: timeout, Control: g.control}
	return &http.Client{
		Transport: &http.Transport{
			DialContext: d.DialContext, TLSHandshakeTimeout: timeout,
			MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true, DisableCompression: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// call makes one call, if the engine is not being left in peace, and sorts what comes of
// it. Answers of 200 to 299 are returned.
func (d *Driver) call(ctx context.Context, op string, r request) (*answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault(falochron.Unavailable, op, "", "ask again", err)
	}
	if err := d.pause.Enter(time.Now()); err != nil {
		return nil, err
	}
	a, err := d.send(ctx, op, r)
	d.pause.Leave(time.Now(), err)
	return a, err
}

func (d *Driver) send(ctx context.Context, op string, r request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, bytes.NewReader(r.body))
	if err != nil {
		return nil, fault(falochron.Invalid, op, "the address cannot be used", "look at fleet.webhook.url", nil)
	}
	now := time.Now()
	req.Header.Set("Webhook-Id", r.id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Webhook-Signature", sign(d.key, r.id, now, r.body))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "falochron")
	if r.method != http.MethodGet {
		req.Header.Set("Idempotency-Key", `"`+r.id+`"`)
	}
	if r.match != "" {
		req.Header.Set("If-Match", r.match)
	}
	if len(r.body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := d.client.Do(req)
	switch {
	case errors.Is(err, errInside):
		return nil, fault(falochron.Denied, op, errInside.Error(), "name the network in fleet.webhook.allow if that is where the host's API is", nil)
	case err != nil:
		return nil, fault(falochron.Unavailable, op, "the host's API does not answer", "look whether it can be reached from here", err)
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fault(falochron.Unavailable, op, "the answer of the host's API broke off", "look at the host's log", err)
	case len(a.body) > maxAnswer:
		return nil, fault(falochron.Unavailable, op, "the host's API answers without end", "look whether the address is the right one", nil)
	case a.status >= 200 && a.status < 300:
		return a, nil
	}
	return nil, refusal(op, a.status)
}

// refusal sorts an answer that is none. What the host says beside the status is not
// repeated: it may be of a page that is nobody's business here.
func refusal(op string, status int) error {
	public := fmt.Sprintf("the host's API answers with status %d", status)
	switch {
	case status >= 300 && status < 400:
		return fault(falochron.NotFound, op, public+", a redirect", "give the address it leads to: redirects are not followed", nil)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault(falochron.Denied, op, public, "does the host have the same key, are both clocks right, and may this key order replicas?", nil)
	case status == http.StatusNotFound || status == http.StatusGone || status == http.StatusMethodNotAllowed:
		return fault(falochron.NotFound, op, public, "look at fleet.webhook.url", nil)
	case status == http.StatusConflict || status == http.StatusPreconditionFailed:
		return fault(falochron.Conflict, op, public, "somebody else has changed the number meanwhile; it is ordered again", nil)
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return fault(falochron.Unavailable, op, public, "look at the host's log; it is asked again later", nil)
	}
	return fault(falochron.Invalid, op, public, "the host does not take such an order; docs/fleet.md shows what is sent", nil)
}

// read decodes an answer, whose form is the host's.
func read(op string, a *answer, into any) error {
	if err := json.Unmarshal(a.body, into); err != nil {
		return fault(falochron.Unavailable, op, "the host's API answers what is no such JSON", "docs/fleet.md shows what is expected", err)
	}
	return nil
}

func fault(kind falochron.Kind, op, public, hint string, err error) error {
	return &falochron.Error{Kind: kind, Op: op, Public: public, Hint: hint, Err: err}
}

// sign is the value of webhook-signature after Standard Webhooks, "Signature scheme":
// HMAC-SHA256 over id, Unix time and body, with dots between them.
func sign(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
