package notify

import (
	"encoding/base64"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The test vector of Standard Webhooks' own libraries.
func TestSign(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// docs/notify.md shows a whole request; it is the one that is sent, and its signature is
// right. Every form of address that it shows can be read.
func TestDocs(t *testing.T) {
	doc, err := os.ReadFile("../../docs/notify.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(doc)
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 27, 19, 0, 0, 0, time.UTC)
	m := Message{
		ID: "msg_42", Recipient: "host-1", Subject: "A post at 20:00", Line: "30,000 people are expected in the first minute.", Text: "Ola posts at 20:00.\nYour shop takes 120 orders a minute.",
		Links: []Link{{URL: "https://falochron.example/ack/42"}}, Urgency: Urgent,
	}
	body, err := (&hookTarget{}).body(&m, at)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{string(body), Sign(key, m.ID, at, body), "webhook-timestamp: 1795806000"} {
		if !strings.Contains(text, want) {
			t.Errorf("docs/notify.md does not show %s", want)
		}
	}
	if at.Unix() != 1795806000 {
		t.Errorf("%d", at.Unix())
	}
	forms := regexp.MustCompile("(?m)^    ((?:smtps?|slack|discord|telegram|generic|https)[:+].*)$").FindAllStringSubmatch(text, -1)
	if len(forms) < 8 {
		t.Errorf("only %d forms", len(forms))
	}
	channels := map[Channel]bool{}
	for _, f := range forms {
		a, err := ParseAddress(f[1])
		if err != nil {
			t.Errorf("%s: %v", f[1], err)
		}
		channels[a.Channel()] = true
	}
	for c := Mail; c <= Webhook; c++ {
		if !channels[c] {
			t.Errorf("no form of %s", c)
		}
	}
	for r := Refused; r <= Forbidden; r++ {
		if !strings.Contains(text, "| "+r.String()+" |") {
			t.Errorf("nothing about %s", r)
		}
	}
}
