package store

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/falochron/falochron"
	"github.com/pressly/goose/v3"
)

// schemaTable is where the version of the schema is kept.
const schemaTable = "plan_schema"

// migrate brings the schema up to the newest version this program knows, each
// step in a transaction of its own. Another process may do so at the same
// moment: then one of the two finds a table that is there already, and has
// nothing left to do when it looks again. Of two that open a new SQLite file at once one may be
// told at once that it is locked, whatever time it gave the other: waiting does not
// help where the way of writing (journal_mode) is being changed.
func (s *Store) migrate(ctx context.Context) error {
	var err error
	for range 5 {
		begun := time.Now()
		if err = s.migrateOnce(ctx); err == nil || ctx.Err() != nil || falochron.KindOf(err) == falochron.Conflict {
			return err
		}
		atOnce := s.engine.locked(err) && time.Since(begun) < time.Second
		if kind, _, _ := s.engine.explain(err); kind != falochron.Internal && !atOnce {
			return err // as a full disk: to try again would not help
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	return err
}

func (s *Store) migrateOnce(ctx context.Context) error {
	p, err := s.migrator()
	if err != nil {
		return err
	}
	now, newest, err := p.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case now > newest:
		return &falochron.Error{
			Kind: falochron.Conflict, Op: "open the plan's store",
			Public: fmt.Sprintf("%s has schema %d, made by a newer falochron; this one knows %d", s.engine.place(), now, newest),
			Hint:   "use that release or a newer one; nothing was changed",
		}
	case now == newest:
		return nil
	}
	_, err = p.Up(ctx)
	return err
}

func (s *Store) migrator() (*goose.Provider, error) {
	dialect, folder := s.engine.dialect()
	files, err := fs.Sub(migrations, "migrations/"+folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, s.engine.writer(), files,
		goose.WithTableName(schemaTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}

// schema is the version the store is at: the newest this program knows.
func (s *Store) schema() (int64, error) {
	p, err := s.migrator()
	if err != nil {
		return 0, err
	}
	sources := p.ListSources()
	return sources[len(sources)-1].Version, nil
}
