package accept

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
)

// Hello is what the beginning of a TLS handshake looks like. It is a weak sign: programs
// that want to can look like a browser, and most do not care.
type Hello uint8

// What it may be.
const (
	HelloUnknown Hello = iota // no TLS with us, or of before 1.3: old phones and old programs
	HelloBrowser              // as browsers of people begin
	HelloOther                // as libraries do
)

type connKey struct{}

// HelloOf is how the connection of a request began.
func HelloOf(ctx context.Context) Hello {
	if c, ok := ctx.Value(connKey{}).(*conn); ok {
		return Hello(c.hello.Load())
	}
	return HelloUnknown
}

// withConn lets requests know of their connection.
func withConn(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if own, ok := c.(*conn); ok {
		return context.WithValue(ctx, connKey{}, own)
	}
	return ctx
}

// note keeps what a handshake looks like (tls.Config.GetConfigForClient). It changes
// nothing of the handshake.
func note(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if c, ok := hello.Conn.(*conn); ok {
		c.hello.Store(uint32(classify(hello)))
	}
	return nil, nil
}

// Browsers of people offer TLS 1.3 and HTTP/2. Chrome, Safari and their kin put values
// without meaning among the ciphers and extensions, so that nobody comes to rely on their
// order (GREASE, RFC 8701); Firefox tells the longest record it takes (RFC 8449), which
// libraries of programs do not.
func classify(hello *tls.ClientHelloInfo) Hello {
	if !slices.Contains(hello.SupportedVersions, tls.VersionTLS13) {
		return HelloUnknown
	}
	const recordSizeLimit = 28
	if slices.Contains(hello.SupportedProtos, "h2") && (slices.ContainsFunc(hello.CipherSuites, grease) || slices.Contains(hello.Extensions, recordSizeLimit)) {
		return HelloBrowser
	}
	return HelloOther
}

// grease reports whether a value is one of RFC 8701, section 2: both bytes alike, 0x?a.
func grease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }
