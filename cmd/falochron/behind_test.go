package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/config"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/plan"
)

// announced is what reaches the edge of the plan now.
func (w *planWorld) announced() map[string]*falochron.Announced {
	var all []plan.Outward
	w.plan.Read(func(b *plan.Book) { all, _ = b.Outward(w.clock) })
	return control.AnnouncedBy(all, w.behindOf)
}

// sideOf says of which shop's plan an announcement is; "" of none, "both" of both.
func sideOf(a *falochron.Announced) string {
	if a == nil {
		return ""
	}
	side := map[string]bool{}
	for _, p := range a.Posts {
		side[p.ID[:3]] = true
	}
	for _, e := range a.Evenings {
		side[e.ID[:3]] = true
	}
	for _, d := range a.Domains {
		side[d[:3]] = true
	}
	if len(side) > 1 {
		return "both"
	}
	for s := range side {
		return s
	}
	return ""
}

// However shops stand behind an edge, none of them is told what another agency has
// planned: by name, hosts or order of the configuration at most one shop's plan reaches
// each.
func TestNoShopHearsOfAnothersPlan(t *testing.T) {
	w := openPlanWorld(t)
	seed := uint64(time.Now().UnixNano())
	dice := rand.New(rand.NewPCG(seed, 1))
	pick := func(of ...string) string { return of[dice.IntN(len(of))] }
	reached := map[string]int{}
	for range 2000 {
		e := &edges{}
		ids, hosts, names := []string{"lip", "hat", ""}, []string{"lip.example", "hat.example", "HAT.example", "x.example"}, []string{"shop", "lip", "hat", "b"}
		dice.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
		dice.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		dice.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		for i := range 1 + dice.IntN(3) {
			s := edgeShop{Name: names[i]}
			if i > 0 || dice.IntN(2) == 0 {
				s.Hosts = hosts[i : i+1]
			}
			if dice.IntN(3) == 0 {
				s.Plan = plan.ID(ids[i])
			}
			e.Shops = append(e.Shops, s)
		}
		if dice.IntN(2) == 0 {
			e.Kept = edgeTie{pick("shop", "lip", "b"), plan.ID(pick("lip", "hat", "gone"))}
		}
		w.planPages.behind.Store(e)
		for name, a := range w.announced() {
			side := sideOf(a)
			reached[side]++
			i := slices.IndexFunc(e.Shops, func(s edgeShop) bool { return s.Name == name })
			s := e.Shops[i]
			if side != "both" && (s.Plan == "" || string(s.Plan) == side) {
				continue
			}
			t.Fatalf("seed %d: %+v: %q is told of %s", seed, e, name, side)
		}
	}
	if reached["lip"] < 100 || reached["hat"] < 100 {
		t.Errorf("seed %d: hardly anything reached an edge: %v", seed, reached)
	}
}

