package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Append adds acts to the log after the act with number after, the last one
// the caller knows, and enqueues messages in the same transaction. It gives the
// acts their numbers, and returns the last when all of it is on disk.
//
// When somebody was quicker nothing is written and the error is [ErrConflict].
// After any other error of kind [falochron.Unavailable], and after the context's, it
// is not known whether the acts are there, since an answer may have been lost:
// read from after on, as after a conflict.
func (s *Store) Append(ctx context.Context, after uint64, acts []Act, messages ...Message) (uint64, error) {
	if len(acts) == 0 || len(acts) > MaxActs || len(messages) > MaxActs {
		return 0, invalid(fmt.Sprintf("%d acts and %d messages in one call; wants 1 to %d acts", len(acts), len(messages), MaxActs))
	}
	for i := range acts {
		if err := acts[i].check(); err != nil {
			return 0, err
		}
	}
	for i := range messages {
		if err := messages[i].check(); err != nil {
			return 0, err
		}
	}
	err := s.write(ctx, "append to the plan", func(tx *sql.Tx) error {
		last, err := s.moved(ctx, tx, after, len(acts), len(messages))
		if err != nil {
			return err
		}
		s.step("moved")
		for i := range acts {
			acts[i].Seq = after + uint64(i) + 1
		}
		if err := insertActs(ctx, tx, acts); err != nil {
			return err
		}
		if err := insertMessages(ctx, tx, last, messages); err != nil {
			return err
		}
		return s.engine.announce(ctx, tx)
	})
	if err != nil {
		return 0, err
	}
	return after + uint64(len(acts)), nil
}

func insertActs(ctx context.Context, tx *sql.Tx, acts []Act) error {
	rows := make([][]any, len(acts))
	for i, a := range acts {
		rows[i] = []any{a.Seq, micros(a.At), a.Stream, a.Actor, a.Kind, whole(a.Body)}
	}
	return insert(ctx, tx, `INSERT INTO plan_acts (seq, at, stream, actor, kind, body)`, ``, rows)
}

func insertMessages(ctx context.Context, tx *sql.Tx, last uint64, messages []Message) error {
	rows := make([][]any, len(messages))
	for i, m := range messages {
		rows[i] = []any{last + uint64(i) + 1, m.Key, m.Lane, m.Act, micros(m.Due), whole(m.Body)}
	}
	return insert(ctx, tx, `INSERT INTO plan_messages (id, key, lane, act, due, body)`, `ON CONFLICT (key) DO NOTHING`, rows)
}

// whole is a body as both engines keep it: never NULL.
func whole(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// insert writes rows with as few statements as the engines allow; all rows are
// of the same length.
func insert(ctx context.Context, tx *sql.Tx, into, onConflict string, rows [][]any) error {
	const most = 100 // rows of a statement: a few hundred parameters, of 32,766 that SQLite takes
	for len(rows) > 0 {
		n := min(most, len(rows))
		var b strings.Builder
		var args []any
		b.WriteString(into + " VALUES ")
		for i, row := range rows[:n] {
			for j := range row {
				sep := ", "
				switch {
				case j == 0 && i == 0:
					sep = "("
				case j == 0:
					sep = "), ("
				}
				fmt.Fprintf(&b, "%s$%d", sep, len(args)+j+1)
			}
			args = append(args, row...)
		}
		b.WriteString(") " + onConflict)
		if _, err := tx.ExecContext(ctx, b.String(), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
