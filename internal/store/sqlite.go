package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	modernc "modernc.org/sqlite"

	"github.com/falochron/falochron"
)

// busyFor is how long a transaction waits for another process that writes. A
// write takes milliseconds; a restore of a large plan takes seconds.
const busyFor = 10 * time.Second

// sqlite is a plan in one file. All writing goes through one connection, whose
// transactions take the write lock at their start, so that what a transaction
// has read stays true until it commits.
type sqlite struct {
	path        string
	write, read *sql.DB
	file        fs.FileInfo // as it was opened; set by make

	mu   sync.Mutex
	news chan struct{} // closed at the next write of this process; guarded by mu
}

func openSQLite(path string, busy time.Duration) (*sqlite, error) {
	if path == "" {
		return nil, badAddress("the address of the store is an empty path")
	}
	path = filepath.Clean(path)
	// synchronous=FULL: a commit is on disk, in the log beside the file, before it
	// returns; in WAL mode NORMAL would lose the last ones in a power cut.
	pragmas := fmt.Sprintf("?mode=rw&_txlock=immediate&_dqs=0&_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)", busy.Milliseconds())
	file := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String() + pragmas
	e := &sqlite{path: path, news: make(chan struct{})}
	both := [2]*sql.DB{}
	for i, name := range []string{file, file + "&_pragma=query_only(1)"} {
		c, err := modernc.NewConnector(name)
		if err != nil {
			return nil, err
		}
		both[i] = sql.OpenDB(fileConnector{c, e})
	}
	e.write, e.read = both[0], both[1]
	e.write.SetMaxOpenConns(1)
	e.read.SetMaxOpenConns(4)
	e.read.SetMaxIdleConns(4)
	return e, nil
}

// fileConnector makes connections to the file that was opened, and to no other
// that has its name by now: a pool would keep them.
type fileConnector struct {
	driver.Connector
	e *sqlite
}

// Connect makes a connection.
func (c fileConnector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.e.same(); err != nil {
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.e.same(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (e *sqlite) writer() *sql.DB { return e.write }
func (e *sqlite) reader() *sql.DB { return e.read }
func (e *sqlite) place() string   { return e.path }

func (e *sqlite) exists(context.Context) (bool, error) {
	info, err := os.Stat(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Size() > 0, err
}

// make makes the file before SQLite would: it would let everybody read it.
func (e *sqlite) make() error {
	dir := filepath.Dir(e.path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := syncFolder(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(e.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	e.file, err = f.Stat()
	return errors.Join(err, f.Close())
}

// same makes sure that the file is still where it was opened. The system would
// let us go on writing to one that was deleted, and all of that would be gone.
func (e *sqlite) same() error {
	if now, err := os.Stat(e.path); err == nil && os.SameFile(e.file, now) {
		return nil
	}
	return &falochron.Error{
		Kind: falochron.Unavailable, Op: "use the plan's store", Public: e.path + " was moved, deleted or replaced while this program ran",
		Hint: "put the file back, and do not touch -wal and -shm beside it; if there is another one now, restart this program",
	}
}

// syncFolder makes a new entry of a folder survive a power cut. SQLite does so
// for the folder of its file.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (e *sqlite) dialect() (goose.Dialect, string) { return goose.DialectSQLite3, "sqlite" }

func (e *sqlite) prepare(context.Context, *sql.Tx) error  { return e.same() }
func (e *sqlite) announce(context.Context, *sql.Tx) error { return nil }

// SQLite has one isolation: a reader sees one moment, and a writer is alone.
func (e *sqlite) isolation() sql.IsolationLevel { return sql.LevelDefault }
func (e *sqlite) frozen() sql.IsolationLevel    { return sql.LevelDefault }

// skipLocked: there is one writer, who holds everything.
func (e *sqlite) skipLocked() string { return "" }

func (e *sqlite) changed() {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.news)
	e.news = make(chan struct{})
}

// fileListener hears of writes of this process at once, and looks for those of
// others: a look is one row read from memory, so asking PRAGMA data_version
// first, on a connection kept for it, would spare nothing.
type fileListener struct {
	e    *sqlite
	news chan struct{} // taken before the look that found nothing
}

func (e *sqlite) listen(context.Context) (listener, error) {
	l := &fileListener{e: e}
	l.again()
	return l, e.same()
}

func (l *fileListener) again() {
	l.e.mu.Lock()
	defer l.e.mu.Unlock()
	l.news = l.e.news
}

func (l *fileListener) wait(ctx context.Context) error {
	t := time.NewTimer(pollEvery)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-l.news:
		l.again()
	}
	return l.e.same()
}

func (l *fileListener) close() {}

// hide: an address that is a path has no secrets.
func (e *sqlite) hide(err error) error { return err }

func (e *sqlite) close() error { return errors.Join(e.read.Close(), e.write.Close()) }

// locked: the lock is another connection's.
func (e *sqlite) locked(err error) bool {
	code := codeOf(err)
	return code == sqliteBusy || code == sqliteLocked
}

// codeOf is SQLite's primary result code; -1 if the error is none of SQLite's.
func codeOf(err error) int {
	if coded, is := errors.AsType[interface {
		error
		Code() int
	}](err); is {
		return coded.Code() & 0xff // the rest says more exactly what the text says as well
	}
	return -1
}

// explain says what to do about an error of SQLite or of the file.
func (e *sqlite) explain(err error) (falochron.Kind, string, string) {
	_, isPath := errors.AsType[*fs.PathError](err)
	code := codeOf(err)
	// Who takes the file away while it is opened or read is met by either code.
	if code == sqliteCantOpen || code == sqliteIOErr {
		if moved, is := errors.AsType[*falochron.Error](e.same()); is && e.file != nil {
			return moved.Kind, moved.Public, moved.Hint
		}
	}
	switch {
	case code == sqliteFull || errors.Is(err, syscall.ENOSPC):
		return falochron.Unavailable, "the disk of " + e.path + " is full", "make room on that disk and try again; what was acknowledged is not lost"
	case code == sqliteReadonly || code == sqlitePerm || errors.Is(err, fs.ErrPermission):
		return falochron.Unavailable, e.path + " may not be written by this user",
			"give the file, those beside it (-wal, -shm) and their folder to the user that runs falochron"
	case code == sqliteCantOpen || isPath:
		return falochron.Unavailable, e.path + " cannot be opened", "is it a file, in a folder that this user may write to?"
	case code == sqliteBusy || code == sqliteLocked:
		return falochron.Unavailable, "another process has been writing to " + e.path + " for too long",
			"wait for it, as for a restore; fuser " + e.path + " names the process"
	case code == sqliteCorrupt || code == sqliteNotADB:
		return falochron.Unavailable, e.path + " is damaged, or not a plan",
			"keep the file, and restore the last backup into another: falochron restore --store NEW BACKUP"
	case code == sqliteIOErr:
		return falochron.Unavailable, "the disk of " + e.path + " fails", "look into the system's log for faults of the disk; what was acknowledged is not lost"
	}
	return falochron.Internal, "", ""
}

// Result codes of SQLite, see https://www.sqlite.org/rescode.html. They are part
// of its file format's promise and never change.
const (
	sqlitePerm     = 3
	sqliteBusy     = 5
	sqliteLocked   = 6
	sqliteReadonly = 8
	sqliteIOErr    = 10
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteNotADB   = 26
)
