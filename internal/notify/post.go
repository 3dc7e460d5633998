package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxAnswer bounds what is read of an answer, in bytes. The largest that is of use is
// Discord's, which repeats the message.
const maxAnswer = 64 << 10

// answer is what a service said.
type answer struct {
	status int
	header http.Header
	body   []byte // its first maxAnswer bytes
}

// client makes the one connection of a message. It keeps none: messages are rare, and
// each connection is to be looked at by the guard.
func (s *Sender) client() *http.Client {
	t := &http.Transport{
		Proxy:                  nil, // a proxy would connect where the guard does not look
		DialContext:            s.dial,
		TLSClientConfig:        s.tls,
		TLSHandshakeTimeout:    s.timeout,
		ResponseHeaderTimeout:  s.timeout,
		MaxResponseHeaderBytes: maxAnswer,
		DisableKeepAlives:      true,
		DisableCompression:     true, // the bound is of what was sent, not of what it unfolds to
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	return &http.Client{
		Transport: t,
		// A redirect is an answer. To follow one would bring the message, and who can
		// acknowledge it, to a place that nobody named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// postJSON sends body to a URL that may hold a token.
func (s *Sender) postJSON(ctx context.Context, to string, body any, fields http.Header) (*answer, *Failure) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it is no HTML, and \u003c counts sixfold where length is bounded
	if err := e.Encode(body); err != nil {
		return nil, fails(Refused, true, "the message cannot be written as JSON", "please report it")
	}
	return s.post(ctx, to, bytes.TrimSuffix(b.Bytes(), []byte("\n")), fields)
}

// post sends body as it is.
func (s *Sender) post(ctx context.Context, to string, body []byte, fields http.Header) (*answer, *Failure) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, fails(Refused, true, "the address of the service cannot be used", "please report it")
	}
	for k, v := range fields {
		req.Header[http.CanonicalHeaderKey(k)] = v
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", userAgent)
	resp, err := s.client().Do(req)
	if err != nil {
		return nil, unreached(ctx, err)
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil && a.ok() && ctx.Err() != nil {
		return nil, unreached(ctx, err)
	}
	return a, nil // of a body that broke off, the status has come
}

// userAgent is asked for by Discord: "User Agent" in its API reference.
const userAgent = "Falochron (+https://github.com/falochron/falochron)"

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// read decodes the body as JSON; what cannot be read leaves v as it is.
func (a *answer) read(v any) { _ = json.Unmarshal(a.body, v) }

// word is the body if it is one word of small letters and underscores, as Slack says
// what is wrong; else "".
func (a *answer) word() string {
	w := strings.TrimSpace(string(a.body))
	if len(w) > 60 || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return w
}

// shown is a short text of a service, fit to be shown.
func shown(text string, secrets ...secret) string {
	return cut(scrub(oneLine(text), secrets...), 160)
}

// seconds is a number of seconds that a service gives.
func seconds(n float64) time.Duration {
	return time.Duration(min(max(n, 0), maxAfter.Seconds()) * float64(time.Second))
}
