package crowd

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		wire string
		want answer
	}{
		"length": {"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\ncontent-length: 2\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n\r\nhi",
			answer{status: 200, html: true, cookies: []string{"a=1; Path=/", "b=2"}, body: []byte("hi"), keep: true}},
		"chunked with trailer": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n3\r\n ho\r\n0\r\nX: 1\r\n\r\n",
			answer{status: 200, body: []byte("hi ho"), keep: true}},
		"early hints first": {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 303 See Other\r\nLocation: /cart\r\nContent-Length: 0\r\n\r\n",
			answer{status: 303, location: "/cart", keep: true}},
		"until the end": {"HTTP/1.0 200 OK\r\n\r\nall of it", answer{status: 200, body: []byte("all of it")}},
		"close":         {"HTTP/1.1 503 No\r\nConnection: close\r\nFalochron-State: waiting\r\nContent-Length: 0\r\n\r\n", answer{status: 503, state: "waiting"}},
		"hit":           {"HTTP/1.1 200 OK\r\nCache-Status: falochron; hit; ttl=9\r\nContent-Length: 0\r\n\r\n", answer{status: 200, hit: true, shared: true, keep: true}},
		"filled":        {"HTTP/1.1 200 OK\r\nCache-Status: falochron; fwd=uri-miss; fwd-status=200; ttl=10; stored\r\nContent-Length: 0\r\n\r\n", answer{status: 200, shared: true, keep: true}},
		"passed":        {"HTTP/1.1 200 OK\r\nCache-Status: falochron; fwd=bypass; detail=personal-cookie\r\nContent-Length: 0\r\n\r\n", answer{status: 200, keep: true}},
		"no body":       {"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", answer{status: 304, keep: true}},
	} {
		got, err := readAnswer(bufio.NewReaderSize(strings.NewReader(c.wire), maxLine), true)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.status != c.want.status || got.html != c.want.html || got.location != c.want.location || got.state != c.want.state ||
			got.hit != c.want.hit || got.shared != c.want.shared || got.keep != c.want.keep || !slices.Equal(got.cookies, c.want.cookies) || !bytes.Equal(got.body, c.want.body) {
			t.Errorf("%s: %+v, want %+v", name, *got, c.want)
		}
	}
}

func TestReadAnswerRefuses(t *testing.T) {
	for _, wire := range []string{
		"", "HTTP/1.1 200", "SPDY/9.9 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhixx", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 200) + "\r\n",
	} {
		if a, err := readAnswer(bufio.NewReaderSize(strings.NewReader(wire), maxLine), true); err == nil {
			t.Errorf("%.40q was read as %+v", wire, a)
		}
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		if a, err := readAnswer(bufio.NewReaderSize(bytes.NewReader(wire), maxLine), true); err == nil && len(a.body) > maxBody {
			t.Error("more body than allowed")
		}
	})
}

func TestReadWaiting(t *testing.T) {
	page := []byte(`<meta http-equiv="refresh" content="30; url=/p/x"><p data-ahead="1"><main id="falochron" data-state="waiting"
 data-ahead="123" data-wait-low="60" data-wait-high="120.5" data-poll="15" data-status="/.falochron/status">`)
	got, ok := readWaiting(page)
	want := told{state: "waiting", ahead: 123, low: time.Minute, high: 120500 * time.Millisecond, poll: 15 * time.Second,
		refresh: 30 * time.Second, to: "/p/x", statusAt: "/.falochron/status"}
	if !ok || got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if _, ok := readWaiting([]byte(`<main id="shop">`)); ok {
		t.Error("a shop's page was taken for the line")
	}
}

func FuzzReadPage(f *testing.F) {
	f.Add([]byte(`<main id="falochron" data-poll="1e99" data-ahead="x">`))
	f.Add([]byte(`<link rel="icon" href="//x/y"><img src="a b"><img src=`))
	f.Fuzz(func(t *testing.T, page []byte) {
		if w, ok := readWaiting(page); ok && (w.poll < minAsk || w.poll > maxAsk || w.refresh < minAsk || w.refresh > maxAsk) {
			t.Errorf("would ask every %v or %v", w.poll, w.refresh)
		}
		for _, a := range assetsOf(page, "/p/x", "shop") {
			if a == "" || a[0] != '/' {
				t.Errorf("asset %q", a)
			}
		}
	})
}

func TestResolve(t *testing.T) {
	for ref, want := range map[string]string{
		"/a?b=c#d": "/a?b=c", "": "", "#x": "", "b": "/p/b", "../c": "/c", "?q=1": "/p/x?q=1",
		"http://shop:80/z": "/z", "https://shop:80/z": "", "//cdn/z": "", "http://bank/pay": "", "data:x": "",
	} {
		if got := resolve("/p/x", ref, "shop:80"); got != want {
			t.Errorf("resolve(%q) = %q, want %q", ref, got, want)
		}
	}
}

func TestJar(t *testing.T) {
	var j jar
	for _, c := range []string{"a=1; Path=/; HttpOnly", "b=2", "a=3", "nonsense", "=x", "b=; Max-Age=0", "c=4; max-age=-1", "d=5; Max-Age=60"} {
		j.set(c)
	}
	if got := string(j.append(nil)); got != "a=3; d=5" {
		t.Errorf("jar holds %q", got)
	}
}
