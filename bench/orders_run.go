package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// runOrders measures the waves at the toy shop as it is, and fills the pool.
func runOrders(ctx context.Context, b *bench) (outcome, error) {
	book, err := openBook(b, "orders")
	if err != nil {
		return outcome{}, err
	}
	if err := book.run(ctx, plan(b.settings, scenarios()), b.parallel); err != nil {
		return outcome{}, err
	}
	for _, more := range poolRuns(b.settings) {
		n, _ := pooled(book.rows)
		if n >= goalCheckouts {
			break
		}
		b.say("  the pool holds %d of %d checkouts", n, goalCheckouts)
		if err := book.run(ctx, []waveRun{more}, 1); err != nil {
			return outcome{}, err
		}
	}
	return ordersOutcome(book.rows, b.allWaves()), nil
}

// runImitations measures the waves at imitations.
func runImitations(ctx context.Context, b *bench) (outcome, error) {
	book, err := openBook(b, "imitations")
	if err != nil {
		return outcome{}, err
	}
	if err := book.run(ctx, plan(b.settings.ofImitations(), imitations()), b.parallel); err != nil {
		return outcome{}, err
	}
	return imitationsOutcome(book.rows), nil
}

// rowBook holds the rows of a section while several are measured at once. It can be
// stopped at any moment and goes on there.
type rowBook struct {
	b       *bench
	section string
	total   int // runs of the plan
	turns   *turns

	mu   sync.Mutex // guards what follows
	rows []ordersRow
	done int
}

// openBook begins with the rows that are there. Rows of another build say nothing
// about this one.
func openBook(b *bench, section string) (*rowBook, error) {
	rows, err := loadRows[ordersRow](b, section)
	if err != nil {
		return nil, err
	}
	return &rowBook{b: b, section: section, turns: newTurns(machineCores(), b.apart), rows: slices.DeleteFunc(rows, func(old ordersRow) bool { return old.Build != b.build })}, nil
}

// run measures what is not there yet of a plan: first the ideals, then the waves, at most
// so many at once.
func (k *rowBook) run(ctx context.Context, runs []waveRun, atOnce int) error {
	k.total = max(k.total, len(runs))
	if err := k.b.ideals(ctx, slices.DeleteFunc(slices.Clone(runs), k.there)); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(atOnce, 1))
	for _, r := range runs {
		g.Go(func() error { return k.one(ctx, r) })
	}
	return g.Wait()
}

// there says whether a run need not be measured again.
func (k *rowBook) there(r waveRun) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := slices.IndexFunc(k.rows, func(old ordersRow) bool { return old.Key == r.key() })
	return at >= 0 && k.rows[at].counts() && !k.b.fresh
}

