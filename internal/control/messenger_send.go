package control

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// Notes of messages that were not sent, since nobody wanted them any more. The journal
// tells them from failures by how they begin.
const (
	dropped    = "not sent: "
	noteOver   = dropped + "nobody waits for it any more"
	noteGone   = dropped + "the party has this contact no more"
	noteQuiet  = "quiet hours"
	noteBehind = "the plan is being read"
	noteEnded  = "Falochron was stopped before it was sent"
)

// parcel is a message of the outbox that is ours to send.
type parcel struct {
	store.Claimed
	envelope
	box outbox // that it is of
}

// gathered begins the keys of messages that were made of others, or of one. Nothing else
// is ever sent, and they are never made part of another one: a further try has the same
// message.
const gathered = "g-"

// claim takes what is due out of the outbox, and has each recipient written to.
func (m *Messenger) claim(ctx context.Context, now time.Time) error {
	m.mu.Lock()
	free := maxHeld - m.held
	m.mu.Unlock()
	if free <= 0 {
		return nil
	}
	var got []store.Claimed
	err := inTime(ctx, func(ctx context.Context) (err error) {
		got, err = m.box.Claim(ctx, now, m.lease(), free)
		return err
	})
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.held += len(got)
	m.mu.Unlock()
	byRecipient := map[string][]parcel{}
	var order []string
	for _, c := range got {
		e, ok := opened(&c.Message)
		if !ok {
			m.settle(ctx, parcel{Claimed: c, box: m.box}, store.Result{Outcome: store.GivenUp, Note: "this release cannot read the message"})
			continue
		}
		to := recipient(&e.Letters[0])
		if byRecipient[to] == nil {
			order = append(order, to)
		}
		byRecipient[to] = append(byRecipient[to], parcel{c, e, m.box})
	}
	for _, to := range order {
		m.working.Go(func() {
			m.slots <- struct{}{}
			defer func() { <-m.slots }()
			m.serve(ctx, byRecipient[to], now.Add(m.lease()))
			if len(got) == free {
				select {
				case m.wake <- struct{}{}:
				default:
				}
			}
		})
	}
	return nil
}

// serve brings one recipient what was claimed for it. The claims are good until end.
func (m *Messenger) serve(ctx context.Context, all []parcel, end time.Time) {
	var urgent, crowded, calm []parcel
	var address string
	for _, p := range all {
		now := time.Now()
		r, c, why := m.wanted(&p, now)
		switch {
		case why == noteBehind:
			m.settle(ctx, p, store.Result{Outcome: store.Again, PutOff: true, Next: now.Add(lookEvery), Note: why})
			continue
		case why != "":
			m.settle(ctx, p, store.Result{Outcome: store.GivenUp, Note: why})
			continue
		}
		address = c.Address
		l := &p.Letters[0]
		if !l.Urgent {
			if at := awake(r.Quiet, r.Zone, now); at.After(now) {
				m.settle(ctx, p, store.Result{Outcome: store.Again, PutOff: true, Next: at, Note: noteQuiet})
				continue
			}
		}
		switch {
		case strings.HasPrefix(p.Key, gathered):
			m.send(ctx, p, address, end)
		case p.Crowded:
			crowded = append(crowded, p)
		case l.Urgent:
			urgent = append(urgent, p)
		default:
			calm = append(calm, p)
		}
	}
	for _, some := range [][]parcel{urgent, crowded, calm} {
		if len(some) == 0 {
			continue
		}
		one, err := m.gather(ctx, some)
		if err != nil { // nothing has happened: the claims end, and the next to claim tries again
			m.note(err)
			m.release(len(some))
			continue
		}
		m.send(ctx, one, address, end)
	}
}

// wanted finds the contact that a message is for, and who it is; or why it is not to be
// sent (any more).
func (m *Messenger) wanted(p *parcel, now time.Time) (r plan.Reader, c plan.Contact, why string) {
	_, seq, err := m.cfg.Plan.outbox()
	if err != nil || seq < p.Act {
		return r, c, noteBehind // another process knows more
	}
	m.cfg.Plan.Read(func(b *plan.Book) {
		why = noteOver
		for i := range p.Letters {
			l := &p.Letters[i]
			at := now
			if l.Told.After(at) {
				at = l.Told // by the clock of who put it into the outbox
			}
			for _, n := range b.Untold(at, l.To, l.Campaign) {
				if n.ID != l.Notice {
					continue
				}
				found := false
				if r, found = b.Reader(at, &n); !found {
					return
				}
				why = noteGone
				for _, have := range r.Contacts {
					if mark(have.Address) == l.Contact {
						c, why = have, ""
						return
					}
				}
			}
		}
	})
	return r, c, why
}

