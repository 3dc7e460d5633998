package notify

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// nasty is what strangers call themselves.
var nasty = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</b></a><b>`, `&lt;b&gt; & &amp; &#x3c;`, `<!channel> <!everyone> <@U0123ABCD> <https://evil.example|shop.example>`,
	"@everyone @here <@84230000000000001> <@&1> <#1>", "**bold** __u__ ~~s~~ ||spoiler|| `code` ```block```", "[shop.example](https://evil.example)", "# big\n> quote\n- list\n1. one",
	"\\*not\\*", "*_`[", "Ola\r\nBcc: victim@shop.example\r\n\r\nbody", "=?utf-8?q?Bcc=3A_x?=", "Ola\u202egnp.exe", "a\u200bb\u2066c\ufeffd", "tab\there\x00\x07\x1b[31m", "\xff\xfe broken",
	"😀👩‍👩‍👧‍👧 Zażółć gęślą jaźń", "{{.Secret}} %s %n ${HOME}", "javascript:alert(1)", `'"` + "`", "a@shop.example /start #tag @victim",
	strings.Repeat("&", 9000), strings.Repeat("*", 9000), strings.Repeat("😀", 9000), strings.Repeat("a\n", 9000), strings.Repeat("<b>", 4000),
}

// nastyMessages has each in each place.
func nastyMessages() (all []Message) {
	for _, s := range nasty {
		all = append(all, Message{
			ID: "nasty", Recipient: s, Subject: s, Line: s, Text: s + "\n\n" + s, Urgency: Urgent, Language: "pl",
			Links: []Link{{Label: s, URL: "https://falochron.example/ack?a=1&b=%22%3C"}, {URL: "https://falochron.example/ack/2"}},
		})
	}
	return all
}

// Nothing that a stranger writes makes a service refuse the message, or means anything
// but its letters.
func TestNastyTexts(t *testing.T) {
	slack, discord, telegram, hook := newSlack(t), newDiscord(t), newTelegram(t), newReceiver(t, 0)
	all := map[string]*Sender{
		"slack": sender(t, slackHook, slack), "discord": sender(t, discordHook, discord), "telegram": sender(t, telegramChat, telegram), "webhook": sender(t, hookURL(hook.URL), nil),
	}
	for _, m := range nastyMessages() {
		for name, s := range all {
			if _, err := s.Send(t.Context(), m); err != nil {
				t.Errorf("%s refuses %.40q: %v", name, m.Subject, err)
			}
		}
		sm := (&slackTarget{}).message(&m)
		if raw := mustJSON(t, sm); strings.ContainsAny(strings.ReplaceAll(textsOfSlack(sm), "\n", ""), "<>\x00\x1b\r\u202e") || !utf8.Valid(raw) {
			t.Errorf("Slack: %s", raw)
		}
		for _, b := range sm.Blocks {
			if b.Text != nil && !b.Text.Verbatim {
				t.Error("Slack looks for names and links in it")
			}
		}
		d := (&discordTarget{}).message(&m)
		if parse, ok := d.AllowedMentions["parse"]; !ok || parse == nil || len(parse) > 0 {
			t.Errorf("mentions are on: %v", d.AllowedMentions)
		}
		if left := unescaped(strings.TrimPrefix(strings.Replace(d.Content, "**\n", "\n", 1), "**")); strings.ContainsAny(left, "*_`~|<>#[]()@\x00\u202e") {
			t.Errorf("Discord: %.200q", left)
		}
		text := (&telegramTarget{}).message(&m).Text
		if n := telegramLength(text); n < 1 || n > telegramText || strings.Count(text, "<") != 2 || strings.Contains(text, "@victim") {
			t.Errorf("Telegram: %d %.200q", n, text)
		}
	}
}

func textsOfSlack(m *slackMessage) string {
	texts := m.Text
	for _, b := range m.Blocks {
		if b.Text != nil {
			texts += b.Text.Text
		}
	}
	return texts
}

