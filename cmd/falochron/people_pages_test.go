package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/forecast"
	"github.com/falochron/falochron/internal/plan"
)

var markup = regexp.MustCompile(`<[^>]*>`)

// text is what people read on a page's main part, in one line.
func text(body string) string {
	plain := markup.ReplaceAllString(main0(body), " ")
	plain = strings.NewReplacer("\u00a0", " ", "&#39;", "'", "&#34;", `"`, "&amp;", "&").Replace(plain)
	return strings.Join(strings.Fields(plain), " ")
}

// reads fails where a page does not say something.
func (b *browser) reads(path string, want ...string) {
	b.w.t.Helper()
	got := b.get(path)
	says := text(got.Body.String())
	for _, s := range want {
		if !strings.Contains(says, s) {
			b.w.t.Errorf("GET %s (%d) does not say %q:\n%s", path, got.Code, s, says)
		}
	}
}

// The influencer's evening: planned, moved, taken back, called, out, and the people who
// come, as they stand on her page and on the host's.
func TestAnEveningOnThePages(t *testing.T) {
	w := openPlanWorld(t)
	w.must(plan.Actor{Role: plan.Machine}, plan.RecordCapacity{Shop: "lip", Capacity: plan.Capacity{OrdersPerMinute: 12, Workers: 8, Evidence: plan.Rehearsed, At: w.clock}})
	ola, web := w.opens("ola", plan.Influencer), w.opens("web", plan.Host)
	press := func(b *browser, path string, pairs ...string) {
		t.Helper()
		if got := b.post(path, pairs...); got.Code != http.StatusSeeOther {
			t.Fatalf("%v: %d\n%s", pairs, got.Code, text(got.Body.String()))
		}
	}

	ola.reads("/plan/next", "Next post · Lipstick", "today, 20:00", "secretA account", "in 10 h", "may slip by 10 min",
		"your shop takes 12 a minute", "We begin at 1 Dec, 20:00.", "I'm posting now In 10 minutes Later by", "Not settled yet", "What the others still owe")
	web.reads("/plan/host", "Lipstick", "Hats", "today, 20:00", "Orders a minute it takes 12 (measured today)", "shop not known", "What does not go together Two")

	press(ola, "/plan/next", "act", "slip", "post", "lip-1.1", "by", "60")
	ola.reads("/plan/next?done", "Moved from 1 Dec, 20:00 to 1 Dec, 21:00 (secretA post). Take it back", "today, 21:00")
	web.reads("/plan/host", "Lipstick: Moved from 1 Dec, 20:00 to 1 Dec, 21:00 (lip-1.1).")
	press(ola, "/plan/next", "act", "undo")
	ola.reads("/plan/next?done", "Moved from 1 Dec, 21:00 to 1 Dec, 20:00", "today, 20:00")
	press(ola, "/plan/next", "act", "slip", "post", "lip-1.1", "to", "2026-12-01T20:15")
	ola.reads("/plan/next", "today, 20:15")

	// Refused, in both languages, with the page below it.
	got := ola.post("/plan/next", "act", "slip", "post", "lip-1.1", "to", "2026-12-01T09:15")
	if says := text(got.Body.String()); got.Code != http.StatusBadRequest || !strings.Contains(says, "This moment is over: 1 Dec, 09:15") || !strings.Contains(says, "today, 20:15") {
		t.Errorf("%d %s", got.Code, says)
	}
	for _, bad := range []string{"2026-12-01", "25:00", "<b>"} {
		if got := ola.post("/plan/next", "act", "slip", "post", "lip-1.1", "to", bad); got.Code != http.StatusBadRequest || !strings.Contains(text(got.Body.String()), "This is no time") {
			t.Errorf("%q: %d", bad, got.Code)
		}
	}
	ola.header = http.Header{"Accept-Language": {"pl"}}
	if says := text(ola.post("/plan/next", "act", "slip", "post", "lip-1.1", "to", "2026-12-01T09:15").Body.String()); !strings.Contains(says, "Ta chwila już minęła: 1 grudnia, 09:15") {
		t.Error(says)
	}
	ola.reads("/plan/next", "dziś, 20:15", "sklep przyjmuje 12 na minutę", "Zaczynamy")
	ola.header = http.Header{}

	// The evening. The shop is looked at since a while.
	w.clock = theEvening
	look := func(d time.Duration, people uint64) {
		v, _ := w.edge.Vitals("lip")
		v.Limit = 8
		if v.Arrivals += people; people > 100 {
			v.InLine, v.Inside, v.InFlight, v.FrontWaitSecs, v.OrdersKnown, v.OrdersPerMin = 135, 40, 8, 180, true, 12
		}
		w.edge.set("lip", v)
		w.pulse.observe(w.clock)
		w.clock = w.clock.Add(d)
	}
	for range 180 {
		look(time.Second, 0)
	}
	press(ola, "/plan/next", "act", "post-soon", "post", "lip-1.1")
	ola.reads("/plan/next?done", "The post goes out in 10 minutes, at 1 Dec, 20:13", "Take it back", "Out within ten minutes", "I'm posting now Later by")
	for range 60 {
		look(time.Second, 0)
	}
	press(ola, "/plan/next", "act", "post-now", "post", "lip-1.1")
	ola.reads("/plan/next?done", "The post is out", "You are posting", "0 people , shop fine, no line", "The shop is open, come in!")
	// A slip of the finger: it is found again without its answer, taken back, and said again.
	ola.reads("/plan/next", "The post is out", "Take it back", "You are posting")
	press(ola, "/plan/next", "act", "undo")
	ola.reads("/plan/next?done", "Taken back: it is not out, and is planned for 1 Dec, 20:13", "I'm posting now")
	web.reads("/plan/host", "Lipstick: Taken back: it is not out, and is planned for 1 Dec, 20:13 (lip-1.1).")
	press(ola, "/plan/next", "act", "post-now", "post", "lip-1.1")
	if says := text(ola.get("/plan/next?done").Body.String()); strings.Contains(says, "I'm posting now") {
		t.Errorf("it is out already: %s", says)
	}
	for range 60 {
		look(time.Second, 200)
	}
	w.pulse.observe(w.clock)
	ola.reads("/plan/next", "The wave is here", "11,800 people , shop busy but working, line 3 min", "the line takes about 3 minutes; your place is kept", "From the fans to the database")
	web.reads("/plan/host", "shop busy but working, 135 in line")
	w.asOperator().reads("/plan/war-room/lip-1", "11,800 people", "Orders a minute 12", "People arriving", "The post is out")
	w.opens("mm", plan.MediaHouse).reads("/plan/campaign/lip-1", "11,800 people", "secretA campaign", "Who decided what", "the wave is here")
	w.opens("soft", plan.SoftwareHouse).reads("/plan/vessels", "Lipstick", "11,800", "135")

	// Hours later.
	for range 200 {
		look(time.Minute, 1)
	}
	ola.reads("/plan/next", "It is over", "How it went", "People who came 12,", "Longest wait 3 min")
}

