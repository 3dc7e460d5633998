package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait for something that will be seen. It is so long that no
// machine that is busy with other tests reaches it: nothing depends on speed.
const patience = 10 * time.Minute

// program is falochron as a process of its own.
type program struct {
	cmd   *exec.Cmd
	out   watched // standard output
	err   watched // standard error: the log
	ended chan struct{}
	fail  func(format string, args ...any)

	url, admin, data string // once ready
}

// launch starts falochron in dir; failures go to fail.
func launch(fail func(string, ...any), dir string, args ...string) *program {
	p := &program{cmd: exec.Command("falochron", args...), ended: make(chan struct{}), fail: fail}
	return p.launch(dir)
}

func (p *program) launch(dir string) *program {
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, &p.out, &p.err
	if err := p.cmd.Start(); err != nil {
		p.fail("start: %v", err)
		return p
	}
	go func() {
		_ = p.cmd.Wait()
		p.out.end()
		p.err.end()
		close(p.ended)
	}()
	return p
}

// start runs falochron run for a test, on ports of its own and, unless args say
// another, with a data folder of its own.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, args...) // of two flags the later counts
	if indexOf(args, "--data") < 0 {
		args = append(args, "--data", filepath.Join(dir, "data"))
	}
	p := launch(t.Fatalf, dir, args...)
	p.data = args[indexOf(args, "--data")+1]
	t.Cleanup(func() { p.cleanup(t) })
	return p.ready()
}

func indexOf(list []string, s string) int {
	for i := range list {
		if list[i] == s {
			return i
		}
	}
	return -1
}

// cleanup kills what still runs, and shows a failed test what was said. What
// the race detector or a panic said is always a failure.
func (p *program) cleanup(t *testing.T) {
	_ = p.cmd.Process.Kill()
	<-p.ended
	said := p.err.String()
	if bad := strings.Contains(said, "DATA RACE") || strings.Contains(said, "panic"); bad || t.Failed() {
		t.Errorf("standard output:\n%s\nstandard error:\n%s", p.out.String(), said)
	}
}

// ready waits until falochron run has said where it is.
func (p *program) ready() *program {
	p.until("one-step bypass")
	for line := range strings.Lines(p.out.String()) {
		if _, url, ok := strings.Cut(line, "falochron listening on "); ok {
			p.url = strings.TrimSpace(url)
		}
		if _, rest, ok := strings.Cut(line, "live page http://"); ok {
			p.admin, _, _ = strings.Cut(rest, "/")
		}
	}
	return p
}

// until waits for words on standard output after those waited for before.
func (p *program) until(words string) { p.wait(&p.out, words, patience) }

// compared waits until the demo says that the edge has compared the shop's pages: it
// begins within a minute of its start, and asks once a second.
func (p *program) compared() {
	p.wait(&p.out, "waiting until the edge has compared the shop's pages", patience)
	p.wait(&p.out, "strangers get the same pages: they are shared", patience)
}

// logs waits for words in the log after those waited for before.
func (p *program) logs(words string) { p.wait(&p.err, words, patience) }

func (p *program) wait(w *watched, words string, most time.Duration) {
	if !w.await(words, most) {
		p.fail("%q was not said; standard output:\n%s\nstandard error:\n%s", words, p.out.String(), p.err.String())
	}
}

func (p *program) signal(s os.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil {
		p.fail("signal %v: %v", s, err)
	}
}

// end waits for the program to end and returns its exit code, -1 for a signal.
func (p *program) end() int {
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.fail("it does not end; standard error:\n%s", p.err.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// api asks the operators' listener with the token.
func (p *program) api(method, path, body string) (status int, answer string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+p.admin+path, strings.NewReader(body))
	if err != nil {
		p.fail("%v", err)
		return 0, ""
	}
	token, err := os.ReadFile(filepath.Join(p.data, "admin-token"))
	if err != nil {
		p.fail("%v", err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.fail("%s %s: %v", method, path, err)
		return 0, ""
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.fail("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, string(b)
}

// metric reads one series, written as in the text, for example
// `falochron_waiting_people{shop="shop"}`; 0 if it is not there.
func (p *program) metric(series string) float64 {
	_, text := p.api("GET", "/metrics", "")
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, series+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				p.fail("%s: %v", series, err)
			}
			return v
		}
	}
	return 0
}

// vitals are those of the shop named shop.
func (p *program) vitals() (v struct {
	InLine   int `json:"in_line"`
	Inside   int `json:"inside"`
	InFlight int `json:"in_flight"`
}) {
	_, text := p.api("GET", "/api/v1/shops/shop", "")
	all := struct{ Vitals any }{&v}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		p.fail("%v in %s", err, text)
	}
	return v
}

// poll asks again and again until ask says that it is so.
func poll(t *testing.T, what string, ask func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ask(); {
		if time.Now().After(end) {
			t.Fatalf("it did not come to this: %s", what)
		}
		time.Sleep(20 * time.Millisecond) // between two looks at what is seen; nothing depends on it
	}
}

// watched keeps what is written and lets others wait for it.
type watched struct {
	mu    sync.Mutex
	text  bytes.Buffer
	seen  int           // what has been waited for
	grown chan struct{} // closed at the next write
	over  bool
}

// Write keeps b.
func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed()
	return w.text.Write(b)
}

func (w *watched) changed() {
	if w.grown != nil {
		close(w.grown)
		w.grown = nil
	}
}

func (w *watched) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.changed()
}

// String returns all that was written.
func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// await waits for words behind those found before; false if they do not come.
func (w *watched) await(words string, most time.Duration) bool {
	late := time.After(most)
	for {
		w.mu.Lock()
		rest := w.text.Bytes()[w.seen:]
		if i := bytes.Index(rest, []byte(words)); i >= 0 {
			w.seen += i + len(words)
			w.mu.Unlock()
			return true
		}
		if w.over {
			w.mu.Unlock()
			return false
		}
		if w.grown == nil {
			w.grown = make(chan struct{})
		}
		grown := w.grown
		w.mu.Unlock()
		select {
		case <-grown:
		case <-late:
			return false
		}
	}
}

// browse asks for a page as a browser does.
func browse(ctx context.Context, c *http.Client, url string) (status int, header http.Header, body string, err error) {
	return browseAs(ctx, c, url, "text/html")
}

// browseAs asks for what accept says.
func browseAs(ctx context.Context, c *http.Client, url, accept string) (status int, header http.Header, body string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, "", err
	}
	req.Header.Set("Accept", accept)
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, "", fmt.Errorf("body: %w", err)
	}
	return resp.StatusCode, resp.Header, string(b), nil
}

// freeAddress is a loopback address where nobody listens (yet), chosen as those of the
// demo's children: one at which a program is started again must not be taken meanwhile by
// an outgoing connection.
func freeAddress(t *testing.T) string {
	t.Helper()
	return (&house{ports: map[string]bool{}}).port()
}
