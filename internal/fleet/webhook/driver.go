package webhook

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/fleet"
)

// Driver orders replicas from a host's API. It is safe for concurrent use.
type Driver struct {
	url     *url.URL
	key     []byte
	timeout time.Duration
	client  *http.Client
	pause   fleet.Pause

	orders sync.Mutex // one order after the other: each is based on what was read

	mu      sync.Mutex // guards pending
	pending *pending   // an order that the host has taken and not finished; nil for none
}

// pending is what the host answered with 202.
type pending struct {
	poll     string // where it says how far it is, "" for nowhere
	replicas int
	expires  time.Time
}

// New prepares calls and makes none. Faults in cfg are falochron.Error of kind Invalid,
// joined.
func New(cfg Config) (*Driver, error) {
	u, err := cfg.check()
	if err != nil {
		return nil, err
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	return &Driver{url: u, key: cfg.Key, timeout: cfg.Timeout, client: client(guard{cfg.Allow, u.Scheme == "http"}, cfg.Timeout)}, nil
}

// Name is "webhook".
func (d *Driver) Name() string { return "webhook" }

// Close closes nothing: no call keeps a connection. Replicas and orders go on.
func (d *Driver) Close() error {
	d.client.CloseIdleConnections()
	return nil
}

// hostState is what the host says of the shop.
type hostState struct {
	// Replicas is how many it runs or is about to. Required.
	Replicas *int `json:"replicas"`
	// Max is how many it lets us have; 0 or missing: no bound.
	Max int `json:"max"`
	// Startable is how many more could start now; missing: not known.
	Startable *int `json:"startable"`
	// Order is ours that holds; missing: none.
	Order   *hostOrder   `json:"order"`
	Members []hostMember `json:"members"`

	version string // its ETag
}

type hostOrder struct {
	Replicas int       `json:"replicas"`
	Expires  time.Time `json:"expires"`
}

type hostMember struct {
	ID      string    `json:"id"`
	URL     string    `json:"url"`
	Phase   string    `json:"phase"`
	Own     bool      `json:"own"`
	Ordered time.Time `json:"ordered"`
	Since   time.Time `json:"since"`
	Why     string    `json:"why"`
}

// orderBody is what is sent.
type orderBody struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      orderData `json:"data"`
}

type orderData struct {
	Replicas int       `json:"replicas"`
	Expires  time.Time `json:"expires"`
	Reason   string    `json:"reason"`
	Leave    []string  `json:"leave"`
}

// maxReason bounds the reason that is sent, in bytes.
const maxReason = 500

// look asks the host what there is.
func (d *Driver) look(ctx context.Context, op string) (*hostState, error) {
	a, err := d.call(ctx, op, request{method: http.MethodGet, url: d.url.String(), id: rand.Text()})
	if err != nil {
		return nil, err
	}
	s := &hostState{version: a.header.Get("Etag")}
	err = read(op, a, s)
	if err == nil && (s.Replicas == nil || *s.Replicas < 0 || s.Max < 0 || len(s.Members) > fleet.MaxReplicas) {
		err = fault(falochron.Unavailable, op, "the host's API says no number of replicas", "docs/fleet.md shows what is expected", nil)
	}
	if err != nil {
		d.pause.Leave(time.Now(), err) // rubbish is no answer
		return nil, err
	}
	return s, nil
}

// Observe asks the host, and how far an order is that it has only taken.
func (d *Driver) Observe(ctx context.Context) (fleet.State, error) {
	const op = "ask the host for its replicas"
	s, err := d.look(ctx, op)
	if err != nil {
		return fleet.State{}, err
	}
	st := fleet.State{Time: time.Now(), Wanted: *s.Replicas, Most: s.Max, Startable: -1}
	if s.Startable != nil {
		st.Startable = max(*s.Startable, 0)
	}
	for _, m := range s.Members {
		st.Replicas = append(st.Replicas, m.replica())
	}
	if n := d.poll(ctx, s); n != nil {
		st.Notes = append(st.Notes, *n)
	}
	return st, nil
}

func (m hostMember) replica() fleet.Replica {
	r := fleet.Replica{ID: m.ID, URL: m.URL, Own: m.Own, Ordered: m.Ordered, Since: m.Since, Why: m.Why}
	switch m.Phase {
	case "ready":
		r.Phase = fleet.Ready
	case "draining":
		r.Phase = fleet.Draining
	case "failed":
		r.Phase = fleet.Failed
		if r.Why == "" {
			r.Why = "the host does not say why"
		}
	default:
		r.Phase = fleet.Starting // what we do not know takes no requests
	}
	return r
}

// poll asks how far a pending order is. What came of it is in the State; only a failure
// has to be told.
func (d *Driver) poll(ctx context.Context, s *hostState) *fleet.Note {
	d.mu.Lock()
	p := d.pending
	d.mu.Unlock()
	if p == nil {
		return nil
	}
	done := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.pending == p {
			d.pending = nil
		}
	}
	if s.Order != nil && s.Order.Replicas == p.replicas || time.Now().After(p.expires) {
		done()
		return nil
	}
	if p.poll == "" {
		return nil
	}
	a, err := d.call(ctx, "ask the host for an order", request{method: http.MethodGet, url: p.poll, id: rand.Text()})
	switch {
	case err == nil && a.status == http.StatusAccepted, falochron.KindOf(err) == falochron.Unavailable && err != nil:
		return nil // not yet
	case err == nil:
		done()
		return nil
	}
	done()
	return &fleet.Note{Kind: "no-room", Text: fmt.Sprintf("the host took the order for %d replicas and did not follow it: %v", p.replicas, err)}
}

