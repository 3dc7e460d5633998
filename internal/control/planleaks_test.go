package control

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// Two agencies with a shop each, on one host. Everything that one of them types is marked,
// and so are its ids; whatever route of the plan anybody asks by his link, with whatever
// id, nothing of the other is in the answer, refusals included. A route that is added is
// asked as well.
func TestNothingLeaksOverTheAPI(t *testing.T) {
	t.Parallel()
	now := time.Now()
	book := openPlan(t, planFile(t))
	c := planControl(t, book, func(plan.CampaignView) plan.Facts { return plan.Facts{} })
	do := func(who plan.Actor, command plan.Command) {
		t.Helper()
		if _, err := book.Do(t.Context(), now, who, command); err != nil {
			t.Fatalf("%T: %v", command, err)
		}
	}
	links := map[string]string{"web": "web-link-1"} // by party, of all
	do(operator, plan.PutParty{Party: plan.Party{ID: "web", Name: "Web", Contacts: []plan.Contact{{Name: "secretweb", Address: "secretweb"}}}})
	roles := []plan.Role{plan.Influencer, plan.MediaHouse, plan.SoftwareHouse}
	for _, side := range []string{"aa", "bb"} {
		word := func(s string) string { return "secret" + side + " " + s }
		shop := plan.Shop{ID: plan.ID("shop" + side), Name: "Shop" + side, Zone: "Europe/Warsaw", Domains: []string{side + ".example"}, Parties: []plan.Service{{Party: "web", Role: plan.Host}}}
		for i, role := range roles {
			id := plan.ID(fmt.Sprintf("party%s%d", side, i))
			do(operator, plan.PutParty{Party: plan.Party{ID: id, Name: "Party" + side, Contacts: []plan.Contact{{Name: word("contact"), Address: word("address")}}}})
			shop.Parties = append(shop.Parties, plan.Service{Party: id, Role: role})
			links[string(id)] = string(id) + "-link-1"
		}
		do(operator, plan.PutShop{Shop: shop})
		house := plan.Actor{Role: plan.MediaHouse, Party: plan.ID("party" + side + "1"), Person: word("person")}
		k := shop.ID + "-1"
		do(house, plan.PutCampaign{Shop: shop.ID, Name: word("campaign"), Note: word("note"), Stock: 777})
		for n, at := range []time.Duration{72 * time.Hour, 72*time.Hour + 20*time.Minute} { // which clash, with one another and the other side
			do(house, plan.PutPost{Campaign: k, Post: plan.Post{Name: word("post"), Channel: "tiktok", Account: word("account"), Reach: 5000 + n, At: now.Add(at), Link: "https://" + side + ".example/secret" + side, Coupon: word("coupon")}})
		}
		do(house, plan.PutEvening{Campaign: k, Evening: plan.Evening{Name: word("evening"), Start: now.Add(80 * time.Hour), Lasts: time.Hour}})
		do(house, plan.Slip{Campaign: k, Moment: k + ".1", By: time.Minute, Why: word("why")})
		code := plan.Actor{Role: plan.SoftwareHouse, Party: plan.ID("party" + side + "2"), Person: word("coder")}
		do(code, plan.PutWindow{Window: plan.Window{Shop: shop.ID, Kind: plan.Sync, From: now.Add(71 * time.Hour), Until: now.Add(73 * time.Hour), What: "window" + side}})
		do(code, plan.Withdraw{Campaign: k, Step: "entry", Why: word("no")})
	}
	for party := range links {
		role := plan.Host
		if party != "web" {
			role = roles[party[len(party)-1]-'0']
		}
		do(operator, plan.GiveLink{Grant: plan.Grant{Party: plan.ID(party), Role: role, Expires: now.Add(time.Hour)}})
	}

	// Ids that somebody asks for are said back: they are taken out of the answer.
	ids := []string{"shopaa", "shopbb", "shopaa-1", "shopbb-1", "shopbb-9", "partyaa1", "partybb1", "partybb9", "web", "none"}
	slot := regexp.MustCompile(`\{[a-z]+\}`)
	asked, own := 0, map[string]int{}
	for party, link := range links {
		for _, r := range c.guarded() {
			path, isPlan := strings.CutPrefix(r.path, "/api/v1/plan")
			if !isPlan || r.methods[http.MethodGet] == nil {
				continue
			}
			for _, id := range ids {
				for _, lang := range []string{"pl", "en"} {
					got := look(c, slot.ReplaceAllString(path, id)+"?lang="+lang, link)
					asked++
					if got.Code >= 500 {
						t.Errorf("%s asks %s with %s: %d %s", party, path, id, got.Code, got.Body)
					}
					body := got.Body.String()
					if got.Code != http.StatusOK {
						body = strings.ReplaceAll(body, id, "")
					}
					not := []string{"secret"} // of a host, who sees no names
					switch {
					case strings.HasPrefix(party, "partyaa"):
						not = []string{"secretbb", "secretweb", "shopbb", "Shopbb", "partybb", "Partybb", "bb.example", "windowbb"}
					case strings.HasPrefix(party, "partybb"):
						not = []string{"secretaa", "secretweb", "shopaa", "Shopaa", "partyaa", "Partyaa", "aa.example", "windowaa"}
					default:
						body = strings.ReplaceAll(body, "secretweb", "") // his own contact
					}
					for _, word := range not {
						if i := strings.Index(body, word); i >= 0 {
							t.Errorf("%s asks %s with %s and sees …%s…", party, path, id, body[max(0, i-100):min(len(body), i+60)])
						}
					}
					own[party] += strings.Count(body, "secret"+strings.TrimPrefix(party[:min(len(party), 7)], "party"))
				}
				if !strings.Contains(path, "{") {
					break
				}
			}
		}
	}
	for party, n := range own {
		if party != "web" && n < 20 {
			t.Errorf("%s sees its own words %d times: this tests too little", party, n)
		}
	}
	if asked < 500 {
		t.Errorf("only %d times asked", asked)
	}

	// What is another's and what is not there are told alike, also by what is worked out.
	for _, r := range c.guarded() {
		path, isPlan := strings.CutPrefix(r.path, "/api/v1/plan/campaigns/{campaign}")
		if !isPlan || r.methods[http.MethodGet] == nil {
			continue
		}
		foreign, none := look(c, "/campaigns/shopbb-1"+path, "partyaa1-link-1"), look(c, "/campaigns/shopbb-9"+path, "partyaa1-link-1")
		if foreign.Code != http.StatusNotFound || none.Code != foreign.Code || strings.ReplaceAll(none.Body.String(), "shopbb-9", "shopbb-1") != foreign.Body.String() {
			t.Errorf("%s: %d %s; %d %s", path, foreign.Code, foreign.Body, none.Code, none.Body)
		}
	}
}

