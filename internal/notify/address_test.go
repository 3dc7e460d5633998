package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

const key32 = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

func TestParseAddress(t *testing.T) {
	for raw, want := range map[string]string{
		slackHook: "Slack webhook",
		slackBot:  "Slack channel C0123ABCD",
		"https://hooks.slack.com/services/T0001/B0001/0123456789abcdefABCDEFGH": "Slack webhook",
		discordHook:                   "Discord webhook 84230000000000001",
		discordHook + "?thread_id=17": "Discord webhook 84230000000000001",
		"https://discord.com/api/webhooks/84230000000000001/" + discordToken: "Discord webhook 84230000000000001",
		telegramChat: "Telegram chat -1001234567890",
		"telegram://110201543:" + telegramToken + "@telegram/?channels=@falochron_news":        "Telegram chat @falochron_news",
		"smtp://user:p%40ss@mail.example:2525/?fromaddress=a@b.example&toaddresses=c@d.pl":     "e-mail to c@d.pl by mail.example",
		"smtps://mail.example?from=a@b.example&to=c%2Bd@d.example&fromname=Sklep%20Oli":        "e-mail to c+d@d.example by mail.example",
		"SMTP://Mail.Example?from=a@b.example&to=c@d.example&encryption=ImplicitTLS":           "e-mail to c@d.example by mail.example",
		"generic://shop.example/hook?a=b&c=d#" + key32:                                         "webhook at shop.example",
		"generic+https://[2606:4700::1111]:8443/#" + key32:                                     "webhook at 2606:4700::1111",
		"  generic+http://127.0.0.1:9000/hook#" + strings.ReplaceAll(key32, "=", "%3D") + "\n": "webhook at 127.0.0.1",
	} {
		a, err := ParseAddress(raw)
		if err != nil || a.String() != want {
			t.Errorf("%s: %q, %v; want %q", raw, a, err, want)
		}
	}
	for raw, want := range map[string]mailTarget{
		"smtp://m.example/?from=a@b.example&to=c@d.example":                           {host: "m.example", port: 587},
		"smtp://m.example:25/?from=a@b.example&to=c@d.example":                        {host: "m.example", port: 25},
		"smtps://m.example/?from=a@b.example&to=c@d.example":                          {host: "m.example", port: 465, implicit: true},
		"smtp://m.example/?from=a@b.example&to=c@d.example&encryption=implicittls":    {host: "m.example", port: 465, implicit: true},
		"smtp://localhost/?from=a@b.example&to=c@d.example":                           {host: "localhost", port: 587, plain: true},
		"smtp://[::1]:25/?from=a@b.example&to=c@d.example&encryption=None":            {host: "::1", port: 25, plain: true},
		"smtp://127.0.0.1:25/?from=a@b.example&to=c@d.example&encryption=ExplicitTLS": {host: "127.0.0.1", port: 25},
	} {
		a, err := ParseAddress(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		got := a.to.(*mailTarget)
		if got.host != want.host || got.port != want.port || got.implicit != want.implicit || got.plain != want.plain {
			t.Errorf("%s: %+v", raw, got)
		}
	}
}

// Every fault is named at once, with what to write, and nothing of what was written.
func TestFaultsOfAddresses(t *testing.T) {
	for raw, want := range map[string][]string{
		"":                                 {"address"},
		"ola@shop.example":                 {"address"},
		"irc://host":                       {"address"},
		"mailto:ola@shop.example":          {"address"},
		"https://shop.example/" + planted:  {"address"},
		"slack://%zz" + planted:            {"address"},
		"slack://hook:a b@webhook":         {"address"},
		"slack://hook:\u202etoken@webhook": {"address"},
		"discord://" + strings.Repeat("x", 3000) + "@1": {"address"},
		"slack://webhook":                                                                              {"token"},
		"slack://hook:" + planted + "@webhook":                                                         {"token"},
		"slack://hook:" + planted + "@general/x?icon=y#z":                                              {"token", "host", "path", "fragment", "icon"},
		"slack://xoxb:" + planted + "@general":                                                         {"token", "host"},
		"slack://xoxp:" + planted + "@C0123ABCD":                                                       {"token"},
		"discord://" + planted + "@general?thread_id=x&username=y":                                     {"token", "webhook id", "thread_id", "username"},
		discordHook + "?thread_id=1&thread_id=2":                                                       {"thread_id"},
		discordHook + "?" + planted + strings.Repeat("0", 20):                                          {"a key"},
		discordHook + "?" + planted + "0=1&" + planted + "0=2":                                         {"a key", "a key"},
		discordHook + "?thread_id=%zz":                                                                 {"query"},
		"https://discord.com/api/webhooks/general/" + planted:                                          {"token", "webhook id"},
		"telegram://" + planted + "@host":                                                              {"token", "host", "chats"},
		telegramChat + ",17":                                                                           {"chats"},
		telegramChat + "&channels=17&parsemode=HTML":                                                   {"channels", "parsemode"},
		"smtp://" + planted + "@?from=x&to=a@b.example,c@d.example&encryption=maybe&skiptlsverify=yes": {"server", "encryption", "user", "from", "to", "skiptlsverify"},
		"smtp://m.example:99999/?from=Ola<a@b.example>&to=":                                            {"port", "from", "to", "to"},
		"smtp://m.example/?from=a@b.example&to=c@d.example&encryption=None":                            {"encryption"},
		"smtps://localhost/?from=a@b.example&to=c@d.example&encryption=None":                           {"encryption"},
		"smtp://m.example/?from=a@b.example%0d%0aBcc:x@y.example&to=c@d.example":                       {"from"},
		"generic://" + planted + ":x@shop.example":                                                     {"user", "key"},
		"generic://shop.example#" + planted:                                                            {"key"},
		"generic://shop.example#whsec_c2hvcnQ=":                                                        {"key"},
		"generic://shop_.ex%2Fample:0/?template=json#" + key32:                                         {"address"},
		"generic://:0/?template=json#" + key32:                                                         {"host", "port", "template"},
		"generic://żółw.example#" + key32:                                                              {"host"},
	} {
		_, err := ParseAddress(raw)
		faults, ok := errors.AsType[Faults](err)
		if !ok || falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		var parts []string
		for _, f := range faults {
			parts = append(parts, f.Part)
			if f.What == "" || f.Hint == "" {
				t.Errorf("%s: %+v", raw, f)
			}
		}
		slices.Sort(parts)
		slices.Sort(want)
		if !slices.Equal(parts, want) {
			t.Errorf("%s: faults of %q, want %q", raw, parts, want)
		}
		if text := err.Error() + falochron.HintOf(err) + fmt.Sprintf("%+v", faults); strings.Contains(text, planted) {
			t.Errorf("%s: a secret gets out: %s", raw, text)
		}
	}
}

// Whatever is given: no panic, an address or faults, never both, no part of it repeated;
// and what is an address shows no password.
func FuzzParseAddress(f *testing.F) {
	for _, raw := range []string{
		slackHook, slackBot, discordHook, telegramChat, hookURL("https://shop.example"), "smtp://u:" + planted + "@m.example/?from=a@b.example&to=c@d.example",
		"https://hooks.slack.com/services/T0001/B0001/0123456789abcdefABCDEFGH", "smtps://[::1]:465?from=a@b&to=c@d&encryption=auto", "generic+http://a#whsec_",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := ParseAddress(raw)
		if (err == nil) != (a.to != nil) {
			t.Fatalf("%v and %v", a, err)
		}
		if err != nil {
			if falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" || strings.Contains(err.Error(), planted) {
				t.Fatal(err)
			}
			return
		}
		shown := fmt.Sprintf("%v %+v %#v %s", a, a, a, a)
		if strings.Contains(shown, planted) && !strings.Contains(shown, "e-mail") {
			t.Fatal(shown)
		}
		if a.String() == "" || a.Channel().String() == "" || visible(a.String()) != a.String() {
			t.Fatalf("%q", a)
		}
		if _, err := New(a, Options{}); err != nil {
			t.Fatalf("%q cannot be sent to: %v", a, err)
		}
	})
}
