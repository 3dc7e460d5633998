package store

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/stdlib"
)

var rewrite = flag.Bool("rewrite", false, "write the dump of the newest schema, and the backup of the newest format, if they are not there yet")

// newestSchema is the number of the newest migration.
func newestSchema(t *testing.T) int {
	t.Helper()
	s := &Store{}
	e, err := openSQLite(filepath.Join(t.TempDir(), "none"), busyFor)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	s.engine = e
	v, err := s.schema()
	if err != nil {
		t.Fatal(err)
	}
	return int(v)
}

// Both engines have the same migrations.
func TestMigrationsGoTogether(t *testing.T) {
	var names [2][]string
	for i, folder := range []string{"sqlite", "postgres"} {
		files, err := migrations.ReadDir("migrations/" + folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			names[i] = append(names[i], f.Name())
		}
	}
	if diff := cmp.Diff(names[0], names[1]); diff != "" {
		t.Error(diff)
	}
}

// A store as every release since the first schema left it is brought up to the
// newest, with all that it held. The dumps in testdata are what the program of
// then wrote: they are written once, with -rewrite, when a schema is new, and
// never again.
func TestUpgrade(t *testing.T) {
	newest := newestSchema(t)
	for version := 1; version <= newest; version++ {
		for name, empty := range engines {
			t.Run(fmt.Sprintf("%d %s", version, name), func(t *testing.T) {
				fresh := empty(t)
				s := open(t, fresh)
				seeded(t, s)
				want := contentOf(t, s)
				file := filepath.Join("testdata", fmt.Sprintf("schema-%d.%s.sql", version, name))
				if _, err := os.Stat(file); *rewrite && err != nil && version == newest {
					if err := os.WriteFile(file, []byte(dump(t, name, fresh)), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal("every schema needs its dump: go test ./internal/store -run TestUpgrade -rewrite: ", err)
				}
				old := empty(t)
				load(t, name, old, string(text))
				up := open(t, old)
				if diff := cmp.Diff(want, contentOf(t, up)); diff != "" {
					t.Errorf("-was +is:\n%s", diff)
				}
				if diff := cmp.Diff(columns(t, name, fresh), columns(t, name, old)); diff != "" {
					t.Errorf("-made anew +upgraded:\n%s", diff)
				}
				mustAppend(t, up, uint64(len(want.Acts)), 1)
				claim(t, up, at(1e6), 10)
				// What schema 2 has more: failures, which are counted from the journal for those
				// before it, and calls.
				if diff := cmp.Diff(column(t, fresh, failuresOf), column(t, old, failuresOf)); diff != "" {
					t.Errorf("-failures +upgraded:\n%s", diff)
				}
				call, err := up.TakeCall(t.Context(), "seeded", at(0), at(1), at(0), at(600))
				if err != nil || (call != nil) != (version >= 2) || call != nil && string(call.Outcome) != "outcome" {
					t.Errorf("a call: %+v, %v", call, err)
				}
			})
		}
	}
}

// failuresOf are the messages of which a try has failed.
const failuresOf = `SELECT key || ' ' || CAST(failures AS TEXT) FROM plan_messages WHERE failures > 0 ORDER BY key`

// Backups that older programs made are restored for ever.
func TestRestoreOldBackups(t *testing.T) {
	for format := 1; format <= backupFormat; format++ {
		onBoth(t, func(t *testing.T, address string) {
			was := open(t, engines["sqlite"](t))
			seeded(t, was)
			file := filepath.Join("testdata", fmt.Sprintf("format-%d.backup", format))
			if _, err := os.Stat(file); *rewrite && err != nil && format == backupFormat {
				if err := os.WriteFile(file, backedUp(t, was), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal("every format needs its backup: go test ./internal/store -run TestRestoreOldBackups -rewrite: ", err)
			}
			s := open(t, address)
			if _, err := s.Restore(t.Context(), bytes.NewReader(text), false); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(contentOf(t, was), contentOf(t, s)); diff != "" {
				t.Errorf("-was +is:\n%s", diff)
			}
		})
	}
}

// dump writes a store as statements that make it again.
func dump(t *testing.T, name, address string) string {
	t.Helper()
	if name == "postgres" {
		return dumpPostgres(t, address)
	}
	rows := func(query string) []string { return column(t, address, query) }
	var b strings.Builder
	for _, table := range rows(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid`) {
		fmt.Fprintf(&b, "%s;\n", rows(`SELECT sql FROM sqlite_schema WHERE name = '` + table + `'`)[0])
		quoted := rows(`SELECT group_concat('quote("' || name || '")', ' || '', '' || ') FROM pragma_table_info('` + table + `')`)[0]
		for _, row := range rows(`SELECT ` + quoted + ` FROM ` + table) {
			fmt.Fprintf(&b, "INSERT INTO %s VALUES (%s);\n", table, row)
		}
	}
	for _, index := range rows(`SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`) {
		fmt.Fprintf(&b, "%s;\n", index)
	}
	return b.String()
}

func dumpPostgres(t *testing.T, address string) string {
	t.Helper()
	schema := address[strings.LastIndex(address, "=")+1:]
	cmd := server.Tool("pg_dump", "--inserts", "--no-owner", "--no-privileges", "--schema="+schema, address[:strings.LastIndex(address, "&")])
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	noise := regexp.MustCompile(`^(--|\\|SET |SELECT pg_catalog\.set_config|CREATE SCHEMA )|^$`)
	for line := range strings.Lines(string(out)) {
		if !noise.MatchString(strings.TrimSuffix(line, "\n")) {
			b.WriteString(strings.ReplaceAll(line, schema+".", ""))
		}
	}
	return b.String()
}

// load runs all statements of a dump at once.
func load(t *testing.T, name, address, text string) {
	t.Helper()
	if name == "sqlite" {
		run(t, address, text)
		return
	}
	e, err := openPostgres(address)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	conn, err := e.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().PgConn().Exec(context.Background(), text).ReadAll()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// columns says what a schema is made of.
func columns(t *testing.T, name, address string) []string {
	t.Helper()
	queries := []string{
		`SELECT m.name || '.' || p.name || ' ' || p.type || ' ' || p."notnull" || ' ' || p.pk FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table'`,
		`SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL`,
	}
	if name == "postgres" {
		queries = []string{
			`SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = current_schema()`,
			`SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes WHERE schemaname = current_schema()`,
			`SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace`,
		}
	}
	var all []string
	for _, q := range queries {
		all = append(all, column(t, address, q)...)
	}
	slices.Sort(all)
	if len(all) < 20 {
		t.Fatalf("only %q", all)
	}
	return all
}

// column is what a query of one column answers.
func column(t *testing.T, address, query string) []string {
	t.Helper()
	e, err := connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	if err := e.make(); err != nil {
		t.Fatal(err)
	}
	rows, err := e.reader().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
