package accept

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"golang.org/x/net/http2"
)

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

func TestPortInUse(t *testing.T) {
	s := open(t, Config{}, func(http.ResponseWriter, *http.Request) {})
	_, err := Listen(Config{Address: s.Addr().String()})
	_, port, _ := net.SplitHostPort(s.Addr().String())
	if falochron.KindOf(err) != falochron.Conflict || !strings.Contains(err.Error(), "port "+port+" is in use") || !strings.Contains(falochron.HintOf(err), ":"+port) {
		t.Errorf("%v (hint %q)", err, falochron.HintOf(err))
	}
	if _, err := Listen(Config{Address: "nonsense"}); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}

func TestKeepAliveHeadAndExpect(t *testing.T) {
	s := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refuse" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s", r.Method, b)
	})
	c, in := s.say(t, get+get) // also pipelined
	for range 2 {
		if resp, body := answer(in); body != "GET " || resp.Close {
			t.Fatalf("%q, closing: %v", body, resp.Close)
		}
	}
	io.WriteString(c, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
	resp, err := http.ReadResponse(in, &http.Request{Method: http.MethodHead})
	if err != nil || resp.ContentLength != 5 {
		t.Fatalf("HEAD: %v, %v", resp, err)
	}
	// RFC 9110, section 10.1.1: "A server that responds with a final status code
	// instead of reading the entire request content SHOULD indicate whether it
	// intends to close the connection".
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if line, _ := in.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q", line)
	}
	in.ReadString('\n')
	io.WriteString(c, "ab")
	if resp, body := answer(in); body != "POST ab" || resp.Close {
		t.Errorf("%q, closing: %v", body, resp.Close)
	}
	io.WriteString(c, "POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	if resp, _ := answer(in); resp.StatusCode != 413 || !resp.Close {
		t.Errorf("%d, closing: %v", resp.StatusCode, resp.Close)
	}
}

func TestReplaceLetsRequestsUnderWayEnd(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	s := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		close(inside)
		<-release
		io.WriteString(w, "old")
	})
	c, in := s.say(t, get)
	<-inside
	s.Replace(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "new") }))
	_, other := s.say(t, get)
	if _, body := answer(other); body != "new" {
		t.Errorf("a new visitor got %q", body)
	}
	close(release)
	if _, body := answer(in); body != "old" {
		t.Errorf("the request under way got %q", body)
	}
	io.WriteString(c, get)
	if _, body := answer(in); body != "new" {
		t.Errorf("the next on the same connection got %q", body)
	}
}

func TestDrain(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	s := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			conn, _, _ := http.NewResponseController(w).Hijack()
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
			return
		}
		close(inside)
		<-release
		io.WriteString(w, "done")
	})
	_, upgraded := s.say(t, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	if line, _ := upgraded.ReadString('\n'); !strings.Contains(line, "101") {
		t.Fatal(line)
	}
	upgraded.ReadString('\n')
	_, in := s.say(t, get)
	<-inside
	drained := make(chan error)
	go func() { drained <- s.Drain(t.Context()) }()
	if err := <-s.served; err != nil {
		t.Errorf("serve: %v", err)
	}
	s.served <- nil
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("a new connection was accepted")
	}
	close(release)
	if resp, body := answer(in); body != "done" || !resp.Close {
		t.Errorf("request under way: %q, closing: %v", body, resp.Close)
	}
	if err := <-drained; err != nil {
		t.Errorf("drain: %v", err)
	}
	if _, err := upgraded.ReadByte(); err != io.EOF {
		t.Errorf("upgraded connection after the drain: %v", err)
	}
	if n := s.Counts().Open; n != 0 {
		t.Errorf("%d connections open", n)
	}
}

func TestDrainDeadlineCuts(t *testing.T) {
	inside := make(chan struct{})
	s := open(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		close(inside)
		<-r.Context().Done()
	})
	_, in := s.say(t, get)
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Drain(ctx); err != context.Canceled {
		t.Errorf("drain: %v", err)
	}
	if resp, _ := answer(in); resp.StatusCode != 0 {
		t.Errorf("the stuck request was answered %d", resp.StatusCode)
	}
}

func TestTimeoutsEverywhere(t *testing.T) {
	hang := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/upload":
			_, err := io.ReadAll(r.Body)
			fmt.Fprint(w, err)
		case "/big":
			w.Write(make([]byte, 1<<20))
		}
	}
	for name, tt := range map[string]struct {
		text  string
		read  bool // the visitor reads what comes
		after time.Duration
		want  string
	}{
		"nothing sent":       {"", true, 10 * time.Second, ""},
		"half a head":        {"GET / HTTP/1.1\r\nHost:", true, 10 * time.Second, ""},
		"idle":               {get, true, 120 * time.Second, "200 OK"},
		"silence in a body":  {"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf", true, 30 * time.Second, "timeout"},
		"body nobody reads":  {"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf", true, 30 * time.Second, "200 OK"},
		"answer not taken":   {"GET /big HTTP/1.1\r\nHost: a\r\n\r\n", false, 60 * time.Second, ""},
		"no handshake (TLS)": {"", true, 10 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				var cfg Config
				if strings.Contains(name, "TLS") {
					cfg.Certificates, cfg.CertificateCheck = []Pair{newPair(t, dir, "a")}, -1
				}
				s := openInMemory(t, cfg, hang)
				begin := time.Now()
				_, in := s.say(t, tt.text)
				var got []byte
				if tt.read {
					got, _ = io.ReadAll(in)
				} else {
					for s.Counts().Open > 0 || time.Since(begin) == 0 {
						time.Sleep(700 * time.Millisecond)
					}
				}
				// net/http gives a reader half a second to take in a last word.
				if took := time.Since(begin).Truncate(time.Second); took != tt.after || !strings.Contains(string(got), tt.want) {
					t.Errorf("ended after %v with %q; want %v and %q", took, got, tt.after, tt.want)
				}
			})
		})
	}
}

