package origin

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// dying is a connection that takes nothing more once it is dead, as one does
// whose other end has gone.
type dying struct {
	net.Conn
	dead *atomic.Bool
}

func (d dying) Write(b []byte) (int, error) {
	if d.dead.Load() {
		return 0, syscall.EPIPE
	}
	return d.Conn.Write(b)
}

// A shop closes a kept connection in the very moment in which an order is about
// to be written to it. Nothing has left, so the buyer gets no error.
func TestPostThatNeverLeftIsSentAgain(t *testing.T) {
	for name, start := range map[string]func(*testing.T, http.HandlerFunc) Config{
		"http":  func(t *testing.T, h http.HandlerFunc) Config { return Config{URLs: []string{shop(t, h).URL}} },
		"https": func(t *testing.T, h http.HandlerFunc) Config { return http1(tlsShop(t, h)) },
	} {
		t.Run(name, func(t *testing.T) {
			var orders, dialled atomic.Int64
			cfg := start(t, func(w http.ResponseWriter, r *http.Request) {
				if b, _ := io.ReadAll(r.Body); string(b) == "a=b" {
					orders.Add(1)
				}
			})
			var dead atomic.Bool
			cfg.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				if dialled.Add(1) == 1 {
					return dying{conn, &dead}, err
				}
				return conn, err
			}
			pool, err := New(cfg, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			visit(pool, "POST", "/zamowienie", ForwardOptions{})
			dead.Store(true)
			if res := visit(pool, "POST", "/zamowienie", ForwardOptions{}); res.Kind != OK || res.Status != 200 || res.Retried {
				t.Errorf("%+v", res)
			}
			if orders.Load() != 2 || dialled.Load() != 2 {
				t.Errorf("%d orders over %d connections, want 2 over 2", orders.Load(), dialled.Load())
			}
			if h := pool.replicas[0].health; h.strikes != 0 {
				t.Errorf("%d strikes for a connection that was merely old", h.strikes)
			}
		})
	}
}

// http1 makes a replica that could speak HTTP/2 speak HTTP/1.1.
func http1(s *httptest.Server, cfg Config) Config {
	s.TLS.NextProtos = []string{"http/1.1"}
	return cfg
}

// The opposite: the request was written to a kept connection, then the
// connection was lost. The shop may have acted upon it.
func TestPostThatLeftIsNotSentAgain(t *testing.T) {
	var asked atomic.Int64
	answer := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			asked.Add(1)
			panic(http.ErrAbortHandler)
		}
	}
	plain := shop(t, answer)
	plain.Config.ErrorLog = silence
	for scheme, cfg := range map[string]Config{"http": {URLs: []string{plain.URL}}, "https": http1(tlsShop(t, answer))} {
		pool, err := New(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, body := range map[string]io.Reader{"with a body": strings.NewReader("a=b"), "without one": nil} {
			visit(pool, "GET", "/", ForwardOptions{}) // leaves a kept connection
			asked.Store(0)
			r := httptest.NewRequest("POST", "/zamowienie", body)
			// The standard transport takes this field for a leave to repeat.
			r.Header.Set("Idempotency-Key", "1")
			if res := pool.Forward(httptest.NewRecorder(), r, ForwardOptions{}); res.Kind != OriginError || res.Status != 0 {
				t.Errorf("%s %s: %+v", scheme, name, res)
			}
			if n := asked.Load(); n != 1 {
				t.Errorf("%s %s: the order was sent %d times", scheme, name, n)
			}
		}
		pool.Close()
	}
}

func TestIdempotencyKeyReachesTheShop(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Idempotency-Key")) })
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	if _, body := e.get(t, "/", "Idempotency-Key", "k1"); body != "k1" {
		t.Errorf("the shop saw %q", body)
	}
}

// A GET that asks to be taken for a POST is one.
func TestOverriddenMethodIsNeverSentTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 2, Config{})
		defer closeAll(pool, stalls)
		for _, s := range stalls {
			s.handler = func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
			s.srv.ErrorLog = silence
		}
		r := httptest.NewRequest("GET", "/zamowienie", nil)
		r.Header.Set("X-HTTP-Method-Override", "POST")
		pool.Forward(httptest.NewRecorder(), r, ForwardOptions{})
		if n := stalls[0].asked.Load() + stalls[1].asked.Load(); n != 1 {
			t.Errorf("the order was sent %d times", n)
		}
	})
}

// Node and Apache close a connection that was unused for five seconds.
func TestIdleConnectionsAreGivenUpBeforeTheShopDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool, stalls := market(t, 1, Config{})
		defer closeAll(pool, stalls)
		for _, idle := range []struct {
			time.Duration
			dialled int64
		}{{0, 1}, {3 * time.Second, 1}, {4500 * time.Millisecond, 2}} {
			time.Sleep(idle.Duration)
			visit(pool, "POST", "/", ForwardOptions{})
			if n := stalls[0].dialled.Load(); n != idle.dialled {
				t.Errorf("after %v unused: %d connections, want %d", idle.Duration, n, idle.dialled)
			}
		}
	})
}

// What TLS writes when a connection is closed must not look like a request, nor
// the beginning of a request like that.
func TestGoodbyeIsShorterThanARequestLine(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, cipher := range tls.CipherSuites() {
			if cipher.SupportedVersions[0] == tls.VersionTLS13 != (version == tls.VersionTLS13) || strings.Contains(cipher.Name, "ECDSA") {
				continue
			}
			raw, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			c := &counted{Conn: raw}
			over := tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, CipherSuites: []uint16{cipher.ID}})
			if err := over.Handshake(); err != nil {
				t.Fatal(cipher.Name, err)
			}
			before := c.sent.Load()
			io.WriteString(over, "GET / HTTP/1.1\r\n")
			line := c.sent.Load() - before
			over.CloseWrite()
			bye := c.sent.Load() - before - line
			raw.Close()
			if strings.Contains(cipher.Name, "CBC") {
				continue // longer; then nothing is repeated, which is the safe side
			}
			if bye <= 0 || bye > goodbye || line <= goodbye {
				t.Errorf("%s: close_notify takes %d bytes, a request line %d; the border is %d", cipher.Name, bye, line, goodbye)
			}
		}
	}
}
