package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed" // the statements
	"fmt"
	"slices"
	"strings"
	"time"
)

//go:embed sql/claim.sql
var claimSQL string

//go:embed sql/settle.sql
var settleSQL string

// Enqueue puts messages into the outbox, without an act. Those whose key is
// known already are passed over.
func (s *Store) Enqueue(ctx context.Context, messages ...Message) error {
	if len(messages) == 0 || len(messages) > MaxActs {
		return invalid(fmt.Sprintf("%d messages in one call; wants 1 to %d", len(messages), MaxActs))
	}
	for i := range messages {
		if err := messages[i].check(); err != nil {
			return err
		}
	}
	return s.write(ctx, "enqueue messages", func(tx *sql.Tx) error {
		last, err := s.moved(ctx, tx, 0, 0, len(messages))
		if err != nil {
			return err
		}
		return insertMessages(ctx, tx, last, messages)
	})
}

// Claim takes up to limit messages that are due at now, the longest due first.
// They are the caller's for as long as the lease: nobody else gets them before
// now+lease. Whoever dies with them loses the lease, and the next to claim tries
// again. now is the caller's clock; those of processes that share an outbox may
// differ by much less than a lease.
func (s *Store) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Claimed, error) {
	if lease <= 0 || limit < 1 || limit > MaxActs {
		return nil, invalid(fmt.Sprintf("a claim of %d messages for %v", limit, lease))
	}
	var due bool
	err := s.engine.reader().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM plan_messages WHERE state = '' AND due <= $1 AND leased_until <= $1)`, micros(now)).Scan(&due)
	if err != nil || !due {
		return nil, s.fail(ctx, "claim messages", err) // most looks end here, without a lock
	}
	var got []Claimed
	token := rand.Text()
	err = s.write(ctx, "claim messages", func(tx *sql.Tx) (err error) {
		if err := s.same(ctx, tx); err != nil {
			return err
		}
		query := strings.Replace(claimSQL, "/* skip locked */", s.engine.skipLocked(), 1)
		got, err = collect(ctx, tx, query, []any{micros(now), limit, token, micros(now.Add(lease))}, func(rows *sql.Rows) (c Claimed, _ bool, err error) {
			c.lease = token
			err = scanMessage(rows, &c.Message, &c.ID, &c.Attempt, &c.Failures)
			return c, true, err
		})
		if err != nil || len(got) == 0 {
			return err
		}
		// The journal knows of an attempt before it is made: one that never comes
		// back can be seen.
		rows := make([][]any, len(got))
		for i, c := range got {
			rows[i] = []any{c.ID, c.Attempt, micros(now), 0, string(Pending), ""}
		}
		return insert(ctx, tx, `INSERT INTO plan_attempts (message, number, started, ended, outcome, note)`, ``, rows)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(got, func(a, b Claimed) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	return got, nil
}

// Settle writes down how the attempt to deliver c ended. It returns [ErrLate]
// when the message is somebody else's by now.
func (s *Store) Settle(ctx context.Context, c Claimed, r Result) error {
	if err := r.check(); err != nil {
		return err
	}
	state, due := r.Outcome, c.Due
	failed := 0
	if r.Outcome == Again {
		if state, due = Pending, r.Next; !r.PutOff {
			failed = 1
		}
	}
	late := false
	err := s.write(ctx, "settle a delivery", func(tx *sql.Tx) error {
		if err := s.same(ctx, tx); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, settleSQL, c.ID, c.lease, string(state), micros(due), failed)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		late = n == 0
		_, err = tx.ExecContext(ctx, `UPDATE plan_attempts SET ended = $3, outcome = $4, note = $5 WHERE message = $1 AND number = $2 AND ended = 0`,
			c.ID, c.Attempt, micros(r.Ended), string(r.Outcome), note(r.Note))
		return err
	})
	if err == nil && late {
		return ErrLate
	}
	return err
}

// Deliveries returns the delivery journal, newest message first: at most limit
// (one or more) of those with an ID below before, and fewer when they are large;
// before 0 begins with the newest. An empty page means that there are no more.
func (s *Store) Deliveries(ctx context.Context, before uint64, limit int) ([]Delivery, error) {
	var all []Delivery
	err := s.snapshot(ctx, "read the delivery journal", func(tx *sql.Tx) (err error) {
		const query = `SELECT id, state, key, lane, act, due, body FROM plan_messages WHERE id < $1 ORDER BY id DESC LIMIT $2`
		if before == 0 {
			before = 1 << 62
		}
		size := 0
		all, err = collect(ctx, tx, query, []any{before, max(limit, 1)}, func(rows *sql.Rows) (d Delivery, more bool, err error) {
			err = scanMessage(rows, &d.Message, &d.ID, &d.State)
			size += len(d.Body)
			return d, size < maxPage, err
		})
		if err != nil || len(all) == 0 {
			return err
		}
		tries, err := readAttempts(ctx, tx, all[len(all)-1].ID, all[0].ID)
		for i := range all {
			all[i].Attempts = tries[all[i].ID]
		}
		return err
	})
	return all, err
}

// scanMessage reads a row that ends with the columns of a message.
func scanMessage(rows *sql.Rows, m *Message, before ...any) error {
	var due int64
	err := rows.Scan(append(before, &m.Key, &m.Lane, &m.Act, &due, &m.Body)...)
	m.Due, m.Body = moment(due), some(m.Body)
	return err
}

// readAttempts returns the attempts of the messages from first to last, in order.
func readAttempts(ctx context.Context, q querier, first, last uint64) (map[uint64][]Attempt, error) {
	of := map[uint64][]Attempt{}
	const query = `SELECT message, number, started, ended, outcome, note FROM plan_attempts WHERE message BETWEEN $1 AND $2 ORDER BY message, number`
	_, err := collect(ctx, q, query, []any{first, last}, func(rows *sql.Rows) (a Attempt, more bool, err error) {
		var id uint64
		var started, ended int64
		err = rows.Scan(&id, &a.Number, &started, &ended, &a.Outcome, &a.Note)
		a.Started, a.Ended = moment(started), moment(ended)
		of[id] = append(of[id], a)
		return a, true, err
	})
	return of, err
}
