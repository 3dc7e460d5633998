package docker

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"

	"github.com/falochron/falochron/internal/fleet"
)

// Observe implements [fleet.Driver]. It costs one call for each host, and one question to
// each replica that has not answered yet.
func (d *Driver) Observe(ctx context.Context) (fleet.State, error) {
	if err := ctx.Err(); err != nil {
		return fleet.State{}, d.hosts[0].fault("look at replicas", err)
	}
	u := d.underWay()
	v, err := d.look(ctx)
	if err != nil {
		return fleet.State{}, d.hosts[0].fault("look at replicas", err)
	}
	_ = d.learnAll(ctx, v) // what is not known yet is asked again by the next look
	now := time.Now()
	st := fleet.State{Time: now, Most: d.most(), Startable: -1}
	d.ask(ctx, v)
	names := map[string]bool{}
	without := 0
	var coming []*job
	for _, s := range slices.Concat(v.owners, v.own) {
		if s.counts() {
			without++
		}
		if !s.own && !s.counts() {
			continue
		}
		names[s.name] = true
		st.Replicas = append(st.Replicas, d.replica(s, u, now))
	}
	for _, j := range u.jobs {
		name, kind, why, since, _ := j.state()
		if names[name] || j.calledOff() {
			continue
		}
		coming = append(coming, j)
		r := fleet.Replica{ID: name, Own: true, Phase: fleet.Starting, Ordered: j.ordered, Since: since}
		if why != "" {
			r.Phase, r.Why = fleet.Failed, why
			st.Notes = append(st.Notes, fleet.Note{Kind: kind, Text: why})
		}
		st.Replicas = append(st.Replicas, r)
	}
	for h, err := range v.lost {
		h.mu.Lock()
		for _, s := range h.had {
			if s.own || s.counts() {
				r := d.replica(s, u, now)
				r.Phase, r.Why, r.Since = fleet.Failed, "its docker host "+h.Name+" does not answer: "+err.Error(), h.failing
				st.Replicas = append(st.Replicas, r)
			}
			if s.counts() && h.failing.Add(d.cfg.Gone).After(now) {
				without++
			}
		}
		h.mu.Unlock()
	}
	slices.SortStableFunc(st.Replicas, func(a, b fleet.Replica) int { return a.Ordered.Compare(b.Ordered) })
	st.Wanted = d.wanted(without, now)
	st.Startable = d.startable(ctx, standing{view: v, underWay: u, coming: coming})
	st.Notes = append(lostNotes(v.lost), slices.CompactFunc(st.Notes, func(a, b fleet.Note) bool { return a == b })...)
	if len(v.foreign) > 0 {
		st.Notes = append(st.Notes, fleet.Note{Kind: "foreign", Text: strangers(v.foreign)})
	}
	return st, nil
}

// replica is a container as the contract tells it.
func (d *Driver) replica(s seen, u underWay, now time.Time) fleet.Replica {
	r := fleet.Replica{ID: s.name, URL: s.url, Own: s.own, Ordered: s.ordered, Phase: fleet.Starting}
	if r.Ordered.IsZero() {
		r.Ordered = s.created
	}
	r.Since = r.Ordered
	d.mu.Lock()
	a, answered := d.answered[s.id]
	d.mu.Unlock()
	switch {
	case u.going(s):
		r.Phase, r.Since = fleet.Draining, time.Time{}
	case s.state == container.StateRestarting:
		r.Phase, r.Why = fleet.Failed, "it ends and is started again by the engine: "+s.status+" (docker logs "+s.name+")"
	case s.state == container.StatePaused:
		r.Phase, r.Why = fleet.Failed, "it is paused (docker unpause "+s.name+")"
	case s.state == container.StateCreated && now.Sub(r.Ordered) < d.cfg.Start:
	case s.dead():
		r.Phase, r.Why = fleet.Failed, "it has ended: "+s.status+" (docker logs "+s.name+")"
	case s.health == container.Unhealthy && d.cfg.Health != PortAnswers:
		r.Phase, r.Why = fleet.Failed, "its HEALTHCHECK fails: "+s.status+" (docker inspect "+s.name+")"
	case answered:
		r.Phase, r.Since = fleet.Ready, a.since
	case now.Sub(r.Ordered) >= d.cfg.Start:
		r.Phase, r.Why = fleet.Failed, fmt.Sprintf("it is not ready %s after it was ordered: %s%s", d.cfg.Start, s.status, unreachable(s))
	}
	return r
}

