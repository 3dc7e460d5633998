package origin

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRequestReachesTheShopAsItWas(t *testing.T) {
	var got *http.Request
	s := shop(t, func(w http.ResponseWriter, r *http.Request) { got = r })
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	c := e.raw(t, "GET //a%2Fb/../c?x=1;y=2&z=50%&q=%zz HTTP/1.1\r\nHost: Sklep.example:8443\r\nRange: bytes=5-9\r\nCookie: a=b\r\n"+
		"Accept-Encoding: br\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Authorization: x\r\n\r\n")
	io.Copy(io.Discard, c)
	if res := e.result(t); res.Kind != OK || res.Status != 200 || res.Replica != s.URL {
		t.Fatalf("result %+v", res)
	}
	if got.RequestURI != "//a%2Fb/../c?x=1;y=2&z=50%&q=%zz" {
		t.Errorf("target is %q", got.RequestURI)
	}
	// RFC 9110, section 7.2: "an intermediary [...] Host": ours keeps the
	// visitor's, from which a shop builds its links.
	if got.Host != "Sklep.example:8443" {
		t.Errorf("Host is %q", got.Host)
	}
	for name, want := range map[string]string{
		"Range": "bytes=5-9", "Cookie": "a=b", "Accept-Encoding": "br", "Te": "trailers", "User-Agent": "",
		// RFC 9110, section 7.6.1: "Intermediaries MUST parse a received Connection
		// header field before a message is forwarded and, for each connection-option
		// in this field, remove any header or trailer field(s) from the message with
		// the same name as the connection-option".
		"X-Hop": "", "Keep-Alive": "", "Proxy-Authorization": "", "Connection": "",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
		}
	}
}

func TestAnswerReachesTheVisitorAsItWas(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Set-Cookie", "a=1")
		h.Add("Set-Cookie", "b=2")
		h.Set("Alt-Svc", `h3=":443"`)
		h.Set("Connection", "X-Hop")
		h.Set("X-Hop", "1")
		h.Set("Content-Range", "bytes 0-3/10")
		w.WriteHeader(http.StatusPartialContent)
		io.WriteString(w, "body")
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	resp, body := e.get(t, "/")
	if resp.StatusCode != 206 || body != "body" || len(resp.Header["Set-Cookie"]) != 2 || resp.Header.Get("Content-Range") == "" {
		t.Errorf("%d %q %v", resp.StatusCode, body, resp.Header)
	}
	if resp.Header.Get("X-Hop") != "" || resp.Header.Get("Alt-Svc") != "" {
		t.Errorf("fields that lead past the edge went through: %v", resp.Header)
	}
	if res := e.result(t); res.Bytes != 4 || res.OriginStatus != 206 || res.FirstByte <= 0 || res.Total < res.FirstByte {
		t.Errorf("result %+v", res)
	}
}

func TestHead(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Content-Length", "12345") })
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	req, _ := http.NewRequest(http.MethodHead, e.URL, nil)
	// RFC 9110, section 9.3.2: "The HEAD method is identical to GET except that
	// the server MUST NOT send content in the response."
	if resp, body := e.do(t, req); resp.ContentLength != 12345 || body != "" {
		t.Errorf("length %d, body %q; want 12345 and none", resp.ContentLength, body)
	}
}

func TestKinds(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		var code int
		fmt.Sscanf(r.URL.Path, "/%d", &code)
		w.WriteHeader(code)
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	for code, want := range map[int]Kind{200: OK, 302: OK, 404: OK, 409: Refused, 429: Refused, 500: OriginError, 503: OriginError} {
		e.get(t, fmt.Sprint("/", code))
		if res := e.result(t); res.Kind != want || res.Status != code {
			t.Errorf("%d: %v with status %d, want %v", code, res.Kind, res.Status, want)
		}
	}
}

// Both directions flow: each end answers only after it has seen the other's
// last piece, so any buffering would hang.
func TestStreamsBothWaysAtOnce(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		in := bufio.NewReader(r.Body)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			io.WriteString(w, "echo "+line)
			w.(http.Flusher).Flush()
		}
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	// HTTP/2 on the visitor's side: there both directions are open at once.
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	pr, pw := io.Pipe()
	req, _ := http.NewRequest(http.MethodPost, e.URL, pr)
	go io.WriteString(pw, "0\n")
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(resp.Body)
	for i := range 5 {
		line, err := out.ReadString('\n')
		if want := fmt.Sprintf("echo %d\n", i); line != want {
			t.Fatalf("got %q, %v; want %q", line, err, want)
		}
		if i < 4 {
			fmt.Fprintf(pw, "%d\n", i+1)
		}
	}
	pw.Close()
	if rest, err := io.ReadAll(out); len(rest) > 0 || err != nil {
		t.Errorf("rest %q, %v", rest, err)
	}
}

