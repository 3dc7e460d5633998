package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The demo from its command line to its exit code, with a wave too short for
// anybody to order: everything is shown and written, and nothing is proven, which
// must not look like success.
func TestDemoAsAWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	saveSmallIdeal(t, dir)
	p := launch(t.Fatalf, dir, "demo", "--headless", "--wave", "10s", "--workers", "2", "--overload", "3", "--seed", "4",
		"--ideal", "ideal.json", "--json", "result.json")
	t.Cleanup(func() { p.cleanup(t) })

	p.until("At its best the shop takes 19.0 orders a minute (20.0 through an idle edge)")
	p.until("The wave: 22 fans in 10 s") // 3 × 20 × 10 s, of whom 9 of 20 buy
	p.until("The shop with Falochron before it")
	p.until("$ falochron toyshop --listen 127.0.0.1:")
	p.until("$ falochron run --origin http://127.0.0.1:")
	p.until("The wave at the bare shop")
	p.until("$ falochron toyshop --listen 127.0.0.1:")
	p.until("The same wave with Falochron before the same shop")
	p.compared()
	p.until("3 times too many buyers")
	p.until("slowest pages (19 of 20 are faster)")
	p.until("BROKEN  orders taken, share of what the shop can take")
	p.until("picture: result.svg")
	p.until("result:  result.json")
	p.until("all of it took ")
	if code := p.end(); code != exitFailed && code != exitVoid {
		t.Errorf("exit code %d though nobody can have ordered", code)
	}

	text, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]json.RawMessage
	var r demoResult
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"seed", "overload", "fans_hash", "compression", "void", "ideal", "ideal_bare", "bare", "protected"} {
		if keys[k] == nil {
			t.Errorf("the result has no %s", k)
		}
	}
	if len(r.FansHash) != 64 || !strings.Contains(p.out.String(), "List of fans "+r.FansHash[:16]) {
		t.Errorf("the list's hash %s was not printed", r.FansHash)
	}
	for name, w := range r.Details.Waves {
		if w.Requests == 0 || len(w.Endings) == 0 || w.CrowdCPUS == 0 || w.ShopCPUS == 0 || w.ProtectEach == nil {
			t.Errorf("%s: %+v", name, w)
		}
	}
	if p, b := r.Protected.demoShared, r.Bare.demoShared; p.WorstPerPeriod != 1 || p.CacheableAsked == 0 || p.ShopRequestsCacheable >= p.CacheableAsked || b.WorstPerPeriod < 2 {
		t.Errorf("alike for all: protected %+v, bare %+v", p, b)
	}
	if r.Seed != 4 || r.Overload != 3 || r.Details.Fans != 22 || r.Protected.EdgeCPUS == 0 || r.Protected.GoodputRatio != 0 || len(r.Details.Waves) != 2 {
		t.Errorf("%+v", r)
	}
	if svg, err := os.ReadFile(filepath.Join(dir, "result.svg")); err != nil || !strings.HasPrefix(string(svg), "<svg") {
		t.Errorf("picture: %v", err)
	}
}
