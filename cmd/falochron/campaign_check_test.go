package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/journal"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// noShops is an edge without a shop.
type noShops struct{}

func (noShops) Shops() []string                        { return nil }
func (noShops) Vitals(string) (falochron.Vitals, bool) { return falochron.Vitals{}, false }

// campaign check asks the running Falochron, waits for what it writes into the plan, and
// says it; what is wrong is an exit code. The configuration file says where all that is.
func TestCampaignCheckWaitsForWhatIsFound(t *testing.T) {
	data := t.TempDir()
	kept := filepath.Join(data, "kept.db")
	token := strings.Repeat("t", control.MinToken)
	if err := os.WriteFile(filepath.Join(data, control.TokenFile), []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	campaigns, err := control.OpenCampaigns(t.Context(), control.CampaignsConfig{
		Open: func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, store.Config{Address: kept}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = campaigns.Close() })
	result := plan.Right
	// What falochron run does: it looks, and writes down what it found.
	looks := func(id plan.ID) (int, error) {
		_, err := campaigns.Do(t.Context(), time.Now(), plan.Actor{Role: plan.Machine}, plan.RecordChecks{Campaign: id, Post: id + ".1", Checks: []plan.Check{
			{What: plan.LinkCheck, Result: plan.Right}, {What: plan.PriceCheck, Result: result, Why: plan.FoundPrice, With: "69.00 PLN"},
		}})
		return 1, err
	}
	ctl, err := control.New(control.Config{Token: token, Journal: journal.New(journal.Config{}), Source: noShops{}, Plan: campaigns, PlanLook: looks})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(ctl)
	t.Cleanup(server.Close)
	file := filepath.Join(data, "falochron.yaml")
	text := fmt.Sprintf("data: %q\nplan:\n  store: %q\nadmin:\n  listen: %q\nshops:\n  - name: lip\n    origins: [\"http://127.0.0.1:1\"]\n", data, kept, strings.TrimPrefix(server.URL, "http://"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	says := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(append([]string{"campaign", "--config", file, "--lang", "en"}, args...), strings.NewReader(""), &out, &errs); code != want {
			t.Fatalf("%v: exit %d\n%s%s", args, code, out.String(), errs.String())
		}
		return out.String() + errs.String()
	}
	for _, c := range []plan.Command{
		plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}},
		plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"lip.example"}, Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}}}},
		plan.PutCampaign{Shop: "lip", Name: "Autumn"},
		plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tiktok", At: time.Now().Add(48 * time.Hour), Link: "https://lip.example/p", Price: 59}},
	} {
		if _, err := campaigns.Do(t.Context(), time.Now(), anOperator, c); err != nil {
			t.Fatal(err)
		}
	}
	if got := says(0, "party", "list"); !strings.Contains(got, "ola") {
		t.Error(got)
	}
	if got := says(0, "check", "lip-1"); !strings.Contains(got, "looking; posts: 1") || !strings.Contains(got, "lip-1.1         link – right\n") || !strings.Contains(got, "price – right") {
		t.Error(got)
	}
	result = plan.Wrong
	if got := says(1, "check", "lip-1"); !strings.Contains(got, "price – not right: 69.00 PLN") || !strings.Contains(got, "something is not right in the shop") {
		t.Error(got)
	}
	says(0, "found", "lip-1", "lip-1.1", "price")
	if got := says(0, "readiness", "lip-1"); !strings.Contains(got, "Tiktok: the price is right.") {
		t.Error(got)
	}
	says(2, "found", "lip-1", "lip-1.1", "price", "--with", "69")
	says(1, "check", "lip-9")
	// The store of the file was used, and a flag goes before it.
	if _, err := os.Stat(filepath.Join(data, planFile)); !os.IsNotExist(err) {
		t.Errorf("the plan of the data folder was used: %v", err)
	}
	says(1, "party", "list", "--store", filepath.Join(data, "other.db"))
}
