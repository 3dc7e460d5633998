package store

import (
	"context"
	"database/sql"
	"embed"
	"strings"
	"time"

	"github.com/falochron/falochron"
	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// engine is what differs between the databases.
type engine interface {
	// writer is for transactions that change something, reader for all others.
	writer() *sql.DB
	reader() *sql.DB
	// place names the database for people, without secrets.
	place() string
	// exists tells whether a plan is there already.
	exists(context.Context) (bool, error)
	// make makes what must be there before the first connection.
	make() error
	// dialect is whose migrations to run, from which folder of migrations.
	dialect() (d goose.Dialect, folder string)
	// locked reports that an error says that another connection holds what was asked for.
	locked(error) bool
	// prepare begins a transaction that writes.
	prepare(context.Context, *sql.Tx) error
	// isolation is that of transactions that write: who waited for another sees
	// what that one wrote. frozen is the one in which all reads of a transaction
	// see one moment.
	isolation() sql.IsolationLevel
	frozen() sql.IsolationLevel
	// skipLocked is what a select says to leave rows out that somebody else is
	// about to change.
	skipLocked() string
	// announce tells those who listen anywhere of new acts, once the transaction
	// is committed; changed tells those in this process that one was.
	announce(context.Context, *sql.Tx) error
	changed()
	// listen begins to listen for what others write.
	listen(context.Context) (listener, error)
	// explain says of an error of the database whose fault it is and what to do.
	explain(error) (kind falochron.Kind, public, hint string)
	// hide takes the secrets of the address out of an error's text.
	hide(error) error
	close() error
}

// listener waits for news. It may wake up for nothing.
type listener interface {
	// wait returns when something was written, when it is time to look anyway, or
	// when ctx ends. An error means that this listener hears nothing any more.
	wait(ctx context.Context) error
	close()
}

const (
	// pollEvery is how often a follower looks when it hears nothing: five times
	// within the second in which it must see what others did.
	pollEvery = 200 * time.Millisecond
	// answerWithin is how long a follower waits for a database that says nothing,
	// before it counts as lost.
	answerWithin = 5 * time.Second
)

// connect chooses the engine by the address. It does not connect yet.
func connect(address string) (engine, error) {
	scheme, _, isURL := strings.Cut(address, "://")
	switch {
	case address == "":
		return nil, badAddress("no address of a store is given")
	case !isURL:
		return openSQLite(strings.TrimPrefix(address, "sqlite:"), busyFor)
	case scheme == "postgres" || scheme == "postgresql":
		return openPostgres(address)
	}
	// The rest of the address may hold a secret, and so may what stands before a
	// mistyped "://".
	return nil, badAddress("the address of the store is neither a path nor begins with postgres://")
}

func badAddress(what string) error {
	return &falochron.Error{
		Kind: falochron.Invalid, Op: "open the plan's store", Public: what,
		Hint: "give the path of a SQLite file, or postgres://USER@HOST:5432/DATABASE?sslmode=verify-full",
	}
}
