package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/state"
)

// service is everything falochron run keeps going.
type service struct {
	cfg   *config.Config
	log   *slog.Logger
	out   io.Writer
	store *state.Store
	notes *journal.Journal
	edge  *edge.Server
	parts *parts
	front *accept.Server
	back  *http.Server // operators; nil = none
	admin net.Listener
	ctl   *control.Control

	draining atomic.Bool
}

// serve runs the edge until ctx ends, then lets running requests finish.
func serve(ctx context.Context, cfg *config.Config, out io.Writer) error {
	h := &service{cfg: cfg, out: out, log: newLog(cfg.Log, os.Stderr)}
	defer h.close()
	for _, build := range []func() error{h.openState, h.openShops, h.openFront, h.openAdmin} {
		if err := build(); err != nil {
			return err
		}
	}
	h.announce()
	for _, missing := range knock(ctx, cfg.Shops) {
		h.log.Warn(missing)
	}
	return h.run(ctx)
}

func (h *service) openState() (err error) {
	if h.store, err = state.Open(h.cfg.Data); err != nil {
		return err
	}
	h.notes = journal.New(journal.Config{})
	return h.notes.KeepAudit(h.cfg.Data)
}

func (h *service) openShops() (err error) {
	h.edge, err = edge.New(edge.Config{
		Journal: h.notes,
		Trust:   accept.Trust{Proxies: h.cfg.Trust.Proxies, Header: h.cfg.Trust.Header},
	})
	if err != nil {
		return err
	}
	h.parts = &parts{store: h.store, log: h.log, caches: make(map[string]keptCache)}
	shops, err := h.parts.shops(h.cfg)
	if err != nil {
		return err
	}
	return h.edge.SetShops(shops)
}

func (h *service) openFront() (err error) {
	l := h.cfg.Limits
	c := accept.Config{
		Address: h.cfg.Listen, H2C: len(h.cfg.TLS) == 0, ProxyFrom: h.cfg.ProxyProtocol.From,
		ReadHeader: l.ReadHeader, Idle: l.Idle, BodySilence: l.BodyIdle, WriteStall: l.BodyIdle,
		MaxHeader: int(l.HeaderBytes), MaxConns: l.Connections, Log: h.log,
	}
	for _, p := range h.cfg.TLS {
		c.Certificates = append(c.Certificates, accept.Pair{Certificate: p.Cert, Key: p.Key})
	}
	h.front, err = accept.Listen(c)
	return err
}

func (h *service) openAdmin() error {
	if h.cfg.Admin.Listen == "" {
		return nil
	}
	token, err := h.token()
	if err != nil {
		return err
	}
	if h.admin, err = net.Listen("tcp", h.cfg.Admin.Listen); err != nil {
		return &falochron.Error{
			Kind: falochron.Conflict, Op: "open the operators' listener " + h.cfg.Admin.Listen, Err: err,
			Hint: "another program has the address, perhaps another falochron; choose one with --admin",
		}
	}
	h.ctl, err = control.New(control.Config{
		Token: token, StockTokens: stockTokens(h.cfg), Hosts: h.cfg.Admin.Hosts, Version: version, Faults: edge.Faults(),
		Journal: h.notes, Source: h.edge, Publish: h.edge.Publish, Snapshot: h.edge.Snapshot,
		Draining: h.draining.Load, Log: h.log,
		Console: console.Handler(console.Config{Version: version}),
	})
	if err != nil {
		return err
	}
	h.back = &http.Server{Handler: h.ctl, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug)}
	return nil
}

// stockTokens are the secrets of the shops' stock webhooks.
func stockTokens(cfg *config.Config) map[string]string {
	m := make(map[string]string)
	for _, s := range cfg.Shops {
		if s.Stock.Token != "" {
			m[s.Name] = s.Stock.Token
		}
	}
	return m
}

// token is the secret of the operators' listener.
func (h *service) token() (string, error) {
	if h.cfg.Admin.TokenFile == "" {
		return control.LoadOrCreateToken(h.cfg.Data)
	}
	b, err := os.ReadFile(h.cfg.Admin.TokenFile)
	if err != nil {
		return "", &falochron.Error{
			Kind: falochron.Unavailable, Op: "read the admin token", Err: err,
			Hint: "write a secret of at least 16 characters into the file, or leave admin.token_file empty",
		}
	}
	return strings.TrimSpace(string(b)), nil
}

