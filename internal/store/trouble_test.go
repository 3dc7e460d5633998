package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/google/go-cmp/cmp"
)

// says fails unless err is of a kind, says these words, and says what to do.
func says(t *testing.T, err error, kind falochron.Kind, words, hint string) {
	t.Helper()
	if falochron.KindOf(err) != kind || err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(falochron.HintOf(err), hint) {
		t.Errorf("want %v, %q, hint %q; got %v, %v, hint %q", kind, words, hint, falochron.KindOf(err), err, falochron.HintOf(err))
	}
}

func openFails(t *testing.T, cfg Config) error {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err == nil {
		_ = s.Close()
		t.Errorf("it opens")
	}
	return err
}

// A full disk: the act is refused, nothing is lost, and with room it goes on.
func TestDiskFull(t *testing.T) {
	full := func(t *testing.T, dir string, fill, heal func(*Store) error) {
		s := open(t, filepath.Join(dir, "plan.db"))
		mustAppend(t, s, 0, 5)
		if err := fill(s); err != nil {
			t.Fatal(err)
		}
		head := uint64(5)
		var err error
		for err == nil {
			large := actsFrom(head, 1)
			large[0].Body = bytes.Repeat([]byte("x"), 30<<10)
			if _, err = s.Append(t.Context(), head, large); err == nil {
				head++
			}
		}
		says(t, err, falochron.Unavailable, "plan.db is full", "make room")
		if got, err := s.Head(t.Context()); got != head || err != nil {
			t.Errorf("%d acts of %d acknowledged: %v", got, head, err)
		}
		if err := heal(s); err != nil {
			t.Fatal(err)
		}
		mustAppend(t, s, head, 1)
		for i, a := range allActs(t, s) {
			if a.Seq != uint64(i+1) {
				t.Fatalf("act %d stands at %d", a.Seq, i+1)
			}
		}
	}
	t.Run("file", func(t *testing.T) {
		pages := func(n int) func(*Store) error {
			return func(s *Store) error {
				_, err := s.engine.writer().Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, n))
				return err
			}
		}
		full(t, t.TempDir(), pages(30), pages(100000))
	})
	t.Run("disk", func(t *testing.T) {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("no right to mount a small file system, and this is CI:", err)
			}
			t.Skip("needs the right to mount a small file system:", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		filler := filepath.Join(dir, "filler")
		full(t, dir, func(*Store) error { return os.WriteFile(filler, make([]byte, 400<<10), 0o600) },
			func(*Store) error { return os.Remove(filler) })
	})
}

// A file, or its folder, that this user may only read. Nothing is forbidden to
// root, so root asks as nobody.
func TestReadOnly(t *testing.T) {
	for _, what := range []string{"file", "folder"} {
		t.Run(what, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "falochron-test-") // t.TempDir lies below a folder that nobody may enter
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = os.Chmod(filepath.Join(dir, "in"), 0o700)
				_ = os.RemoveAll(dir)
			})
			program := copyProgram(t, filepath.Join(dir, "program"))
			path := filepath.Join(dir, "in", "plan.db")
			s := open(t, path)
			mustAppend(t, s, 0, 1)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			folder, file := os.FileMode(0o777), os.FileMode(0o444)
			if what == "folder" {
				folder, file = 0o555, 0o666
			}
			for name, mode := range map[string]os.FileMode{dir: 0o755, path: file, filepath.Dir(path): folder} {
				if err := os.Chmod(name, mode); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(program)
			cmd.Dir = "/"
			cmd.Env = append(os.Environ(), childJob+"="+jobTry, childAddress+"="+path)
			if os.Getuid() == 0 {
				const nobody = 65534
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v", err)
			}
			for _, want := range []string{"unavailable", "plan.db ", "hint: "} {
				if !strings.Contains(string(out), want) {
					t.Errorf("%q is not said:\n%s", want, out)
				}
			}
			t.Logf("%s", out)
		})
	}
}

// try uses a store that cannot be written and prints what it is told.
func try(ctx context.Context, s *Store, err error) int {
	if err == nil {
		var head uint64
		if head, err = s.Head(ctx); err == nil {
			_, err = s.Append(ctx, head, actsFrom(head, 1))
		}
		_ = s.Close()
	}
	if err == nil {
		fmt.Println("it is written")
		return 1
	}
	fmt.Printf("%v: %v\nhint: %s\n", falochron.KindOf(err), err, falochron.HintOf(err))
	return 0
}

func copyProgram(t *testing.T, to string) string {
	t.Helper()
	in, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}

