package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/realpg"
)

// patience is how long a test waits for what must come. It is never waited for
// in full when all is well.
const patience = 10 * time.Minute

func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		os.Exit(child(job))
	}
	server = &realpg.Server{}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// server is the PostgreSQL of all tests; the first that needs it starts it.
var server *realpg.Server

// engines are both, by the way to get an empty place for a plan.
var engines = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "plan.db") },
	"postgres": func(t testing.TB) string { return server.Empty(t) },
}

// onBoth runs a test on each engine, with the address of an empty place.
func onBoth(t *testing.T, f func(t *testing.T, address string)) {
	for name, empty := range engines {
		t.Run(name, func(t *testing.T) { f(t, empty(t)) })
	}
}

func open(t testing.TB, address string) *Store {
	t.Helper()
	s, err := Open(context.Background(), Config{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// begun is when the acts of tests were done.
var begun = time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)

// actsFrom makes n acts that follow after; each says which it is.
func actsFrom(after uint64, n int) []Act {
	acts := make([]Act, n)
	for i := range acts {
		seq := after + uint64(i) + 1
		acts[i] = Act{Seq: seq, At: begun.Add(time.Duration(seq) * time.Microsecond), Stream: "drop", Actor: "ola", Kind: "said/1", Body: fmt.Appendf(nil, `{"n":%d}`, seq)}
	}
	return acts
}

func mustAppend(t testing.TB, s *Store, after uint64, n int, messages ...Message) {
	t.Helper()
	seq, err := s.Append(t.Context(), after, actsFrom(after, n), messages...)
	if err != nil || seq != after+uint64(n) {
		t.Fatalf("%d, %v", seq, err)
	}
}

// allActs reads the whole log, page by page.
func allActs(t testing.TB, s *Store) []Act {
	t.Helper()
	var all []Act
	for {
		page, err := s.Read(t.Context(), uint64(len(all)), 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

// run executes statements on the database of an address, as somebody else would.
func run(t testing.TB, address string, statements ...string) {
	t.Helper()
	e, err := connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	if err := e.make(); err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := e.writer().ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
