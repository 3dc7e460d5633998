package toyshop

import (
	"crypto/rand"
	"database/sql"
	_ "embed" // the schema
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the database driver "sqlite"

	"github.com/falochron/falochron"
)

// databaseFile is the shop's database within its folder.
const databaseFile = "toyshop.db"

//go:embed schema.sql
var schema string

// A store is the shop's database. All writing goes through one connection,
// whose transactions take the write lock at their start, so that what a
// transaction has read stays true until it commits.
type store struct {
	write *sql.DB
	read  *sql.DB // the same as write when in memory
}

// openStore opens the database in folder data, or makes a fresh one.
func openStore(data string) (*store, error) {
	if data == InMemory {
		db, err := openDB("file::memory:?_txlock=immediate", 1)
		if err != nil {
			return nil, err
		}
		return (&store{write: db, read: db}).prepared()
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, noData(err)
	}
	path := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.Join(data, databaseFile)}).EscapedPath()}).String()
	// synchronous=NORMAL: a commit survives kill -9, though not a power cut.
	const pragmas = "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
	write, err := openDB(path+pragmas, 1)
	if err != nil {
		return nil, err
	}
	read, err := openDB(path+pragmas+"&_pragma=query_only(1)", 4)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return (&store{write: write, read: read}).prepared()
}

func openDB(dsn string, connections int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, noData(err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

func (st *store) prepared() (*store, error) {
	if _, err := st.write.Exec(schema); err != nil {
		return nil, noData(errors.Join(err, st.close()))
	}
	return st, nil
}

func noData(err error) error {
	return &falochron.Error{
		Kind: falochron.Unavailable, Op: "open the toy shop's data folder",
		Hint: "name a folder that this user may write to; an empty one becomes a fresh shop", Err: err,
	}
}

func (st *store) close() error {
	if st.read == st.write {
		return st.write.Close()
	}
	return errors.Join(st.read.Close(), st.write.Close())
}

// stockUp puts n of each article on sale in a fresh shop; one that already knows
// an article keeps its stock.
func (st *store) stockUp(articles []Article, n int) error {
	return st.inTx(func(tx *sql.Tx) error {
		for _, a := range articles {
			_, err := tx.Exec(`INSERT INTO stock (product, offered, available) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, a.Slug, n, n)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// setStock leaves n of an article to be sold from now on, or n of each when
// product is empty. It reports whether there is such an article.
func (st *store) setStock(product string, n int) (bool, error) {
	res, err := st.write.Exec(`UPDATE stock SET available = ?1, offered = sold + ?1 WHERE product = ?2 OR ?2 = ''`, n, product)
	if err != nil {
		return false, err
	}
	rows, err := res.RowsAffected()
	return rows > 0, err
}

// available is how many of an article the shop believes it has.
func (st *store) available(product string) (int, error) {
	var n int
	err := st.read.QueryRow(`SELECT available FROM stock WHERE product = ?`, product).Scan(&n)
	return n, err
}

// secret is the key between shop and payment provider. It is made once per
// database, so notices sent before a restart are believed after it.
func (st *store) secret() ([]byte, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails
	if _, err := st.write.Exec(`INSERT INTO meta VALUES ('payment secret', ?) ON CONFLICT DO NOTHING`, fresh); err != nil {
		return nil, err
	}
	var key []byte
	err := st.write.QueryRow(`SELECT value FROM meta WHERE key = 'payment secret'`).Scan(&key)
	return key, err
}

// inTx runs f in one transaction: all of it happens, or nothing.
func (st *store) inTx(f func(*sql.Tx) error) error {
	tx, err := st.write.Begin()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
