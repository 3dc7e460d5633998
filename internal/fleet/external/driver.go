package external

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Driver keeps the number that is wanted for whoever asks. It is safe for concurrent use.
type Driver struct {
	cfg    Config
	log    *slog.Logger
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	pause  fleet.Pause // of look-ups
	server *server     // nil: nobody asks here

	mu    sync.Mutex // guards what follows
	order *fleet.Want
	// over says that an order of ours has ended: nothing is wanted, which is not the same
	// as that nothing is known.
	over    bool
	changed chan struct{}        // closed when the above changes
	seen    map[string]time.Time // since when an address is there; zero: it was before us
	looked  bool                 // seen is what a look brought
}

// New opens the address where the number is asked for, if there is one. Its errors are of
// kind Invalid.
func New(cfg Config) (*Driver, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Second)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := &Driver{cfg: cfg, log: cfg.Log, changed: make(chan struct{}), lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}}
	if cfg.Listen == "" {
		return d, nil
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Invalid, Op: "listen for the autoscaler", Public: "the address " + cfg.Listen + " cannot be opened", Err: err,
			Hint: "free the port or name another in fleet.external.listen; each shop has its own"}
	}
	d.server = serve(d, l)
	return d, nil
}

// Name is "external".
func (d *Driver) Name() string { return "external" }

// Addr is where KEDA asks, empty for nowhere.
func (d *Driver) Addr() string {
	if d.server == nil {
		return ""
	}
	return d.server.addr
}

// Close ends the answers. Whoever asks then finds nobody, and leaves the replicas as they
// are.
func (d *Driver) Close() error {
	if d.server != nil {
		d.server.stop()
	}
	return nil
}

// turnLocked tells those who wait that something has changed; with mu held.
func (d *Driver) turnLocked() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// wish is what is told at a moment.
type wish struct {
	replicas int
	known    bool            // false: we cannot say, and nobody should change anything
	why      string          // it is not known
	until    time.Time       // when it changes by itself; zero: it does not
	changed  <-chan struct{} // closed when it changes before
}

func (d *Driver) wish(now time.Time) wish {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := wish{changed: d.changed}
	switch {
	case d.order != nil && now.Before(d.order.Expires):
		w.replicas, w.known, w.until = d.order.Replicas, true, d.order.Expires
	case d.order != nil || d.over:
		w.known = true
	default:
		w.why = "nothing was ordered yet: falochron has just started, or its mode is advise"
	}
	return w
}

// gaveUp is the error of a caller who has given up or has no time left, or nil.
func gaveUp(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "see the replicas", Err: err, Hint: "the caller gave up; ask again"}
	}
	return nil
}

// Observe says which replicas are reached. Those that start are not: who starts them knows.
func (d *Driver) Observe(ctx context.Context) (fleet.State, error) {
	if err := gaveUp(ctx); err != nil {
		return fleet.State{}, err
	}
	now := time.Now()
	st := fleet.State{Time: now, Startable: -1}
	var err error
	if d.cfg.Replicas != nil {
		st.Replicas, err = d.resolve(ctx, now)
	} else {
		st.Replicas = d.origins()
	}
	if err != nil {
		return fleet.State{}, err
	}
	st.Wanted = len(st.Replicas)
	if w := d.wish(now); w.known && !w.until.IsZero() {
		st.Wanted = w.replicas
	}
	return st, nil
}

// origins are those of the owner's that answer. They are reached as they are configured.
func (d *Driver) origins() (out []fleet.Replica) {
	n := 0
	for _, r := range d.cfg.Origins() {
		if r.Healthy {
			n++
			out = append(out, fleet.Replica{ID: strconv.Itoa(n) + " " + r.URL, Phase: fleet.Ready})
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen, d.looked = make(map[string]time.Time, len(out)), true
	for _, r := range out {
		d.seen[r.ID] = time.Time{}
	}
	return out
}

// resolve asks which addresses the name has.
func (d *Driver) resolve(ctx context.Context, now time.Time) ([]fleet.Replica, error) {
	if err := d.pause.Enter(now); err != nil {
		return nil, err
	}
	ips, err := d.ask(ctx)
	d.pause.Leave(time.Now(), err)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.seen
	d.seen = map[string]time.Time{}
	var out []fleet.Replica
	for _, ip := range ips {
		id := ip.String()
		since, known := was[id]
		if !known && d.looked {
			since = now
		}
		d.seen[id] = since
		out = append(out, fleet.Replica{ID: id, URL: d.cfg.Replicas.Scheme + "://" + net.JoinHostPort(id, d.cfg.Replicas.Port()), Phase: fleet.Ready, Since: since})
	}
	d.looked = true
	slices.SortFunc(out, func(a, b fleet.Replica) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// ask looks the name up. A name that had addresses and has none is a shop without a
// replica that is ready; one that never had any may be written wrongly.
func (d *Driver) ask(ctx context.Context) ([]netip.Addr, error) {
	op := "look up " + d.cfg.Replicas.Hostname()
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	ips, err := d.lookup(ctx, d.cfg.Replicas.Hostname())
	none := len(ips) == 0
	if dns, ok := errors.AsType[*net.DNSError](err); err == nil || ok && dns.IsNotFound {
		err = nil
	}
	d.mu.Lock()
	looked := d.looked
	d.mu.Unlock()
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: op, Err: context.Canceled, Hint: "the caller gave up; ask again"}
	case err != nil:
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: op, Err: err, Hint: "see whether this machine's name server answers (getent ahosts " + d.cfg.Replicas.Hostname() + ")"}
	case none && !looked:
		return nil, &falochron.Error{Kind: falochron.NotFound, Op: op, Public: "the name has no address",
			Hint: "name a headless Service (clusterIP: None) of the shop's pods in fleet.external.replicas, and see whether one of them is ready"}
	case len(ips) > fleet.MaxReplicas:
		return nil, &falochron.Error{Kind: falochron.Unavailable, Op: op, Public: fmt.Sprintf("the name has %d addresses", len(ips)), Hint: "name the shop's own pods in fleet.external.replicas"}
	}
	for i := range ips {
		ips[i] = ips[i].Unmap()
	}
	slices.SortFunc(ips, netip.Addr.Compare)
	ips = slices.Compact(ips)
	// Pods of both families have two addresses each: those of the first family are the pods.
	if i := slices.IndexFunc(ips, netip.Addr.Is6); i > 0 {
		ips = ips[:i]
	}
	return ips, nil
}

// Scale keeps the number until it is over. It asks nobody.
func (d *Driver) Scale(ctx context.Context, want fleet.Want) (fleet.Order, error) {
	now := time.Now()
	if err := want.Check(now); err != nil {
		return fleet.Order{}, err
	}
	if err := gaveUp(ctx); err != nil {
		return fleet.Order{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o := fleet.Order{Accepted: want.Replicas, Before: len(d.seen), Changed: true}
	if d.order != nil && now.Before(d.order.Expires) {
		o.Before, o.Changed = d.order.Replicas, d.order.Replicas != want.Replicas
	}
	d.order, d.over = &want, false
	d.turnLocked()
	return o, nil
}

// Restore forgets an order that has expired by now.
func (d *Driver) Restore(ctx context.Context, now time.Time) ([]fleet.Note, error) {
	if err := gaveUp(ctx); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.order == nil || now.Before(d.order.Expires) {
		return nil, nil
	}
	n := d.order.Replicas
	d.order, d.over = nil, true
	d.turnLocked()
	return []fleet.Note{{Kind: "restored", Text: fmt.Sprintf("the order for %d replicas is over; the autoscaler goes by what else it knows", n)}}, nil
}
