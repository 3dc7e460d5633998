package docker

import (
	"context"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// leave is a replica on its way out: marked, drained, stopped, removed.
type leave struct {
	host     *host
	id, name string
	drain    time.Duration
	stay     chan struct{} // closed: it is wanted again
	done     chan struct{} // closed: it is gone, or stays

	marked bool // everybody is told, and it can be taken back

	// under Driver.mu
	stopping bool // too late to stay
	staying  bool
	again    *time.Duration // ordered away once more while it was taken back: drained for so long
}

// defaultStop is how long an engine waits for a container that does not say.
const defaultStop = 10 * time.Second

// part sends a replica away. Called under d.mu.
func (d *Driver) part(s seen, drain time.Duration) *leave {
	if l := d.leaves[s.id]; l != nil {
		if l.staying {
			l.again = &drain
		}
		return l
	}
	l := &leave{host: s.host, id: s.id, name: s.name, drain: drain, stay: make(chan struct{}), done: make(chan struct{}), marked: s.running() && !s.leaving}
	d.leaves[s.id] = l
	delete(d.made, s.name)
	d.work.Go(func() {
		d.depart(l)
		d.mu.Lock()
		delete(d.leaves, l.id)
		switch {
		case l.again != nil && d.ctx.Err() == nil:
			d.part(seen{host: l.host, id: l.id, name: l.name, state: container.StateRunning}, *l.again)
		case l.staying:
			d.made[l.name] = l.host
		}
		d.mu.Unlock()
		close(l.done)
	})
	return l
}

// depart does it step by step; each is repeated until the engine has done it.
func (d *Driver) depart(l *leave) {
	if l.marked {
		if !d.insist(l, "mark "+l.name+" as draining", 0, func(ctx context.Context) error {
			return d.rename(ctx, l.host, l.id, l.name, l.name+drainingMark)
		}) {
			return
		}
	}
	if l.drain > 0 && l.marked && !d.sleep(l.stay, l.drain) && d.ctx.Err() != nil {
		return
	}
	d.mu.Lock()
	stays := l.staying
	l.stopping = !stays
	d.mu.Unlock()
	if stays {
		d.insist(l, "mark "+l.name+" as taking part", 0, func(ctx context.Context) error {
			return d.rename(ctx, l.host, l.id, l.name+drainingMark, l.name)
		})
		return
	}
	d.end(l)
}

// end stops and removes, if it still is ours.
func (d *Driver) end(l *leave) {
	var config *container.Config
	name := ""
	if !d.insist(l, "inspect "+l.name, 0, func(ctx context.Context) error {
		found, err := l.host.cli.ContainerInspect(ctx, l.id, client.ContainerInspectOptions{})
		config, name = found.Container.Config, found.Container.Name
		return err
	}) || !d.owns(config, name) {
		return
	}
	grace := defaultStop
	if config.StopTimeout != nil {
		grace = max(time.Duration(*config.StopTimeout)*time.Second, 0)
	}
	d.insist(l, "stop "+l.name, grace, func(ctx context.Context) error {
		// Without a timeout of ours the engine takes the container's own.
		_, err := l.host.cli.ContainerStop(ctx, l.id, client.ContainerStopOptions{})
		return err
	})
	d.insist(l, "remove "+l.name, l.host.timeout, func(ctx context.Context) error {
		return removeContainer(ctx, l.host, l.id)
	})
}

// insist repeats a change until it is done; that there is no such container any more is
// as good. It returns false if the driver closes meanwhile, or the container is gone.
func (d *Driver) insist(l *leave, op string, longer time.Duration, do func(context.Context) error) bool {
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 30*time.Second) {
		err := l.host.change(d.ctx, op, longer, do)
		switch {
		case err == nil:
			return true
		case d.ctx.Err() != nil, errdefs.IsNotFound(err):
			return false
		}
		if !d.sleep(nil, wait) {
			return false
		}
	}
}

// rename gives a container of ours another name, unless it has it already, or somebody
// has given it one of his own.
func (d *Driver) rename(ctx context.Context, h *host, id, from, to string) error {
	_, err := h.cli.ContainerRename(ctx, id, client.ContainerRenameOptions{NewName: to})
	if err == nil || errdefs.IsNotFound(err) {
		return err
	}
	found, looked := h.cli.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	switch is := strings.TrimPrefix(found.Container.Name, "/"); {
	case looked != nil, is == from:
		return err
	case is == to:
		return nil
	}
	return errdefs.ErrNotFound.WithMessage("it has another name now")
}

// owns says that an inspected container is a replica of ours.
func (d *Driver) owns(config *container.Config, name string) bool {
	return config != nil && d.cfg.ours(config.Labels, strings.TrimPrefix(name, "/"))
}

// remove ends a container of ours that nobody has visited.
func (d *Driver) remove(h *host, id, name string) {
	l := &leave{host: h, id: id, name: name}
	d.mu.Lock()
	delete(d.made, name)
	d.mu.Unlock()
	d.insist(l, "remove "+name, h.timeout, func(ctx context.Context) error {
		found, err := h.cli.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
		if err != nil {
			return err
		}
		if !d.owns(found.Container.Config, found.Container.Name) {
			return errdefs.ErrNotFound.WithMessage("it is not ours")
		}
		return removeContainer(ctx, h, id)
	})
}

// removeContainer removes a container and the volumes without a name that it alone has.
func removeContainer(ctx context.Context, h *host, id string) error {
	_, err := h.cli.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if errdefs.IsConflict(err) { // it is being removed
		if _, looked := h.cli.ContainerInspect(ctx, id, client.ContainerInspectOptions{}); errdefs.IsNotFound(looked) {
			return nil
		}
	}
	return err
}
