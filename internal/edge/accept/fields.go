package accept

import (
	"context"
	"crypto/tls"
	"net/http"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Fields is in which order an HTTP/2 client writes the four fields of a request that begin
// with a colon (RFC 9113, section 8.3.1). The text leaves it open; each browser has one
// of its own, built in, and hardly a library has that of a browser ("Passive Fingerprinting
// of HTTP/2 Clients", Akamai, Black Hat Europe 2017). Like [Hello] it is a weak sign.
type Fields uint8

// What it may be.
const (
	FieldsUnknown Fields = iota // no HTTP/2 over TLS with us
	FieldsChrome                // Chrome, its kin, and what Android shows pages with
	FieldsFirefox
	FieldsApple // Safari, and every browser and app of iOS; some libraries write the same
	FieldsOther // no browser's
)

// fieldsOf are the orders: method, authority, scheme, path. Of Apple's systems those up to
// and from iOS 17 on differ.
var fieldsOf = map[string]Fields{
	"masp": FieldsChrome, "mpas": FieldsFirefox, "mspa": FieldsApple, "msap": FieldsApple,
}

// FieldsOf is how the first request on the connection of a request was written.
func FieldsOf(ctx context.Context) Fields {
	if c, ok := ctx.Value(connKey{}).(*conn); ok {
		return Fields(c.fields.Load())
	}
	return FieldsUnknown
}

// heard serves HTTP/2 over TLS as h2 does, and listens to how each connection begins.
//
//lint:ignore SA1019 as for ConfigureServer
func heard(s *http.Server, h2 *http2.Server) {
	s.TLSNextProto[http2.NextProtoTLS] = func(s *http.Server, c *tls.Conn, h http.Handler) {
		// As x/net's own: the context of a connection comes by a method of the handler.
		var ctx context.Context
		if b, ok := h.(interface{ BaseContext() context.Context }); ok {
			ctx = b.BaseContext()
		}
		//lint:ignore SA1019 as for ConfigureServer
		h2.ServeConn(&heardConn{Conn: c}, &http2.ServeConnOpts{Context: ctx, BaseConfig: s, Handler: h})
	}
}

// heardConn hears the bytes of a connection until its first request is in. It has one
// reader, as http2 has.
type heardConn struct {
	*tls.Conn
	begun []byte
	over  bool
}

// heardMost is how much of a beginning is heard. Browsers need some hundred bytes to the
// end of the four fields, unless the path is long.
const heardMost = 16 << 10

// Read reads, and looks whether the four fields are in.
func (c *heardConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.over {
		return n, err
	}
	c.begun = append(c.begun, b[:min(n, heardMost-len(c.begun))]...)
	order, whole := orderOf(c.begun)
	if whole || len(c.begun) == heardMost {
		c.over, c.begun = true, nil
		if own, ok := c.NetConn().(*conn); ok && whole {
			own.fields.Store(uint32(order))
		}
	}
	return n, err
}

// orderOf finds the first request in what a client has sent; false: it is not there yet.
// What breaks the protocol is refused by the server, and is no browser's.
func orderOf(begun []byte) (order Fields, whole bool) {
	const headLen, headers, padded, priority = 9, 1, 0x8, 0x20
	if len(begun) < len(http2.ClientPreface) {
		return FieldsUnknown, false
	}
	for rest := begun[len(http2.ClientPreface):]; len(rest) >= headLen; {
		size, kind, flags := int(rest[0])<<16|int(rest[1])<<8|int(rest[2]), rest[3], rest[4]
		if len(rest) < headLen+size {
			return FieldsUnknown, false
		}
		block := rest[headLen : headLen+size]
		rest = rest[headLen+size:]
		if kind != headers {
			continue
		}
		if flags&padded != 0 && len(block) > 0 {
			block = block[1:] // the padding itself stands behind all fields
		}
		if flags&priority != 0 {
			block = block[min(5, len(block)):]
		}
		return written(block), true
	}
	return FieldsUnknown, false
}

// written is the order of a block of fields. A block that goes on in another frame has
// these in its first, or is no browser's.
func written(block []byte) Fields {
	var seen []byte
	d := hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if len(f.Name) > 1 && f.Name[0] == ':' && len(seen) < 5 {
			seen = append(seen, f.Name[1])
		}
	})
	d.SetMaxStringLength(heardMost)
	_, _ = d.Write(block) // what it could not read is not there
	if order, is := fieldsOf[string(seen)]; is {
		return order
	}
	return FieldsOther
}