func TestHeadIsPassedOnBeforeTheBody(t *testing.T) {
	release := make(chan struct{})
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "4")
		w.(http.Flusher).Flush()
		<-release
		io.WriteString(w, "late")
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	resp, err := http.Get(e.URL) // returns with the head
	if err != nil {
		t.Fatal(err)
	}
	close(release)
	if b, _ := io.ReadAll(resp.Body); string(b) != "late" {
		t.Errorf("body %q", b)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
}

func TestEarlyHints(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.Header().Set("Alt-Svc", `h3=":443"`)
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Link", "</other.css>")
		io.WriteString(w, "page")
	})
	pool, _ := New(Config{URLs: []string{s.URL}}, nil)
	defer pool.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "ours")
		pool.Forward(w, r, ForwardOptions{})
	}))
	defer srv.Close()
	var hints []string
	req, _ := http.NewRequest(http.MethodGet, srv.URL, nil)
	req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			hints = append(hints, fmt.Sprint(code, " ", h.Get("Link"), " ", h.Get("X-Request-Id"), h.Get("Alt-Svc")))
			return nil
		},
	}))
	resp, body := (&edge{Server: srv}).do(t, req)
	// RFC 9110, section 15.2: "A proxy MUST forward 1xx responses unless the
	// proxy itself requested the generation of the 1xx response."
	if len(hints) != 1 || hints[0] != "103 </style.css>; rel=preload " {
		t.Errorf("hints %q", hints)
	}
	if body != "page" || resp.Header.Get("Link") != "</other.css>" || resp.Header.Get("X-Request-Id") != "ours" {
		t.Errorf("final answer %q %v: our own field must survive the hint", body, resp.Header)
	}

	// RFC 9110, section 15.2: "A server MUST NOT send a 1xx response to an
	// HTTP/1.0 client."
	c := (&edge{Server: srv}).raw(t, "GET / HTTP/1.0\r\n\r\n")
	if b, _ := io.ReadAll(c); !strings.HasPrefix(string(b), "HTTP/1.0 200") {
		t.Errorf("HTTP/1.0 visitor got %q", b)
	}
}

func TestTrailersBothWays(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Trailer", "X-Announced")
		io.WriteString(w, "got "+r.Trailer.Get("X-Sum"))
		w.Header().Set("X-Announced", "1")
		w.Header().Set(http.TrailerPrefix+"X-Surprise", "2")
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	req, _ := http.NewRequest(http.MethodPost, e.URL, io.MultiReader(strings.NewReader("body")))
	req.Trailer = http.Header{"X-Sum": {"cafe"}}
	resp, body := e.do(t, req)
	if body != "got cafe" {
		t.Errorf("shop said %q: the visitor's trailer was lost", body)
	}
	if resp.Trailer.Get("X-Announced") != "1" || resp.Trailer.Get("X-Surprise") != "2" {
		t.Errorf("trailer %v", resp.Trailer)
	}
}

// RFC 9110, section 10.1.1: "A proxy MUST, upon receiving an HTTP/1.1 (or
// later) request that has a valid method and target URI and contains a
// 100-continue expectation and indicates a request message body will follow,
// either: send an immediate response with a final status code [...] or begin
// forwarding the request toward the origin server by sending a corresponding
// request-line and header section to the next inbound server."
func TestExpectContinueEndToEnd(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Expect") != "100-continue" {
			t.Errorf("Expect is %q", r.Header.Get("Expect"))
		}
		if r.URL.Path == "/no" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		b, _ := io.ReadAll(r.Body)
		w.Write(bytes.ToUpper(b))
	})
	e := front(t, Config{URLs: []string{s.URL}, ContinueWait: time.Minute}, nil)
	head := "POST %s HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"

	c := e.raw(t, fmt.Sprintf(head, "/yes"))
	in := bufio.NewReader(c)
	if line, _ := in.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q before the body was sent", line)
	}
	in.ReadString('\n')
	io.WriteString(c, "body")
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("after the body: %v, %v", resp, err)
	}
	if b, _ := io.ReadAll(resp.Body); string(b) != "BODY" {
		t.Errorf("body %q", b)
	}

	in = bufio.NewReader(e.raw(t, fmt.Sprintf(head, "/no")))
	if line, _ := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 413") {
		t.Errorf("refused upload got %q, want the final status at once", line)
	}
}

