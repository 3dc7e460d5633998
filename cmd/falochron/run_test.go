package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// program is a falochron run of its own process.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	lines  *bufio.Scanner
	stderr *bytes.Buffer
}

func start(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{t: t, stderr: &bytes.Buffer{}}
	p.cmd = exec.CommandContext(t.Context(), "falochron", append([]string{"run"}, args...)...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Stderr = p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	return p
}

// until reads what the program prints up to a line that contains words, and
// returns that line.
func (p *program) until(words string) string {
	p.t.Helper()
	var seen []string
	for p.lines.Scan() {
		seen = append(seen, p.lines.Text())
		if strings.Contains(p.lines.Text(), words) {
			return p.lines.Text()
		}
	}
	p.t.Fatalf("%q was never printed, but:\n%s\n%s", words, strings.Join(seen, "\n"), p.stderr)
	return ""
}

func (p *program) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits for the program and returns its exit code.
func (p *program) end() int {
	p.t.Helper()
	for p.lines.Scan() { // let it write to the end
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// Start, serve, refuse a bad reload, take a good one, drain: without a request
// lost on the way.
func TestRunReloadDrain(t *testing.T) {
	held, release := make(chan struct{}), make(chan struct{})
	shop := func(name string) *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				close(held)
				<-release
			}
			_, _ = io.WriteString(w, name)
		}))
		t.Cleanup(s.Close)
		return s
	}
	first, second := shop("first"), shop("second")
	file := filepath.Join(t.TempDir(), "f.yaml")
	write := func(origin string) {
		t.Helper()
		text := "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\nshops:\n  - mode: off\n    origins: ['" + origin + "']\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(first.URL)
	p := start(t, "--config", file)
	_, url, _ := strings.Cut(p.until("falochron listening on "), "listening on ")
	p.until("one-step bypass")
	if got := get(t, url+"/"); got != "first" {
		t.Errorf("%q", got)
	}

	slow := make(chan string, 1)
	go func() {
		resp, err := http.Get(url + "/slow")
		if err != nil {
			slow <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		slow <- string(b)
	}()
	<-held

	write("nonsense")
	p.signal(syscall.SIGHUP)
	p.until("reload refused")
	p.until("must be a URL")
	p.until("hint: ")
	if got := get(t, url+"/"); got != "first" {
		t.Errorf("after a refused reload: %q", got)
	}
	write(second.URL)
	p.signal(syscall.SIGHUP)
	p.until("reloaded")
	if got := get(t, url+"/"); got != "second" {
		t.Errorf("after a reload: %q", got)
	}

	p.signal(syscall.SIGTERM)
	p.until("stopping")
	close(release)
	if got := <-slow; got != "first" {
		t.Errorf("the request that was on its way got %q", got)
	}
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.stderr)
	}
}

// A shop that is not there is named at the start, and does not prevent it.
func TestRunWithoutAShop(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	p := start(t, "--origin", gone.URL, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	_, url, _ := strings.Cut(p.until("falochron listening on "), "listening on ")
	p.until("one-step bypass")
	resp, err := http.Get(url + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode < 500 {
		t.Errorf("status %d from a shop that is not there", resp.StatusCode)
	}
	p.signal(syscall.SIGINT)
	if code := p.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if want := "nothing answers at " + gone.URL; !strings.Contains(p.stderr.String(), want) {
		t.Errorf("%q is not said:\n%s", want, p.stderr)
	}
}
