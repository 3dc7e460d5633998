package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron"
)

func someAnnounced() *falochron.Announced {
	at := time.Date(2026, 12, 1, 19, 0, 0, 5, time.UTC)
	return &falochron.Announced{
		Domains:  []string{"lip.example"},
		Posts:    []falochron.AnnouncedPost{{ID: "lip-1.1", Code: "k3x9pq7d", Link: "https://lip.example/p?a=<b>", At: at, Slip: time.Minute, Out: true}},
		Evenings: []falochron.AnnouncedEvening{{ID: "lip-1.2", Start: at, PreQueue: time.Hour, Draw: true, End: at.Add(time.Hour)}},
		Line:     falochron.FanLine{EN: "soon", PL: "zaraz", Until: at},
	}
}

// After a restart it is the same to the edge, which compares it with what the plan says.
func TestAnnouncedSurvivesARestart(t *testing.T) {
	both(t, func(t *testing.T, s *Store, reopen func() *Store) {
		if got, arrivals, err := shopOf(t, s).LoadAnnounced(); got != nil || arrivals != nil || err != nil {
			t.Errorf("nothing was saved, and this is known: %+v %v %v", got, arrivals, err)
		}
		want := someAnnounced()
		if err := shopOf(t, s).SaveAnnounced(want, map[string]uint64{"lip-1.1": 12_400}); err != nil {
			t.Fatal(err)
		}
		got, arrivals, err := shopOf(t, reopen()).LoadAnnounced()
		if err != nil || !got.Same(want) || arrivals["lip-1.1"] != 12_400 {
			t.Errorf("%v %v\n%s", err, arrivals, cmp.Diff(want, got))
		}
	})
}

// A damaged file counts for nothing, and it is said.
func TestDamagedAnnounced(t *testing.T) {
	shop := shopOf(t, open(t, t.TempDir()))
	if err := shop.SaveAnnounced(someAnnounced(), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(shop.dir, "announced.json")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]string{
		"empty": "", "cut": string(good[:len(good)/2]), "version": strings.Replace(string(good), `"version":1`, `"version":2`, 1), "other type": "[]",
	} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, _, err := shop.LoadAnnounced(); got != nil || falochron.KindOf(err) != falochron.Invalid || falochron.HintOf(err) == "" {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}
