package docker

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// A Compose service is multiplied so that Compose knows the replicas as its own, and they
// have all that the service's container has but its name, its address and its ports.
func TestComposeService(t *testing.T) {
	t.Parallel()
	s := newShop(t, &engines.first)
	o := s.plain()
	o.Name = s.name + "-web-1"
	o.Config.Labels = map[string]string{
		composeProject: s.name, composeService: "web", composeNumber: "1", "com.docker.compose.oneoff": "False",
		"com.docker.compose.config-hash": "cafe", composeReplace: "old", "traefik.enable": "true",
	}
	o.Config.Env = []string{"SHOP=kosmetyki"}
	o.Config.StopTimeout = new(7)
	o.HostConfig.RestartPolicy = container.RestartPolicy{Name: container.RestartPolicyUnlessStopped}
	o.HostConfig.Memory, o.HostConfig.MemorySwap, o.HostConfig.NanoCPUs = 256<<20, 256<<20, 500_000_000
	o.HostConfig.Mounts = append(o.HostConfig.Mounts, mount.Mount{Type: mount.TypeVolume, Source: s.name + "-media", Target: "/media"})
	o.NetworkingConfig = &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{shopNetwork: {Aliases: []string{"web-" + s.name}}}}
	s.run(o)
	t.Cleanup(func() {
		s.clean()
		_, _ = s.engine.cli.VolumeRemove(context.Background(), s.name+"-media", client.VolumeRemoveOptions{})
	})
	c := s.config()
	c.Project, c.Service = s.name, "web"
	d := s.driver(c)
	s.order(d, 3)
	st := s.ready(d, 3)

	// What docker compose ps and down ask for.
	found, err := s.engine.cli.ContainerList(t.Context(), client.ContainerListOptions{All: true, Filters: client.Filters{}.
		Add("label", composeProject+"="+s.name, composeService+"=web", "com.docker.compose.oneoff=False")})
	if err != nil || len(found.Items) != 3 {
		t.Fatalf("%d containers of the service, %v", len(found.Items), err)
	}
	var numbers []string
	for _, c := range found.Items {
		numbers = append(numbers, c.Labels[composeNumber])
		if c.Labels["com.docker.compose.config-hash"] != "cafe" || c.Labels["traefik.enable"] != "true" {
			t.Errorf("labels: %v", c.Labels)
		}
	}
	if slices.Sort(numbers); !slices.Equal(numbers, []string{"1", "2", "3"}) {
		t.Errorf("numbers %q", numbers)
	}
	for _, r := range st.Replicas[1:] {
		got := s.inspect(r.ID)
		if !strings.HasPrefix(r.ID, s.name+"-web-") || got.Config.Labels[composeReplace] != "" || got.Config.Labels[labelReason] != "a test" {
			t.Errorf("%s: labels %v", r.ID, got.Config.Labels)
		}
		if !slices.Contains(got.Config.Env, "SHOP=kosmetyki") || *got.Config.StopTimeout != 7 || got.HostConfig.RestartPolicy.Name != "unless-stopped" {
			t.Errorf("%s: %+v", r.ID, got.Config)
		}
		if h := got.HostConfig; h.Memory != 256<<20 || h.MemorySwap != 256<<20 || h.NanoCPUs != 500_000_000 {
			t.Errorf("%s: limits %d %d %d", r.ID, h.Memory, h.MemorySwap, h.NanoCPUs)
		}
		if !slices.ContainsFunc(got.Mounts, func(m container.MountPoint) bool {
			return m.Name == s.name+"-media" && m.Destination == "/media"
		}) {
			t.Errorf("%s: mounts %+v", r.ID, got.Mounts)
		}
		if n := got.NetworkSettings.Networks[shopNetwork]; n == nil || !slices.Contains(n.Aliases, "web-"+s.name) {
			t.Errorf("%s: networks %+v", r.ID, got.NetworkSettings.Networks)
		}
		for port, at := range got.NetworkSettings.Ports {
			for _, b := range at {
				if b.HostIP != loopback || port.Num() != 8080 {
					t.Errorf("%s: port %s is published on %s", r.ID, port, b.HostIP)
				}
			}
		}
		if got.Config.Hostname == s.inspect(o.Name).Config.Hostname {
			t.Errorf("%s has its template's host name", r.ID)
		}
	}
	// Room is told by the template's limits: half a core each.
	if cores := d.hosts[0].cpus; st.Startable < 0 || cores > 0 && st.Startable > 2*cores {
		t.Errorf("%d more are said to fit on %d cores", st.Startable, cores)
	}

	// docker compose up with a smaller scale takes one away: it is told, and made anew.
	if _, err := s.engine.cli.ContainerRemove(t.Context(), st.Replicas[2].ID, client.ContainerRemoveOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	order := s.order(d, 3)
	if !slices.ContainsFunc(order.Notes, func(n fleet.Note) bool { return n.Kind == "reverted" }) {
		t.Errorf("nobody is told that one was taken away: %+v", order)
	}
	s.ready(d, 3)
}

