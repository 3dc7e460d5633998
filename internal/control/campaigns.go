package control

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

const (
	foldPage   = 1000            // acts that are read at once
	catchUpIn  = 5 * time.Second // to find out what became of an act whose answer was lost
	maxDecides = 20              // decisions about one command, each after somebody was quicker
	openAgain  = time.Second     // between two tries to open a store
)

// CampaignsConfig is what [Campaigns] are made of. Only Open is needed.
type CampaignsConfig struct {
	// Open opens the store; Campaigns closes what it opened. It is called until it
	// succeeds, and again whenever a backup was restored over the store.
	Open   func(context.Context) (*store.Store, error)
	Matrix plan.Matrix  // no steps = [plan.DefaultMatrix]
	Zones  plan.Zones   // nil = [time.LoadLocation]
	Log    *slog.Logger // nil = silent
}

// Campaigns owns the book of the plan in this process: all that happens to it
// goes through here, and what other processes did comes in through
// [Campaigns.Run]. It is safe for many goroutines.
//
// Until the store was opened the book is empty and nothing can be done:
// [Campaigns.Absent] says why.
type Campaigns struct {
	cfg CampaignsConfig
	log *slog.Logger

	// turn is held by who decides and writes, or opens the store anew: one at a
	// time. It is a channel, so that who waits can give up.
	turn chan struct{}

	pace pace // of links

	// mu guards the rest. It is never held while the store works.
	mu      sync.RWMutex
	store   actStore // nil = not opened yet
	place   string
	book    *plan.Book
	seq     uint64        // of the last act in the book
	changed chan struct{} // closed at the next change
	leave   func()        // ends the Follow of store; nil = there is none
	trouble error         // why the acts of others may be missing; nil = they are not
}

// actStore is the part of a store that the book needs. Tests put something before the
// real one that loses its answers.
type actStore interface {
	Append(ctx context.Context, after uint64, acts []store.Act, messages ...store.Message) (uint64, error)
	Read(ctx context.Context, after uint64, limit int) ([]store.Act, error)
	Follow(ctx context.Context, after uint64) iter.Seq2[[]store.Act, error]
	Close() error
}

// NewCampaigns makes campaigns whose store is still to be opened, by
// [Campaigns.Open] or [Campaigns.Run].
func NewCampaigns(cfg CampaignsConfig) *Campaigns {
	if len(cfg.Matrix.Steps) == 0 {
		cfg.Matrix = plan.DefaultMatrix()
	}
	if cfg.Zones == nil {
		cfg.Zones = time.LoadLocation
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Campaigns{
		cfg: cfg, log: cfg.Log, turn: make(chan struct{}, 1), changed: make(chan struct{}), book: plan.New(cfg.Matrix, cfg.Zones),
		trouble: &falochron.Error{Kind: falochron.Unavailable, Op: "open the plan", Public: "the plan is not open yet", Hint: "try again in a moment"},
	}
}

// OpenCampaigns are [NewCampaigns] that are open. The error is the store's, which
// says what to do. The caller closes what it returns.
func OpenCampaigns(ctx context.Context, cfg CampaignsConfig) (*Campaigns, error) {
	c := NewCampaigns(cfg)
	if err := c.Open(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Open opens the store and reads the whole plan, if that was not done yet. After an
// error it can be tried again.
func (c *Campaigns) Open(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		defer c.yield()
	case <-ctx.Done():
		return notDone(ctx.Err())
	}
	if c.now() != nil {
		return nil
	}
	err := c.open(ctx)
	if err != nil {
		c.suffer(nil, err)
	}
	return err
}

// open opens the store and reads all of it into a new book.
func (c *Campaigns) open(ctx context.Context) error {
	s, err := c.cfg.Open(ctx)
	if err != nil {
		return err
	}
	book, seq, err := c.fold(ctx, s)
	if err != nil {
		_ = s.Close() // what went wrong before says more
		return err
	}
	if n := book.Unknown(); n > 0 {
		c.log.Warn("the plan holds acts that this release cannot read", "acts", n, "hint", "they were written by a newer release: update this one")
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leave != nil {
		c.leave()
	}
	c.store, c.place, c.book, c.seq, c.leave, c.trouble = s, s.Place(), book, seq, nil, nil
	c.tell()
	return nil
}

// fold reads all acts of a store into a new book, and returns the number of the last.
func (c *Campaigns) fold(ctx context.Context, s actStore) (*plan.Book, uint64, error) {
	book, seq := plan.New(c.cfg.Matrix, c.cfg.Zones), uint64(0)
	for {
		page, err := s.Read(ctx, seq, foldPage)
		if err != nil || len(page) == 0 {
			return book, seq, err
		}
		for _, a := range page {
			book.Apply(c.parse(a))
			seq = a.Seq
		}
	}
}

// Close gives the store back. Nothing is lost: what was acknowledged is on disk.
// [Campaigns.Run] should have ended.
func (c *Campaigns) Close() error {
	c.turn <- struct{}{}
	defer c.yield()
	if s := c.now(); s != nil {
		return s.Close()
	}
	return nil
}

// Absent is why there is no plan here: an error for people, with a hint. It is nil
// once the whole plan was read, also while the database is lost later.
func (c *Campaigns) Absent() error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.store != nil {
		return nil
	}
	return c.trouble
}

// Place names the store for people, without its secrets.
func (c *Campaigns) Place() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.place
}

// Trouble is why acts of other processes may be missing here, as when the
// database is lost; nil if nothing is known to be wrong.
func (c *Campaigns) Trouble() error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.trouble
}

