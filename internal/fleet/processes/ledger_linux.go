package processes

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/falochron/falochron"
)

// markName is the variable by which whatever a copy starts is known to be ours.
const markName = "FALOCHRON_FLEET"

// ledger is what the next start has to know of what runs, on disk: numbers of processes
// with the moment each was started, and the mark in their environment. A process is a
// leftover if it has a number and a start of these, or the mark. (Some programs overwrite
// their environment, so the mark alone is not enough; what such a program has started in
// turn is found only while it lives itself.)
type ledger struct {
	dir  string
	lock *os.File

	mu   sync.Mutex
	page page
	left []entry // of the program before; nil once they are ended
	old  bool    // leftovers have not been looked for
	shut bool    // the file is another's
}

// page is the file.
type page struct {
	// Mark is the same over restarts.
	Mark string `json:"mark"`
	// Boot is the kernel's own name for the time since it was started: numbers and starts
	// of an earlier one mean nothing.
	Boot    string  `json:"boot"`
	Running []entry `json:"running"`
}

type entry struct {
	PID int `json:"pid"`
	// Began is when it was started, in ticks since the boot.
	Began string `json:"began"`
}

func openLedger(dir string) (*ledger, error) {
	const op = "open the folder of local replicas"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &falochron.Error{Kind: falochron.Denied, Op: op, Hint: "let the user that runs falochron write to " + dir, Err: err}
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, &falochron.Error{Kind: falochron.Denied, Op: op, Hint: "let the user that runs falochron write to " + dir, Err: err}
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close() // not ours
		return nil, &falochron.Error{Kind: falochron.Conflict, Op: op, Public: "another program has " + dir,
			Hint: "end the other falochron, or give this one a data folder of its own", Err: err}
	}
	l := &ledger{dir: dir, lock: lock, old: true}
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without it only the mark counts
	text, err := os.ReadFile(l.file())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.close()
		return nil, &falochron.Error{Kind: falochron.Denied, Op: op, Hint: "let the user that runs falochron read " + l.file(), Err: err}
	}
	if json.Unmarshal(text, &l.page) != nil || l.page.Mark == "" {
		l.page = page{Mark: rand.Text()} // nothing that can be read is nothing to be found again
	}
	now := strings.TrimSpace(string(boot))
	if l.page.Boot == now && now != "" {
		l.left = l.page.Running
	}
	l.page.Boot, l.page.Running = now, l.left
	if err := l.write(); err != nil {
		l.close()
		return nil, &falochron.Error{Kind: falochron.Denied, Op: op, Hint: "make room, and let the user that runs falochron write to " + dir, Err: err}
	}
	return l, nil
}

func (l *ledger) file() string { return filepath.Join(l.dir, "running.json") }

func (l *ledger) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shut = true
	_ = l.lock.Close() // nothing was written to it; the lock goes with it
}

// mark is the variable of one copy.
func (l *ledger) mark(id string) string {
	return markName + "=" + l.page.Mark + "/" + id
}

func (l *ledger) add(pid int) error {
	began, _ := beganAt(pid)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.page.Running = append(l.page.Running, entry{pid, began})
	return l.write()
}

func (l *ledger) remove(pid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rest []entry
	for _, e := range l.page.Running {
		if e.PID != pid {
			rest = append(rest, e)
		}
	}
	l.page.Running = rest
	_ = l.write() // one too many is found not to be there
}

// write puts the page on disk as a whole. It survives the end of this program, not that of
// the machine, and then nothing runs.
func (l *ledger) write() error {
	if l.shut {
		return nil
	}
	text, err := json.Marshal(l.page)
	if err != nil {
		return err
	}
	next := l.file() + ".next"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return err
	}
	return os.Rename(next, l.file())
}

// endLeftovers ends what the program before has left running: SIGTERM, after patience
// SIGKILL. It returns how many there were. After the first time there are none.
func (l *ledger) endLeftovers(ctx context.Context, patience time.Duration) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.old {
		return 0, nil
	}
	found := l.leftovers()
	for _, p := range found {
		_ = p.Signal(unix.SIGTERM) // it may be ending
	}
	end := time.Now().Add(patience)
	for rest := found; len(rest) > 0; rest = alive(rest) {
		if !time.Now().Before(end) {
			for _, p := range rest {
				_ = p.Signal(unix.SIGKILL) // it may be ending
			}
		}
		select {
		case <-ctx.Done():
			return 0, given(ctx.Err(), "end what is left of local replicas")
		case <-time.After(20 * time.Millisecond):
		}
	}
	for _, p := range found {
		_ = p.Release() // of a handle
	}
	l.old, l.left = false, nil
	return len(found), nil
}

// leftovers are handles of processes: what is signalled is what was looked at, even if its
// number is given to another meanwhile.
func (l *ledger) leftovers() []*os.Process {
	var out []*os.Process
	for _, pid := range pids() {
		p, err := os.FindProcess(pid) // by pidfd
		if err != nil {
			continue
		}
		if l.isLeft(pid) {
			out = append(out, p)
			continue
		}
		_ = p.Release() // of a handle
	}
	return out
}

func (l *ledger) isLeft(pid int) bool {
	if pid == os.Getpid() {
		return false
	}
	if began, ok := beganAt(pid); ok {
		for _, e := range l.left {
			if e.PID == pid && e.Began == began {
				return true
			}
		}
	}
	return marked(pid, l.page.Mark+"/")
}

// sweepPatience is how long something that was killed may take to be gone: a moment, but
// for what waits for a disk.
const sweepPatience = 5 * time.Second

// sweep kills what a copy that has ended has started and what has left its group, until
// nothing is left of it: what is killed is not gone at once, and may just have started
// something more.
func (l *ledger) sweep(id string) {
	mark := l.page.Mark + "/" + id + "\x00"
	for end := time.Now().Add(sweepPatience); ; time.Sleep(5 * time.Millisecond) {
		left := false
		for _, pid := range pids() {
			p, err := os.FindProcess(pid) // by pidfd: what is killed is what was looked at
			if err != nil {
				continue
			}
			if pid != os.Getpid() && marked(pid, mark) {
				left = true
				_ = p.Kill() // it may have ended
			}
			_ = p.Release() // of a handle
		}
		if !left || time.Now().After(end) {
			return
		}
	}
}

func alive(ps []*os.Process) []*os.Process {
	var out []*os.Process
	for _, p := range ps {
		// Signal 0 reaches zombies too; one that nobody reaps has ended all the same.
		if p.Signal(unix.Signal(0)) == nil && stateOf(p.Pid) != "Z" {
			out = append(out, p)
		}
	}
	return out
}

// marked reports whether a process has our mark with this beginning.
func marked(pid int, begin string) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err == nil && bytes.Contains(append([]byte{0}, env...), []byte("\x00"+markName+"="+begin))
}

// pids are all processes there are.
func pids() []int {
	entries, _ := os.ReadDir("/proc") // none without it
	var out []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

// beganAt is when a process was started, in ticks since the boot.
func beganAt(pid int) (string, bool) {
	f := statOf(pid)
	if len(f) < 20 {
		return "", false
	}
	return f[19], true
}

// stateOf is one letter, Z for one that has ended and is not reaped.
func stateOf(pid int) string {
	if f := statOf(pid); len(f) > 0 {
		return f[0]
	}
	return ""
}

// statOf are the fields of /proc/PID/stat after the name, which may hold anything.
func statOf(pid int) []string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	s := string(text)
	return strings.Fields(s[strings.LastIndexByte(s, ')')+1:])
}
