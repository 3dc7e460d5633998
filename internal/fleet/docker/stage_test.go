package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/fleettest"
)

// between stands between a driver and an engine: it counts the calls, and misbehaves as
// told.
type between struct {
	engine       *engine
	address      string
	all, changes atomic.Int64

	mu    sync.Mutex
	fault fleettest.Fault
	until chan struct{} // closed when the fault is over
	held  chan struct{} // no container starts before it is closed; nil: nothing is held back
}

func newBetween(t testing.TB, e *engine) *between {
	t.Helper()
	dir, err := os.MkdirTemp("", "falochron-between-")
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	b := &between{engine: e, address: "unix://" + socket, fault: fleettest.None, until: make(chan struct{})}
	to := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "engine"}) },
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", e.socket())
		}},
		ErrorHandler: func(_ http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil && e.process != nil {
				fmt.Fprintln(os.Stderr, "between:", err)
			}
			panic(http.ErrAbortHandler)
		},
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.serve(w, r, to) })}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() {
		b.set(fleettest.None)
		b.hold(false)
		_ = server.Close()
		<-done
		_ = os.RemoveAll(dir)
	})
	return b
}

func (b *between) set(f fleettest.Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.until)
	b.fault, b.until = f, make(chan struct{})
}

// hold lets containers wait for their start, or all that wait start.
func (b *between) hold(held bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held != nil {
		close(b.held)
	}
	if b.held = nil; held {
		b.held = make(chan struct{})
	}
}

func (b *between) serve(w http.ResponseWriter, r *http.Request, engine http.Handler) {
	b.all.Add(1)
	change := r.Method != http.MethodGet && r.Method != http.MethodHead
	if change {
		b.changes.Add(1)
	}
	b.mu.Lock()
	fault, until, held := b.fault, b.until, b.held
	if fault == fleettest.Stale && change {
		b.fault = fleettest.None
	}
	b.mu.Unlock()
	say := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	switch {
	case fault == fleettest.Gone:
		panic(http.ErrAbortHandler)
	case fault == fleettest.Slow:
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-until:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	case fault == fleettest.Garbled:
		_, _ = io.WriteString(w, "<html>?")
	case fault == fleettest.Deaf && change:
		var asked struct {
			Name   string
			Labels map[string]string
		}
		_ = json.NewDecoder(r.Body).Decode(&asked)
		switch {
		case strings.HasSuffix(r.URL.Path, "/volumes/create"):
			say(http.StatusCreated, asked)
		case strings.HasSuffix(r.URL.Path, "/containers/create"):
			say(http.StatusCreated, map[string]any{"Id": strings.Repeat("0123", 16)})
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	case fault == fleettest.Cut && change:
		engine.ServeHTTP(nowhere{}, r)
		panic(http.ErrAbortHandler)
	case fault == fleettest.Refusing && change:
		say(http.StatusForbidden, map[string]string{"message": "authorization denied by plugin"})
	case fault == fleettest.Stale && change:
		say(http.StatusConflict, map[string]string{"message": "somebody was quicker"})
	default:
		if held != nil && strings.HasSuffix(r.URL.Path, "/start") {
			select {
			case <-held:
			case <-r.Context().Done():
				return
			}
		}
		engine.ServeHTTP(w, r)
	}
}

// nowhere takes an answer that nobody gets.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) WriteHeader(int)             {}

// shops numbers the shops of tests.
var shops atomic.Int64

// shop is one on an engine, with what its test did to it.
type shop struct {
	testing.TB
	engine *engine
	name   string
	needed string // a folder without which its containers do not start
}

func newShop(t testing.TB, e *engine) *shop {
	t.Helper()
	s := &shop{TB: t, engine: e.needed(t), name: fmt.Sprintf("shop%d", shops.Add(1))}
	s.needed = filepath.Join(t.TempDir(), "needed")
	if err := os.Mkdir(s.needed, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.clean)
	return s
}

// clean removes what is left of the shop, by its labels.
func (s *shop) clean() {
	if s.engine.process == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, label := range []string{labelShop + "=" + s.name, labelOf + "=" + s.name, composeProject + "=" + s.name, "test=" + s.name} {
		found, err := s.engine.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: client.Filters{}.Add("label", label)})
		if err != nil {
			s.Error(err)
		}
		for _, c := range found.Items {
			_, _ = s.engine.cli.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		}
	}
	volumes, err := s.engine.cli.VolumeList(ctx, client.VolumeListOptions{Filters: client.Filters{}.Add("label", labelOf+"="+s.name)})
	if err != nil {
		s.Error(err)
	}
	for _, v := range volumes.Items {
		_, _ = s.engine.cli.VolumeRemove(ctx, v.Name, client.VolumeRemoveOptions{})
	}
}

