package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/falochron/falochron"
)

// job is a replica that is ordered and not started yet. It is tried until it is, until it
// is called off, or until its order is over.
type job struct {
	host    *host
	name    string
	number  int
	of      *template
	ordered time.Time
	reason  string
	off     chan struct{} // closed: called off
	once    sync.Once

	mu      sync.Mutex
	expires time.Time
	kind    string // of its failure, for notes
	why     string // of its last failure; empty: it has not failed
	since   time.Time
	next    time.Time // no try before it
}

func (j *job) callOff() { j.once.Do(func() { close(j.off) }) }

func (j *job) calledOff() bool {
	select {
	case <-j.off:
		return true
	default:
		return false
	}
}

// renew lets a job live as long as the order that is renewed.
func (j *job) renew(expires time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.expires = expires
}

// end is when the order is over.
func (j *job) end() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.expires
}

func (j *job) state() (name, kind, why string, since, next time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.name, j.kind, j.why, j.since, j.next
}

// begin starts a job in a goroutine of the driver's. Called under d.mu.
func (d *Driver) begin(j *job) {
	d.jobs = append(d.jobs, j)
	d.work.Go(func() {
		d.make(j)
		d.mu.Lock()
		defer d.mu.Unlock()
		for i, other := range d.jobs {
			if other == j {
				d.jobs = append(d.jobs[:i:i], d.jobs[i+1:]...)
				return
			}
		}
	})
}

func (d *Driver) make(j *job) {
	for {
		if !d.sleep(j.off, time.Until(j.next)) {
			break
		}
		if time.Now().After(j.end()) {
			return
		}
		select {
		case d.making <- struct{}{}:
		case <-d.ctx.Done():
			return
		}
		id, err := d.try(j)
		<-d.making
		if err == nil {
			d.mu.Lock()
			d.made[j.name] = j.host
			d.mu.Unlock()
			if j.calledOff() {
				d.remove(j.host, id, j.name)
			}
			return
		}
		if d.ctx.Err() != nil {
			return
		}
		j.failed(err)
	}
	if d.ctx.Err() == nil {
		// What a try has left whose answer was lost.
		if id, err := d.find(d.ctx, j); err == nil && id != "" {
			d.remove(j.host, id, j.name)
		}
	}
}

// failed remembers why, for whoever looks, and puts the next try off.
func (j *job) failed(err error) {
	j.host.failed(time.Now())
	next := j.host.retryAt()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.why == "" {
		j.since = time.Now()
	}
	j.next, j.kind = next, "no-room"
	j.why = err.Error()
	if _, missing := errors.AsType[*imageMissing](err); missing {
		j.kind = "image-missing"
	}
	if hint := falochron.HintOf(err); hint != "" {
		j.why += " (" + hint + ")"
	}
}

// sleep waits, and says whether to go on.
func (d *Driver) sleep(off <-chan struct{}, wait time.Duration) bool {
	if wait <= 0 {
		wait = 0
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-off:
		return false
	case <-d.ctx.Done():
		return false
	case <-timer.C:
	}
	select {
	case <-off:
		return false
	default:
		return d.ctx.Err() == nil
	}
}

// imageMissing says that a host does not have the shop's image.
type imageMissing struct{ image, host string }

func (e *imageMissing) Error() string {
	return fmt.Sprintf("the image %s is not on docker host %s", e.image, e.host)
}

// try makes and starts a replica. It can be repeated after any failure: what an earlier
// try has left is found by its name.
func (d *Driver) try(j *job) (id string, err error) {
	h := j.host
	image, err := d.image(j)
	if err != nil {
		return "", err
	}
	if id, err = d.find(d.ctx, j); err != nil {
		return "", err
	}
	if id == "" {
		if id, err = d.create(j, image); err != nil {
			return "", err
		}
	}
	for _, name := range j.of.further() {
		err := h.change(d.ctx, "connect "+j.name+" to the network "+name, 0, func(ctx context.Context) error {
			_, err := h.cli.NetworkConnect(ctx, name, client.NetworkConnectOptions{Container: id, EndpointConfig: j.of.networks[name]})
			if errdefs.IsPermissionDenied(err) || errdefs.IsConflict(err) || errdefs.IsAlreadyExists(err) {
				if d.connected(ctx, h, id, name) {
					return nil
				}
			}
			return err
		})
		if err != nil {
			return "", d.undo(h, id, j.name, err)
		}
	}
	err = h.change(d.ctx, "start "+j.name, h.timeout, func(ctx context.Context) error {
		_, err := h.cli.ContainerStart(ctx, id, client.ContainerStartOptions{})
		return err
	})
	if err != nil {
		return "", d.undo(h, id, j.name, err)
	}
	return id, nil
}

func (d *Driver) create(j *job, image string) (id string, err error) {
	h := j.host
	err = h.change(d.ctx, "create "+j.name, h.timeout, func(ctx context.Context) error {
		options, err := j.of.creation(d.cfg, j, image)
		if err != nil {
			return err
		}
		made, err := h.cli.ContainerCreate(ctx, options)
		if err == nil && made.ID == "" {
			err = errors.New("the container that was made has no id")
		}
		id = made.ID
		return err
	})
	if falochron.KindOf(err) == falochron.NotFound && errdefs.IsNotFound(err) {
		// The image was there a moment ago, or a network, which is said on start.
		return "", &falochron.Error{Kind: falochron.NotFound, Err: err, Hint: "docker -H " + h.Address + " images; docker network ls"}
	}
	return id, err
}

// image is by which name a host has the template's image. By its name, unless that means
// another one by now: replicas of a shop are of one version.
func (d *Driver) image(j *job) (string, error) {
	h, name := j.host, j.of.config.Image
	find := func(name string) (id string, err error) {
		err = h.read(d.ctx, "look for the image "+name, func(ctx context.Context) error {
			found, err := h.cli.ImageInspect(ctx, name)
			id = found.ID
			return err
		})
		if falochron.KindOf(err) == falochron.NotFound {
			return "", nil
		}
		return id, err
	}
	id, err := find(name)
	if err != nil || id == j.of.imageID && id != "" {
		return name, err
	}
	if exact, err := find(j.of.imageID); err != nil || exact != "" {
		return j.of.imageID, err
	}
	if id != "" {
		return name, nil
	}
	return "", &falochron.Error{Kind: falochron.NotFound, Err: &imageMissing{name, h.Name},
		Hint: "docker -H " + h.Address + " pull " + name + "; nothing is pulled from here"}
}

// find is the id of a container with a job's name that is ours; empty: there is none.
func (d *Driver) find(ctx context.Context, j *job) (id string, err error) {
	err = j.host.read(ctx, "look for "+j.name, func(ctx context.Context) error {
		found, err := j.host.cli.ContainerInspect(ctx, j.name, client.ContainerInspectOptions{})
		if errdefs.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if d.owns(found.Container.Config, found.Container.Name) {
			id = found.Container.ID
			return nil
		}
		return errdefs.ErrConflict.WithMessage("a container of somebody else's has the name " + j.name)
	})
	return id, err
}

// connected says that a container is in a network already.
func (d *Driver) connected(ctx context.Context, h *host, id, network string) bool {
	found, err := h.cli.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	return err == nil && found.Container.NetworkSettings != nil && found.Container.NetworkSettings.Networks[network] != nil
}

// undo removes what was made and could not be started, and returns why.
func (d *Driver) undo(h *host, id, name string, why error) error {
	if falochron.KindOf(why) != falochron.Unavailable {
		d.remove(h, id, name)
	}
	return why
}
