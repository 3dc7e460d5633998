package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// forms are the acts that a page has a form for, of a post.
func forms(body, post string) (acts []string) {
	for _, f := range strings.Split(body, "<form ")[1:] {
		f, _, _ = strings.Cut(f, "</form>")
		if !strings.Contains(f, `name="post" value="`+post+`"`) {
			continue
		}
		for _, act := range []string{"post-now", "post-soon", "slip", "cancel"} {
			if strings.Contains(f, `name="act" value="`+act+`"`) && !slices.Contains(acts, act) {
				acts = append(acts, act)
			}
		}
	}
	return acts
}

// secondPost is one more post of the lipstick's campaign, so long after the first.
func (w *planWorld) secondPost(after time.Duration) {
	w.t.Helper()
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Party: "ola", Channel: "tiktok", Account: "@second", Reach: 9000, At: theEvening.Add(after)}})
}

// Whatever else is out, every post to come has its buttons, for who may press them.
func TestEveryPostHasItsButtons(t *testing.T) {
	all := []string{"post-now", "post-soon", "slip", "cancel"}
	for _, who := range []struct {
		role plan.Role
		as   string
	}{{plan.Influencer, "ola"}, {plan.MediaHouse, "mm"}, {plan.Operator, ""}} {
		t.Run(string(who.role), func(t *testing.T) {
			w := openPlanWorld(t)
			w.secondPost(30 * time.Minute)
			b := w.asOperator()
			if who.as != "" {
				b = w.opens(who.as, who.role)
			}
			press := func(path string, pairs ...string) {
				t.Helper()
				if got := b.post(path, pairs...); got.Code != http.StatusSeeOther {
					t.Fatalf("%v: %d\n%s", pairs, got.Code, text(got.Body.String()))
				}
			}
			page := b.get("/plan/next/lip").Body.String()
			for _, post := range []string{"lip-1.1", "lip-1.3"} {
				if got := forms(page, post); !slices.Equal(got, all) {
					t.Errorf("%s has %v", post, got)
				}
			}
			if got := forms(page, "lip-1.2"); !slices.Equal(got, []string{"slip", "cancel"}) {
				t.Errorf("the evening has %v", got)
			}
			w.clock = theEvening
			press("/plan/next/lip", "act", "unplanned")
			page = b.get("/plan/next/lip").Body.String()
			for _, post := range []string{"lip-1.1", "lip-1.3"} {
				if got := forms(page, post); !slices.Equal(got, all) {
					t.Errorf("after an unplanned post %s has %v", post, got)
				}
			}
			press("/plan/next/lip?post=lip-1.1", "act", "post-now", "post", "lip-1.1")
			page = b.get("/plan/next/lip").Body.String()
			if got := forms(page, "lip-1.1"); got != nil {
				t.Errorf("what is out has %v", got)
			}
			if got := forms(page, "lip-1.3"); !slices.Equal(got, all) {
				t.Errorf("after the first was posted the second has %v", got)
			}

			// Its own page stays its own through all of it.
			const own = "/plan/next/lip?post=lip-1.3"
			if got := b.post(own, "act", "slip", "post", "lip-1.3", "by", "15"); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/plan/next/lip?done&post=lip-1.3" {
				t.Errorf("%d to %q", got.Code, got.Header().Get("Location"))
			}
			b.reads("/plan/next/lip?done&post=lip-1.3", "Next post", "today, 20:45", "@second", "Moved from")
			b.sees(own, `href="?post=lip-1.3&amp;lang=pl"`, `action="`+own+`"`)
			press(own, "act", "post-now", "post", "lip-1.3")
			b.reads(own, "You are posting", "@second")
			if got := forms(b.get(own).Body.String(), "lip-1.3"); got != nil {
				t.Errorf("the second is out and has %v", got)
			}
			// The report of something else leads away from it.
			w.clock = w.clock.Add(3 * time.Hour)
			if got := b.post(own, "act", "unplanned"); got.Header().Get("Location") != "/plan/next/lip?done" {
				t.Errorf("to %q", got.Header().Get("Location"))
			}
		})
	}
}

// A page of another's post, or of none, is the page without one.
func TestAPostOfAnotherIsNotChosen(t *testing.T) {
	w := openPlanWorld(t)
	ola := w.opens("ola", plan.Influencer)
	for _, post := range []string{"hat-1.1", "lip-9.9", "%3Cb%3E", ""} {
		body := ola.sees("/plan/next/lip?post="+post, "secretA account", `action="/plan/next/lip"`)
		if strings.Contains(body, "secretB") {
			t.Errorf("%q: it is told of another's", post)
		}
	}
}

