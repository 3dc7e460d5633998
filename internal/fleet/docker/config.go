package docker

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Config says which containers are the shop and where replicas of them may be.
type Config struct {
	// Shop is the shop's name. Required.
	Shop string
	// Owner is kept with each replica; those of another owner are never touched. Two
	// programs that multiply the same shop on one engine need two. 1 to 40 of a-z 0-9 - and dots.
	Owner string
	// Label, "key=value", is what the owner put on a container of the shop. Empty:
	// falochron.shop=SHOP, unless a Compose service is named.
	Label string
	// Project and Service name a Compose service instead. Both or none.
	Project, Service string
	// Hosts are the engines, at least one.
	Hosts []Host
	// Port is the one inside the container. 0: by its label falochron.port, or the only
	// TCP port that it exposes.
	Port int
	// Network is a Docker network in which replicas are reached at their own address;
	// nothing is published then. Empty: published, see [Host].
	Network string
	// Health is how a replica shows that it takes requests.
	Health Health
	// Path is asked for to see whether the port answers; any status below 500 counts.
	Path string
	// Memory in bytes and CPUs in cores replace the template's limits. 0: as the template.
	Memory int64
	CPUs   float64
	// Drain is the wait between a replica that is marked as draining and its stop, which
	// then takes the container's own stop timeout at the most. 0 to 1 h; 0: none.
	Drain time.Duration
	// Start is when a replica that is still not ready counts as failed. 1 s to 1 h.
	Start time.Duration
	// Timeout bounds one call of an engine. 100 ms to 1 min.
	Timeout time.Duration
	// Gone is how long a host must not have answered before its replicas are made
	// elsewhere. 1 s to 1 h.
	Gone time.Duration
}

// Host is one engine.
type Host struct {
	// Name is for notes and metrics, 1 to 40 of a-z 0-9 -, unique.
	Name string
	// Address is unix:///PATH or tcp://HOST:PORT.
	Address string
	// CA, Cert and Key are names of PEM files; all three or none. Without them only
	// loopback addresses are allowed: who reaches an engine is root there.
	CA, Cert, Key string
	// Publish is the IP address on which replicas' ports are published. Empty: 127.0.0.1
	// where the engine is this machine's; elsewhere it has to be said.
	Publish string
	// Most is how many replicas of the shop there may be here, the owner's included.
	// 0: as many as the machine has memory and cores for by the template's limits, and any
	// number where it has none. At most 10,000.
	Most int
}

// Health is how a replica shows that it takes requests.
type Health string

// The ways.
const (
	Auto        Health = "auto"        // its HEALTHCHECK, where it has one, and its port
	HealthCheck Health = "healthcheck" // only its HEALTHCHECK; without one, that it runs
	PortAnswers Health = "port"        // only its port
)

// LocalSocket is where the engine of this machine usually listens.
const LocalSocket = "unix:///var/run/docker.sock"

// DefaultConfig is the one that needs nothing but a labelled container on this machine.
func DefaultConfig(shop string) Config {
	return Config{
		Shop: shop, Owner: "falochron", Health: Auto, Path: "/",
		Hosts: []Host{{Name: "local", Address: LocalSocket}},
		Drain: 30 * time.Second,
		Start: 3 * time.Minute,
		// A create takes 0.7 s on a quiet machine (measured), and several times that in a wave.
		Timeout: 5 * time.Second,
		Gone:    10 * time.Second,
	}
}

