package accept

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A byte now and then is not silence, but it holds a place at the shop; a slow
// phone's upload must not be taken for that.
func TestSlowUpload(t *testing.T) {
	for _, tt := range []struct {
		name    string
		piece   int
		every   time.Duration
		pieces  int
		silence time.Duration // 0 = the default, 30 s
		ends    time.Duration // when reading fails; 0 = it does not
	}{
		{name: "a byte in 20 s", piece: 1, every: 20 * time.Second, pieces: 100, ends: 30 * time.Second},
		{name: "half a KiB/s", piece: 512, every: time.Second, pieces: 600, ends: 30 * time.Second},
		{name: "stops after a good start", piece: 60 << 10, every: 0, pieces: 1, ends: 30 * time.Second},
		{name: "2 KiB/s", piece: 2048, every: time.Second, pieces: 600},
		{name: "a phone's 20 KiB/s", piece: 20 << 10, every: time.Second, pieces: 300},
		{name: "a phone in a tunnel", piece: 600 << 10, every: 29 * time.Second, pieces: 10},
		{name: "small and slow to begin", piece: 10, every: 28 * time.Second, pieces: 1},
		{name: "a byte in 20 s, no bound", piece: 1, every: 20 * time.Second, pieces: 100, silence: -1},
	} {
		for _, version := range []string{"HTTP/1", "HTTP/2"} {
			t.Run(version+" "+tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					begin := time.Now()
					read := make(chan error, 1)
					s := openInMemory(t, Config{H2C: true, BodySilence: tt.silence}, func(w http.ResponseWriter, r *http.Request) {
						_, err := io.Copy(io.Discard, r.Body)
						read <- err
						if took := time.Since(begin).Truncate(time.Second); tt.ends != 0 && took != tt.ends {
							t.Errorf("ended after %v, want %v", took, tt.ends)
						}
					})
					// One byte more than is sent where reading shall fail.
					size := tt.piece * tt.pieces
					if tt.ends != 0 {
						size++
					}
					piece := strings.Repeat("x", tt.piece)
					var send func(last bool)
					if version == "HTTP/2" {
						p := s.call(t)
						defer p.conn.Close()
						p.ask(1, "POST", "/", false)
						send = func(last bool) {
							for rest := piece; rest != ""; rest = rest[min(len(rest), 8192):] {
								p.send(1, rest[:min(len(rest), 8192)], last && len(rest) <= 8192)
								synctest.Wait() // the windows are opened again
							}
						}
					} else {
						c, _ := s.say(t, fmt.Sprintf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", size))
						defer c.Close()
						send = func(bool) { io.WriteString(c, piece) }
					}
					for i := range tt.pieces {
						time.Sleep(tt.every)
						if len(read) > 0 {
							break
						}
						send(tt.ends == 0 && i == tt.pieces-1)
					}
					if err := <-read; errors.Is(err, os.ErrDeadlineExceeded) != (tt.ends != 0) {
						t.Errorf("reading ended with %v", err)
					}
				})
			})
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := openInMemory(t, Config{H2C: true, MaxRequests: 3}, func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/stay":
				<-release
			case "/panic":
				panic(http.ErrAbortHandler)
			}
		})
		p := s.call(t) // two on one connection
		defer p.conn.Close()
		p.ask(1, "GET", "/stay", true)
		p.ask(3, "GET", "/stay", true)
		_, held := s.say(t, "GET /stay HTTP/1.1\r\nHost: a\r\n\r\n")
		synctest.Wait()

		_, in := s.say(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n") // its body never comes
		resp, body := answer(in)
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "5" || resp.Header.Get("Cache-Control") != "no-store" || !resp.Close || body != tooBusy {
			t.Errorf("at the bound: %d %v %q", resp.StatusCode, resp.Header, body)
		}
		a := p.ask(5, "GET", "/", true)
		synctest.Wait()
		if status, body, whole, _, _ := p.read(a); status != 503 || body != tooBusy || !whole {
			t.Errorf("at the bound over HTTP/2: %d %q", status, body)
		}
		if serving, refused := s.Requests(); serving != 3 || refused != 2 {
			t.Errorf("%d served, %d refused", serving, refused)
		}

		close(release)
		if resp, _ := answer(held); resp.StatusCode != 200 {
			t.Errorf("the request under way: %d", resp.StatusCode)
		}
		for range 4 { // a handler's panic frees its place, too
			_, in = s.say(t, "GET /panic HTTP/1.1\r\nHost: a\r\n\r\n")
			answer(in)
		}
		a = p.ask(7, "GET", "/", true)
		synctest.Wait()
		if status, _, _, _, _ := p.read(a); status != 200 {
			t.Errorf("after they left: %d", status)
		}
		if serving, refused := s.Requests(); serving != 0 || refused != 2 {
			t.Errorf("at the end %d served, %d refused", serving, refused)
		}
	})
}

// Of the fields by which CDNs name the visitor the handler sees the trusted one
// alone; the shop gets no other.
func TestVendorsFields(t *testing.T) {
	for own, want := range map[string]string{"": "", "CF-Connecting-IP": "Cf-Connecting-Ip: 192.0.2.1", "true-client-ip": "True-Client-Ip: 192.0.2.2"} {
		s := open(t, Config{Trust: Trust{Proxies: prefixes("127.0.0.0/8"), Header: own}}, func(w http.ResponseWriter, r *http.Request) {
			delete(r.Header, "Accept")
			r.Header.Write(w)
		})
		_, in := s.say(t, "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nCF-Connecting-IP: 192.0.2.1\r\nTrue-Client-IP: 192.0.2.2\r\n"+
			"CF_Connecting_IP: 192.0.2.3\r\nTrue_Client-Ip: 192.0.2.4\r\nFastly-Client-IP: 192.0.2.5\r\nFly-Client-IP: 192.0.2.6\r\n"+
			"X-Azure-ClientIP: 192.0.2.7\r\nCF-Connecting-IPv6: 2001:db8::1\r\n\r\n")
		if _, body := answer(in); strings.TrimSpace(body) != want {
			t.Errorf("trusted %q: the handler saw %q, want %q", own, body, want)
		}
	}
}
