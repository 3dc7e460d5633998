package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/listen"
	"github.com/falochron/falochron/internal/plan"
)

// autumnFile is a table of two posts and an evening, so many days from now.
func autumnFile(now time.Time, price string) string {
	day := func(n int) string { return now.AddDate(0, 0, n).Format("02.01.2006") }
	return "uid;campaign;kind;name;channel;account;at;reach;price;lasts_minutes\r\n" +
		"a1;Winter;post;Film;tiktok;ola;" + day(20) + " 12:00;50 000;" + price + ";\r\n" +
		"a2;Winter;post;Story;instagram-story;ola;" + day(21) + " 12:00;50000;59,99;\r\n" +
		"a3;Winter;evening;Black Friday;;;" + day(22) + " 12:00;;;120\r\n"
}

// send posts a file.
func sendFile(c http.Handler, query, contentType, link, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "http://127.0.0.1/api/v1/plan/imports?"+query, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+adminToken)
	r.Header.Set("Content-Type", contentType)
	if link != "" {
		r.Header.Set(PlanLinkHeader, link)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// acts is how much was done so far.
func acts(c *Campaigns) uint64 { return c.state().Acts }

// A file is taken whole or not at all, and once.
func TestAFileIsTakenOnce(t *testing.T) {
	t.Parallel()
	now := time.Now()
	campaigns := lipstick(t, now)
	c := planControl(t, campaigns, nil)
	before := acts(campaigns)
	want := func(w *httptest.ResponseRecorder, status int, says ...string) {
		t.Helper()
		for _, s := range says {
			if w.Code != status || !strings.Contains(w.Body.String(), s) {
				t.Errorf("%d %s, wants %d %s", w.Code, w.Body, status, s)
			}
		}
	}
	file := autumnFile(now, "59,99")
	want(sendFile(c, "shop=lipstick&dry_run=1", "text/csv", "", file), 200, `"dry_run":true,"added":3,`, `{"line":2,"outcome":"added","campaign":"lipstick-2","ref":"lipstick-2.1"}`)
	if acts(campaigns) != before {
		t.Error("a dry run has written something")
	}
	want(sendFile(c, "shop=lipstick", "text/csv; charset=utf-8", "", file), 200, `"dry_run":false,"added":3,"changed":0,"cancelled":0,"same":0`, `"ref":"lipstick-2.3"`)
	if n := acts(campaigns) - before; n != 4 {
		t.Errorf("%d acts, wants a campaign, two posts and an evening", n)
	}
	want(sendFile(c, "shop=lipstick", "text/csv", "", file), 200, `"added":0,"changed":0,"cancelled":0,"same":3`)

	// Who has moved a post since is not undone by the old file; what changed in the file is.
	if w := command(c, "slip", "", `{"campaign": "lipstick-2", "moment": "lipstick-2.1", "by_secs": 900}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	moved := acts(campaigns)
	want(sendFile(c, "shop=lipstick", "text/csv", "", file), 200, `"same":3`)
	if acts(campaigns) != moved {
		t.Error("the old file has changed something")
	}
	want(sendFile(c, "shop=lipstick", "text/csv", "", autumnFile(now, "49,99")), 200, `"added":0,"changed":1,"cancelled":0,"same":2`)
	want(look(c, "/campaigns/lipstick-2", ""), 200, `"price":49.99`, `"source":{"key":"a1","print":"`)

	// A calendar calls off what it added.
	at := now.AddDate(0, 0, 30).UTC().Format("20060102T150405Z")
	event := func(status string) string {
		return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:x@y\r\nDTSTART:" + at + "\r\nSUMMARY:A reel\r\n" + status + "END:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	want(sendFile(c, "shop=lipstick&campaign=Winter", "text/calendar", "", event("STATUS:CANCELLED\r\n")), 200, `"added":0,"changed":0,"cancelled":0,"same":1`)
	want(sendFile(c, "shop=lipstick&campaign=Winter", "text/calendar", "", event("")), 200, `"added":1`, `"ref":"lipstick-2.4"`)
	want(sendFile(c, "shop=lipstick&campaign=Winter", "text/calendar", "", event("STATUS:CANCELLED\r\n")), 200, `"cancelled":1`)
	want(sendFile(c, "shop=lipstick&campaign=Winter", "text/calendar", "", event("STATUS:CANCELLED\r\n")), 200, `"same":1`)
}

// All that a file is refused for is said at once, with its lines, and nothing is taken.
func TestAFileWithFaults(t *testing.T) {
	t.Parallel()
	now := time.Now()
	campaigns := lipstick(t, now)
	c := planControl(t, campaigns, nil)
	if _, err := campaigns.Do(t.Context(), now, operator, plan.PutShop{Shop: plan.Shop{ID: "lipstick", Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"lip.example"},
		Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}, {Party: "hosting", Role: plan.Host}}}}); err != nil {
		t.Fatal(err)
	}
	before := acts(campaigns)
	day := now.AddDate(0, 0, 20).Format("2006-01-02")
	var got struct {
		Error struct {
			Kind    string
			Message string
			Faults  []listen.Fault
		}
	}
	w := sendFile(c, "shop=lipstick&campaign=Autumn", "text/csv", "", "name,at,price\nA,never,1\nB,"+day+" 12:00,x\n")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 400 || len(got.Error.Faults) != 2 || got.Error.Faults[0].Line != 2 || got.Error.Faults[1].Column != "price" || got.Error.Kind != "invalid" || !strings.Contains(got.Error.Message, "2 faults") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	got.Error.Faults = nil
	w = sendFile(c, "shop=lipstick&campaign=Autumn", "text/csv", "", "name,at,channel\nA,"+day+" 12:00,tiktokk\n")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 400 || len(got.Error.Faults) != 1 || !strings.Contains(got.Error.Faults[0].Message, "tiktokk") || !strings.Contains(got.Error.Faults[0].Hint, "tiktok, ") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	got.Error.Faults = nil
	w = sendFile(c, "shop=lipstick&campaign=Autumn&lang=pl", "text/csv", "", "name,at,link,party\nGood,"+day+" 12:00,,\nB,"+day+" 12:00,https://evil.example/,\nC,2026-01-01 12:00,,\nD,"+day+" 12:00,,nobody\n")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 400 || len(got.Error.Faults) != 3 || got.Error.Faults[0].Line != 3 || !strings.Contains(got.Error.Faults[1].Message, "Ta chwila już minęła") || got.Error.Faults[2].Line != 5 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"declared as form": sendFile(c, "shop=lipstick", "application/x-www-form-urlencoded", "", "name,at"),
		"of no shop":       sendFile(c, "", "text/csv", "", "name,at"),
		"a dry run of two": sendFile(c, "shop=lipstick&dry_run=2", "text/csv", "", "name,at"),
		"in no language":   sendFile(c, "shop=lipstick&lang=de", "text/csv", "", "name,at"),
		"of nothing":       sendFile(c, "shop=lipstick", "text/csv", "", ""),
		"that repeats":     sendFile(c, "shop=lipstick", "text/calendar", "", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR"),
	} {
		if w.Code != 400 || !strings.Contains(w.Body.String(), `"hint":"`) {
			t.Errorf("a file %s: %d %s", name, w.Code, w.Body)
		}
	}
	for name, c := range map[string]struct {
		w      *httptest.ResponseRecorder
		status int
	}{
		"of a shop that is not there": {sendFile(c, "shop=nobody", "text/csv", "", autumnFile(now, "1")), 404},
		"that is too long":            {sendFile(c, "shop=lipstick", "text/csv", "", strings.Repeat("x", listen.MaxFile+1)), 413},
		"of a host":                   {sendFile(c, "shop=lipstick", "text/csv", "hosting-link-1", autumnFile(now, "1")), 400},
		"of a link that is none":      {sendFile(c, "shop=lipstick", "text/csv", "hosting-link-9", autumnFile(now, "1")), 403},
	} {
		if c.w.Code != c.status {
			t.Errorf("a file %s: %d %s", name, c.w.Code, c.w.Body)
		}
	}
	if acts(campaigns) != before {
		t.Error("something of them was taken")
	}
}

// Whoever may add posts may import, and nobody else: the table of roles decides.
func TestWhoMayImport(t *testing.T) {
	t.Parallel()
	now := time.Now()
	campaigns := openPlan(t, planFile(t))
	c := planControl(t, campaigns, nil)
	do := func(command plan.Command) {
		t.Helper()
		if _, err := campaigns.Do(t.Context(), now, operator, command); err != nil {
			t.Fatalf("%+v: %v", command, err)
		}
	}
	shop := plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw"}
	for i, role := range []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host} {
		id := plan.ID(fmt.Sprintf("p%d", i))
		do(plan.PutParty{Party: plan.Party{ID: id, Name: string(id)}})
		shop.Parties = append(shop.Parties, plan.Service{Party: id, Role: role})
	}
	do(plan.PutShop{Shop: shop})
	for i, role := range []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse, plan.Host, plan.Machine} {
		party := plan.ID(fmt.Sprintf("p%d", i%4))
		do(plan.GiveLink{Grant: plan.Grant{Party: party, Role: role, Expires: now.Add(time.Hour)}})
		link := fmt.Sprintf("%s-link-%d", party, 1+i/4)
		file := "name,campaign,at\n" + string(role) + "," + string(role) + "," + now.AddDate(0, 0, 20).Format("2006-01-02") + " 12:00\n"
		w := sendFile(c, "shop=lip", "text/csv", link, file)
		may := plan.Can(role, plan.KeepPosts) && plan.Can(role, plan.KeepCampaigns)
		if (w.Code == 200) != may || !may && (w.Code != 400 || !strings.Contains(w.Body.String(), `"line":2`)) {
			t.Errorf("%s: %d %s", role, w.Code, w.Body)
		}
	}
}

// Two who import the same file at once add it once.
func TestTwoWhoImportTheSame(t *testing.T) {
	t.Parallel()
	now := time.Now()
	file := planFile(t)
	campaigns := openPlan(t, file)
	other := openPlan(t, file)
	for _, command := range []plan.Command{plan.PutShop{Shop: plan.Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw"}}} {
		if _, err := campaigns.Do(t.Context(), now, operator, command); err != nil {
			t.Fatal(err)
		}
	}
	results := make(chan Imported)
	for _, who := range []*Campaigns{campaigns, other, campaigns, other} {
		go func() {
			if _, err := who.Do(t.Context(), now, operator, plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}}); err != nil { // it has read what there is
				t.Error(err)
			}
			out, err := who.ImportFile(t.Context(), now, operator, File{Shop: "lip", Body: []byte(autumnFile(now, "1"))})
			if err != nil {
				t.Error(err)
			}
			results <- out
		}()
	}
	added, same := 0, 0
	for range 4 {
		out := <-results
		added, same = added+out.Added, same+out.Same
	}
	if added != 3 || same != 9 {
		t.Errorf("added %d, the same %d", added, same)
	}
}
