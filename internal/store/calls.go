package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Call is a call of a program outside that was taken before, or is being taken.
type Call struct {
	At      time.Time // when its newest try was signed
	Outcome []byte    // what came of it; empty while it is being taken
}

// TakeCall remembers a call by its key: nil says that it is the caller's to take, who
// then says by [Store.EndCall] what came of it. Otherwise it was taken before, by whatever
// process, and this is it as it was until now: a try signed later than At is noted as
// the newest one if the outcome is known. A call that was begun before dead and has no
// outcome is the caller's: whoever had it never came back. It is remembered until a
// moment; now is the caller's clock.
func (s *Store) TakeCall(ctx context.Context, key string, at, now, dead, until time.Time) (*Call, error) {
	if err := checkWord("the key of a call", key); err != nil || key == "" {
		return nil, invalid(fmt.Sprintf("a call by the key %.20q", key))
	}
	for what, t := range map[string]time.Time{"the time of a call": at, "now": now, "the end of a call": until, "the time it is given up": dead} {
		if err := checkTime(what, t); err != nil {
			return nil, err
		}
	}
	var old *Call
	err := s.write(ctx, "take a call", func(tx *sql.Tx) error {
		if err := s.same(ctx, tx); err != nil {
			return err
		}
		// Some of what is over goes each time, so that it stays little.
		const forget = `DELETE FROM plan_calls WHERE key = $1 AND until < $2 OR key IN (SELECT key FROM plan_calls WHERE until < $2 ORDER BY until LIMIT 100)`
		if _, err := tx.ExecContext(ctx, forget, key, micros(now)); err != nil {
			return err
		}
		const take = `INSERT INTO plan_calls (key, at, taken, until, outcome) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO NOTHING`
		done, err := tx.ExecContext(ctx, take, key, micros(at), micros(now), micros(until), []byte{})
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		old, err = s.retake(ctx, tx, key, at, now, dead, until)
		return err
	})
	return old, err
}

// retake looks at a call that is known.
func (s *Store) retake(ctx context.Context, tx *sql.Tx, key string, at, now, dead, until time.Time) (*Call, error) {
	var was, taken int64
	var c Call
	err := tx.QueryRowContext(ctx, `SELECT at, taken, outcome FROM plan_calls WHERE key = $1`, key).Scan(&was, &taken, &c.Outcome)
	if errors.Is(err, sql.ErrNoRows) { // refused this very moment, by another process: it may be sent again
		return &Call{At: at.Add(-time.Microsecond)}, nil
	}
	if c.At = moment(was); err != nil || !at.After(c.At) {
		return &c, err
	}
	lost := len(c.Outcome) == 0 && taken < micros(dead)
	if len(c.Outcome) == 0 && !lost {
		return &c, nil
	}
	_, err = tx.ExecContext(ctx, `UPDATE plan_calls SET at = $2, taken = $3, until = $4 WHERE key = $1`, key, micros(at), micros(now), micros(until))
	if lost {
		return nil, err
	}
	return &c, err
}

// EndCall says what came of a call that was the caller's to take. Without an outcome it
// is forgotten: it was refused, and may be sent again as it is.
func (s *Store) EndCall(ctx context.Context, key string, outcome []byte) error {
	if len(outcome) > MaxBody {
		return invalid(fmt.Sprintf("the outcome of a call has %d bytes, at most %d are kept", len(outcome), MaxBody))
	}
	return s.write(ctx, "end a call", func(tx *sql.Tx) error {
		if err := s.same(ctx, tx); err != nil {
			return err
		}
		if len(outcome) == 0 {
			_, err := tx.ExecContext(ctx, `DELETE FROM plan_calls WHERE key = $1`, key)
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE plan_calls SET outcome = $2 WHERE key = $1`, key, outcome)
		return err
	})
}