// one brings the row of a run: the one that is there, or a new one.
func (k *rowBook) one(ctx context.Context, r waveRun) error {
	b, there := k.b, k.there(r)
	k.mu.Lock()
	k.done++
	b.say("  %-24s %s (%d, plan %d)", r.key(), map[bool]string{true: "is there", false: r.what}[there], k.done, k.total)
	k.mu.Unlock()
	if there {
		return nil
	}
	row, err := k.wave(ctx, r, 1)
	switch {
	case err != nil || b.settings.wave != 0:
	case row.Void && !row.voidAtBest():
		b.say("    %s void, once more: %s", r.key(), strings.Join(row.Why, "; "))
		row, err = k.wave(ctx, r, 2)
	case row.Failed != "" && !row.began:
		b.say("    %s did not begin, once more: %s", r.key(), row.Failed)
		row, err = k.wave(ctx, r, 2)
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	b.say("    %s: %s", r.key(), row.line())
	if at := slices.IndexFunc(k.rows, func(old ordersRow) bool { return old.Key == r.key() }); at >= 0 {
		k.rows[at] = row
	} else {
		k.rows = append(k.rows, row)
	}
	slices.SortStableFunc(k.rows, func(x, y ordersRow) int { return cmp.Compare(inPlan(x.Key), inPlan(y.Key)) })
	return saveRows(b, k.section, k.rows)
}

// inPlan is where a row's scenario stands among all.
func inPlan(key string) int {
	name, _, _ := strings.Cut(key, "/")
	return slices.Index(namesOf(allSorts()), name)
}

// folder is where what belongs to this build lies: ideals, results, logs.
func (b *bench) folder() string { return filepath.Join(filepath.Dir(b.program), "bench-"+b.build) }

// wave measures one run. A demo that fails is a row too; only a cancelled
// benchmark is an error.
func (k *rowBook) wave(ctx context.Context, r waveRun, attempt int) (ordersRow, error) {
	b, dir := k.b, k.b.folder()
	name := strings.ReplaceAll(r.key(), "/", "-")
	ideal, result, log, hold := filepath.Join(dir, r.idealName()), filepath.Join(dir, name+".json"), filepath.Join(dir, name+".log"), filepath.Join(dir, name+".ready")
	_, _ = os.Remove(result), os.Remove(hold) // of an earlier attempt
	args := append(r.command(ideal, result, b.settings.wave), "--hold", hold)
	row := ordersRow{Key: r.key(), Scenario: r.name, Workers: r.workers, Overload: r.overload, Seed: r.seed, Attempt: attempt,
		Command: "falochron " + strings.Join(r.command(filepath.Base(ideal), filepath.Base(result), b.settings.wave), " ")}
	out, err := os.Create(log)
	if err != nil {
		return row, err
	}
	defer out.Close()
	cmd := exec.CommandContext(ctx, b.program, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	prepared, err := k.turns.prepare(ctx, r)
	if err != nil {
		return row, err
	}
	defer prepared()
	if err := cmd.Start(); err != nil {
		return row, err
	}
	told, cancel := context.WithCancel(ctx)
	var telling sync.WaitGroup
	telling.Go(func() { row.began = k.tell(told, r, hold, prepared) })
	err = cmd.Wait()
	cancel()
	telling.Wait()
	if err != nil {
		if ctx.Err() != nil {
			return row, ctx.Err()
		}
		if _, exited := errors.AsType[*exec.ExitError](err); !exited {
			return row, err
		}
	}
	row.stamp, row.Exit = b.stamp(), cmd.ProcessState.ExitCode()
	row.read(result, log)
	if b.settings.wave != 0 {
		row.Void, row.Why = true, append(row.Why, "the wave was shortened")
	}
	return row, nil
}

// tell lets the wave of a run begin when it is ready and its turn has come, and keeps its
// part of the machine for as long as the wave lasts. It calls prepared when the wave begins, ends
// with ctx, that is with the run, and says whether the wave began.
func (k *rowBook) tell(ctx context.Context, r waveRun, hold string, prepared func()) bool {
	for {
		if _, err := os.Stat(hold); err == nil {
			break
		}
		if pause(ctx, 50*time.Millisecond) != nil {
			return false
		}
	}
	end, err := k.turns.begin(ctx, r.burns())
	if err != nil {
		return false
	}
	defer end()
	prepared()
	_ = os.Remove(hold)
	_ = pause(ctx, r.lasts(k.b.settings.wave)) // or the run ended before
	return true
}

// read takes over what the demo wrote.
func (r *ordersRow) read(result, log string) {
	data, err := os.ReadFile(result)
	if err == nil && json.Valid(data) {
		r.Result = data
		w := r.wave()
		if w != nil {
			r.Void, r.Why = w.Void, w.Details.Void
			return
		}
	}
	r.Result = nil
	words, _ := os.ReadFile(log)
	r.Failed = fmt.Sprintf("falochron demo ended with %d and without a result: %s", r.Exit, strings.TrimSpace(string(words[max(0, len(words)-300):])))
}

// voidAtBest says that it is the ideal alone that proves nothing: another wave would be
// compared with the same.
func (r *ordersRow) voidAtBest() bool {
	return !slices.ContainsFunc(r.Why, func(why string) bool { return !strings.HasPrefix(why, "at its best") })
}

// line is a row in a line, for those who watch.
func (r *ordersRow) line() string {
	w := r.wave()
	if w == nil {
		return r.Failed
	}
	s := fmt.Sprintf("%.1f orders a minute of %.1f", w.Protected.OrdersPerMin, w.best())
	if sc, _ := r.scenario(); sc.wave == "bare" {
		s = fmt.Sprintf("%.1f orders a minute of %.1f", w.Bare.OrdersPerMin, w.best())
	}
	if note := r.note(); note != "" {
		s += "; " + note
	}
	for _, m := range r.missed() {
		s += "\n      missed: " + m
	}
	return s
}
