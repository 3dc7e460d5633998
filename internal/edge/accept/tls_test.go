package accept

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
)

// shown returns the name in the certificate that a visitor asking for name is
// shown, and its serial number.
func (s *house) shown(t *testing.T, name string) (dnsName, serial string) {
	t.Helper()
	c := tls.Client(s.dial(t), &tls.Config{ServerName: name, InsecureSkipVerify: true})
	defer c.Close()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	leaf := c.ConnectionState().PeerCertificates[0]
	return leaf.DNSNames[0], leaf.SerialNumber.String()
}

func TestCertificateByName(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Certificates: []Pair{newPair(t, dir, "a.example"), newPair(t, dir, "b.example")}}, nil)
	for ask, want := range map[string]string{"a.example": "a.example", "b.example": "b.example", "c.example": "a.example", "": "a.example"} {
		if got, _ := s.shown(t, ask); got != want {
			t.Errorf("asked for %q, shown %q, want %q", ask, got, want)
		}
	}
}

func TestChangedCertificateIsTakenUpAndABadOneIsNot(t *testing.T) {
	dir := t.TempDir()
	p := newPair(t, dir, "a.example")
	s := open(t, Config{Certificates: []Pair{p}, CertificateCheck: time.Nanosecond}, nil)
	_, first := s.shown(t, "a.example")

	// Half of a renewal: the new certificate is there, its key is not yet.
	newKey := newPair(t, t.TempDir(), "a.example")
	swap(t, newKey.Certificate, p.Certificate)
	if _, now := s.shown(t, "a.example"); now != first {
		t.Error("a certificate without its key was taken up")
	}
	swap(t, newKey.Key, p.Key)
	_, second := s.shown(t, "a.example")
	if second == first {
		t.Error("the renewed pair was not taken up")
	}
	os.WriteFile(p.Certificate, []byte("garbage"), 0o600)
	if _, now := s.shown(t, "a.example"); now != second {
		t.Error("garbage replaced a good certificate")
	}
	os.Remove(p.Certificate)
	if _, now := s.shown(t, "a.example"); now != second {
		t.Error("a removed file took the certificate away")
	}
}

func swap(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute) // file times may be coarse
	os.Chtimes(to, later, later)
}

func TestCertificateFaults(t *testing.T) {
	dir := t.TempDir()
	good, other := newPair(t, dir, "a.example"), newPair(t, dir, "b.example")
	for name, tt := range map[string]struct {
		pair Pair
		want string
	}{
		"missing":      {Pair{dir + "/none.crt", good.Key}, "there is no such file"},
		"another key":  {Pair{good.Certificate, other.Key}, "private key does not match public key"},
		"wrong way":    {Pair{good.Key, good.Certificate}, "PEM"},
		"no directory": {Pair{good.Certificate, dir}, "directory"},
	} {
		_, err := Listen(Config{Address: "127.0.0.1:0", Certificates: []Pair{good, tt.pair}})
		if falochron.KindOf(err) != falochron.Invalid || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.pair.Certificate) || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v (hint %q)", name, err, falochron.HintOf(err))
		}
	}
}

func TestHTTP2OverTLSIsServedByXNet(t *testing.T) {
	s := open(t, Config{Certificates: []Pair{newPair(t, t.TempDir(), "a.example")}}, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(string(debug.Stack()), "golang.org/x/net/http2") && r.TLS != nil {
			io.WriteString(w, r.Proto)
		}
	})
	tr := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, ServerName: "a.example"},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", s.Addr().String())
		},
	}
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(mustRequest("https://a.example/"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); string(b) != "HTTP/2.0" {
		t.Errorf("%q", b)
	}
}

func TestNoOldTLSAndHandshakesAreCounted(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := openInMemory(t, Config{Certificates: []Pair{newPair(t, dir, "a.example")}, CertificateCheck: -1}, nil)
		c := tls.Client(s.dial(t), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
		if err := c.Handshake(); err == nil {
			t.Error("TLS 1.1 was accepted")
		}
		synctest.Wait()
		if n := s.Counts().HandshakesFailed; n != 1 {
			t.Errorf("%d failed handshakes counted", n)
		}
	})
}

func TestTooManyConnectionsOverTLS(t *testing.T) {
	inside := make(chan struct{})
	s := open(t, Config{MaxConns: 1, Certificates: []Pair{newPair(t, t.TempDir(), "a.example")}}, func(w http.ResponseWriter, r *http.Request) {
		close(inside)
		<-r.Context().Done()
	})
	first := tls.Client(s.dial(t), &tls.Config{InsecureSkipVerify: true})
	io.WriteString(first, get)
	<-inside
	second := tls.Client(s.dial(t), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	io.WriteString(second, get)
	b, err := io.ReadAll(second)
	if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 503 ") || !strings.HasSuffix(string(b), tooMany) {
		t.Errorf("%q, %v", b, err)
	}
	first.NetConn().Close()
}
