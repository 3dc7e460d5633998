package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/preset"
	"github.com/falochron/falochron/internal/store"
)

// Whoever looks at shops waits for a plan that cannot be written as long as anybody does,
// and no longer: nothing else would be looked at.
func TestALookThatCannotBeWrittenDown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.db")
	synctest.Test(t, func(t *testing.T) {
		c, err := control.OpenCampaigns(t.Context(), control.CampaignsConfig{
			Open: func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, store.Config{Address: file}) },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []plan.Command{
			plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}},
			plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"lip.example"}, Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}}}},
			plan.PutCampaign{Shop: "lip", Name: "Autumn"},
			plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(20 * time.Hour), Link: "https://lip.example/p"}},
		} {
			if _, err := c.Do(t.Context(), time.Now(), anOperator, command); err != nil {
				t.Fatalf("%T: %v", command, err)
			}
		}
		l := &lookouts{
			plan: c, behind: func(*plan.Shop) string { return "lip" }, now: time.Now, log: slog.New(slog.DiscardHandler),
			calm:     func(string) bool { return true },
			classify: func(string) (*preset.Classifier, error) { return nil, nil },
			fetch: func(context.Context, string, *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("<h1>Lipstick</h1>"))}, nil
			},
			asked: map[plan.ID]time.Time{}, wake: make(chan struct{}, 1),
		}
		// Somebody has the plan's turn, and a database that says nothing.
		silent := make(chan struct{})
		var other sync.WaitGroup
		other.Go(func() {
			_, _ = c.DoAll(t.Context(), time.Now(), anOperator, func([]plan.Act) plan.Command { <-silent; return nil })
		})
		synctest.Wait()
		began := time.Now()
		go func() { time.Sleep(time.Hour); close(silent) }()
		l.round(t.Context())
		if took := time.Since(began); took > lookWithin {
			t.Errorf("it waited for %v", took)
		}
		<-silent
		other.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}
