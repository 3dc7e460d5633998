package state

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"io/fs"

	"github.com/falochron/falochron"
)

func TestOrdersSurviveARestart(t *testing.T) {
	start := time.Date(2026, 11, 27, 19, 0, 0, 0, time.UTC)
	file := falochron.Snapshot{Mode: falochron.ModeAuto, Ceiling: 8}
	ordered := falochron.Snapshot{
		Version: 7, Mode: falochron.ModeHold, BeforeHold: falochron.ModeShop, Ceiling: 12, Start: start,
		SoldOut: map[string]bool{"/p/lipstick": true},
	}
	both(t, func(t *testing.T, s *Store, reopen func() *Store) {
		load := func(configured falochron.Snapshot) falochron.Snapshot {
			t.Helper()
			got, err := shopOf(t, s).LoadOrders(configured)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if got := load(file); got.Mode != file.Mode || got.Ceiling != 8 || got.SoldOut != nil {
			t.Errorf("nothing was ordered, and this is in force: %+v", got)
		}
		if err := shopOf(t, s).SaveOrders(file, ordered); err != nil {
			t.Fatal(err)
		}
		s = reopen()
		got := load(file)
		if got.Mode != falochron.ModeHold || got.BeforeHold != falochron.ModeShop || got.Ceiling != 12 || !got.Start.Equal(start) ||
			!maps.Equal(got.SoldOut, ordered.SoldOut) {
			t.Errorf("after a restart: %+v", got)
		}
		// Somebody changed the configuration meanwhile, and means it.
		changed := file
		changed.Ceiling = 5
		if got := load(changed); got.Mode != falochron.ModeAuto || got.Ceiling != 5 || !got.Start.IsZero() || !got.SoldOut["/p/lipstick"] {
			t.Errorf("after a change of the configuration: %+v", got)
		}
		// A program that is started as the way out lets nothing stand in it.
		out := falochron.Snapshot{Mode: falochron.ModeOff}
		if err := shopOf(t, s).SaveOrders(out, ordered); err != nil {
			t.Fatal(err)
		}
		if got := load(out); got.Mode != falochron.ModeOff {
			t.Errorf("started with mode off: %+v", got)
		}
	})
}

func TestDamagedOrders(t *testing.T) {
	s := open(t, t.TempDir())
	shop := shopOf(t, s)
	file := falochron.Snapshot{Mode: falochron.ModeWatch}
	if err := shop.SaveOrders(file, falochron.Snapshot{Mode: falochron.ModeHold}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(shop.dir, "orders.json")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"empty":   "",
		"cut":     string(good[:len(good)/2]),
		"version": strings.Replace(string(good), `"version": 1`, `"version": 2`, 1),
		"mode":    strings.Replace(string(good), `"hold"`, `"panic"`, 1),
		"ceiling": strings.ReplaceAll(string(good), `"ceiling": 0`, `"ceiling": -1`),
		"unknown": strings.Replace(string(good), `"ordered"`, `"other"`, 1),
		"of hold": strings.Replace(string(good), `"before_hold": "auto"`, `"before_hold": "never"`, 1),
	} {
		if bad == string(good) {
			t.Fatal(what, "changes nothing")
		}
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := shop.LoadOrders(file)
		if falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
		if got.Mode != falochron.ModeWatch {
			t.Errorf("%s: mode %v", what, got.Mode)
		}
	}
	s.replace = func(path string, _ []byte) error {
		return &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	}
	if err := shop.SaveOrders(file, file); falochron.KindOf(err) != falochron.Unavailable || !strings.Contains(err.Error(), "the disk is full") {
		t.Error(err)
	}
}