// A second shop in the plan does not cut off the first, nor does it come into its place.
func TestASecondShopLeavesTheFirstAlone(t *testing.T) {
	w := openPlanWorld(t)
	w.planPages.data, w.planPages.notes = t.TempDir(), journal.New(journal.Config{Size: 1000})
	only := &config.Config{Shops: []config.Shop{{Name: "shop"}}}

	// Both were planned before the first start: nobody knows which it is, and says so.
	w.standBehind(only)
	if got := w.announced(); len(got) != 0 {
		t.Errorf("guessed: %v", got)
	}
	ola := w.opens("ola", plan.Influencer)
	ola.reads("/plan/next?lang=en", "The shop is not behind this Falochron")
	ola.reads("/plan/next?lang=pl", "Sklep nie stoi za tym Falochronem")
	said := func() (n int) {
		for _, r := range w.notes.Since(w.clock.Add(-time.Hour), journal.Filter{Shop: "shop", Notes: true, Limit: 100}) {
			if strings.Contains(r.Note, "is not behind this Falochron") {
				n++
			}
		}
		return n
	}
	for range 3 {
		w.tellApart([]plan.ID{"hat", "lip"})
	}
	if n := said(); n != 2 {
		t.Errorf("%d notes", n)
	}
	if w.tellApart(nil); said() != 2 {
		t.Error("there was nothing to say")
	}
	if w.tellApart([]plan.ID{"hat"}); said() != 3 {
		t.Error("it is apart again, and nobody is told")
	}

	// One is planned, and is it; then comes the second.
	hats := plan.Shop{}
	hats, _ = w.shopPlanned("hat")
	w.must(anOperator, plan.Cancel{Campaign: "hat-1"})
	w.must(anOperator, plan.RemoveShop{Shop: "hat"})
	if got := w.announced(); sideOf(got["shop"]) != "lip" || len(got["shop"].Posts) != 1 || len(got["shop"].Evenings) != 1 {
		t.Errorf("%+v", got["shop"])
	}
	w.must(anOperator, plan.PutShop{Shop: hats})
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "nn"}, plan.PutCampaign{Shop: "hat", Name: "Hats"})
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "nn"}, plan.PutEvening{Campaign: "hat-2", Evening: plan.Evening{Name: "Hats", Start: theEvening, Lasts: time.Hour, PreQueue: time.Hour}})
	for range 2 { // also after a restart
		if got := w.announced(); len(got) != 1 || sideOf(got["shop"]) != "lip" || len(got["shop"].Posts) != 1 {
			t.Errorf("%+v", got)
		}
		if w.isApart("lip") || !w.isApart("hat") || w.isApart("nobody") {
			t.Error("it is told otherwise")
		}
		w.planPages.behind.Store(nil)
		w.standBehind(only)
	}
	if says := text(ola.sees("/plan/next?lang=en")); strings.Contains(says, "not behind this Falochron") {
		t.Error(says)
	}
	w.opens("eva", plan.Influencer).reads("/plan/next?lang=en", "The shop is not behind this Falochron")

	// The first goes. The second does not slip into its place.
	w.must(anOperator, plan.Cancel{Campaign: "lip-1"})
	w.must(anOperator, plan.RemoveShop{Shop: "lip"})
	if got := w.announced(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	// Unless somebody says so.
	w.standBehind(&config.Config{Shops: []config.Shop{{Name: "shop", Plan: "hat"}}})
	if got := w.announced(); sideOf(got["shop"]) != "hat" {
		t.Errorf("%+v", got)
	}
	// Another shop in the same folder is not what the first was.
	w.standBehind(&config.Config{Shops: []config.Shop{{Name: "other"}}})
	if name := w.behindOf(&plan.Shop{ID: "hat"}); name != "other" {
		t.Errorf("%q", name)
	}
}

// Commands on the data folder of an edge say when it does not know the shop.
func TestCommandsSayThatAShopIsApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "falochron", append([]string{"campaign", "--data", dir, "--lang", "en"}, args...)...)
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, said)
		}
		return strings.Join(strings.Fields(strings.ReplaceAll(string(said), "\u00a0", " ")), " ")
	}
	const apart, cure = "not behind this Falochron", "plan: hat at the shop"
	says := func(said string, want bool) {
		t.Helper()
		if strings.Contains(said, apart) != want {
			t.Errorf("%s", said)
		}
	}
	e := edges{Shops: []edgeShop{{Name: "shop"}}}
	says(run("shop", "add", "lip"), false) // no edge has run here
	if err := e.write(dir); err != nil {
		t.Fatal(err)
	}
	says(run("shop", "add", "lip"), false)
	e.Kept = edgeTie{"shop", "lip"}
	if err := e.write(dir); err != nil {
		t.Fatal(err)
	}
	if said := run("shop", "add", "hat"); !strings.Contains(said, apart) || !strings.Contains(said, cure) {
		t.Error(said)
	}
	if said := run("shop", "add", "hat", "--lang", "pl"); !strings.Contains(said, "nie stoi za tym Falochronem") || !strings.Contains(said, "plan: hat") {
		t.Error(said)
	}
	says(run("shop", "add", "lip"), false)
	table := "at;channel;account\n" + time.Now().AddDate(0, 0, 20).Format("2006-01-02") + " 20:00;tiktok;ola\n"
	file := filepath.Join(dir, "posts.csv")
	if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	for shop, want := range map[string]bool{"hat": true, "lip": false} {
		run("import", file, "--shop", shop, "--campaign", "Autumn")
		says(run("show", shop+"-1"), want)
		says(run("readiness", shop+"-1"), want)
	}
	run("cancel", "hat-1", "--why", "gone")
	if said := run("shop", "remove", "hat"); !strings.Contains(said, "removed from the plan: hat") {
		t.Error(said)
	}
	if said := run("shop", "list"); strings.Contains(said, "hat") || !strings.Contains(said, "lip") {
		t.Error(said)
	}
}
