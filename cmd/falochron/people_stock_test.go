package main

import (
	"testing"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// What the edge knows to be sold out stands against a go, on the page as in the API.
func TestReadinessKnowsWhatIsSoldOut(t *testing.T) {
	w := openPlanWorld(t)
	var k plan.CampaignView
	var err error
	w.plan.Read(func(b *plan.Book) { k, err = b.Campaign(w.clock, anOperator, "lip-1") })
	if err != nil {
		t.Fatal(err)
	}
	p := k.Campaign.Posts[0]
	p.Link = "https://lip.example/p/red"
	w.must(anOperator, plan.PutPost{Campaign: "lip-1", Post: p})
	gone := map[string]bool{}
	w.orders = func(shop string) (falochron.Snapshot, bool) {
		return falochron.Snapshot{SoldOut: gone}, shop == "lip"
	}
	const said = "the article is sold out, as the shop's stock says"
	mm := w.opens("mm", plan.MediaHouse)
	if f := w.factsOf(k); len(f.SoldOut) != 0 {
		t.Error(f.SoldOut)
	}
	gone["/p/red"] = true
	mm.reads("/plan/campaign/lip-1", said)
	if f := w.factsOf(k); !f.SoldOut["/p/red"] {
		t.Error("the API does not know")
	}
}
