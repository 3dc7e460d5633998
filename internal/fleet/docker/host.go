package docker

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// mostAnswer bounds what is read of one answer of an engine: a list of 10,000 containers
// of 2 KB each, and half as much again.
const mostAnswer = 32 << 20

// host is one engine, and what is remembered of it.
type host struct {
	Host
	cli     *client.Client
	timeout time.Duration
	pause   fleet.Pause
	reads   chan struct{} // at most two lists at once

	mu         sync.Mutex
	negotiated bool
	failing    time.Time // since when it has not answered; zero while it does
	cpus       int       // what the machine has; 0 = not asked yet
	memory     int64
	had        []seen // when it last answered
	// record is the order that is kept there; known says that it was read or written.
	record record
	known  bool
	writes int // changes of the record: what was read before one is old
	// fails counts replicas that could not be made, ended or vanished, since the last one
	// got ready; no further one is made before retry.
	fails int
	retry time.Time
}

func newHost(h Host, timeout time.Duration) (*host, error) {
	opts := []client.Opt{
		client.WithHTTPClient(&http.Client{
			Transport:     &http.Transport{MaxIdleConns: 4, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: client.CheckRedirect,
		}),
		client.WithHost(h.Address),
		client.WithUserAgent("falochron"),
		client.WithHTTPResponseHook(func(r *http.Response) {
			r.Body = &bounded{ReadCloser: r.Body, left: mostAnswer}
		}),
	}
	scheme := "http" // said, since a copied transport always has settings for TLS
	if h.CA != "" {
		scheme = "https"
		opts = append(opts, client.WithTLSClientConfig(h.CA, h.Cert, h.Key))
	}
	cli, err := client.New(append(opts, client.WithScheme(scheme))...)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "docker host " + h.Name, Err: err,
			Hint: "name a CA, a certificate and a key in PEM that this program may read"}
	}
	return &host{Host: h, cli: cli, timeout: timeout, reads: make(chan struct{}, 2)}, nil
}

// bounded fails where an answer is larger than any should be.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("the answer is larger than %d bytes", mostAnswer)
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// read asks the engine something; what is not answered counts against the engine.
func (h *host) read(ctx context.Context, op string, ask func(context.Context) error) error {
	select {
	case h.reads <- struct{}{}:
	case <-ctx.Done():
		return h.fault(op, ctx.Err())
	}
	defer func() { <-h.reads }()
	return h.call(ctx, op, h.timeout, true, ask)
}

// change tells the engine to do something. That it cannot is an answer: it says nothing
// of the engine.
func (h *host) change(ctx context.Context, op string, longer time.Duration, ask func(context.Context) error) error {
	return h.call(ctx, op, h.timeout+longer, false, ask)
}

func (h *host) call(ctx context.Context, op string, limit time.Duration, reads bool, ask func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return h.fault(op, err)
	}
	if err := h.pause.Enter(time.Now()); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := h.negotiate(ctx)
	if err == nil {
		err = ask(ctx)
	}
	fault := h.fault(op, err)
	h.pause.Leave(time.Now(), told(fault, err, reads))
	h.mark(told(fault, err, reads))
	return fault
}

// told is what a call says of the engine itself.
func told(fault, err error, reads bool) error {
	if !reads && errdefs.IsInternal(err) {
		return nil
	}
	return fault
}

// negotiate agrees on a version of the API, once. The client would do it by itself, and
// go on with its own newest version where that fails.
func (h *host) negotiate(ctx context.Context) error {
	h.mu.Lock()
	done := h.negotiated
	h.mu.Unlock()
	if done {
		return nil
	}
	if _, err := h.cli.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return err
	}
	h.mu.Lock()
	h.negotiated = true
	h.mu.Unlock()
	return nil
}

// mark remembers since when the host has not answered.
func (h *host) mark(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case falochron.KindOf(err) != falochron.Unavailable || err == nil:
		h.failing = time.Time{}
	case h.failing.IsZero():
		h.failing = time.Now()
	}
}

// goneFor is how long the host has not answered.
func (h *host) goneFor(now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failing.IsZero() {
		return 0
	}
	return now.Sub(h.failing)
}

// failed counts a replica that could not be made or kept, and puts the next one off: a
// second, then two, up to a minute (guessed: an owner who has mended something waits no
// longer for it to be seen).
func (h *host) failed(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	wait := min(time.Second<<min(h.fails, 6), time.Minute)
	h.fails++
	h.retry = now.Add(wait)
}

// worked forgets the failures: a replica has got ready.
func (h *host) worked() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fails, h.retry = 0, time.Time{}
}

func (h *host) retryAt() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.retry
}

// size asks once how large the machine is.
func (h *host) size(ctx context.Context) error {
	h.mu.Lock()
	known := h.cpus > 0
	h.mu.Unlock()
	if known {
		return nil
	}
	return h.read(ctx, "ask how large the machine is", func(ctx context.Context) error {
		info, err := h.cli.Info(ctx, client.InfoOptions{})
		if err != nil {
			return err
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.cpus, h.memory = max(info.Info.NCPU, 1), info.Info.MemTotal
		return nil
	})
}
