package control

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// lipstick is a plan with one shop, its people and a campaign of one post in ten
// days from now.
func lipstick(t testing.TB, now time.Time) *Campaigns {
	t.Helper()
	c := openPlan(t, planFile(t))
	for _, command := range []plan.Command{
		plan.PutParty{Party: plan.Party{ID: "ola", Name: "Ola"}},
		plan.PutParty{Party: plan.Party{ID: "hosting", Name: "Hosting"}},
		plan.PutShop{Shop: plan.Shop{ID: "lipstick", Name: "Lipstick", Zone: "Europe/Warsaw", Domains: []string{"lipstick.example"}, Parties: []plan.Service{{Party: "ola", Role: plan.Influencer}, {Party: "hosting", Role: plan.Host}}}},
		plan.PutCampaign{Shop: "lipstick", Name: "Autumn"},
		plan.PutPost{Campaign: "lipstick-1", Post: plan.Post{Channel: "instagram-story", Account: "ola", Reach: 300_000, At: now.Add(10 * 24 * time.Hour), Slip: 5 * time.Minute}},
		plan.GiveLink{Grant: plan.Grant{Party: "hosting", Role: plan.Host, Expires: now.Add(24 * time.Hour)}},
	} {
		if _, err := c.Do(t.Context(), now, operator, command); err != nil {
			t.Fatalf("%+v: %v", command, err)
		}
	}
	return c
}

// planControl is an admin listener with a plan.
func planControl(t *testing.T, p *Campaigns, facts func(plan.CampaignView) plan.Facts) *Control {
	t.Helper()
	c, _, _ := newControl(t, func(cfg *Config) { cfg.Plan, cfg.PlanFacts = p, facts })
	return c
}

