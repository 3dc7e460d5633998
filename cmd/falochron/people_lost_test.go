package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// The database is taken away below pages that are being served, and put back. Meanwhile
// the pages show what was known, say so, and do nothing; then all is as before.
func TestThePagesSayThatTheDatabaseIsLost(t *testing.T) {
	w := openPlanWorld(t)
	var logged strings.Builder
	w.log = slog.New(slog.NewTextHandler(&logged, nil))
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.plan.Run(ctx) })
	t.Cleanup(func() { stop(); running.Wait() })
	until := func(lost bool) {
		t.Helper()
		late := time.After(patience)
		for {
			changed := w.plan.Changed()
			if (w.plan.Trouble() != nil) == lost {
				return
			}
			select {
			case <-changed:
			case <-late:
				t.Fatalf("lost: %v, and Trouble says %v", lost, w.plan.Trouble())
			}
		}
	}
	pages := []string{"/plan/next", "/plan/campaign/lip-1", "/plan/calendar", "/plan/history", "/plan/vessels", "/plan/war-room"}
	banner := map[string]string{"en": "The plan cannot be reached at the moment", "pl": "Plan jest teraz poza zasięgiem"}
	ola := w.opens("ola", plan.Influencer)
	shows := func(want bool) {
		t.Helper()
		for lang, words := range banner {
			for _, page := range pages {
				if body := ola.sees(page + "?lang=" + lang); strings.Contains(body, words) != want {
					t.Errorf("%s in %s says that the database is lost: %v\n%s", page, lang, !want, main0(body))
				}
			}
		}
	}
	shows(false)

	file := w.file
	away := filepath.Join(filepath.Dir(file), "away")
	if err := os.Rename(file, away); err != nil {
		t.Fatal(err)
	}
	until(true)
	shows(true)
	before := w.happened()
	if got := ola.post("/plan/next", "act", "post-now", "post", "lip-1.1"); got.Code != 503 || !strings.Contains(got.Body.String(), "It is not sure that this was written down") {
		t.Errorf("an act: %d %s", got.Code, main0(got.Body.String()))
	}
	if w.happened() != before || !strings.Contains(logged.String(), "was moved, deleted or replaced") {
		t.Errorf("something happened, or nobody reads why not: %s", logged.String())
	}

	if err := os.Rename(away, file); err != nil {
		t.Fatal(err)
	}
	until(false)
	shows(false)
	if got := ola.post("/plan/next", "act", "post-now", "post", "lip-1.1"); got.Code != 303 || w.happened() == before {
		t.Errorf("after that: %d", got.Code)
	}
}
