package processes

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/falochron/falochron/internal/fleet"
	"github.com/falochron/falochron/internal/fleet/fleettest"
)

// The test's own program serves as the shop, and as a falochron that is killed.
func TestMain(m *testing.M) {
	switch os.Getenv("AS") {
	case "shop":
		beShop()
	case "falochron":
		beFalochron()
	case "child":
		beChild()
	default:
		os.Exit(m.Run())
	}
}

// beShop answers on PORT after a moment, unless the file FAILS is there, and not while HOLD
// is.
func beShop() {
	if _, err := os.Stat(os.Getenv("FAILS")); err == nil {
		fmt.Println("no database")
		os.Exit(3)
	}
	if os.Getenv("DEAF") != "" {
		signal.Ignore(syscall.SIGTERM)
	}
	for _, how := range strings.Fields(os.Getenv("CHILDREN")) { // as servers start workers
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "AS=child")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: how == "daemon"}
		if err := child.Start(); err != nil {
			fmt.Println(err)
			os.Exit(4)
		}
	}
	time.Sleep(100 * time.Millisecond)
	for {
		if _, err := os.Stat(os.Getenv("HOLD")); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if os.Getenv("STATUS") != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	os.Exit(5) // the port is taken
}

// beChild lives on whatever comes, but for SIGKILL.
func beChild() {
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	time.Sleep(time.Hour)
}

// yard is a folder with a shop's command, and a range of ports.
type yard struct {
	dir         string
	fails, hold string // while these files are there, copies fail, or do not listen yet
	first, last int
}

func newYard(t testing.TB, ports int) *yard {
	t.Helper()
	y := &yard{dir: t.TempDir()}
	y.fails, y.hold = filepath.Join(y.dir, "fails"), filepath.Join(y.dir, "hold")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(y.command(), []byte("#!/bin/sh\nexec "+self+" \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		y.first = 12000 + rand.IntN(15000) // below what the system gives to clients
		y.last = y.first + ports - 1
		free := true
		for p := y.first; p <= y.last && free; p++ {
			l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", p))
			if free = err == nil; free {
				_ = l.Close()
			}
		}
		if free {
			return y
		}
	}
	t.Fatal("no free ports")
	return nil
}

func (y *yard) command() string { return filepath.Join(y.dir, "shop") }

func (y *yard) config(more ...string) Config {
	return Config{
		Command: []string{y.command(), "--port", "{port}"}, FirstPort: y.first, LastPort: y.last,
		Environment: append([]string{"AS=shop", "FAILS=" + y.fails, "HOLD=" + y.hold}, more...),
		State:       filepath.Join(y.dir, "state"), StartTimeout: patience, StopTimeout: 5 * time.Second, firstPause: 20 * time.Millisecond,
	}
}

func (y *yard) open(t testing.TB, cfg Config) *Driver {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// abandon is what is left of a driver when its program is killed: its threads and locks
// are gone, and the kernel tells the copies.
func (d *Driver) abandon() {
	d.mu.Lock()
	d.closed = true
	for _, r := range d.replicas {
		r.leaving = true
	}
	d.mu.Unlock()
	d.notes.close()
	d.forker.close()
	d.lives.Wait()
}

func TestSuite(t *testing.T) {
	fleettest.Run(t, func(t testing.TB) *fleettest.Stage { return stage(t, 1) })
}

func stage(t testing.TB, base int) *fleettest.Stage {
	y := newYard(t, base+6)
	var forks []*forker
	return &fleettest.Stage{
		New: func(t testing.TB) fleet.Driver {
			cfg := y.config()
			cfg.Base = base
			d := y.open(t, cfg)
			forks = append(forks, d.forker)
			if _, err := d.Restore(t.Context(), time.Now()); err != nil { // as at each start
				t.Fatal(err)
			}
			return d
		},
		Kill: func(_ testing.TB, d fleet.Driver) { d.(*Driver).abandon() },
		Base: base,
		Most: base + 6,
		Calls: func() (int, int) {
			n := 0
			for _, f := range forks {
				n += int(f.forks.Load())
			}
			return n, n
		},
		Foreign: func(t testing.TB) func() error {
			// The same command on a port of the range, started by somebody else.
			cmd := exec.Command(y.command())
			cmd.Env = []string{"AS=shop", fmt.Sprint("PORT=", y.last)}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // it may have been ended
			return func() error {
				if s := stateOf(cmd.Process.Pid); s == "" || s == "Z" {
					return fmt.Errorf("the process of somebody else is in state %q", s)
				}
				return nil
			}
		},
		Spoil: func(t testing.TB, spoilt bool) { put(t, y.fails, spoilt) },
		Hold:  func(t testing.TB, held bool) { put(t, y.hold, held) },
		Fault: func(t testing.TB, f fleettest.Fault) {
			mode := os.FileMode(0o755)
			if f == fleettest.Refusing {
				mode = 0o600
			}
			if err := os.Chmod(y.command(), mode); err != nil {
				t.Fatal(err)
			}
		},
		Mortal: true,
		Cannot: map[string]string{
			"gone": "the engine is this machine", "slow": "the engine is this machine", "garbled": "it is called, not talked to",
			"deaf": "a fork is done or refused", "cut": "a fork is done or refused", "stale": "nobody else has the folder",
		},
	}
}

// put makes an empty file, or removes it.
func put(t testing.TB, file string, there bool) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !there {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

// patience is how long what must come is waited for. No busy machine reaches it.
const patience = 10 * time.Minute

// until waits for what must come.
func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("still not: ", what)
		}
	}
}

