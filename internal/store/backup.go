package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"time"

	"github.com/falochron/falochron"
)

// A backup is gzip'd JSON, one value a line: a backupHead; then a backupLine for
// each act in order, each message in order, each attempt; last a backupEnd with
// the SHA-256 of all lines before it. It holds nothing of the engine it was made
// on, and `zcat FILE` shows it.
const (
	backupName   = "falochron plan backup"
	backupFormat = 1 // append only: every program restores the formats before its own
	// backupPage is how many rows are in memory at once.
	backupPage = 1000
)

// Counts says how much is in a backup.
type Counts struct {
	Acts     uint64 `json:"acts"`
	Messages uint64 `json:"messages"`
	Attempts uint64 `json:"attempts"`
}

type backupHead struct {
	Is     string    `json:"is"`
	Format int       `json:"format"`
	Schema int64     `json:"schema"`
	Made   time.Time `json:"made"`
	Counts
	// LastMessage is the number of the newest message, as numbers may be passed over.
	LastMessage uint64 `json:"last_message"`
}

// backupLine is one row; exactly one of its fields is there.
type backupLine struct {
	Act     *Act           `json:"act,omitempty"`
	Message *backupMessage `json:"message,omitempty"`
	Attempt *backupAttempt `json:"attempt,omitempty"`
	SHA256  string         `json:"sha256,omitempty"`
}

type backupMessage struct {
	ID       uint64  `json:"id"`
	State    Outcome `json:"state,omitempty"`
	Attempts int     `json:"attempts,omitempty"` // claims so far
	Failures int     `json:"failures,omitempty"` // tries that failed so far, since schema 2
	Message
}

type backupAttempt struct {
	Of uint64 `json:"of"` // the message
	Attempt
}

// Backup writes the whole store as it is at one moment, whoever writes
// meanwhile. What it wrote is a backup only when it returned without an error.
func (s *Store) Backup(ctx context.Context, w io.Writer) (Counts, error) {
	const op = "back up the plan"
	var head backupHead
	err := s.snapshot(ctx, op, func(tx *sql.Tx) (err error) {
		head = backupHead{Is: backupName, Format: backupFormat, Made: time.Now().UTC().Truncate(time.Second)}
		if head.Schema, err = s.schema(); err != nil {
			return err
		}
		const counts = `SELECT messages, (SELECT count(*) FROM plan_acts), (SELECT count(*) FROM plan_messages), (SELECT count(*) FROM plan_attempts) FROM plan_head`
		if err = tx.QueryRowContext(ctx, counts).Scan(&head.LastMessage, &head.Acts, &head.Messages, &head.Attempts); err != nil {
			return err
		}
		s.step("counted")
		out := newBackupWriter(w)
		if err := out.line(head); err != nil {
			return err
		}
		if err := backupActs(ctx, tx, out); err != nil {
			return err
		}
		if err := backupOutbox(ctx, tx, out); err != nil {
			return err
		}
		return out.end()
	})
	return head.Counts, err
}

func backupActs(ctx context.Context, tx *sql.Tx, out *backupWriter) error {
	for after := uint64(0); ; {
		acts, err := readActs(ctx, tx, after, backupPage)
		if err != nil || len(acts) == 0 {
			return err
		}
		for i := range acts {
			if err := out.line(backupLine{Act: &acts[i]}); err != nil {
				return err
			}
		}
		after = acts[len(acts)-1].Seq
	}
}

// backupOutbox writes the messages, then the attempts: no attempt may come
// before its message.
func backupOutbox(ctx context.Context, tx *sql.Tx, out *backupWriter) error {
	const query = `SELECT id, state, attempts, failures, key, lane, act, due, body FROM plan_messages WHERE id > $1 ORDER BY id LIMIT $2`
	last := uint64(0)
	for {
		size := 0
		page, err := collect(ctx, tx, query, []any{last, backupPage}, func(rows *sql.Rows) (m backupMessage, more bool, err error) {
			err = scanMessage(rows, &m.Message, &m.ID, &m.State, &m.Attempts, &m.Failures)
			size += len(m.Body)
			return m, size < maxPage, err
		})
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			if err := out.line(backupLine{Message: &page[i]}); err != nil {
				return err
			}
		}
		last = page[len(page)-1].ID
	}
	for first := uint64(1); first <= last; first += backupPage {
		of, err := readAttempts(ctx, tx, first, first+backupPage-1)
		if err != nil {
			return err
		}
		for id := first; id < first+backupPage; id++ {
			for _, a := range of[id] {
				if err := out.line(backupLine{Attempt: &backupAttempt{Of: id, Attempt: a}}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// backupWriter writes lines and their sum.
type backupWriter struct {
	zip *gzip.Writer
	buf *bufio.Writer
	sum hash.Hash
}

func newBackupWriter(w io.Writer) *backupWriter {
	zip := gzip.NewWriter(w)
	return &backupWriter{zip: zip, buf: bufio.NewWriterSize(zip, 64<<10), sum: sha256.New()}
}

func (b *backupWriter) line(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	b.sum.Write(text)
	if _, err := b.buf.Write(text); err != nil {
		return noBackup(err)
	}
	return nil
}

func (b *backupWriter) end() error {
	if err := b.line(backupLine{SHA256: hex.EncodeToString(b.sum.Sum(nil))}); err != nil {
		return err
	}
	if err := b.buf.Flush(); err != nil {
		return noBackup(err)
	}
	if err := b.zip.Close(); err != nil {
		return noBackup(err)
	}
	return nil
}

// noBackup is a fault of where the backup goes, not of the store.
func noBackup(err error) error {
	return &falochron.Error{
		Kind: falochron.Unavailable, Op: "write the backup", Err: err,
		Hint: "is there room on that disk, and may this user write there? The plan itself is well",
	}
}