func unreachable(s seen) string {
	if s.url == "" {
		return ", and its port is neither published nor in the network that is configured"
	}
	return ", and nothing answers at " + s.url
}

// ask finds out who has got ready.
func (d *Driver) ask(ctx context.Context, v view) {
	var wg sync.WaitGroup
	some := make(chan struct{}, 8)
	there := map[string]bool{}
	for _, s := range slices.Concat(v.owners, v.own) {
		there[s.id] = true
		d.mu.Lock()
		a, known := d.answered[s.id]
		if known && (a.url != s.url || !s.running()) {
			delete(d.answered, s.id)
			known = false
		}
		d.mu.Unlock()
		if known || !s.running() {
			continue
		}
		wg.Go(func() {
			some <- struct{}{}
			defer func() { <-some }()
			if d.healthy(ctx, s) {
				d.note(s)
			}
		})
	}
	wg.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range d.answered {
		if !there[id] && len(v.lost) == 0 {
			delete(d.answered, id)
		}
	}
}

// note remembers that a replica takes requests.
func (d *Driver) note(s seen) {
	if s.own {
		s.host.worked()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	a := answer{url: s.url, since: time.Now()}
	if s.created.Before(d.began) && s.ordered.Before(d.began) {
		a.since = time.Time{} // since when was not seen
	}
	d.answered[s.id] = a
	if s.own && d.leaves[s.id] == nil {
		d.made[s.name] = s.host
	}
}

// healthy says that a container takes requests.
func (d *Driver) healthy(ctx context.Context, s seen) bool {
	has := s.health != "" && s.health != container.NoHealthcheck
	if has && d.cfg.Health != PortAnswers && s.health != container.Healthy {
		return false
	}
	if d.cfg.Health == HealthCheck || !s.own && s.url == "" {
		return true // how the owner reaches his own containers is his affair
	}
	return s.url != "" && d.answers(ctx, s.url)
}

// oneAnswer is how long a replica may take for its first page.
const oneAnswer = 2 * time.Second

// answers says that something speaks HTTP there and does not fail. That a connection is
// taken says nothing: an engine's proxy takes it for a container that does not listen.
func (d *Driver) answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, oneAnswer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+d.cfg.Path, nil)
	if err != nil {
		return false
	}
	req.Header.Set("User-Agent", "falochron-health")
	resp, err := d.probe.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	return resp.StatusCode < 500
}

// newProbe is a client that keeps nothing.
func newProbe() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// most is how many there may be, by what the hosts' owner has written; 0: he has not.
func (d *Driver) most() (n int) {
	for _, h := range d.hosts {
		if h.Most == 0 {
			return 0
		}
		n += h.Most
	}
	return n
}

// startable is how many more there is room for; negative: nobody knows.
func (d *Driver) startable(ctx context.Context, st standing) (n int) {
	d.mu.Lock()
	t := d.known
	d.mu.Unlock()
	if t == nil && d.most() == 0 {
		if t, _ = d.template(ctx, st.view); t == nil {
			return -1
		}
	}
	for _, h := range d.hosts {
		if st.lost[h] != nil {
			continue
		}
		if h.Most == 0 && h.size(ctx) != nil {
			return -1
		}
		free := st.room(h, t).free()
		if free < 0 {
			return -1
		}
		n += free
	}
	return n
}

func few(names []string) string {
	if len(names) > 5 {
		return strings.Join(names[:5], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}
