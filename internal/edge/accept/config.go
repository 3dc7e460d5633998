package accept

import (
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// Config is one listener. Durations: zero means the default, negative means no
// bound.
type Config struct {
	// Address is where to listen: ":443", "127.0.0.1:8080". Port 0 lets the
	// system choose.
	Address string
	// Certificates are files for TLS; the first pair that fits the name a
	// visitor asks for is used, and the first of all when none does. None means
	// no TLS. Changed files are taken up within CertificateCheck.
	Certificates []Pair
	// CertificateCheck is how old our knowledge of the files may be. Default
	// 10 s; negative means that changes are never looked for.
	CertificateCheck time.Duration
	// H2C also speaks HTTP/2 without TLS, to those who begin with it. Only
	// without certificates; meant for a load balancer before us.
	H2C bool
	// ProxyFrom lists who sends the PROXY protocol (v1 or v2). From them every
	// connection must begin with it; from all others it is a bad request.
	ProxyFrom []netip.Prefix

	// ReadHeader bounds the TLS handshake, the PROXY header and the head of a
	// request, from its first byte. Default 10 s. It is what ends slow-loris
	// attacks.
	ReadHeader time.Duration
	// Idle bounds the wait for the next request on a connection. Default 120 s.
	Idle time.Duration
	// BodySilence bounds a pause within a request's body. Default 30 s.
	BodySilence time.Duration
	// WriteStall bounds how long a visitor may take to accept one piece of an
	// answer (at most 32 KB). Default 60 s: 0.5 KB/s is slower than any phone.
	WriteStall time.Duration
	// MaxHeader bounds the head of a request in bytes; beyond it 431. Zero or
	// negative means 64 KB.
	MaxHeader int
	// MaxConns bounds open connections. At the bound the longest idle one is
	// closed for a new one; with none idle the new one is told so (503). Zero or
	// negative means three quarters of the file descriptors the process may
	// have, at most 16384: about 1 GB at the 64 KB a TLS connection costs.
	MaxConns int

	// Log may be nil: nothing is logged.
	Log *slog.Logger
	// Listener replaces the socket (tests). Nil means TCP on Address.
	Listener net.Listener
}

// Pair is a certificate chain and its key, two PEM files.
type Pair struct{ Certificate, Key string }

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		v    *time.Duration
		zero time.Duration
	}{
		{&c.CertificateCheck, 10 * time.Second},
		{&c.ReadHeader, 10 * time.Second},
		{&c.Idle, 120 * time.Second},
		{&c.BodySilence, 30 * time.Second},
		{&c.WriteStall, 60 * time.Second},
	} {
		if *d.v == 0 {
			*d.v = d.zero
		}
	}
	if c.MaxHeader <= 0 {
		c.MaxHeader = 64 << 10
	}
	if c.MaxConns <= 0 {
		c.MaxConns = defaultMaxConns(descriptors())
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// defaultMaxConns derives the bound from the number of file descriptors. A
// quarter is left for connections to the shop, files and the database.
func defaultMaxConns(descriptors uint64) int {
	return int(min(max(descriptors/4*3, 64), 16384))
}
