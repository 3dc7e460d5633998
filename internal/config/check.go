package config

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/token"
	"golang.org/x/net/http/httpguts"
)

// check holds what the file says against every bound. It never stops early.
func (d *decoder) check(c *Config) {
	d.addresses(c)
	if c.Data == "" {
		d.fault("data", `""`, "may not be empty", "without a data folder a restart would lose every place in line")
	}
	d.plan(c)
	d.notify(c)
	for i, t := range c.TLS {
		d.certificate(fmt.Sprintf("tls[%d]", i), t)
	}
	switch h := c.Trust.Header; {
	case h != "" && !httpguts.ValidHeaderFieldName(h):
		d.fault("trust.header", strconv.Quote(h), "must be the name of a header field", "")
	case h != "" && len(c.Trust.Proxies) == 0:
		d.fault("trust.header", strconv.Quote(h), "needs trust.proxies", "without them any visitor could forge the field")
	}
	d.limits(c.Limits)
	for i, file := range c.Robots.Ranges {
		d.networks(fmt.Sprintf("robots.ranges[%d]", i), file)
	}
	d.oneOf("log.format", c.Log.Format, "text", "json")
	d.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	d.shops(c)
}

func (d *decoder) addresses(c *Config) {
	if d.hostPort("listen", c.Listen) && c.Listen == c.Admin.Listen && !strings.HasSuffix(c.Listen, ":0") {
		d.fault("admin.listen", strconv.Quote(c.Listen), "is the visitors' address", "give the operators a port of their own")
		return
	}
	for i, h := range c.Admin.Hosts {
		c.Admin.Hosts[i] = d.host(fmt.Sprintf("admin.hosts[%d]", i), h)
	}
	if c.Admin.Listen == "" || !d.hostPort("admin.listen", c.Admin.Listen) || len(c.Admin.Hosts) > 0 {
		return
	}
	host, _, _ := net.SplitHostPort(c.Admin.Listen)
	if a, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !a.IsLoopback()) {
		d.fault("admin.listen", strconv.Quote(c.Admin.Listen), "is not loopback",
			"the token would cross a network in clear; behind something that encrypts, name its host in admin.hosts")
	}
}

// plan checks what can be checked without asking a database.
func (d *decoder) plan(c *Config) {
	p := &c.Plan
	if scheme, _, server := strings.Cut(string(p.Store), "://"); server && scheme != "postgres" && scheme != "postgresql" {
		// The value may hold a secret, also before a mistyped "://".
		d.fault("plan.store", "", "is neither a path nor begins with postgres://", "for example /var/lib/falochron/plan.db or postgres://falochron@db.example/plan")
	}
	if p.Listen != "" && d.hostPort("plan.listen", p.Listen) && !strings.HasSuffix(p.Listen, ":0") {
		switch p.Listen {
		case c.Listen:
			d.fault("plan.listen", strconv.Quote(p.Listen), "is the visitors' address", "give the plan's pages a port of their own")
		case c.Admin.Listen:
			d.fault("plan.listen", strconv.Quote(p.Listen), "is the operators' address", "leave it empty: the pages are on the operators' listener anyhow")
		}
	}
	if u := p.URL; u != nil && (u.Path != "" && u.Path != "/" || u.RawQuery != "") {
		d.fault("plan.url", strconv.Quote(u.String()), "must have no path or query", "write "+u.Scheme+"://"+u.Host)
	}
}

// hostPort reports whether s can be listened on.
func (d *decoder) hostPort(key, s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, " /") {
		d.fault(key, strconv.Quote(s), "must be host:port", "for example :8080 or 127.0.0.1:8080")
		return false
	}
	return true
}

func (d *decoder) certificate(key string, t Certificate) {
	if t.Cert == "" || t.Key == "" {
		d.fault(key, "", "needs both cert and key", "the files of the chain and of the private key, PEM")
		return
	}
	if _, err := tls.LoadX509KeyPair(t.Cert, t.Key); err != nil {
		d.fault(key, "", "cannot be used: "+strings.TrimPrefix(err.Error(), "tls: "), "both files must be PEM and belong together")
	}
}

func (d *decoder) limits(l Limits) {
	within(d, "limits.header_bytes", l.HeaderBytes, 4*KiB, MiB)
	within(d, "limits.connections", l.Connections, 0, 10_000_000)
	atLeast(d, "limits.read_header", l.ReadHeader, time.Second)
	atLeast(d, "limits.body_idle", l.BodyIdle, 0)
	atLeast(d, "limits.idle", l.Idle, time.Second)
	atLeast(d, "limits.drain", l.Drain, 0)
}

// fault records that the value of key breaks a bound, unless it, or what it is
// part of, could not even be read.
func (d *decoder) fault(key, value, bound, hint string) {
	for k := key; k != ""; k = parent(k) {
		if d.bad[k] {
			return
		}
	}
	d.add(key, d.near(key), value, bound, hint)
}

// parent is the key around key: "shops[0].room" gives "shops[0]", then "shops".
func parent(key string) string { return key[:max(strings.LastIndexAny(key, ".["), 0)] }

// near is the place of key, or of the nearest key around it that was written.
func (d *decoder) near(key string) *token.Position {
	for {
		if at := d.pos[key]; at != nil || key == "" {
			return at
		}
		key = parent(key)
	}
}

func (d *decoder) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		d.fault(key, strconv.Quote(value), "must be "+strings.Join(allowed[:len(allowed)-1], ", ")+" or "+allowed[len(allowed)-1], "")
	}
}

func within[T cmp.Ordered](d *decoder, key string, v, lo, hi T) {
	if v < lo || v > hi {
		d.fault(key, written(v), fmt.Sprintf("must be from %s to %s", written(lo), written(hi)), "")
	}
}

func atLeast[T cmp.Ordered](d *decoder, key string, v, lo T) {
	if v >= lo {
		return
	}
	var zero T
	bound := "must be at least " + written(lo)
	if lo == zero {
		bound = "may not be negative"
	}
	d.fault(key, written(v), bound, "")
}

// written is a value as people write it: 15m, not 15m0s.
func written(v any) string {
	s := fmt.Sprint(v)
	if _, ok := v.(time.Duration); ok && len(s) > 2 {
		for _, zero := range []string{"0s", "0m"} {
			if short, ok := strings.CutSuffix(s, zero); ok && strings.ContainsAny(short[len(short)-1:], "hm") {
				s = short
			}
		}
	}
	return s
}
