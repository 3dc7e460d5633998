package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/falochron/falochron"
)

// process is a server under measurement, in a process of its own so that the
// kernel counts what it burns.
type process struct {
	cmd  *exec.Cmd
	log  *tail
	gone chan struct{}
}

// tail keeps the last words of a process.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-600):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}

// start starts a server and waits until it accepts connections on addr.
func start(ctx context.Context, addr string, stdin []byte, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), log: &tail{}, gone: make(chan struct{})}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = bytes.NewReader(stdin), p.log, p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = p.cmd.Wait(); close(p.gone) }()
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second) // on a busy machine Varnish has taken more than 20
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var d net.Dialer
	for {
		if c, err := d.DialContext(ctx, "tcp", addr); err == nil {
			return p, c.Close()
		}
		select {
		case <-tick.C:
			continue
		case <-p.gone:
		case <-ctx.Done():
		}
		p.stop()
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "start " + filepath.Base(program) + " " + strings.Join(args, " "),
			Public: "it does not answer on " + addr + ": " + strings.TrimSpace(p.log.String()), Hint: "run the command by itself to see more"}
	}
}

// stop lets the server end by itself, and kills it if it does not.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	t := time.NewTimer(3 * time.Second)
	defer t.Stop()
	select {
	case <-p.gone:
		return
	case <-t.C:
	}
	_ = p.cmd.Process.Kill()
	<-p.gone
}

// cpu is what the server has burnt.
func (p *process) cpu() (float64, error) {
	burnt, ok := burntBy(p.cmd.Process.Pid)
	if !ok {
		return 0, &falochron.Error{Kind: falochron.Unavailable, Op: "read the CPU time of a server", Public: "the kernel does not say",
			Hint: "costs are measured on Linux only, while the server lives"}
	}
	return burnt, nil
}

// freePort finds an address that is free now, on a loopback host of its own: of many servers that
// are started at once two would now and then be given the same port, as neither listens
// there yet, and the people of one would meet the other. The port is below the range from which
// Linux takes those of outgoing connections (32768 up).
func freePort() (at string, err error) {
	const from, to = 20000, 32000
	for range 200 {
		host := net.IPv4(127, byte(1+rand.IntN(254)), byte(rand.IntN(256)), byte(1+rand.IntN(254)))
		at = net.JoinHostPort(host.String(), strconv.Itoa(from+rand.IntN(to-from)))
		l, listenErr := net.Listen("tcp", at)
		if listenErr == nil {
			return at, l.Close()
		}
		err = listenErr
	}
	return "", err
}

// ownProgram is this program, for its second part: the plain server.
func ownProgram() (string, error) { return os.Executable() }
