package config

import (
	"net/netip"
	"net/url"
	"time"
)

// The drivers of replicas, values of [Fleet.Driver].
const (
	FleetNone       = "none"
	FleetProcesses  = "processes"
	FleetDocker     = "docker"
	FleetKubernetes = "kubernetes"
	FleetWebhook    = "webhook"
	FleetExternal   = "external"
)

// The modes of a fleet, values of [Fleet.Mode].
const (
	FleetAdvise = "advise"
	FleetAct    = "act"
)

// Fleet is what starts and stops replicas of one shop, and how far it may go. Changing it
// needs a restart.
type Fleet struct {
	// Driver says how the shop is run: none, processes, docker, kubernetes, webhook or
	// external. Default none, which means that replicas are somebody else's affair.
	Driver string `yaml:"driver"`
	// Mode is advise or act. Default advise: it is said what would be ordered, and nothing
	// is.
	Mode string `yaml:"mode"`
	// Min is the fewest replicas, in calm. Default 1. From 1 to 10,000; zero is refused: a
	// shop without a replica sells nothing.
	Min int `yaml:"min"`
	// Max is the most. Default 0, which means ten times Min. From Min to 10,000.
	Max int `yaml:"max"`
	// Cost is what one replica costs an hour, in your money. Default 0, which means
	// nothing: then no budget binds.
	Cost Amount `yaml:"cost"`
	// BudgetHour is what all replicas together may cost an hour. Default 0, which means no
	// such bound. It must pay for Min.
	BudgetHour Amount `yaml:"budget_hour"`
	// BudgetCampaign is what the replicas beyond Min may cost in one campaign. Default 0,
	// which means no such bound.
	BudgetCampaign Amount `yaml:"budget_campaign"`
	// TargetWait is how long somebody may wait in line once the replicas ordered for it
	// are ready. Default 1m. From 1s to 24h; zero is refused.
	TargetWait time.Duration `yaml:"target_wait"`
	// Start is how long a replica takes from the order until it is ready, as long as none
	// was measured. Default 1m. From 1s to 1h; zero is refused.
	Start time.Duration `yaml:"start"`
	// SlowStart is how long a replica that is ready gets fewer requests than the others,
	// more and more. Default 10s. At most 10m. Zero means that it gets its whole share at
	// once, cold as it is.
	SlowStart time.Duration `yaml:"slow_start"`
	// Drain is how long a replica that has to go keeps the visitors it has. Default 5m. At
	// most 1h. Zero means that they are moved at once; requests under way are not cut.
	Drain time.Duration `yaml:"drain"`
	// Hold is how long an order is good that is not given again: if this program is gone
	// for so long, what it raised goes down. Default 10m. From 1m to 24h; zero is refused.
	Hold time.Duration `yaml:"hold"`
	// Processes are copies of a command on this machine.
	Processes Processes `yaml:"processes"`
	// Docker is containers of one or several engines.
	Docker Docker `yaml:"docker"`
	// Kubernetes is pods of a Deployment or StatefulSet.
	Kubernetes Kubernetes `yaml:"kubernetes"`
	// Webhook is the host's own API.
	Webhook Webhook `yaml:"webhook"`
	// External is an autoscaler that stays in charge, and asks us.
	External External `yaml:"external"`
}

// Most is the most replicas there may be: Max, or ten times Min.
func (f Fleet) Most() int {
	if f.Max > 0 {
		return f.Max
	}
	return min(10*f.Min, maxReplicas)
}

