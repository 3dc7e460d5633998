package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// seen is a container of the shop as a list shows it.
type seen struct {
	host    *host
	id      string
	name    string // without the mark of leaving
	own     bool
	leaving bool // its name says so
	state   container.ContainerState
	status  string // "Up 2 minutes (healthy)"
	health  container.HealthStatus
	created time.Time
	ordered time.Time // own ones
	number  int       // of a Compose service
	url     string    // where it is reached; empty: it is not
	image   string
}

// running says that there is a process; whether it answers is another question.
func (s seen) running() bool { return s.state == container.StateRunning }

// dead says that the engine does not start it again by itself.
func (s seen) dead() bool {
	return s.state == container.StateExited || s.state == container.StateDead || s.state == container.StateCreated
}

// view is what there is on all hosts that answered.
type view struct {
	own     []seen
	owners  []seen // the owner's, in whatever state
	foreign []string
	lost    map[*host]error // hosts that did not answer
}

// counts says that an owner's container takes part, or will by itself.
func (s seen) counts() bool {
	return !s.own && !s.dead() && s.state != container.StateRemoving
}

// look asks all hosts at once, one call each. It fails only if none answers.
func (d *Driver) look(ctx context.Context) (view, error) {
	v := view{lost: map[*host]error{}}
	type answer struct {
		seen    []seen
		foreign []string
		err     error
	}
	answers := make([]answer, len(d.hosts))
	var wg sync.WaitGroup
	for i, h := range d.hosts {
		wg.Go(func() { answers[i].seen, answers[i].foreign, answers[i].err = d.list(ctx, h) })
	}
	wg.Wait()
	for i, h := range d.hosts {
		a := answers[i]
		if a.err != nil {
			v.lost[h] = a.err
			continue
		}
		for _, s := range a.seen {
			if s.own {
				v.own = append(v.own, s)
			} else {
				v.owners = append(v.owners, s)
			}
		}
		v.foreign = append(v.foreign, a.foreign...)
	}
	if len(v.lost) == len(d.hosts) {
		return v, answers[0].err
	}
	return v, ctx.Err()
}

// list asks one host for the shop's containers. Whose they are is judged here again, by
// their labels: what stands between us and the engine may filter as it likes.
func (d *Driver) list(ctx context.Context, h *host) (all []seen, foreign []string, err error) {
	filters := client.Filters{}
	for key, value := range d.selector {
		filters.Add("label", key+"="+value)
	}
	err = h.read(ctx, "list the shop's containers", func(ctx context.Context) error {
		found, err := h.cli.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
		if err != nil {
			return err
		}
		if found.Items == nil {
			return errors.New("there is no list in the answer")
		}
		all, foreign = nil, nil
		for _, c := range found.Items {
			switch s, whose := d.judge(h, c); whose {
			case others:
				foreign = append(foreign, s.name)
			case owners, own:
				all = append(all, s)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(all, func(a, b seen) int {
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.name, b.name))
	})
	h.mu.Lock()
	h.had = all
	h.mu.Unlock()
	return all, foreign, nil
}

// whose a container is.
type whose int

const (
	nobodys whose = iota // not of this shop
	owners
	own
	others // another program's replica, or a copy of one of ours
)

func (d *Driver) judge(h *host, c container.Summary) (seen, whose) {
	name := nameOf(c)
	if c.ID == "" || name == "" {
		return seen{}, nobodys
	}
	for key, value := range d.selector {
		if c.Labels[key] != value {
			return seen{}, nobodys
		}
	}
	s := seen{host: h, id: c.ID, state: c.State, status: c.Status, created: time.Unix(c.Created, 0), image: c.Image, health: healthOf(c)}
	s.name, s.leaving = splitName(name)
	s.number, _ = strconv.Atoi(c.Labels[composeNumber])
	s.url = d.url(h, c)
	switch {
	case c.Labels[labelOwner] == "":
		s.name, s.leaving = name, false
		return s, owners
	case !d.cfg.ours(c.Labels, name) || c.Labels[labelOf] != d.cfg.Shop:
		s.name = name
		return s, others
	}
	s.own, s.ordered = true, read(c.Labels[labelOrdered])
	return s, own
}

// nameOf is a container's own name; links to it are names with a slash inside.
func nameOf(c container.Summary) string {
	for _, n := range c.Names {
		if n = strings.TrimPrefix(n, "/"); !strings.Contains(n, "/") {
			return n
		}
	}
	return ""
}

// healthOf is what the HEALTHCHECK says: newer engines have a field for it, older ones
// only words in the status.
func healthOf(c container.Summary) container.HealthStatus {
	switch {
	case c.Health != nil && c.Health.Status != "":
		return c.Health.Status
	case strings.HasSuffix(c.Status, "(healthy)"):
		return container.Healthy
	case strings.HasSuffix(c.Status, "(unhealthy)"):
		return container.Unhealthy
	case strings.HasSuffix(c.Status, "(health: starting)"):
		return container.Starting
	}
	return container.NoHealthcheck
}

// url is where a container is reached, or empty.
func (d *Driver) url(h *host, c container.Summary) string {
	port := d.portOf(c.Labels, c.Ports)
	if port == 0 {
		return ""
	}
	if d.cfg.Network != "" {
		if c.NetworkSettings == nil {
			return ""
		}
		at := c.NetworkSettings.Networks[d.cfg.Network]
		if at == nil || !at.IPAddress.IsValid() {
			return ""
		}
		return "http://" + net.JoinHostPort(at.IPAddress.String(), strconv.Itoa(port))
	}
	for _, p := range c.Ports {
		if int(p.PrivatePort) == port && p.Type == "tcp" && p.PublicPort != 0 && (p.IP == h.publish() || c.Labels[labelOwner] == "" && p.IP.IsValid() && p.IP.Is4()) {
			at := p.IP.String()
			if p.IP.IsUnspecified() || p.IP == h.publish() {
				at = h.reached()
			}
			return "http://" + net.JoinHostPort(at, strconv.Itoa(int(p.PublicPort)))
		}
	}
	return ""
}

// portOf is the port inside a container: as configured, as labelled, or its only one.
func (d *Driver) portOf(labels map[string]string, ports []container.PortSummary) int {
	if d.cfg.Port > 0 {
		return d.cfg.Port
	}
	if n, err := strconv.Atoi(labels[labelPort]); err == nil && n > 0 && n < 65536 {
		return n
	}
	only := 0
	for _, p := range ports {
		switch n := int(p.PrivatePort); {
		case p.Type != "tcp" || n == only:
		case only != 0:
			return 0
		default:
			only = n
		}
	}
	return only
}

// strangers says whose containers look like ours and are not.
func strangers(names []string) string {
	slices.Sort(names)
	few := names[:min(len(names), 5)]
	return fmt.Sprintf("%d containers carry the shop's labels and are another program's replicas, or copies of ours: %s; they are left alone and not counted", len(names), strings.Join(few, ", "))
}
