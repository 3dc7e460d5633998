package store

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// postgresServer is a real PostgreSQL in a folder of its own, without any
// listener but a unix socket. It ends with the tests, however they end.
type postgresServer struct {
	once  sync.Once
	dir   string
	bin   string
	why   error // why there is none
	admin *sql.DB
	stop  func()
}

// lockedUser may only come in with a password; nobody else needs one.
const lockedUser = "locked"

func (s *postgresServer) start() error {
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
	initdb := s.tool("initdb", "--no-sync", "-A", "trust", "-U", "falochron", "-E", "UTF8", "--locale=C", "-D", data)
	initdb.SysProcAttr = as
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	hba := filepath.Join(data, "pg_hba.conf")
	if err := os.WriteFile(hba, []byte("local all "+lockedUser+" scram-sha-256\nlocal all all trust\n"), 0o644); err != nil {
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
	e, err := openPostgres(s.address())
	if err != nil {
		return err
	}
	s.admin = e.db
	for last := time.Now().Add(4 * patience); ; time.Sleep(20 * time.Millisecond) {
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
	_, err = s.admin.Exec(`CREATE ROLE ` + lockedUser + ` LOGIN PASSWORD 'right'`)
	return err
}

// serve runs the server until end is called or this process is gone. The system
// ties that to the thread that started it, so that thread is kept.
func (s *postgresServer) serve(data string, as *syscall.SysProcAttr) (ended <-chan struct{}, end func(), err error) {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, err
	}
	cmd := s.tool("postgres", "-D", data, "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=60", "-c", "shared_buffers=16MB")
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

func (s *postgresServer) tool(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+s.dir)
	return cmd
}

// address is what a user would write; more parameters can follow.
func (s *postgresServer) address() string {
	return "postgres://falochron@/postgres?host=" + url.QueryEscape(s.dir)
}

// socket is where it listens.
func (s *postgresServer) socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

func (s *postgresServer) needed(t testing.TB) {
	t.Helper()
	s.once.Do(func() {
		if s.why = s.start(); s.why != nil {
			s.stop()
			s.stop = func() {}
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

func (s *postgresServer) exec(t testing.TB, statement string) {
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
