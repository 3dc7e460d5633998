package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// runOrders measures what is not there yet, a row at a time: it can be stopped
// at any moment and goes on there.
func runOrders(ctx context.Context, b *bench) (outcome, error) {
	rows, err := loadRows[ordersRow](b, "orders")
	if err != nil {
		return outcome{}, err
	}
	runs := plan(b.settings)
	for i, r := range runs {
		if rows, err = b.measured(ctx, rows, r, fmt.Sprintf("%d of %d", i+1, len(runs))); err != nil {
			return outcome{}, err
		}
	}
	for _, r := range poolRuns(b.settings) {
		n, _ := pooled(rows)
		if n >= goalCheckouts {
			break
		}
		if rows, err = b.measured(ctx, rows, r, fmt.Sprintf("pool holds %d of %d checkouts", n, goalCheckouts)); err != nil {
			return outcome{}, err
		}
	}
	return ordersOutcome(rows), nil
}

// measured returns rows with the row of a run: the one that is there, or a new
// one.
func (b *bench) measured(ctx context.Context, rows []ordersRow, r waveRun, which string) ([]ordersRow, error) {
	// Rows of another build say nothing about this one.
	rows = slices.DeleteFunc(rows, func(old ordersRow) bool { return old.Build != b.build })
	at := slices.IndexFunc(rows, func(old ordersRow) bool { return old.Key == r.key() })
	if at >= 0 && rows[at].counts() && !b.fresh {
		b.say("  %-24s is there (%s)", r.key(), which)
		return rows, nil
	}
	b.say("  %-24s %s (%s)", r.key(), r.what, which)
	row, err := b.wave(ctx, r, 1)
	if err == nil && row.Void && b.settings.wave == 0 {
		b.say("    void, once more: %s", strings.Join(row.Why, "; "))
		row, err = b.wave(ctx, r, 2)
	}
	if err != nil {
		return rows, err
	}
	b.say("    %s", row.line())
	if at >= 0 {
		rows[at] = row
	} else {
		rows = append(rows, row)
	}
	return rows, saveRows(b, "orders", rows)
}

// wave measures one run. A demo that fails is a row too; only a cancelled
// benchmark is an error.
func (b *bench) wave(ctx context.Context, r waveRun, attempt int) (ordersRow, error) {
	dir := filepath.Join(filepath.Dir(b.program), "bench-"+b.build)
	name := strings.ReplaceAll(r.key(), "/", "-")
	ideal, result, log := filepath.Join(dir, r.idealName()), filepath.Join(dir, name+".json"), filepath.Join(dir, name+".log")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return ordersRow{}, err
	}
	_ = os.Remove(result) // of an earlier attempt
	args := r.command(ideal, result, b.settings.wave)
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
	if err := cmd.Run(); err != nil {
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
	if row.Void && b.settings.wave == 0 && slices.ContainsFunc(row.Why, func(why string) bool { return strings.HasPrefix(why, "at its best") }) {
		_ = os.Remove(ideal) // it is as void as the row
	}
	return row, nil
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
