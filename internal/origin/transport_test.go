package origin

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// tlsShop is an https replica that speaks HTTP/2 and HTTP/1.1.
func tlsShop(t *testing.T, h http.HandlerFunc) (*httptest.Server, Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = silence
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, Config{URLs: []string{s.URL}, RootCAs: roots, ServerName: "example.com"}
}

func TestHTTPSReplicaSpeaksHTTP2ButWebSocketGoesOverHTTP1(t *testing.T) {
	_, cfg := tlsShop(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			echoSocket(w, r)
			return
		}
		io.WriteString(w, r.Proto+" "+r.Host)
	})
	e := front(t, cfg, nil)
	if _, body := e.get(t, "/"); !strings.HasPrefix(body, "HTTP/2.0 127.0.0.1:") {
		t.Errorf("the shop saw %q", body)
	}
	c := e.raw(t, "GET /czat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	var head [12]byte
	if io.ReadFull(c, head[:]); string(head[:]) != "HTTP/1.1 101" {
		t.Errorf("upgrade over an https replica: %q", head)
	}
}

func TestWrongCertificateIsConnectFailed(t *testing.T) {
	_, cfg := tlsShop(t, func(w http.ResponseWriter, r *http.Request) { t.Error("the request went to a stranger") })
	cfg.ServerName = "other.example"
	e := front(t, cfg, nil)
	if resp, _ := e.get(t, "/"); resp.StatusCode != http.StatusTeapot {
		t.Errorf("status %d", resp.StatusCode)
	}
	if res := e.result(t); res.Kind != ConnectFailed {
		t.Errorf("%+v", res)
	}
	// The check must not call it well because a connection can be made.
	if err := e.pool.check(e.pool.replicas[0]); err == nil || !strings.Contains(err.Error(), "other.example") {
		t.Errorf("check: %v", err)
	}
	if v := e.pool.Vitals()[0]; v.Healthy || !strings.Contains(v.Reason, "certificate") {
		t.Errorf("%+v", v)
	}
}

func TestH2CReplica(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	defer s.Close()
	e := front(t, Config{URLs: []string{s.URL}, H2C: true}, nil)
	if _, body := e.get(t, "/"); body != "HTTP/2.0" {
		t.Errorf("the shop saw %q", body)
	}
}

func TestConfigFaults(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, "origin: no replica given"},
		{Config{URLs: []string{"127.0.0.1:8080"}}, `origin: "127.0.0.1:8080" is not the address of a shop`},
		{Config{URLs: []string{"ftp://a"}}, `origin: "ftp://a" is not the address of a shop`},
		{Config{URLs: []string{"http:///x"}}, `origin: "http:///x" names no host`},
		{Config{URLs: []string{"http://a/shop"}}, `origin: "http://a/shop" has something beside the host`},
		{Config{URLs: []string{"http://u:p@a"}}, `origin: "http://u:p@a" has something beside the host`},
		{Config{URLs: []string{"http://a", "http://a/"}}, `origin: "http://a/" is listed twice`},
		{Config{URLs: []string{"http://a"}, CheckPath: "health"}, `origin: "health" is not a path`},
	} {
		_, err := New(tt.cfg, nil)
		if err == nil || err.Error() != tt.want || falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%v: %v (hint %q), want %s", tt.cfg.URLs, err, falochron.HintOf(err), tt.want)
		}
	}
}

func TestZeroAndNegative(t *testing.T) {
	zero, none := Config{}.withDefaults(), Config{Dial: -1, ResponseHeader: -1, BodySilence: -1, IdleConn: -1, MaxConns: -1, BackoffMin: -1}.withDefaults()
	if zero.Dial != 2*time.Second || zero.TLSHandshake != 5*time.Second || zero.ResponseHeader != time.Minute || zero.IdleConn != 4*time.Second || zero.MaxIdleConns != 128 {
		t.Errorf("zero means %+v", zero)
	}
	if none.Dial != 0 || none.ResponseHeader != 0 || none.BodySilence != 0 || none.IdleConn != 0 || none.MaxConns != 0 || none.BackoffMin != time.Second {
		t.Errorf("negative means %+v", none)
	}
}

func BenchmarkForward(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 8<<10)) }))
	defer s.Close()
	pool, _ := New(Config{URLs: []string{s.URL}}, nil)
	defer pool.Close()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for b.Loop() {
		if res := pool.Forward(httptest.NewRecorder(), r, ForwardOptions{}); res.Kind != OK {
			b.Fatalf("%+v", res)
		}
	}
}