// A post of another influencer of the same shop is not hers.
func TestAnInfluencerSeesHerOwnPosts(t *testing.T) {
	w := openPlanWorld(t)
	shop := plan.PutShop{}
	w.plan.Read(func(b *plan.Book) {
		all, err := b.Shops(w.clock, anOperator)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if s.Shop.ID == "lip" {
				shop.Shop = s.Shop
			}
		}
	})
	w.must(anOperator, plan.PutParty{Party: plan.Party{ID: "iza", Name: "Iza"}})
	shop.Parties = append(shop.Parties, plan.Service{Party: "iza", Role: plan.Influencer})
	w.must(anOperator, shop)
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Party: "iza", Channel: "tiktok", Account: "@iza", At: theEvening.Add(-2 * time.Hour)}})
	w.give("iza", plan.Influencer)
	w.opens("iza", plan.Influencer).reads("/plan/next", "today, 18:00", "@iza")
	ola := w.opens("ola", plan.Influencer)
	ola.reads("/plan/next", "today, 20:00", "secretA account")
	got := ola.post("/plan/next", "act", "cancel", "post", "lip-1.3")
	if says := text(got.Body.String()); got.Code != http.StatusForbidden || !strings.Contains(says, "This post is that of Iza") {
		t.Errorf("%d %s", got.Code, says)
	}
}

