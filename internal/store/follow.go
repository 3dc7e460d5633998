package store

import (
	"context"
	"errors"
	"iter"
	"time"
)

const (
	followPage = 1000 // acts that a follower gets at once, at most
	// Between two tries to reach a lost database: the first is short, since most
	// losses are a restart; the longest still sees it back within a second.
	firstRetry = 50 * time.Millisecond
	lastRetry  = 800 * time.Millisecond
)

// Follow hands out the acts after number after, page by page and in order, then
// those that come, from any process, within a second. It ends when ctx does.
//
// An empty page says: you have seen all there is. It comes once at the
// beginning, and after each loss. An error says that the database is lost; it
// comes once for each loss, and Follow goes on trying and then goes on where it
// was. Only after [ErrReplaced] nothing more comes.
func (s *Store) Follow(ctx context.Context, after uint64) iter.Seq2[[]Act, error] {
	return func(yield func([]Act, error) bool) {
		f := follower{s: s, after: after, owed: true}
		defer f.deaf()
		for ctx.Err() == nil {
			acts, err := f.next(ctx)
			switch {
			case ctx.Err() != nil:
				return
			case errors.Is(err, ErrReplaced):
				yield(nil, err)
				return
			case err != nil:
				f.deaf()
				if !f.lost && !yield(nil, s.fail(ctx, "follow the plan", err)) {
					return
				}
				f.lose(ctx)
			case len(acts) > 0:
				f.after = acts[len(acts)-1].Seq
				if !yield(acts, nil) {
					return
				}
			case f.owed:
				f.owed, f.lost, f.retry = false, false, 0
				if !yield(nil, nil) {
					return
				}
			default:
				f.wait(ctx)
			}
		}
	}
}

// follower is the state of one call of Follow.
type follower struct {
	s     *Store
	after uint64
	ears  listener // nil: not listening
	owed  bool     // an empty page is due when there is nothing more to read
	lost  bool     // the loss of the database was said
	retry time.Duration
}

// next reads the next page. It listens first, so that nothing falls between.
func (f *follower) next(ctx context.Context) ([]Act, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if f.ears == nil {
		ears, err := f.s.engine.listen(ctx)
		if err != nil {
			return nil, err
		}
		f.ears = ears
	}
	seq, log, err := f.s.head(ctx)
	switch {
	case err != nil:
		return nil, err
	case log != f.s.log || seq < f.after:
		return nil, f.s.replaced()
	case seq == f.after:
		return nil, nil
	}
	return readActs(ctx, f.s.engine.reader(), f.after, followPage)
}

// wait waits for news. Who hears nothing any more listens anew, but not at once:
// where listening is not possible, looking now and then must do.
func (f *follower) wait(ctx context.Context) {
	if err := f.ears.wait(ctx); err != nil {
		f.deaf()
		rest(ctx, pollEvery)
	}
}

func (f *follower) deaf() {
	if f.ears != nil {
		f.ears.close()
		f.ears = nil
	}
}

// lose waits before the next try, longer each time.
func (f *follower) lose(ctx context.Context) {
	f.lost, f.owed = true, true
	f.retry = min(max(2*f.retry, firstRetry), lastRetry)
	rest(ctx, f.retry)
}

func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
