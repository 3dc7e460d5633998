package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/proc"
	"github.com/falochron/falochron/internal/toyshop"
)

// readyWithin bounds the start of a process of the demo. One that ends is noticed at once; a
// machine that is busy may take long.
const readyWithin = 2 * time.Minute

// process is one child: the shop or the edge, started as anybody would start it.
type process struct {
	exe   string
	args  []string
	log   string   // file of what it printed
	shown string   // the command line, where it is not this program's
	env   []string // beyond our own; with it the process gets a group of its own

	mu   sync.Mutex // guards what follows
	cmd  *exec.Cmd
	gone chan struct{} // closed when cmd has ended
	past float64       // CPU seconds of earlier lives
}

// line is the command as one could type it.
func (p *process) line() string {
	if p.shown != "" {
		return p.shown
	}
	return "falochron " + strings.Join(p.args, " ")
}

// start starts the process, or starts it again.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(p.exe, p.args...)
	cmd.Stdout, cmd.Stderr = out, out
	if p.env != nil {
		cmd.Env, cmd.SysProcAttr = append(os.Environ(), p.env...), &syscall.SysProcAttr{Setpgid: true}
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	p.cmd, p.gone = cmd, gone
	return nil
}

// kill ends the process at once, as kill -9 does.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	p.past += burnt(p.cmd.Process.Pid)
	_ = p.cmd.Process.Kill()
	<-p.gone
	p.cmd = nil
}

// stop ends the process as an operator does, and kills it if it does not end.
func (p *process) stop() {
	p.mu.Lock()
	cmd, gone := p.cmd, p.gone
	p.mu.Unlock()
	if cmd != nil && cmd.Process.Signal(syscall.SIGTERM) == nil {
		select {
		case <-gone:
		case <-time.After(stopWithin):
		}
	}
	p.kill()
}

// stopWithin is how long a process may take to end.
const stopWithin = 45 * time.Second

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// cpu is what all lives of the process have burnt.
func (p *process) cpu() float64 {
	pid := p.pid()
	p.mu.Lock()
	defer p.mu.Unlock()
	if pid == 0 {
		return p.past
	}
	return p.past + burnt(pid)
}

// burnt is the CPU seconds that a process has burnt itself; 0 when not known.
func burnt(pid int) float64 {
	p, _ := proc.Read(pid)
	return p.CPU
}

// ready waits until addr accepts connections, and the process has said word, that it is
// the one there: another program may have taken the address a moment before.
func (p *process) ready(ctx context.Context, addr, word string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	var d net.Dialer
	for {
		c, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			_ = c.Close()
			if said, _ := os.ReadFile(p.log); bytes.Contains(said, []byte(word)) {
				return nil
			}
		}
		p.mu.Lock()
		gone := p.gone
		p.mu.Unlock()
		select {
		case <-gone:
			return p.failed("it ended at once")
		case <-ctx.Done():
			return p.failed("it does not answer on " + addr)
		case <-tick.C:
		}
	}
}

// failed is the error of a child that does not do, with its last words.
func (p *process) failed(why string) error {
	b, _ := os.ReadFile(p.log)
	last := strings.TrimSpace(string(b[max(0, len(b)-600):]))
	return &falochron.Error{Kind: falochron.Unavailable, Op: "start " + p.line(), Public: why + ": " + last,
		Hint: "run the command by itself to see more"}
}

// listening waits until a process of this program says that it listens on addr.
func (p *process) listening(ctx context.Context, addr string) error {
	return p.ready(ctx, addr, "http://"+addr)
}

// shopProcess is a toy shop with its way backstage.
type shopProcess struct {
	*process
	base, backstage string
	client          *http.Client
}

// stats asks the shop for the truth.
func (s *shopProcess) stats(ctx context.Context, charges bool) (st toyshop.Stats, err error) {
	q := ""
	if charges {
		q = "?charges=1"
	}
	return st, s.ask(ctx, "GET", "/stats"+q, &st)
}

func (s *shopProcess) pace(ctx context.Context, x float64) error {
	return s.ask(ctx, "POST", "/pace?x="+url.QueryEscape(strconv.FormatFloat(x, 'g', -1, 64)), nil)
}

