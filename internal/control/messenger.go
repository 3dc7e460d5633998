package control

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

const (
	lookEvery = time.Second // between two looks into the outbox
	restTimes = 10          // a look at the plan is followed by a rest so many times as long
	maxHeld   = 1000        // messages that are claimed and not settled yet
	maxAtOnce = 64          // recipients who are written to at the same time
	// keptFor is how long a message is kept after it ended: while a season lasts people ask
	// who was told what, and later nobody does. A guess.
	keptFor = 90 * 24 * time.Hour
	// toldFor is how long after its time something is still put into the outbox. It is so
	// much less than keptFor that nothing is sent again whose key was taken out, whatever
	// became of clocks and quiet hours meanwhile.
	toldFor     = 60 * 24 * time.Hour
	forgetEvery = time.Hour
	forgetMost  = 1000 // messages that are taken out at once
	// spare is how much longer a claim lasts than a try to send: for writing down how
	// it ended, and for the clocks of two machines.
	spare = time.Minute
	// settleWithin is how long writing that down may take before it is put off.
	settleWithin = 5 * time.Second
	// breath is how long after an urgent message the next one goes to the same recipient:
	// what follows from one tap, or from three in a row, comes within it and goes as one. It
	// and a look are less than the five seconds in which people are told. A guess.
	breath = 3 * time.Second
	// maxSoon is how many urgent messages a recipient gets at once within a window; more
	// are gathered as if they could wait. A guess: nobody reads twenty in ten minutes.
	maxSoon = 20
	// maxListed is how many notices a gathered message lists; the rest is counted. With
	// one button each they fit into the messages of all services.
	maxListed = 10
)

// Way brings messages to one address; a [notify.Sender] is one.
type Way interface {
	Send(context.Context, notify.Message) (notify.Receipt, error)
}

// MessengerConfig is what a [Messenger] is made of. All but Backoff and Log are needed.
type MessengerConfig struct {
	Plan *Campaigns
	// Way finds how a contact's address is written to. Its error says, without secrets,
	// why it cannot be.
	Way   func(party plan.ID, address string) (Way, error)
	Pages string              // how people reach the pages, "https://plan.example"
	Seal  func(string) string // signs what the link in a message says
	// Window is how long what is not urgent is gathered, and becomes one message.
	Window time.Duration
	// Timeout is how long one try to send takes at most.
	Timeout time.Duration
	Backoff notify.Backoff
	Log     *slog.Logger // nil = silent
}

// Messenger tells people what the plan says is to be told. What is due goes into the
// outbox of the plan's store, once; from there it is claimed, sent, and written down
// how it ended. Several processes may do this on one plan: of a message one has the
// claim.
type Messenger struct {
	cfg MessengerConfig
	log *slog.Logger

	wake    chan struct{} // something was sent; there may be more
	working sync.WaitGroup
	slots   chan struct{}

	// What follows belongs to Run.
	box   outbox                // the store that all below is about
	known map[notedFor]struct{} // what is due and in the outbox
	stale bool                  // the plan has changed since it was looked at
	next  time.Time             // when something else will be due; zero = nothing is ahead
	rest  time.Time             // until when the plan is not looked at again
	old   time.Time             // when old messages are taken out next
	soon  map[string]*urgency   // what was urgent since slot, by recipient
	slot  time.Time

	mu      sync.Mutex
	held    int                  // messages that are claimed and not settled
	late    map[uint64]unsettled // those of them that were tried, and the store did not take how it ended
	trouble error                // why nothing is sent at the moment; nil = it is
}

// notedFor is a notice for a contact, by its id and the contact's mark.
type notedFor struct{ notice, contact string }

// urgency is how many urgent messages a recipient gets within a window, and when the
// last of them goes.
type urgency struct {
	messages int
	last     time.Time
}

// next is when what is urgent now goes: with what waits already, or else at once if the
// last message was long enough ago.
func (u *urgency) next(now time.Time) time.Time {
	if now.After(u.last) {
		u.messages++
		if u.last = u.last.Add(breath); now.After(u.last) {
			u.last = now
		}
	}
	return u.last
}

// unsettled is how a try ended that could not be written down.
type unsettled struct {
	parcel parcel
	result store.Result
}

