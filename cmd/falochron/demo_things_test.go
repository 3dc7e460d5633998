package main

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/crowd"
	"github.com/falochron/falochron/internal/toyshop"
)

// seconds makes instants in ms.
func seconds(at ...float64) (ms []int64) {
	for _, s := range at {
		ms = append(ms, int64(s*1000))
	}
	return ms
}

// The period is counted from one request to the next, wherever it begins.
func TestMostWithinAPeriod(t *testing.T) {
	for name, c := range map[string]struct {
		at   []int64
		want int
	}{
		"none":               {nil, 0},
		"one":                {seconds(5), 1},
		"each in its time":   {seconds(0, 10, 20.5, 31), 1},
		"one early":          {seconds(0, 10, 19.9, 30), 2},
		"not at round times": {seconds(8, 12, 17.9, 30), 3},
		"at once":            {seconds(1, 1, 1, 1), 4},
	} {
		if got := mostWithin(c.at, 10*time.Second); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	for want, at := range map[time.Duration][]int64{0: seconds(4), 2 * time.Second: seconds(0, 5, 7, 10), time.Millisecond: seconds(3, 3)} {
		if got := nearest(at); got != want {
			t.Errorf("%v: %v, want %v", at, got, want)
		}
	}
}

// A twentieth of a second is the way's, not the edge's: see wayJitter. A fifth of
// a second is too early.
func TestTheWayMayDiffer(t *testing.T) {
	life := lifetimes{"home": 10 * time.Second}
	for at, want := range map[float64]int{9.95: 1, 9.8: 2} {
		_, pages := life.count(toyshop.Things{Things: []toyshop.Thing{{Path: "/", Kind: "home", Answered: seconds(0, at)}}}, time.UnixMilli(0))
		if pages.Worst != want {
			t.Errorf("again after %v s of 10: %d in a period, want %d", at, pages.Worst, want)
		}
	}
}

// Files live as long as the shop says, or a minute, pages as the preset says, and what nobody
// may share is not counted. What came before the wave is not of it.
func TestThingsAreCounted(t *testing.T) {
	life := lifetimes{"product": 10 * time.Second, "home": 10 * time.Second}
	const product, search = "/index.php?language=pl-pl&product_id=101&route=product%2Fproduct", "/index.php?language=pl-pl&route=product%2Fsearch&search=krem"
	seen := toyshop.Things{Things: []toyshop.Thing{
		{Path: "/a.css", Kind: "file", FreshS: 60, Answered: seconds(1, 100, 170)},
		{Path: "/b.css", Kind: "file", FreshS: 60, Answered: seconds(100, 159), Failed: seconds(101)},
		{Path: "/silent.css", Kind: "file", Answered: seconds(100, 161)},
		{Path: product, Kind: "product", Answered: seconds(100, 110, 119.95, 130.5)},
		{Path: product, Variant: "currency=EUR", Kind: "product", Answered: seconds(100, 105, 106)},
		{Path: search, Kind: "search", Answered: seconds(100, 100)},
		{Path: "/", Kind: "home", Answered: seconds(1), Opened: seconds(2, 100, 101)},
	}}
	files, pages := life.count(seen, time.UnixMilli(50_000))
	if want := (thingCount{Reached: 7, Worst: 2, Thing: "/b.css", Nearest: round(59.0/60, 4), Things: 3}); files != want {
		t.Errorf("files %+v, want %+v", files, want)
	}
	if want := (thingCount{Reached: 7, Opened: 2, Worst: 3, Thing: product + " (currency=EUR)", Nearest: 0.1, Things: 2}); pages != want {
		t.Errorf("pages %+v, want %+v", pages, want)
	}
	if files, pages := (lifetimes)(nil).count(seen, time.UnixMilli(50_000)); files.Reached != 7 || pages != (thingCount{}) {
		t.Errorf("a shop that nobody knows: files %+v, pages %+v", files, pages)
	}
	files.Asked, pages.Asked = 100, 20
	if got := saved(files, pages); round(got, 6) != 0.883333 {
		t.Errorf("saved %v, want 0.883333: 14 of 120 reached the shop", got)
	}
	if saved() != 0 || saved(thingCount{Asked: 1, Reached: 2}) != 0 {
		t.Error("nothing can be saved of nothing, nor less than nothing")
	}
}

// Which pages are alike for all is asked of the shop and the presets, and the crowd
// counts these, and knows the cookies that make pages somebody's own.
func TestCrowdCountsWhatIsAlike(t *testing.T) {
	all := []string{"category", "home", "product", "search"}
	for as, want := range map[string][]string{"": nil, "woocommerce": all, "evershop": all, "prestashop": all, "opencart": {"category", "home", "product"}} {
		shop, err := toyshop.New(toyshop.Config{As: as, Data: toyshop.InMemory, Pace: 0.001})
		if err != nil {
			t.Fatal(err)
		}
		front := httptest.NewServer(shop.Handler())
		d := &demo{as: as}
		life, err := d.lifetimesAt(t.Context(), front.URL)
		front.Close()
		if err := errors.Join(err, shop.Close()); err != nil {
			t.Fatal(err)
		}
		plan, err := planFor(as, 1, demoCompression)
		if err != nil {
			t.Fatal(err)
		}
		drawn, err := crowd.Draw(plan, 20, demoWave)
		if err != nil {
			t.Fatal(err)
		}
		list, err := life.counting(drawn, as)
		if err != nil {
			t.Fatal(err)
		}
		if got := list.Plan.Alike; !slices.Equal(got, want) || list.Hash != drawn.Hash || drawn.Plan.Alike != nil {
			t.Errorf("%q: %v, want %v, of the same people", as, got, want)
		}
		for kind, l := range life {
			if l != 10*time.Second {
				t.Errorf("%q: a %s lives %v", as, kind, l)
			}
		}
		if at, err := toyshop.Paths(as); err != nil || !slices.Equal(list.Plan.Own, append(edgeOwn(), at.Sessions...)) {
			t.Errorf("%q: %v, %v", as, list.Plan.Own, err)
		}
		steps := map[string]bool{}
		for _, j := range list.Plan.Journeys {
			if !strings.HasSuffix(j.Steps[0].Path, "{click}") {
				t.Errorf("%q, %s: the link that was tapped has no click id: %s", as, j.Name, j.Steps[0].Path)
			}
			for _, s := range j.Steps {
				steps[s.Name] = true
			}
		}
		for _, name := range want {
			if !steps[name] {
				t.Errorf("%q: nobody goes to a step %q", as, name)
			}
		}
	}
}

// With the edge's cache turned off, a planted fault, the shop is asked again and again
// for what is fresh.
func TestNoCacheIsSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := json.Marshal(savedIdeal{Workers: 2, Seed: 4, Compression: demoCompression, Busy: 0.3,
		Edge: sweepPoint{Edge: true, Fans: 24, OrdersPerMin: 20, P95MS: 2000, PagesPerS: 3, SessionS: 30},
		Bare: sweepPoint{Fans: 24, OrdersPerMin: 19, P95MS: 2000, PagesPerS: 3, SessionS: 30}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ideal.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t.Fatalf, dir, "demo", "--headless", "--wave", "10s", "--workers", "2", "--overload", "3", "--seed", "4",
		"--ideal", "ideal.json", "--json", "result.json", "--waves", "protected", "--fault", "no-cache")
	t.Cleanup(func() { p.cleanup(t) })
	p.until("--mode off")
	p.until("BROKEN  asked for one such thing while it was fresh")
	p.until("all of it took ")
	if code := p.end(); code != exitFailed && code != exitVoid {
		t.Errorf("exit code %d", code)
	}
	text, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r demoResult
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if p := r.Protected; p.CacheableAsked == 0 || p.ShopRequestsCacheable < p.CacheableAsked*9/10 || p.WorstPerPeriod < 2 {
		t.Errorf("%+v", p.demoShared)
	}
}
