package main

import (
	"context"
	"os/exec"
	"strings"
)

// changed is what is put behind a commit whose checkout holds more than it.
const changed = "+changes"

// commitOf names the commit that lies checked out in dir, or "" where git or a
// repository is not there. What this program writes itself is no change of what
// it measures.
func commitOf(ctx context.Context, dir string) string {
	git := func(args ...string) (string, bool) {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err == nil
	}
	commit, ok := git("rev-parse", "--short", "HEAD")
	if !ok {
		return ""
	}
	status, ok := git("status", "--porcelain", "--", ".", ":(exclude)docs/benchmarks.md", ":(exclude)docs/benchmarks")
	if !ok || status != "" {
		commit += changed
	}
	return commit
}
