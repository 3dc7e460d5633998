package accept

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/memnet"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a server at work, on a real socket or on the network in memory.
type house struct {
	*Server
	net    *memnet.Net // nil = a real socket
	served chan error
}

const memAddress = "10.0.0.1:443"

// open starts a server on a real socket; the test's end drains it.
func open(t *testing.T, cfg Config, h http.HandlerFunc) *house {
	t.Helper()
	cfg.Address = "127.0.0.1:0"
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, &house{Server: s}, h)
}

// openInMemory starts one in memory, for a bubble.
func openInMemory(t *testing.T, cfg Config, h http.HandlerFunc) *house {
	t.Helper()
	network := new(memnet.Net)
	var err error
	if cfg.Listener, err = network.Listen(memAddress); err != nil {
		t.Fatal(err)
	}
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, &house{Server: s, net: network}, h)
}

func start(t *testing.T, s *house, h http.HandlerFunc) *house {
	s.served = make(chan error, 1)
	go func() { s.served <- s.Serve(h) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Drain(ctx)
		if err := <-s.served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s
}

// dial connects, from 192.0.2.7 when in memory.
func (s *house) dial(t *testing.T) net.Conn {
	t.Helper()
	var c net.Conn
	var err error
	if s.net != nil {
		c, err = s.net.DialFrom(context.Background(), netip.MustParseAddr("192.0.2.7"), memAddress)
	} else {
		c, err = net.Dial("tcp", s.Addr().String())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if s.net == nil {
		c.SetDeadline(time.Now().Add(10 * time.Minute)) // or a fault would be waited for until all is killed
	}
	return c
}

// say sends text on a new connection and returns it with a reader.
func (s *house) say(t *testing.T, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c := s.dial(t)
	io.WriteString(c, text)
	return c, bufio.NewReader(c)
}

// answer reads one whole answer; status 0 means that none came.
func answer(in *bufio.Reader) (resp *http.Response, body string) {
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		return &http.Response{}, err.Error()
	}
	b, _ := io.ReadAll(resp.Body)
	return resp, string(b)
}

// newPair writes a self-signed certificate for name under dir, or over the
// pair that is there.
func newPair(t *testing.T, dir, name string) Pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	tmpl := &x509.Certificate{SerialNumber: serial, DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, _ := x509.MarshalPKCS8PrivateKey(key)
	p := Pair{filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")}
	os.WriteFile(p.Certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	os.WriteFile(p.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600)
	return p
}
