package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built compiles the program once a run, into a cache folder: Go links it anew
// only if something changed. Where the tests look for races, so does the program.
var built = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	bin := filepath.Join(cache, "falochron-test", "falochron"+raceSuffix)
	cmd := exec.Command("go", append(append([]string{"build"}, raceFlags...), "-o", bin, "./cmd/falochron")...)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return bin, nil
})

// Build returns the path of the built program. FALOCHRON_BIN names a ready one
// instead.
func Build(t testing.TB) string {
	t.Helper()
	if bin := os.Getenv("FALOCHRON_BIN"); bin != "" {
		return bin
	}
	bin, err := built()
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return bin
}

// Process is a started program.
type Process struct {
	t    testing.TB
	cmd  *exec.Cmd
	mu   sync.Mutex
	said []string      // guarded by mu
	line chan struct{} // a line came; holds at most one
	done chan struct{} // the program has ended
}

// Start starts the built program with args; at the end of the test it gets
// SIGTERM and, if it does not go within ten seconds, SIGKILL. What it said is in
// the log of a failed test; a test whose program had a race or a panic fails.
func Start(t testing.TB, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, cmd: exec.Command(Build(t), args...), line: make(chan struct{}, 1), done: make(chan struct{})}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close() // the child has its own
	go func() {
		for s := bufio.NewScanner(r); s.Scan(); {
			p.mu.Lock()
			p.said = append(p.said, s.Text())
			p.mu.Unlock()
			select {
			case p.line <- struct{}{}:
			default:
			}
		}
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(p.stop)
	return p
}

// Await returns the first line of the program that holds text, or ends the test
// when the program ends or it takes too long.
func (p *Process) Await(text string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	for {
		p.mu.Lock()
		for _, l := range p.said {
			if strings.Contains(l, text) {
				p.mu.Unlock()
				return l
			}
		}
		p.mu.Unlock()
		select {
		case <-p.line:
		case <-p.done:
			p.t.Fatalf("%v ended without saying %q", p.cmd.Args, text)
		case <-ctx.Done():
			p.t.Fatalf("%v did not say %q", p.cmd.Args, text)
		}
	}
}

// Kill ends the program as kill -9 does, and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func (p *Process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		p.Kill()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	said := strings.Join(p.said, "\n")
	for _, fault := range []string{"WARNING: DATA RACE", "panic in a handler", "panic: "} {
		if strings.Contains(said, fault) {
			p.t.Errorf("%v said %q", p.cmd.Args, fault)
		}
	}
	if p.t.Failed() {
		p.t.Logf("%v said:\n%s", p.cmd.Args, said)
	}
}
