package accept

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
)

func TestTextsLoseTheirAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"error from 192.0.2.7:4711: EOF":                       "error from 192.0.2.0/24: EOF",
		"error from 192.0.2.7: EOF":                            "error from 192.0.2.0/24: EOF",
		"error from [2001:db8:1:2::7]:4711: EOF":               "error from 2001:db8:1::/48: EOF",
		"error from [2001:db8:1:2::7]: EOF":                    "error from 2001:db8:1::/48: EOF",
		"error from [fe80::7%eth0]:4711: EOF":                  "error from fe80::/48: EOF",
		"error from 2001:db8:1:2::7: EOF":                      "error from 2001:db8:1::/48: EOF",
		"error from 2001:db8:1:2:: EOF":                        "error from 2001:db8:1::/48 EOF",
		"error from ::ffff:192.0.2.7: EOF":                     "error from 192.0.2.0/24: EOF",
		"read tcp 10.0.0.1:443->192.0.2.7:9: connection reset": "read tcp 10.0.0.0/24->192.0.2.0/24: connection reset",
		"accept tcp [::]:443: too many open files; 12:30:45":   "accept tcp [::]:443: too many open files; 12:30:45",
		"http: nobody is named here: 5 of 1.5.":                "http: nobody is named here: 5 of 1.5.",
	} {
		if got := withoutAddresses(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// FuzzSaidAddress: no visitor's address stays whole, whatever stands around it.
func FuzzSaidAddress(f *testing.F) {
	f.Add("lost to ", "! ")
	f.Add("->", "")
	f.Add("(", ")")
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.ContainsAny(before+after, "0123456789abcdefABCDEF:.[]%") {
			return // they would be part of another address
		}
		for _, address := range []string{"192.0.2.7", "192.0.2.7:4711", "2001:db8:1:2::7", "[2001:db8:1:2::7]:4711"} {
			if got := withoutAddresses(before + address + after); strings.Contains(got, "192.0.2.7") || strings.Contains(got, "::7") {
				t.Errorf("%q", got)
			}
		}
	})
}

// breakage are ways in which a peer can make the HTTP/2 of x/net speak.
var breakage = map[string]struct {
	tls   bool
	takes time.Duration // until it is noticed
	sends func(io.Writer)
}{
	"a broken preface": {tls: true, sends: func(c io.Writer) { io.WriteString(c, "my-words instead of a preface") }},
	"a broken frame": {sends: func(c io.Writer) {
		io.WriteString(c, http2.ClientPreface)
		f := http2.NewFramer(c, nil)
		f.AllowIllegalWrites = true
		f.WriteSettings()
		f.WriteRawFrame(http2.FrameData, 0, 0, []byte("my-words")) // DATA on stream 0
	}},
	"no settings": {takes: 3 * time.Second, sends: func(c io.Writer) { io.WriteString(c, http2.ClientPreface) }},
}

func TestBrokenConnectionsAreToldOfSparinglyAndWithoutAddresses(t *testing.T) {
	dir := t.TempDir()
	for name, way := range breakage {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var logged bytes.Buffer
				cfg := Config{H2C: true, CertificateCheck: -1, Log: slog.New(slog.NewTextHandler(lockedWriter{&mu, &logged}, nil))}
				if way.tls {
					cfg.Certificates = []Pair{newPair(t, dir, "a.example")}
				}
				s := openInMemory(t, cfg, func(http.ResponseWriter, *http.Request) {})
				said := func() string { // since the last time
					synctest.Wait()
					mu.Lock()
					defer mu.Unlock()
					defer logged.Reset()
					return logged.String()
				}
				come := func(many int) {
					var all []net.Conn
					for range many {
						c := s.dial(t)
						if way.tls {
							c = tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
						}
						way.sends(c)
						all = append(all, c)
					}
					time.Sleep(way.takes)
					synctest.Wait()
					for _, c := range all {
						c.Close()
					}
				}
				come(100)
				text := said()
				if n := strings.Count(text, "\n"); n != toldAtOnce {
					t.Errorf("%d lines:\n%s", n, text)
				}
				if n := s.Counts().Broken; n != 100 {
					t.Errorf("%d counted", n)
				}
				time.Sleep(tellingEvery)
				come(1)
				again := said()
				if strings.Count(again, "\n") != 1 || !strings.Contains(again, "kept_back=95") {
					t.Errorf("a minute later: %s", again)
				}
				come(toldAtOnce)
				said()
				s.Drain(t.Context())
				if end := said(); !strings.Contains(end, "kept_back=1") {
					t.Errorf("at the end: %s", end)
				}
				text += again
				if !strings.Contains(text, "192.0.2.0/24") || strings.Contains(text, "192.0.2.7") || strings.Contains(text, "my-words") {
					t.Error(text)
				}
			})
		})
	}
}

// A preface that goes wrong without TLS never gets as far as HTTP/2: it is
// answered, and nothing is said of it.
func TestABrokenPrefaceWithoutTLSIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var logged bytes.Buffer
		s := openInMemory(t, Config{H2C: true, Log: slog.New(slog.NewTextHandler(lockedWriter{&mu, &logged}, nil))}, nil)
		_, in := s.say(t, "PRI * HTTP/2.0\r\n\r\nmy-words")
		if resp, body := answer(in); resp.StatusCode != 400 {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if logged.Len() > 0 {
			t.Error(logged.String())
		}
	})
}

func TestHandshakeFaultsAreNotInTheLog(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var logged bytes.Buffer
		s := openInMemory(t, Config{Certificates: []Pair{newPair(t, dir, "a.example")}, CertificateCheck: -1,
			Log: slog.New(slog.NewTextHandler(lockedWriter{&mu, &logged}, nil))}, func(http.ResponseWriter, *http.Request) {})
		c, _ := s.say(t, get) // HTTP where TLS is spoken
		defer c.Close()
		old := tls.Client(s.dial(t), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		if err := old.Handshake(); err == nil {
			t.Error("TLS 1.1 was accepted")
		}
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if n := s.Counts(); n.HandshakesFailed != 2 || n.Broken != 0 || logged.Len() > 0 {
			t.Errorf("%+v, log %s", n, logged.String())
		}
	})
}