// The deadline on a body's silence must not hit what comes after the body.
func TestSlowHandlerAfterABody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openInMemory(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
			io.ReadAll(r.Body)
			time.Sleep(5 * time.Minute)
			fmt.Fprint(w, r.Context().Err())
		})
		_, in := s.say(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
		if resp, body := answer(in); resp.StatusCode != 200 || body != "<nil>" {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
	})
}

func TestTooManyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openInMemory(t, Config{MaxConns: 2}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/stay" {
				<-r.Context().Done()
			}
		})
		const stay = "GET /stay HTTP/1.1\r\nHost: a\r\n\r\n"
		first, _ := s.say(t, stay)
		idle, idleIn := s.say(t, get)
		answer(idleIn)
		synctest.Wait()
		// The idle connection makes room.
		_, in := s.say(t, get)
		if resp, _ := answer(in); resp.StatusCode != 200 {
			t.Errorf("with one idle: %d", resp.StatusCode)
		}
		if _, err := idleIn.ReadByte(); err != io.EOF {
			t.Errorf("the idle connection: %v", err)
		}
		idle.Close()
		synctest.Wait()
		_, third := s.say(t, stay) // takes the place of the one just answered
		synctest.Wait()
		// None is idle: the fourth is told.
		_, in = s.say(t, get)
		resp, body := answer(in)
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || resp.Header.Get("Cache-Control") != "no-store" || body != tooMany {
			t.Errorf("at the bound: %d %v %q", resp.StatusCode, resp.Header, body)
		}
		// A place given back is a place again.
		first.Close()
		synctest.Wait()
		_, in = s.say(t, get)
		if resp, _ := answer(in); resp.StatusCode != 200 {
			t.Errorf("after one left: %d", resp.StatusCode)
		}
		if n := s.Counts(); n.Open != 2 || n.Refused != 1 || n.Evicted != 2 {
			t.Errorf("%+v", n)
		}
		_ = third
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.Drain(ctx)
	})
}

func TestPanicsCutTheConnectionAndAreLogged(t *testing.T) {
	var mu sync.Mutex
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(lockedWriter{&mu, &logged}, nil))
	s := open(t, Config{Log: log}, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("our fault")
	})
	for _, path := range []string{"/abort", "/"} {
		_, in := s.say(t, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("%s: %q was taken for the whole", path, b)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if n := s.Counts().Panics; n != 1 || strings.Count(logged.String(), "level=ERROR") != 1 || !strings.Contains(logged.String(), "our fault") {
		t.Errorf("%d panics, log %s", n, logged.String())
	}
	if strings.Contains(logged.String(), "127.0.0.1") {
		t.Errorf("a whole address is in the log: %s", logged.String())
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func TestH2C(t *testing.T) {
	s := open(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {
		// The code that serves must be x/net's, which gets fixes first.
		fmt.Fprint(w, r.Proto, " ", strings.Contains(string(debug.Stack()), "golang.org/x/net/http2"))
	})
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(mustRequest("http://" + s.Addr().String()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); string(b) != "HTTP/2.0 true" {
		t.Errorf("%q", b)
	}
	_, in := s.say(t, get) // HTTP/1.1 on the same port
	if _, body := answer(in); body != "HTTP/1.1 false" {
		t.Errorf("%q", body)
	}
}

func mustRequest(url string) *http.Request {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		panic(err)
	}
	return r
}

func TestHTTP2LimitsAreAnnounced(t *testing.T) {
	s := open(t, Config{H2C: true}, func(w http.ResponseWriter, r *http.Request) {})
	c := s.dial(t)
	io.WriteString(c, http2.ClientPreface)
	f := http2.NewFramer(c, bufio.NewReader(c))
	f.WriteSettings()
	frame, err := f.ReadFrame()
	settings, ok := frame.(*http2.SettingsFrame)
	if !ok {
		t.Fatalf("%v, %v", frame, err)
	}
	for id, want := range map[http2.SettingID]uint32{http2.SettingMaxConcurrentStreams: 100, http2.SettingMaxHeaderListSize: 64<<10 + 320} {
		if got, _ := settings.Value(id); got != want {
			t.Errorf("%v is %d, want %d", id, got, want)
		}
	}
}

func TestDefaultMaxConns(t *testing.T) {
	for descriptors, want := range map[uint64]int{0: 64, 1024: 768, 20000: 15000, 1 << 20: 16384, 1<<64 - 1: 16384} {
		if got := defaultMaxConns(descriptors); got != want {
			t.Errorf("%d descriptors: %d, want %d", descriptors, got, want)
		}
	}
	if n := (Config{}).withDefaults().MaxConns; n < 64 {
		t.Errorf("default %d", n)
	}
}
