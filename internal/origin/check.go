package origin

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// nurse looks after a replica through one stay aside: until it is back, by
// whatever proof, or the pool is closed. Where only an answer would prove
// anything and no path to ask for is configured, it leaves the proof to a
// visitor's trial request; but not where no replica is well: then nobody is sent
// to the shop, so a connection has to do, and the answers after it will tell.
func (p *Pool) nurse(r *Replica, epoch int) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.ctx.Done():
			return
		case <-tick.C:
		}
		p.mu.Lock()
		over := r.health.epoch != epoch || r.gone
		alone := p.asideLocked() == len(p.replicas)
		due := alone || !time.Now().Before(r.health.backAt) && (r.health.needs == connection || p.cfg.CheckPath != "")
		p.mu.Unlock()
		if over {
			return
		}
		if due && p.examine(r, epoch) {
			p.log.Info("replica back", "replica", r.URL(), "proof", "passed the check")
			return
		}
	}
}

// examine checks a replica once and reports whether that brought it back.
func (p *Pool) examine(r *Replica, epoch int) (back bool) {
	err := p.check(r)
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case r.health.epoch != epoch:
		return false
	case err != nil:
		r.health.stays(now, err.Error(), p.cfg.BackoffMax)
		return false
	}
	r.health.comeBack(now)
	return true
}

// check asks a replica once whether it is there: a connection, with https the
// handshake too, or the configured path.
func (p *Pool) check(r *Replica) error {
	limit := p.cfg.Dial + p.cfg.TLSHandshake
	if limit <= 0 {
		limit = 2 * time.Second
	}
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	if p.cfg.CheckPath != "" {
		return p.ask(ctx, r)
	}
	port := r.url.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.url.Scheme]
	}
	conn, err := r.transport.DialContext(ctx, "tcp", net.JoinHostPort(r.url.Hostname(), port))
	if err != nil {
		return err
	}
	defer conn.Close()
	if r.url.Scheme != "https" {
		return nil
	}
	cfg := r.transport.TLSClientConfig.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName = r.url.Hostname()
	}
	return tls.Client(conn, cfg).HandshakeContext(ctx)
}

func (p *Pool) ask(ctx context.Context, r *Replica) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL()+p.cfg.CheckPath, nil)
	if err != nil {
		return err
	}
	if p.cfg.Host != "" {
		req.Host = p.cfg.Host
	}
	req.Header.Set("User-Agent", "falochron-check")
	p.signLoop(req.Header) // an edge that answers its own check is no shop
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode >= 500 {
		return fmt.Errorf("%s answered %d", p.cfg.CheckPath, resp.StatusCode)
	}
	return nil
}
