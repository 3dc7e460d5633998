package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// carrier answers a client's requests in memory.
type carrier func(*http.Request) (*http.Response, error)

// RoundTrip answers r.
func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// A stock address that is down is asked on, but only that it went and that it
// came back is said.
func TestALostStockAddressIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		asked, told := 0, 0
		client := &http.Client{Transport: carrier(func(*http.Request) (*http.Response, error) {
			asked++
			if asked == 1 || asked >= 5 && asked <= 6 {
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"/p/last": 0}`))}, nil
			}
			return nil, fmt.Errorf("nobody there, question %d", asked)
		})}
		ctx, stop := context.WithCancel(t.Context())
		feed := stockFeed{shop: "shop", url: "http://127.0.0.1:9/stock?key=" + planted, every: time.Second}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			feed.follow(ctx, client, slog.New(slog.NewTextHandler(&log, nil)), func(left map[string]int) {
				told++
				if n, ok := left["/p/last"]; n != 0 || !ok {
					t.Errorf("told %v", left)
				}
			})
		}()
		time.Sleep(8500 * time.Millisecond) // nine questions: at once, then each second
		stop()
		<-ended
		if asked != 9 || told != 3 {
			t.Errorf("asked %d times, told %d", asked, told)
		}
		var said []string
		for line := range strings.Lines(log.String()) {
			_, line, _ = strings.Cut(strings.TrimSpace(line), " ") // without the time
			said = append(said, line)
		}
		want := []string{
			`level=WARN msg="stock is not known" shop=shop error="nobody there, question 2"`,
			`level=INFO msg="stock is known again" shop=shop`,
			`level=WARN msg="stock is not known" shop=shop error="nobody there, question 7"`,
		}
		if strings.Join(said, "\n") != strings.Join(want, "\n") {
			t.Errorf("said:\n%s", strings.Join(said, "\n"))
		}
	})
}

// Decision 5: a shop that offers HTTP/2 is spoken to with the code of x/net, and
// never with the copy in net/http. What a program runs is seen in the stacks that
// it writes when it is told to quit while the shop holds its request.
func TestShopsAreAskedWithTheHTTP2OfXNet(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1000)
	shop := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- r.Proto
		<-r.Context().Done() // until the asker is gone
	}))
	shop.EnableHTTP2 = true
	shop.StartTLS()
	t.Cleanup(shop.Close)
	dir := t.TempDir()
	trusted, file := filepath.Join(dir, "shop.crt"), filepath.Join(dir, "f.yaml")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: shop.Certificate().Raw})
	// The origin is another: what is asked of the shop itself is the stock only.
	text := "shops: [{origins: ['http://127.0.0.1:9'], stock: {url: '" + shop.URL + "/stock', interval: 1m}}]\n"
	for name, content := range map[string][]byte{trusted: certificate, file: []byte(text)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, args := range map[string][]string{
		"stock": {"run", "--config", file, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", filepath.Join(dir, "data")},
		"check": {"check", "--shop", shop.URL},
	} {
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), "falochron", args...)
		cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+trusted)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		proto := "nothing"
		select {
		case proto = <-asked:
		case <-time.After(patience):
		}
		time.Sleep(200 * time.Millisecond) // of a goroutine that runs on a core just now the stack is not written
		if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was told to quit
		stacks := out.String()
		ours, copied := "golang.org/x/net/http2.(*ClientConn).readLoop", "net/http.(*http2ClientConn)"
		if proto != "HTTP/2.0" || !strings.Contains(stacks, ours) || strings.Contains(stacks, copied) {
			t.Errorf("%s: the shop was asked in %s; x/net is there: %v, net/http's copy: %v\n%.4000s", name, proto,
				strings.Contains(stacks, ours), strings.Contains(stacks, copied), stacks)
		}
	}
}