// Processes are copies of a command on this machine.
type Processes struct {
	// Command is the program with its arguments, one by one; no shell reads them. {port}
	// stands for the copy's port, which is in the variable PORT as well. Default empty;
	// needed with this driver.
	Command []string `yaml:"command"`
	// Folder is the folder it runs in. Default empty, which means ours.
	Folder string `yaml:"folder"`
	// Environment are further variables, NAME=value. Default none: it gets PATH, HOME,
	// LANG, TZ, TMPDIR, USER and PORT and nothing else of ours.
	Environment []string `yaml:"environment"`
	// FirstPort and LastPort are the range the copies' ports are taken from, one each.
	// Default 0, which is refused with this driver. From 1 to 65535, at most 10,000 ports.
	FirstPort int `yaml:"first_port"`
	// LastPort is the last port of the range. Default 0, which is refused with this driver.
	LastPort int `yaml:"last_port"`
	// Health is asked with GET; an answer below 500 means that the copy is ready. Default
	// "/".
	Health string `yaml:"health"`
	// StartTimeout is how long a copy may take to be ready before it counts as failed.
	// Default 1m. From 1s to 1h; zero is refused.
	StartTimeout time.Duration `yaml:"start_timeout"`
	// StopTimeout is how long a copy may take to end after SIGTERM before it is killed.
	// Default 30s. At most 1h. Zero means that it is killed at once.
	StopTimeout time.Duration `yaml:"stop_timeout"`
	// Nice is added to the niceness of the copies, so that the edge stays quick on a
	// machine they fill. Default 5. From 0 to 19. Zero means none.
	Nice int `yaml:"nice"`
	// OpenFiles bounds the files one copy may have open. Default 0, which means as many as
	// we may.
	OpenFiles int `yaml:"open_files"`
}

// Docker is containers of one or several engines.
type Docker struct {
	// Label marks the container that is copied, "key=value". Default empty, which means
	// falochron.shop=NAME with the shop's name. Not with Project and Service.
	Label string `yaml:"label"`
	// Project is the Compose project of the service that is copied. Default empty.
	Project string `yaml:"project"`
	// Service is the Compose service that is copied. Default empty. Both or none.
	Service string `yaml:"service"`
	// Owner is kept with what we make; what carries another one is never touched. Default
	// falochron. 1 to 40 of a-z, 0-9, "-" and "."; two installations that copy the same
	// shop on one engine need two.
	Owner string `yaml:"owner"`
	// Hosts are the engines. Default: none, which means the one at
	// unix:///var/run/docker.sock.
	Hosts []DockerHost `yaml:"hosts"`
	// Port is the port inside the container. Default 0, which means the container's label
	// falochron.port, or the only TCP port it exposes.
	Port int `yaml:"port"`
	// Network is a Docker network in which replicas are reached at their own address.
	// Default empty, which means that their port is published.
	Network string `yaml:"network"`
	// Health is auto, healthcheck or port: how it is known that a replica is ready.
	// Default auto: by the image's HEALTHCHECK where it has one, and by the port.
	Health string `yaml:"health"`
	// Path is asked to see whether the port answers; any answer below 500 counts. Default
	// "/".
	Path string `yaml:"path"`
	// Memory bounds one replica. Default 0, which means as the container that is copied.
	Memory Size `yaml:"memory"`
	// CPUs bounds one replica, in cores. Default 0, which means as the container that is
	// copied. At most 1024.
	CPUs Amount `yaml:"cpus"`
	// Stop is the time between the mark that a replica drains and the engine's order to
	// stop. Default 30s. At most 1h. Zero means none.
	Stop time.Duration `yaml:"stop"`
	// StartTimeout is how long a replica may take to be ready before it counts as failed.
	// Default 3m. From 1s to 1h; zero is refused.
	StartTimeout time.Duration `yaml:"start_timeout"`
	// Timeout bounds one call to an engine. Default 5s. From 100ms to 1m; zero is refused.
	Timeout time.Duration `yaml:"timeout"`
	// Gone is how long an engine may not answer before its replicas are made elsewhere.
	// Default 10s. From 1s to 1h; zero is refused.
	Gone time.Duration `yaml:"gone"`
}

// DockerHost is one engine.
type DockerHost struct {
	// Name is its name in notes and metrics: 1 to 40 of a-z, 0-9 and "-". No default.
	Name string `yaml:"name"`
	// Address is unix:///path or tcp://host:port. Default unix:///var/run/docker.sock. Tcp
	// without certificates only to a loopback address.
	Address string `yaml:"address"`
	// CA is the file of the engine's authority, PEM. Default empty. CA, Cert and Key: all
	// or none.
	CA string `yaml:"ca"`
	// Cert is the file of our certificate, PEM. Default empty.
	Cert string `yaml:"cert"`
	// Key is the file of its private key, PEM. Default empty.
	Key string `yaml:"key"`
	// Publish is the address where replicas' ports are published. Default empty, which
	// means 127.0.0.1 for engines on this machine; others need one, or a network.
	Publish string `yaml:"publish"`
	// Most is the most replicas there, yours included. Default 0, which means as many as
	// memory and CPU allow. At most 10,000.
	Most int `yaml:"most"`
}

