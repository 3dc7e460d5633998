package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/falochron/falochron"
)

// template is what replicas are copied from.
type template struct {
	host     *host
	id       string
	base     string // what replicas' names begin with
	imageID  string
	port     int
	config   *container.Config
	engine   *container.HostConfig
	networks map[string]*network.EndpointSettings
}

// pickTemplate chooses what to copy: an owner's container that runs, before one that
// does not, the oldest of them; where the owner's are on a host that does not answer, a
// replica of ours, which is a copy of one.
func pickTemplate(v view) (seen, bool) {
	all := slices.Clone(v.owners)
	rank := func(s seen) int {
		switch {
		case s.running():
			return 0
		default:
			return 1
		}
	}
	slices.SortStableFunc(all, func(a, b seen) int { return rank(a) - rank(b) })
	if len(all) > 0 {
		return all[0], true
	}
	if len(v.lost) > 0 && len(v.own) > 0 {
		return v.own[0], true
	}
	return seen{}, false
}

// template reads what replicas are copied from, from the engine or, if the host that has
// it does not answer, from memory.
func (d *Driver) template(ctx context.Context, v view) (*template, error) {
	s, ok := pickTemplate(v)
	if !ok {
		d.mu.Lock()
		known := d.known
		d.mu.Unlock()
		if known != nil && len(v.lost) > 0 {
			return known, nil
		}
		return nil, d.noTemplate(v)
	}
	var found client.ContainerInspectResult
	err := s.host.read(ctx, "inspect "+s.name, func(ctx context.Context) (err error) {
		found, err = s.host.cli.ContainerInspect(ctx, s.id, client.ContainerInspectOptions{})
		if err == nil && (found.Container.Config == nil || found.Container.HostConfig == nil || found.Container.ID != s.id) {
			err = fmt.Errorf("the answer describes no container %s", s.id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	t, err := d.copyOf(s, found.Container)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.known = t
	d.mu.Unlock()
	return t, nil
}

func (d *Driver) noTemplate(v view) error {
	f := &falochron.Error{Kind: falochron.NotFound, Op: "find the shop's container",
		Hint: "start it with docker run --label " + labelShop + "=" + d.cfg.Shop + ", or name by docker.label, or by docker.project and docker.service, which one is the shop"}
	f.Public = "no host has a container with "
	for i, key := range slices.Sorted(maps.Keys(d.selector)) {
		if i > 0 {
			f.Public += " and "
		}
		f.Public += key + "=" + d.selector[key]
	}
	if len(v.lost) > 0 {
		f.Public += fmt.Sprintf(" (%d hosts do not answer)", len(v.lost))
	}
	return f
}

// copyOf takes of a container what its replicas get, and says what cannot be copied.
func (d *Driver) copyOf(s seen, c container.InspectResponse) (*template, error) {
	t := &template{host: s.host, id: c.ID, imageID: c.Image, networks: map[string]*network.EndpointSettings{}}
	invalid := func(what, hint string) error {
		return &falochron.Error{Kind: falochron.Invalid, Op: "copy container " + s.name + " on docker host " + s.host.Name, Public: what, Hint: hint}
	}
	config, engine := *c.Config, *c.HostConfig
	t.config, t.engine = &config, &engine
	t.base = s.name
	if project := config.Labels[composeProject]; project != "" && config.Labels[composeService] != "" {
		t.base = project + "-" + config.Labels[composeService]
	}
	if s.own { // a copy is no copy's template for ever
		if name, ok := config.Labels[labelBase]; ok {
			t.base = name
		}
	}
	switch mode := engine.NetworkMode; {
	case mode.IsHost():
		return nil, invalid("it has the host's own network: two copies would take the same port", "give it a network of its own: docker network create")
	case mode.IsContainer(), mode.IsNone():
		return nil, invalid("it has the network mode "+string(mode)+", in which a copy cannot be reached", "give it a network of its own: docker network create")
	}
	if t.port = d.portInside(config, engine); t.port == 0 {
		return nil, invalid("which of its ports is the shop's is not said", "name it in docker.port, or by the label "+labelPort+" of the container")
	}
	if len(config.Hostname) >= 12 && len(c.ID) >= len(config.Hostname) && c.ID[:len(config.Hostname)] == config.Hostname {
		config.Hostname = "" // made of its id; each copy gets one of its own
	}
	if c.NetworkSettings != nil {
		for name, n := range c.NetworkSettings.Networks {
			if n == nil {
				continue
			}
			aliases := slices.DeleteFunc(slices.Clone(n.Aliases), func(a string) bool {
				return a == s.name || len(a) >= 12 && len(a) <= len(c.ID) && a == c.ID[:len(a)]
			})
			t.networks[name] = &network.EndpointSettings{Links: n.Links, Aliases: aliases, DriverOpts: n.DriverOpts}
		}
	}
	if d.cfg.Network != "" && t.networks[d.cfg.Network] == nil {
		return nil, invalid("it is not in the network "+d.cfg.Network, "connect it: docker network connect "+d.cfg.Network+" "+s.name+", or change docker.network")
	}
	d.limit(&engine)
	engine.ContainerIDFile, engine.AutoRemove, engine.PublishAllPorts = "", false, false
	return t, nil
}

// limit puts the configured limits in the place of the template's.
func (d *Driver) limit(engine *container.HostConfig) {
	if m := d.cfg.Memory; m > 0 {
		if engine.MemorySwap > 0 { // memory and swap in one number
			engine.MemorySwap = max(engine.MemorySwap-engine.Memory, 0) + m
		}
		engine.Memory = m
		engine.MemoryReservation = min(engine.MemoryReservation, m)
	}
	if d.cfg.CPUs > 0 {
		engine.NanoCPUs, engine.CPUQuota, engine.CPUPeriod = int64(d.cfg.CPUs*1e9), 0, 0
	}
}

// portInside is the shop's port, 0 where nobody says which.
func (d *Driver) portInside(config container.Config, engine container.HostConfig) int {
	if d.cfg.Port > 0 {
		return d.cfg.Port
	}
	if n, err := strconv.Atoi(config.Labels[labelPort]); err == nil && n > 0 && n < 65536 {
		return n
	}
	found := map[int]bool{}
	for p := range config.ExposedPorts {
		if p.Proto() == network.TCP {
			found[int(p.Num())] = true
		}
	}
	for p := range engine.PortBindings {
		if p.Proto() == network.TCP {
			found[int(p.Num())] = true
		}
	}
	if len(found) != 1 {
		return 0
	}
	for p := range found {
		return p
	}
	return 0
}

// creation is what the engine of a host is asked for.
func (t *template) creation(c Config, j *job, image string) (client.ContainerCreateOptions, error) {
	config, engine := *t.config, *t.engine
	config.Image, config.Labels = image, t.labels(c, j)
	engine.PortBindings = nil
	port, ok := network.PortFrom(uint16(t.port), network.TCP)
	if !ok {
		return client.ContainerCreateOptions{}, fmt.Errorf("port %d", t.port)
	}
	if c.Network == "" {
		config.ExposedPorts = maps.Clone(config.ExposedPorts)
		if config.ExposedPorts == nil {
			config.ExposedPorts = network.PortSet{}
		}
		config.ExposedPorts[port] = struct{}{}
		// The engine chooses a port that is free.
		engine.PortBindings = network.PortMap{port: {{HostIP: j.host.publish(), HostPort: ""}}}
	}
	return client.ContainerCreateOptions{Name: j.name, Config: &config, HostConfig: &engine,
		NetworkingConfig: &network.NetworkingConfig{EndpointsConfig: t.first()}}, nil
}

// first is the network with which a container is created; engines before API 1.44 take
// only one. It is connected to the others then.
func (t *template) first() map[string]*network.EndpointSettings {
	name := t.engine.NetworkMode.NetworkName()
	if n := t.networks[name]; n != nil && t.engine.NetworkMode.IsUserDefined() {
		return map[string]*network.EndpointSettings{name: n}
	}
	return nil
}

// further are the names of the networks besides the first.
func (t *template) further() []string {
	var names []string
	for name := range t.networks {
		if name != t.engine.NetworkMode.NetworkName() && t.engine.NetworkMode.IsUserDefined() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
