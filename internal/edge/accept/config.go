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
	// BodySilence bounds a pause within a request's body, and all pauses together
	// unless the body comes at 1 KiB/s on average: a byte in every half minute
	// would otherwise hold a place at the shop for hours. Only the time in which
	// we wait for the body counts. Default 30 s; negative also means that no rate
	// is asked for. Upgraded connections (WebSocket) are no bodies and have
	// neither bound.
	BodySilence time.Duration
	// WriteStall bounds how long a visitor may take to accept one piece of an
	// answer (at most 32 KB). Over HTTP/1 it closes his connection; over HTTP/2,
	// where he may as well just open no window for one answer, that answer is
	// broken off. Pauses in which nothing is sent do not count. Default 60 s: 0.5
	// KB/s is slower than any phone.
	WriteStall time.Duration
	// MaxHeader bounds the head of a request in bytes; beyond it 431. Zero or
	// negative means 64 KB.
	MaxHeader int
	// MaxConns bounds open connections. At the bound the longest idle one is
	// closed for a new one; with none idle the new one is told so (503). Zero or
	// negative means three quarters of the file descriptors the process may
	// have, at most 16384. Measured, with TLS: 45 KB for one that is idle, over
	// HTTP/1 as over HTTP/2, and 55 KB with a request, so about 1 GB. Who sends
	// bodies that nobody reads, as much as HTTP/2 lets him (http2Bounds), makes it
	// 280 KB: 4.6 GB at the worst, and what MaxRequests adds.
	MaxConns int
	// MaxRequests bounds the requests being served at once, on all connections
	// together; WebSockets count until they end. Beyond it 503 with Retry-After.
	// MaxConns alone does not bound them: over HTTP/2 a connection may carry 100
	// at once. Each holds some 10 KB and 1.3 times its head (measured), beside
	// what its handler needs: at the worst 0.9 GB with 16384 heads of 32 KB. Zero
	// or negative means as many as there may be connections: over HTTP/1 that is
	// no bound, and hits are over in microseconds.
	MaxRequests int

	// Trust says whose words about a visitor count, for the one thing that is
	// done with them here: of the fields in which CDNs name the visitor, all but
	// Trust.Header are removed from every request. A CDN writes its own and
	// passes on the others as visitors send them.
	Trust Trust

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
	if c.MaxRequests <= 0 {
		c.MaxRequests = defaultMaxRequests(c.MaxConns)
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

// defaultMaxRequests derives the bound from that on connections. Four for each
// is a guess: a browser loading a page has six to thirty under way, but of those
// who keep a connection open most only wait in line.
func defaultMaxRequests(conns int) int { return conns }