func order(t testing.TB, d *Driver, n int) fleet.Order {
	t.Helper()
	o, err := d.Scale(t.Context(), fleet.Want{Replicas: n, Expires: time.Now().Add(time.Hour), Reason: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func ready(d *Driver) int {
	st, err := d.Observe(context.Background())
	if err != nil {
		return -1
	}
	return st.Ready()
}

// marks are the processes that carry the mark of a folder.
func (y *yard) marks(t testing.TB) (out []int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(y.dir, "state", "running.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), `"mark":"`)
	mark, _, _ := strings.Cut(rest, `"`)
	for _, pid := range pids() {
		if s := stateOf(pid); s != "" && s != "Z" && marked(pid, mark+"/") {
			out = append(out, pid)
		}
	}
	return out
}

// beFalochron runs three copies until it is killed.
func beFalochron() {
	port, _ := strconv.Atoi(os.Getenv("FIRST"))
	y := &yard{dir: os.Getenv("DIR"), first: port, last: port + 5}
	d, err := New(y.config(strings.Split(os.Getenv("MORE"), ",")...))
	if err != nil {
		fmt.Println(err)
		os.Exit(6)
	}
	if _, err := d.Scale(context.Background(), fleet.Want{Replicas: 3, Expires: time.Now().Add(time.Hour)}); err != nil {
		fmt.Println(err)
		os.Exit(7)
	}
	for ready(d) < 3 {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Println("ready")
	time.Sleep(time.Hour)
}

// kill9 runs a falochron with three copies, and kills it as nothing can be caught.
func kill9(t *testing.T, y *yard, more string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = []string{"AS=falochron", "DIR=" + y.dir, fmt.Sprint("FIRST=", y.first), "MORE=" + more, "PATH=" + os.Getenv("PATH")}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 100)
	n, _ := io.ReadAtLeast(out, line, 6)
	if string(line[:n]) != "ready\n" {
		t.Fatalf("the other falochron says %q", line[:n])
	}
	if len(y.marks(t)) < 3 {
		t.Fatal("no copies were found")
	}
	if err := cmd.Process.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
}

// Copies end with us when we are killed, without anybody's help.
func TestKilledWithUs(t *testing.T) {
	y := newYard(t, 6)
	kill9(t, y, "X=")
	until(t, "no copy is left", func() bool { return len(y.marks(t)) == 0 })
}

// What does not obey the kernel's SIGTERM, and what it has started, is ended by the next
// start, with nobody else harmed.
func TestLeftoversEndAtTheNextStart(t *testing.T) {
	y := newYard(t, 6)
	kill9(t, y, "DEAF=1,CHILDREN=worker daemon")
	time.Sleep(50 * time.Millisecond) // what would end by itself may
	if n := len(y.marks(t)); n != 9 {
		t.Fatalf("%d processes are left of 3 copies with 2 children each that ignore SIGTERM", n)
	}
	stranger := exec.Command(y.command())
	stranger.Env = []string{"AS=shop", fmt.Sprint("PORT=", y.last), markName + "=another/1"}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()

	cfg := y.config()
	cfg.StopTimeout = 100 * time.Millisecond
	d := y.open(t, cfg)
	defer d.Close()
	notes, err := d.Restore(t.Context(), time.Now())
	if err != nil || len(notes) != 1 || notes[0].Kind != "restored" || !strings.Contains(notes[0].Text, "9 processes") {
		t.Errorf("notes %v, %v", notes, err)
	}
	if left := y.marks(t); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if s := stateOf(stranger.Process.Pid); s == "" || s == "Z" {
		t.Error("the process of somebody else was ended")
	}
	if notes, err := d.Restore(t.Context(), time.Now()); err != nil || len(notes) > 0 {
		t.Errorf("again: %v, %v", notes, err)
	}
}

// A number that now belongs to somebody else is not ours.
func TestRecycledNumber(t *testing.T) {
	y := newYard(t, 2)
	stranger := exec.Command("sleep", "100")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	began, _ := beganAt(stranger.Process.Pid)
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		boot, began string
		ours        bool
	}{
		"another start": {strings.TrimSpace(string(boot)), began + "1", false},
		"another boot":  {"00000000-0000-0000-0000-000000000000", began, false},
		"ours":          {strings.TrimSpace(string(boot)), began, true}, // the test can fail
	} {
		dir := filepath.Join(y.dir, strings.ReplaceAll(what, " ", "-"))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		page := fmt.Sprintf(`{"mark":"m","boot":%q,"running":[{"pid":%d,"began":%q}]}`, c.boot, stranger.Process.Pid, c.began)
		if err := os.WriteFile(filepath.Join(dir, "running.json"), []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := openLedger(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.isLeft(stranger.Process.Pid); got != c.ours {
			t.Errorf("%s: taken for ours: %v", what, got)
		}
		l.close()
	}
}

// Children go with their copy, those in its group and those that left it.
func TestChildrenGoToo(t *testing.T) {
	y := newYard(t, 2)
	d := y.open(t, y.config("CHILDREN=worker daemon"))
	defer d.Close()
	order(t, d, 2)
	until(t, "ready", func() bool { return ready(d) == 2 })
	if n := len(y.marks(t)); n != 6 {
		t.Fatalf("%d processes of 2 copies with 2 children each", n)
	}
	order(t, d, 1)
	until(t, "one copy with its children", func() bool { return len(y.marks(t)) == 3 && ready(d) == 1 })
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if left := y.marks(t); len(left) > 0 {
		t.Errorf("after close: %v", left)
	}
}

// A command that fails at once is started ever more rarely.
func TestNoForkBomb(t *testing.T) {
	y := newYard(t, 3)
	if err := os.WriteFile(y.fails, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := y.config()
	cfg.firstPause = 0
	d := y.open(t, cfg)
	defer d.Close()
	begun := time.Now()
	order(t, d, 3)
	until(t, "each has failed twice, and says when it is tried again", func() bool {
		st, err := d.Observe(t.Context())
		n := 0
		for _, r := range st.Replicas {
			// Who looks late finds a later failure, with a longer pause.
			for times, pause := 2, 2*time.Second; times < 30; times, pause = times+1, min(2*pause, 30*time.Second) {
				if strings.Contains(r.Why, fmt.Sprintf("exit status 3, %d times in a row, next try in %s", times, pause)) {
					n++
				}
			}
		}
		return err == nil && n == 3
	})
	// Pauses of 1, 2, 4 s...: never more starts than two and one for each second.
	if n, most := int(d.forker.forks.Load()), 3*(2+int(time.Since(begun)/time.Second)); n > most {
		t.Errorf("%d starts in %s", n, time.Since(begun))
	}
}

// A copy that ends while it is ready is started again by itself, on its port.
func TestEndedIsStartedAgain(t *testing.T) {
	y := newYard(t, 1)
	d := y.open(t, y.config())
	defer d.Close()
	order(t, d, 1)
	until(t, "ready", func() bool { return ready(d) == 1 })
	first := y.marks(t)
	if err := unix.Kill(first[0], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, "another process is ready", func() bool { m := y.marks(t); return len(m) == 1 && m[0] != first[0] && ready(d) == 1 })
}

// Who ignores SIGTERM is killed when his time is over; who answers 503 is not ready.
func TestStopAndStartTimeouts(t *testing.T) {
	y := newYard(t, 2)
	cfg := y.config("DEAF=1", "STATUS=503")
	cfg.StopTimeout, cfg.StartTimeout = 50*time.Millisecond, time.Second
	d := y.open(t, cfg)
	defer d.Close()
	order(t, d, 1)
	until(t, "it has failed by time", func() bool {
		st, err := d.Observe(t.Context())
		return err == nil && len(st.Replicas) == 1 && st.Replicas[0].Phase == fleet.Failed && strings.Contains(st.Replicas[0].Why, "no answer below 500 from / in 1s")
	})
	order(t, d, 0)
	until(t, "none", func() bool { return len(y.marks(t)) == 0 })
}

// Two programs cannot run copies from one folder.
func TestOneProgramAtATime(t *testing.T) {
	y := newYard(t, 1)
	d := y.open(t, y.config())
	defer d.Close()
	_, err := New(y.config())
	if err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("the second: %v", err)
	}
}

// The environment has what is said, and no secret of ours; files are bounded, niceness is
// raised.
func TestWhatACopyGets(t *testing.T) {
	t.Setenv("PLANTED_SECRET", "s3cr3t")
	y := newYard(t, 1)
	cfg := y.config("OWN=at-{port}")
	cfg.OpenFiles, cfg.Nice = 64, 3
	d := y.open(t, cfg)
	defer d.Close()
	order(t, d, 1)
	until(t, "ready", func() bool { return ready(d) == 1 })
	pid := y.marks(t)[0]
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil || strings.Contains(string(env), "s3cr3t") || !strings.Contains(string(env), fmt.Sprint("OWN=at-", y.first)) || !strings.Contains(string(env), fmt.Sprint("PORT=", y.first)) {
		t.Errorf("environment %q, %v", env, err)
	}
	args, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.HasSuffix(string(args), fmt.Sprintf("--port\x00%d\x00", y.first)) {
		t.Errorf("arguments %q, %v", args, err)
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil || !strings.Contains(string(limits), "Max open files            64                   64") {
		t.Errorf("limits %s, %v", limits, err)
	}
	own, err := unix.Getpriority(unix.PRIO_PROCESS, os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if its, err := unix.Getpriority(unix.PRIO_PROCESS, pid); err != nil || 20-its != min(20-own+3, 19) {
		t.Errorf("niceness %d beside our %d, %v", 20-its, 20-own, err)
	}
}

// Output is bounded by line and by time, and read to its end.
func TestOutputIsBounded(t *testing.T) {
	var log strings.Builder
	text := strings.Repeat("x", 5000) + "\n" + strings.Repeat("a trace\n", 10_000)
	tell(strings.NewReader(text), slog.New(slog.NewTextHandler(&log, nil)))
	lines := strings.Count(log.String(), "a local replica says")
	if lines < lineBurst || lines > lineBurst+1000 || !strings.Contains(log.String(), "lines_left_out=") || strings.Contains(log.String(), strings.Repeat("x", maxLine+1)) {
		t.Errorf("%d lines of 10001, %d bytes", lines, log.Len())
	}
}
