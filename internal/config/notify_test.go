package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Messages need pages that their links lead to, and files that can be read; what stands
// in these files is told to nobody.
func TestNotify(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "room")
	if err := os.WriteFile(secret, []byte("discord://planted@1"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "f.yaml")
	load := func(text string) (*Config, error) {
		if err := os.WriteFile(file, []byte(text+"\nshops:\n  - origins: [http://127.0.0.1:8081]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(file)
	}
	c, err := load("plan: {url: 'https://plan.example'}\nnotify:\n  send: true\n  gather: 5m\n  channels: [{name: room, file: " + secret + ", party: web}]")
	if err != nil || !c.Notify.Send || len(c.Notify.Channels) != 1 || c.Notify.Channels[0].Party != "web" {
		t.Fatalf("%+v, %v", c, err)
	}
	for text, want := range map[string]string{
		"notify: {send: true}":                                  "notify.send",
		"notify: {gather: 0s}":                                  "notify.gather",
		"notify: {timeout: 1h}":                                 "notify.timeout",
		"notify: {mail: " + dir + "/none}":                      "notify.mail",
		"notify: {channels: [{name: A, file: " + secret + "}]}": "notify.channels[0].name",
		"notify: {channels: [{name: a}]}":                       "notify.channels[0].file",
		"notify: {channels: [{name: a, file: " + secret + "}, {name: a, file: " + secret + "}]}": "notify.channels[1].name",
	} {
		_, err := load(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
