package store

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/falochron/falochron"
)

// maxLine bounds a line of a backup: a body is a third longer in base64.
const maxLine = 2*MaxBody + 64<<10

// Restore fills the store from a backup: all of it, or nothing. It refuses a
// store that holds something, unless replace says to drop that; and a backup
// that is damaged, cut off, or made by a newer program. Whoever has the store
// open, this caller too, gets [ErrReplaced] from then on. Messages that waited when the
// backup was made wait again, and are due again.
func (s *Store) Restore(ctx context.Context, r io.Reader, replace bool) (Counts, error) {
	var head backupHead
	log := rand.Text()
	err := s.write(ctx, "restore the plan", func(tx *sql.Tx) error {
		in, err := newBackupReader(r)
		if err != nil {
			return err
		}
		if head, err = s.readHead(in); err != nil {
			return err
		}
		if err := s.clear(ctx, tx, log, replace); err != nil {
			return err
		}
		f := filler{tx: tx, acts: inserter{into: `INSERT INTO plan_acts (seq, at, stream, actor, kind, body)`},
			messages: inserter{into: `INSERT INTO plan_messages (id, key, lane, act, due, body, state, attempts, failures)`},
			attempts: inserter{into: `INSERT INTO plan_attempts (message, number, started, ended, outcome, note)`}}
		if err := f.fill(ctx, in); err != nil {
			return s.misfit(err)
		}
		if f.got != head.Counts || f.lastMessage > head.LastMessage {
			return damaged(fmt.Sprintf("it holds %+v, and says that it holds %+v", f.got, head.Counts))
		}
		if _, err := tx.ExecContext(ctx, `UPDATE plan_head SET seq = $1, messages = $2`, head.Acts, head.LastMessage); err != nil {
			return err
		}
		return s.engine.announce(ctx, tx)
	})
	if err != nil {
		return Counts{}, err
	}
	return head.Counts, nil
}

// clear takes hold of the head, gives the log its new identity, and drops what
// the store holds if that is wanted.
func (s *Store) clear(ctx context.Context, tx *sql.Tx, log string, replace bool) error {
	var seq, messages uint64
	if err := tx.QueryRowContext(ctx, `UPDATE plan_head SET log = $1 RETURNING seq, messages`, log).Scan(&seq, &messages); err != nil {
		return err
	}
	if seq+messages > 0 && !replace {
		return &falochron.Error{
			Kind: falochron.Conflict, Op: "restore the plan", Public: fmt.Sprintf("%s holds a plan already, of %d acts", s.engine.place(), seq),
			Hint: "name an empty one with --store, or drop what is there with --replace",
		}
	}
	// What was called belongs to this log: a call of before the backup may come again.
	for _, drop := range []string{`DELETE FROM plan_calls`, `DELETE FROM plan_attempts`, `DELETE FROM plan_messages`, `DELETE FROM plan_acts`} {
		if _, err := tx.ExecContext(ctx, drop); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) readHead(in *backupReader) (backupHead, error) {
	var head backupHead
	line, err := in.next()
	if err != nil {
		return head, err
	}
	if json.Unmarshal(line, &head) != nil || head.Is != backupName {
		return head, damaged("it is not a backup of a plan")
	}
	newest, err := s.schema()
	if err != nil {
		return head, err
	}
	if head.Format > backupFormat || head.Schema > newest {
		return head, &falochron.Error{
			Kind: falochron.Conflict, Op: "restore the plan",
			Public: fmt.Sprintf("the backup has format %d and schema %d, made by a newer falochron; this one knows %d and %d", head.Format, head.Schema, backupFormat, newest),
			Hint:   "restore it with that release or a newer one",
		}
	}
	return head, nil
}

// filler writes the lines of a backup into a store.
type filler struct {
	tx                       *sql.Tx
	acts, messages, attempts inserter
	got                      Counts
	lastMessage              uint64
}

// inserter gathers rows, so that many are written at once.
type inserter struct {
	into string
	rows [][]any
	size int // bytes of bodies in rows
}

func (f *filler) fill(ctx context.Context, in *backupReader) error {
	for {
		sum := in.sum.Sum(nil) // of the lines before
		raw, err := in.next()
		if err != nil {
			return err
		}
		var line backupLine
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&line); err != nil {
			return damaged(fmt.Sprintf("line %d: %v", in.lines, err))
		}
		switch {
		case line.SHA256 != "":
			if line.SHA256 != hex.EncodeToString(sum) {
				return damaged("its sum is not right")
			}
			for _, ins := range []*inserter{&f.acts, &f.messages, &f.attempts} {
				if err := ins.flush(ctx, f.tx); err != nil {
					return err
				}
			}
			return in.end()
		case line.Act != nil:
			err = f.act(ctx, line.Act)
		case line.Message != nil:
			err = f.message(ctx, line.Message)
		case line.Attempt != nil:
			err = f.attempt(ctx, line.Attempt)
		default:
			err = damaged(fmt.Sprintf("line %d holds nothing", in.lines))
		}
		if err != nil {
			return err
		}
	}
}

