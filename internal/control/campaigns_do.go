package control

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// Do decides on a command, writes the act down and takes it into the book. When it
// returns an act, the act is on disk and in every later [Campaigns.Read].
//
// When another process was quicker, its acts are read and the command is decided
// anew. The error is a [*plan.Refusal], or the store's: then nothing was taken into
// the book, and the error says so if it is not known whether the act is on disk. Who
// came by a link and does too much at once is refused as [falochron.TooMany].
func (c *Campaigns) Do(ctx context.Context, now time.Time, who plan.Actor, command plan.Command) (plan.Act, error) {
	cost := costOf(command)
	if err := c.pace.take(now, who, cost); err != nil {
		return plan.Act{}, err
	}
	acts, err := c.write(ctx, func() (actStore, uint64, []plan.Act, error) {
		c.mu.RLock()
		defer c.mu.RUnlock()
		act, err := c.book.Decide(now, who, command)
		return c.store, c.seq, []plan.Act{act}, err
	})
	if err != nil {
		c.pace.back(who, cost)
		return plan.Act{}, err
	}
	return acts[0], nil
}

// DoAll is [Campaigns.Do] for several commands: all of them are done, or none. Next
// is asked for one after the other, each time with the acts that came of those
// before, as a campaign must have its number before it gets a post; nil ends them. It
// may be asked all over again, and must not call c. The plan is read anew for it: it is
// for a few that belong together, now and then. Who came by a link is refused as by Do.
func (c *Campaigns) DoAll(ctx context.Context, now time.Time, who plan.Actor, next func(done []plan.Act) plan.Command) ([]plan.Act, error) {
	cost := 0.0
	acts, err := c.write(ctx, func() (actStore, uint64, []plan.Act, error) {
		// A book cannot forget: what is tried is tried on another.
		s, book, after, err := c.draft(ctx)
		if err != nil {
			return s, 0, nil, err
		}
		var acts []plan.Act
		paid := cost // when it was tried before
		for command := next(acts); command != nil; command = next(acts) {
			if paid == 0 {
				n := costOf(command)
				if err := c.pace.take(now, who, n); err != nil {
					return s, 0, nil, err
				}
				cost += n
			}
			act, err := book.Decide(now, who, command)
			if err != nil {
				return s, 0, nil, err
			}
			book.Apply(act)
			acts = append(acts, act)
		}
		return s, after, acts, nil
	})
	if err != nil {
		c.pace.back(who, cost)
	}
	return acts, err
}

// write writes down what decide says, after the act that it knew as the last, and
// takes it into the book.
func (c *Campaigns) write(ctx context.Context, decide func() (s actStore, after uint64, acts []plan.Act, err error)) ([]plan.Act, error) {
	select {
	case c.turn <- struct{}{}:
		defer c.yield()
	case <-ctx.Done():
		return nil, notDone(ctx.Err())
	}
	if err := c.Absent(); err != nil {
		return nil, err
	}
	for range maxDecides {
		s, after, acts, err := decide()
		if err != nil || len(acts) == 0 {
			return nil, err
		}
		rows := make([]store.Act, len(acts))
		for i := range acts {
			if rows[i], err = rowOf(acts[i]); err != nil {
				return nil, err
			}
		}
		_, err = s.Append(ctx, after, rows)
		switch {
		case err == nil:
			c.take(s, rows)
			return acts, nil
		case errors.Is(err, store.ErrReplaced):
			err = c.replace(ctx, s)
		case errors.Is(err, store.ErrConflict):
			_, err = c.catchUp(ctx, s, store.Act{})
		default:
			if err = c.doubt(ctx, s, rows[len(rows)-1], err); err == nil {
				return acts, nil
			}
			return nil, err
		}
		if err != nil {
			return nil, notDone(err)
		}
	}
	return nil, &falochron.Error{
		Kind: falochron.Conflict, Op: "change the plan", Public: "others are changing the plan too fast", Hint: "nothing was written; try again",
	}
}

// doubt finds out whether an act is on disk whose answer was lost: nil, or why not.
func (c *Campaigns) doubt(ctx context.Context, s actStore, row store.Act, cause error) error {
	if kind := falochron.KindOf(cause); kind == falochron.Invalid {
		return cause // the store would not even try
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), catchUpIn)
	defer cancel()
	if found, err := c.catchUp(ctx, s, row); err == nil && found {
		return nil
	}
	e := &falochron.Error{
		Kind: falochron.Unavailable, Op: "change the plan", Public: "the plan could not be written", Err: cause,
		Hint: "look whether the change is there before you make it again",
	}
	if said, ok := errors.AsType[*falochron.Error](cause); ok && said.Public != "" {
		e.Public, e.Hint = "the plan could not be written: "+said.Public, e.Hint+"; "+said.Hint
	}
	return e
}

// notDone is said when nothing was written.
func notDone(err error) error {
	if _, said := errors.AsType[*falochron.Error](err); said {
		return err
	}
	return &falochron.Error{Kind: falochron.Unavailable, Op: "change the plan", Public: "the plan could not be reached in time", Err: err, Hint: "nothing was written; try again"}
}

// rowOf is an act as the store keeps it.
func rowOf(a plan.Act) (store.Act, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return store.Act{}, &falochron.Error{Kind: falochron.Internal, Op: "write the act " + a.Kind, Err: err}
	}
	actor := string(a.Actor.Role)
	if a.Actor.Party != "" {
		actor += ":" + string(a.Actor.Party)
	}
	return store.Act{At: a.At, Actor: actor, Kind: a.Kind, Body: body}, nil
}
