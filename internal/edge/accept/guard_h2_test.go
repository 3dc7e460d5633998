package accept

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// phone speaks HTTP/2 by the frame, as no well-behaved library would. It
// answers pings and opens windows only when told to.
type phone struct {
	conn net.Conn

	mu      sync.Mutex // guards the following fields; held while a frame is written
	framer  *http2.Framer
	answers map[uint32]*streamed
	gone    bool              // the connection has ended
	onData  func(n int) error // called with mu held for each piece of a body
}

// streamed is what has come of one answer.
type streamed struct {
	status int
	body   bytes.Buffer
	whole  bool          // it came to its end
	reset  http2.ErrCode // why it was broken off, when took is set and it is not whole
	ended  time.Time
}

// call connects with the given settings.
func (s *house) call(t *testing.T, settings ...http2.Setting) *phone {
	t.Helper()
	p := &phone{conn: s.dial(t), answers: map[uint32]*streamed{}}
	io.WriteString(p.conn, http2.ClientPreface)
	p.framer = http2.NewFramer(p.conn, p.conn)
	p.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	p.framer.WriteSettings(settings...)
	go p.listen()
	return p
}

func (p *phone) listen() {
	for {
		frame, err := p.framer.ReadFrame()
		p.mu.Lock()
		if err != nil {
			p.gone = true
			p.mu.Unlock()
			return
		}
		a := p.answers[frame.Header().StreamID]
		switch f := frame.(type) {
		case *http2.PingFrame:
			if !f.IsAck() {
				p.framer.WritePing(true, f.Data)
			}
		case *http2.MetaHeadersFrame:
			a.status, _ = strconv.Atoi(f.PseudoValue("status"))
			a.end(f.StreamEnded())
		case *http2.DataFrame:
			a.body.Write(f.Data())
			a.end(f.StreamEnded())
			if p.onData != nil {
				p.onData(len(f.Data()))
			}
		case *http2.RSTStreamFrame:
			if a.ended.IsZero() {
				a.reset, a.ended = f.ErrCode, time.Now()
			}
		}
		p.mu.Unlock()
	}
}

func (a *streamed) end(whole bool) {
	if whole {
		a.whole, a.ended = true, time.Now()
	}
}

// ask sends the head of a request; last says that no body follows.
func (p *phone) ask(stream uint32, method, path string, last bool) *streamed {
	var head bytes.Buffer
	enc := hpack.NewEncoder(&head)
	for _, f := range [][2]string{{":method", method}, {":scheme", "http"}, {":authority", "a"}, {":path", path}} {
		enc.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[stream] = new(streamed)
	p.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: head.Bytes(), EndHeaders: true, EndStream: last})
	return p.answers[stream]
}

func (p *phone) send(stream uint32, body string, last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.framer.WriteData(stream, last, []byte(body))
}

// open lets n more bytes of an answer come.
func (p *phone) open(stream, n uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.framer.WriteWindowUpdate(0, n)
	p.framer.WriteWindowUpdate(stream, n)
}

// read returns a copy of what has come.
func (p *phone) read(a *streamed) (status int, body string, whole bool, reset http2.ErrCode, ended time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return a.status, a.body.String(), a.whole, a.reset, a.ended
}

// The way to the shop sends a body from a goroutine of its own, which may go on
// when the answer is there and the handler has ended. A deadline set then ends
// the process.
func TestBodyReadAfterTheHandlersEnd(t *testing.T) {
	for _, version := range []string{"HTTP/1", "HTTP/2"} {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				late := make(chan error, 1)
				s := openInMemory(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						time.Sleep(5 * time.Minute)
						if err := r.Context().Err(); err != nil {
							t.Errorf("the next request has ended: %v", err)
						}
						return
					}
					go func() {
						time.Sleep(time.Minute) // the handler has long ended
						_, err := r.Body.Read(make([]byte, 1))
						late <- err
					}()
				})
				if version == "HTTP/2" {
					p := s.call(t)
					a := p.ask(1, "POST", "/", false)
					p.send(1, "part of it", false)
					time.Sleep(time.Second)
					if status, _, whole, _, _ := p.read(a); status != 200 || !whole {
						t.Errorf("status %d, whole %v", status, whole)
					}
					defer p.conn.Close()
				} else {
					c, in := s.say(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
					if resp, _ := answer(in); resp.StatusCode != 200 {
						t.Errorf("status %d", resp.StatusCode)
					}
					io.WriteString(c, get)
					if resp, _ := answer(in); resp.StatusCode != 200 {
						t.Errorf("the next request: status %d", resp.StatusCode)
					}
				}
				if err := <-late; err == nil {
					t.Error("the body could still be read")
				}
			})
		})
	}
}