func TestLargeUploadIsWhole(t *testing.T) {
	const size = 16 << 20
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		n, _ := io.Copy(h, r.Body)
		fmt.Fprintf(w, "%d %x %d", n, h.Sum(nil), r.ContentLength)
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	data := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	req, _ := http.NewRequest(http.MethodPut, e.URL, bytes.NewReader(data))
	_, body := e.do(t, req)
	if want := fmt.Sprintf("%d %x %d", size, sha256.Sum256(data), size); body != want {
		t.Errorf("shop got %q, want %q", body, want)
	}
	if res := e.result(t); res.Upload <= 0 || res.FirstByte < res.Upload {
		t.Errorf("uploaded after %v, first byte after %v", res.Upload, res.FirstByte)
	}
}

func TestAnswerBrokenOffCutsTheVisitorOff(t *testing.T) {
	for _, framing := range []string{"chunked", "length"} {
		s := shop(t, func(w http.ResponseWriter, r *http.Request) {
			if framing == "length" {
				w.Header().Set("Content-Length", "1000")
			}
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})
		e := front(t, Config{URLs: []string{s.URL}}, nil)
		resp, err := http.Get(e.URL)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("%s: visitor took %q for the whole answer", framing, b)
		}
		resp.Body.Close()
		if res := e.result(t); res.Kind != OriginError || !res.Aborted || res.Status != 200 || res.Err == nil {
			t.Errorf("%s: %+v", framing, res)
		}
	}
}

func TestVisitorGone(t *testing.T) {
	asked, left := make(chan struct{}), make(chan struct{})
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			io.Copy(io.Discard, r.Body)
			return
		}
		close(asked)
		<-r.Context().Done()
		close(left)
	})
	e := front(t, Config{URLs: []string{s.URL}}, nil)
	c := e.raw(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	<-asked
	c.Close()
	<-left
	if res := e.result(t); res.Kind != ClientGone || res.Status != 0 {
		t.Errorf("%+v", res)
	}
	if v := e.pool.Vitals()[0]; !v.Healthy || v.InFlight != 0 {
		t.Errorf("a visitor who left made the replica %+v", v)
	}

	c = e.raw(t, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
	c.Close()
	if res := e.result(t); res.Kind != ClientGone {
		t.Errorf("broken upload: %+v", res)
	}
}

func TestHooks(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Shop", "1")
		w.WriteHeader(500)
		io.WriteString(w, "stack trace")
	})
	refuse := errors.New("we have a nicer page")
	var first int
	e := front(t, Config{URLs: []string{s.URL}}, func(r *http.Request, opt *ForwardOptions) {
		opt.FirstByte = func(status int, after time.Duration) { first = status }
		opt.ModifyResponse = func(resp *http.Response) error {
			resp.Header.Set("X-Edge", "1")
			if r.URL.Path == "/refuse" {
				return refuse
			}
			return nil
		}
	})
	if resp, _ := e.get(t, "/"); resp.Header.Get("X-Edge") != "1" || first != 500 {
		t.Errorf("%v, first byte of %d", resp.Header, first)
	}
	e.result(t)
	resp, body := e.get(t, "/refuse")
	if resp.StatusCode != http.StatusTeapot || body != "" || resp.Header.Get("X-Shop") != "" {
		t.Errorf("the caller's page is %d %q %v", resp.StatusCode, body, resp.Header)
	}
	if res := e.result(t); res.Err != refuse || res.Status != 0 || res.OriginStatus != 500 || res.Kind != OriginError {
		t.Errorf("%+v", res)
	}
}

func TestRoundTripOfOurOwn(t *testing.T) {
	s := shop(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Alt-Svc", `h3=":443"`)
		r.Header.Del("Cdn-Loop") // see loop_test.go
		fmt.Fprint(w, r.Host, " ", r.RequestURI, " ", r.Header)
	})
	pool, _ := New(Config{URLs: []string{s.URL}}, nil)
	defer pool.Close()
	req := &http.Request{Method: http.MethodGet, Host: "sklep.example", URL: &url.URL{Path: "/a", RawQuery: "b=c"}, Header: http.Header{
		"User-Agent": nil, "Accept": {"*/*"}, "X-Original-Url": {"/c"}, "X-Rewrite-Url": {"/c"}, "X-Forwarded-Prefix": {"/c"},
		"X-Http-Method-Override": {"POST"}, "X_http_method_override": {"POST"}, "Proxy": {"c"},
	}}
	resp, err := pool.RoundTrip(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if v := pool.Vitals()[0]; v.InFlight != 1 {
		t.Errorf("in flight %d while the body is open", v.InFlight)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(b) != "sklep.example /a?b=c map[Accept:[*/*]]" {
		t.Errorf("the shop saw %q", b)
	}
	if resp.Header.Get("Alt-Svc") != "" {
		t.Error("an answer to be kept leads past the edge")
	}
	if len(req.Header) != 8 {
		t.Errorf("the caller's request was changed: %v", req.Header)
	}
	if v := pool.Vitals()[0]; v.InFlight != 0 {
		t.Errorf("in flight %d after the end", v.InFlight)
	}
}
