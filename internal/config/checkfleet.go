package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxReplicas is the most that anybody may order.
const maxReplicas = 10_000

var (
	engineName   = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	ownerName    = regexp.MustCompile(`^[a-z0-9.-]{1,40}$`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	dnsLabel     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	workloadName = regexp.MustCompile(`^(deployment|statefulset)/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)
)

// fleet checks what concerns all drivers, and the section of every driver that is written:
// a fault in one that is not in use yet is found before the evening when it is.
func (d *decoder) fleet(key string, s *Shop) {
	f := &s.Fleet
	d.oneOf(key+".driver", f.Driver, FleetNone, FleetProcesses, FleetDocker, FleetKubernetes, FleetWebhook, FleetExternal)
	d.oneOf(key+".mode", f.Mode, FleetAdvise, FleetAct)
	within(d, key+".min", f.Min, 1, maxReplicas)
	if f.Max != 0 {
		within(d, key+".max", f.Max, max(f.Min, 1), maxReplicas)
	}
	for _, a := range []struct {
		name  string
		value Amount
	}{{".cost", f.Cost}, {".budget_hour", f.BudgetHour}, {".budget_campaign", f.BudgetCampaign}} {
		d.amount(key+a.name, a.value, 1e9)
	}
	switch least := f.Cost * Amount(f.Min); {
	case f.Cost <= 0 && f.BudgetHour > 0:
		d.fault(key+".budget_hour", written(f.BudgetHour), "needs cost", "say what one replica costs an hour")
	case f.Cost <= 0 && f.BudgetCampaign > 0:
		d.fault(key+".budget_campaign", written(f.BudgetCampaign), "needs cost", "say what one replica costs an hour")
	case f.BudgetHour > 0 && f.BudgetHour < least:
		d.fault(key+".budget_hour", written(f.BudgetHour), fmt.Sprintf("does not pay for min: %s an hour", written(least)), "raise it, or lower min")
	}
	within(d, key+".target_wait", f.TargetWait, time.Second, 24*time.Hour)
	within(d, key+".start", f.Start, time.Second, time.Hour)
	within(d, key+".slow_start", f.SlowStart, 0, 10*time.Minute)
	within(d, key+".drain", f.Drain, 0, time.Hour)
	within(d, key+".hold", f.Hold, time.Minute, 24*time.Hour)
	d.processes(key+".processes", f)
	d.docker(key+".docker", f)
	d.kubernetes(key+".kubernetes", f)
	d.webhook(key+".webhook", f)
	d.external(key+".external", f)
}

// needed faults what the chosen driver cannot do without.
func (d *decoder) needed(f *Fleet, driver, key, value, hint string) {
	if f.Driver == driver && value == "" {
		d.fault(key, "", "is needed with driver: "+driver, hint)
	}
}

func (d *decoder) processes(key string, f *Fleet) {
	p := &f.Processes
	d.needed(f, FleetProcesses, key+".command", strings.Join(p.Command, " "), `for example command: [php, -S, "127.0.0.1:{port}", -t, public]`)
	if len(p.Command) > 0 && p.Command[0] == "" {
		d.fault(key+".command[0]", `""`, "may not be empty", "the program's name or path")
	}
	for i, e := range p.Environment {
		if !variableName.MatchString(e) {
			d.fault(fmt.Sprintf("%s.environment[%d]", key, i), "", "must be NAME=value", "") // the value may be secret
		}
	}
	if p.FirstPort != 0 || p.LastPort != 0 || f.Driver == FleetProcesses {
		within(d, key+".first_port", p.FirstPort, 1, 65535)
		within(d, key+".last_port", p.LastPort, max(p.FirstPort, 1), min(max(p.FirstPort, 1)+maxReplicas-1, 65535))
		if n, most := p.LastPort-p.FirstPort+1, max(f.Min, f.Max); f.Driver == FleetProcesses && n > 0 && n < most {
			d.fault(key+".last_port", strconv.Itoa(p.LastPort), fmt.Sprintf("leaves %d ports for %d replicas", n, most), "each copy has a port of its own")
		}
	}
	d.path(key+".health", p.Health)
	within(d, key+".start_timeout", p.StartTimeout, time.Second, time.Hour)
	within(d, key+".stop_timeout", p.StopTimeout, 0, time.Hour)
	within(d, key+".nice", p.Nice, 0, 19)
	atLeast(d, key+".open_files", p.OpenFiles, 0)
}

func (d *decoder) docker(key string, f *Fleet) {
	c := &f.Docker
	if c.Label != "" && (strings.IndexByte(c.Label, '=') < 1 || c.Project != "" || c.Service != "") {
		d.fault(key+".label", strconv.Quote(c.Label), "must be key=value, without project and service", "a container is chosen in one way")
	}
	if (c.Project == "") != (c.Service == "") {
		d.fault(key+".service", strconv.Quote(c.Service), "and project must both be there or both be empty", "as docker compose ps shows them")
	}
	if !ownerName.MatchString(c.Owner) {
		d.fault(key+".owner", strconv.Quote(c.Owner), "must be 1 to 40 of a-z, 0-9, - and .", "")
	}
	names := map[string]string{}
	for i, h := range c.Hosts {
		d.dockerHost(fmt.Sprintf("%s.hosts[%d]", key, i), h, c.Network)
		d.unique(names, fmt.Sprintf("%s.hosts[%d].name", key, i), h.Name, "give each engine its own")
	}
	within(d, key+".port", c.Port, 0, 65535)
	d.oneOf(key+".health", c.Health, "auto", "healthcheck", "port")
	d.path(key+".path", c.Path)
	atLeast(d, key+".memory", c.Memory, 0)
	within(d, key+".cpus", c.CPUs, 0, 1024)
	within(d, key+".stop", c.Stop, 0, time.Hour)
	within(d, key+".start_timeout", c.StartTimeout, time.Second, time.Hour)
	within(d, key+".timeout", c.Timeout, 100*time.Millisecond, time.Minute)
	within(d, key+".gone", c.Gone, time.Second, time.Hour)
}

func (d *decoder) dockerHost(key string, h DockerHost, network string) {
	if !engineName.MatchString(h.Name) {
		d.fault(key+".name", strconv.Quote(h.Name), "must be 1 to 40 of a-z, 0-9 and -", "")
	}
	files := 0
	for _, f := range []struct{ name, value string }{{".ca", h.CA}, {".cert", h.Cert}, {".key", h.Key}} {
		d.secretFile(key+f.name, f.value)
		if f.value != "" {
			files++
		}
	}
	if files != 0 && files != 3 {
		d.fault(key, "", "needs ca, cert and key, or none of them", "the engine's authority, our certificate and its key, PEM")
	}
	within(d, key+".most", h.Most, 0, maxReplicas)
	publish, err := netip.ParseAddr(h.Publish)
	if h.Publish != "" && (err != nil || publish.IsUnspecified()) {
		d.fault(key+".publish", strconv.Quote(h.Publish), "must be one address of the engine's machine", "all addresses would open the replicas to everybody")
	}
	u, err := url.Parse(h.Address)
	switch {
	case h.Address == "" || err == nil && u.Scheme == "unix" && u.Host == "" && strings.HasPrefix(u.Path, "/"):
		if files > 0 {
			d.fault(key+".address", strconv.Quote(h.Address), "needs no certificates", "they are for tcp://")
		}
	case err != nil || u.Scheme != "tcp" || u.Port() == "" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "":
		d.fault(key+".address", "", "must be unix:///path or tcp://host:port", "for example unix:///var/run/docker.sock")
	default:
		local := isLoopback(u.Hostname())
		if files == 0 && !local {
			d.fault(key+".address", strconv.Quote(h.Address), "needs ca, cert and key", "whoever reaches an engine without them is root on its machine")
		}
		if !local && h.Publish == "" && network == "" {
			d.fault(key+".publish", `""`, "is needed for an engine on another machine", "its address where the edge reaches the replicas; or name a network")
		}
	}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (d *decoder) kubernetes(key string, f *Fleet) {
	k := &f.Kubernetes
	d.secretFile(key+".kubeconfig", k.Kubeconfig)
	if k.Context != "" && k.Kubeconfig == "" {
		d.fault(key+".context", strconv.Quote(k.Context), "needs kubeconfig", "a pod's own account has no contexts")
	}
	d.needed(f, FleetKubernetes, key+".workload", k.Workload, "deployment/NAME or statefulset/NAME")
	if k.Workload != "" && !workloadName.MatchString(k.Workload) {
		d.fault(key+".workload", strconv.Quote(k.Workload), "must be deployment/NAME or statefulset/NAME", "")
	}
	for _, n := range []struct{ name, value string }{{".namespace", k.Namespace}, {".service", k.Service}} {
		if n.value != "" && (len(n.value) > 63 || !dnsLabel.MatchString(n.value)) {
			d.fault(key+n.name, strconv.Quote(n.value), "must be 1 to 63 of a-z, 0-9 and -", "")
		}
	}
	d.oneOf(key+".scheme", k.Scheme, "http", "https")
	d.oneOf(key+".reach", k.Reach, "pods", "service")
	number, err := strconv.Atoi(k.Port)
	switch {
	case k.Port != "" && err == nil:
		within(d, key+".port", number, 1, 65535)
	case f.Driver == FleetKubernetes && k.Service == "" && k.Reach == "pods":
		d.fault(key+".port", strconv.Quote(k.Port), "must be a number where pods are reached without a service", "the container's port, or name the service")
	}
	within(d, key+".timeout", k.Timeout, 100*time.Millisecond, time.Minute)
}

func (d *decoder) webhook(key string, f *Fleet) {
	w := &f.Webhook
	if f.Driver == FleetWebhook {
		if w.URL == nil {
			d.fault(key+".url", "", "is needed with driver: webhook", "for example https://panel.hosting.example/shops/17/replicas")
		}
		d.needed(f, FleetWebhook, key+".secret", w.Secret, "the file that holds whsec_...; make one with: echo whsec_$(openssl rand -base64 32)")
	}
	if w.URL != nil && w.URL.Scheme == "http" && len(w.Allow) == 0 {
		d.fault(key+".url", strconv.Quote(w.URL.Redacted()), "must begin with https://", "or name the network it is in in allow, where nobody else listens")
	}
	if w.Secret != "" && !d.bad[key+".secret"] {
		if text, err := os.ReadFile(w.Secret); err != nil {
			d.secretFile(key+".secret", w.Secret)
		} else if raw, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "whsec_"); !ok || !isKey(raw) {
			d.fault(key+".secret", strconv.Quote(w.Secret), "holds no key", "whsec_ and 24 to 64 bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)")
		}
	}
	within(d, key+".timeout", w.Timeout, 100*time.Millisecond, time.Minute)
}

func (d *decoder) external(key string, f *Fleet) {
	e := &f.External
	if e.Listen != "" && d.hostPort(key+".listen", e.Listen) {
		if host, _, _ := net.SplitHostPort(e.Listen); !isLoopback(host) && len(e.Allow) == 0 {
			d.fault(key+".listen", strconv.Quote(e.Listen), "is not loopback, and nobody is allowed", "name the pods' network in allow, as [10.42.0.0/16]: what is told there is not encrypted")
		}
	}
	if u := e.Replicas; u != nil && (u.Scheme != "http" && u.Scheme != "https" || u.Port() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "") {
		d.fault(key+".replicas", strconv.Quote(u.Redacted()), "must be http://name:port", "for example http://shop-pods.shop.svc.cluster.local:8080")
	}
}

func isKey(text string) bool {
	b, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(b) >= 24 && len(b) <= 64
}
