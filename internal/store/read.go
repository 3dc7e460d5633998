package store

import (
	"context"
	"database/sql"
)

// maxPage bounds how many bytes of bodies one page holds, besides its last act.
const maxPage = 8 << 20

// Head returns the number of the last act, 0 of an empty log.
func (s *Store) Head(ctx context.Context) (uint64, error) {
	seq, _, err := s.head(ctx)
	return seq, s.fail(ctx, "read the plan", err)
}

func (s *Store) head(ctx context.Context) (seq uint64, log string, err error) {
	err = s.engine.reader().QueryRowContext(ctx, `SELECT seq, log FROM plan_head`).Scan(&seq, &log)
	return seq, log, err
}

// Read returns the acts after number after, in order: at most limit of them,
// which is one or more, and fewer when they are large. An empty page means that there are no more yet.
func (s *Store) Read(ctx context.Context, after uint64, limit int) ([]Act, error) {
	acts, err := readActs(ctx, s.engine.reader(), after, limit)
	return acts, s.fail(ctx, "read the plan", err)
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readActs(ctx context.Context, q querier, after uint64, limit int) ([]Act, error) {
	const query = `SELECT seq, at, stream, actor, kind, body FROM plan_acts WHERE seq > $1 ORDER BY seq LIMIT $2`
	size := 0
	return collect(ctx, q, query, []any{after, max(limit, 1)}, func(rows *sql.Rows) (a Act, more bool, err error) {
		var at int64
		err = rows.Scan(&a.Seq, &at, &a.Stream, &a.Actor, &a.Kind, &a.Body)
		a.At, a.Body = moment(at), some(a.Body)
		size += len(a.Body)
		return a, size < maxPage, err
	})
}

// some is a body as it is handed out: nil when empty, whatever the engine makes
// of it.
func some(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// collect reads rows until one says that there is enough.
func collect[T any](ctx context.Context, q querier, query string, args []any, scan func(*sql.Rows) (row T, more bool, err error)) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		row, more, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
		if !more {
			break
		}
	}
	return all, rows.Err()
}
