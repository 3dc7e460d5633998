package notify

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// want is how a try ends: taken, or a failure.
type want struct {
	id     string
	reason Reason
	final  bool
	after  time.Duration
	status int
	says   string
}

func (w want) check(t *testing.T, r Receipt, err error) {
	t.Helper()
	if w.reason == 0 {
		if err != nil || r.ID != w.id || r.Where == "" || r.At.IsZero() {
			t.Fatalf("%+v, %v", r, err)
		}
		return
	}
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		t.Fatalf("no failure: %+v, %v", r, err)
	}
	if f.Reason != w.reason || f.Final != w.final || f.After != w.after || f.Status != w.status {
		t.Errorf("%s final=%t after %s status %d, want %s %t %s %d: %v", f.Reason, f.Final, f.After, f.Status, w.reason, w.final, w.after, w.status, err)
	}
	if !strings.Contains(err.Error(), w.says) || falochron.HintOf(err) == "" {
		t.Errorf("%q, hint %q: wants %q and a hint", err, falochron.HintOf(err), w.says)
	}
	if text := err.Error() + falochron.HintOf(err); strings.Contains(text, planted) {
		t.Errorf("a secret gets out: %s", text)
	}
}

func answering(status int, fields http.Header, body string) func(http.ResponseWriter, *http.Request, []byte) bool {
	return func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		for k, v := range fields {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
}

// Each service refuses what the real one refuses, and each refusal is understood.
func TestServicesRefuse(t *testing.T) {
	retry := http.Header{"Retry-After": {"30"}}
	for name, tc := range map[string]struct {
		service func(*testing.T) *fake
		address string
		trip    func(http.ResponseWriter, *http.Request, []byte) bool
		want    want
	}{
		"slack takes":                {newSlack, slackHook, nil, want{}},
		"slack wrong token":          {newSlack, strings.Replace(slackHook, "XXX@", "YYY@", 1), nil, want{reason: Denied, final: true, status: 403, says: "invalid_token"}},
		"slack no such webhook":      {newSlack, strings.Replace(slackHook, "T0001", "T0002", 1), nil, want{reason: Gone, final: true, status: 404, says: "no_service"}},
		"slack payload":              {newSlack, slackHook, answering(400, nil, "invalid_payload"), want{reason: Refused, final: true, status: 400, says: "invalid_payload"}},
		"slack archived":             {newSlack, slackHook, answering(410, nil, "channel_is_archived"), want{reason: Gone, final: true, status: 410, says: "channel_is_archived"}},
		"slack limit":                {newSlack, slackHook, answering(429, retry, "rate_limited"), want{reason: Busy, after: 30 * time.Second, status: 429}},
		"slack broken":               {newSlack, slackHook, answering(500, nil, "rollup_error"), want{reason: Broken, status: 500, says: "rollup_error"}},
		"slack is another":           {newSlack, slackHook, answering(200, nil, "<html>a portal</html>"), want{reason: Broken, says: "not Slack's"}},
		"slack app takes":            {newSlack, slackBot, nil, want{id: "1503435956.000247"}},
		"slack app wrong token":      {newSlack, strings.Replace(slackBot, "123456789012", "923456789012", 1), nil, want{reason: Denied, final: true, status: 200, says: "invalid_auth"}},
		"slack app token expired":    {newSlack, strings.Replace(slackBot, slackBotToken, slackExpired, 1), nil, want{reason: Denied, final: true, status: 200, says: "token_expired"}},
		"slack app token revoked":    {newSlack, strings.Replace(slackBot, slackBotToken, slackRevoked, 1), nil, want{reason: Denied, final: true, status: 200, says: "token_revoked"}},
		"slack forbids":              {newSlack, slackHook, answering(403, nil, "action_prohibited"), want{reason: Gone, final: true, status: 403, says: "action_prohibited"}},
		"slack hook expired":         {newSlack, slackHook, answering(401, nil, "token_expired"), want{reason: Denied, final: true, status: 401, says: "token_expired"}},
		"discord forbids":            {newDiscord, discordHook, answering(403, nil, `{"message":"Missing Permissions","code":50013}`), want{reason: Denied, final: true, status: 403, says: "50013: Missing Permissions"}},
		"discord gone":               {newDiscord, discordHook, answering(410, nil, ``), want{reason: Gone, final: true, status: 410}},
		"telegram token revoked":     {newTelegram, strings.Replace(telegramChat, telegramToken, telegramRevoked, 1), nil, want{reason: Denied, final: true, status: 401, says: "Unauthorized"}},
		"telegram kicked":            {newTelegram, strings.Replace(telegramChat, "-1001234567890", "404", 1), nil, want{reason: Gone, final: true, status: 403, says: "kicked"}},
		"telegram gone":              {newTelegram, telegramChat, answering(410, nil, `{"ok":false,"error_code":410,"description":"Gone"}`), want{reason: Gone, final: true, status: 410, says: "Gone"}},
		"slack app no channel":       {newSlack, strings.Replace(slackBot, "C0123ABCD", "C0123ABCE", 1), nil, want{reason: Gone, final: true, status: 200, says: "channel_not_found"}},
		"slack app limit":            {newSlack, slackBot, answering(429, retry, `{"ok":false,"error":"ratelimited"}`), want{reason: Busy, after: 30 * time.Second, status: 429}},
		"slack app blocks":           {newSlack, slackBot, answering(200, nil, `{"ok":false,"error":"invalid_blocks"}`), want{reason: Refused, final: true, status: 200, says: "invalid_blocks"}},
		"slack app is another":       {newSlack, slackBot, answering(200, nil, `<html>`), want{reason: Broken, says: "not Slack's"}},
		"discord takes":              {newDiscord, discordHook, nil, want{id: "1234567890123456789"}},
		"discord wrong token":        {newDiscord, strings.Replace(discordHook, "6789@", "6780@", 1), nil, want{reason: Denied, final: true, status: 401, says: "50027: Invalid Webhook Token"}},
		"discord unknown":            {newDiscord, strings.Replace(discordHook, "84230000000000001", "84230000000000002", 1), nil, want{reason: Gone, final: true, status: 404, says: "10015: Unknown Webhook"}},
		"discord limit":              {newDiscord, discordHook, answering(429, http.Header{"Retry-After": {"1"}}, `{"message":"You are being rate limited.","retry_after":1.336,"global":false}`), want{reason: Busy, after: 1336 * time.Millisecond, status: 429}},
		"discord is another":         {newDiscord, discordHook, answering(200, nil, "ok"), want{reason: Broken, says: "not Discord's"}},
		"telegram takes":             {newTelegram, telegramChat, nil, want{id: "4711"}},
		"telegram wrong token":       {newTelegram, strings.Replace(telegramChat, "-abc@", "-abd@", 1), nil, want{reason: Denied, final: true, status: 401, says: "Unauthorized"}},
		"telegram no such bot":       {newTelegram, strings.Replace(telegramChat, "110201543", "110201544", 1), nil, want{reason: Denied, final: true, status: 404}},
		"telegram no chat":           {newTelegram, strings.Replace(telegramChat, "-1001234567890", "17", 1), nil, want{reason: Gone, final: true, status: 400, says: "chat not found"}},
		"telegram blocked":           {newTelegram, strings.Replace(telegramChat, "-1001234567890", "403", 1), nil, want{reason: Gone, final: true, status: 403, says: "blocked by the user"}},
		"telegram too long":          {newTelegram, telegramChat, answering(400, nil, `{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}`), want{reason: Refused, final: true, status: 400, says: "too long"}},
		"telegram limit":             {newTelegram, telegramChat, answering(429, nil, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}`), want{reason: Busy, after: 35 * time.Second, status: 429}},
		"telegram supergroup":        {newTelegram, telegramChat, answering(400, nil, `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-100999}}`), want{reason: Gone, final: true, status: 400}},
		"telegram repeats the token": {newTelegram, telegramChat, answering(400, nil, `{"ok":false,"description":"no bot `+telegramToken+` here"}`), want{reason: Refused, final: true, status: 400, says: "(secret)"}},
		"telegram a year":            {newTelegram, telegramChat, answering(429, nil, `{"ok":false,"parameters":{"retry_after":31536000}}`), want{reason: Busy, after: 24 * time.Hour, status: 429}},
		"telegram is another":        {newTelegram, telegramChat, answering(200, nil, "{}"), want{reason: Broken, says: "not Telegram's"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := tc.service(t)
			f.answers(tc.trip)
			r, err := sender(t, tc.address, f).Send(t.Context(), hello())
			tc.want.check(t, r, err)
		})
	}
}

func TestWebhookRefused(t *testing.T) {
	other := strings.Replace(hookURL("http://x"), "#whsec_", "#whsec_AAAA", 1)
	_, otherKey, _ := strings.Cut(other, "#")
	for name, tc := range map[string]struct {
		ahead time.Duration
		key   string
		trip  func(http.ResponseWriter, *http.Request, []byte) bool
		want  want
	}{
		"takes":         {want: want{id: "msg_1"}},
		"bad HMAC":      {key: otherKey, want: want{reason: Denied, final: true, status: 401, says: "signature"}},
		"old timestamp": {ahead: 10 * time.Minute, want: want{reason: Denied, final: true, status: 401, says: "signature"}},
		"content type":  {trip: answering(415, nil, planted), want: want{reason: Refused, final: true, status: 415}},
		"body":          {trip: answering(422, nil, planted), want: want{reason: Refused, final: true, status: 422}},
		"expired key":   {trip: answering(403, nil, planted), want: want{reason: Denied, final: true, status: 403, says: "signature"}},
		"no such path":  {trip: answering(404, nil, planted), want: want{reason: Gone, final: true, status: 404}},
		"gone":          {trip: answering(410, nil, ""), want: want{reason: Gone, final: true, status: 410}},
		"moved":         {trip: answering(308, http.Header{"Location": {"http://127.0.0.1:1/" + planted}}, ""), want: want{reason: Gone, final: true, status: 308, says: "redirects are not followed"}},
		"limit":         {trip: answering(429, http.Header{"Retry-After": {"7"}}, ""), want: want{reason: Busy, after: 7 * time.Second, status: 429}},
		"maintenance":   {trip: answering(503, http.Header{"Retry-After": {"3600"}}, ""), want: want{reason: Busy, after: time.Hour, status: 503}},
		"a year":        {trip: answering(429, http.Header{"Retry-After": {"31536000"}}, ""), want: want{reason: Busy, after: 24 * time.Hour, status: 429}},
		"broken":        {trip: answering(502, nil, "<html>"+planted), want: want{reason: Broken, status: 502}},
		"slow":          {trip: answering(408, nil, ""), want: want{reason: Busy, status: 408}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newReceiver(t, tc.ahead)
			f.answers(tc.trip)
			raw := hookURL(f.URL)
			if tc.key != "" {
				raw, _, _ = strings.Cut(raw, "#")
				raw += "#" + tc.key
			}
			r, err := sender(t, raw, nil).Send(t.Context(), hello())
			tc.want.check(t, r, err)
		})
	}
}

// The fakes themselves refuse what these senders never send: were they to take it, the
// tests above would prove nothing.
func TestFakesRefuse(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, tc := range map[string]struct {
		f          *fake
		path, kind string
		body       string
		status     int
		says       string
	}{
		"discord too long":   {newDiscord(t), "/api/webhooks/84230000000000001/" + discordToken + "?wait=true", "application/json", `{"content":"` + long + `"}`, 400, "Invalid Form Body"},
		"telegram too long":  {newTelegram(t), "/bot110201543:" + telegramToken + "/sendMessage", "application/json", `{"chat_id":"@falochron_news","parse_mode":"HTML","text":"` + long + `"}`, 400, "message is too long"},
		"telegram no entity": {newTelegram(t), "/bot110201543:" + telegramToken + "/sendMessage", "application/json", `{"chat_id":"@falochron_news","parse_mode":"HTML","text":"a < b"}`, 400, "can't parse entities"},
		"slack no blocks":    {newSlack(t), "/services/" + slackHookPath, "application/json", `{"text":"x"}`, 400, "invalid_payload"},
		"slack form":         {newSlack(t), "/services/" + slackHookPath, "application/x-www-form-urlencoded", `payload={}`, 415, ""},
		"webhook form":       {newReceiver(t, 0), "/hook", "text/plain", `{}`, 415, ""},
		"webhook unsigned":   {newReceiver(t, 0), "/hook", "application/json", `{}`, 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := http.Post(tc.f.URL+tc.path, tc.kind, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != tc.status || !strings.Contains(string(body), tc.says) {
				t.Errorf("%s %s %v", resp.Status, body, err)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	hang := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer slow.Close()
	defer close(hang)
	s := sender(t, hookURL(slow.URL), nil, func(o *Options) { o.Timeout = 50 * time.Millisecond })
	r, err := s.Send(t.Context(), hello())
	want{reason: Unreachable, says: "no answer in time"}.check(t, r, err)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err = sender(t, hookURL(slow.URL), nil).Send(ctx, hello())
	want{reason: Unreachable, says: "called off"}.check(t, r, err)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	r, err = sender(t, hookURL(gone.URL), nil).Send(t.Context(), hello())
	want{reason: Unreachable, says: "nobody listens there"}.check(t, r, err)

	self := httptest.NewUnstartedServer(http.NotFoundHandler())
	self.Config.ErrorLog = log.New(io.Discard, "", 0)
	self.StartTLS()
	defer self.Close()
	r, err = sender(t, hookURL(self.URL), nil).Send(t.Context(), hello())
	want{reason: Insecure, final: true, says: "certificate"}.check(t, r, err)

	r, err = sender(t, hookURL(strings.Replace(slow.URL, "http://", "https://", 1)), nil).Send(t.Context(), hello())
	want{reason: Insecure, final: true, says: "encryption"}.check(t, r, err)
}

// An answer that does not end is cut, and one that drips is called off.
func TestAnswersAreBounded(t *testing.T) {
	f := newReceiver(t, 0)
	f.answers(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.WriteHeader(http.StatusInternalServerError)
		chunk := []byte(strings.Repeat("x", 32<<10))
		for range 1000 {
			if _, err := w.Write(chunk); err != nil {
				return true
			}
		}
		t.Error("32 MB were read")
		return true
	})
	r, err := sender(t, hookURL(f.URL), nil).Send(t.Context(), hello())
	want{reason: Broken, status: 500}.check(t, r, err)

	f.answers(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		w.WriteHeader(http.StatusOK)
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, "x")
			w.(http.Flusher).Flush()
			select {
			case <-time.After(5 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
		return true
	})
	r, err = sender(t, hookURL(f.URL), nil, func(o *Options) { o.Timeout = 100 * time.Millisecond }).Send(t.Context(), hello())
	want{reason: Unreachable, says: "no answer in time"}.check(t, r, err)
}

// What is wrong with a message is said at once, and nothing is sent.
func TestMessagesAreChecked(t *testing.T) {
	f := newReceiver(t, 0)
	bad := Message{ID: "a.b", Language: "de", Urgency: 7, Links: []Link{{URL: "javascript:alert(1)"}, {URL: "https://a:b@c/"}, {URL: "https://c/ x"}, {URL: "https://c/" + strings.Repeat("x", 600)}}}
	r, err := sender(t, hookURL(f.URL), nil).Send(t.Context(), bad)
	want{reason: Refused, final: true, says: "ID must be"}.check(t, r, err)
	faults, ok := errors.AsType[Faults](err)
	if !ok || len(faults) != 8 || len(f.got) > 0 {
		t.Errorf("%d faults: %v; %d sent", len(faults), faults, len(f.got))
	}
}

func TestOptionsAreChecked(t *testing.T) {
	a, err := ParseAddress(discordHook)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		a Address
		o Options
	}{
		"no address": {Address{}, Options{}},
		"no time":    {a, Options{Timeout: -1}},
		"much time":  {a, Options{Timeout: time.Hour}},
		"service":    {a, Options{Services: Services{Discord: "relay"}}},
	} {
		if _, err := New(tc.a, tc.o); falochron.KindOf(err) != falochron.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
