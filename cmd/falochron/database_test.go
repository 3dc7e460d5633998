package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What the shop says of its database is taken if it makes sense, and for a while only.
func TestWhatAShopSaysOfItsDatabase(t *testing.T) {
	for _, tc := range []struct {
		body   string
		status int
		want   float64
		fault  string
	}{
		{`{"busy": 0.4}`, 200, 0.4, ""}, {`{"busy": 0}`, 200, 0, ""}, {`{"used": 61, "most": 122}`, 200, 0.5, ""}, {`{"used": 200, "most": 100}`, 200, 1, ""},
		{`{"busy": 1.5}`, 200, 0, "says neither"}, {`{"busy": -1}`, 200, 0, "says neither"}, {`{}`, 200, 0, "says neither"}, {`{"used": 5}`, 200, 0, "says neither"},
		{`{"used": 5, "most": 0}`, 200, 0, "says neither"}, {`{"busy": 0.4, "used": 1, "most": 2}`, 200, 0, "says neither"}, {`[]`, 200, 0, "no JSON"}, {`<html>`, 200, 0, "no JSON"},
		{`{"busy": 0.4}`, 503, 0, "503"},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tc.status)
			_, _ = w.Write([]byte(tc.body))
		}))
		got, err := databaseFeed{"lip", s.URL + "/?key=secret", 5 * time.Second}.ask(t.Context(), s.Client())
		if got != tc.want || (err == nil) != (tc.fault == "") || err != nil && !strings.Contains(err.Error(), tc.fault) {
			t.Errorf("%s: %v, %v", tc.body, got, err)
		}
		s.Close()
		if _, err = (databaseFeed{"lip", s.URL + "/?key=secret", 5 * time.Second}).ask(t.Context(), s.Client()); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("an address that does not answer: %v", err)
		}
	}
	now := time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC)
	d := databases{feeds: []databaseFeed{{shop: "lip"}, {shop: "new"}}, said: map[string]databaseSaid{"lip": {0.4, now.Add(15 * time.Second)}}}
	for _, tc := range []struct {
		shop  string
		at    time.Duration
		busy  float64
		asked bool
	}{{"lip", 0, 0.4, true}, {"lip", 14 * time.Second, 0.4, true}, {"lip", 15 * time.Second, -1, true}, {"new", 0, -1, true}, {"hat", 0, -1, false}} {
		if busy, asked := d.busy(tc.shop, now.Add(tc.at)); busy != tc.busy || asked != tc.asked {
			t.Errorf("%s after %v: %v %v", tc.shop, tc.at, busy, asked)
		}
	}
}

// A shop that does not say it is asked on, and the log says so once, and once more when it
// does.
func TestADatabaseThatIsNotKnownIsAskedForOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, log := 0, &strings.Builder{}
		client := &http.Client{Transport: carrier(func(*http.Request) (*http.Response, error) {
			asked++
			w := httptest.NewRecorder()
			if asked >= 2 && asked <= 4 {
				w.WriteHeader(http.StatusBadGateway)
			} else {
				_, _ = w.WriteString(`{"busy": 0.25}`)
			}
			return w.Result(), nil
		})}
		ctx, cancel := context.WithCancel(t.Context())
		var told []float64
		var done sync.WaitGroup
		done.Go(func() {
			databaseFeed{"lip", "http://shop.example/db", 5 * time.Second}.follow(ctx, client, slog.New(slog.NewTextHandler(log, nil)), func(b float64) { told = append(told, b) })
		})
		time.Sleep(26 * time.Second)
		cancel()
		done.Wait()
		if asked != 6 || len(told) != 3 || strings.Count(log.String(), "is not known") != 1 || strings.Count(log.String(), "is known again") != 1 {
			t.Errorf("asked %d times, told %v, and the log says\n%s", asked, told, log)
		}
	})
}