// Somebody else holds the file: a write waits, then says so; a caller who gives
// up waits no longer; reading goes on meanwhile.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.db")
	s := open(t, path)
	mustAppend(t, s, 0, 1)
	impatient, err := openSQLite(path, 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.close()
	if err := impatient.make(); err != nil {
		t.Fatal(err)
	}
	other := &Store{engine: impatient, log: s.log, step: func(string) {}}
	tx, err := s.engine.writer().Begin()
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Append(t.Context(), 1, actsFrom(1, 1))
	says(t, err, falochron.Unavailable, "another process has been writing", "fuser")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	patient := open2(t, path)
	if _, err := patient.Append(ctx, 1, actsFrom(1, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("given up: %v", err)
	}
	if acts := allActs(t, other); len(acts) != 1 {
		t.Errorf("%d acts read", len(acts))
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, other, 1, 1)
}

// open2 connects without a look at the schema, for which it would wait.
func open2(t *testing.T, path string) *Store {
	t.Helper()
	e, err := openSQLite(path, busyFor)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.close() })
	if err := e.make(); err != nil {
		t.Fatal(err)
	}
	s := &Store{engine: e, step: func(string) {}}
	if _, s.log, err = s.head(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// A file that is taken away under a program: nothing is acknowledged that would
// go with it, a follower is told, and both go on when it is back.
func TestFileTakenAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.db")
	s := open(t, path)
	mustAppend(t, s, 0, 2)
	pages := followed(t, s, 0)
	upTo(t, pages, 2)
	next(t, pages)
	for _, replaced := range []bool{false, true} {
		head, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		if replaced {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		// Nor is anything read from another file: from the old one, or not at all.
		var wg sync.WaitGroup
		for range 8 { // more than there are connections
			wg.Go(func() {
				if got, err := s.Head(t.Context()); err == nil && got != head {
					t.Errorf("head %d", got)
				} else if err != nil {
					says(t, err, falochron.Unavailable, "was moved, deleted or replaced", "put the file back")
				}
			})
		}
		wg.Wait()
		_, err = s.Append(t.Context(), head, actsFrom(head, 1))
		says(t, err, falochron.Unavailable, "was moved, deleted or replaced", "put the file back")
		says(t, next(t, pages).err, falochron.Unavailable, "was moved, deleted or replaced", "put the file back")
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		if p := next(t, pages); p.acts != nil || p.err != nil {
			t.Errorf("not the word that it is back: %v", p)
		}
		mustAppend(t, s, head, 1)
		if diff := cmp.Diff(actsFrom(head, 1), upTo(t, pages, head+1)); diff != "" {
			t.Error(diff)
		}
	}
}

// A file that is damaged, or something else.
func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, bytes.Repeat([]byte("this is no database. "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, openFails(t, Config{Address: other}), falochron.Unavailable, "not a plan", "falochron restore")
	says(t, openFails(t, Config{Address: dir}), falochron.Unavailable, "cannot be opened", "is it a file")

	path := filepath.Join(dir, "plan.db")
	s, err := Open(t.Context(), Config{Address: path})
	if err != nil {
		t.Fatal(err)
	}
	for after := uint64(0); after < 3000; after += 500 {
		mustAppend(t, s, after, 500)
	}
	if err := s.Close(); err != nil { // what is beside the file goes into it
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(text) / 2; i < len(text); i++ {
		text[i] = 0xff
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), Config{Address: path})
	for after := uint64(0); err == nil; after += 1000 {
		var page []Act
		if page, err = s.Read(t.Context(), after, 1000); err == nil && len(page) == 0 {
			break
		}
	}
	says(t, err, falochron.Unavailable, "is damaged", "falochron restore")
	if s != nil {
		_ = s.Close()
	}
}

// A store of a newer program is left alone.
func TestNewerSchema(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		mustAppend(t, open(t, address), 0, 1)
		run(t, address, `INSERT INTO plan_schema (version_id, is_applied) VALUES (99, '1')`)
		says(t, openFails(t, Config{Address: address}), falochron.Conflict, "has schema 99, made by a newer falochron", "use that release")
	})
}

// Where there must be a plan and is none, none is made.
func TestExisting(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		says(t, openFails(t, Config{Address: address, Existing: true}), falochron.NotFound, "there is no plan in ", "--store")
		says(t, openFails(t, Config{Address: address, Existing: true}), falochron.NotFound, "there is no plan in ", "--data")
		open(t, address)
		s, err := Open(t.Context(), Config{Address: address, Existing: true})
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
	})
}

// The file is for its user alone, and a path may hold anything.
func TestFileOfStrangeName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder?x=1#%20", "Plan świąt.db")
	mustAppend(t, open(t, path), 0, 1)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}
