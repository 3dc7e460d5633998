package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/console"
	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/edge/accept"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
	"github.com/falochron/falochron/internal/ticket"
)

// crowded is the pages over a plan of so many campaigns with two posts each, spread over
// days: 100 shops, 20 media houses, 5 hosts. Its acts are written to the store as they
// would lie there; nobody decides on them again.
func crowded(t testing.TB, campaigns int, days float64) *planWorld {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plan.db")
	s, err := store.Open(t.Context(), store.Config{Address: file})
	if err != nil {
		t.Fatal(err)
	}
	clock := theEvening.Add(-10 * time.Hour)
	var acts []store.Act
	add := func(kind string, who plan.Actor, c plan.Command) {
		body, err := json.Marshal(c)
		if err == nil {
			body, err = json.Marshal(plan.Act{Kind: kind, Version: 1, At: clock, Actor: who, Body: body})
		}
		if err != nil {
			t.Fatal(err)
		}
		acts = append(acts, store.Act{At: clock, Kind: kind, Body: body})
	}
	id := func(format string, n int) plan.ID { return plan.ID(fmt.Sprintf(format, n)) }
	for i := range 5 {
		add("party-put", anOperator, plan.PutParty{Party: plan.Party{ID: id("host%d", i), Name: fmt.Sprint("Host ", i)}, New: true})
	}
	for i := range 20 {
		add("party-put", anOperator, plan.PutParty{Party: plan.Party{ID: id("house%d", i), Name: fmt.Sprint("House ", i)}, New: true})
	}
	for i := range 100 {
		add("shop-put", anOperator, plan.PutShop{Shop: plan.Shop{ID: id("shop%d", i), Name: fmt.Sprint("Shop ", i), Zone: "Europe/Warsaw", Parties: []plan.Service{
			{Party: id("host%d", i%5), Role: plan.Host}, {Party: id("house%d", i%20), Role: plan.MediaHouse}}}, New: true})
	}
	for i := range campaigns {
		shop, who := i%100, plan.Actor{Role: plan.MediaHouse, Party: id("house%d", i%20)}
		k := plan.ID(fmt.Sprintf("shop%d-%d", shop, i/100+1))
		at := clock.Add(time.Hour + time.Duration(float64(i)*days/float64(campaigns)*float64(24*time.Hour)))
		add("campaign-put", who, plan.PutCampaign{Campaign: k, Shop: id("shop%d", shop), Name: fmt.Sprint("Campaign ", i), New: true})
		for n := range 2 {
			add("post-put", who, plan.PutPost{Campaign: k, Post: plan.Post{
				ID: plan.ID(fmt.Sprintf("%s.%d", k, n+1)), Channel: "instagram-story", Account: fmt.Sprintf("@post%d-%d", i, n), Reach: 10_000 + i, At: at.Add(time.Duration(n) * 250 * time.Minute)}, New: true})
		}
	}
	for begin := 0; begin < len(acts); begin += 1000 {
		if _, err := s.Append(t.Context(), uint64(begin), acts[begin:min(begin+1000, len(acts))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	book, err := control.OpenCampaigns(t.Context(), control.CampaignsConfig{
		Open: func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, store.Config{Address: file}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	ring, err := ticket.NewKeyring(theEvening, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &planWorld{t: t, clock: clock, edge: &fakeEdge{}, tokens: map[string]string{}}
	w.planPages = &planPages{
		plan: book, pages: console.NewPages(console.Config{Version: "v1"}), links: ring.Links(), feeds: ring.Feeds(), pulse: &pulse{source: w.edge},
		trust: accept.Trust{}, log: slog.New(slog.DiscardHandler), now: func() time.Time { return w.clock },
	}
	w.foretold.worlds = 20
	w.planPages.behind.Store(&edges{})
	w.routes()
	w.give("host0", plan.Host)
	w.give("house0", plan.MediaHouse)
	return w
}

var (
	entries = regexp.MustCompile(`<li class="card" data-kind=`)
	laterOn = regexp.MustCompile(`href="(/plan/calendar\?[^"]+)"`)
)

// The calendar of however many campaigns is a page that a phone can load; its pages lead
// through all there is, and nothing is left out or told twice.
func TestACalendarsPageIsBounded(t *testing.T) {
	w := crowded(t, 1000, 90) // 2000 posts, some of them on the same day beyond one page
	b := w.opens("house0", plan.MediaHouse)
	for _, who := range []*browser{b, w.asOperator()} {
		seen, pages := map[string]int{}, 0
		for path := "/plan/calendar"; path != ""; pages++ {
			got := who.get(path)
			body := got.Body.String()
			if n := len(entries.FindAllString(body, -1)); got.Code != http.StatusOK || n == 0 || n > calendarMost || len(body) > 400_000 {
				t.Fatalf("%s: %d, %d entries in %d bytes", path, got.Code, n, len(body))
			}
			if back := strings.Contains(body, `href="/plan/calendar">From today on`); back != (pages > 0) {
				t.Errorf("%s: a way back to today: %v", path, back)
			}
			for _, m := range regexp.MustCompile(`campaign/(shop\d+-\d+)"><bdi>`).FindAllStringSubmatch(body, -1) {
				seen[m[1]]++
			}
			next := laterOn.FindStringSubmatch(body)
			if path = ""; next != nil {
				path = strings.ReplaceAll(next[1], "&amp;", "&")
			}
			if pages > 100 {
				t.Fatal("it does not end")
			}
		}
		want := 1000
		if who == b {
			want = 50
		}
		if len(seen) != want {
			t.Errorf("%d of %d campaigns are in the calendar, on %d pages", len(seen), want, pages)
		}
		for id, n := range seen {
			if n != 2 {
				t.Errorf("%s stands there %d times, and has two posts", id, n)
			}
		}
		if who != b && pages < 10 {
			t.Errorf("%d pages: this tests too little", pages)
		}
	}
	for _, nonsense := range []string{"?from=yesterday", "?from=1999-01-01", "?from=9999-01-01", "?skip=-1", "?skip=x", "?from=%00&skip=999999999999999999999"} {
		b.sees("/plan/calendar"+nonsense, "Campaign 0")
	}
}

// What each page costs in a plan of 10,000 campaigns over a year, and how many bytes it
// is (docs/campaign-pages.md has the figures).
func BenchmarkPagesOfTenThousandCampaigns(b *testing.B) {
	w := crowded(b, 10_000, 365)
	for _, c := range []struct {
		name, path string
		who        *browser
	}{
		{"calendar/operator", "/plan/calendar", w.asOperator()}, {"calendar/host", "/plan/calendar", w.opens("host0", plan.Host)},
		{"calendar/media-house", "/plan/calendar", w.opens("house0", plan.MediaHouse)}, {"host", "/plan/host", w.opens("host0", plan.Host)},
		{"influencer", "/plan/next", w.opens("house0", plan.MediaHouse)}, {"war-room/operator", "/plan/war-room", w.asOperator()},
	} {
		b.Run(c.name, func(b *testing.B) {
			n := len(c.who.sees(c.path)) // forecasts are made once
			for b.Loop() {
				c.who.get(c.path)
			}
			b.ReportMetric(float64(n), "bytes")
		})
	}
}

// The first load of the influencer's page: all that a phone fetches that has never been
// here, with its header fields, uncompressed. The promise is 100 KB.
func BenchmarkFirstLoadOfTheInfluencersPage(b *testing.B) {
	w := openPlanWorld(b)
	ola := w.opens("ola", plan.Influencer)
	needs := regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`)
	bytes, files := 0, 0
	for b.Loop() {
		bytes, files = 0, 0
		fetch := func(path string) string {
			got := ola.get(path)
			if got.Code != http.StatusOK {
				b.Fatal(path, got.Code)
			}
			for name, all := range got.Header() {
				for _, v := range all {
					bytes += len(name) + len(v) + 4
				}
			}
			bytes, files = bytes+got.Body.Len(), files+1
			return got.Body.String()
		}
		seen := map[string]bool{}
		for _, m := range needs.FindAllStringSubmatch(fetch("/plan/next"), -1) {
			if path := strings.ReplaceAll(m[1], "&amp;", "&"); !seen[path] {
				seen[path] = true
				fetch(path)
			}
		}
	}
	if bytes > 100_000 || files < 5 {
		b.Errorf("%d bytes in %d files, promised are 100,000 at most", bytes, files)
	}
	b.ReportMetric(float64(bytes), "bytes")
}