// Names of hosts, and of owners, which may be host names.
var (
	nameRule  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	ownerRule = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,39}$`)
)

// Check returns all faults, joined; each is of kind Invalid and says what to write.
func (c Config) Check() error {
	var faults []error
	wrong := func(key, what, hint string) {
		faults = append(faults, &falochron.Error{Kind: falochron.Invalid, Op: "docker." + key, Public: what, Hint: hint})
	}
	if c.Shop == "" {
		wrong("shop", "no shop is named", "name one")
	}
	if !ownerRule.MatchString(c.Owner) {
		wrong("owner", fmt.Sprintf("%q is no name", c.Owner), "write 1 to 40 of a-z, 0-9, - and ., a letter or digit first")
	}
	if (c.Project == "") != (c.Service == "") {
		wrong("service", "only one of project and service is named", "name both, or neither")
	}
	if c.Label != "" && c.Service != "" {
		wrong("label", "a label and a Compose service are both named", "name one of them")
	}
	if key, value, ok := strings.Cut(c.Label, "="); c.Label != "" && (!ok || key == "" || value == "") {
		wrong("label", fmt.Sprintf("%q is no label", c.Label), "write it as key=value")
	}
	if c.Port < 0 || c.Port > 65535 {
		wrong("port", strconv.Itoa(c.Port)+" is no port", "write 1 to 65535, or 0 for the one that the container exposes")
	}
	if !slices.Contains([]Health{Auto, HealthCheck, PortAnswers}, c.Health) {
		wrong("health", fmt.Sprintf("%q is no way to see health", c.Health), "write auto, healthcheck or port")
	}
	if u, err := url.Parse(c.Path); err != nil || !strings.HasPrefix(c.Path, "/") || u.Host != "" {
		wrong("path", fmt.Sprintf("%q is no path", c.Path), "write one that begins with /")
	}
	// 6 MiB is the least that dockerd takes.
	if c.Memory != 0 && c.Memory < 6<<20 {
		wrong("memory", fmt.Sprintf("%d bytes are less than an engine takes", c.Memory), "write 6 MiB or more, or 0 for the template's limit")
	}
	if c.CPUs != 0 && (c.CPUs < 0.01 || c.CPUs > 1024) {
		wrong("cpus", fmt.Sprintf("%g cores cannot be given", c.CPUs), "write 0.01 to 1024, or 0 for the template's limit")
	}
	for _, d := range []struct {
		key         string
		is          time.Duration
		least, most time.Duration
	}{
		{"stop", c.Drain, 0, time.Hour}, {"start_timeout", c.Start, time.Second, time.Hour},
		{"timeout", c.Timeout, 100 * time.Millisecond, time.Minute}, {"gone", c.Gone, time.Second, time.Hour},
	} {
		if d.is < d.least || d.is > d.most {
			wrong(d.key, d.is.String()+" is out of bounds", fmt.Sprintf("write %s to %s", d.least, d.most))
		}
	}
	if len(c.Hosts) == 0 {
		wrong("hosts", "there is none", "name at least one engine")
	}
	names := map[string]bool{}
	for i, h := range c.Hosts {
		key := fmt.Sprintf("hosts[%d].", i)
		if !nameRule.MatchString(h.Name) || names[h.Name] {
			wrong(key+"name", fmt.Sprintf("%q is no name, or another host's", h.Name), "write 1 to 40 of a-z, 0-9 and -, each once")
		}
		names[h.Name] = true
		if what, hint := h.fault(c.Network != ""); what != "" {
			wrong(key+"address", what, hint)
		}
		if h.Most < 0 || h.Most > fleet.MaxReplicas {
			wrong(key+"most", strconv.Itoa(h.Most)+" is out of bounds", fmt.Sprintf("write 0 to %d; 0 is what the machine has room for", fleet.MaxReplicas))
		}
	}
	return errors.Join(faults...)
}

// fault is what is wrong with where a host is, and what to write instead.
func (h Host) fault(network bool) (what, hint string) {
	u, err := url.Parse(h.Address)
	files := 0
	for _, f := range []string{h.CA, h.Cert, h.Key} {
		if f != "" {
			files++
		}
	}
	switch {
	case err != nil || u.Scheme != "unix" && u.Scheme != "tcp":
		return fmt.Sprintf("%q is no address of an engine", h.Address), "write unix:///var/run/docker.sock or tcp://host:2376"
	case u.Scheme == "unix" && (u.Host != "" || len(u.Path) < 2):
		return fmt.Sprintf("%q is no socket", h.Address), "write unix:// and an absolute path, unix:///var/run/docker.sock"
	case u.Scheme == "tcp" && (u.Hostname() == "" || u.Port() == "" || u.Path != ""):
		return fmt.Sprintf("%q has no host or no port", h.Address), "write tcp://host:2376"
	case files != 0 && files != 3:
		return "of ca, cert and key some are missing", "name all three, or none"
	case files != 0 && u.Scheme == "unix":
		return "a socket of this machine is not reached by TLS", "leave ca, cert and key out"
	case files == 0 && !h.local():
		return fmt.Sprintf("%s is reached without TLS, and who reaches an engine is root there", h.Address), "name ca, cert and key; https://docs.docker.com/engine/security/protect-access/ says how they are made"
	}
	if h.Publish == "" {
		if !h.local() && !network {
			return "on which address of the host replicas are published is not said", "write publish: an address of that host that this machine reaches and visitors do not, or name a network"
		}
		return "", ""
	}
	if _, err := netip.ParseAddr(h.Publish); err != nil {
		return fmt.Sprintf("publish: %q is no IP address", h.Publish), "write an address of that host"
	}
	return "", ""
}

// local says that the engine is this machine's.
func (h Host) local() bool {
	u, err := url.Parse(h.Address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "unix" || u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// publish is where replicas' ports are published.
func (h Host) publish() netip.Addr {
	if ip, err := netip.ParseAddr(h.Publish); err == nil {
		return ip
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// reached is the address under which a published port is reached from here.
func (h Host) reached() string {
	ip := h.publish()
	if !ip.IsUnspecified() {
		return ip.String()
	}
	if u, err := url.Parse(h.Address); err == nil && u.Scheme == "tcp" {
		return u.Hostname()
	}
	return "127.0.0.1"
}

// selector are the labels by which an engine finds the shop's containers.
func (c Config) selector() map[string]string {
	switch key, value, _ := strings.Cut(c.Label, "="); {
	case c.Service != "":
		return map[string]string{composeProject: c.Project, composeService: c.Service}
	case c.Label != "":
		return map[string]string{key: value}
	}
	return map[string]string{labelShop: c.Shop}
}
