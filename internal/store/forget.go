package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Forget takes messages out that ended before a moment, with their attempts: of the
// limit oldest in the outbox those that did. It returns how many these were. Their keys
// are free again: the caller makes sure that nobody enqueues them anew. Numbers of
// messages are never given out twice.
func (s *Store) Forget(ctx context.Context, before time.Time, limit int) (int, error) {
	const op = "take old messages out"
	if limit < 1 || limit > MaxActs {
		return 0, invalid(fmt.Sprintf("%d messages are taken out at once; wants 1 to %d", limit, MaxActs))
	}
	// Most looks end here, without a lock: what has ended never begins again.
	const query = `SELECT id FROM (SELECT id, state FROM plan_messages ORDER BY id LIMIT $2) AS oldest
		WHERE state <> '' AND NOT EXISTS (SELECT 1 FROM plan_attempts WHERE message = oldest.id AND (started >= $1 OR ended >= $1))`
	ids, err := collect(ctx, s.engine.reader(), query, []any{micros(before), limit}, func(rows *sql.Rows) (id any, more bool, err error) {
		var n uint64
		err = rows.Scan(&n)
		return n, true, err
	})
	if err != nil || len(ids) == 0 {
		return 0, s.fail(ctx, op, err)
	}
	marks := make([]string, len(ids))
	for i := range ids {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	among := " IN (" + strings.Join(marks, ", ") + ")"
	gone := 0
	err = s.write(ctx, op, func(tx *sql.Tx) error {
		if err := s.same(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM plan_attempts WHERE message`+among, ids...); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `DELETE FROM plan_messages WHERE id`+among, ids...)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		gone = int(n)
		return err
	})
	if err != nil {
		return 0, err
	}
	return gone, nil
}
