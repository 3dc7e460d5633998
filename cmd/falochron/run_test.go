package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/falochron/falochron/internal/config"
)

// client is a visitors' client for one test: kept connections end with it.
func client(t *testing.T) *http.Client {
	tr := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// wants asks for a page and compares status and words in the body.
func wantsPage(t *testing.T, c *http.Client, url string, status int, words string) {
	t.Helper()
	got, _, body, err := browse(t.Context(), c, url)
	if err != nil || got != status || !strings.Contains(body, words) {
		t.Errorf("%s: %d %v, want %d with %q:\n%.500s", url, got, err, status, words, body)
	}
}

// Start, serve, refuse a bad reload, take a good one, drain: without a request
// lost on the way.
func TestRunReloadDrain(t *testing.T) {
	first, second := shopFor(t, "first"), shopFor(t, "second")
	file := filepath.Join(t.TempDir(), "f.yaml")
	write := func(origin string) {
		t.Helper()
		text := "shops:\n  - mode: off\n    origins: ['" + origin + "']\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(first.URL)
	p, c := start(t, "--config", file), client(t)
	wantsPage(t, c, p.url+"/", 200, "of first")

	slow := make(chan string, 1)
	go func() {
		_, _, body, err := browse(t.Context(), c, p.url+"/slow")
		if err != nil {
			body = err.Error()
		}
		slow <- body
	}()
	<-first.held

	write("nonsense")
	p.signal(syscall.SIGHUP)
	p.until("reload refused")
	p.until("must be a URL")
	p.until("hint: ")
	wantsPage(t, c, p.url+"/", 200, "of first")
	write(second.URL)
	p.signal(syscall.SIGHUP)
	p.until("reloaded")
	wantsPage(t, c, p.url+"/", 200, "of second")

	p.signal(syscall.SIGTERM)
	p.until("stopping")
	p.signal(syscall.SIGHUP) // kills nobody
	if nc, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://")); err == nil {
		nc.Close()
		poll(t, "new connections are refused", func() bool {
			nc, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
			if err == nil {
				nc.Close()
			}
			return err != nil
		})
	}
	first.release()
	if got := <-slow; !strings.Contains(got, "of first") {
		t.Errorf("the request that was on its way got %q", got)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// Inside one process: when serve returns, nothing of it goes on.
func TestServeLeavesNothing(t *testing.T) {
	shop := shopFor(t, "shop")
	file := filepath.Join(t.TempDir(), "f.yaml")
	text := "listen: 127.0.0.1:0\nadmin: {listen: '127.0.0.1:0'}\ndata: " + t.TempDir() + "\nshops:\n  - {origins: ['" + shop.URL + "'], stock: {url: '" + shop.URL + "/stock'}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	still := goleak.IgnoreCurrent()
	ctx, stop := context.WithCancel(t.Context())
	var p program
	p.fail = t.Fatalf
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, cfg, &p.out, &p.err) }()
	p.ready()
	p.logs("sold out: 1 articles")
	c := client(t)
	wantsPage(t, c, p.url+"/", 200, "of shop")
	c.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, still)
}
