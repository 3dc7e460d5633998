package origin

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// A shop that sends more than it said leaves the surplus on the connection. Who
// comes next on it must not be given that.
func TestWhatIsLeftOverIsNobodysAnswer(t *testing.T) {
	const surplus = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsomebody's"
	for name, answer := range map[string]string{
		"a body longer than it said": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + surplus,
		"a body after a 304":         "HTTP/1.1 304 Not Modified\r\n\r\n" + surplus,
		"a body after HEAD":          "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(surplus)) + "\r\n\r\n" + surplus,
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var shop sync.WaitGroup
			defer shop.Wait()
			defer l.Close()
			shop.Go(func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					shop.Go(func() { careless(c, answer) })
				}
			})
			p, err := New(Config{URLs: []string{"http://" + l.Addr().String()}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			var wrong atomic.Int64
			var all sync.WaitGroup
			for i := range 16 {
				all.Go(func() {
					for range 600 {
						method, path := "GET", "/other"
						if i%4 == 0 {
							if path = "/careless"; name == "a body after HEAD" {
								method = "HEAD"
							}
						}
						r, _ := http.NewRequestWithContext(context.Background(), method, "http://shop.example"+path, nil)
						resp, err := p.RoundTrip(r.Context(), r)
						if err != nil {
							continue // the shop is to blame
						}
						b, _ := io.ReadAll(resp.Body)
						resp.Body.Close()
						if path == "/other" && string(b) != "mine" {
							wrong.Add(1)
						}
					}
				})
			}
			all.Wait()
			if n := wrong.Load(); n > 0 {
				t.Errorf("%d of 7200 got what was left of another's answer", n)
			}
		})
	}
}

// careless answers everything rightly but one path.
func careless(c net.Conn, answer string) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if r.URL.Path == "/careless" {
			_, err = io.WriteString(c, answer)
		} else {
			_, err = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine")
		}
		if err != nil {
			return
		}
	}
}

// The same, of one connection and without the transport's haste.
func TestAnAnswerComesAfterItsRequest(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	c := &counted{Conn: here}
	exchange := func(answered bool) bool {
		var l line
		l.given(httptrace.GotConnInfo{Conn: c, Reused: true})
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.ReadFull(there, make([]byte, 3))
			if answered {
				_, _ = there.Write([]byte("200"))
			}
		}()
		if _, err := c.Write([]byte("GET")); err != nil {
			t.Fatal(err)
		}
		if answered {
			if _, err := io.ReadFull(c, make([]byte, 3)); err != nil {
				t.Fatal(err)
			}
		}
		<-done
		return l.stray()
	}
	for range 2 { // on a new connection, and on a kept one
		if exchange(true) {
			t.Error("a true answer was taken for a surplus")
		}
	}
	if !exchange(false) {
		t.Error("what was there before was taken for an answer")
	}
	if _, err := c.Write([]byte("GET")); err == nil {
		t.Error("the connection is still in use")
	}
}
