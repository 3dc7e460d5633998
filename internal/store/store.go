package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/falochron/falochron"
)

// Config says which store to open.
type Config struct {
	// Address is the path of a SQLite file, or postgres://USER@HOST/DATABASE.
	Address string
	// Existing refuses to make a store where there is none yet.
	Existing bool
}

// Store is the plan on disk. It is safe for concurrent use, by several
// processes as well.
type Store struct {
	engine engine
	// log is the identity of the log as it was opened: a restore makes another
	// one, and nobody may go on writing to that with what they knew of this.
	log string
	// step is called at each step of a write, and in the midst of a backup; tests
	// end the process there, or do something else meanwhile.
	step func(string)
}

// Errors that a caller tells apart.
var (
	// ErrConflict: somebody appended after the act the caller knew as the last.
	// Nothing was written: read what is new, and decide again.
	ErrConflict = errors.New("somebody else was quicker")
	// ErrReplaced: the log is another one than was opened, since a backup was
	// restored over it. Nothing that was read before counts any more.
	ErrReplaced = errors.New("the plan was replaced by a restored backup")
)

// Open opens the store at an address. It makes the SQLite file (mode 0600) or
// the tables if they are not there, and brings an older schema up to this
// program's. Its errors say what to do: [falochron.Invalid] for an address that
// cannot be understood, [falochron.NotFound] where nothing is and none may be
// made, [falochron.Conflict] when a newer program made the store,
// [falochron.Unavailable] when file or server cannot be used. The caller closes
// the store.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	e, err := connect(cfg.Address)
	if err != nil {
		return nil, err
	}
	s := &Store{engine: e, step: func(string) {}}
	if err := s.open(ctx, cfg.Existing); err != nil {
		_ = e.close() // what went wrong before says more
		return nil, s.fail(ctx, "open the plan's store", err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, existing bool) error {
	there, err := s.engine.exists(ctx)
	if err != nil {
		return err
	}
	if existing && !there {
		return &falochron.Error{
			Kind: falochron.NotFound, Op: "open the plan's store", Public: "there is no plan in " + s.engine.place(),
			Hint: "name another with --store, or the folder it lies in with --data",
		}
	}
	if err := s.engine.make(); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.engine.reader().QueryRowContext(ctx, `SELECT log FROM plan_head`).Scan(&s.log)
}

// Place names the store for people, without its secrets.
func (s *Store) Place() string { return s.engine.place() }

// Close gives everything back. What was acknowledged is on disk already.
func (s *Store) Close() error {
	return s.fail(context.Background(), "close the plan's store", s.engine.close())
}

// write runs f in one transaction: all of it happens, or nothing.
func (s *Store) write(ctx context.Context, op string, f func(*sql.Tx) error) error {
	tx, err := s.engine.writer().BeginTx(ctx, &sql.TxOptions{Isolation: s.engine.isolation()})
	if err != nil {
		return s.fail(ctx, op, err)
	}
	s.step("begun")
	if err = s.engine.prepare(ctx, tx); err == nil {
		err = f(tx)
	}
	if err != nil {
		_ = tx.Rollback() // what went wrong before says more
		return s.fail(ctx, op, err)
	}
	s.step("written")
	if err := tx.Commit(); err != nil {
		return s.fail(ctx, op, err)
	}
	s.step("committed")
	s.engine.changed()
	return nil
}

// snapshot runs f on the store as it is at one moment, whoever writes meanwhile.
func (s *Store) snapshot(ctx context.Context, op string, f func(*sql.Tx) error) error {
	tx, err := s.engine.reader().BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.engine.frozen()})
	if err != nil {
		return s.fail(ctx, op, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return s.fail(ctx, op, f(tx))
}

// moved advances the counters of the head by so many acts and messages, and
// holds the head until the transaction ends: whoever else wants to write waits.
// It returns the number of the last message before.
func (s *Store) moved(ctx context.Context, tx *sql.Tx, after uint64, acts, messages int) (uint64, error) {
	var last uint64
	query, args := `UPDATE plan_head SET messages = messages + $1 WHERE log = $2 RETURNING messages`, []any{messages, s.log}
	if acts > 0 {
		query = `UPDATE plan_head SET messages = messages + $1, seq = seq + $3 WHERE log = $2 AND seq = $4 RETURNING messages`
		args = append(args, acts, after)
	}
	err := tx.QueryRowContext(ctx, query, args...).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, s.overtaken(ctx, tx)
	}
	return last - uint64(messages), err
}

// same makes sure that the store is still the one that was opened.
func (s *Store) same(ctx context.Context, tx *sql.Tx) error {
	var log string
	if err := tx.QueryRowContext(ctx, `SELECT log FROM plan_head`).Scan(&log); err != nil {
		return err
	}
	if log != s.log {
		return s.replaced()
	}
	return nil
}

// overtaken says why the head is not where the caller believed it to be.
func (s *Store) overtaken(ctx context.Context, tx *sql.Tx) error {
	if err := s.same(ctx, tx); err != nil {
		return err
	}
	return &falochron.Error{
		Kind: falochron.Conflict, Op: "append to the plan", Err: ErrConflict,
		Hint: "nothing was written: read what is new, and decide again",
	}
}

func (s *Store) replaced() error {
	return &falochron.Error{
		Kind: falochron.Conflict, Op: "use the plan's store", Err: ErrReplaced,
		Hint: "nothing was written: restart this program, so that it reads the plan anew",
	}
}

// fail makes an error of an engine one that says what to do. Those that do are
// left alone; that of a caller who gave up is the context's.
func (s *Store) fail(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ours := errors.AsType[*falochron.Error](err); ours {
		return err
	}
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%s: %w", op, cause)
	}
	kind, public, hint := s.engine.explain(err)
	return &falochron.Error{Kind: kind, Op: op, Public: public, Hint: hint, Err: s.engine.hide(err)}
}