func (s *shopProcess) ask(ctx context.Context, method, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.backstage+path, nil)
	if err != nil {
		return err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("backstage %s: %s", path, resp.Status)
	}
	if into == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	return json.NewDecoder(bufio.NewReader(resp.Body)).Decode(into)
}

// house is where the demo's processes live.
type house struct {
	exe, dir  string
	as        string   // software that every shop imitates
	shopFlags []string // added to the command line of every shop from now on

	mu    sync.Mutex // guards what follows
	all   []*process
	n     int
	ports map[string]bool // given away
}

func newHouse() (*house, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "falochron-demo-")
	if err != nil {
		return nil, err
	}
	return &house{exe: exe, dir: dir, ports: map[string]bool{}}, nil
}

// killAll ends every process. What they could still say or write is asked for by
// nobody, and a shop that first works off its backlog would only take time.
func (h *house) killAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.all {
		p.kill()
	}
	h.all = nil
}

// close ends every process and removes their data.
func (h *house) close() {
	h.killAll()
	_ = os.RemoveAll(h.dir)
}

// process prepares a child with an empty data folder.
func (h *house) process(name string, args func(data string) []string) (*process, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n++
	data := filepath.Join(h.dir, fmt.Sprintf("%s-%d", name, h.n))
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	p := &process{exe: h.exe, args: args(data), log: data + ".log"}
	h.all = append(h.all, p)
	return p, nil
}

// shop starts a toy shop. front is where its payment provider finds it; empty
// means at the shop itself.
func (h *house) shop(ctx context.Context, workers int, seed uint64, front string) (*shopProcess, error) {
	listen, backstage := h.port(), h.port()
	if front == "" {
		front = "http://" + listen
	}
	p, err := h.process("shop", func(data string) []string {
		return append([]string{"toyshop", "--listen", listen, "--workers", strconv.Itoa(workers), "--seed", strconv.FormatUint(seed, 10),
			"--data", data, "--public-url", front, "--backstage", backstage}, slices.Concat(h.guise(), h.shopFlags)...)
	})
	if err != nil {
		return nil, err
	}
	s := &shopProcess{process: p, base: "http://" + listen, backstage: "http://" + backstage,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}}
	if err := p.start(); err != nil {
		return nil, err
	}
	return s, p.listening(ctx, backstage)
}

// guise are the flags of a shop that imitates some software.
func (h *house) guise() []string {
	if h.as == "" {
		return nil
	}
	flags := []string{"--as", h.as}
	if h.as == "evershop" {
		flags = append(flags, "--trust-proxy-hops", "1") // as it comes: it counts by the address that the front forwards
	}
	return flags
}

// edgeProcess is `falochron run` before a shop.
type edgeProcess struct {
	*process
	listen, admin string
}

// livePage is where the edge says its live page is, or the address it was given.
func (e *edgeProcess) livePage() string {
	b, _ := os.ReadFile(e.log)
	if _, after, ok := strings.Cut(string(b), "live page "); ok {
		line, _, _ := strings.Cut(after, "\n")
		return line
	}
	return "http://" + e.admin + "/"
}

// edge prepares an edge that will listen on listen; mode is a flag's value or
// empty for the default, and more are further flags. It is not started.
func (h *house) edge(listen, origin, mode string, more ...string) (*edgeProcess, error) {
	admin := h.port()
	p, err := h.process("edge", func(data string) []string {
		args := []string{"run", "--origin", origin, "--listen", listen, "--admin", admin, "--data", data}
		if mode != "" {
			args = append(args, "--mode", mode)
		}
		return append(args, more...)
	})
	return &edgeProcess{p, listen, admin}, err
}

// port finds a port that is free now, and that this house has not given to anybody
// yet, below the range from which Linux takes ports for outgoing connections (32768
// up): a process that is started again in mid-wave must find its port as it left it.
// Another program could still take it first; the child then says so.
func (h *house) port() string {
	const from, to = 20000, 32000
	h.mu.Lock()
	defer h.mu.Unlock()
	for range 200 {
		addr := fmt.Sprintf("127.0.0.1:%d", from+rand.IntN(to-from))
		if h.ports[addr] {
			continue
		}
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close()
			h.ports[addr] = true
			return addr
		}
	}
	return "127.0.0.1:0" // the child cannot use it either, and says so
}
