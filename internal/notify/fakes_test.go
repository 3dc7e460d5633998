package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Planted is in every secret of these tests, so that a leak of any is found by one word.
const (
	planted       = "pl4ntedSecret"
	slackHookPath = "T0001/B0001/" + planted + "XXXXXXXXXXX"
	slackBotToken = "123456789012-1234567890123-" + planted
	discordToken  = planted + "_discord-0123456789"
	telegramToken = "AAH" + planted + "_0123456789-abc"
	// Tokens of yesterday, as far as a service tells them from wrong ones.
	slackExpired    = "523456789012-1234567890123-" + planted
	slackRevoked    = "623456789012-1234567890123-" + planted
	telegramRevoked = "AAR" + planted + "_0123456789-abc"

	smtpPassword = planted + "/p@ss%"
)

var hookKey = []byte(planted + "0123456789abcdef")

// fake is what the fakes of services have in common: what they got, and how they are
// told to answer besides.
type fake struct {
	*httptest.Server
	t *testing.T

	mu   sync.Mutex
	got  []json.RawMessage
	trip func(w http.ResponseWriter, r *http.Request, body []byte) bool // answers instead
}

func newFake(t *testing.T, serve func(f *fake, w http.ResponseWriter, r *http.Request, body []byte)) *fake {
	f := &fake{t: t}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); r.Method != http.MethodPost || kind != "application/json" {
			http.Error(w, "POST JSON", http.StatusUnsupportedMediaType)
			return
		}
		f.mu.Lock()
		trip := f.trip
		f.mu.Unlock()
		if trip == nil || !trip(w, r, body) {
			serve(f, w, r, body)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

// answers makes the fake answer so, once it is asked with what it takes.
func (f *fake) answers(trip func(w http.ResponseWriter, r *http.Request, body []byte) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trip = trip
}

func (f *fake) took(body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, body)
}

// last is the last message that was taken, decoded.
func (f *fake) last(v any) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.got) == 0 {
		f.t.Fatal("nothing was taken")
	}
	if err := json.Unmarshal(f.got[len(f.got)-1], v); err != nil {
		f.t.Fatal(err)
	}
}

func strict(body []byte, v any) bool {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	return d.Decode(v) == nil
}

// newSlack refuses as "Sending messages using incoming webhooks" (Handling errors) and
// "chat.postMessage" (Errors) say.
func newSlack(t *testing.T) *fake {
	return newFake(t, func(f *fake, w http.ResponseWriter, r *http.Request, body []byte) {
		say := func(status int, word string) { w.WriteHeader(status); _, _ = io.WriteString(w, word) }
		bot := r.URL.Path == "/api/chat.postMessage"
		if bot {
			say = func(_ int, word string) { fmt.Fprintf(w, `{"ok":false,"error":%q}`, word) }
		}
		var m slackMessage
		switch {
		case !bot && !strings.HasPrefix(r.URL.Path, "/services/T0001/B0001/"):
			say(http.StatusNotFound, "no_service")
		case !bot && r.URL.Path != "/services/"+slackHookPath:
			say(http.StatusForbidden, "invalid_token")
		case bot && r.Header.Get("Authorization") == "Bearer xoxb-"+slackExpired: // "Using token rotation": it lives for 12 hours
			say(0, "token_expired")
		case bot && r.Header.Get("Authorization") == "Bearer xoxb-"+slackRevoked:
			say(0, "token_revoked")
		case bot && r.Header.Get("Authorization") != "Bearer xoxb-"+slackBotToken:
			say(0, "invalid_auth")
		case !strict(body, &m) || !slackTakes(&m):
			say(http.StatusBadRequest, map[bool]string{true: "invalid_blocks", false: "invalid_payload"}[bot])
		case bot && m.Channel != "C0123ABCD":
			say(0, "channel_not_found")
		case bot:
			f.took(body)
			_, _ = io.WriteString(w, `{"ok":true,"channel":"C0123ABCD","ts":"1503435956.000247"}`)
		default:
			f.took(body)
			_, _ = io.WriteString(w, "ok")
		}
	})
}

func slackTakes(m *slackMessage) bool {
	if len(m.Blocks) == 0 || len(m.Blocks) > 50 || len(m.Text) > 40_000 {
		return false
	}
	for _, b := range m.Blocks {
		switch b.Type {
		case "section":
			if n := units(b.Text.Text); b.Text.Type != "mrkdwn" || n == 0 || n > 3000 {
				return false
			}
		case "actions":
			for _, e := range b.Elements {
				if units(e.Text.Text) > 75 || e.URL == "" || e.Text.Type != "plain_text" || len(b.Elements) > 25 {
					return false
				}
			}
		default:
			return false
		}
	}
	return true
}

