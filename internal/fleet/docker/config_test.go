package docker

import (
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// Each fault is named by its key, and all at once.
func TestConfigFaults(t *testing.T) {
	if err := DefaultConfig("shop").Check(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Config){
		"docker.shop: no shop":                        func(c *Config) { c.Shop = "" },
		`docker.owner: "A b" is no name`:              func(c *Config) { c.Owner = "A b" },
		"docker.service: only one":                    func(c *Config) { c.Project = "p" },
		"docker.label: a label and":                   func(c *Config) { c.Label, c.Project, c.Service = "a=b", "p", "s" },
		`docker.label: "a" is no label`:               func(c *Config) { c.Label = "a" },
		"docker.port: 70000":                          func(c *Config) { c.Port = 70000 },
		`docker.health: "maybe"`:                      func(c *Config) { c.Health = "maybe" },
		`docker.path: "http://x/"`:                    func(c *Config) { c.Path = "http://x/" },
		"docker.memory: 1000 bytes":                   func(c *Config) { c.Memory = 1000 },
		"docker.cpus: -1":                             func(c *Config) { c.CPUs = -1 },
		"docker.stop: 2h0m0s":                         func(c *Config) { c.Drain = 2 * time.Hour },
		"docker.timeout: 0s":                          func(c *Config) { c.Timeout = 0 },
		"docker.hosts: there is none":                 func(c *Config) { c.Hosts = nil },
		`docker.hosts[1].name: "local"`:               func(c *Config) { c.Hosts = append(c.Hosts, c.Hosts[0]) },
		"docker.hosts[0].most: -1":                    func(c *Config) { c.Hosts[0].Most = -1 },
		`docker.hosts[0].address: "ssh://x"`:          func(c *Config) { c.Hosts[0].Address = "ssh://x" },
		`docker.hosts[0].address: "unix://x"`:         func(c *Config) { c.Hosts[0].Address = "unix://x" },
		`docker.hosts[0].address: "tcp://x"`:          func(c *Config) { c.Hosts[0].Address = "tcp://x" },
		"docker.hosts[0].address: of ca, cert":        func(c *Config) { c.Hosts[0].CA = "ca.pem" },
		"docker.hosts[0].address: tcp://10.0.0.2:23":  func(c *Config) { c.Hosts[0].Address = "tcp://10.0.0.2:2375" },
		"docker.hosts[0].address: on which address":   func(c *Config) { c.Hosts[0] = Host{"local", "tcp://10.0.0.2:2376", "a", "b", "c", "", 0} },
		`docker.hosts[0].address: publish: "here" is`: func(c *Config) { c.Hosts[0].Publish = "here" },
	} {
		c := DefaultConfig("shop")
		spoil(&c)
		err := c.Check()
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") || falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%v (hint %q), wants %s", err, falochron.HintOf(err), want)
		}
	}
	c := DefaultConfig("")
	c.Owner, c.Port = "", -1
	if err := c.Check(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three faults: %v", err)
	}
	for _, fine := range []Host{
		{Name: "a", Address: "tcp://127.0.0.1:2375"},
		{Name: "a", Address: "tcp://localhost:2375"},
		{Name: "a", Address: "tcp://10.0.0.2:2376", CA: "a", Cert: "b", Key: "c", Publish: "10.0.0.2"},
	} {
		c := DefaultConfig("shop")
		c.Hosts = []Host{fine}
		if err := c.Check(); err != nil {
			t.Errorf("%+v: %v", fine, err)
		}
	}
	c = DefaultConfig("shop")
	c.Hosts[0] = Host{Name: "a", Address: "tcp://127.0.0.1:2376", CA: "/nowhere/ca", Cert: "/nowhere/cert", Key: "/nowhere/key"}
	if _, err := New(c); falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
		t.Errorf("files that are not there: %v", err)
	}
}
