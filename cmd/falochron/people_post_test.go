package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// campaignOfTest is a campaign as an operator sees it; found is false of one that is not there.
func (w *planWorld) campaignOfTest(id plan.ID) (k plan.CampaignView, found bool) {
	w.t.Helper()
	w.plan.Read(func(b *plan.Book) {
		var err error
		k, err = b.Campaign(w.clock, anOperator, id)
		found = err == nil
	})
	return k, found
}

// An influencer plans a post by a form, with the campaign that it begins, and the media
// house completes it: nobody has to ask whoever runs Falochron.
func TestAPostIsPlannedByAForm(t *testing.T) {
	w := openPlanWorld(t)
	ola, mm := w.opens("ola", plan.Influencer), w.opens("mm", plan.MediaHouse)
	ola.sees("/plan/next", `href="/plan/post"`)
	ola.sees("/plan/calendar", `href="/plan/post"`)
	ola.sees("/plan/campaign/lip-1", `href="/plan/post?campaign=lip-1"`, `href="/plan/post?post=lip-1.1"`, `href="/plan/post?post=lip-1.2"`)
	ola.sees("/plan/post", `value="new:lip"`, `value="lip-1"`, `value="2026-12-02T11:00"`)
	ola.sees("/plan/post?campaign=lip-1", `<option value="lip-1" selected>`)
	got := ola.post(postPath, "act", "put-post", "into", "new:lip", "new", "Winter", "channel", "tiktok", "account", "ola", "at", "2026-12-05T20:00", "slip", "30", "reach", "120 000", "link", "https://lip.example/zima")
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/plan/campaign/lip-2?done" {
		t.Fatalf("%d to %q\n%s", got.Code, got.Header().Get("Location"), main0(got.Body.String()))
	}
	k, _ := w.campaignOfTest("lip-2")
	want := plan.Post{ID: "lip-2.1", Party: "ola", Channel: "tiktok", Account: "ola", Reach: 120000, At: time.Date(2026, 12, 5, 19, 0, 0, 0, time.UTC), Slip: 30 * time.Minute, Link: "https://lip.example/zima", State: plan.Planned}
	if k.Campaign.Name != "Winter" || !slices.Equal(k.Campaign.Influencers, []plan.ID{"ola"}) || len(k.Campaign.Posts) != 1 || k.Campaign.Posts[0] != want {
		t.Fatalf("%+v", k.Campaign)
	}
	ola.sees("/plan/campaign/lip-2?done", "Winter")

	// The media house completes it. What the form does not ask for stays, and so does the
	// moment, which she moves meanwhile.
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.ShowReach{Campaign: "lip-2", Post: "lip-2.1", Shown: plan.Proof{Kind: plan.MediaKit}})
	mm.sees("/plan/post?post=lip-2.1", `value="2026-12-05T20:00"`, `value="120000"`, `<option value="tiktok" selected>`, `<option value="ola" selected>`)
	ola.does("/plan/next/lip?post=lip-2.1", "act", "slip", "post", "lip-2.1", "to", "2026-12-05T21:15")
	mm.does("/plan/post?post=lip-2.1", "act", "put-post", "post", "lip-2.1", "was", "2026-12-05T20:00", "at", "2026-12-05T20:00", "party", "ola", "channel", "tiktok", "account", "ola",
		"slip", "30", "reach", "120000", "link", "https://lip.example/zima?utm_source=tt", "coupon", "ZIMA", "price", "59,90", "stock", "800", "limited", "1")
	k, _ = w.campaignOfTest("lip-2")
	want.At, want.Link, want.Coupon, want.Price, want.Stock, want.Limited = want.At.Add(75*time.Minute), "https://lip.example/zima?utm_source=tt", "ZIMA", 59.9, 800, true
	want.Proof, want.Shown = true, plan.Proof{Kind: plan.MediaKit}
	if k.Campaign.Posts[0] != want {
		t.Errorf("%+v\nwant\n%+v", k.Campaign.Posts[0], want)
	}
	// Moved by the form, it is moved.
	mm.does("/plan/post?post=lip-2.1", "act", "put-post", "post", "lip-2.1", "was", "2026-12-05T21:15", "at", "2026-12-06T09:00", "channel", "tiktok", "party", "ola", "account", "ola")
	if k, _ = w.campaignOfTest("lip-2"); !k.Campaign.Posts[0].At.Equal(time.Date(2026, 12, 6, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("%v", k.Campaign.Posts[0].At)
	}
}