// announce prints what a newcomer wants to know: where it listens, what it
// protects, how to look at it, how to get it out of the way.
func (h *service) announce() {
	scheme := "http"
	if len(h.cfg.TLS) > 0 {
		scheme = "https"
	}
	fmt.Fprintf(h.out, "falochron listening on %s://%s\n", scheme, h.front.Addr())
	for _, s := range h.cfg.Shops {
		var urls []string
		for _, u := range s.Origins {
			urls = append(urls, u.String())
		}
		hosts := "every host"
		if len(s.Hosts) > 0 {
			hosts = strings.Join(s.Hosts, ", ")
		}
		fmt.Fprintf(h.out, "  %s: %s → %s, mode %s\n", s.Name, hosts, strings.Join(urls, ", "), s.Mode)
	}
	if h.admin != nil {
		where := h.cfg.Admin.TokenFile
		if where == "" {
			where = h.store.Dir() + "/" + control.TokenFile
		}
		fmt.Fprintf(h.out, "  live page http://%s/ (token in %s)\n", h.admin.Addr(), where)
	}
	fmt.Fprintln(h.out, "  one-step bypass: restart with --mode off, or press off on the live page")
}

// run serves until ctx ends or a listener fails.
func (h *service) run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, failed := errgroup.WithContext(work)
	g.Go(func() error { return h.front.Serve(h.edge) })
	g.Go(func() error { h.edge.Run(failed); return nil })
	g.Go(func() error { h.watchStock(failed); return nil })
	if h.back != nil {
		g.Go(func() error { h.ctl.Run(failed); return nil })
		g.Go(func() error {
			if err := h.back.Serve(h.admin); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	}
	next := reloads(ctx, h.cfg, h.out)
	for {
		select {
		case fresh, ok := <-next:
			if ok {
				h.reload(fresh)
				continue
			}
			next = nil
		case <-failed.Done():
			return g.Wait()
		case <-ctx.Done():
			h.drain()
			stop()
			return g.Wait()
		}
	}
}

// drain lets running requests finish; people in line keep their tickets.
func (h *service) drain() {
	h.draining.Store(true)
	fmt.Fprintf(h.out, "stopping: running requests have %v to finish\n", h.cfg.Limits.Drain)
	ctx, cancel := context.WithTimeout(context.Background(), h.cfg.Limits.Drain)
	defer cancel()
	if err := h.front.Drain(ctx); err != nil {
		h.log.Warn("requests were cut", "error", err)
	}
	if h.back != nil {
		_ = h.back.Close() // live pages reconnect to the next process
	}
	fmt.Fprintln(h.out, "stopped")
}

// reload puts a new configuration in force without dropping a request.
func (h *service) reload(fresh *config.Config) {
	shops, err := h.parts.shops(fresh)
	if err == nil {
		err = h.edge.SetShops(shops)
	}
	if err != nil {
		fmt.Fprintln(h.out, "reload refused; the configuration of before keeps running")
		report(h.out, err)
		return
	}
	h.orders(fresh)
	h.parts.retire()
	h.cfg = fresh
	fmt.Fprintln(h.out, "reloaded")
}

// orders gives the shops whose mode, ceiling or start the file has changed
// their new orders; what an operator pressed meanwhile stays otherwise.
func (h *service) orders(fresh *config.Config) {
	before := make(map[string]config.Shop)
	for _, s := range h.cfg.Shops {
		before[s.Name] = s
	}
	for _, s := range fresh.Shops {
		old, ok := before[s.Name]
		if !ok || old.Mode == s.Mode && old.Ceiling == s.Ceiling && old.Start.Equal(s.Start) {
			continue
		}
		edit := func(snap *falochron.Snapshot) (string, error) {
			snap.Mode, snap.Ceiling, snap.Start = s.Mode, s.Ceiling, s.Start
			return fmt.Sprintf("configuration reloaded: mode %s, ceiling %d", s.Mode, s.Ceiling), nil
		}
		h.change(s.Name, "configuration", edit)
	}
}

// change gives a shop new orders, through control if it runs, so that each
// change has its audit record.
func (h *service) change(shop, actor string, edit func(*falochron.Snapshot) (string, error)) {
	if h.ctl != nil {
		if _, err := h.ctl.Change(shop, actor, edit); err != nil {
			h.log.Error("orders refused", "shop", shop, "actor", actor, "error", err)
		}
		return
	}
	if snap, ok := h.edge.Snapshot(shop); ok {
		if _, err := edit(&snap); err == nil {
			snap.Version++
			h.edge.Publish(shop, snap)
		}
	}
}

func (h *service) close() {
	if h.admin != nil {
		_ = h.admin.Close()
	}
	if h.parts != nil {
		h.parts.close()
	}
	if h.notes != nil {
		_ = h.notes.Close()
	}
	if h.store != nil {
		_ = h.store.Close()
	}
}

// newLog is the program's own log; never a request's content.
func newLog(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
