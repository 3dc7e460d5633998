package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/falochron/falochron"
)

// What a shop takes at its best is measured before any wave, alone, one after the other: it
// is told from crowds that keep half of two cores busy, and three at once voided each other.

// idealsOf are one run for each ideal that runs need.
func idealsOf(runs []waveRun) (first []waveRun) {
	known := map[string]bool{}
	for _, r := range runs {
		if !known[r.idealName()] {
			known[r.idealName()] = true
			first = append(first, r)
		}
	}
	return first
}

// ideals sees to it that the ideals of runs are there. One that is void is measured once
// more; if it is void again it stays, and every wave that is compared with it says so.
func (b *bench) ideals(ctx context.Context, runs []waveRun) error {
	for _, r := range idealsOf(runs) {
		file := filepath.Join(b.folder(), r.idealName())
		if _, err := os.Stat(file); err != nil {
			b.say("  %s: what the shop takes at its best", r.idealName())
		}
		void, err := b.ideal(ctx, r, file)
		if err == nil && void {
			b.say("    void, once more")
			_ = os.Remove(file)
			_, err = b.ideal(ctx, r, file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ideal measures one, or judges one that is there.
func (b *bench) ideal(ctx context.Context, r waveRun, file string) (void bool, err error) {
	if err := os.MkdirAll(b.folder(), 0o755); err != nil {
		return false, err
	}
	cmd := exec.CommandContext(ctx, b.program, r.idealCommand(file)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	said, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return false, err
	}
	if _, err := os.Stat(file); err != nil {
		words := strings.TrimSpace(string(said[max(0, len(said)-300):]))
		return false, &falochron.Error{Kind: falochron.Unavailable, Op: "measure " + r.idealName(), Public: words,
			Hint: "falochron " + strings.Join(r.idealCommand("ideal.json"), " ") + " shows more"}
	}
	return cmd.ProcessState.ExitCode() == exitVoid, nil // as those of the demo
}
