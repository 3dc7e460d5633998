package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/falochron/falochron"
)

const ordersVersion = 1

// ordersFile is orders.json: what the operators ordered, and what the
// configuration said when they did.
type ordersFile struct {
	Version    int            `json:"version"`
	Configured orderFile      `json:"configured"`
	Ordered    orderFile      `json:"ordered"`
	BeforeHold falochron.Mode `json:"before_hold"`
	SoldOut    []string       `json:"sold_out,omitempty"`
}

type orderFile struct {
	Mode    falochron.Mode `json:"mode"`
	Ceiling int            `json:"ceiling"`
	Start   time.Time      `json:"start,omitzero"`
}

func orderOf(s falochron.Snapshot) orderFile {
	return orderFile{Mode: s.Mode, Ceiling: s.Ceiling, Start: s.Start.UTC()}
}

func (o orderFile) equal(p orderFile) bool {
	return o.Mode == p.Mode && o.Ceiling == p.Ceiling && o.Start.Equal(p.Start)
}

// SaveOrders puts on disk what operators ordered, beside what the configuration
// says: of both mode, ceiling and start, and of the orders what is sold out.
func (s *Shop) SaveOrders(configured, ordered falochron.Snapshot) error {
	op := "save the orders for shop " + s.name
	f := ordersFile{
		Version: ordersVersion, Configured: orderOf(configured), Ordered: orderOf(ordered),
		BeforeHold: ordered.BeforeHold, SoldOut: slices.Sorted(maps.Keys(ordered.SoldOut)),
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return &falochron.Error{Kind: falochron.Internal, Op: op, Err: err}
	}
	s.ordersMu.Lock()
	defer s.ordersMu.Unlock()
	if s.dir == "" {
		s.orders = b
		return nil
	}
	path := filepath.Join(s.dir, "orders.json")
	if err := s.store.replace(path, append(b, '\n')); err != nil {
		return diskError(op, path, err)
	}
	return nil
}

// LoadOrders returns what is to be in force after a restart: what operators
// ordered last, as long as the configuration says what it said then; otherwise
// the configuration, which somebody changed since. A configuration that says off
// is always obeyed: it is the way out. What is sold out is kept in any case. An error (a damaged file) comes with the configuration.
func (s *Shop) LoadOrders(configured falochron.Snapshot) (falochron.Snapshot, error) {
	f, err := s.readOrders()
	if err != nil || f == nil {
		return configured, err
	}
	next := configured
	if len(f.SoldOut) > 0 {
		next.SoldOut = make(map[string]bool, len(f.SoldOut))
		for _, path := range f.SoldOut {
			next.SoldOut[path] = true
		}
	}
	if configured.Mode != falochron.ModeOff && f.Configured.equal(orderOf(configured)) {
		next.Mode, next.Ceiling, next.Start = f.Ordered.Mode, f.Ordered.Ceiling, f.Ordered.Start
		next.BeforeHold = f.BeforeHold
	}
	return next, nil
}

// readOrders returns nil if nothing was ever ordered.
func (s *Shop) readOrders() (*ordersFile, error) {
	s.ordersMu.Lock()
	defer s.ordersMu.Unlock()
	b, path := s.orders, "memory"
	if s.dir != "" {
		path = filepath.Join(s.dir, "orders.json")
		var err error
		if b, err = os.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		} else if err != nil {
			return nil, diskError("read the orders for shop "+s.name, path, err)
		}
	}
	if b == nil {
		return nil, nil
	}
	f := new(ordersFile)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(f)
	if err == nil && f.Version != ordersVersion {
		err = fmt.Errorf("version %d, this program reads %d", f.Version, ordersVersion)
	}
	if err == nil && f.Ordered.Ceiling < 0 {
		err = errors.New("the ceiling is negative")
	}
	if err != nil {
		return nil, &falochron.Error{
			Kind: falochron.Invalid, Op: "read the orders for shop " + s.name, Err: err,
			Public: path + " is damaged; the configuration is in force",
			Hint:   "give the orders again on the live page; the file is then written anew",
		}
	}
	return f, nil
}
