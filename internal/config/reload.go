package config

import (
	"fmt"
	"reflect"
)

// fixed is what only a restart can change: sockets and what is built into them,
// the data folder, and the state machines of a shop that goes on.
var fixed = []struct {
	key string
	of  func(*Config) any
}{
	{"listen", func(c *Config) any { return c.Listen }},
	{"admin.listen", func(c *Config) any { return c.Admin.Listen }},
	{"admin.token_file", func(c *Config) any { return c.Admin.TokenFile }},
	{"admin.hosts", func(c *Config) any { return c.Admin.Hosts }},
	{"data", func(c *Config) any { return c.Data }},
	{"plan.store", func(c *Config) any { return c.Plan.Store }},
	{"plan.listen", func(c *Config) any { return c.Plan.Listen }},
	{"plan.url", func(c *Config) any { return c.Plan.URL }},
	{"plan.steps", func(c *Config) any { return c.Plan.Steps }},
	{"notify", func(c *Config) any { return c.Notify }},
	{"tls", func(c *Config) any { return c.TLS }},
	{"proxy_protocol", func(c *Config) any { return c.ProxyProtocol }},
	{"trust", func(c *Config) any { return c.Trust }},
	{"limits", func(c *Config) any { l := c.Limits; l.Drain = 0; return l }},
	{"robots", func(c *Config) any { return c.Robots }},
	{"log", func(c *Config) any { return c.Log }},
}

// fixedOfShop is what only a restart can change of a shop that goes on.
var fixedOfShop = []struct {
	key string
	of  func(*Shop) any
}{
	{"room", func(s *Shop) any { return s.Room }},
	{"admission", func(s *Shop) any { return s.Admission }},
	{"fleet", func(s *Shop) any { return s.Fleet }},
}

// needRestart lists what differs and cannot be changed while running.
func needRestart(now, next *Config) Faults {
	var out Faults
	differ := func(key string, a, b any) {
		if !reflect.DeepEqual(a, b) {
			out = append(out, Fault{
				File: next.from.file, Key: key,
				Bound: fmt.Sprintf("cannot change from %v to %v without a restart", a, b),
				Hint:  "put the old value back, or restart",
			})
		}
	}
	for _, f := range fixed {
		differ(f.key, f.of(now), f.of(next))
	}
	for i := range next.Shops {
		for j := range now.Shops {
			if now.Shops[j].Name != next.Shops[i].Name {
				continue
			}
			for _, f := range fixedOfShop {
				differ(fmt.Sprintf("shops[%d].%s", i, f.key), f.of(&now.Shops[j]), f.of(&next.Shops[i]))
			}
		}
	}
	return out
}
