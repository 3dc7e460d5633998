package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// patience is how long a test waits for what must come. It is never waited for in
// full when all is well.
const patience = 10 * time.Minute

var (
	planned  = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) // when the acts of tests are done
	operator = plan.Actor{Role: plan.Operator, Person: "kasia"}
)

// openPlan opens a plan, follows it, and ends both with the test.
func openPlan(t testing.TB, file string) *Campaigns {
	t.Helper()
	c, err := OpenCampaigns(t.Context(), CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) {
		return store.Open(ctx, store.Config{Address: file})
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func planFile(t testing.TB) string { return filepath.Join(t.TempDir(), "plan.db") }

// party is a command that can be told from others of its sort.
func party(n int) plan.Command {
	return plan.PutParty{Party: plan.Party{ID: plan.ID(fmt.Sprintf("party-%d", n)), Name: fmt.Sprintf("Party %d", n)}}
}

func mustDo(t *testing.T, c *Campaigns, command plan.Command) plan.Act {
	t.Helper()
	act, err := c.Do(t.Context(), planned, operator, command)
	if err != nil {
		t.Fatal(err)
	}
	return act
}

// parties are the names in the book.
func parties(t *testing.T, c *Campaigns) (names []string) {
	t.Helper()
	c.Read(func(b *plan.Book) {
		all, err := b.Parties(planned, operator)
		if err != nil {
			t.Error(err)
		}
		for _, p := range all {
			names = append(names, p.Name)
		}
	})
	return names
}

// waitFor waits until the book has so many parties.
func waitFor(t *testing.T, c *Campaigns, n int) {
	t.Helper()
	deadline := time.After(patience)
	for {
		changed := c.Changed()
		have := parties(t, c)
		if len(have) == n {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%d parties, wants %d: %v", len(have), n, c.Trouble())
		}
	}
}

func TestActsOfOthersCome(t *testing.T) {
	t.Parallel()
	file := planFile(t)
	one, other := openPlan(t, file), openPlan(t, file)
	for n := range 4 {
		mustDo(t, []*Campaigns{one, other}[n%2], party(n))
		waitFor(t, one, n+1)
		waitFor(t, other, n+1)
	}
	third := openPlan(t, file) // folds what is there
	if got := parties(t, third); len(got) != 4 {
		t.Error(got)
	}
}

// All that many say at once in two processes is done once, and in one order.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const each = 15
	file := planFile(t)
	both := []*Campaigns{openPlan(t, file), openPlan(t, file)}
	var all sync.WaitGroup
	for i, c := range both {
		for n := range each {
			all.Go(func() {
				for { // others may be too fast for it, and that is all that may happen
					_, err := c.Do(t.Context(), planned, operator, party(i*each+n))
					if err == nil {
						return
					}
					if falochron.KindOf(err) != falochron.Conflict {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	all.Wait()
	for _, c := range both {
		waitFor(t, c, 2*each)
	}
	if one, other := fmt.Sprint(parties(t, both[0])), fmt.Sprint(parties(t, both[1])); one != other {
		t.Errorf("two books of one plan:\n%s\n%s", one, other)
	}
	if head := both[0].seq; head != 2*each {
		t.Errorf("%d acts, wants %d", head, 2*each)
	}
}

// What was decided on old knowledge is decided anew: here it is refused.
func TestDecidedAnew(t *testing.T) {
	t.Parallel()
	file := planFile(t)
	one := openPlan(t, file)
	mustDo(t, one, party(1))
	// The other does not follow: it knows of the party and of nothing after.
	other, err := OpenCampaigns(t.Context(), one.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	mustDo(t, one, plan.RemoveParty{Party: "party-1"})
	_, err = other.Do(t.Context(), planned, operator, plan.RemoveParty{Party: "party-1"})
	var refusal *plan.Refusal
	if !errors.As(err, &refusal) || refusal.Kind != falochron.NotFound {
		t.Fatal(err)
	}
	if other.seq != 2 {
		t.Error(other.seq)
	}
}

// lossy is a store whose answers get lost.
type lossy struct {
	actStore
	append error // what Append says; nil = the truth
	before bool  // it says so without having written
	read   error
}

func (l *lossy) Append(ctx context.Context, after uint64, rows []store.Act, messages ...store.Message) (uint64, error) {
	if l.append == nil {
		return l.actStore.Append(ctx, after, rows, messages...)
	}
	if !l.before {
		if _, err := l.actStore.Append(ctx, after, rows, messages...); err != nil {
			return 0, err
		}
	}
	return 0, l.append
}

func (l *lossy) Read(ctx context.Context, after uint64, limit int) ([]store.Act, error) {
	if l.read != nil {
		return nil, l.read
	}
	return l.actStore.Read(ctx, after, limit)
}

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	cut := &falochron.Error{Kind: falochron.Unavailable, Op: "append", Public: "the line was cut", Hint: "mend it"}
	for name, c := range map[string]struct {
		append, read error
		before       bool
		done         bool // Do says that it is done
		kept         int  // acts in the book at once
		later        int  // acts on disk
	}{
		"written, and found again":  {append: cut, done: true, kept: 1, later: 1},
		"written, and not found":    {append: cut, read: cut, later: 1},
		"not written":               {append: cut, before: true},
		"who asked has gone":        {append: context.Canceled, done: true, kept: 1, later: 1},
		"not written, nothing read": {append: cut, before: true, read: cut},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := planFile(t)
			p, err := OpenCampaigns(t.Context(), CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) {
				return store.Open(ctx, store.Config{Address: file})
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			p.store = &lossy{actStore: p.store, append: c.append, before: c.before, read: c.read}
			_, err = p.Do(t.Context(), planned, operator, party(1))
			switch {
			case c.done && err != nil:
				t.Error(err)
			case !c.done && falochron.KindOf(err) != falochron.Unavailable:
				t.Errorf("%v is of kind %v", err, falochron.KindOf(err))
			}
			if got := parties(t, p); len(got) != c.kept {
				t.Errorf("%d in the book, wants %d", len(got), c.kept)
			}
			p.store = p.store.(*lossy).actStore
			waitFor(t, openPlan(t, file), c.later)
			// It goes on where the store is.
			mustDo(t, p, party(2))
			if got := parties(t, p); len(got) != c.later+1 {
				t.Errorf("%d in the book, wants %d", len(got), c.later+1)
			}
		})
	}
}

// A backup that is restored under a running program is what counts from then on,
// whether the program notices by itself or by what somebody does.
func TestRestored(t *testing.T) {
	t.Parallel()
	file := planFile(t)
	running := openPlan(t, file)
	mustDo(t, running, party(1))
	mustDo(t, running, party(2))

	elsewhere, err := store.Open(t.Context(), store.Config{Address: file})
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	var backup bytes.Buffer
	if _, err := elsewhere.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	mustDo(t, running, party(3))
	still, err := OpenCampaigns(t.Context(), running.cfg) // follows nothing
	if err != nil {
		t.Fatal(err)
	}
	defer still.Close()
	if _, err := elsewhere.Restore(t.Context(), bytes.NewReader(backup.Bytes()), true); err != nil {
		t.Fatal(err)
	}
	waitFor(t, running, 2)
	mustDo(t, still, party(4))
	if got := parties(t, still); fmt.Sprint(got) != "[Party 1 Party 2 Party 4]" {
		t.Error(got)
	}
	waitFor(t, running, 3)
}

// Acts of a newer release, and what is none at all, are counted and kept.
func TestForeignActs(t *testing.T) {
	t.Parallel()
	file := planFile(t)
	s, err := store.Open(t.Context(), store.Config{Address: file})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Append(t.Context(), 0, []store.Act{
		{At: planned, Kind: "flown", Body: []byte(`{"kind":"flown","version":7,"at":"2026-11-27T12:00:00Z","actor":{"role":"operator"},"body":{}}`)},
		{At: planned, Kind: "torn", Body: []byte(`{"kind`)},
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	c := openPlan(t, file)
	c.Read(func(b *plan.Book) {
		if b.Unknown() != 2 {
			t.Error(b.Unknown())
		}
	})
	mustDo(t, c, party(1))
	if c.seq != 3 {
		t.Error(c.seq)
	}
}

// Who waits for their turn can give up.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	c := openPlan(t, planFile(t))
	c.turn <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Do(ctx, planned, operator, party(1))
	<-c.turn
	if falochron.KindOf(err) != falochron.Unavailable || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A store that cannot be opened at first is opened when it can be.
func TestOpensLater(t *testing.T) {
	t.Parallel()
	file, tries := planFile(t), 0
	c := NewCampaigns(CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) {
		if tries++; tries < 3 {
			return nil, &falochron.Error{Kind: falochron.Unavailable, Op: "open", Public: "out of reach", Hint: "wait"}
		}
		return store.Open(ctx, store.Config{Address: file})
	}})
	if err := c.Open(t.Context()); falochron.HintOf(err) != "wait" || c.Absent() == nil || c.Trouble() == nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), planned, operator, party(1)); falochron.HintOf(err) != "wait" {
		t.Error(err)
	}
	if got := parties(t, c); len(got) != 0 {
		t.Error(got)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	for c.Absent() != nil {
		changed := c.Changed()
		if c.Absent() == nil {
			break
		}
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatal(c.Absent())
		}
	}
	mustDo(t, c, party(1))
	stop()
	running.Wait()
	if err := errors.Join(c.Trouble(), c.Close()); err != nil {
		t.Error(err)
	}
}

// Several commands are done together, or none of them.
func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	file := planFile(t)
	c, other := openPlan(t, file), openPlan(t, file)
	several := func(commands ...plan.Command) func([]plan.Act) plan.Command {
		return func(done []plan.Act) plan.Command {
			if len(done) == len(commands) {
				return nil
			}
			return commands[len(done)]
		}
	}
	mustDo(t, other, party(0)) // which c may not have heard of
	acts, err := c.DoAll(t.Context(), planned, operator, several(party(1), party(2), plan.RemoveParty{Party: "party-1"}))
	if err != nil || len(acts) != 3 || acts[2].Kind != "party-removed" {
		t.Fatal(acts, err)
	}
	var refusal *plan.Refusal
	if _, err = c.DoAll(t.Context(), planned, operator, several(party(3), plan.RemoveParty{Party: "party-9"})); !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	for _, c := range []*Campaigns{c, other} {
		waitFor(t, c, 2)
		if got := parties(t, c); fmt.Sprint(got) != "[Party 0 Party 2]" {
			t.Error(got)
		}
	}
	// Somebody is quicker between the decision and the writing: all is decided anew.
	asked := 0
	_, err = c.DoAll(t.Context(), planned, operator, func(done []plan.Act) plan.Command {
		switch len(done) {
		case 0:
			if asked++; asked == 1 {
				mustDo(t, other, plan.RemoveParty{Party: "party-2"})
			}
			return plan.RemoveParty{Party: "party-0"}
		case 1:
			return plan.RemoveParty{Party: "party-2"}
		}
		return nil
	})
	if !errors.As(err, &refusal) || asked != 2 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	waitFor(t, c, 1)
}

// deaf is a store whose database is lost and comes back.
type deaf struct {
	actStore
	back chan struct{} // closed when it is back
}

func (l *deaf) Follow(ctx context.Context, after uint64) iter.Seq2[[]store.Act, error] {
	return func(yield func([]store.Act, error) bool) {
		if !yield(nil, &falochron.Error{Kind: falochron.Unavailable, Op: "follow", Public: "lost", Hint: "start it"}) {
			return
		}
		select {
		case <-l.back:
			l.actStore.Follow(ctx, after)(yield)
		case <-ctx.Done():
		}
	}
}

// While the database is lost what is known of the plan is shown, and that it is lost;
// the live page tells both the loss and the end of it.
func TestLostAndBack(t *testing.T) {
	t.Parallel()
	file := planFile(t)
	one, err := OpenCampaigns(t.Context(), CampaignsConfig{Open: func(ctx context.Context) (*store.Store, error) {
		return store.Open(ctx, store.Config{Address: file})
	}})
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, one, party(1))
	lost := &deaf{one.store, make(chan struct{})}
	one.store = lost
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { one.Run(ctx) })
	c, _, j := newControl(t, func(cfg *Config) { cfg.Plan = one })

	until := func(lost bool) {
		t.Helper()
		for {
			changed := one.Changed()
			if (one.Trouble() != nil) == lost {
				break
			}
			select {
			case <-changed:
			case <-time.After(patience):
				t.Fatal(one.Trouble())
			}
		}
		c.watch.observe(time.Now())
	}
	until(true)
	if w := look(c, "", ""); !strings.Contains(w.Body.String(), `"trouble":"lost"`) || w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if got := parties(t, one); len(got) != 1 || one.Absent() != nil {
		t.Error(got, one.Absent())
	}
	mustDo(t, openPlan(t, file), party(2))
	close(lost.back)
	until(false)
	waitFor(t, one, 2)
	var notes []string
	for _, r := range j.Since(time.Time{}, journal.Filter{Notes: true, Limit: 100}) {
		notes = append(notes, r.Note)
	}
	if fmt.Sprint(notes) != "[plan: out of reach plan: in reach]" {
		t.Error(notes)
	}
	stop()
	running.Wait()
	if err := one.Close(); err != nil {
		t.Error(err)
	}
}
