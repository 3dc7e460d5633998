package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Gathered is the lane of messages that became part of another one, by
// [Store.Gather]: what became of that one became of them.
const Gathered = "gathered"

// Gather makes one message of several that the caller has claimed: they are over, in
// the lane [Gathered], and into takes their place, claimed for as long as the lease
// from now. Its body must say all that theirs said. All of this happens, or nothing:
// whoever dies after it leaves the one message to the next to claim, and whoever dies
// before leaves them as they were. It returns [ErrLate] if one of them is somebody
// else's by now.
func (s *Store) Gather(ctx context.Context, now time.Time, lease time.Duration, parts []Claimed, into Message) (Claimed, error) {
	if err := into.check(); err != nil {
		return Claimed{}, err
	}
	if len(parts) == 0 || len(parts) > MaxActs || lease <= 0 {
		return Claimed{}, invalid(fmt.Sprintf("%d messages are gathered for %v", len(parts), lease))
	}
	one := Claimed{Message: into, Attempt: 1, lease: parts[0].lease}
	err := s.write(ctx, "gather messages", func(tx *sql.Tx) error {
		last, err := s.moved(ctx, tx, 0, 0, 1)
		if err != nil {
			return err
		}
		for _, c := range parts {
			if err := gatherOne(ctx, tx, c, now, into.Key); err != nil {
				return err
			}
		}
		one.ID = last + 1
		err = insert(ctx, tx, `INSERT INTO plan_messages (id, key, lane, act, due, body, attempts, lease, leased_until)`, ``,
			[][]any{{one.ID, into.Key, into.Lane, into.Act, micros(into.Due), whole(into.Body), 1, one.lease, micros(now.Add(lease))}})
		if err != nil {
			return err
		}
		return insert(ctx, tx, `INSERT INTO plan_attempts (message, number, started, ended, outcome, note)`, ``,
			[][]any{{one.ID, 1, micros(now), 0, string(Pending), ""}})
	})
	return one, err
}

// gatherOne ends a message that became part of another.
func gatherOne(ctx context.Context, tx *sql.Tx, c Claimed, now time.Time, into string) error {
	done, err := tx.ExecContext(ctx, settleSQL, c.ID, c.lease, string(Delivered), micros(c.Due), 0)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		if err == nil {
			err = ErrLate
		}
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE plan_messages SET lane = $2 WHERE id = $1`, c.ID, Gathered); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE plan_attempts SET ended = $3, outcome = $4, note = $5 WHERE message = $1 AND number = $2 AND ended = 0`,
		c.ID, c.Attempt, micros(now), string(Delivered), note("in "+into))
	return err
}
