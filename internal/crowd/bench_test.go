package crowd

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// BenchmarkRequest is the cost of one request over loopback, the answering side
// included, which does next to nothing.
func BenchmarkRequest(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answerForEver(c)
		}
	}()
	p := newPool(b.Context(), func(ctx context.Context, _ netip.Addr) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", l.Addr().String())
	})
	defer p.close()
	fan := &Fan{Seed: 1}
	var j jar
	j.set("falo_w1=" + strings.Repeat("x", 120))
	r := &request{method: "GET", target: "/.falochron/status", dest: script, fan: fan, jar: &j}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.send(r, "shop", &bearing{from: time.Now(), cap: pollWait}, true); err != nil {
			b.Fatal(err)
		}
	}
}

func answerForEver(c net.Conn) {
	defer c.Close()
	br := bufio.NewReader(c)
	out := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n" + strings.Repeat("x", 100))
	for {
		line, err := br.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(line) == 2 {
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	}
}
