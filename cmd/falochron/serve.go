package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/falochron/falochron/internal/config"
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
	stock stockWatch

	databases databases

	known      map[string]bool // shops whose sharing was read from disk
	compared   map[string]bool // shops whose pages are compared
	comparing  sync.WaitGroup
	front      *accept.Server
	back       *http.Server // operators; nil = none
	admin      net.Listener
	ctl        *control.Control
	plan       *control.Campaigns // nil = nobody could use it
	messenger  *control.Messenger // of the plan; nil = nobody is told
	pages      *planPages         // of the plan; nil as it is
	radar      *control.Radar
	fleet      *control.Fleet      // nil = nobody multiplies replicas
	own        map[string][]string // replicas that owners run beside those, by shop
	multiplied []control.FleetShop
	shadow     atomic.Pointer[map[string]bool] // shops whose crowds are judged, and left alone
	guests     *accept.Server                  // who come by a signed link; nil = none

	draining atomic.Bool
	ordering sync.Mutex // serialises changes of orders where no control does
}

// serve runs the edge until ctx ends, then lets running requests finish. It
// says to out what a person wants to know, and logs to logs.
func serve(ctx context.Context, cfg *config.Config, out, logs io.Writer) error {
	h := &service{cfg: cfg, out: out, log: newLog(cfg.Log, logs)}
	defer h.close()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	// From here on SIGHUP kills nobody, not while starting and not in the drain.
	next := reloads(work, cfg, h.refused)
	for _, build := range []func() error{h.openState, h.openShops, h.openFront, h.openPlan, h.openMessenger, h.openPages, h.openRadar, h.startFleet, h.openAdmin, h.showDoor} {
		if err := build(); err != nil {
			return err
		}
	}
	h.announce()
	return h.run(ctx, work, stop, next)
}

func (h *service) openState() (err error) {
	if h.store, err = state.Open(h.cfg.Data); err != nil {
		return err
	}
	h.notes = journal.New(journal.Config{})
	return h.notes.KeepAudit(h.cfg.Data)
}

func (h *service) openShops() (err error) {
	robots, err := robotsOf(h.cfg.Robots)
	if err != nil {
		return err
	}
	h.edge, err = edge.New(edge.Config{
		Journal: h.notes,
		Trust:   accept.Trust{Proxies: h.cfg.Trust.Proxies, Header: h.cfg.Trust.Header},
		Robots:  robots,
	})
	if err != nil {
		return err
	}
	if h.parts, err = openParts(h.store, h.cfg, h.log, time.Now()); err != nil {
		return err
	}
	if err := h.install(h.cfg); err != nil {
		return err
	}
	for _, s := range h.cfg.Shops {
		h.remember(s.Name)
	}
	return nil
}

// install makes a configuration's rooms and puts them in force. With an error
// nothing has changed.
func (h *service) install(cfg *config.Config) error {
	b, err := h.parts.build(cfg)
	if err != nil {
		return err
	}
	if err := h.edge.SetShops(b.shops); err != nil {
		h.parts.discard(b)
		return err
	}
	h.parts.use(b)
	return nil
}

func (h *service) openFront() (err error) {
	h.front, err = accept.Listen(frontConfig(h.cfg, h.log))
	return err
}

// frontConfig is what a configuration says of the visitors' listener.
func frontConfig(cfg *config.Config, log *slog.Logger) accept.Config {
	l := cfg.Limits
	c := accept.Config{
		Address: cfg.Listen, H2C: len(cfg.TLS) == 0, ProxyFrom: cfg.ProxyProtocol.From,
		ReadHeader: l.ReadHeader, Idle: l.Idle, BodySilence: l.BodyIdle, WriteStall: l.BodyIdle,
		MaxHeader: int(l.HeaderBytes), MaxConns: l.Connections, Log: log,
		Trust: accept.Trust{Proxies: cfg.Trust.Proxies, Header: cfg.Trust.Header},
	}
	if l.BodyIdle == 0 { // for ever, which there is negative; the other two are refused as zero
		c.BodySilence, c.WriteStall = -1, -1
	}
	for _, p := range cfg.TLS {
		c.Certificates = append(c.Certificates, accept.Pair{Certificate: p.Cert, Key: p.Key})
	}
	return c
}

// showDoor lets operators see what comes to the visitors' listener.
func (h *service) showDoor() error {
	if h.ctl == nil {
		return nil // there are no operators
	}
	h.ctl.SetDoor(func() control.Door {
		n := h.front.Counts()
		return control.Door{
			Open: n.Open, Refused: n.Refused, Evicted: n.Evicted, Broken: n.Broken, HandshakesFailed: n.HandshakesFailed,
			ProxyMissing: n.ProxyMissing, TooMany: n.TooMany, BadRequests: n.BadRequests, Panics: n.Panics,
		}
	})
	return nil
}

// run serves until ctx ends or the visitors' listener fails.
func (h *service) run(ctx, work context.Context, stop context.CancelFunc, next <-chan *config.Config) error {
	g, failed := errgroup.WithContext(work)
	shops := h.cfg.Shops // a reload may change which
	g.Go(func() error { return h.front.Serve(h.edge) })
	g.Go(func() error { h.edge.Run(failed); return nil })
	g.Go(func() error { h.missing(failed, shops); return nil })
	g.Go(func() error { h.tellEdge(failed); return nil })
	g.Go(func() error { h.radar.Run(failed); return nil })
	g.Go(func() error { h.multiply(failed); return nil })
	if h.plan != nil {
		g.Go(func() error { h.plan.Run(failed); return nil })
		g.Go(func() error { h.pages.pulse.run(failed); return nil })
		g.Go(func() error { h.pages.foresee(failed); return nil })
		g.Go(func() error { h.pages.keep(failed); return nil })
		g.Go(func() error { h.pages.lookouts.run(failed); return nil })
	}
	if h.messenger != nil {
		g.Go(func() error { h.messenger.Run(failed); return nil })
	}
	if h.guests != nil {
		g.Go(h.serveGuests)
	}
	if h.back != nil {
		g.Go(func() error { h.ctl.Run(failed); return nil })
		g.Go(func() error {
			// Operators who cannot look are no reason to turn visitors away.
			if err := h.back.Serve(h.admin); !errors.Is(err, http.ErrServerClosed) {
				h.log.Error("the operators' listener has failed; the shop is served on", "error", err)
			}
			return nil
		})
	}
	h.watchStock(failed)
	h.watchDatabases(failed)
	h.watchTwins(failed)
	keys := time.NewTicker(keysEvery)
	defer keys.Stop()
	for {
		select {
		case fresh := <-next:
			h.reload(fresh)
			h.watchStock(failed)
			h.watchDatabases(failed)
			h.watchTwins(failed)
			continue
		case now := <-keys.C:
			h.rotate(now)
			continue
		case <-failed.Done():
		case <-ctx.Done():
		}
		h.drain()
		stop()
		h.stock.end()
		h.databases.end()
		h.comparing.Wait()
		return g.Wait()
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
	h.drainGuests(ctx)
	if h.back != nil {
		_ = h.back.Close() // live pages reconnect to the next process
	}
	fmt.Fprintln(h.out, "stopped")
}

func (h *service) close() {
	if h.front != nil {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = h.front.Drain(over) // nothing, after a drain; whatever is open, where starting failed
	}
	if h.guests != nil {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		h.drainGuests(over)
	}
	if h.admin != nil {
		_ = h.admin.Close()
	}
	if h.plan != nil {
		if err := h.plan.Close(); err != nil {
			h.log.Warn("close the plan", "error", err)
		}
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