// So is a sales evening, with its waiting room and draw.
func TestAnEveningIsPlannedByAForm(t *testing.T) {
	w := openPlanWorld(t)
	mm := w.opens("mm", plan.MediaHouse)
	mm.does(postPath, "act", "put-evening", "into", "lip-1", "name", "Black Friday", "at", "2026-12-04T20:00", "lasts", "240", "pre-queue", "45", "draw", "1", "reach", "20000")
	k, _ := w.campaignOfTest("lip-1")
	want := plan.Evening{ID: "lip-1.3", Name: "Black Friday", Start: time.Date(2026, 12, 4, 19, 0, 0, 0, time.UTC), Lasts: 4 * time.Hour, PreQueue: 45 * time.Minute, Draw: true, Reach: 20000, State: plan.Planned}
	if n := len(k.Campaign.Evenings); n != 2 || k.Campaign.Evenings[1] != want {
		t.Fatalf("%+v", k.Campaign.Evenings)
	}
	mm.sees("/plan/post?post=lip-1.3", `value="Black Friday"`, `value="240"`, `value="45"`, `value="1" checked`)
	mm.does("/plan/post?post=lip-1.3", "act", "put-evening", "post", "lip-1.3", "was", "2026-12-04T20:00", "at", "2026-12-04T20:00", "name", "Black Friday", "lasts", "120", "reach", "20000")
	k, _ = w.campaignOfTest("lip-1")
	if want.Lasts, want.PreQueue, want.Draw = 2*time.Hour, 0, false; k.Campaign.Evenings[1] != want {
		t.Errorf("%+v", k.Campaign.Evenings[1])
	}
}

// What is refused is not lost and does nothing, not even half; what is somebody else's is
// as if it were not there; a lost link cannot fill the plan.
func TestWhatTheFormForPostsRefuses(t *testing.T) {
	w := openPlanWorld(t)
	ola := w.opens("ola", plan.Influencer)
	before := w.happened()
	good := map[string]string{"act": "put-post", "into": "new:lip", "new": "Winter <b>", "channel": "tiktok", "account": "ola", "at": "2026-12-05T20:00", "reach": "5", "link": "https://lip.example/a"}
	for name, c := range map[string]struct {
		field, value string
		code         int
	}{
		"a number that is none":      {"reach", "dużo <b>", 400},
		"below nothing":              {"stock", "-1", 400},
		"a price that is none":       {"price", "59 zł", 400},
		"a place nobody knows":       {"channel", "fax", 400},
		"no place":                   {"channel", "", 400},
		"no name":                    {"new", " ", 400},
		"no time":                    {"at", "soon", 400},
		"an hour that does not come": {"at", "2027-03-28T02:30", 400},
		"long past":                  {"at", "2026-11-01T20:00", 400},
		"a link elsewhere":           {"link", "https://evil.example/a", 400},
		"a script for a link":        {"link", "javascript:ran()", 400},
		"another's shop":             {"into", "new:hat", 404},
		"another's campaign":         {"into", "hat-1", 404},
		"one campaign and a new one": {"into", "lip-1", 400},
		"no campaign":                {"into", "", 404},
		"another's post":             {"post", "hat-1.1", 404},
		"a post that is not there":   {"post", "lip-1.99", 404},
		"slips for a year":           {"slip", "999999", 400},
	} {
		var pairs []string
		for f, v := range good {
			if f != c.field {
				pairs = append(pairs, f, v)
			}
		}
		got := ola.post(postPath, append(pairs, c.field, c.value)...)
		if body := got.Body.String(); got.Code != c.code || strings.Contains(body, "secretB") || strings.Contains(body, "Hats") || strings.Contains(body, "<b>") || c.field == "reach" && !strings.Contains(body, "Winter &lt;b&gt;") {
			t.Errorf("%s: %d, want %d\n%s", name, got.Code, c.code, main0(body))
		}
	}
	for _, path := range []string{"/plan/post?post=hat-1.1", "/plan/post?post=lip-1.99", "/plan/post?post=lip-1"} {
		if got := ola.get(path); got.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
	if body := ola.sees("/plan/post?campaign=hat-1"); strings.Contains(body, "hat-1") || strings.Contains(body, "new:hat") {
		t.Error("another's campaign is offered")
	}
	for _, c := range []struct {
		party string
		role  plan.Role
	}{{"soft", plan.SoftwareHouse}, {"web", plan.Host}} {
		if b := w.opens(c.party, c.role); strings.Contains(b.sees("/plan/campaign/lip-1")+b.sees("/plan/calendar"), "/plan/post") {
			t.Errorf("%s is led to a form that it may not use", c.role)
		}
	}
	if _, begun := w.campaignOfTest("lip-2"); begun || w.happened() != before {
		t.Fatal("what was refused was done, or half of it")
	}
	// Twelve campaigns at once, and no more.
	n := 0
	for ; n < 30; n++ {
		got := ola.post(postPath, "act", "put-post", "into", "new:lip", "new", "Winter "+string(rune('a'+n)), "channel", "tiktok", "account", "ola", "at", "2026-12-05T20:00")
		if got.Code == http.StatusTooManyRequests {
			break
		}
		if got.Code != http.StatusSeeOther {
			t.Fatalf("%d\n%s", got.Code, main0(got.Body.String()))
		}
	}
	if n != 10 { // 120 acts, eleven for each
		t.Errorf("%d campaigns were begun at once", n)
	}
}
