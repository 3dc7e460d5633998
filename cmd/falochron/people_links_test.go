package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
)

// The parties see a post's short link, its picture and who came by it; a host, and
// another agency, see none of it.
func TestShortLinksOnThePages(t *testing.T) {
	w := openPlanWorld(t)
	w.must(anOperator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tiktok", Account: "ola", At: theEvening.Add(2 * time.Hour), Link: "https://lip.example/p?utm_source=tt"}})
	var links []plan.ShortLink
	w.plan.Read(func(b *plan.Book) {
		var err error
		if links, err = b.ShortLinks(w.clock, anOperator, "lip-1"); err != nil {
			t.Fatal(err)
		}
	})
	last := links[len(links)-1]
	if last.URL != "https://lip.example/go/"+last.Code {
		t.Fatalf("%+v", last)
	}
	w.edge.set("lip", falochron.Vitals{Time: w.clock, Posts: []falochron.PostVitals{{ID: string(last.Post), Arrivals: 12_400}}})
	picture := "/plan/campaign/lip-1/qr/" + string(last.Post)
	for role, b := range w.everyRole() {
		page := b.get("/plan/campaign/lip-1").Body.String()
		shows := strings.Contains(page, last.URL) && strings.Contains(page, `src="`+picture+`"`) && strings.Contains(page, "12,400 people came by it")
		got := b.get(picture)
		drawn := got.Code == http.StatusOK && got.Header().Get("Content-Type") == "image/svg+xml" && strings.HasPrefix(got.Body.String(), "<svg")
		may := role != plan.Host && role != plan.Machine
		if shows != may || drawn != may {
			t.Errorf("%s: shown %v, drawn %v (%d), want %v", role, shows, drawn, got.Code, may)
		}
		if !may && (strings.Contains(page, last.Code) || strings.Contains(got.Body.String(), "<svg")) {
			t.Errorf("%s sees the code", role)
		}
	}
	if got := w.opens("eva", plan.Influencer).get(picture); got.Code == http.StatusOK {
		t.Errorf("another agency: %d", got.Code)
	}
}