// Kubernetes is pods of a Deployment or StatefulSet.
type Kubernetes struct {
	// Kubeconfig is the file with address and credentials of the API server. Default
	// empty, which means the pod's own service account.
	Kubeconfig string `yaml:"kubeconfig"`
	// Context is which context of that file. Default empty, which means its current one.
	Context string `yaml:"context"`
	// Namespace is the shop's. Default empty, which means the pod's own or the context's.
	Namespace string `yaml:"namespace"`
	// Workload is deployment/NAME or statefulset/NAME. Default empty; needed with this
	// driver.
	Workload string `yaml:"workload"`
	// Service is the Service whose EndpointSlices say which pods serve. Default empty,
	// which means the workload's pods by their own condition.
	Service string `yaml:"service"`
	// Port is the name or number of the port. Default empty, which means the Service's
	// first one; needed as a number without a Service where pods are reached.
	Port string `yaml:"port"`
	// Scheme is http or https, of the replicas' addresses. Default http.
	Scheme string `yaml:"scheme"`
	// Reach is pods or service: whether the edge talks to each pod or through the Service,
	// which is then named in origins. Default pods.
	Reach string `yaml:"reach"`
	// RaiseMaximum lets an autoscaler's maximum be raised, and given back. Default false:
	// orders are cut to it.
	RaiseMaximum bool `yaml:"raise_maximum"`
	// Startable has it counted how many pods could start without a new node, for which all
	// nodes and pods are read. Default false.
	Startable bool `yaml:"startable"`
	// Timeout bounds one call to the API server. Default 5s. From 100ms to 1m; zero is
	// refused.
	Timeout time.Duration `yaml:"timeout"`
}

// Webhook is the host's own API.
type Webhook struct {
	// URL takes the orders, by POST, and says what there is, by GET. Default empty; needed
	// with this driver. With https, unless its network is in Allow.
	URL *url.URL `yaml:"url"`
	// Secret is the file of the key that orders are signed with: whsec_ and at least 24
	// bytes in base64, as Standard Webhooks has it. Default empty; needed with this driver.
	Secret string `yaml:"secret"`
	// Allow are the networks the address may be in besides the public internet. Default:
	// none.
	Allow []netip.Prefix `yaml:"allow"`
	// Timeout bounds one call. Default 10s. From 100ms to 1m; zero is refused.
	Timeout time.Duration `yaml:"timeout"`
}

// External is an autoscaler that stays in charge, and asks us.
type External struct {
	// Listen is the address, host:port, where KEDA asks by gRPC, as an external scaler of
	// its. Default empty, which means that the number is told at the operators' listener
	// only. Each shop has its own.
	Listen string `yaml:"listen"`
	// Allow are the networks that may ask there besides this machine. Default: none; needed
	// where Listen is not loopback.
	Allow []netip.Prefix `yaml:"allow"`
	// Replicas is where the replicas are reached one by one: a URL whose name has the
	// address of each that is ready, as a headless Service's has. Default empty, which means
	// that the shop's origins are all its replicas.
	Replicas *url.URL `yaml:"replicas"`
}

// defaultFleet is the part of [Default] that is the fleet's.
func defaultFleet() Fleet {
	return Fleet{
		Driver: FleetNone, Mode: FleetAdvise, Min: 1,
		TargetWait: time.Minute, Start: time.Minute, SlowStart: 10 * time.Second, Drain: 5 * time.Minute, Hold: 10 * time.Minute,
		Processes:  Processes{Health: "/", StartTimeout: time.Minute, StopTimeout: 30 * time.Second, Nice: 5},
		Docker:     Docker{Owner: "falochron", Health: "auto", Path: "/", Stop: 30 * time.Second, StartTimeout: 3 * time.Minute, Timeout: 5 * time.Second, Gone: 10 * time.Second},
		Kubernetes: Kubernetes{Scheme: "http", Reach: "pods", Timeout: 5 * time.Second},
		Webhook:    Webhook{Timeout: 10 * time.Second},
	}
}
