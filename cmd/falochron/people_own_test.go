package main

import (
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// own is the reader's party as the plan has it.
func (w *planWorld) own(party plan.ID) (p plan.Party) {
	w.t.Helper()
	w.plan.Read(func(b *plan.Book) {
		all, err := b.Parties(w.clock, anOperator)
		i := slices.IndexFunc(all, func(p plan.Party) bool { return p.ID == party })
		if err != nil || i < 0 {
			w.t.Fatal(err, i)
		}
		p = all[i]
	})
	return p
}

// shopOf is a shop of the plan.
func (w *planWorld) shopOf(id plan.ID) (s plan.ShopView) {
	w.t.Helper()
	w.plan.Read(func(b *plan.Book) {
		all, err := b.Shops(w.clock, anOperator)
		i := slices.IndexFunc(all, func(s plan.ShopView) bool { return s.Shop.ID == id })
		if err != nil || i < 0 {
			w.t.Fatal(err, i)
		}
		s = all[i]
	})
	return s
}

// does presses a button that must be taken.
func (b *browser) does(path string, pairs ...string) {
	b.w.t.Helper()
	if got := b.post(path, pairs...); got.Code != http.StatusSeeOther {
		b.w.t.Fatalf("%v: %d\n%s", pairs, got.Code, main0(got.Body.String()))
	}
}

// A host enters everything that readiness asks of it, on its page, and the others see what
// they are to see.
func TestAPartyEntersWhatIsAskedOfIt(t *testing.T) {
	w := openPlanWorld(t)
	web := w.opens("web", plan.Host)
	const hook = "https://discord.com/api/webhooks/842312345678901234/aVerySecretToken-of-68-characters-0123456789abcdef0123456789abcdef"
	web.does(ownPath, "act", "party", "language", "pl", "quiet-from", "22:00", "quiet-until", "07:00",
		"name", "Jan", "address", " jan@web.example ", "was", "", "name", "Room", "address", hook, "was", "", "name", "", "address", "", "was", "")
	p := w.own("web")
	if p.Name != "Party web" || p.Language != plan.Polish || p.Quiet != (plan.Hours{From: 22 * 60, Until: 7 * 60}) ||
		!slices.Equal(p.Contacts, []plan.Contact{{Name: "Jan", Address: "mailto:jan@web.example"}, {Name: "Room", Address: hook}}) {
		t.Fatalf("%+v", p)
	}
	// The page shows what was entered, and no secret.
	body := web.sees(ownPath, `value="jan@web.example"`, `value="22:00"`, `Discord webhook`, `value="pl" checked`)
	if strings.Contains(body, "aVerySecretToken") {
		t.Error("the page shows the token of a webhook")
	}
	was := betweenOf(t, body[strings.Index(body, `value="Room"`):], `name="was" value="`, `"`)
	// Sent back as it stands, the address that is not shown stays; a name that is emptied is gone.
	web.does(ownPath, "act", "party", "language", "en", "name", "", "address", "jan@web.example", "was", "", "name", "Night room", "address", "", "was", was)
	if p = w.own("web"); p.Language != plan.English || p.Quiet != (plan.Hours{}) || !slices.Equal(p.Contacts, []plan.Contact{{Name: "Night room", Address: hook}}) {
		t.Fatalf("%+v", p)
	}
	// What is refused is not lost: it stands in the form. Nobody learns an address by guessing.
	for _, bad := range []string{"nowhere", "jan@", "", "http://", "mailto:a@b c", "channel:"} {
		got := web.post(ownPath, "act", "party", "language", "pl", "name", "Ewa", "address", bad, "was", "0123456789abcdef")
		if got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), `value="Ewa"`) || !strings.Contains(html.UnescapeString(got.Body.String()), `value="`+bad+`"`) {
			t.Errorf("%q: %d\n%s", bad, got.Code, main0(got.Body.String()))
		}
	}
	for _, bad := range [][]string{{"22:00", ""}, {"", "07:00"}, {"25:00", "07:00"}} {
		if got := web.post(ownPath, "act", "party", "language", "pl", "quiet-from", bad[0], "quiet-until", bad[1]); got.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", bad, got.Code)
		}
	}
	if again := w.own("web"); !slices.Equal(again.Contacts, p.Contacts) {
		t.Errorf("what was refused was done: %+v", again)
	}

	// Of several shops one is chosen; times are those of the shop.
	web.sees(ownPath, `href="/plan/own/lip"`, `href="/plan/own/hat"`)
	page := ownPath + "/lip"
	web.does(page, "act", "capacity", "shop", "lip", "orders", "119,5", "workers", "8")
	web.does(page, "act", "reserve", "shop", "lip", "workers", "40", "lead", "45")
	web.does(page, "act", "window", "shop", "lip", "kind", "sync", "what", "Stock", "from", "2026-12-01T04:00", "until", "2026-12-01T04:20", "daily", "1")
	s := w.shopOf("lip")
	if s.Capacity.OrdersPerMinute != 119.5 || s.Capacity.Workers != 8 || s.Capacity.Evidence != plan.Told || s.Reserve.Workers != 40 || s.Reserve.Lead != 45*time.Minute {
		t.Errorf("%+v %+v", s.Capacity, s.Reserve)
	}
	i := slices.IndexFunc(s.Windows, func(w plan.Window) bool { return w.Kind == plan.Sync })
	if i < 0 || !s.Windows[i].From.Equal(time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)) || !s.Windows[i].Daily {
		t.Fatalf("%+v", s.Windows)
	}
	web.sees(page, "Stock", "04:00", `value="40"`, `value="45"`)
	got := web.post(page, "act", "window", "shop", "lip", "kind", "purge", "what", "All of it", "from", "2026-12-01T20:00", "until", "2026-12-01T19:00")
	if got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), `value="All of it"`) || !strings.Contains(got.Body.String(), `<option value="purge" selected>`) || !strings.Contains(got.Body.String(), `value="2026-12-01T20:00"`) {
		t.Errorf("a window that ends before it begins: %d\n%s", got.Code, main0(got.Body.String()))
	}
	web.does(page, "act", "window-off", "shop", "lip", "window", string(s.Windows[i].ID))
	if n := len(w.shopOf("lip").Windows); n != len(s.Windows)-1 {
		t.Errorf("%d windows after one was taken out of %d", n, len(s.Windows))
	}

	// Who is on call is seen by the others.
	web.does(ownPath, "act", "on-call", "name", "Łukasz", "address", "+48 600 100-200", "from", "2026-12-01T08:00", "until", "2026-12-02T01:30")
	w.opens("soft", plan.SoftwareHouse).sees("/plan/war-room", "Łukasz", "&#43;48600100200")
	web.sees(ownPath, "<bdi>Łukasz</bdi></strong>", `value="2026-12-03T01:30"`) // proposed is the next night
	web.does(ownPath, "act", "on-call", "name", "Ewa", "address", "+48 600 100 300", "from", "2026-12-02T08:00", "until", "2026-12-03T01:30")
	body = web.sees(ownPath, "<bdi>Łukasz</bdi>", "<bdi>Ewa</bdi>")
	w.opens("soft", plan.SoftwareHouse).sees("/plan/war-room", "Łukasz", "&#43;48600100200")
	// One of them is taken out; the other stays.
	ewa := body[strings.Index(body, "<bdi>Ewa</bdi>"):]
	web.does(ownPath, "act", "on-call", "begun", betweenOf(t, ewa, `name="begun" value="`, `"`), "ended", betweenOf(t, ewa, `name="ended" value="`, `"`))
	if body = web.sees(ownPath, "<bdi>Łukasz</bdi>"); strings.Contains(body, "<bdi>Ewa</bdi>") {
		t.Error("who was taken out is there")
	}
	if got := web.post(ownPath, "act", "on-call", "begun", "now", "ended", "2026-12-03T00:30:00Z"); got.Code != http.StatusBadRequest {
		t.Errorf("a shift of no time is taken out: %d", got.Code)
	}
	if got := web.post(ownPath, "act", "on-call", "name", "Ewa", "address", "somewhere", "from", "2026-12-01T08:00", "until", "2026-12-02T01:30"); got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), `value="somewhere"`) {
		t.Errorf("an address that is none: %d", got.Code)
	}
}

