package processes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/falochron/falochron"
)

// forker starts all copies from one thread that lives as long as the driver. The kernel
// signals a child when the thread that started it dies, not when the program does; any
// other thread of Go's might end earlier. Niceness is the thread's as well, and children
// inherit it.
type forker struct {
	jobs  chan func()
	quit  chan struct{} // closed when no more are started
	done  chan struct{}
	once  sync.Once
	forks atomic.Int64 // starts and signals so far
}

func newForker(nice int) (*forker, error) {
	f := &forker{jobs: make(chan func()), quit: make(chan struct{}), done: make(chan struct{})}
	failed := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine, and its niceness with it.
		runtime.LockOSThread()
		defer close(f.done)
		now, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // 20 minus the niceness
		if err == nil && nice > 0 {
			err = unix.Setpriority(unix.PRIO_PROCESS, 0, min(20-now+nice, 19))
		}
		failed <- err
		if err != nil {
			return
		}
		for {
			select {
			case job := <-f.jobs:
				job()
			case <-f.quit:
				return
			}
		}
	}()
	if err := <-failed; err != nil {
		return nil, &falochron.Error{Kind: falochron.Denied, Op: "set the niceness of local replicas", Hint: "set fleet.processes.nice to 0", Err: err}
	}
	return f, nil
}

func (f *forker) close() {
	f.once.Do(func() { close(f.quit) })
	<-f.done
}

// process is one that runs.
type process struct {
	cmd   *exec.Cmd
	f     *forker
	ended chan struct{} // closed when it is gone
	err   error         // of its end; read after ended

	mu     sync.Mutex
	reaped bool // its number may be another's
}

// start runs the command once, as the leader of a group of its own.
func (f *forker) start(r *replica) (*process, error) {
	d := r.d
	args := r.arguments()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = d.cfg.Folder
	cmd.Env = d.environment(r)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = in, in
	p := &process{cmd: cmd, f: f, ended: make(chan struct{})}
	started := make(chan error, 1)
	select {
	case f.jobs <- func() { started <- cmd.Start() }:
		err = <-started
	case <-f.quit:
		err = errors.New("the driver is closed")
	}
	_ = in.Close() // the copy has it
	if err != nil {
		_ = out.Close() // nobody writes
		return nil, err
	}
	f.forks.Add(1)
	pid := cmd.Process.Pid
	if n := uint64(d.cfg.OpenFiles); n > 0 {
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: n}, nil); err != nil {
			d.cfg.Log.Warn("the files of a local replica cannot be bounded", "replica", r.id, "error", err)
		}
	}
	if err := d.notes.add(pid); err != nil {
		d.cfg.Log.Warn("what runs could not be written down; after a crash of ours it may be left over", "replica", r.id, "error", err)
	}
	told := make(chan struct{})
	go func() {
		defer close(told)
		tell(out, d.cfg.Log.With("replica", r.id))
	}()
	go func() {
		defer close(p.ended)
		p.err = p.wait()
		d.notes.sweep(r.id) // what has left the group
		d.notes.remove(pid)
		// What is left in the pipe is read; what still holds it open is not waited for.
		_ = out.SetReadDeadline(time.Now().Add(time.Second))
		<-told
		_ = out.Close() // nobody reads
	}()
	return p, nil
}

// wait returns when the process has ended. The rest of its group is killed while its
// number is still its own.
func (p *process) wait() error {
	pid := p.cmd.Process.Pid
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = unix.Kill(-pid, unix.SIGKILL) // there may be nobody
	p.reaped = true
	return p.cmd.Wait()
}

// end asks the group to end, then makes it, and waits.
func (p *process) end(patience time.Duration) {
	p.signal(unix.SIGTERM)
	select {
	case <-p.ended:
		return
	case <-time.After(patience):
	}
	p.signal(unix.SIGKILL)
	<-p.ended
}

func (p *process) signal(s unix.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		p.f.forks.Add(1)
		_ = unix.Kill(-p.cmd.Process.Pid, s) // it may have ended by itself
	}
}

// how it ended, in words; after ended.
func (p *process) how() string {
	if p.err == nil {
		return "ended by itself"
	}
	return "ended with " + p.err.Error()
}

// environment is what the copy knows of ours.
func (d *Driver) environment(r *replica) []string {
	var env []string
	for _, name := range d.cfg.Keep {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	env = append(env, fmt.Sprintf("PORT=%d", r.port))
	for _, e := range d.cfg.Environment {
		env = append(env, strings.ReplaceAll(e, "{port}", strconv.Itoa(r.port)))
	}
	return append(env, d.notes.mark(r.id))
}
