package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
)

// A contact is reached by the mail server, by a channel that its party may name, or by an
// address of its own; no secret stands in an error.
func TestWays(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	mail := file("mail", "smtp://user:planted@mail.example:587/?from=falochron@shop.example\n")
	room := file("room", "discord://planted_planted_planted_planted@842300000000000001\n")
	w, err := readWays(&config.Notify{Mail: mail, Channels: []config.Channel{{Name: "room", File: room, Party: "web"}, {Name: "all", File: room}}})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"mailto:jan@hosting.example": "", "channel:room": "", "channel:all": "", "generic+https://agency.example/hook#whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "",
		"mailto:": "to", "mailto:a@b.example?bcc=c@d.example": "to", "mailto:a@b.example,c@d.example": "to", "channel:none": "no such channel", "pigeon:planted": "", "": "empty",
	} {
		way, err := w.to("web", address)
		if address == "pigeon:planted" {
			want = "scheme"
			if err == nil || strings.Contains(err.Error(), "planted") {
				t.Errorf("%q: %v", address, err)
			}
			continue
		}
		if (want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "planted")) {
			t.Errorf("%q: %v, %v; wants %q", address, way, err, want)
		}
	}
	if _, err := w.to("ola", "channel:room"); err == nil {
		t.Error("somebody else names a party's channel")
	}
	if _, err := (&ways{}).to("web", "mailto:jan@hosting.example"); err == nil || !strings.Contains(err.Error(), "notify.mail") {
		t.Error(err)
	}

	for name, n := range map[string]config.Notify{
		"a recipient in it": {Mail: file("to", "smtp://u:planted@mail.example:587/?from=a@b.example&to=planted@c.example")},
		"no mail server":    {Mail: room},
		"no sender":         {Mail: file("from", "smtp://u:planted@mail.example:587/")},
		"not an address":    {Channels: []config.Channel{{Name: "a", File: file("bad", "slack://planted")}}},
		"not there":         {Mail: filepath.Join(dir, "none")},
		"too long":          {Mail: file("long", strings.Repeat("planted", 1000))},
	} {
		_, err := readWays(&n)
		if falochron.KindOf(err) != falochron.Invalid || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
