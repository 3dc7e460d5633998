package main

import (
	"cmp"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/docker"
	"github.com/falochron/falochron/internal/fleet/external"
	"github.com/falochron/falochron/internal/fleet/kubernetes"
	"github.com/falochron/falochron/internal/fleet/processes"
	"github.com/falochron/falochron/internal/fleet/webhook"
)

// openFleet makes a shop's driver of replicas from its section of the file; nil where
// replicas are somebody else's affair, or are scaled by somebody who asks a running
// falochron.
func openFleet(s *config.Shop, data string, log *slog.Logger) (fleet.Driver, error) {
	f := &s.Fleet
	switch f.Driver {
	case config.FleetProcesses:
		return processes.New(processesConfig(f, filepath.Join(data, "fleet", s.Name), log.With("shop", s.Name)))
	case config.FleetWebhook:
		c, err := webhookConfig(f)
		if err != nil {
			return nil, err
		}
		return webhook.New(c)
	case config.FleetKubernetes:
		return kubernetes.New(kubernetesConfig(f))
	case config.FleetDocker:
		return docker.New(dockerConfig(s))
	}
	return nil, nil
}

func processesConfig(f *config.Fleet, state string, log *slog.Logger) processes.Config {
	p := &f.Processes
	stop := p.StopTimeout
	if stop == 0 {
		stop = -1
	}
	return processes.Config{
		Command: p.Command, Folder: p.Folder, Environment: p.Environment, FirstPort: p.FirstPort, LastPort: p.LastPort,
		Base: f.Min, Health: p.Health, StartTimeout: p.StartTimeout, StopTimeout: stop, Nice: p.Nice, OpenFiles: p.OpenFiles,
		State: state, Log: log,
	}
}

func kubernetesConfig(f *config.Fleet) kubernetes.Config {
	k := &f.Kubernetes
	return kubernetes.Config{
		Kubeconfig: k.Kubeconfig, Context: k.Context, Namespace: k.Namespace, Workload: k.Workload, Service: k.Service, Port: k.Port,
		Scheme: k.Scheme, Reach: k.Reach, RaiseMaximum: k.RaiseMaximum, Startable: k.Startable, Timeout: k.Timeout,
	}
}

func dockerConfig(s *config.Shop) docker.Config {
	d := &s.Fleet.Docker
	c := docker.DefaultConfig(s.Name)
	c.Owner, c.Label, c.Project, c.Service = d.Owner, d.Label, d.Project, d.Service
	c.Port, c.Network, c.Health, c.Path = d.Port, d.Network, docker.Health(d.Health), d.Path
	c.Memory, c.CPUs = int64(d.Memory), float64(d.CPUs)
	c.Drain, c.Start, c.Timeout, c.Gone = d.Stop, d.StartTimeout, d.Timeout, d.Gone
	if len(d.Hosts) > 0 {
		c.Hosts = nil
	}
	for _, h := range d.Hosts {
		c.Hosts = append(c.Hosts, docker.Host{Name: h.Name, Address: cmp.Or(h.Address, docker.LocalSocket), CA: h.CA, Cert: h.Cert, Key: h.Key, Publish: h.Publish, Most: h.Most})
	}
	return c
}

// externalConfig is for an autoscaler that asks; origins are the replicas that the edge
// knows of a shop.
func externalConfig(s *config.Shop, origins func() []falochron.ReplicaVitals, log *slog.Logger) external.Config {
	e := &s.Fleet.External
	return external.Config{Shop: s.Name, Listen: e.Listen, Allow: e.Allow, Replicas: e.Replicas, Origins: origins, Log: log}
}

func webhookConfig(f *config.Fleet) (webhook.Config, error) {
	w := &f.Webhook
	text, err := os.ReadFile(w.Secret)
	if err != nil {
		return webhook.Config{}, &falochron.Error{Kind: falochron.Invalid, Op: "read the key of the host's API", Public: "the file fleet.webhook.secret names cannot be read",
			Hint: "the user that runs falochron must be able to read it, and nobody else", Err: errors.Unwrap(err)}
	}
	key, err := webhook.ParseKey(string(text))
	if err != nil {
		return webhook.Config{}, err
	}
	return webhook.Config{URL: w.URL.String(), Key: key, Allow: w.Allow, Timeout: w.Timeout}, nil
}
