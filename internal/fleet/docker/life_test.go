package docker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/falochron/falochron/internal/fleet"
)

// Who leaves is marked for everybody to see and stays up until he is drained; wanted
// again, he comes back instead of a new one; if our program dies, the next one ends it.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := newShop(t, &engines.first)
	s.run(s.plain())
	c := s.config()
	c.Drain = time.Hour
	d := s.driver(c)
	s.order(d, 3)
	was := s.ready(d, 3).Replicas
	draining := func(st fleet.State) bool {
		return len(st.Replicas) == 3 && st.Ready() == 2 && st.Wanted == 2 && st.Replicas[1].Phase == fleet.Draining
	}
	s.order(d, 2, was[1].ID)
	s.until(d, "one drains", draining)
	s.until(d, "it is marked", func(fleet.State) bool {
		found, err := s.engine.cli.ContainerInspect(t.Context(), was[1].ID+drainingMark, client.ContainerInspectOptions{})
		return err == nil && found.Container.State.Running
	})
	if o := s.order(d, 3); o.Accepted != 3 || o.Before != 2 {
		t.Errorf("%+v", o)
	}
	for i, r := range s.ready(d, 3).Replicas {
		if r.ID != was[i].ID {
			t.Errorf("%s is there instead of %s", r.ID, was[i].ID)
		}
	}
	s.until(d, "the mark is taken off", func(fleet.State) bool {
		_, err := s.engine.cli.ContainerInspect(t.Context(), was[1].ID, client.ContainerInspectOptions{})
		return err == nil
	})
	s.order(d, 2, was[1].ID)
	s.until(d, "one drains again", draining)
	s.until(d, "it is marked again", func(fleet.State) bool {
		_, err := s.engine.cli.ContainerInspect(t.Context(), was[1].ID+drainingMark, client.ContainerInspectOptions{})
		return err == nil
	})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	next := s.driver(c)
	s.until(next, "the next program sees that one drains", draining)
	s.order(next, 2)
	s.ready(next, 2)
}

// A replica that ends at once is told with what the engine says, and is not made over and
// over: within seconds a few are tried, not one for each order.
func TestEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, &engines.first)
	o := s.plain()
	o.Config.Cmd = []string{"toyshop", "--no-such-flag"}
	s.create(o) // a template need not run
	b := newBetween(t, s.engine)
	c := s.config()
	c.Hosts[0].Address = b.address
	d := s.driver(c)
	s.order(d, 1)
	st := s.until(d, "it has failed", func(st fleet.State) bool { return len(st.Replicas) == 1 && st.Replicas[0].Phase == fleet.Failed })
	if r := st.Replicas[0]; !strings.Contains(r.Why, "it has ended: Exited (") || !strings.Contains(r.Why, "docker logs "+r.ID) {
		t.Errorf("why: %s", r.Why)
	}
	begun, ids, calls := time.Now(), map[string]bool{}, b.changes.Load()
	for range 200 {
		s.order(d, 1)
		now, err := d.Observe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range now.Replicas {
			ids[r.ID] = true
		}
	}
	// The first is replaced at once, the next after 1 s, 2 s, 4 s and so on.
	most := 3
	for wait := time.Second; wait < time.Since(begun); wait *= 2 {
		most++
	}
	if len(ids) > most {
		t.Errorf("%d were made in %s, at most %d", len(ids), time.Since(begun), most)
	}
	if made := b.changes.Load() - calls; made > int64(10*most) {
		t.Errorf("200 orders made %d changes", made)
	}
}

// A HEALTHCHECK decides together with the port.
func TestHealthcheck(t *testing.T) {
	t.Parallel()
	s := newShop(t, &engines.first)
	o := s.plain()
	// It fails until the folder is there that all containers share.
	o.Config.Healthcheck = &container.HealthConfig{
		Test: []string{"CMD", "/falochron", "check", "/needed/falochron.yaml"}, Interval: 500 * time.Millisecond, Timeout: 20 * time.Second, Retries: 1000,
	}
	s.create(o)
	d := s.driver(s.config())
	s.order(d, 1)
	s.until(d, "it answers, and is not healthy", func(st fleet.State) bool {
		return len(st.Replicas) == 1 && st.Replicas[0].URL != "" && st.Replicas[0].Phase == fleet.Starting && d.answers(t.Context(), st.Replicas[0].URL)
	})
	c := s.config()
	c.Health = PortAnswers
	s.until(s.driver(c), "by its port alone it is ready", func(st fleet.State) bool { return st.Ready() == 1 })
	example, err := os.ReadFile("../../../falochron.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.needed, "falochron.yaml"), example, 0o644); err != nil {
		t.Fatal(err)
	}
	s.ready(d, 1)
}

// An owner who gives one of ours another name takes it over.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	s := newShop(t, &engines.first)
	s.run(s.plain())
	d := s.driver(s.config())
	s.order(d, 2)
	id := s.ready(d, 2).Replicas[1].ID
	if _, err := s.engine.cli.ContainerRename(t.Context(), id, client.ContainerRenameOptions{NewName: s.name + "-mine"}); err != nil {
		t.Fatal(err)
	}
	s.order(d, 1)
	if _, err := d.Restore(t.Context(), time.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.ready(d, 1)
	if !s.inspect(s.name + "-mine").State.Running {
		t.Error("it was stopped")
	}
}

// What has expired of a shop that is no longer configured is undone too, and nothing else.
func TestOtherShopsOfTheSameOwner(t *testing.T) {
	t.Parallel()
	a, b := newShop(t, &engines.first), newShop(t, &engines.first)
	for _, s := range []*shop{a, b} {
		s.run(s.plain())
	}
	cb := b.config()
	cb.Owner = a.name
	da, db := a.driver(a.config()), b.driver(cb)
	a.order(da, 2)
	if _, err := db.Scale(t.Context(), fleet.Want{Replicas: 2, Expires: time.Now().Add(3 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	a.ready(da, 2)
	b.ready(db, 2)
	notes, err := db.Restore(t.Context(), time.Now().Add(2*time.Hour))
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0].Text, a.name) {
		t.Errorf("%v, %v", notes, err)
	}
	a.ready(da, 1)
	b.ready(db, 2)
}
