package main

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/edge"
	"github.com/falochron/falochron/internal/plan"
)

// openAdmin opens the operators' listener, if there is to be one.
func (h *service) openAdmin() error {
	if h.cfg.Admin.Listen == "" {
		return nil
	}
	token, err := h.token()
	if err != nil {
		return err
	}
	version := thisBuild().version
	h.ctl, err = control.New(control.Config{
		Token: token, StockTokens: stockTokens(h.cfg), Hosts: h.cfg.Admin.Hosts, Version: version, Faults: edge.Faults(),
		Journal: h.notes, Source: h.edge, Publish: h.edge.Publish, Snapshot: h.edge.Snapshot,
		Sharing: h.edge.Sharing, SetSharing: h.setSharing,
		Plan: h.plan, PlanFacts: h.pages.factsOf, Messenger: h.messenger, Radar: h.radar, Fleet: h.fleet, PlanLook: h.pages.lookouts.ask, Hooks: h.pages.hooks,
		PlanLink: func(link plan.ID) control.LinkAddresses { return opensOf(h.parts.ring, link) }, Draining: h.draining.Load, Log: h.log,
		Console: console.Handler(console.Config{Version: version, Room: true}), Room: h.pages.forOperators, // who has operators has a plan
	})
	if err != nil {
		return err
	}
	if h.admin, err = net.Listen("tcp", h.cfg.Admin.Listen); err != nil {
		return adminError(h.cfg.Admin.Listen, err)
	}
	h.back = &http.Server{Handler: h.ctl, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug)}
	return nil
}

// adminError says in words why we cannot listen for operators.
func adminError(address string, err error) error {
	e := &falochron.Error{
		Kind: falochron.Unavailable, Op: "open the operators' listener " + address, Err: err,
		Hint: "choose another address with --admin",
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		e.Kind, e.Public = falochron.Conflict, "the address is in use"
		e.Hint = "another program has the address, perhaps another falochron; choose one with --admin"
	}
	return e
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
	name := h.cfg.Admin.TokenFile
	if name == "" {
		return control.LoadOrCreateToken(h.cfg.Data)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", &falochron.Error{
			Kind: falochron.Unavailable, Op: "read the admin token", Err: err,
			Hint: "write a secret of at least 16 characters into the file, or leave admin.token_file empty",
		}
	}
	// Refused in our own folder; where the file was put there by others, rights
	// may be none of its owner's choice (a mounted secret).
	if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o077 != 0 {
		h.log.Warn("others on this machine may read the admin token", "file", name, "hint", "chmod 600 it")
	}
	return strings.TrimSpace(string(b)), nil
}

// tokenFile is where the operators' token lies.
func (h *service) tokenFile() string {
	if h.cfg.Admin.TokenFile != "" {
		return h.cfg.Admin.TokenFile
	}
	return h.store.Dir() + "/" + control.TokenFile
}
