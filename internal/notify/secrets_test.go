package notify

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

// A secret stands in every address. Whatever is printed of it and of whatever goes wrong
// with it, the secret is not there: formatted by every verb, alone and within another
// value, as JSON, in a log, in an error and in its hint.
func TestNoSecretGetsOut(t *testing.T) {
	mailURL := "smtp://user:" + url.QueryEscape(smtpPassword) + "@127.0.0.1:"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close() // nobody listens there

	for name, raw := range map[string]string{
		"slack": slackHook, "slack app": slackBot, "discord": discordHook, "telegram": telegramChat,
		"webhook": hookURL("http://127.0.0.1:" + port), "mail": mailURL + port + "/?from=a@b.example&to=c@d.example",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(raw, planted) {
				t.Fatal("nothing is planted")
			}
			a, err := ParseAddress(raw)
			if err != nil {
				t.Fatal(err)
			}
			at := "http://127.0.0.1:" + port
			s, err := New(a, Options{Allow: here(t), Services: Services{at, at, at, at}})
			if err != nil {
				t.Fatal(err)
			}
			r, failed := s.Send(t.Context(), hello())
			if failed == nil {
				t.Fatal("somebody took it")
			}
			within := struct {
				unexported Address
				S          *Sender
				E          error
				R          Receipt
			}{a, s, failed, r}
			var out bytes.Buffer
			for _, v := range []any{a, &a, s, *s, failed, within, a.to, r} {
				fmt.Fprintf(&out, "%v %+v %#v %s %q\n", v, v, v, v, v)
			}
			_ = json.NewEncoder(&out).Encode([]any{a, s})
			_ = json.NewEncoder(&out).Encode(r)
			slog.New(slog.NewTextHandler(&out, nil)).Info("sent", "to", a, "sender", s, "error", failed, "all", within)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("sent", "to", a, "error", failed, "receipt", r)
			f, ok := errors.AsType[*Failure](failed)
			if !ok {
				t.Fatal(failed)
			}
			for _, err := range append(f.Unwrap(), failed) {
				fmt.Fprintf(&out, "%v %+v %#v %s\n", err, err, err, falochron.HintOf(err))
			}
			if i := strings.Index(out.String(), planted); i >= 0 {
				t.Errorf("…%s…", out.String()[max(0, i-100):min(out.Len(), i+60)])
			}
			if !strings.Contains(out.String(), a.String()) {
				t.Error("it does not say where to either: nothing is proven")
			}
		})
	}
}

func TestScrub(t *testing.T) {
	s := keep("se/cr et")
	for _, form := range []string{"se/cr et", "se%2Fcr%20et", "se%2Fcr+et", base64.StdEncoding.EncodeToString([]byte("se/cr et"))} {
		if got := scrub("a "+form+" b", s); got != "a (secret) b" {
			t.Errorf("%q", got)
		}
	}
	if got := scrub("a b", keep(""), secret{}); got != "a b" {
		t.Errorf("%q", got)
	}
}