// unescaped is what Markdown would read: s without backslashes and what they take the
// meaning of.
func unescaped(s string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What people read of a message, letter by letter.
func TestTexts(t *testing.T) {
	m := hello()
	m.Subject, m.Urgency, m.Language = "R&B <Ola> *x*", Urgent, "pl"
	for name, tc := range map[string]struct{ got, want string }{
		"slack": {string(mustJSON(t, (&slackTarget{channel: "C1"}).message(&m))), `{"channel":"C1","text":"Pilne: R\u0026amp;B \u0026lt;Ola\u0026gt; *x*","blocks":[` +
			`{"type":"section","text":{"type":"mrkdwn","text":"*Pilne: R\u0026amp;B \u0026lt;Ola\u0026gt; *x**","verbatim":true}},` +
			`{"type":"section","text":{"type":"mrkdwn","text":"30,000 people are expected.","verbatim":true}},` +
			`{"type":"section","text":{"type":"mrkdwn","text":"The shop takes 120 orders a minute.\n\nTell the host.","verbatim":true}},` +
			`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Potwierdzam"},"url":"https://falochron.example/ack/pl4ntedSecret"}]}],"unfurl_links":false,"unfurl_media":false}`},
		"discord": {string(mustJSON(t, (&discordTarget{}).message(&m))), `{"content":"**Pilne\\: R\u0026B \\\u003cOla\\\u003e \\*x\\***\n30,000 people are expected.\n\nThe shop takes 120 orders a minute.\n\nTell the host.",` +
			`"allowed_mentions":{"parse":[]},"flags":4,"components":[{"type":1,"components":[{"type":2,"style":5,"label":"Potwierdzam","url":"https://falochron.example/ack/pl4ntedSecret"}]}]}`},
		"telegram": {string(mustJSON(t, (&telegramTarget{chat: "17"}).message(&m))), `{"chat_id":"17","text":"\u003cb\u003ePilne: R\u0026amp;B \u0026lt;Ola\u0026gt; *x*\u003c/b\u003e\n30,000 people are expected.\n\nThe shop takes 120 orders a minute.\n\nTell the host.",` +
			`"parse_mode":"HTML","link_preview_options":{"is_disabled":true},"reply_markup":{"inline_keyboard":[[{"text":"Potwierdzam","url":"https://falochron.example/ack/pl4ntedSecret"}]]}}`},
	} {
		if tc.got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, tc.got, tc.want)
		}
	}
}

func TestManyLinks(t *testing.T) {
	m := hello()
	m.Links = nil
	for range MaxLinks {
		m.Links = append(m.Links, Link{Label: strings.Repeat("Żółw ", 40), URL: "https://falochron.example/" + strings.Repeat("x", 480)})
	}
	for name, s := range map[string]*Sender{
		"slack": sender(t, slackHook, newSlack(t)), "discord": sender(t, discordHook, newDiscord(t)), "telegram": sender(t, telegramChat, newTelegram(t)),
	} {
		if _, err := s.Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := newDiscord(t) // keeps of the components what a webhook's message shows
	if _, err := sender(t, discordHook, f).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var d discordMessage
	f.last(&d)
	if len(d.Components) != 4 || len(d.Components[3].Components) != 5 {
		t.Errorf("%d rows", len(d.Components))
	}
}

func TestSpace(t *testing.T) {
	for _, tc := range []struct {
		s     string
		n     int
		want  string
		after int
	}{
		{"abc", 3, "abc", 0}, {"abcd", 3, "ab…", 0}, {"ab", 3, "ab", 1}, {"abc", 1, "…", 0}, {"abc", 0, "", 0}, {"", 0, "", 0},
		{"😀😀", 4, "😀😀", 0}, {"😀😀", 3, "😀…", 0}, {"😀😀", 2, "…", 1}, {"&&", 9, "&amp;…", 3}, {"&&", 10, "&amp;&amp;", 0}, {"a&", 5, "a…", 3},
	} {
		left := space(tc.n)
		if got := left.take(tc.s, escapeSlack); got != tc.want || int(left) != tc.after {
			t.Errorf("%q in %d: %q, %d left; want %q, %d", tc.s, tc.n, got, left, tc.want, tc.after)
		}
	}
}

func TestLines(t *testing.T) {
	for s, want := range map[string]string{
		"Ola\r\nBcc: x": "Ola Bcc: x", " a \t b\u2028c ": "a b c", "Ola\u202egnp": "Olagnp", "a\xffb": "a\ufffdb", "👩‍👧": "👩‍👧", "\x00\u200b": "",
	} {
		if got := oneLine(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	if got := manyLines("\n\na\r\nb  \rc\u2028d\x1b[0m\n"); got != "a\nb\nc\nd[0m" {
		t.Errorf("%q", got)
	}
}