// outbox is the part of a store that messages go through.
type outbox interface {
	Enqueue(ctx context.Context, messages ...store.Message) error
	Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]store.Claimed, error)
	Gather(ctx context.Context, now time.Time, lease time.Duration, parts []store.Claimed, into store.Message) (store.Claimed, error)
	Settle(ctx context.Context, c store.Claimed, r store.Result) error
	Forget(ctx context.Context, before time.Time, limit int) (int, error)
	Deliveries(ctx context.Context, before uint64, limit int) ([]store.Delivery, error)
}

// NewMessenger makes a messenger; [Messenger.Run] sets it to work.
func NewMessenger(cfg MessengerConfig) *Messenger {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Messenger{cfg: cfg, log: cfg.Log, wake: make(chan struct{}, 1), slots: make(chan struct{}, maxAtOnce), late: map[uint64]unsettled{}, soon: map[string]*urgency{}}
}

// outbox is that of the store, with the number of the last act in the book; or why
// there is none.
func (c *Campaigns) outbox() (outbox, uint64, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.trouble != nil {
		return nil, 0, c.trouble // what others did may be missing: somebody may have acknowledged
	}
	box, ok := c.store.(outbox)
	if !ok {
		return nil, 0, &falochron.Error{Kind: falochron.Unavailable, Op: "open the outbox", Public: "the plan is not open"}
	}
	return box, c.seq, nil
}

// Run tells people until ctx ends; what is being sent then is sent. While the plan or
// its database is out of reach it waits, [Messenger.Trouble] says why, and then it
// goes on. It is called once.
func (m *Messenger) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	m.stale = true
	for {
		changed := m.cfg.Plan.Changed()
		m.note(m.turn(ctx, time.Now()))
		select {
		case <-ctx.Done():
			m.working.Wait()
			return
		case <-changed:
			m.stale = true
		case <-m.wake:
		case <-tick.C:
		}
	}
}

// turn does what is to be done now.
func (m *Messenger) turn(ctx context.Context, now time.Time) error {
	box, seq, err := m.cfg.Plan.outbox()
	if err != nil {
		m.stale = true
		return err
	}
	if box != m.box {
		m.box, m.known, m.stale = box, nil, true
		m.mu.Lock()
		m.held -= len(m.late)
		clear(m.late) // of a plan that is gone
		m.mu.Unlock()
	}
	if err := m.settleLate(ctx); err != nil {
		return err
	}
	if (m.stale || !m.next.IsZero() && !now.Before(m.next)) && !now.Before(m.rest) {
		began := time.Now()
		if err := m.enqueue(ctx, seq, now); err != nil {
			return err
		}
		ended := time.Now()
		m.stale, m.rest = false, ended.Add(restTimes*ended.Sub(began))
	}
	if err := m.claim(ctx, now); err != nil {
		return err
	}
	return m.forget(ctx, now)
}

// forget takes a few of the messages out that ended long ago.
func (m *Messenger) forget(ctx context.Context, now time.Time) error {
	if now.Before(m.old) {
		return nil
	}
	n, err := m.box.Forget(ctx, now.Add(-keptFor), forgetMost)
	if err == nil && n < forgetMost {
		m.old = now.Add(forgetEvery)
	}
	return err
}

// note remembers why nothing is sent, and says it once.
func (m *Messenger) note(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err == nil && m.trouble != nil:
		m.log.Info("messages are sent again")
	case err != nil && (m.trouble == nil || m.trouble.Error() != err.Error()):
		m.log.Error("messages wait: the plan is out of reach", "err", err, "hint", falochron.HintOf(err))
	}
	m.trouble = err
}

// Trouble is why nothing is sent at the moment; nil if nothing stands against it.
func (m *Messenger) Trouble() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.trouble
}

// state says how it is with the messages, in a word or in why they wait.
func (m *Messenger) state() string {
	switch {
	case m == nil:
		return "off"
	case m.Trouble() != nil:
		if e, ok := errors.AsType[*falochron.Error](m.Trouble()); ok && e.Public != "" {
			return "waiting: " + e.Public // the cause is in the log
		}
		return "waiting"
	}
	return "on"
}

// inTime has the store do something. One that has not answered for as long as a command may
// take counts as out of reach: a connection that is gone without a word would be waited for
// until the system gives it up, a quarter of an hour.
func inTime(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	return f(ctx)
}

// lease is how long a claim lasts.
func (m *Messenger) lease() time.Duration { return m.cfg.Timeout + spare }