// gather makes one message of all that waited for a recipient. Which went into it is on
// disk before it is sent.
func (m *Messenger) gather(ctx context.Context, all []parcel) (parcel, error) {
	slices.SortStableFunc(all, func(a, b parcel) int { // what happened, then what follows from it
		return cmp.Compare(a.Letters[0].rank(), b.Letters[0].rank())
	})
	one := parcel{envelope: envelope{Crowded: all[0].Crowded}, box: all[0].box}
	hash := sha256.New()
	claims := make([]store.Claimed, 0, len(all))
	var act uint64
	for i, p := range all {
		claims, act = append(claims, p.Claimed), max(act, p.Act)
		hash.Write([]byte(p.Key + "\n"))
		if i < maxListed {
			one.Letters = append(one.Letters, p.Letters...)
		} else {
			one.More++
		}
	}
	key := gathered + hex.EncodeToString(hash.Sum(nil)[:16])
	now := time.Now()
	err := inTime(ctx, func(ctx context.Context) (err error) {
		one.Claimed, err = one.box.Gather(ctx, now, m.lease(), claims, store.Message{Key: key, Lane: laneNotice, Act: act, Due: now, Body: one.body()})
		return err
	})
	if err != nil {
		return one, err
	}
	m.release(len(all) - 1)
	return one, nil
}

// send makes one try, and writes down how it ended. What could not be finished before
// the claim ends is left to the next to claim.
func (m *Messenger) send(ctx context.Context, p parcel, address string, end time.Time) {
	switch now := time.Now(); {
	case ctx.Err() != nil:
		m.settle(ctx, p, store.Result{Outcome: store.Again, PutOff: true, Next: now, Note: noteEnded})
		return
	case !now.Add(m.cfg.Timeout).Before(end):
		m.release(1)
		return
	}
	l := &p.Letters[0]
	way, err := m.cfg.Way(l.To.Party, address)
	if err != nil {
		m.settle(ctx, p, store.Result{Outcome: store.GivenUp, Note: "address: " + err.Error()})
		m.log.Warn("a message was given up", "to", string(l.To.Party), "attempts", p.Failures+1, "err", err)
		return
	}
	// A message that is called off halfway may have arrived: it is finished.
	receipt, err := way.Send(context.WithoutCancel(ctx), p.one(m.cfg.Pages, m.cfg.Seal, time.Now()))
	if err == nil {
		note := receipt.Where
		if receipt.ID != "" {
			note += ", as " + receipt.ID
		}
		m.settle(ctx, p, store.Result{Outcome: store.Delivered, Note: note})
		m.log.Debug("a message was sent", "to", string(l.To.Party), "attempts", p.Failures+1)
		return
	}
	r := m.failed(&p, err)
	m.settle(ctx, p, r)
	if r.Outcome == store.GivenUp {
		m.log.Warn("a message was given up", "to", string(l.To.Party), "attempts", p.Failures+1, "err", err)
	}
}

// failed says whether and when to try again.
func (m *Messenger) failed(p *parcel, err error) store.Result {
	f, ok := errors.AsType[*notify.Failure](err)
	if !ok {
		f = &notify.Failure{Reason: notify.Broken}
	}
	r := store.Result{Outcome: store.GivenUp, Note: f.Reason.String() + ": " + err.Error()}
	chance := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	if wait, again := m.cfg.Backoff.Next(p.Failures+1, f, chance); again {
		r.Outcome, r.Next = store.Again, time.Now().Add(wait)
	}
	return r
}

// settle writes down how a try ended: now, or if the store cannot, before anything else
// is claimed.
func (m *Messenger) settle(ctx context.Context, p parcel, r store.Result) {
	r.Ended = time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if err := p.box.Settle(ctx, p.Claimed, r); err != nil && !errors.Is(err, store.ErrLate) && !errors.Is(err, store.ErrReplaced) {
		m.mu.Lock()
		m.late[p.ID] = unsettled{p, r}
		m.mu.Unlock()
		return
	}
	m.release(1)
}

// settleLate writes down what could not be before.
func (m *Messenger) settleLate(ctx context.Context) error {
	m.mu.Lock()
	var all []unsettled
	for _, u := range m.late {
		all = append(all, u)
	}
	m.mu.Unlock()
	for _, u := range all {
		err := inTime(ctx, func(ctx context.Context) error { return u.parcel.box.Settle(ctx, u.parcel.Claimed, u.result) })
		if err != nil && !errors.Is(err, store.ErrLate) && !errors.Is(err, store.ErrReplaced) {
			return err
		}
		m.mu.Lock()
		delete(m.late, u.parcel.ID)
		m.held--
		m.mu.Unlock()
	}
	return nil
}

// release lets go of messages that are settled, or left to the next to claim.
func (m *Messenger) release(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held -= n
}

// isDropped reports whether a message was not sent because nobody wanted it any more.
func isDropped(note string) bool { return strings.HasPrefix(note, dropped) }
