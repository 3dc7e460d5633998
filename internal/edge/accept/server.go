package accept

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"sync/atomic"

	"golang.org/x/net/http2"
)

// Server is one listener and the HTTP spoken on it.
type Server struct {
	cfg     Config
	door    *door
	http    *http.Server
	handler atomic.Pointer[http.Handler]
	counts  counters
	said    serverLog
}

// Counts are totals since the start, but for Open.
type Counts struct {
	Open             int64  // connections open now
	Refused          uint64 // connections told that there are too many
	Evicted          uint64 // idle connections closed to make room
	HandshakesFailed uint64 // TLS handshakes that came to nothing
	ProxyMissing     uint64 // connections of listed peers without a usable PROXY header
	TooMany          uint64 // requests refused because as many were being served as there may be
	BadRequests      uint64 // requests refused by us (net/http's own refusals are not counted)
	Panics           uint64 // handlers that panicked: each is a fault of ours
	Broken           uint64 // connections that net/http gave up, for what came on them; not all are logged
}

type counters struct {
	refused, evicted, handshakes, proxyMissing, badRequests, panics, broken atomic.Uint64
}

// Listen opens the socket and reads the certificates. It serves nothing yet;
// connections wait in the system's queue. Faults are [falochron.Error]: of kind
// Conflict for an address in use, Denied for a port or file we may not have,
// Invalid for the rest.
func Listen(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	s := &Server{cfg: cfg}
	s.said.server = s
	var certs *certificates
	if len(cfg.Certificates) > 0 {
		var err error
		if certs, err = loadCertificates(cfg.Certificates, cfg.CertificateCheck, cfg.Log); err != nil {
			return nil, err
		}
	}
	ln := cfg.Listener
	if ln == nil {
		var err error
		if ln, err = net.Listen("tcp", cfg.Address); err != nil {
			return nil, listenError(cfg.Address, err)
		}
	}
	s.door = newDoor(withProxyProtocol(ln, cfg), s)
	s.http = &http.Server{
		Handler:           &guard{server: s},
		ReadHeaderTimeout: max(cfg.ReadHeader, 0),
		IdleTimeout:       max(cfg.Idle, 0),
		MaxHeaderBytes:    cfg.MaxHeader,
		ErrorLog:          log.New(&s.said, "", 0),
		ConnState:         s.door.changed,
		ConnContext:       withConn,
		Protocols:         new(http.Protocols),
		HTTP2:             http2Bounds(),
	}
	s.http.Protocols.SetHTTP1(true)
	if certs != nil {
		s.http.Protocols.SetHTTP2(true)
		s.http.TLSConfig = &tls.Config{GetCertificate: certs.get, GetConfigForClient: note, MinVersion: tls.VersionTLS12}
		s.door.tls = &tls.Config{GetCertificate: certs.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	} else {
		s.http.Protocols.SetUnencryptedHTTP2(cfg.H2C)
	}
	// The HTTP/2 code of x/net gets fixes that the copy in Go 1.26's net/http
	// lacks (GO-2026-6603, -6610, -6611, -6612, -6617).
	//lint:ignore SA1019 deprecated for Go 1.27, where net/http has the same code
	h2 := new(http2.Server)
	//lint:ignore SA1019 the same
	if err := http2.ConfigureServer(s.http, h2); err != nil {
		ln.Close()
		return nil, err
	}
	heard(s.http, h2)
	return s, nil
}

// Addr returns the address listened on, with the port the system chose.
func (s *Server) Addr() net.Addr { return s.door.Addr() }

// Serve answers with handler until [Server.Drain] or a fault of the socket.
// After Drain it returns nil at once; the drain itself may still be going on.
// It may be called once.
func (s *Server) Serve(handler http.Handler) error {
	s.Replace(handler)
	serve := s.http.Serve
	if s.http.TLSConfig != nil && s.http.TLSConfig.GetCertificate != nil {
		serve = func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	}
	if err := serve(s.door); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Replace puts handler in the place of the one before. Requests under way end
// with the handler they began with.
func (s *Server) Replace(handler http.Handler) { s.handler.Store(&handler) }

// Drain stops listening, lets requests under way end, with "Connection: close"
// on their answers, and closes what is idle. Upgraded connections are closed
// once all others have ended. When ctx ends first, everything is cut and ctx's
// error returned.
func (s *Server) Drain(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		s.http.Close()
	}
	s.door.Close() // also where Serve was never called
	s.door.cutAll()
	s.said.rest()
	return err
}

// Counts returns what has come to the door.
func (s *Server) Counts() Counts {
	return Counts{
		Open: s.door.count(), Refused: s.counts.refused.Load(), Evicted: s.counts.evicted.Load(),
		HandshakesFailed: s.counts.handshakes.Load(), ProxyMissing: s.counts.proxyMissing.Load(),
		BadRequests: s.counts.badRequests.Load(), Panics: s.counts.panics.Load(),
		Broken: s.counts.broken.Load(), TooMany: s.door.requests.refused.Load(),
	}
}