// The forecast of a campaign that is another's is not made: it takes long enough to tell
// that there is one.
func TestReadinessOfAnothersCampaignIsNotWorkedOut(t *testing.T) {
	t.Parallel()
	now := time.Now()
	book := lipstick(t, now)
	made := 0
	c := planControl(t, book, func(plan.CampaignView) plan.Facts { made++; return plan.Facts{} })
	for _, command := range []plan.Command{
		plan.PutParty{Party: plan.Party{ID: "eva", Name: "Eva"}}, plan.PutShop{Shop: plan.Shop{ID: "hat", Name: "Hats", Zone: "Europe/Warsaw", Parties: []plan.Service{{Party: "eva", Role: plan.Influencer}}}},
		plan.GiveLink{Grant: plan.Grant{Party: "eva", Role: plan.Influencer, Expires: now.Add(time.Hour)}},
	} {
		if _, err := book.Do(t.Context(), now, operator, command); err != nil {
			t.Fatal(err)
		}
	}
	if got := look(c, "/campaigns/lipstick-1/readiness", "eva-link-1"); got.Code != http.StatusNotFound || made != 0 {
		t.Errorf("%d, %d forecasts", got.Code, made)
	}
	if got := look(c, "/campaigns/lipstick-1/readiness", "hosting-link-1"); got.Code != http.StatusOK || made != 1 {
		t.Errorf("%d, %d forecasts", got.Code, made)
	}
}