// What stands in an address proves nothing.
func TestNobodyIsToldOfWhatWasNotDone(t *testing.T) {
	w := openPlanWorld(t)
	web := w.opens("web", plan.Host)
	if body := web.get("/plan/host?done").Body.String(); strings.Contains(body, `role="status"><p>`) {
		t.Errorf("%s", text(body))
	}
	ola := w.opens("ola", plan.Influencer)
	if got := ola.post("/plan/next", "act", "slip", "post", "lip-1.1", "by", "15"); got.Code != http.StatusSeeOther {
		t.Fatal(got.Code)
	}
	w.clock = w.clock.Add(undoFor + time.Minute)
	if body := ola.get("/plan/next?done").Body.String(); strings.Contains(body, `role="status"><p>`) {
		t.Errorf("long after: %s", text(body))
	}
	if got := ola.post("/plan/next", "act", "undo"); got.Code != http.StatusConflict || !strings.Contains(text(got.Body.String()), "nothing that can be taken back") {
		t.Errorf("%d", got.Code)
	}
}

// The shops of the plan are those behind the edge by id or by domain, and never by
// guessing among several.
func TestWhichShopIsWhich(t *testing.T) {
	w := openPlanWorld(t)
	for _, c := range []struct {
		behind []edgeShop
		shop   plan.Shop
		want   string
	}{
		{[]edgeShop{{Name: "lip"}, {Name: "x", Hosts: []string{"lip.example"}}}, plan.Shop{ID: "lip", Domains: []string{"lip.example"}}, "lip"},
		{[]edgeShop{{Name: "a", Hosts: []string{"a.example"}}, {Name: "b", Hosts: []string{"LIP.example"}}}, plan.Shop{ID: "lip", Domains: []string{"lip.example"}}, "b"},
		{[]edgeShop{{Name: "a"}}, plan.Shop{ID: "lip"}, ""}, // two are planned
		{[]edgeShop{{Name: "lip"}}, plan.Shop{ID: "lip"}, "lip"},
		{[]edgeShop{{Name: "lip"}}, plan.Shop{ID: "hat", Domains: []string{"lip.example"}}, ""},
		{[]edgeShop{{Name: "lip", Hosts: []string{"hat.example"}}}, plan.Shop{ID: "hat", Domains: []string{"hat.example"}}, ""}, // it is another by its name
		{[]edgeShop{{Name: "a", Plan: "lip"}}, plan.Shop{ID: "lip"}, "a"},
		{[]edgeShop{{Name: "a", Plan: "hat"}}, plan.Shop{ID: "lip"}, ""},
		{[]edgeShop{{Name: "lip", Plan: "hat", Hosts: []string{"lip.example"}}, {Name: "b", Hosts: []string{"b.example"}}}, plan.Shop{ID: "lip", Domains: []string{"lip.example"}}, ""},
		{[]edgeShop{{Name: "lip"}, {Name: "b", Plan: "lip", Hosts: []string{"b.example"}}}, plan.Shop{ID: "lip"}, "b"},
		{nil, plan.Shop{ID: "lip"}, ""},
	} {
		w.planPages.behind.Store(&edges{Shops: c.behind})
		if got := w.behindOf(&c.shop); got != c.want {
			t.Errorf("%v of %v: %q", c.shop, c.behind, got)
		}
	}
	w.must(anOperator, plan.Cancel{Campaign: "hat-1"})
	w.must(anOperator, plan.RemoveShop{Shop: "hat"})
	w.planPages.behind.Store(&edges{Shops: []edgeShop{{Name: "shop"}}})
	if got := w.behindOf(&plan.Shop{ID: "lip"}); got != "shop" {
		t.Errorf("one shop and one edge: %q", got)
	}
}

