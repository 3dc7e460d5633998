// Package realpg gives tests a real PostgreSQL: one server for the tests of a package, in
// a folder of its own and without any listener but a unix socket.
//
// Its one invariant: it ends with the tests, however they end. It refuses to be used by a
// program. Read [Server] first.
package realpg

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Server is a real PostgreSQL that the first test starts that needs it. Stop it when all
// tests are done. The zero value is ready.
type Server struct {
	once  sync.Once
	dir   string // of its files
	bin   string
	why   error // why there is none
	admin *sql.DB
	stop  func()

	schemas atomic.Int64 // numbers the parts of it that tests get for themselves
}

// patience is how long anything may take on a machine that is busy with other tests.
const patience = 10 * time.Minute

// Stop ends the server, if there is one.
func (s *Server) Stop() {
	if s.stop != nil {
		s.stop()
	}
}

// Empty is the address of a part of the server that is empty. It skips the test where no
// PostgreSQL is installed, and fails it in CI.
func (s *Server) Empty(t testing.TB) string {
	t.Helper()
	s.Needed(t)
	name := "s" + strconv.FormatInt(s.schemas.Add(1), 10)
	s.Exec(t, `CREATE SCHEMA `+name)
	return s.Address() + "&search_path=" + name
}

// LockedUser may only come in with a password; nobody else needs one.
const LockedUser = "locked"

func (s *Server) start() error {
	if s.bin = postgresBin(); s.bin == "" {
		return fmt.Errorf("PostgreSQL is not installed; make test installs it, or: apt-get install postgresql")
	}
	var err error
	if s.dir, err = os.MkdirTemp("", "falochron-pg-"); err != nil {
		return err
	}
	s.stop = func() { _ = os.RemoveAll(s.dir) }
	as := &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is for the tests, which end it
	if os.Getuid() == 0 {
		// PostgreSQL refuses to run as root.
		const nobody = 65534
		as.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		if err := os.Chown(s.dir, nobody, nobody); err != nil {
			return err
		}
	}
	data := filepath.Join(s.dir, "data")
	initdb := s.Tool("initdb", "--no-sync", "-A", "trust", "-U", "falochron", "-E", "UTF8", "--locale=C", "-D", data)
	initdb.SysProcAttr = as
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	hba := filepath.Join(data, "pg_hba.conf")
	if err := os.WriteFile(hba, []byte("local all "+LockedUser+" scram-sha-256\nlocal all all trust\n"), 0o644); err != nil {
		return err
	}
	ended, end, err := s.serve(data, as)
	if err != nil {
		return err
	}
	s.stop = func() {
		if s.admin != nil {
			_ = s.admin.Close()
		}
		end()
		<-ended
		_ = os.RemoveAll(s.dir)
	}
	cfg, err := pgx.ParseConfig(s.Address())
	if err != nil {
		return err
	}
	s.admin = stdlib.OpenDB(*cfg)
	for last := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if err = s.admin.Ping(); err == nil {
			break
		}
		select {
		case <-ended:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL ended at its start:\n%s", log)
		default:
		}
		if time.Now().After(last) {
			return err
		}
	}
	_, err = s.admin.Exec(`CREATE ROLE ` + LockedUser + ` LOGIN PASSWORD 'right'`)
	return err
}

// serve runs the server until end is called or this process is gone. The system
// ties that to the thread that started it, so that thread is kept.
func (s *Server) serve(data string, as *syscall.SysProcAttr) (ended <-chan struct{}, end func(), err error) {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, err
	}
	cmd := s.Tool("postgres", "-D", data, "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=60", "-c", "shared_buffers=16MB")
	tied := *as
	tied.Pdeathsig = syscall.SIGQUIT
	cmd.SysProcAttr, cmd.Stdout, cmd.Stderr = &tied, log, log
	started, done := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(done)
		defer log.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, nil, err
	}
	return done, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }, nil
}

// Tool is a program of this PostgreSQL, as initdb or pg_dump.
func (s *Server) Tool(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+s.dir)
	return cmd
}

// Address is what a user would write; more parameters can follow.
func (s *Server) Address() string {
	return "postgres://falochron@/postgres?host=" + url.QueryEscape(s.dir)
}

// Dir is the folder of its socket.
func (s *Server) Dir() string { return s.dir }

// Socket is where it listens.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// Needed starts the server, skips the test where none is installed, and fails it in CI.
func (s *Server) Needed(t testing.TB) {
	t.Helper()
	s.once.Do(func() {
		if s.why = s.start(); s.why != nil {
			s.Stop()
			s.stop = nil
		}
	})
	if s.why == nil {
		return
	}
	if s.bin == "" && os.Getenv("CI") == "" {
		t.Skip(s.why)
	}
	t.Fatal("there is no PostgreSQL: ", s.why) // in CI, or it does not start
}

// Exec executes a statement as the administrator.
func (s *Server) Exec(t testing.TB, statement string) {
	t.Helper()
	if _, err := s.admin.Exec(statement); err != nil {
		t.Fatal(statement, err)
	}
}

// postgresBin is the folder of the newest server that is installed: Debian keeps
// each version in its own, and none in PATH.
func postgresBin() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	slices.SortFunc(found, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b) // 9 before 15
		}
		return strings.Compare(a, b)
	})
	if len(found) == 0 {
		if p, err := exec.LookPath("initdb"); err == nil {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}
