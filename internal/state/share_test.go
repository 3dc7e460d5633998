package state

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron"
)

func someSharing() falochron.Sharing {
	at := time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)
	return falochron.Sharing{
		Platform: "opencart", Title: "OpenCart", Evidence: "read", Signs: []string{"cookie OCSESSID"},
		Kinds: []falochron.SharedKind{
			{Name: "home", Forbidden: true, Checked: at, Passed: true, Why: "the same", Confirmed: at.Add(time.Minute)},
			{Name: "product", Forbidden: true, Checked: at, Why: "a form", Harm: true, Spans: []falochron.Span{
				{Page: "/p", Where: "form field token value", A: "1", B: "2", WithCart: true},
			}},
			{Name: "seo", Forbidden: true},
		},
	}
}

func TestSharingSurvivesARestart(t *testing.T) {
	both(t, func(t *testing.T, s *Store, reopen func() *Store) {
		if got, ok, err := shopOf(t, s).LoadSharing(); ok || err != nil || got.Kinds != nil {
			t.Errorf("nothing was saved, and this is known: %+v %v", got, err)
		}
		want := someSharing()
		if err := shopOf(t, s).SaveSharing(want); err != nil {
			t.Fatal(err)
		}
		got, ok, err := shopOf(t, reopen()).LoadSharing()
		if diff := cmp.Diff(want, got); !ok || err != nil || diff != "" {
			t.Errorf("%v %v\n%s", ok, err, diff)
		}
	})
}

// Whatever has become of the file, nothing in it counts, and it is said.
func TestDamagedSharing(t *testing.T) {
	s := open(t, t.TempDir())
	shop := shopOf(t, s)
	if err := shop.SaveSharing(someSharing()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(shop.dir, "sharing.json")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"empty":      "",
		"cut":        string(good[:len(good)/2]),
		"version":    strings.Replace(string(good), `"version": 1`, `"version": 2`, 1),
		"unknown":    strings.Replace(string(good), `"platform"`, `"software"`, 1),
		"two":        strings.Replace(string(good), `"name": "seo"`, `"name": "home"`, 1),
		"nameless":   strings.Replace(string(good), `"name": "seo"`, `"name": ""`, 1),
		"harm":       strings.Replace(string(good), `"passed": false`, `"passed": true`, 1),
		"differs":    strings.Replace(strings.Replace(string(good), `"passed": false`, `"passed": true`, 1), `"harm": true,`, ``, 1),
		"no check":   strings.Replace(string(good), `"passed": false`, `"passed": true`, 2),
		"more":       string(good) + "{}",
		"much":       `{"version": 1, "sharing": {"platform": "` + strings.Repeat("x", maxSharing) + `"}}`,
		"other type": "[]",
	} {
		if bad == string(good) {
			t.Fatal(what, "changes nothing")
		}
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		got, ok, err := shop.LoadSharing()
		if falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" || ok || got.Kinds != nil {
			t.Errorf("%s: %v %+v", what, err, got)
		}
	}
	// It is written anew by the next one.
	if err := shop.SaveSharing(someSharing()); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := shop.LoadSharing(); !ok || err != nil {
		t.Error(err)
	}
	s.replace = func(path string, _ []byte) error {
		return &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
	}
	if err := shop.SaveSharing(someSharing()); falochron.KindOf(err) != falochron.Unavailable || !strings.Contains(err.Error(), "the disk is full") {
		t.Error(err)
	}
}
