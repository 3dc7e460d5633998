package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"

	"github.com/falochron/falochron"
)

// A number of a server that does not do what its row says is worth less than none.
// So each is looked at before its first round and after its last with net/http's
// own client, and in every round by what the shop counted.

// wrong is a server that was caught.
func wrong(name string, c rawCase, format string, args ...any) error {
	return &falochron.Error{Kind: falochron.Internal, Op: fmt.Sprintf("check %s: %s, %s", name, c.name, c.wire),
		Public: fmt.Sprintf(format, args...), Hint: "what would be measured is not what its name says; is its configuration in bench/peers right?"}
}

// check asks a server twice and says what is wrong with it.
func (f *rawField) check(ctx context.Context, i int, c rawCase) error {
	name := f.peers[i].name
	before := f.shop.count(c.path)
	// The first fills the cache, if nobody has yet; a server may still be writing it
	// down when its answer is read.
	for fills := 0; c.kind == fromCache && fills < 100; fills++ {
		if _, _, err := f.ask(ctx, i, c.path, c.wire); err != nil {
			return err
		}
		now := f.shop.count(c.path)
		if now == before {
			break
		}
		before = now
	}
	const times = 2
	for range times {
		a, major, err := f.ask(ctx, i, c.path, c.wire)
		if err != nil {
			return err
		}
		if want := map[bool]int{false: 1, true: 2}[c.wire == wireH2]; major != want {
			return wrong(name, c, "it speaks HTTP/%d", major)
		}
		if a.Status != http.StatusOK {
			return wrong(name, c, "it answers %d", a.Status)
		}
		if err := f.checkBytes(i, c, a.Body); err != nil {
			return err
		}
	}
	return f.checkShop(i, c, f.shop.count(c.path)-before, times)
}

// checkBytes compares an answer with the right one. Falochron's status says how
// many are before one, and into a page it puts its script: there the right bytes
// must be in it.
func (f *rawField) checkBytes(i int, c rawCase, body []byte) error {
	right := f.right(c)
	switch {
	case i == 0 && c.kind == fromServer:
		if !bytes.HasPrefix(body, []byte("{")) || max(len(body), len(right)) > 2*min(len(body), len(right)) {
			return wrong(f.peers[i].name, c, "%d bytes that are no status", len(body))
		}
	case i == 0 && c.path == "/page":
		if !containsInOrder(body, right) {
			return wrong(f.peers[i].name, c, "the page is not in its %d bytes", len(body))
		}
	case !bytes.Equal(body, right):
		return wrong(f.peers[i].name, c, "%d bytes instead of the right %d", len(body), len(right))
	}
	return nil
}

// containsInOrder says whether body is page with something put in at one place.
func containsInOrder(body, page []byte) bool {
	if len(body) < len(page) {
		return false
	}
	head := 0
	for head < len(page) && body[head] == page[head] {
		head++
	}
	return bytes.HasSuffix(body, page[head:])
}

// checkShop compares what reached the shop with what had to: none of a server's
// own answers, each of the others.
func (f *rawField) checkShop(i int, c rawCase, reached, asked int) error {
	switch {
	case c.kind == fromShop && reached != asked:
		return wrong(f.peers[i].name, c, "of %d requests %d reached the shop", asked, reached)
	case c.kind != fromShop && reached != 0:
		return wrong(f.peers[i].name, c, "it does not keep the answer: of %d requests %d reached the shop", asked, reached)
	}
	return nil
}

// right are the bytes a case must answer.
func (f *rawField) right(c rawCase) []byte {
	if c.kind == fromServer {
		return f.status
	}
	return f.shop.answers[c.path].Body
}

// ask sends one request over a new connection and returns the answer and HTTP's
// major version.
func (f *rawField) ask(ctx context.Context, i int, path string, w wire) (canned, int, error) {
	h := http.Header{}
	for _, kv := range f.headers(i, path, w.tls(), 0) {
		h.Set(kv[0], kv[1])
	}
	c := rawClient(w.tls(), w == wireH2)
	defer c.CloseIdleConnections()
	return fetch(ctx, c, rawURL(f.servers[i].at(w.tls()), path, w.tls()), h)
}

// rawClient is a client for one protocol. It takes no compression: everybody shall
// answer the same bytes.
func rawClient(overTLS, http2 bool) *http.Client {
	t := &http.Transport{DisableCompression: true, Protocols: new(http.Protocols)}
	if overTLS {
		t.TLSClientConfig = rawTLS()
	}
	// HTTP/1.1 is offered beside HTTP/2: what a server takes is what is checked.
	t.Protocols.SetHTTP1(true)
	t.Protocols.SetHTTP2(http2)
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// rawTLS is what everybody is asked for: TLS 1.3 with X25519 alone. The servers of
// Debian 12 know no hybrid key exchange; with one, Go's would burn more than theirs
// for more.
func rawTLS() *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // #nosec G402 -- our own certificate, over loopback; the load need not burn more
		MinVersion:         tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519}}
}

func rawURL(addr, path string, overTLS bool) string {
	if overTLS {
		return "https://" + addr + path
	}
	return "http://" + addr + path
}

func fetch(ctx context.Context, c *http.Client, url string, h http.Header) (canned, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return canned{}, 0, err
	}
	req.Header = h
	resp, err := c.Do(req)
	if err != nil {
		return canned{}, 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return canned{resp.StatusCode, resp.Header, body}, resp.ProtoMajor, err
}