// What the shop was seen to finish counts for readiness.
func TestReadinessKnowsWhatWasMeasured(t *testing.T) {
	w := openPlanWorld(t)
	mm := w.opens("mm", plan.MediaHouse)
	mm.reads("/plan/campaign/lip-1", "Nobody has measured how many orders the shop takes")
	for i := range 600 {
		w.edge.set("lip", falochron.Vitals{Limit: 8, InLine: 10, OrdersKnown: true, OrdersPerMin: 33})
		w.pulse.observe(w.clock.Add(time.Duration(i) * time.Second))
	}
	w.clock = w.clock.Add(10 * time.Minute)
	w.keepNow(t.Context())
	mm.reads("/plan/campaign/lip-1", "your shop takes 33 a minute", "The shop takes 33 orders a minute, measured in real traffic")
}

// A campaign that is only moved is not computed anew, and its curve moves along; one that
// differs is.
func TestForecastsAreMadeOnce(t *testing.T) {
	f := &foretold{worlds: 20}
	buy := 0.1
	post := plan.Post{ID: "lip-1.1", Channel: "tiktok", Reach: 9000, Buy: buy, At: theEvening}
	k := plan.Campaign{ID: "lip-1", Posts: []plan.Post{post}}
	a, ids := f.forecast(&k)
	if a == nil || len(ids) != 1 || ids[0] != "lip-1.1" || f.made != 1 {
		t.Fatalf("%v %v %d", a, ids, f.made)
	}
	k.Posts[0].At = theEvening.Add(90 * time.Minute)
	b, _ := f.forecast(&k)
	if f.made != 1 || b.Curve.From.Sub(a.Curve.From) != 90*time.Minute || b.Minute != a.Minute || !b.Begins.Equal(k.Posts[0].At) {
		t.Errorf("moved: made %d, from %s", f.made, b.Curve.From)
	}
	whole, _ := campaignToForecast(&k)
	if want := forecast.Imagine(whole, forecastSeed, 20).Answer(); !want.Curve.From.Equal(b.Curve.From) || want.Minute != b.Minute || want.Curve.Rate[3] != b.Curve.Rate[3] {
		t.Error("what was moved is not what would be computed")
	}
	for i, change := range []func(*plan.Post){
		func(p *plan.Post) { p.Reach++ }, func(p *plan.Post) { p.Buy = 0.2 }, func(p *plan.Post) { p.Click = 0.2 }, func(p *plan.Post) { p.Channel = "tv" },
		func(p *plan.Post) { p.Limited = true }, func(p *plan.Post) { p.Proof = true }, func(p *plan.Post) { p.Stock = 5 }, func(p *plan.Post) { p.Slip = time.Hour },
	} {
		change(&k.Posts[0])
		if f.forecast(&k); f.made != i+2 {
			t.Errorf("change %d: made %d", i, f.made)
		}
	}
	k.Posts = append(k.Posts, post)
	if f.forecast(&k); f.made != 10 {
		t.Errorf("a second post: made %d", f.made)
	}
	k.Posts[1].At = theEvening.Add(time.Hour)
	if f.forecast(&k); f.made != 11 {
		t.Errorf("posts that move apart: made %d", f.made)
	}
	for i := range 3 * keptForecasts {
		f.kept(plan.ID(fmt.Sprint("x", i)), "")
	}
	if len(f.of) > keptForecasts || len(f.order) > keptForecasts {
		t.Errorf("%d forecasts are kept", len(f.of))
	}
	none := plan.Campaign{ID: "n", Posts: []plan.Post{{Channel: "pigeon", Reach: 5, At: theEvening}, {Channel: "tiktok", At: theEvening}}}
	if a, _ := f.forecast(&none); a != nil {
		t.Error("nobody knows how many come")
	}
}

// What lies ahead is computed before anybody asks.
func TestForecastsAreMadeAhead(t *testing.T) {
	w := openPlanWorld(t)
	w.foreseeAll(t.Context())
	w.opens("mm", plan.MediaHouse).sees("/plan/campaign/lip-1")
	if n := w.foretold.made; n != 2 {
		t.Errorf("made %d: the page made its own", n)
	}
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.Cancel{Campaign: "lip-1", Moment: "lip-1.1"})
	w.foreseeAll(t.Context())
	if n := w.foretold.made; n != 3 {
		t.Errorf("after a change made %d", n)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	w.foresee(over) // ends
}
