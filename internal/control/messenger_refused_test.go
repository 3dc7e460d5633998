package control

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/store"
)

// What the journal says of a service that refuses, and whether it is tried again: what
// somebody has to mend is tried once, what mends itself again and again, and no secret is
// ever in it.
func TestWhatTheJournalSaysOfRefusals(t *testing.T) {
	const word = "pl4ntedSecret"
	addresses := map[string]string{
		"slack hook": "slack://hook:T0001-B0001-" + word + "XXXXXXXXXXX@webhook",
		"slack app":  "slack://xoxb:123456789012-1234567890123-" + word + "@C0123ABCD",
		"discord":    "discord://" + word + "_discord-0123456789@84230000000000001",
		"telegram":   "telegram://110201543:AAH" + word + "_0123456789-abc@telegram?chats=-1001234567890",
	}
	for _, tc := range []struct {
		service string
		status  int
		body    string
		again   bool
		says    string
	}{
		{"slack hook", 401, "token_expired", false, "denied: Slack does not take it (token_expired)"},
		{"slack hook", 403, "invalid_token", false, "denied: Slack does not take it (invalid_token)"},
		{"slack hook", 403, "action_prohibited", false, "gone: Slack does not take it (action_prohibited)"},
		{"slack hook", 404, "no_service", false, "gone: Slack does not take it (no_service)"},
		{"slack hook", 410, "channel_is_archived", false, "gone: Slack does not take it (channel_is_archived)"},
		{"slack hook", 429, "rate_limited", true, "busy: Slack does not take it (rate_limited)"},
		{"slack app", 200, `{"ok":false,"error":"token_expired"}`, false, "denied: Slack does not take it (token_expired)"},
		{"slack app", 200, `{"ok":false,"error":"token_revoked"}`, false, "denied: Slack does not take it (token_revoked)"},
		{"slack app", 200, `{"ok":false,"error":"invalid_auth"}`, false, "denied: Slack does not take it (invalid_auth)"},
		{"slack app", 200, `{"ok":false,"error":"is_archived"}`, false, "gone: Slack does not take it (is_archived)"},
		{"slack app", 500, `{"ok":false,"error":"internal_error"}`, true, "broken: "},
		{"discord", 401, `{"message":"Invalid Webhook Token","code":50027}`, false, "denied: the token or secret is not taken (50027: Invalid Webhook Token)"},
		{"discord", 403, `{"message":"Missing Permissions","code":50013}`, false, "denied: the token or secret is not taken (50013: Missing Permissions)"},
		{"discord", 404, `{"message":"Unknown Webhook","code":10015}`, false, "gone: there is nothing at this address (any more) (10015: Unknown Webhook)"},
		{"discord", 410, ``, false, "gone: there is nothing at this address (any more)"},
		{"discord", 502, `<html>`, true, "broken: "},
		{"telegram", 401, `{"ok":false,"error_code":401,"description":"Unauthorized"}`, false, "denied: the token or secret is not taken (Unauthorized)"},
		{"telegram", 403, `{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the group chat"}`, false, "gone: the chat does not want this bot (Forbidden: bot was kicked from the group chat)"},
		{"telegram", 404, `{"ok":false,"error_code":404,"description":"Not Found"}`, false, "denied: the token is none of a bot (Not Found)"},
		{"telegram", 410, `{"ok":false,"error_code":410,"description":"Gone"}`, false, "gone: there is nothing at this address (any more) (Gone)"},
		{"telegram", 429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}`, true, "busy: "},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tc.status)
			_, _ = io.WriteString(w, tc.body)
		}))
		a, err := notify.ParseAddress(addresses[tc.service])
		if err != nil {
			t.Fatal(err)
		}
		way, err := notify.New(a, notify.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Services: notify.Services{SlackHooks: s.URL, SlackAPI: s.URL, Discord: s.URL, Telegram: s.URL}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = way.Send(t.Context(), notify.Message{ID: "m-1", Subject: "A post at 20:00", Line: "lip-1.1"})
		s.Close()
		if err == nil {
			t.Errorf("%s %d: it is said to be delivered", tc.service, tc.status)
			continue
		}
		m := NewMessenger(MessengerConfig{})
		r := m.failed(&parcel{Claimed: store.Claimed{Attempt: 1}}, err)
		reason, says, _ := strings.Cut(tc.says, ": ")
		if got := r.Outcome == store.Again; got != tc.again || got != r.Next.After(time.Now()) || !strings.HasPrefix(r.Note, reason+": send to ") || !strings.Contains(r.Note, says) || strings.Contains(r.Note, word) {
			t.Errorf("%s %d %s: %s, %q; want again %v, %q", tc.service, tc.status, tc.body, r.Outcome, r.Note, tc.again, tc.says)
		}
		// What mends itself is given up in the end, whoever claimed it how often.
		last := m.failed(&parcel{Claimed: store.Claimed{Attempt: 1, Failures: 11}}, err)
		if last.Outcome != store.GivenUp {
			t.Errorf("%s %d: after twelve tries it is %s", tc.service, tc.status, last.Outcome)
		}
		if many := m.failed(&parcel{Claimed: store.Claimed{Attempt: 50}}, err); (many.Outcome == store.Again) != tc.again {
			t.Errorf("%s %d: put off fifty times and never tried it is %s", tc.service, tc.status, many.Outcome)
		}
	}
}
