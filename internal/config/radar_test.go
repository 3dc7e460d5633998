package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/falochron/falochron"
)

func TestLoadNetworks(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "networks")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	want := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	for name, text := range map[string]string{
		"lines":     "# hosting\n192.0.2.0/24 # one\n\n 2001:db8::/32\n",
		"published": `{"creationTime": "2026-11-01T00:00:00", "prefixes": [{"ipv4Prefix": "192.0.2.0/24"}, {"ipv6Prefix": "2001:db8::/32"}]}`,
	} {
		got, err := LoadNetworks(file(text))
		if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	for text, fault := range map[string]string{
		"192.0.2.0/24\n192.0.2.300/24": "line 2",
		"192.0.2.1/24":                 "192.0.2.0/24",
		`{"prefixes": []}`:             "no prefixes",
		`{"prefixes": `:                "JSON",
	} {
		_, err := LoadNetworks(file(text))
		if err == nil || !strings.Contains(err.Error(), fault) || falochron.KindOf(err) != falochron.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := LoadNetworks("testdata/none"); err == nil {
		t.Error("a file that is not there")
	}
}

func TestRadarByFlag(t *testing.T) {
	c, err := FromFlags(Flags{Origins: []string{"http://127.0.0.1:8081"}, Radar: "shadow"})
	if err != nil || c.Shops[0].Radar.Mode != falochron.RadarShadow || !c.Robots.DNS {
		t.Errorf("%v %v", c, err)
	}
	_, err = FromFlags(Flags{Origins: []string{"http://127.0.0.1:8081"}, Radar: "on"})
	if err == nil || !strings.Contains(err.Error(), "act, shadow or off") {
		t.Error(err)
	}
}
