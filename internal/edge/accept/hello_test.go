package accept

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
)

func TestClassify(t *testing.T) {
	modern := []uint16{tls.VersionTLS13, tls.VersionTLS12}
	h2 := []string{"h2", "http/1.1"}
	for name, c := range map[string]struct {
		hello tls.ClientHelloInfo
		want  Hello
	}{
		"Chrome":       {tls.ClientHelloInfo{SupportedVersions: modern, SupportedProtos: h2, CipherSuites: []uint16{0x3a3a, tls.TLS_AES_128_GCM_SHA256}}, HelloBrowser},
		"Firefox":      {tls.ClientHelloInfo{SupportedVersions: modern, SupportedProtos: h2, CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256}, Extensions: []uint16{0, 23, 28, 43}}, HelloBrowser},
		"an old phone": {tls.ClientHelloInfo{SupportedVersions: modern[1:], SupportedProtos: h2}, HelloUnknown},
		"a library":    {tls.ClientHelloInfo{SupportedVersions: modern, SupportedProtos: h2, CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256}}, HelloOther},
		"no HTTP/2":    {tls.ClientHelloInfo{SupportedVersions: modern, CipherSuites: []uint16{0x3a3a}}, HelloOther},
	} {
		if got := classify(&c.hello); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	for v, want := range map[uint16]bool{0x0a0a: true, 0xfafa: true, 0x0a1a: false, 0x1301: false} {
		if grease(v) != want {
			t.Errorf("%#x", v)
		}
	}
}

// Requests know how their connection began, over HTTP/1 and HTTP/2; without TLS nothing is
// known.
func TestRequestsKnowTheirHello(t *testing.T) {
	seen := make(chan Hello, 1)
	h := func(_ http.ResponseWriter, r *http.Request) { seen <- HelloOf(r.Context()) }
	s := open(t, Config{Certificates: []Pair{newPair(t, t.TempDir(), "a.example")}}, h)
	for _, h2 := range []bool{false, true} {
		way := &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: "a.example"}, ForceAttemptHTTP2: h2,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "tcp", s.Addr().String())
			},
		}
		resp, err := way.RoundTrip(mustRequest("https://a.example/"))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		way.CloseIdleConnections()
		if got := <-seen; got != HelloOther || (resp.ProtoMajor == 2) != h2 {
			t.Errorf("%d over HTTP/%d", got, resp.ProtoMajor)
		}
	}
	plain := open(t, Config{}, h)
	plain.say(t, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if got := <-seen; got != HelloUnknown {
		t.Errorf("without TLS: %d", got)
	}
}
