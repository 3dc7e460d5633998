package origin

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/http2"
)

// newTransport makes the connections of one replica. Each replica has its own,
// so that closing the connections of one leaves the others alone.
func newTransport(cfg Config, scheme string) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                  nil, // HTTP_PROXY of our own environment is not for visitors' requests
		DialContext:            cfg.DialContext,
		TLSClientConfig:        &tls.Config{ServerName: cfg.ServerName, RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    cfg.TLSHandshake,
		ResponseHeaderTimeout:  cfg.ResponseHeader,
		ExpectContinueTimeout:  cfg.ContinueWait,
		IdleConnTimeout:        cfg.IdleConn,
		MaxConnsPerHost:        cfg.MaxConns,
		MaxIdleConns:           0,
		MaxIdleConnsPerHost:    cfg.MaxIdleConns,
		MaxResponseHeaderBytes: cfg.MaxResponseHeader,
		DisableCompression:     true, // the visitor's Accept-Encoding goes through, and so does the answer
		Protocols:              new(http.Protocols),
	}
	if t.DialContext == nil {
		t.DialContext = (&net.Dialer{Timeout: cfg.Dial, KeepAlive: 30 * time.Second}).DialContext
	}
	t.DialContext = counting(t.DialContext)
	h2c := cfg.H2C && scheme == "http"
	t.Protocols.SetHTTP1(!h2c)
	t.Protocols.SetHTTP2(true)
	t.Protocols.SetUnencryptedHTTP2(h2c)
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second}
	// The HTTP/2 code of x/net gets fixes that the copy in Go 1.26's net/http
	// lacks (GO-2026-6603, -6610, -6611, -6612, -6617).
	//lint:ignore SA1019 deprecated for Go 1.27, where net/http has the same code
	if _, err := http2.ConfigureTransports(t); err != nil {
		return nil, err
	}
	return t, nil
}
