package accept

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/falochron/falochron/internal/origin"
)

// The door and the way to the shop, one behind the other: TLS at the front, an
// upgrade, an upload that asks first, an early hint, and a visitor's lie.
func TestThroughTheDoorToTheShop(t *testing.T) {
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/czat":
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			line, _ := rw.ReadString('\n')
			io.WriteString(conn, "echo "+line)
		case "/upload":
			n, err := io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, n, err)
		default:
			w.Header().Set("Link", "</a.css>")
			w.WriteHeader(http.StatusEarlyHints)
			fmt.Fprint(w, r.Header.Get("Forwarded"), " ", r.Header.Get("X-Forwarded-For"), " ", r.Host)
		}
	}))
	defer shop.Close()
	pool, err := origin.New(origin.Config{URLs: []string{shop.URL}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	s := open(t, Config{Certificates: []Pair{newPair(t, t.TempDir(), "a.example")}}, func(w http.ResponseWriter, r *http.Request) {
		client, proto, host := Trust{}.Client(r)
		pool.Forward(w, r, origin.ForwardOptions{Visitor: origin.Visitor{Client: client, Proto: proto, Host: host}})
	})
	connect := func(text string) (*tls.Conn, *bufio.Reader) {
		c := tls.Client(s.dial(t), &tls.Config{InsecureSkipVerify: true})
		io.WriteString(c, text)
		return c, bufio.NewReader(c)
	}

	c, in := connect("GET /czat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != 101 {
		t.Fatalf("%v, %v", resp, err)
	}
	io.WriteString(c, "ahoj\n")
	if b, err := io.ReadAll(in); string(b) != "echo ahoj\n" || err != nil {
		t.Errorf("over the upgraded connection %q, %v", b, err)
	}

	const size = 3 << 20
	c, in = connect(fmt.Sprintf("PUT /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", size))
	if line, _ := in.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q", line)
	}
	in.ReadString('\n')
	io.WriteString(c, strings.Repeat("x", size))
	if _, body := answer(in); body != fmt.Sprint(size, " <nil>") {
		t.Errorf("upload: %q", body)
	}

	_, in = connect("GET / HTTP/1.1\r\nHost: a:8443\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n")
	if line, _ := in.ReadString('\n'); line != "HTTP/1.1 103 Early Hints\r\n" {
		t.Errorf("%q", line)
	}
	for line := ""; line != "\r\n"; {
		line, _ = in.ReadString('\n')
	}
	if _, body := answer(in); body != `for=127.0.0.1;host="a:8443";proto=https 127.0.0.1 a:8443` {
		t.Errorf("the shop saw %q", body)
	}
}
