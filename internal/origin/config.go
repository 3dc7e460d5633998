package origin

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/falochron/falochron"
)

// Config says where a shop is and how long we wait for it. Durations: zero
// means the default, negative means no bound, unless said otherwise.
type Config struct {
	// URLs are the replicas: "http://host:port" or "https://host", nothing
	// after the host. At least one; no replica twice.
	URLs []string

	// Host replaces the visitor's Host field on requests to the shop. Empty
	// keeps the visitor's, which is what a shop builds its links from.
	Host string
	// ServerName is the name an https replica's certificate must carry. Empty
	// means the host of its URL.
	ServerName string
	// RootCAs are the authorities an https replica is checked against. Nil
	// means the system's.
	RootCAs *x509.CertPool
	// H2C speaks HTTP/2 without TLS to http replicas. The shop must know it;
	// there is no fall-back, and no WebSocket over it.
	H2C bool

	// Dial bounds connecting. Default 2 s: a replica in the same data centre
	// answers within 1 ms; a lost SYN is resent after 1 s.
	Dial time.Duration
	// TLSHandshake bounds the handshake with an https replica. Default 5 s.
	TLSHandshake time.Duration
	// ResponseHeader bounds the wait from the end of the request to the head of
	// the answer. Default 60 s, as nginx's and PHP-FPM's usual time-outs.
	ResponseHeader time.Duration
	// BodySilence bounds a pause within the answer's body; afterwards the
	// exchange is given up. Default 5 min, so that event streams with a
	// heartbeat live. Upgraded connections are not bound by it.
	BodySilence time.Duration
	// ContinueWait is how long a request that said "Expect: 100-continue" holds
	// its body back when the shop says nothing. Default 1 s, as curl.
	ContinueWait time.Duration
	// IdleConn is how long an unused connection is kept. Default 4 s: less than
	// the shop's own keep-alive, which is 5 s with Node and Apache and 75 s with
	// nginx. A POST that meets a connection the shop is just closing may have been
	// acted upon, so it cannot be sent again and the buyer gets an error.
	IdleConn time.Duration

	// SlowStart is how long a replica that joins gets a smaller part of the requests, from
	// a fifth to the whole. Default 10 s (a guess); negative means none.
	SlowStart time.Duration
	// Drain is how long a replica that leaves keeps the visitors it has, at most. Default 5 min, as
	// long as most visits; negative means not at all.
	Drain time.Duration

	// ReplicaCeiling is the number of requests in flight from which on a replica
	// is passed over while another one has fewer, even for visitors who belong to
	// it. Zero or negative means none. It sends requests elsewhere, it refuses
	// none: how many go to the shop at all is the admission limit's affair.
	ReplicaCeiling int
	// MaxConns bounds connections to one replica; requests beyond it wait. Zero
	// or negative means no bound: the admission limit bounds them with a reason,
	// this would make them wait without one.
	MaxConns int
	// MaxIdleConns bounds unused connections kept to one replica. Zero means
	// 128, negative none kept.
	MaxIdleConns int
	// MaxResponseHeader bounds the head of an answer, in bytes. Zero or negative
	// means 256 KB.
	MaxResponseHeader int64

	// CheckPath is asked with GET while a replica is put aside; any answer below
	// 500 means it is back. Empty means that a TCP connection is enough.
	CheckPath string
	// BackoffMin and BackoffMax bound how long a replica stays aside: from the
	// first, doubled each time it fails again, to the second. Defaults 1 s and
	// 30 s; negative means the default.
	BackoffMin, BackoffMax time.Duration

	// DialContext replaces the system's way to connect (tests, Unix sockets).
	// Nil means TCP.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// withDefaults fills in what zero means. Afterwards a duration of zero means
// "no bound", which is what net/http means by it too.
func (c Config) withDefaults() Config {
	for _, d := range []struct {
		v    *time.Duration
		zero time.Duration
	}{
		{&c.Dial, 2 * time.Second},
		{&c.TLSHandshake, 5 * time.Second},
		{&c.ResponseHeader, 60 * time.Second},
		{&c.BodySilence, 5 * time.Minute},
		{&c.ContinueWait, time.Second},
		{&c.IdleConn, 4 * time.Second},
		{&c.SlowStart, 10 * time.Second},
		{&c.Drain, 5 * time.Minute},
	} {
		switch {
		case *d.v == 0:
			*d.v = d.zero
		case *d.v < 0:
			*d.v = 0
		}
	}
	c.MaxConns = max(c.MaxConns, 0)
	c.ReplicaCeiling = max(c.ReplicaCeiling, 0)
	if c.MaxIdleConns == 0 {
		c.MaxIdleConns = 128
	}
	if c.MaxResponseHeader <= 0 {
		c.MaxResponseHeader = 256 << 10
	}
	if c.BackoffMin <= 0 {
		c.BackoffMin = time.Second
	}
	if c.BackoffMax <= 0 {
		c.BackoffMax = 30 * time.Second
	}
	c.BackoffMax = max(c.BackoffMax, c.BackoffMin)
	return c
}

// replicaURLs checks the addresses of the replicas.
func (c Config) replicaURLs() ([]*url.URL, error) {
	bad := func(u, what, hint string) error {
		return &falochron.Error{Kind: falochron.Invalid, Op: "origin", Public: fmt.Sprintf("%q %s", u, what), Hint: hint}
	}
	if len(c.URLs) == 0 {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "origin", Public: "no replica given",
			Hint: "say where the shop is, for example http://127.0.0.1:8080"}
	}
	if c.CheckPath != "" && c.CheckPath[0] != '/' {
		return nil, bad(c.CheckPath, "is not a path", "begin the check's path with /")
	}
	seen := make(map[string]bool)
	var urls []*url.URL
	for _, raw := range c.URLs {
		u, err := url.Parse(raw)
		switch {
		case err != nil || u.Scheme != "http" && u.Scheme != "https":
			return nil, bad(raw, "is not the address of a shop", "write http://host:port or https://host")
		case u.Hostname() == "":
			return nil, bad(raw, "names no host", "write http://host:port or https://host")
		case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
			return nil, bad(raw, "has something beside the host", "write only "+u.Scheme+"://"+u.Host+"; paths come from the visitor")
		}
		u = &url.URL{Scheme: u.Scheme, Host: u.Host}
		if seen[u.String()] {
			return nil, bad(raw, "is listed twice", "list each replica once")
		}
		seen[u.String()] = true
		urls = append(urls, u)
	}
	return urls, nil
}
