package control

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/memnet"
)

// inMemory serves c in a bubble and returns how to connect to it.
func inMemory(t *testing.T, c *Control) (dial func() net.Conn) {
	t.Helper()
	var network memnet.Net
	const address = "127.0.0.1:9090"
	l, err := network.Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return func() net.Conn {
		conn, err := network.DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
}

// A body that does not come ends its connection, whoever waits for it: the login
// page's form, an order, the server that skips what a stranger announced.
func TestABodyMustComeInTime(t *testing.T) {
	const token = "Authorization: Bearer " + adminToken + "\r\nContent-Type: application/json\r\n"
	for _, q := range []struct {
		name, head, some string
		want             string // of the answer
	}{
		{"login", "POST /login HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 30\r\n", "token=", "400 Bad Request"},
		{"an order", "POST /api/v1/shops/perfumy.example/mode HTTP/1.1\r\n" + token + "Content-Length: 30\r\n", `{"mode"`, "408 Request Timeout"},
		{"an order with something after it", "POST /api/v1/shops/perfumy.example/mode HTTP/1.1\r\n" + token + "Content-Length: 30\r\n", `{"mode":"auto"}`, "408 Request Timeout"},
		{"in pieces", "POST /api/v1/shops/perfumy.example/mode HTTP/1.1\r\n" + token + "Transfer-Encoding: chunked\r\n", "7\r\n{\"mode\"\r\n", "408 Request Timeout"},
		{"a stranger", "POST /api/v1/shops/perfumy.example/hold HTTP/1.1\r\nContent-Length: 30\r\n", "", "401 Unauthorized"},
		{"nothing there", "POST /nothing HTTP/1.1\r\nContent-Length: 30\r\n", "", "405 Method Not Allowed"},
	} {
		t.Run(q.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _, _ := newControl(t, nil)
				conn := inMemory(t, c)()
				began := time.Now()
				if _, err := io.WriteString(conn, q.head+"Host: 127.0.0.1\r\n\r\n"+q.some); err != nil {
					t.Fatal(err)
				}
				_ = conn.SetReadDeadline(began.Add(time.Hour)) // or a server that waits for ever would hang the test
				said, err := io.ReadAll(conn)
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal("open after an hour")
				}
				if took := time.Since(began); took < bodyWithin || took > bodyWithin+time.Second {
					t.Errorf("closed after %v, want %v", took, bodyWithin)
				}
				if !strings.HasPrefix(string(said), "HTTP/1.1 "+q.want) {
					t.Errorf("said %q, want %s", said, q.want)
				}
			})
		})
	}
}

// The bound is one body's: a stream that is opened on the same connection after
// an order lasts.
func TestAStreamOutlastsTheTimeForABody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, _ := newControl(t, nil)
		conn := inMemory(t, c)()
		began := time.Now()
		_ = conn.SetReadDeadline(began.Add(time.Hour))
		in := bufio.NewReader(conn)
		say := func(request string) *http.Response {
			t.Helper()
			if _, err := io.WriteString(conn, request); err != nil {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(in, nil)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatal(resp, err)
			}
			return resp
		}
		const head = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + adminToken + "\r\n"
		order := say("POST /api/v1/shops/perfumy.example/ceiling" + head + "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"n\":8}")
		if _, err := io.Copy(io.Discard, order.Body); err != nil {
			t.Fatal(err)
		}
		events := bufio.NewScanner(say("GET /api/v1/shops/perfumy.example/events" + head + "\r\n").Body)
		beats := 0
		for beats < 8 && events.Scan() { // two minutes of a heartbeat each 15 s
			if strings.HasPrefix(events.Text(), ":") {
				beats++
			}
		}
		if took := time.Since(began); beats != 8 || took != 8*heartbeat {
			t.Errorf("%d heartbeats in %v, then %v", beats, took, events.Err())
		}
	})
}