// Read lets f look at the book. f must neither keep nor change it, nor wait for
// anything, nor call c: changes wait for f.
func (c *Campaigns) Read(f func(*plan.Book)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	f(c.book)
}

// Changed returns a channel that is closed at the next change of the book. Ask for
// it before [Campaigns.Read], or a change between the two is missed.
func (c *Campaigns) Changed() <-chan struct{} {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.changed
}

// catchUp reads what is new in the store, and reports whether an act is among it.
func (c *Campaigns) catchUp(ctx context.Context, s actStore, looked store.Act) (found bool, err error) {
	for {
		c.mu.RLock()
		after := c.seq
		c.mu.RUnlock()
		page, err := s.Read(ctx, after, foldPage)
		if err != nil || len(page) == 0 {
			return found, err
		}
		for _, a := range page {
			found = found || a.Kind == looked.Kind && string(a.Body) == string(looked.Body)
		}
		c.take(s, page)
	}
}

// take takes acts of a store into the book, those that are not in it yet.
func (c *Campaigns) take(s actStore, page []store.Act) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store != s {
		return // of a plan that is gone
	}
	before := c.seq
	for _, a := range page {
		if a.Seq == c.seq+1 {
			c.book.Apply(c.parse(a))
			c.seq = a.Seq
		}
	}
	if c.seq != before {
		c.tell()
	}
}

// tell wakes who waits for a change. Called with mu held.
func (c *Campaigns) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// replace opens the store, or opens it anew, if it is still old. Called with the turn.
func (c *Campaigns) replace(ctx context.Context, old actStore) error {
	if c.now() != old {
		return nil
	}
	if err := c.open(ctx); err != nil {
		return err
	}
	if old == nil {
		c.log.Info("the plan is open", "store", c.Place())
		return nil
	}
	if err := old.Close(); err != nil {
		c.log.Warn("close the plan that was replaced", "err", err)
	}
	c.log.Warn("the plan was replaced by a restored backup, and read anew")
	return nil
}

func (c *Campaigns) now() actStore {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.store
}

func (c *Campaigns) yield() { <-c.turn }

// parse reads an act as it was kept. What is none is counted with those that this
// release does not know: it is on disk, and nobody may lose it.
func (c *Campaigns) parse(a store.Act) plan.Act {
	act, err := plan.ParseAct(a.Body)
	if err != nil {
		c.log.Error("an act of the plan cannot be read", "seq", a.Seq, "kind", a.Kind, "err", err)
		return plan.Act{Kind: a.Kind, At: a.At}
	}
	return act
}

// Run takes in what other processes do, within a second, until ctx ends. Where the
// store is not open it goes on trying to open it. While the database is lost the book
// stays as it is, and [Campaigns.Trouble] says why. It is called once.
func (c *Campaigns) Run(ctx context.Context) {
	for ctx.Err() == nil {
		s := c.now()
		if s != nil && !errors.Is(c.follow(ctx, s), store.ErrReplaced) {
			continue
		}
		select {
		case c.turn <- struct{}{}:
		case <-ctx.Done():
			return
		}
		err := c.replace(ctx, s)
		c.yield()
		if err != nil && ctx.Err() == nil {
			c.suffer(s, err)
			t := time.NewTimer(openAgain)
			select {
			case <-t.C:
			case <-ctx.Done():
			}
			t.Stop()
		}
	}
}

// follow takes in the acts of one store until ctx ends or the store is another one.
func (c *Campaigns) follow(ctx context.Context, s actStore) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.mu.Lock()
	if c.store != s {
		c.mu.Unlock()
		return nil
	}
	c.leave = cancel
	after := c.seq
	c.mu.Unlock()
	for page, err := range s.Follow(ctx, after) {
		switch {
		case errors.Is(err, store.ErrReplaced):
			return err
		case err != nil:
			c.suffer(s, err)
		case len(page) == 0:
			c.recover(s)
		default:
			c.take(s, page)
		}
	}
	return nil
}

// suffer remembers why the acts of others may be missing.
func (c *Campaigns) suffer(s actStore, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store == s {
		if c.trouble == nil || c.trouble.Error() != err.Error() {
			c.log.Error("the plan is out of reach; the shop is protected all the same", "err", err, "hint", falochron.HintOf(err))
		}
		c.trouble = err
		c.tell()
	}
}

// recover forgets it again.
func (c *Campaigns) recover(s actStore) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.store == s && c.trouble != nil {
		c.trouble = nil
		c.log.Info("the plan is in reach again")
		c.tell()
	}
}
