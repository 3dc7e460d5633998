package main

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/falochron/falochron/internal/proc"
)

// frontProcess is whatever a host has before the shop today, in the place of
// `falochron run`: a command line of the shell, and all that it starts.
type frontProcess struct {
	*process
	listen, folder string
}

// front prepares the command. It finds in its environment where to listen and where
// the shop is, as host:port and once more as host and port, and a folder of its own.
// The folder lies apart from the house: servers that drop root must get to it.
func (h *house) front(command, listen, origin string) (*frontProcess, error) {
	folder, err := os.MkdirTemp("", "falochron-front-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return nil, err
	}
	p, err := h.process("front", func(string) []string { return []string{"-c", command} })
	if err != nil {
		return nil, err
	}
	f := &frontProcess{p, listen, folder}
	p.exe, p.shown, p.env = "/bin/sh", command, []string{"FOLDER=" + folder}
	for name, addr := range map[string]string{"LISTEN": listen, "ORIGIN": strings.TrimPrefix(origin, "http://")} {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(folder))
		}
		p.env = append(p.env, name+"="+addr, name+"_HOST="+host, name+"_PORT="+port)
	}
	return f, nil
}

// ready waits until the front accepts connections. It need not say anything.
func (f *frontProcess) ready(ctx context.Context) error { return f.process.ready(ctx, f.listen, "") }

// frontEnds is how long a front may take to end by itself.
const frontEnds = 3 * time.Second

// stop ends the front: as a service manager does, first asking, and then all that is
// left of it, by the group of processes that it was started in and by descent.
func (f *frontProcess) stop() {
	if pid := f.pid(); pid != 0 {
		left := proc.Below(proc.ReadAll(), pid)
		_ = syscall.Kill(-pid, syscall.SIGTERM)
		t := time.NewTimer(frontEnds)
		defer t.Stop()
		select {
		case <-f.gone:
		case <-t.C:
		}
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		now := proc.ReadAll()
		for child, was := range left {
			if is, there := now[child]; there && is.Began == was.Began {
				_ = syscall.Kill(child, syscall.SIGKILL)
			}
		}
		f.kill()
	}
	_ = os.RemoveAll(f.folder)
}

// ended says whether the front has ended by itself.
func (f *frontProcess) ended() bool {
	select {
	case <-f.gone:
		return true
	default:
		return false
	}
}

// burnt is the CPU seconds of the front and all it has started.
func (f *frontProcess) burnt() (sum float64) {
	for _, p := range proc.Below(proc.ReadAll(), f.pid()) {
		sum += p.CPU + p.Reaped
	}
	return sum
}

// memory is what the front and all it has started hold, in MB, what they share
// divided among them; 0 when not known.
func (f *frontProcess) memory() (mb float64) {
	for pid := range proc.Below(proc.ReadAll(), f.pid()) {
		n, _ := proc.Memory(pid)
		mb += megabytes(n)
	}
	return mb
}

// checkFront refuses what only Falochron can do.
func (d *demo) checkFront() error {
	if d.front == "" {
		return nil
	}
	if sc := d.scenario; sc.edgeColdAt > 0 || sc.killAt > 0 || d.rig.mode() != "" || d.rig.fault == "lost-folder" {
		return usage("with --front nothing can be done to the edge, since there is none", "leave out --edge-cold-at, --kill-at and this --fault")
	}
	if !d.rig.shows("protected") {
		return usage("--front is of the protected wave, and that is not part of the run", "leave out --waves")
	}
	return nil
}

// raiseFront puts the front before the shop.
func (s *stage) raiseFront(ctx context.Context) error {
	s.target = "http://" + s.front.listen
	if err := s.front.start(); err != nil {
		return err
	}
	return s.front.ready(ctx)
}

// protector is what stands before the shop in the protected wave, in a word.
func protector(front string) string {
	if front == "" {
		return "Falochron"
	}
	return "your front"
}
