package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/falochron/falochron"
)

// postgres is a plan in a PostgreSQL database.
type postgres struct {
	db      *sql.DB
	name    string   // of the database, and where
	secrets []string // what no error may say
}

// openPostgres understands an address as every program with libpq does:
// PGPASSWORD, PGPASSFILE and the rest count where the address is silent.
func openPostgres(address string) (*postgres, error) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		// What is wrong cannot be said: pgx names it with the whole address.
		return nil, badAddress("the address of the store, postgres://…, cannot be understood")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = answerWithin
	}
	e := &postgres{db: stdlib.OpenDB(*cfg), secrets: secretsOf(address, cfg)}
	e.name = "database " + cfg.Database + " at " + cfg.Host
	if !strings.HasPrefix(cfg.Host, "/") {
		e.name = "database " + cfg.Database + " at " + net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port)))
	}
	// Enough for the operators' side of one process; a server of a small shop
	// allows a hundred connections in all.
	e.db.SetMaxOpenConns(10)
	e.db.SetMaxIdleConns(4)
	e.db.SetConnMaxIdleTime(5 * time.Minute)
	return e, nil
}

// secretsOf is every way in which the password, or one for a key file, could be
// written into an error.
func secretsOf(address string, cfg *pgx.ConnConfig) []string {
	found := []string{cfg.Password}
	if u, err := url.Parse(address); err == nil {
		q := u.Query()
		found = append(found, q.Get("password"), q.Get("sslpassword"))
		if p, ok := u.User.Password(); ok {
			found = append(found, p)
		}
	}
	if _, rest, ok := strings.Cut(address, "://"); ok {
		before, _, _ := strings.Cut(rest, "@")
		_, raw, _ := strings.Cut(before, ":")
		found = append(found, raw)
	}
	var secrets []string
	for _, s := range found {
		if s != "" {
			secrets = append(secrets, s, url.QueryEscape(s), url.PathEscape(s))
		}
	}
	return secrets
}

func (e *postgres) writer() *sql.DB { return e.db }
func (e *postgres) reader() *sql.DB { return e.db }
func (e *postgres) place() string   { return e.name }

func (e *postgres) exists(ctx context.Context) (there bool, err error) {
	err = e.db.QueryRowContext(ctx, `SELECT to_regclass('plan_head') IS NOT NULL`).Scan(&there)
	return there, err
}

func (e *postgres) make() error { return nil }

func (e *postgres) dialect() (goose.Dialect, string) { return goose.DialectPostgres, "postgres" }

// prepare: whatever the server's or the database's setting is, a commit of ours
// is on disk before it returns.
func (e *postgres) prepare(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `SET LOCAL synchronous_commit TO on`)
	return err
}

// announce: the notice is delivered when the transaction commits.
func (e *postgres) announce(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `NOTIFY falochron_plan`)
	return err
}

func (e *postgres) changed() {}

func (e *postgres) isolation() sql.IsolationLevel { return sql.LevelReadCommitted }
func (e *postgres) frozen() sql.IsolationLevel    { return sql.LevelRepeatableRead }

func (e *postgres) skipLocked() string { return "FOR UPDATE SKIP LOCKED" }

// serverListener is a connection of its own that the server sends notices to.
type serverListener struct{ conn *sql.Conn }

func (e *postgres) listen(ctx context.Context) (listener, error) {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	l := &serverListener{conn}
	if _, err := conn.ExecContext(ctx, `LISTEN falochron_plan`); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *serverListener) wait(ctx context.Context) error {
	short, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	err := l.conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().WaitForNotification(short)
		return err
	})
	if short.Err() != nil {
		return nil // time to look
	}
	return err
}

// close gives the connection up: nobody else in the pool wants its notices.
func (l *serverListener) close() {
	_ = l.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = l.conn.Close()
}

func (e *postgres) close() error { return e.db.Close() }

// locked: who waits for a lock here waits as long as he may.
func (e *postgres) locked(error) bool { return false }

// hide keeps the text of an error, without secrets, and of what is below only
// whether it is one that somebody asks for: the errors of pgx hold the address.
func (e *postgres) hide(err error) error {
	text := strings.Join(strings.Fields(err.Error()), " ") // pgx writes several lines
	for _, s := range e.secrets {
		text = strings.ReplaceAll(text, s, "…")
	}
	return &hidden{text: text, err: err}
}

type hidden struct {
	text string
	err  error
}

func (h *hidden) Error() string        { return h.text }
func (h *hidden) Is(target error) bool { return errors.Is(h.err, target) }

// explain says what to do about an error of PostgreSQL or on the way to it. The
// codes are in appendix A of its manual.
func (e *postgres) explain(err error) (falochron.Kind, string, string) {
	said, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if lost(err) {
			return falochron.Unavailable, e.name + " cannot be reached",
				"is PostgreSQL running there, and does it take connections from here? What was acknowledged is not lost"
		}
		return falochron.Internal, "", ""
	}
	class := said.Code[:min(2, len(said.Code))]
	switch {
	case said.Code == "53100":
		return falochron.Unavailable, "the disk of " + e.name + " is full", "make room on the server's disk and try again; what was acknowledged is not lost"
	case said.Code == "53300":
		return falochron.Unavailable, e.name + " takes no more connections", "raise max_connections, or end programs that hold some"
	case class == "28":
		return falochron.Unavailable, e.name + " refuses this user", "check user and password in the address (or PGPASSFILE), and the server's pg_hba.conf"
	case said.Code == "3D000":
		return falochron.Unavailable, e.name + " does not exist", "make it: createdb " + strings.Fields(e.name)[1]
	case said.Code == "42501":
		return falochron.Unavailable, "this user may not do that in " + e.name, "make the user the owner of the database, or grant CREATE on its schema"
	case said.Code == "25006":
		return falochron.Unavailable, e.name + " is read-only", "it may be a standby: name the primary, or several hosts with target_session_attrs=read-write"
	case class == "40" || said.Code == "55P03":
		return falochron.Unavailable, e.name + " was busy with something else", "try again"
	case class == "57" || class == "08" || class == "58" || class == "53":
		return falochron.Unavailable, e.name + " is going down or in trouble", "look into the server's log; what was acknowledged is not lost"
	case class == "XX":
		return falochron.Unavailable, e.name + " is damaged", "look into the server's log, and restore the last backup into another database: falochron restore --store NEW BACKUP"
	}
	return falochron.Internal, "", ""
}

// lost reports whether an error means that the server is not there, or that the
// way to it is cut.
func lost(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, context.DeadlineExceeded) || brokenStream(err)
}

// brokenStream: pgx hands out what the connection said, without a type of its own.
func brokenStream(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, syscall.ECONNRESET)
}
