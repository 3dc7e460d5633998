package main

import (
	"context"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
)

// An origin at a port of the copies is a copy; any other is the owner's own, beside them.
// Containers and pods are seen by their driver, the owner's as well.
func TestReplicasBesideCopies(t *testing.T) {
	s := config.Shop{Fleet: config.Fleet{Driver: config.FleetProcesses, Min: 1, Processes: config.Processes{FirstPort: 9001, LastPort: 9010}}}
	for _, u := range []string{"http://127.0.0.1:9001", "http://127.0.0.1:8081", "http://10.0.0.7:9001", "http://[::1]:9010"} {
		at, err := url.Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		s.Origins = append(s.Origins, at)
	}
	if got := beside(&s); len(got) != 2 || got[0] != "http://127.0.0.1:8081" || got[1] != "http://10.0.0.7:9001" {
		t.Errorf("beside the copies: %v", got)
	}
	if c := scaleConfig(&s); c.Limits.Min != 3 || c.Limits.Max != 12 {
		t.Errorf("from %d to %d with two of the owner's", c.Limits.Min, c.Limits.Max)
	}
	s.Fleet.Driver = config.FleetDocker
	if got := beside(&s); len(got) != 0 {
		t.Errorf("beside containers: %v", got)
	}
}

// The course of an announced wave counts who comes after the post, not before it, and
// grows.
func TestCourseOfAPost(t *testing.T) {
	at := time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)
	c := forecast.Curve{From: at.Add(-10 * time.Second), Step: 10 * time.Second}
	for range 12 {
		c.Rate = append(c.Rate, forecast.Range{Low: 1, Mid: 2, High: 5})
	}
	got := courseOf(&c, at)
	if got[2].At != at.Add(20*time.Second) || got[2].People != 40 || got[2].Upper != 100 {
		t.Errorf("until 20 s after it: %+v", got[2])
	}
	if last := got[len(got)-1]; last.People != 220 || last.Upper != 550 {
		t.Errorf("in all: %+v", last)
	}
}

// What is announced is read while the plan changes all the time, and neither keeps the
// other waiting for ever.
func TestWavesWhileThePlanChanges(t *testing.T) {
	w := openPlanWorld(t)
	w.standBehind(&config.Config{Shops: []config.Shop{{Name: "shop"}}}) // which shop that is, the plan has to say
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	writing.Go(func() {
		for ctx.Err() == nil {
			if _, err := w.plan.Do(ctx, w.clock, anOperator, plan.PutParty{Party: plan.Party{ID: "web", Name: "Host"}}); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2000 {
			w.waves("shop")
		}
	}()
	select {
	case <-done:
	case <-time.After(patience):
		panic("they wait for each other") // t.Fatal would wait for them, too
	}
	stop()
	writing.Wait()
}
