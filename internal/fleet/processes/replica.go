package processes

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/fleet"
)

// steady is how long a copy must have been ready for its earlier failures to be forgotten.
const steady = time.Minute

// replica is one copy of the command, over all its starts.
type replica struct {
	d      *Driver
	id     string
	port   int
	serial int
	stop   chan struct{} // closed when it is to end

	// Guarded by Driver.mu.
	leaving        bool
	phase          fleet.Phase
	ordered, since time.Time
	why            string
	failures       int // in a row
}

func (r *replica) address() string { return net.JoinHostPort(r.d.cfg.Host, strconv.Itoa(r.port)) }

// seen is the replica for callers; with Driver.mu held.
func (r *replica) seen() fleet.Replica {
	return fleet.Replica{ID: r.id, URL: "http://" + r.address(), Own: true, Phase: r.phase, Ordered: r.ordered, Since: r.since, Why: r.why}
}

func (r *replica) turnLocked(p fleet.Phase, why string) {
	if p != r.phase {
		r.since = time.Now()
	}
	r.phase, r.why = p, why
}

// live starts the command again and again until it is to end: at once after a long life,
// later and later after short ones.
func (r *replica) live() {
	for {
		began := time.Now()
		ready, why := r.once()
		r.d.mu.Lock()
		if r.leaving {
			r.d.mu.Unlock()
			return
		}
		if !ready.IsZero() && time.Since(ready) >= steady {
			r.failures = 0
		}
		r.failures++
		pause := mostPause
		if n := r.failures - 1; n < 10 {
			pause = min(r.d.cfg.firstPause<<n, mostPause)
		}
		if r.failures > 1 {
			why += fmt.Sprintf(", %d times in a row", r.failures)
		}
		why += ", next try in " + pause.String()
		r.turnLocked(fleet.Failed, why)
		r.d.mu.Unlock()
		r.d.cfg.Log.Warn("a local replica has failed", "replica", r.id, "reason", why, "after", time.Since(began).Round(time.Millisecond))
		select {
		case <-r.stop:
			return
		case <-time.After(pause):
		}
	}
}

// once is one start of the command until its end, when it was ready, and why it ended.
func (r *replica) once() (ready time.Time, why string) {
	if !r.d.free(r.port) {
		return ready, fmt.Sprintf("port %d is taken by another program", r.port)
	}
	p, err := r.d.forker.start(r)
	if err != nil {
		return ready, "could not be started: " + err.Error()
	}
	asking, enough := context.WithTimeout(context.Background(), r.d.cfg.StartTimeout)
	defer enough()
	answers := make(chan struct{})
	go func() {
		if r.answers(asking) {
			close(answers)
		}
	}()
	waiting := asking.Done()
	for {
		select {
		case <-p.ended:
			return ready, p.how()
		case <-r.stop:
			enough()
			p.end(r.d.cfg.StopTimeout)
			return ready, ""
		case <-waiting:
			p.end(r.d.cfg.StopTimeout)
			return ready, fmt.Sprintf("no answer below 500 from %s in %s", r.d.cfg.Health, r.d.cfg.StartTimeout)
		case <-answers:
			answers, waiting, ready = nil, nil, time.Now()
			r.d.mu.Lock()
			if !r.leaving {
				r.turnLocked(fleet.Ready, "")
			}
			r.d.mu.Unlock()
			r.d.cfg.Log.Info("a local replica is ready", "replica", r.id, "url", "http://"+r.address())
		}
	}
}

// answers asks until the copy is ready; false when there is no time left.
func (r *replica) answers(ctx context.Context) bool {
	pause := 50 * time.Millisecond
	for {
		if r.asks(ctx) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
		pause = min(pause*3/2, time.Second)
	}
}

func (r *replica) asks(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.address()+r.d.cfg.Health, nil)
	if err != nil {
		return false
	}
	resp, err := r.d.client.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close() // its head is all that counts
	return resp.StatusCode < 500
}

// arguments are the command's with the port.
func (r *replica) arguments() []string {
	out := make([]string, len(r.d.cfg.Command))
	for i, a := range r.d.cfg.Command {
		out[i] = strings.ReplaceAll(a, "{port}", strconv.Itoa(r.port))
	}
	out[0] = r.d.program()
	return out
}

// program is the command's path: one relative to the folder is meant from there.
func (d *Driver) program() string {
	name := d.cfg.Command[0]
	if d.cfg.Folder != "" && strings.Contains(name, "/") && !filepath.IsAbs(name) {
		return filepath.Join(d.cfg.Folder, name)
	}
	return name
}
