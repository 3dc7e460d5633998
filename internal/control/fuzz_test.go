package control

import (
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/falochron/falochron"
)

// Whatever a body holds, the orders that come of it are within their bounds and
// the answer is JSON with a status of ours.
func FuzzOrders(f *testing.F) {
	for _, body := range []string{`{"mode":"hold"}`, `{"n":8}`, `{"time":"2026-11-27T18:00:00Z"}`, `{"path":"/p","sold_out":true}`, `{`, `null`, `{"path":"/\u0000"}`} {
		for i := range 4 {
			f.Add(uint8(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		c, p, _ := newControl(&testing.T{}, nil)
		path := []string{"mode", "ceiling", "start", "stock"}[which%4]
		w := ask(c, "POST", "/api/v1/shops/perfumy.example/"+path, body, header("Content-Type", "application/json"))
		if w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("status %d for %q", w.Code, body)
		}
		s := p.orders
		if s.Ceiling < 0 || s.Ceiling > maxCeiling || s.Mode > falochron.ModeOff || len(s.SoldOut) > 1 {
			t.Errorf("%q made %+v", body, s)
		}
		for path := range s.SoldOut {
			if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#\r\n\x00 ") || !utf8.ValidString(path) {
				t.Errorf("%q made the path %q", body, path)
			}
		}
	})
}

// Only names that mean this machine are ours.
func FuzzHost(f *testing.F) {
	for _, h := range []string{"localhost:1", "127.0.0.1", "[::1]:1", "::1", "127.0.0.1.evil.example", "[::ffff:127.0.0.1]", "localhost.", "a@127.0.0.1"} {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if !hostIsOurs(host, nil) {
			return
		}
		name := strings.Trim(strings.ToLower(host), "[]")
		if i := strings.LastIndexByte(host, ':'); strings.Count(host, ":") == 1 || strings.Contains(host, "]:") {
			name = strings.Trim(strings.ToLower(host[:i]), "[]")
		}
		if ip, err := netip.ParseAddr(name); name != "localhost" && (err != nil || !ip.IsLoopback()) {
			t.Errorf("%q is taken for ours", host)
		}
	})
}