// A wait may become too long in the very moment in which the handler ends.
func TestDeadlineAtTheHandlersEnd(t *testing.T) {
	var under sync.WaitGroup
	s := open(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {
		d := r.Body.(*patientBody).deadlines
		under.Go(func() {
			for range 100 {
				d.read(time.Now().Add(time.Minute))
				d.write(time.Now().Add(time.Minute))
			}
		})
	})
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	for range 100 {
		req, _ := http.NewRequest(http.MethodPost, "http://"+s.Addr().String(), strings.NewReader("some body"))
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	under.Wait()
}

// A visitor who opens no window is not waited for for ever, though his pings
// say that he is there. Others on the connection do not notice.
func TestHTTP2SlowReaderIsTimedOut(t *testing.T) {
	for path, size := range map[string]int{"/one": 1, "/small": 3000, "/large": 1 << 20, "/flushed": 10} {
		t.Run(path[1:], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				s := openInMemory(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodHead {
						return
					}
					if w.Write(make([]byte, size)); r.URL.Path == "/flushed" {
						http.NewResponseController(w).Flush()
					}
				})
				p := s.call(t, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
				defer p.conn.Close()
				stuck := p.ask(1, "GET", path, true)
				time.Sleep(59 * time.Second)
				serving, _ := s.Requests()
				if status, _, _, _, ended := p.read(stuck); status != 200 || !ended.IsZero() || serving != 1 {
					t.Errorf("after 59 s: status %d, ended %v, %d being served", status, ended, serving)
				}
				time.Sleep(2 * time.Second)
				if _, _, whole, reset, ended := p.read(stuck); whole || ended.Sub(begin) != time.Minute || reset != http2.ErrCodeInternal {
					t.Errorf("whole %v, %v after %v; want it reset after 1m", whole, reset, ended.Sub(begin))
				}
				other := p.ask(3, "HEAD", "/", true)
				synctest.Wait()
				if status, _, whole, _, _ := p.read(other); status != 200 || !whole {
					t.Errorf("the connection's next: status %d, whole %v", status, whole)
				}
				if serving, _ := s.Requests(); serving != 0 {
					t.Errorf("%d requests are being served", serving)
				}
			})
		})
	}
}

// Who reads slowly but reads gets all; the bound is on each piece, not on the
// whole, however much is written at once.
func TestHTTP2SlowReaderWhoReadsGetsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 256 << 10
		s := openInMemory(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {
			if n, err := w.Write(make([]byte, size)); n != size || err != nil {
				t.Errorf("wrote %d, %v", n, err)
			}
		})
		p := s.call(t, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
		defer p.conn.Close()
		a := p.ask(1, "GET", "/", true)
		for range size / 8192 {
			time.Sleep(10 * time.Second) // 0.8 KB/s
			p.open(1, 8192)
		}
		synctest.Wait()
		if _, body, whole, reset, _ := p.read(a); !whole || len(body) != size {
			t.Errorf("%d bytes, whole %v, reset %v", len(body), whole, reset)
		}
	})
}

// A stream of events may be silent for longer than a reader may.
func TestHTTP2EventsStayOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openInMemory(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {
			for i := range 12 {
				time.Sleep(5 * time.Minute)
				io.WriteString(w, "data: x\n\n")
				if i%2 == 0 {
					continue // a handler may also leave it to the server when to send
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
			}
		})
		p := s.call(t)
		defer p.conn.Close()
		a := p.ask(1, "GET", "/", true)
		time.Sleep(time.Hour + time.Second)
		if _, body, whole, reset, _ := p.read(a); !whole || len(body) != 12*9 {
			t.Errorf("%d bytes, whole %v, reset %v", len(body), whole, reset)
		}
	})
}

// A shop that takes its time with an upload is not the visitor's fault.
func TestBodyTheShopDoesNotRead(t *testing.T) {
	for _, version := range []string{"HTTP/1", "HTTP/2"} {
		t.Run(version, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				read := make(chan error, 1)
				s := openInMemory(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(10 * time.Minute)
					n, err := io.Copy(io.Discard, r.Body)
					if n != 20 {
						t.Errorf("%d bytes", n)
					}
					read <- err
				})
				if version == "HTTP/2" {
					p := s.call(t)
					defer p.conn.Close()
					p.ask(1, "POST", "/", false)
					p.send(1, "first part", false)
					time.Sleep(10*time.Minute + time.Second)
					p.send(1, "the second", true)
				} else {
					c, _ := s.say(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nfirst part")
					time.Sleep(10*time.Minute + time.Second)
					io.WriteString(c, "the second")
				}
				if err := <-read; err != nil {
					t.Error(err)
				}
			})
		})
	}
}