// Limits of the configuration take the place of the template's.
func TestOwnLimits(t *testing.T) {
	t.Parallel()
	s := newShop(t, &engines.first)
	o := s.plain()
	o.HostConfig.Memory, o.HostConfig.MemorySwap, o.HostConfig.CPUQuota, o.HostConfig.CPUPeriod = 512<<20, 600<<20, 50_000, 100_000
	s.run(o)
	c := s.config()
	c.Memory, c.CPUs = 128<<20, 0.25
	d := s.driver(c)
	s.order(d, 2)
	h := s.inspect(s.ready(d, 2).Replicas[1].ID).HostConfig
	if h.Memory != 128<<20 || h.MemorySwap != 216<<20 || h.NanoCPUs != 250_000_000 || h.CPUQuota != 0 {
		t.Errorf("memory %d, with swap %d, CPUs %d, quota %d", h.Memory, h.MemorySwap, h.NanoCPUs, h.CPUQuota)
	}
}

// In a network of its own a replica is reached at its address, and nothing is published.
func TestNetwork(t *testing.T) {
	t.Parallel()
	s := newShop(t, &engines.first)
	o := s.plain()
	o.HostConfig.PortBindings = nil
	s.run(o)
	c := s.config()
	c.Network = shopNetwork
	d := s.driver(c)
	s.order(d, 2)
	for _, r := range s.ready(d, 2).Replicas {
		got := s.inspect(r.ID)
		if want := "http://" + got.NetworkSettings.Networks[shopNetwork].IPAddress.String() + ":8080"; r.URL != want {
			t.Errorf("%s is reached at %s, wants %s", r.ID, r.URL, want)
		}
		if len(got.HostConfig.PortBindings) > 0 {
			t.Errorf("%s: %v is published", r.ID, got.HostConfig.PortBindings)
		}
	}
	c.Network = "elsewhere"
	_, err := s.driver(c).Scale(t.Context(), fleet.Want{Replicas: 4, Expires: time.Now().Add(time.Hour)})
	if falochron.KindOf(err) != falochron.Invalid || !strings.Contains(falochron.HintOf(err), "docker network connect elsewhere") {
		t.Errorf("a network in which the shop is not: %v, %s", err, falochron.HintOf(err))
	}
}

// What cannot be copied is said before anything is made.
func TestTemplatesThatCannotBeCopied(t *testing.T) {
	t.Parallel()
	e := engines.first.needed(t)
	for what, spoil := range map[string]func(*client.ContainerCreateOptions){
		"the host's own network": func(o *client.ContainerCreateOptions) {
			o.HostConfig.NetworkMode, o.HostConfig.PortBindings = "host", nil
		},
		"no network at all": func(o *client.ContainerCreateOptions) {
			o.HostConfig.NetworkMode, o.HostConfig.PortBindings = "none", nil
		},
		"two ports": func(o *client.ContainerCreateOptions) {
			o.Config.ExposedPorts = network.PortSet{network.MustParsePort("9000/tcp"): {}}
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := newShop(t, e)
			o := s.plain()
			spoil(&o)
			s.create(o)
			_, err := s.driver(s.config()).Scale(t.Context(), fleet.Want{Replicas: 2, Expires: time.Now().Add(time.Hour)})
			if falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
				t.Errorf("%v, hint %q", err, falochron.HintOf(err))
			}
		})
	}
	s := newShop(t, e)
	_, err := s.driver(s.config()).Scale(t.Context(), fleet.Want{Replicas: 2, Expires: time.Now().Add(time.Hour)})
	if falochron.KindOf(err) != falochron.NotFound || !strings.Contains(falochron.HintOf(err), "--label falochron.shop="+s.name) {
		t.Errorf("no template: %v, hint %q", err, falochron.HintOf(err))
	}
}