// betweenOf is what stands between two texts.
func betweenOf(t *testing.T, s, from, until string) string {
	t.Helper()
	_, s, found := strings.Cut(s, from)
	s, _, ended := strings.Cut(s, until)
	if !found || !ended {
		t.Fatalf("no %q", from)
	}
	return s
}

// A link for some shops enters what is asked of these shops, and does not touch the party;
// who has no part in shops' figures is not asked for them.
func TestALinkForOneShopDoesNotChangeTheParty(t *testing.T) {
	w := openPlanWorld(t)
	w.must(anOperator, plan.GiveLink{Grant: plan.Grant{Party: "web", Role: plan.Host, Shops: []plan.ID{"lip"}, Expires: w.clock.Add(time.Hour)}})
	w.tokens["webhost"] = w.links.Seal("web-link-2")
	web := w.opens("web", plan.Host)
	body := web.sees(ownPath, `value="reserve"`, `value="window"`)
	if strings.Contains(body, `value="party"`) || strings.Contains(body, `value="on-call"`) {
		t.Error("a link for one shop is offered the whole party")
	}
	before := w.own("web")
	for _, act := range [][]string{{"act", "party", "name", "Eve", "address", "eve@x.example", "language", "pl"}, {"act", "on-call", "name", "Eve", "address", "+48600", "from", "2026-12-01T08:00", "until", "2026-12-02T01:30"}} {
		if got := web.post(ownPath, act...); got.Code != http.StatusForbidden {
			t.Errorf("%v: %d", act, got.Code)
		}
	}
	if after := w.own("web"); len(after.Contacts) != len(before.Contacts) {
		t.Errorf("%+v", after)
	}
	body = w.opens("ola", plan.Influencer).sees(ownPath, `value="party"`, `value="on-call"`)
	for _, act := range []string{"capacity", "reserve", "window"} {
		if strings.Contains(body, `value="`+act+`"`) {
			t.Errorf("an influencer is asked for %s", act)
		}
	}
}