// newDiscord refuses as "Execute Webhook", "Rate Limits" and "Opcodes and Status Codes"
// (JSON) say.
func newDiscord(t *testing.T) *fake {
	return newFake(t, func(f *fake, w http.ResponseWriter, r *http.Request, body []byte) {
		w.Header().Set("Content-Type", "application/json")
		say := func(status, code int, text string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"message":%q,"code":%d}`, text, code)
		}
		path, ok := strings.CutPrefix(r.URL.Path, "/api/webhooks/84230000000000001/")
		var m discordMessage
		switch {
		case !ok:
			say(http.StatusNotFound, 10015, "Unknown Webhook")
		case path != discordToken:
			say(http.StatusUnauthorized, 50027, "Invalid Webhook Token")
		case !strict(body, &m) || m.Content == "" || units(m.Content) > 2000 || len(m.Components) > 5:
			say(http.StatusBadRequest, 50035, "Invalid Form Body")
		case r.URL.Query().Get("wait") != "true":
			w.WriteHeader(http.StatusNoContent)
		default:
			if r.URL.Query().Get("with_components") != "true" {
				m.Components = nil
			}
			for _, row := range m.Components {
				for _, b := range row.Components {
					if units(b.Label) > 80 || b.Style != 5 || len(b.URL) > 512 || len(row.Components) > 5 {
						say(http.StatusBadRequest, 50035, "Invalid Form Body")
						return
					}
				}
			}
			kept, _ := json.Marshal(m)
			f.took(kept)
			_, _ = io.WriteString(w, `{"id":"1234567890123456789","content":"…"}`)
		}
	})
}

// newTelegram refuses as "Making requests", "sendMessage" and "ResponseParameters" of the
// Bot API say, and as its server words it.
func newTelegram(t *testing.T) *fake {
	return newFake(t, func(f *fake, w http.ResponseWriter, r *http.Request, body []byte) {
		w.Header().Set("Content-Type", "application/json")
		say := func(status int, text string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"ok":false,"error_code":%d,"description":%q}`, status, text)
		}
		bot, _ := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/bot"), "/sendMessage")
		var m telegramMessage
		switch {
		case !strings.HasPrefix(bot, "110201543:"):
			say(http.StatusNotFound, "Not Found")
		case bot != "110201543:"+telegramToken: // revoked by BotFather, or never one
			say(http.StatusUnauthorized, "Unauthorized")
		case !strict(body, &m):
			say(http.StatusBadRequest, "Bad Request: can't parse JSON")
		case m.Chat == "404":
			say(http.StatusForbidden, "Forbidden: bot was kicked from the group chat")
		case m.Chat == "403":
			say(http.StatusForbidden, "Forbidden: bot was blocked by the user")
		case m.Chat != "-1001234567890" && m.Chat != "@falochron_news":
			say(http.StatusBadRequest, "Bad Request: chat not found")
		case m.ParseMode != "HTML" || telegramLength(m.Text) < 0:
			say(http.StatusBadRequest, "Bad Request: can't parse entities")
		case telegramLength(m.Text) > 4096:
			say(http.StatusBadRequest, "Bad Request: message is too long")
		default:
			f.took(body)
			_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":4711,"date":1}}`)
		}
	})
}

// telegramLength is what Telegram counts of a text in HTML style, and -1 if it is none.
func telegramLength(s string) int {
	n := 0
	for s != "" {
		switch {
		case strings.HasPrefix(s, "<b>"):
			s = s[3:]
		case strings.HasPrefix(s, "</b>"):
			s = s[4:]
		case s[0] == '<' || s[0] == '>':
			return -1
		case s[0] == '&':
			name, rest, ok := strings.Cut(s[1:], ";")
			if !ok || name != "amp" && name != "lt" && name != "gt" && name != "quot" {
				return -1
			}
			n, s = n+1, rest
		default:
			r := []rune(s[:min(len(s), 4)])[0]
			n, s = n+units(string(r)), s[len(string(r)):]
		}
	}
	return n
}

// newReceiver refuses as Standard Webhooks asks receivers to: "Verifying webhook
// signatures". ahead is how far its clock is before ours.
func newReceiver(t *testing.T, ahead time.Duration) *fake {
	return newFake(t, func(f *fake, w http.ResponseWriter, r *http.Request, body []byte) {
		id, stamp := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
		mac := hmac.New(sha256.New, hookKey)
		_, _ = io.WriteString(mac, id+"."+stamp+".")
		mac.Write(body)
		want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
		at, err := strconv.ParseInt(stamp, 10, 64)
		off := time.Now().Add(ahead).Sub(time.Unix(at, 0))
		var b hookBody
		switch {
		case !hmac.Equal([]byte(want), []byte(r.Header.Get("webhook-signature"))):
			http.Error(w, "no matching signature: "+planted, http.StatusUnauthorized)
		case err != nil || off.Abs() > 5*time.Minute:
			http.Error(w, "message timestamp too old", http.StatusUnauthorized)
		case !strict(body, &b) || b.Data.ID != id || b.Type == "":
			http.Error(w, "bad body", http.StatusBadRequest)
		default:
			f.took(body)
			w.WriteHeader(http.StatusNoContent)
		}
	})
}

func here(t *testing.T) []netip.Prefix {
	t.Helper()
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
}

// sender is one for raw whose services are all at f.
func sender(t *testing.T, raw string, f *fake, change ...func(*Options)) *Sender {
	t.Helper()
	a, err := ParseAddress(raw)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Allow: here(t)}
	if f != nil {
		o.Services = Services{SlackHooks: f.URL, SlackAPI: f.URL, Discord: f.URL, Telegram: f.URL}
	}
	for _, c := range change {
		c(&o)
	}
	s, err := New(a, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	slackHook    = "slack://hook:T0001-B0001-" + planted + "XXXXXXXXXXX@webhook"
	slackBot     = "slack://xoxb:" + slackBotToken + "@C0123ABCD"
	discordHook  = "discord://" + discordToken + "@84230000000000001"
	telegramChat = "telegram://110201543:" + telegramToken + "@telegram?chats=-1001234567890"
)

// hookURL is the address of a receiver.
func hookURL(base string) string {
	return "generic+" + base + "/hook?customer=" + planted + "#whsec_" + base64.StdEncoding.EncodeToString(hookKey)
}

func hello() Message {
	return Message{
		ID: "msg_1", Recipient: "ola", Subject: "A post at 20:00", Line: "30,000 people are expected.", Text: "The shop takes 120 orders a minute.\n\nTell the host.",
		Links: []Link{{URL: "https://falochron.example/ack/" + planted}},
	}
}
