package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hookTarget is an address of somebody's own program.
type hookTarget struct {
	base string // "https://host"
	url  secret // whole, without fragment: the path or the query may be one
	key  secret // bytes of the key, not their base64
}

const formWebhook = "generic+https://HOST/PATH#whsec_… with 24 to 64 random bytes in base64: echo whsec_$(openssl rand -base64 32)"

// webhook reads generic+https://HOST/PATH#whsec_…, for which generic:// is short.
// generic+http:// is for networks that are allowed by name.
func (r *reading) webhook() Address {
	u := *r.url
	u.Scheme = "https"
	if r.scheme == "generic+http" {
		u.Scheme = "http"
	}
	host := r.host("host")
	r.port()
	if u.User != nil {
		r.faults.add("user", "means nothing here", "the signature proves who we are; put the key behind #")
	}
	for _, key := range []string{"method", "template", "contenttype", "disabletls", "messagekey", "titlekey"} {
		if r.query.Has(key) {
			r.faults.add(key, "is not known here", "the message has one form, docs/notify.md shows it; the rest of the query goes to the receiver")
		}
	}
	to := &hookTarget{key: r.key(u.Fragment)}
	u.Fragment, u.RawFragment, u.User = "", "", nil
	to.base, to.url = u.Scheme+"://"+u.Host, keep(u.String())
	return Address{channel: Webhook, where: "webhook at " + host, to: to}
}

// key decodes whsec_ and base64.
func (r *reading) key(text string) secret {
	coded, ok := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(coded)
	switch {
	case text == "":
		r.faults.add("key", "is missing", formWebhook)
	case !ok || err != nil:
		r.faults.add("key", "is not whsec_ and base64", formWebhook)
	case len(key) < 24 || len(key) > 64: // bounds of Standard Webhooks, "Symmetric"
		r.faults.add("key", "must have 24 to 64 bytes", formWebhook)
	}
	return keep(string(key))
}

func (r *reading) port() {
	if p := r.url.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			r.faults.add("port", "is none", "1 to 65535")
		}
	}
}

func (t *hookTarget) endpoint(Services) string { return t.base }

type (
	hookLink struct {
		Label string `json:"label"`
		URL   string `json:"url"`
	}
	hookData struct {
		ID        string     `json:"id"`
		Recipient string     `json:"recipient"`
		Subject   string     `json:"subject"`
		Line      string     `json:"line"`
		Text      string     `json:"text"`
		Links     []hookLink `json:"links"`
		Urgency   string     `json:"urgency"`
		Language  string     `json:"language"`
	}
	hookBody struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      hookData  `json:"data"`
	}
)

// body is a message as a program gets it: nothing is escaped but what JSON escapes.
func (t *hookTarget) body(m *Message, now time.Time) ([]byte, error) {
	d := hookData{
		ID: m.ID, Recipient: oneLine(m.Recipient), Subject: cut(oneLine(m.Subject), maxLine), Line: cut(oneLine(m.Line), maxLine),
		Text: cut(manyLines(m.Text), maxText), Urgency: m.Urgency.String(), Language: m.word("en", "pl"), Links: []hookLink{},
	}
	for _, l := range m.Links {
		d.Links = append(d.Links, hookLink{m.label(l), l.URL})
	}
	return json.Marshal(hookBody{Type: "falochron.message", Timestamp: now.UTC().Truncate(time.Second), Data: d})
}

// Sign is the value of webhook-signature for a body sent at a time, after Standard
// Webhooks, "Signature scheme": HMAC-SHA256 over id, Unix time and body, with dots
// between them.
func Sign(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (t *hookTarget) send(ctx context.Context, s *Sender, m *Message) (string, *Failure) {
	now := time.Now()
	body, err := t.body(m, now)
	if err != nil {
		return "", fails(Refused, true, "the message cannot be written as JSON", "please report it")
	}
	a, failed := s.post(ctx, t.url.text(), body, http.Header{
		"Webhook-Id":        {m.ID},
		"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
		"Webhook-Signature": {Sign([]byte(t.key.text()), m.ID, now, body)},
	})
	switch {
	case failed != nil:
		return "", failed
	case a.ok():
		return m.ID, nil
	}
	// What the receiver says is not repeated: an address that leads to something else
	// must not become a way to read it.
	f := byStatus(a, now)
	if f.Reason == Denied {
		f.err.Public = "the signature is not taken"
		f.err.Hint = "does the receiver have the same key, and are both clocks right?"
	}
	if f.Reason == Refused {
		f.err.Hint = "docs/notify.md shows what is sent"
	}
	f.err.Public += fmt.Sprintf(" (status %d)", a.status)
	return "", f
}