func (f *filler) act(ctx context.Context, a *Act) error {
	f.got.Acts++
	if err := a.check(); err != nil || a.Seq != f.got.Acts {
		return damaged(fmt.Sprintf("act %d is wrong", f.got.Acts))
	}
	return f.acts.add(ctx, f.tx, len(a.Body), a.Seq, micros(a.At), a.Stream, a.Actor, a.Kind, whole(a.Body))
}

func (f *filler) message(ctx context.Context, m *backupMessage) error {
	f.got.Messages++
	if err := m.check(); err != nil || m.ID <= f.lastMessage || m.ID > 1<<62 {
		return damaged(fmt.Sprintf("message %d is wrong", f.got.Messages))
	}
	f.lastMessage = m.ID
	return f.messages.add(ctx, f.tx, len(m.Body), m.ID, m.Key, m.Lane, m.Act, micros(m.Due), whole(m.Body), string(m.State), m.Attempts, m.Failures)
}

func (f *filler) attempt(ctx context.Context, a *backupAttempt) error {
	f.got.Attempts++
	if err := f.messages.flush(ctx, f.tx); err != nil { // its message goes before it
		return err
	}
	return f.attempts.add(ctx, f.tx, len(a.Note), a.Of, a.Number, micros(a.Started), micros(a.Ended), string(a.Outcome), a.Note)
}

func (ins *inserter) add(ctx context.Context, tx *sql.Tx, size int, row ...any) error {
	ins.rows = append(ins.rows, row)
	if ins.size += size; len(ins.rows) < backupPage && ins.size < maxPage {
		return nil
	}
	return ins.flush(ctx, tx)
}

func (ins *inserter) flush(ctx context.Context, tx *sql.Tx) error {
	err := insert(ctx, tx, ins.into, ``, ins.rows)
	ins.rows, ins.size = ins.rows[:0], 0
	return err
}

// misfit: what the tables themselves refuse is no fault of the database.
func (s *Store) misfit(err error) error {
	if _, ours := errors.AsType[*falochron.Error](err); ours {
		return err
	}
	if kind, _, _ := s.engine.explain(err); kind != falochron.Internal {
		return err
	}
	return damaged(s.engine.hide(err).Error())
}

// backupReader reads lines and sums them.
type backupReader struct {
	zip   *gzip.Reader
	in    *bufio.Scanner
	sum   hash.Hash
	lines int
}

func newBackupReader(r io.Reader) (*backupReader, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, damaged("it is not a backup of a plan")
	}
	in := bufio.NewScanner(zip)
	in.Buffer(nil, maxLine)
	in.Split(wholeLines)
	return &backupReader{zip: zip, in: in, sum: sha256.New()}, nil
}

// wholeLines takes lines that end: the last of a file that was cut off does not.
func wholeLines(data []byte, last bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if last && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

func (b *backupReader) next() ([]byte, error) {
	if !b.in.Scan() {
		if err := b.in.Err(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, damaged(err.Error())
		}
		return nil, damaged("its end is missing")
	}
	b.lines++
	b.sum.Write(b.in.Bytes())
	return b.in.Bytes(), nil
}

// end makes sure that nothing follows; gzip's own sum is checked on the way.
func (b *backupReader) end() error {
	if b.in.Scan() {
		return damaged("something follows its end")
	}
	if err := b.in.Err(); err != nil {
		return damaged(err.Error())
	}
	return nil
}

func damaged(how string) error {
	return &falochron.Error{
		Kind: falochron.Invalid, Op: "restore the plan", Public: "the backup cannot be used: " + how,
		Hint: "nothing was changed; take the backup before it",
	}
}
