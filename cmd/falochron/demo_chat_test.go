package main

import (
	"bytes"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/notify"
)

// What the demo's chat service shows was signed with its key, just now; what a real
// service refuses, it refuses.
func TestTheDemosChatChecksSignatures(t *testing.T) {
	c, err := openChat("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	send := func(address string) error {
		t.Helper()
		to, err := notify.ParseAddress(address)
		if err != nil {
			t.Fatal(err)
		}
		s, err := notify.New(to, notify.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Send(t.Context(), notify.Message{ID: "msg-1", Subject: "A post", Text: "Soon", Links: []notify.Link{{URL: "http://127.0.0.1:1/plan/n/x"}}})
		return err
	}
	since := time.Now()
	if err := send(c.address("hosting")); err != nil {
		t.Fatal(err)
	}
	m, came := c.await(t.Context(), "hosting", since, time.Minute, func(m *chatMessage) bool { return m.Subject == "A post" })
	if !came || m.To != "hosting" || len(m.Links) != 1 || m.Links[0].URL != "http://127.0.0.1:1/plan/n/x" {
		t.Errorf("%v %+v", came, m)
	}
	if _, came := c.await(t.Context(), "agency", since, time.Millisecond, func(*chatMessage) bool { return true }); came {
		t.Error("a message to the host was one to the agency")
	}
	if err := send(c.address("hosting")); err != nil {
		t.Fatal(err)
	}
	if came, twice, refused := c.tally(); len(came) != 2 || twice != 1 || refused != 0 || came[0].Links != nil {
		t.Errorf("%+v came, %d twice, %d refused", came, twice, refused)
	}

	other, err := openChat("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	other.close()
	_, key, _ := strings.Cut(other.address("x"), "#")
	base, _, _ := strings.Cut(c.address("hosting"), "#")
	if err := send(base + "#" + key); err == nil {
		t.Error("a message signed with another key was taken")
	}
	for name, old := range map[string]time.Time{"old": time.Now().Add(-6 * time.Minute), "of the future": time.Now().Add(6 * time.Minute)} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.at+"/hook/hosting", bytes.NewReader([]byte(`{}`)))
		if err != nil {
			t.Fatal(err)
		}
		secs := strconv.FormatInt(old.Unix(), 10)
		r.Header.Set("Webhook-Id", "msg-2")
		r.Header.Set("Webhook-Timestamp", secs)
		r.Header.Set("Webhook-Signature", c.sign(c.key, "msg-2", secs, []byte(`{}`)))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("a message that is %s was answered with %d", name, resp.StatusCode)
		}
	}
	if came, _, refused := c.tally(); len(came) != 2 || refused < 3 {
		t.Errorf("%+v came, %d refused", came, refused)
	}
	c.mu.Lock()
	c.deaf = true
	c.mu.Unlock()
	if err := send(c.address("hosting")); err == nil {
		t.Error("who is deaf has taken a message")
	}
}