// Scale orders a number, if it is not what the host says is ordered. The order is cut to
// the host's maximum, Bound "host-max".
func (d *Driver) Scale(ctx context.Context, want fleet.Want) (fleet.Order, error) {
	if err := want.Check(time.Now()); err != nil {
		return fleet.Order{}, err
	}
	d.orders.Lock()
	defer d.orders.Unlock()
	o, err := d.order(ctx, want)
	if falochron.KindOf(err) == falochron.Conflict { // on what there is now, once
		o, err = d.order(ctx, want)
	}
	return o, err
}

func (d *Driver) order(ctx context.Context, want fleet.Want) (fleet.Order, error) {
	const op = "order replicas from the host"
	s, err := d.look(ctx, op)
	if err != nil {
		return fleet.Order{}, err
	}
	o := fleet.Order{Accepted: want.Replicas, Before: *s.Replicas}
	if s.Max > 0 && o.Accepted > s.Max {
		o.Accepted, o.Bound = s.Max, "host-max"
		o.Notes = append(o.Notes, fleet.Note{Kind: "at-maximum", Text: fmt.Sprintf("%d replicas are wanted, the host allows %d", want.Replicas, s.Max)})
	}
	if d.holds(s, o.Accepted, want.Expires) {
		return o, nil
	}
	reason := want.Reason
	if len(reason) > maxReason {
		reason = reason[:maxReason]
	}
	body, err := json.Marshal(orderBody{
		Type: "falochron.replicas", Timestamp: time.Now().UTC().Truncate(time.Second),
		Data: orderData{Replicas: o.Accepted, Expires: want.Expires.UTC(), Reason: reason, Leave: append([]string{}, want.Leave...)},
	})
	if err != nil {
		return o, fault(falochron.Internal, op, "the order cannot be written as JSON", "please report it", err)
	}
	a, err := d.call(ctx, op, request{
		method: http.MethodPost, url: d.url.String(), match: s.version, body: body,
		id: idempotent("order", s, o.Accepted, want.Expires),
	})
	if err != nil {
		return o, err
	}
	o.Changed = true
	if a.status == http.StatusAccepted {
		d.await(a, o.Accepted, want.Expires, &o)
		return o, nil
	}
	var said struct {
		Replicas *int   `json:"replicas"`
		Bound    string `json:"bound"`
	}
	if err := read(op, a, &said); err != nil {
		d.pause.Leave(time.Now(), err)
		return o, err
	}
	if said.Replicas != nil && *said.Replicas != o.Accepted {
		o.Accepted, o.Bound = *said.Replicas, "capacity"
		if said.Bound != "" {
			o.Bound = said.Bound
		}
	}
	return o, nil
}

// holds reports whether the host has this order, to its end or nearly so, or is at it.
func (d *Driver) holds(s *hostState, n int, expires time.Time) bool {
	now := time.Now()
	enough := func(end time.Time) bool { return end.Sub(now) >= expires.Sub(now)*3/4 }
	if s.Order != nil && s.Order.Replicas == n && *s.Replicas == n && enough(s.Order.Expires) {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pending != nil && d.pending.replicas == n && enough(d.pending.expires)
}

// await notes an order that was taken and is not done yet. Where it is polled is on the
// host's own machine, or nowhere.
func (d *Driver) await(a *answer, n int, expires time.Time, o *fleet.Order) {
	p := &pending{replicas: n, expires: expires}
	if at := a.header.Get("Location"); at != "" {
		u, err := d.url.Parse(at)
		if err == nil && u.Scheme == d.url.Scheme && u.Host == d.url.Host && u.User == nil {
			p.poll = u.String()
		} else {
			o.Notes = append(o.Notes, fleet.Note{Kind: "foreign", Text: "the host says that its order is to be asked for at another machine, which is not done"})
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending = p
}

// Restore ends an order that has expired by now. A host that ends it by itself is not
// asked to.
func (d *Driver) Restore(ctx context.Context, now time.Time) ([]fleet.Note, error) {
	const op = "end an order at the host"
	d.orders.Lock()
	defer d.orders.Unlock()
	s, err := d.look(ctx, op)
	if err != nil || s.Order == nil || now.Before(s.Order.Expires) {
		return nil, err
	}
	_, err = d.call(ctx, op, request{
		method: http.MethodDelete, url: d.url.String(), match: s.version,
		id: idempotent("end", s, s.Order.Replicas, s.Order.Expires),
	})
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.pending = nil
	d.mu.Unlock()
	return []fleet.Note{{Kind: "restored", Text: fmt.Sprintf("the order for %d replicas was over at %s and was ended at the host",
		s.Order.Replicas, s.Order.Expires.UTC().Format(time.RFC3339))}}, nil
}

// idempotent is the key of one change: the same when it is sent again upon the same state,
// another when the state was another.
func idempotent(what string, s *hostState, n int, expires time.Time) string {
	h := sha256.New()
	fmt.Fprintln(h, what, s.version, *s.Replicas, n, expires.UnixNano())
	if s.Order != nil {
		fmt.Fprintln(h, s.Order.Replicas, s.Order.Expires.UnixNano())
	}
	return "msg_" + hex.EncodeToString(h.Sum(nil)[:16])
}
