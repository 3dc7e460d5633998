package origin

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"
)

// echoSocket is the server's side of RFC 6455, as little of it as an echo of
// short text frames needs.
func echoSocket(w http.ResponseWriter, r *http.Request) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	io.WriteString(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "+
		base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	rw.Flush()
	for {
		text, err := readFrame(rw.Reader)
		if err != nil {
			return
		}
		rw.Write(append([]byte{0x81, byte(len(text))}, text...))
		rw.Flush()
	}
}

// readFrame reads a frame of less than 126 bytes and unmasks it.
func readFrame(r *bufio.Reader) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	var mask [4]byte
	if head[1]&0x80 != 0 {
		if _, err := io.ReadFull(r, mask[:]); err != nil {
			return nil, err
		}
	}
	text := make([]byte, head[1]&0x7f)
	_, err := io.ReadFull(r, text)
	for i := range text {
		text[i] ^= mask[i%4]
	}
	return text, err
}

func maskedFrame(text string) []byte {
	frame := append([]byte{0x81, 0x80 | byte(len(text))}, binary.BigEndian.AppendUint32(nil, 0x01020304)...)
	for i := range len(text) {
		frame = append(frame, text[i]^byte(i%4+1))
	}
	return frame
}

func TestWebSocket(t *testing.T) {
	s := shop(t, echoSocket)
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	c := e.raw(t, "GET /czat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	// RFC 6455, section 1.3, has this key and this answer.
	if resp.StatusCode != 101 || resp.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	if v := e.pool.Vitals()[0]; v.InFlight != 0 {
		t.Errorf("an upgraded connection counts as %d requests in flight", v.InFlight)
	}
	for _, text := range []string{"dzień dobry", "do widzenia"} {
		c.Write(maskedFrame(text))
		if got, err := readFrame(in); string(got) != text {
			t.Fatalf("echo %q, %v; want %q", got, err, text)
		}
	}
	c.Close()
	if res := e.result(t); res.Kind != OK || res.Status != 101 {
		t.Errorf("%+v", res)
	}
}

// RFC 9110, section 7.8: "A server MAY ignore a received Upgrade header field
// if it wishes to continue using the current protocol on that connection."
// We do for all but WebSocket: an h2c upgrade through an intermediary opens a
// way to the shop past everything the edge decides.
func TestOnlyWebSocketIsUpgraded(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" || r.Header.Get("Http2-Settings") != "" || r.Header.Get("Connection") != "" {
			t.Errorf("the shop was asked to upgrade: %v", r.Header)
		}
		io.WriteString(w, "plain")
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	for _, up := range []string{"h2c", "TLS/1.2", "websocket, h2c"} {
		c := e.raw(t, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "+up+"\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
		line, _ := bufio.NewReader(c).ReadString('\n')
		if !strings.HasPrefix(line, "HTTP/1.1 200") {
			t.Errorf("%s: %q", up, line)
		}
	}
}

func TestShopSwitchesUnasked(t *testing.T) {
	left := make(chan struct{})
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		echoSocket(w, r)
		close(left)
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	if resp, _ := e.get(t, "/"); resp.StatusCode != http.StatusTeapot {
		t.Errorf("status %d, want the caller's page", resp.StatusCode)
	}
	if res := e.result(t); res.Kind != OriginError || res.Status != 0 {
		t.Errorf("%+v", res)
	}
	<-left // the connection must not stay open behind our back
}