// The list of further posts is bounded, and by time.
func TestFurtherPostsAreBounded(t *testing.T) {
	w := openPlanWorld(t)
	for i := range furtherMost + 3 {
		w.secondPost(time.Duration(i+50) * time.Hour)
	}
	body := w.opens("ola", plan.Influencer).sees("/plan/next", "And 4 more, later.") // with the evening
	if n := strings.Count(body, `id="further-`) - 1; n != furtherMost || len(body) > 60_000 {
		t.Errorf("%d posts in %d bytes", n, len(body))
	}
}

// The host's next wave is the next one, also while another goes on.
func TestTheHostsNextWaveIsToCome(t *testing.T) {
	w := openPlanWorld(t)
	w.clock = theEvening.Add(-30 * time.Minute)
	web := w.opens("web", plan.Host)
	if got := web.post("/plan/host", "act", "unplanned", "shop", "lip"); got.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", got.Code, text(got.Body.String()))
	}
	web.reads("/plan/host?done", "A wave goes on since today, 19:30 Next wave today, 20:00", "Take it back")
	w.must(plan.Actor{Role: plan.MediaHouse, Party: "mm"}, plan.Cancel{Campaign: "lip-1"})
	web.reads("/plan/host", "A wave goes on since today, 19:30 Next wave none announced")
	if got := web.post("/plan/host", "act", "unplanned"); got.Code != http.StatusBadRequest {
		t.Errorf("of no shop: %d", got.Code)
	}
	dev := w.opens("dev", plan.SoftwareHouse)
	if got := dev.post("/plan/campaign/hat-1", "act", "unplanned", "shop", "lip"); got.Code != http.StatusSeeOther {
		t.Errorf("on the campaign's page: %d", got.Code)
	}
	w.plan.Read(func(b *plan.Book) {
		a, err := b.ShopAudit(w.clock, anOperator, "lip")
		if err != nil {
			t.Fatal(err)
		}
		for i := range a.Entries {
			if a.Entries[i].By.Party == "dev" {
				t.Error("it was of another's shop")
			}
		}
	})
}

// Every role's page says what happens, what is asked, who waits for whom and whom to thank.
func TestEveryPageSaysHowItStands(t *testing.T) {
	w := openPlanWorld(t)
	soft, web := w.opens("soft", plan.SoftwareHouse), w.opens("web", plan.Host)
	stands := []string{"The next post goes out at 1 Dec, 20:00", "You wait for:", "Whom to thank"}
	w.opens("ola", plan.Influencer).reads("/plan/next", append(stands, "How it stands", "Party soft (Software house)")...)
	w.opens("mm", plan.MediaHouse).reads("/plan/campaign/lip-1", append(stands, "How it stands", "A post is out that nobody announced")...)
	soft.reads("/plan/campaign/lip-1", append(stands, "How it stands", "A post is out that nobody announced", "Party ola")...)
	web.reads("/plan/host", append(stands, "Lipstick · ", "Hats · ", "What the others still owe: Lipstick", "Party ola", "Party mm", "Party soft (Software house)", "A post is out that nobody announced", "For which shop?")...)
	if says := text(web.get("/plan/host").Body.String()); strings.Contains(says, "Party web Nothing") {
		t.Error("the host is among the others")
	}
}

// An agency of two shops finds the pages of both.
func TestAnAgencyFindsAllItsShops(t *testing.T) {
	w := openPlanWorld(t)
	shop := plan.PutShop{}
	w.plan.Read(func(b *plan.Book) {
		all, err := b.Shops(w.clock, anOperator)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if s.Shop.ID == "hat" {
				shop.Shop = s.Shop
			}
		}
	})
	mm := w.opens("mm", plan.MediaHouse)
	if body := mm.sees("/plan/next"); strings.Contains(body, `href="/plan/shops"`) {
		t.Error("one shop needs no list")
	}
	shop.Parties = append(shop.Parties, plan.Service{Party: "mm", Role: plan.MediaHouse})
	w.must(anOperator, shop)
	mm.sees("/plan/next", `href="/plan/shops"`)
	body := mm.sees("/plan/shops", "Lipstick", "Hats")
	for _, id := range []string{"lip", "hat"} {
		for _, href := range []string{"/plan/next/" + id, "/plan/campaign/" + id + "-1", "/plan/vessels/" + id, "/plan/war-room/" + id + "-1", "/plan/history/" + id} {
			if !strings.Contains(body, `href="`+href+`"`) {
				t.Errorf("no way to %s", href)
			}
			mm.sees(href)
		}
	}
	if body := w.opens("soft", plan.SoftwareHouse).sees("/plan/shops"); strings.Contains(body, "/plan/next/") || strings.Contains(body, "Hats") {
		t.Error("the software house is led where it may not go")
	}
}
