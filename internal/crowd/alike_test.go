package crowd

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The crowd counts what it asked for of things that are the same for all: every
// file, and the pages that the plan names while the fan has no cookie of its own.
func TestAskedForWhatIsAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := newFakeShop(t)
		p := buyerPlan()
		p.Alike, p.Own = []string{"product", "form"}, []string{"other", "ses*"}
		rep := shop.run(p, 40)
		files := shop.count("GET /a.css") + shop.count("GET /b.js") + shop.count("GET /c.svg")
		pages := shop.count("GET /p/lipstick") + shop.count("GET /p/brush")
		if tt := rep.Totals; files == 0 || tt.AlikeFiles != files || pages != 40 || tt.AlikePages != pages {
			t.Errorf("%d files of %d, %d pages of %d: the form is asked for with a session", tt.AlikeFiles, files, tt.AlikePages, pages)
		}
	})
}

// Who is held back by the line has asked, but the shop was not spared that by
// anything shared. An error counts.
func TestTheLineSparesNothingShared(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fakeShop)
		want   int
	}{
		"held back": {func(s *fakeShop) {
			s.room = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.HasPrefix(r.URL.Path, "/p/") {
					wait(w, 1, 5)
					return true
				}
				return false
			}
		}, 0},
		"refused": {func(s *fakeShop) { s.status["GET /p/lipstick"], s.status["GET /p/brush"] = 404, 404 }, 40},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shop := newFakeShop(t)
				c.change(shop)
				p := buyerPlan()
				p.Alike = []string{"product"}
				rep := shop.run(p, 40)
				if n := rep.Totals.AlikePages; c.want == 0 && n != 0 || n < c.want {
					t.Errorf("%d pages counted", n)
				}
			})
		})
	}
}

// Every tapped link carries a click id of its own, whatever the channel: no two
// fans ask for the same address.
func TestClickIdsAreUnique(t *testing.T) {
	l, err := Draw(buyerPlan(), 20_000, 100*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	seen, names := map[string]bool{}, map[string]bool{}
	for i := range l.Fans {
		id := l.Plan.fill("{click}", &l.Fans[i], nil)
		name, value, _ := strings.Cut(id, "=")
		if seen[value] {
			t.Fatalf("%s twice", id)
		}
		seen[value], names[name] = true, true
	}
	if len(names) != numChannels {
		t.Errorf("names of click ids: %v", names)
	}
}
