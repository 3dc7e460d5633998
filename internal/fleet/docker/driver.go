package docker

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/falochron/falochron/internal/fleet"
)

// Name is the driver's name in the configuration.
const Name = "docker"

// Driver runs the replicas of one shop in containers. Use [New].
type Driver struct {
	cfg      Config
	selector map[string]string
	hosts    []*host
	probe    *http.Client

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	work   sync.WaitGroup
	making chan struct{} // at most so many replicas are made at once
	orders chan struct{} // one order at a time

	mu     sync.Mutex
	jobs   []*job            // ordered, not started yet
	leaves map[string]*leave // on their way out, by id
	made   map[string]*host  // started from here, by name, until they are seen to leave
	known  *template         // what was copied last
	// answered are the URLs at which replicas have answered, by id, and since when.
	answered map[string]answer
	began    time.Time
}

// answer is that a replica takes requests.
type answer struct {
	url   string
	since time.Time // zero: it did before we looked
}

var _ fleet.Driver = (*Driver)(nil)

// atOnce bounds the replicas that are made at once, on all hosts: an engine makes two as
// fast as one, and ten hardly faster than two (measured, on two cores).
const atOnce = 4

// New makes a driver. It calls nobody. Errors are of kind Invalid, joined.
func New(cfg Config) (*Driver, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	d := &Driver{
		cfg: cfg, selector: cfg.selector(), making: make(chan struct{}, atOnce), orders: make(chan struct{}, 1),
		leaves: map[string]*leave{}, made: map[string]*host{}, answered: map[string]answer{}, began: time.Now(),
		probe: newProbe(),
	}
	for _, h := range cfg.Hosts {
		host, err := newHost(h, cfg.Timeout)
		if err != nil {
			return nil, err
		}
		d.hosts = append(d.hosts, host)
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d, nil
}

// Name implements [fleet.Driver].
func (d *Driver) Name() string { return Name }

// Close ends what is under way. Replicas go on; what is half made or half gone the next
// program finds by its labels.
func (d *Driver) Close() error {
	d.cancel()
	d.orders <- struct{}{}
	defer func() { <-d.orders }()
	d.work.Wait()
	var faults []error
	for _, h := range d.hosts {
		faults = append(faults, h.cli.Close())
	}
	d.probe.CloseIdleConnections()
	return errors.Join(faults...)
}

// enter lets one order at a time be given.
func (d *Driver) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return d.hosts[0].fault("order replicas", err)
	}
	select {
	case d.orders <- struct{}{}:
	case <-ctx.Done():
		return d.hosts[0].fault("order replicas", ctx.Err())
	}
	if err := d.ctx.Err(); err != nil {
		<-d.orders
		return d.hosts[0].fault("order replicas", err)
	}
	return nil
}

func (d *Driver) exit() { <-d.orders }

// underWay is what is being done at one moment.
type underWay struct {
	jobs   []*job
	leaves map[string]*leave // by id
	back   map[string]bool   // ids of those that were on their way out and stay
	off    map[string]bool   // names of jobs that were called off: what they have made is removed
}

// underWay must be asked for before a list is: what has ended meanwhile is then in both,
// and counted once by its name; asked for after it, it could be in neither.
func (d *Driver) underWay() underWay {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := underWay{jobs: slices.Clone(d.jobs), leaves: map[string]*leave{}, back: map[string]bool{}, off: map[string]bool{}}
	for id, l := range d.leaves {
		if l.staying && l.again == nil {
			u.back[id] = true
		} else {
			u.leaves[id] = l
		}
	}
	for _, j := range u.jobs {
		if name, _, _, _, _ := j.state(); j.calledOff() {
			u.off[name] = true
		}
	}
	return u
}

// going says that a container is on its way out.
func (u underWay) going(s seen) bool {
	return !u.back[s.id] && (s.leaving || u.leaves[s.id] != nil || u.off[s.name])
}