// plain is a container of the shop as its owner would make it.
func (s *shop) plain() client.ContainerCreateOptions {
	port := network.MustParsePort("8080/tcp")
	return client.ContainerCreateOptions{
		Name: s.name,
		Config: &container.Config{
			Image: shopImage, Labels: map[string]string{labelShop: s.name},
			Cmd: []string{"toyshop", "--listen", "0.0.0.0:8080", "--data", "/data"},
		},
		HostConfig: &container.HostConfig{
			NetworkMode:  shopNetwork,
			PortBindings: network.PortMap{port: {{HostIP: loopback}}},
			Mounts:       []mount.Mount{{Type: mount.TypeBind, Source: s.needed, Target: "/needed"}},
		},
	}
}

// run makes a container, and starts it.
func (s *shop) run(o client.ContainerCreateOptions) string {
	s.Helper()
	id := s.create(o)
	if _, err := s.engine.cli.ContainerStart(s.Context(), id, client.ContainerStartOptions{}); err != nil {
		s.Fatal(err)
	}
	return id
}

func (s *shop) create(o client.ContainerCreateOptions) string {
	s.Helper()
	made, err := s.engine.cli.ContainerCreate(s.Context(), o)
	if err != nil {
		s.Fatal(err)
	}
	return made.ID
}

func (s *shop) inspect(name string) container.InspectResponse {
	s.Helper()
	found, err := s.engine.cli.ContainerInspect(s.Context(), name, client.ContainerInspectOptions{})
	if err != nil {
		s.Fatal(err)
	}
	return found.Container
}

// config is that of a driver for the shop.
func (s *shop) config() Config {
	c := DefaultConfig(s.name)
	c.Hosts = []Host{{Name: "local", Address: "unix://" + s.engine.socket()}}
	c.Drain = 0
	c.Owner = s.name                           // others beside undo what has expired for all shops of their owner
	c.Timeout, c.Start = time.Minute, patience // other tests run beside
	return c
}

func (s *shop) driver(c Config) *Driver {
	s.Helper()
	d, err := New(c)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := d.Close(); err != nil {
			s.Error(err)
		}
	})
	return d
}

// order gives an order for an hour.
func (s *shop) order(d *Driver, n int, leave ...string) fleet.Order {
	s.Helper()
	o, err := d.Scale(s.Context(), fleet.Want{Replicas: n, Expires: time.Now().Add(time.Hour), Reason: "a test", Leave: leave})
	if err != nil {
		s.Fatalf("scale to %d: %v", n, err)
	}
	return o
}

// until looks until what is seen is so.
func (s *shop) until(d *Driver, what string, so func(fleet.State) bool) fleet.State {
	s.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		st, err := d.Observe(s.Context())
		if err == nil && so(st) {
			return st
		}
		if time.Now().After(end) {
			s.Fatalf("still not: %s; %+v, %v", what, st, err)
		}
	}
}

// ready waits for exactly n that are ready.
func (s *shop) ready(d *Driver, n int) fleet.State {
	s.Helper()
	return s.until(d, fmt.Sprintf("%d ready", n), func(st fleet.State) bool { return st.Ready() == n && len(st.Replicas) == n })
}

// foreign plants containers that look like ours, and returns a check that they are as
// they were: another program's replica, a copy of one of ours, and one that is nobody's.
func (s *shop) foreign() func() error {
	s.Helper()
	was := map[string]string{}
	for i, labels := range []map[string]string{
		{labelShop: s.name, labelOwner: "somebody-else", labelOf: s.name, labelExpires: stamp(time.Now().Add(-time.Hour)), labelName: s.name + "-2-falochron-abcdef"},
		{labelShop: s.name, labelOwner: s.name, labelOf: s.name, labelExpires: stamp(time.Now().Add(-time.Hour)), labelName: s.name + "-3-falochron-abcdef"},
		{"test": s.name, labelOwner: s.name},
	} {
		o := s.plain()
		o.Name = fmt.Sprintf("%s-foreign-%d", s.name, i)
		if i == 0 {
			o.Name = s.name + "-2-falochron-abcdef"
		}
		o.Config.Labels = labels
		id := s.run(o)
		was[id] = s.inspect(id).State.StartedAt
	}
	return func() error {
		for id, started := range was {
			found, err := s.engine.cli.ContainerInspect(context.Background(), id, client.ContainerInspectOptions{})
			switch {
			case err != nil:
				return err
			case !found.Container.State.Running || found.Container.State.StartedAt != started:
				return fmt.Errorf("%s is %s, started at %s, was at %s", found.Container.Name, found.Container.State.Status, found.Container.State.StartedAt, started)
			}
		}
		return nil
	}
}
