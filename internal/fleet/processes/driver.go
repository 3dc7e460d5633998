package processes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Driver runs copies of a command. It is safe for concurrent use.
type Driver struct {
	cfg    Config
	client *http.Client
	forker *forker
	notes  *ledger
	lives  sync.WaitGroup // of replicas

	mu       sync.Mutex // guards the following fields and those of every replica
	closed   bool
	replicas []*replica // oldest first
	serial   int
	base     int       // what there is without an order; 0 until the first Restore or Scale
	order    int       // what was ordered; counts while expires is set
	expires  time.Time // zero: there is no order
}

// New prepares copies and starts none: the first [Driver.Restore] or [Driver.Scale] does.
// Errors are falochron.Error: Invalid for what cfg says, all faults joined; Conflict where
// another program has the folder.
func New(cfg Config) (*Driver, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	notes, err := openLedger(cfg.State)
	if err != nil {
		return nil, err
	}
	f, err := newForker(cfg.Nice)
	if err != nil {
		notes.close()
		return nil, err
	}
	return &Driver{
		cfg: cfg, forker: f, notes: notes,
		client: &http.Client{
			// A connection of its own for each question: a copy that is stopped has none open.
			Transport:     &http.Transport{DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Name is "processes".
func (d *Driver) Name() string { return "processes" }

// Observe returns the copies there are.
func (d *Driver) Observe(ctx context.Context) (fleet.State, error) {
	if err := ctx.Err(); err != nil {
		return fleet.State{}, given(err, "look at local replicas")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return fleet.State{}, closed()
	}
	st := fleet.State{Time: time.Now(), Wanted: d.wantedLocked(), Most: d.cfg.ports()}
	for _, r := range d.replicas {
		st.Replicas = append(st.Replicas, r.seen())
	}
	st.Startable = d.cfg.ports() - len(d.replicas)
	return st, nil
}

// Scale starts or stops copies until there are as many as wanted. The order is cut to the
// number of ports, Bound "capacity". Below what runs without an order it does not go,
// Bound "owner".
func (d *Driver) Scale(ctx context.Context, want fleet.Want) (fleet.Order, error) {
	now := time.Now()
	if err := want.Check(now); err != nil {
		return fleet.Order{}, err
	}
	if err := ctx.Err(); err != nil {
		return fleet.Order{}, given(err, "order local replicas")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return fleet.Order{}, closed()
	}
	o := fleet.Order{Accepted: want.Replicas, Before: d.wantedLocked()}
	switch most := d.cfg.ports(); {
	case o.Accepted > most:
		o.Accepted, o.Bound = most, "capacity"
		o.Notes = append(o.Notes, fleet.Note{Kind: "at-maximum", Text: fmt.Sprintf("%d replicas are wanted, and there are ports for %d", want.Replicas, most)})
	case o.Accepted < d.cfg.Base:
		o.Accepted, o.Bound = d.cfg.Base, "owner"
	}
	if o.Accepted > o.Before {
		if err := d.runnable(); err != nil {
			return fleet.Order{}, err
		}
	}
	o.Changed = o.Accepted != o.Before
	d.base = d.cfg.Base
	d.order, d.expires = o.Accepted, want.Expires
	if o.Changed {
		d.cfg.Log.Info("local replicas ordered", "replicas", o.Accepted, "before", o.Before, "reason", want.Reason)
	}
	d.settleLocked(want.Leave)
	return o, nil
}

// runnable says whether the command is there, before anything is promised.
func (d *Driver) runnable() error {
	name := d.cfg.Command[0]
	_, err := exec.LookPath(d.program())
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission):
		return &falochron.Error{Kind: falochron.Denied, Op: "start a local replica", Public: strconv.Quote(name) + " may not be run",
			Hint: "the user that runs falochron must be allowed to execute it: chmod +x, and a file system without noexec", Err: err}
	default:
		return &falochron.Error{Kind: falochron.NotFound, Op: "start a local replica", Public: "there is no command " + strconv.Quote(name),
			Hint: "give its full path, or one relative to fleet.processes.folder", Err: err}
	}
}

// wantedLocked is how many there are to be.
func (d *Driver) wantedLocked() int {
	if d.expires.IsZero() {
		return d.base
	}
	return d.order
}

// settleLocked starts what is missing and stops what is too much.
func (d *Driver) settleLocked(leave []string) {
	stay := make([]*replica, 0, len(d.replicas))
	for _, r := range d.replicas {
		if !r.leaving {
			stay = append(stay, r)
		}
	}
	wanted := d.wantedLocked()
	if d.closed {
		wanted = 0
	}
	for n := len(stay); n < wanted; n++ {
		port, free := d.portLocked()
		if !free {
			break // those on their way out have the ports; settled again when one has gone
		}
		d.startLocked(port)
	}
	if len(stay) <= wanted {
		return
	}
	rank := func(r *replica) int {
		switch {
		case r.phase == fleet.Failed:
			return 0
		case slices.Contains(leave, r.id):
			return 1
		case r.phase == fleet.Starting:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(stay, func(a, b *replica) int {
		if x := rank(a) - rank(b); x != 0 {
			return x
		}
		return b.serial - a.serial // the youngest has the fewest visitors
	})
	for _, r := range stay[:len(stay)-wanted] {
		r.leaving = true
		r.turnLocked(fleet.Draining, "")
		close(r.stop)
	}
}

// portLocked is one that no copy has and nobody else listens on.
func (d *Driver) portLocked() (int, bool) {
	taken := map[int]bool{}
	for _, r := range d.replicas {
		taken[r.port] = true
	}
	for port := d.cfg.FirstPort; port <= d.cfg.LastPort; port++ {
		if !taken[port] && d.free(port) {
			return port, true
		}
	}
	// Somebody has all that are left: a copy that cannot listen says so.
	for port := d.cfg.FirstPort; port <= d.cfg.LastPort; port++ {
		if !taken[port] {
			return port, true
		}
	}
	return 0, false
}

func (d *Driver) free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(d.cfg.Host, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = l.Close() // nothing was accepted
	return true
}

func (d *Driver) startLocked(port int) {
	d.serial++
	now := time.Now()
	r := &replica{
		d: d, port: port, serial: d.serial, id: fmt.Sprintf("%d-%s-%d", port, strconv.FormatInt(now.UnixMilli(), 36), d.serial),
		ordered: now, since: now, stop: make(chan struct{}),
	}
	d.replicas = append(d.replicas, r)
	d.lives.Go(func() {
		r.live()
		d.mu.Lock()
		defer d.mu.Unlock()
		d.replicas = slices.DeleteFunc(d.replicas, func(o *replica) bool { return o == r })
		d.settleLocked(nil) // its port is free
	})
}

// Restore ends what a program that is gone has left running here, starts what runs without
// an order, and forgets an order that has expired by now.
func (d *Driver) Restore(ctx context.Context, now time.Time) ([]fleet.Note, error) {
	if err := ctx.Err(); err != nil {
		return nil, given(err, "restore local replicas")
	}
	ended, err := d.notes.endLeftovers(ctx, d.cfg.StopTimeout)
	if err != nil {
		return nil, err
	}
	var notes []fleet.Note
	if ended > 0 {
		notes = append(notes, fleet.Note{Kind: "restored", Text: fmt.Sprintf("%d processes of a falochron that is gone were ended", ended)})
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, closed()
	}
	d.base = d.cfg.Base
	if !d.expires.IsZero() && !now.Before(d.expires) {
		notes = append(notes, fleet.Note{Kind: "restored", Text: fmt.Sprintf("the order for %d replicas was over, %d run without one", d.order, d.base)})
		d.order, d.expires = 0, time.Time{}
	}
	d.settleLocked(nil)
	return notes, nil
}

// Close stops all copies and waits for their end, at most the stop time-out and a moment.
func (d *Driver) Close() error {
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		d.settleLocked(nil)
	}
	d.mu.Unlock()
	d.lives.Wait()
	d.forker.close()
	d.notes.close()
	d.client.CloseIdleConnections()
	return nil
}

// given is the error of a caller who has given up or has no time left.
func given(err error, op string) error {
	return &falochron.Error{Kind: falochron.Unavailable, Op: op, Hint: "ask again", Err: err}
}

func closed() error {
	return &falochron.Error{Kind: falochron.Unavailable, Op: "local replicas", Public: "the driver is closed", Hint: "start falochron again"}
}