// command sends one to the plan, as an operator or by a link.
func command(c *Control, name, link, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "http://127.0.0.1/api/v1/plan/commands/"+name, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+adminToken)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(ActorHeader, "kasia")
	if link != "" {
		r.Header.Set(PlanLinkHeader, link)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func look(c *Control, path, link string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://127.0.0.1/api/v1/plan"+path, nil)
	r.Header.Set("Authorization", "Bearer "+adminToken)
	if link != "" {
		r.Header.Set(PlanLinkHeader, link)
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// From nothing to a campaign, its readiness and its audit, by the API alone.
func TestAPlanByTheAPI(t *testing.T) {
	t.Parallel()
	campaigns := openPlan(t, planFile(t))
	c := planControl(t, campaigns, func(v plan.CampaignView) plan.Facts {
		if v.Campaign.ID != "ola-1" || len(v.Campaign.Posts) != 2 || v.Campaign.Posts[0].Link == "" {
			t.Errorf("facts of %+v are asked", v.Campaign)
		}
		return plan.Facts{FirstMinute: plan.Interval{Low: 10_000, Mid: 30_000, High: 60_000}, Buy: 0.1}
	})
	at := time.Now().Add(10 * 24 * time.Hour).UTC().Format(time.RFC3339)
	for _, step := range []struct {
		name, link, body string
		status           int
		says             string
	}{
		{"put-party", "", `{"id": "ola", "name": "Ola"}`, 200, `"kind":"party-put"`},
		{"put-party", "", `{"id": "hosting", "name": "Hosting", "contacts": [{"name": "Jan", "address": "mailto:jan@example.com"}]}`, 200, ``},
		{"put-shop", "", `{"id": "ola", "name": "Ola's", "zone": "Europe/Warsaw", "parties": [{"party": "ola", "role": "influencer"}, {"party": "hosting", "role": "host"}]}`, 200, `"new":true`},
		{"put-campaign", "", `{"shop": "ola", "name": "Autumn"}`, 200, `"campaign":"ola-1"`},
		{"put-post", "", `{"campaign": "ola-1", "post": {"channel": "instagram-story", "reach": 300000, "at": "` + at + `", "slip_secs": 600, "link": "https://ola.example/p"}}`, 200, `"id":"ola-1.1"`},
		{"put-post", "", `{"campaign": "ola-1", "post": {"channel": "tiktok", "at": "` + at + `"}}`, 200, `"kind":"too-near"`},
		{"put-evening", "", `{"campaign": "ola-1", "evening": {"name": "Evening", "start": "` + at + `", "pre_queue_secs": 1800, "lasts_secs": 3600}}`, 200, `"pre_queue":1800000000000`},
		{"record-reserve", "", `{"shop": "ola", "reserve": {"workers": 40, "lead_secs": 600}}`, 200, ``},
		{"record-capacity", "", `{"shop": "ola", "capacity": {"orders_per_minute": 120, "workers": 8, "evidence": "rehearsal", "at": "` + time.Now().UTC().Format(time.RFC3339) + `"}}`, 200, ``},
		{"slip", "", `{"campaign": "ola-1", "moment": "ola-1.1", "by_secs": -60}`, 200, `"kind":"slipped"`},
		{"give-link", "", `{"grant": {"party": "hosting", "role": "host", "expires": "` + at + `"}}`, 200, `"id":"hosting-link-1"`},
		{"confirm", "", `{"campaign": "ola-1", "step": "freeze"}`, 403, PlanLinkHeader},
		{"confirm", "hosting-link-1", `{"campaign": "ola-1", "step": "freeze"}`, 200, `"grant":"hosting-link-1"`},
		{"confirm", "hosting-link-1", `{"campaign": "ola-1", "step": "freeze"}`, 409, `"conflict"`},
		{"put-post", "hosting-link-1", `{"campaign": "ola-1", "post": {}}`, 403, ``},
		{"cancel", "", `{"campaign": "ola-7"}`, 404, `GET /api/v1/plan/shops`},
		{"slip", "", `{"campaign": "ola-1", "moment": "ola-1.1", "by": 60}`, 400, `by`},
		{"put-shop", "", `{"id": "ola", "name": "Ola's", "zone": "Mars/Olympus"}`, 400, `zone`},
		{"revoke-link", "", `{"grant": "hosting-link-1"}`, 200, ``},
		{"confirm", "hosting-link-1", `{"campaign": "ola-1", "step": "go"}`, 403, ``},
		{"fly", "", `{}`, 404, `docs/api.md`},
	} {
		w := command(c, step.name, step.link, step.body)
		if w.Code != step.status || !strings.Contains(w.Body.String(), step.says) {
			t.Errorf("%s %s: %d %s", step.name, step.body, w.Code, w.Body)
		}
	}

	for path, says := range map[string]string{
		"":                                   `"acts":13,"unknown":0,"trouble":""`,
		"/shops":                             `"reserve":{"workers":40,`,
		"/parties":                           `"address":"mailto:jan@example.com"`,
		"/links":                             `"revoked":true`,
		"/campaigns":                         `"name":"Autumn"`,
		"/campaigns/ola-1":                   `"pre_queue_secs":1800,"lasts_secs":3600`,
		"/campaigns/ola-1/readiness":         `"queue_secs":1500`,
		"/campaigns/ola-1/readiness?lang=pl": `sklep`,
		"/campaigns/ola-1/steps":             `"status":"done"`,
		"/campaigns/ola-1/conflicts":         `"other":{"shop":"ola","campaign":"ola-1"`,
		"/conflicts?lang=pl":                 `"grave"`,
		"/campaigns/ola-1/audit":             `"person":"kasia"`,
		"/shops/ola/audit":                   `"what":"shop-added"`,
		"/parties/hosting/audit":             `"what":"link-given"`,
		"/calendar?until=" + at[:10] + "T23:59:59Z": `"events":[`,
	} {
		w := look(c, path, "")
		if w.Code != 200 || !strings.Contains(w.Body.String(), says) || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %s, wants %s", path, w.Code, w.Body, says)
		}
	}
	if w := command(c, "post-now", "", `{"campaign": "ola-1", "post": "ola-1.1", "in_secs": 600}`); w.Code != 200 || !strings.Contains(w.Body.String(), `"in":600000000000`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for path, status := range map[string]int{
		"/campaigns/ola-7": 404, "/campaigns/ola-7/conflicts": 404, "/campaigns/ola-7/readiness": 404, "/campaigns/ola-1/steps?lang=de": 400,
		"/calendar?from=yesterday": 400, "/calendar?from=2026-01-01T00:00:00Z&until=2028-01-01T00:00:00Z": 400, "/shops/nobody/audit": 404, "/whatever": 404,
	} {
		if w := look(c, path, ""); w.Code != status {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// The rest of what can be done to a plan, each once: what the description says of a
// command is what its handler takes and answers.
func TestEveryCommandByTheAPI(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	campaigns := lipstick(t, now)
	c := planControl(t, campaigns, nil)
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	about := func() (about string) {
		campaigns.Read(func(b *plan.Book) {
			for _, n := range b.Untold(now, plan.Service{Party: "hosting", Role: plan.Host}, "lipstick-1") {
				if about = n.About; about != "" {
					return
				}
			}
		})
		return about
	}()
	var window struct{ Act struct{ Body plan.PutWindow } }
	for _, step := range []struct{ name, link, body, says string }{
		{"put-window", "", `{"window": {"shop": "lipstick", "kind": "purge", "from": "` + at(time.Hour) + `", "until": "` + at(2*time.Hour) + `", "daily": true, "what": "nightly"}}`, `"kind":"window-put"`},
		{"remove-window", "", `{"shop": "lipstick", "window": "WINDOW"}`, `"kind":"window-removed"`},
		{"set-on-call", "", `{"party": "hosting", "contact": {"name": "Jan", "address": "tel:+48600100200"}, "from": "` + at(0) + `", "until": "` + at(8*time.Hour) + `"}`, `"kind":"on-call-set"`},
		{"put-own-party", "hosting-link-1", `{"name": "Good Hosting", "language": "pl"}`, `"kind":"party-changed-itself"`},
		{"acknowledge", "hosting-link-1", `{"campaign": "lipstick-1", "about": "` + about + `"}`, `"kind":"acknowledged"`},
		{"show-reach", "", `{"campaign": "lipstick-1", "post": "lipstick-1.1", "shown": {"kind": "statistics", "date": "` + now.AddDate(0, 0, -2).Format(time.DateOnly) + `", "note": "of last week"}}`, `"kind":"reach-shown"`},
		{"put-post", "", `{"campaign": "lipstick-1", "post": {"id": "lipstick-1.1", "channel": "instagram-story", "account": "ola", "reach": 300000, "at": "` + at(240*time.Hour) + `", "link": "https://lipstick.example/p", "price": 59}}`, `"price":59`},
		{"record-checks", "", `{"campaign": "lipstick-1", "post": "lipstick-1.1", "checks": [{"what": "link", "result": "right"}]}`, `"kind":"checked"`},
		{"confirm", "hosting-link-1", `{"campaign": "lipstick-1", "step": "entry"}`, `"kind":"step-confirmed"`},
		{"withdraw", "hosting-link-1", `{"campaign": "lipstick-1", "step": "entry", "why": "not so"}`, `"kind":"step-withdrawn"`},
		{"put-campaign", "", `{"shop": "lipstick", "name": "Winter"}`, `"campaign":"lipstick-2"`},
		{"cancel", "", `{"campaign": "lipstick-2", "why": "no snow"}`, `"kind":"cancelled"`},
		{"report-post", "", `{"shop": "lipstick", "channel": "tiktok", "account": "ola"}`, `"post":"lipstick-3.1"`},
		{"take-back", "", `{"campaign": "lipstick-3", "post": "lipstick-3.1", "why": "the wrong button"}`, `"kind":"taken-back"`},
		{"ask-post", "", `{"shop": "lipstick", "onset": "` + at(-time.Minute) + `", "channel": "tiktok"}`, `"inquiry":"lipstick-ask-1"`},
		{"record-sight", "", `{"shop": "lipstick", "what": "wave", "began": "` + at(-time.Minute) + `"}`, `"kind":"seen"`},
		{"report-post", "", `{"shop": "lipstick", "channel": "tiktok", "account": "ola", "at": "` + at(-3*time.Hour) + `"}`, `"post":"lipstick-4.1"`},
		{"record-outcome", "", `{"campaign": "lipstick-4", "moment": "lipstick-4.1", "outcome": {"before": 10, "first_minute": 100, "first_hour": 1000, "orders": 12, "longest_secs": 60}}`, `"longest":60000000000`},
		{"put-party", "", `{"id": "spare", "name": "Spare"}`, `"kind":"party-put"`},
		{"put-shop", "", `{"id": "spare", "name": "Spare", "zone": "Europe/Warsaw"}`, `"kind":"shop-put"`},
		{"remove-shop", "", `{"shop": "spare"}`, `"kind":"shop-removed"`},
		{"remove-party", "", `{"party": "spare"}`, `"kind":"party-removed"`},
	} {
		w := command(c, step.name, step.link, strings.Replace(step.body, "WINDOW", string(window.Act.Body.Window.ID), 1))
		if w.Code != 200 || !strings.Contains(w.Body.String(), step.says) {
			t.Errorf("%s %s: %d %s", step.name, step.body, w.Code, w.Body)
		}
		if step.name == "put-window" {
			if err := json.Unmarshal(w.Body.Bytes(), &window); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// By a link one sees what its party may: a host no names, and nothing when it is over.
func TestLooksByALink(t *testing.T) {
	t.Parallel()
	campaigns := lipstick(t, time.Now())
	c := planControl(t, campaigns, nil)
	if w := look(c, "/campaigns/lipstick-1", "hosting-link-1"); w.Code != 200 || strings.Contains(w.Body.String(), "Autumn") || strings.Contains(w.Body.String(), "ola\"") && strings.Contains(w.Body.String(), "account") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := look(c, "/campaigns/lipstick-1", "hosting-link-9"); w.Code != 403 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Without a plan its routes say so, and nothing else fails.
func TestWithoutAPlan(t *testing.T) {
	t.Parallel()
	lost := NewCampaigns(CampaignsConfig{Open: func(context.Context) (*store.Store, error) {
		return nil, &falochron.Error{Kind: falochron.Conflict, Op: "open", Public: "a newer release made it", Hint: "update this one"}
	}})
	if err := lost.Open(t.Context()); falochron.KindOf(err) != falochron.Conflict {
		t.Fatal(err)
	}
	for want, c := range map[string]*Control{
		"there is no plan here":                              planControl(t, nil, nil),
		"the plan is not open yet":                           planControl(t, NewCampaigns(CampaignsConfig{}), nil),
		"the plan cannot be opened: a newer release made it": planControl(t, lost, nil),
	} {
		for _, r := range c.guarded() {
			if !strings.HasPrefix(r.path, "/api/v1/plan") {
				continue
			}
			path := strings.NewReplacer("{campaign}", "a", "{id}", "a", "{party}", "a", "{command}", "cancel", "{link}", "a").Replace(strings.TrimPrefix(r.path, "/api/v1/plan"))
			w := look(c, path, "")
			if _, get := r.methods[http.MethodGet]; !get {
				w = command(c, "cancel", "", `{"campaign": "a"}`)
			}
			if w.Code != 503 || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Body.String(), `"hint":"`) {
				t.Errorf("%s: %d %s", r.path, w.Code, w.Body)
			}
		}
		if w := ask(c, "GET", "/readyz", ""); w.Code != 200 {
			t.Errorf("not ready without a plan: %s", w.Body)
		}
	}
}

// docs/api.md names every command, and every command is one that acts are made of.
func TestThePageNamesTheCommandsThereAre(t *testing.T) {
	t.Parallel()
	var named []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ").FindAllStringSubmatch(sections(read(t, apiPage))["POST /api/v1/plan/commands/{command}"], -1) {
		named = append(named, row[1])
	}
	slices.Sort(named)
	if d := cmp.Diff(slices.Sorted(maps.Keys(planCommands)), named); d != "" {
		t.Errorf("-commands +page:\n%s", d)
	}
	// One for each type of the plan's own list.
	var want, made []string
	for _, m := range regexp.MustCompile(`(?m)^type ([A-Z]\w+) struct`).FindAllStringSubmatch(read(t, "../plan/command.go"), -1) {
		want = append(want, "plan."+m[1])
	}
	for _, parse := range planCommands {
		command, err := parse(func(any) error { return nil })
		if err != nil {
			t.Error(err)
		}
		made = append(made, fmt.Sprintf("%T", command))
	}
	slices.Sort(want)
	slices.Sort(made)
	if d := cmp.Diff(want, made); d != "" {
		t.Errorf("-plan +commands:\n%s", d)
	}
}

// Whatever a command's body holds, it is done or refused with a reason, and the book
// follows what is on disk.
func FuzzPlanCommands(f *testing.F) {
	names := slices.Sorted(maps.Keys(planCommands))
	for i, name := range names {
		for _, body := range []string{`{}`, `null`, `{"campaign":"lipstick-1","moment":"lipstick-1.1","by_secs":1e300}`, `{"campaign":"lipstick-1","step":"go"}`, `{"shop":"lipstick","id":"x","name":"\u202e"}`,
			`{"campaign":"lipstick-1","post":{"channel":"tiktok","at":"9999-12-31T23:59:59Z","slip_secs":-1}}`, `{"grant":{"party":"ola","role":"machine"}}`, `[` + name} {
			f.Add(uint8(i), body)
		}
	}
	campaigns := lipstick(f, time.Now())
	c, _, _ := newControl(&testing.T{}, func(cfg *Config) { cfg.Plan = campaigns })
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		name := names[int(which)%len(names)]
		w := command(c, name, "", body)
		if !slices.Contains([]int{200, 400, 403, 404, 409, 413}, w.Code) || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %q: %d %s", name, body, w.Code, w.Body)
		}
	})
}

// Who asks for a look may say what is in the shop, and must know of the campaign.
func TestWhoMayHaveItLookedAt(t *testing.T) {
	t.Parallel()
	asked := []plan.ID{}
	c, _, _ := newControl(t, func(cfg *Config) {
		cfg.Plan = lipstick(t, time.Now())
		cfg.PlanLook = func(id plan.ID) (int, error) {
			asked = append(asked, id)
			return 2, nil
		}
	})
	post := func(path, link string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "http://127.0.0.1/api/v1/plan"+path, nil)
		r.Header.Set("Authorization", "Bearer "+adminToken)
		r.Header.Set(PlanLinkHeader, link)
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w
	}
	for _, tc := range []struct {
		path, link string
		status     int
	}{
		{"/campaigns/lipstick-1/look", "", 202}, {"/campaigns/lipstick-1/look", "hosting-link-1", 403}, {"/campaigns/lipstick-1/look", "nobody-link-1", 403},
		{"/campaigns/lipstick-9/look", "", 404},
	} {
		if w := post(tc.path, tc.link); w.Code != tc.status {
			t.Errorf("%s %s: %d %s", tc.path, tc.link, w.Code, w.Body)
		}
	}
	if len(asked) != 1 || asked[0] != "lipstick-1" {
		t.Errorf("%v", asked)
	}
	c.cfg.PlanLook = nil
	if w := post("/campaigns/lipstick-1/look", ""); w.Code != 503 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Who comes by a link without saying a name is in the history as the party, and how; who
// says one is named.
func TestTheHistoryNamesThePartyOfALink(t *testing.T) {
	t.Parallel()
	c := planControl(t, lipstick(t, time.Now()), nil)
	confirm := func(step, person string) {
		t.Helper()
		w := ask(c, "POST", "/api/v1/plan/commands/confirm", `{"campaign": "lipstick-1", "step": "`+step+`"}`, header(PlanLinkHeader, "hosting-link-1"), header(ActorHeader, person))
		if w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	confirm("entry", "")
	confirm("freeze", "jan")
	for lang, want := range map[string][]string{
		"en": {"Hosting (the host), by link: confirmed: say what the shop", "Hosting (the host), jan: confirmed: set the plan"},
		"pl": {"Hosting (hosting), przez link: potwierdzono: podaj", "Hosting (hosting), jan: potwierdzono: ustaw"},
	} {
		body := look(c, "/campaigns/lipstick-1/audit?lang="+lang, "").Body.String()
		for _, s := range want {
			if !strings.Contains(body, s) {
				t.Errorf("no %q in %s", s, body)
			}
		}
		if strings.Contains(body, `"person":"api"`) || strings.Contains(body, ", api:") {
			t.Errorf("a way is told as a person: %s", body)
		}
	}
}
