package accept

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Every request here has two readings, or none. One part is refused by
// net/http, one by the guard; what matters is that none is passed on as it is,
// and that nothing after it on the same connection is taken for a request.
func TestAmbiguousRequestsAreRefused(t *testing.T) {
	s := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	const host = "Host: sklep.example\r\n"
	for _, tt := range []struct {
		name, request string
		want          int
	}{
		// RFC 9112, section 5.1: "No whitespace is allowed between the field name
		// and colon. [...] A server MUST reject, with a response status code of 400
		// (Bad Request), any received request message that contains whitespace
		// between a header field name and colon."
		{"space before the colon", "GET / HTTP/1.1\r\n" + host + "X-A : b\r\n\r\n", 400},
		{"space before the colon of Transfer-Encoding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding : chunked\r\n\r\n", 400},
		{"space in a name", "GET / HTTP/1.1\r\n" + host + "X A: b\r\n\r\n", 400},
		// RFC 9112, section 2.2: "a recipient that receives whitespace between the
		// start-line and the first header field MUST either reject the message as
		// invalid or consume each whitespace-preceded line".
		{"folded first line", "GET / HTTP/1.1\r\n X: a\r\n" + host + "\r\n", 400},
		// RFC 9112, section 3.2: "A server MUST respond with a 400 (Bad Request)
		// status code to any HTTP/1.1 request message that lacks a Host header field
		// and to any request message that contains more than one Host header field
		// line or a Host header field with an invalid field value."
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"two Hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
		{"two different Hosts", "GET / HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n", 400},
		{"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
		{"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
		{"Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
		{"Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
		{"Host with an impossible port", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400},
		{"Host with sub-delims", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400},
		{"absolute target with a bad host", "GET http://a,b/ HTTP/1.1\r\n" + host + "\r\n", 400},
		// RFC 9112, section 6.3: "If a message is received without
		// Transfer-Encoding and with an invalid Content-Length header field, then
		// the message framing is invalid and the recipient MUST treat it as an
		// unrecoverable error".
		{"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400},
		{"list of lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5, 6\r\n\r\nabcdef", 400},
		{"signed length", "POST / HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\nabcde", 400},
		{"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", 400},
		{"length in hex", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x5\r\n\r\nabcde", 400},
		// RFC 9112, section 6.1: "A server that receives a request message with a
		// transfer coding it does not understand SHOULD respond with 501 (Not
		// Implemented)."
		{"unknown coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n", 501},
		{"coding twice", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
		{"chunked not last", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 501},
		{"bare CR in a value", "GET / HTTP/1.1\r\n" + host + "X: a\rb\r\n\r\n", 400},
		{"NUL in a value", "GET / HTTP/1.1\r\n" + host + "X: a\x00b\r\n\r\n", 400},
		{"two spaces in the request line", "GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
		{"space in the target", "GET /a b HTTP/1.1\r\n" + host + "\r\n", 400},
		{"HTTP/2 by request line", "GET / HTTP/2.0\r\n" + host + "\r\n", 505},
		{"HTTP/2 preface without h2c", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
		{"asterisk", "GET * HTTP/1.1\r\n" + host + "\r\n", 400},
		{"a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", 501},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, in := s.say(t, tt.request)
			resp, body := answer(in)
			if resp.StatusCode != tt.want {
				t.Errorf("status %d %q, want %d", resp.StatusCode, body, tt.want)
			}
			// Nothing else is read from this connection. (The write may fail.)
			io.WriteString(c, "GET /smuggled HTTP/1.1\r\n"+host+"\r\n")
			if more, _ := answer(in); more.StatusCode != 0 {
				t.Errorf("a second request on the connection was answered %d", more.StatusCode)
			}
		})
	}
}

// These net/http lets through with one reading, but after them the peer before
// us may see another request where we see the next; so the connection ends.
func TestConnectionEndsAfterDoubtfulFraming(t *testing.T) {
	s := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d %v %q %q", r.ContentLength, r.TransferEncoding, r.Header["Content-Length"], b)
	})
	const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, tt := range map[string]struct{ request, want string }{
		// RFC 9112, section 6.3: "If a message is received with both a
		// Transfer-Encoding and a Content-Length header field, the
		// Transfer-Encoding overrides the Content-Length." The quote in closeAfter
		// says what else.
		"length and chunks": {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", `-1 [chunked] [] "x"`},
		"chunks in 1.0":     {"POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", `3 [] ["3"] "0\r\n"`},
		"keep-alive in 1.0": {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", `0 [] [] ""`},
	} {
		t.Run(name, func(t *testing.T) {
			_, in := s.say(t, tt.request+smuggled)
			resp, body := answer(in)
			if resp.StatusCode != 200 || body != tt.want || !resp.Close {
				t.Errorf("%d %s, closing: %v; want %s", resp.StatusCode, body, resp.Close, tt.want)
			}
			if more, _ := answer(in); more.StatusCode != 0 {
				t.Errorf("what followed was taken for a request")
			}
		})
	}
}

func TestTargetsAreReducedToTheirPath(t *testing.T) {
	s := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, " ", r.URL) })
	for request, want := range map[string]string{
		// RFC 9112, section 3.2.2: "When a proxy receives a request with an
		// absolute-form of request-target, the proxy MUST ignore the received Host
		// header field (if any) and instead replace it with the host information of
		// the request-target."
		"GET http://b.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n": "b.example /x?y",
		"GET http://b.example HTTP/1.1\r\nHost: a\r\n\r\n":     "b.example /",
		"GET //evil.example/x HTTP/1.1\r\nHost: a\r\n\r\n":     "a //evil.example/x",
		"GET / HTTP/1.0\r\n\r\n":                               " /",
	} {
		_, in := s.say(t, request)
		if _, body := answer(in); body != want {
			t.Errorf("%q: %q, want %q", request, body, want)
		}
	}
}

func TestHeaderTooLarge(t *testing.T) {
	s := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) {})
	for size, want := range map[int]int{60 << 10: 200, 80 << 10: 431} {
		_, in := s.say(t, "GET / HTTP/1.1\r\nHost: a\r\nCookie: "+strings.Repeat("x", size)+"\r\n\r\n")
		// RFC 6585, section 5: "The 431 status code indicates that the server is
		// unwilling to process the request because its header fields are too large."
		if resp, _ := answer(in); resp.StatusCode != want {
			t.Errorf("%d bytes: %d, want %d", size, resp.StatusCode, want)
		}
	}
}
