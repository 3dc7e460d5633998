package origin

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shop starts a server that plays the shop, on a real socket.
func shop(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// edge is a server that does nothing but forward to a pool, and its results.
type edge struct {
	*httptest.Server
	pool    *Pool
	results chan Result
}

// front starts an edge before the given replicas. prepare, if not nil, may
// change the options of each request.
func front(t *testing.T, cfg Config, prepare func(*http.Request, *ForwardOptions)) *edge {
	t.Helper()
	pool, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	e := &edge{pool: pool, results: make(chan Result, 64)}
	e.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer := netip.MustParseAddrPort(r.RemoteAddr).Addr()
		opt := ForwardOptions{Visitor: Visitor{Client: peer, Proto: "http", Host: r.Host}}
		if prepare != nil {
			prepare(r, &opt)
		}
		opt.Done = func(res Result) { e.results <- res }
		if res := pool.Forward(w, r, opt); res.Status == 0 {
			w.WriteHeader(http.StatusTeapot) // "the caller writes the page"
		}
	}))
	e.Config.Protocols = new(http.Protocols)
	e.Config.Protocols.SetHTTP1(true)
	e.Config.Protocols.SetUnencryptedHTTP2(true)
	e.Start()
	t.Cleanup(func() { e.Server.Close(); pool.Close() })
	return e
}

// patience is how long a test waits for what must come. No busy machine reaches it.
const patience = 10 * time.Minute

// result waits for the result of the next request.
func (e *edge) result(t *testing.T) Result {
	t.Helper()
	select {
	case r := <-e.results:
		return r
	case <-time.After(patience):
		t.Fatal("no result within ", patience)
		return Result{}
	}
}

// raw sends text over a connection of its own and returns the connection.
func (e *edge) raw(t *testing.T, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", e.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, text)
	return c
}

// get asks the edge for path and returns the answer, its body read.
func (e *edge) get(t *testing.T, path string, header ...string) (*http.Response, string) {
	t.Helper()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL+path, nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return e.do(t, req)
}

func (e *edge) do(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	tr := &http.Transport{DisableCompression: true}
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
