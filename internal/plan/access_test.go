package plan

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a role may not do is refused, whatever it asks for; what it may do is never
// refused for its role.
func TestForbiddenIsRefused(t *testing.T) {
	tried := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		w := busy(t)
		for range throw(rt).between(1, 60) {
			_, c := w.next(throw(rt))
			d := throw(rt)
			who := oneOf(d, []Actor{ola, mm, soft, eva, nn, dev, web, operator, {Role: Machine}})
			a, err := w.Decide(w.now, who, drawCommand(d, w, who))
			if err == nil {
				w.Apply(a)
			}
			for _, who := range []Actor{ola, mm, soft, web, operator, {Role: Machine}, {Role: "king"}} {
				tried[fmt.Sprint(who.Role, c.action())] = true
				_, err := w.Decide(w.now, who, c)
				refused := err != nil && reasonOf(err) == "may-not"
				if may := Can(who.Role, c.action()); !may && err == nil || may && refused || !may && !refused && reasonOf(err) != "nobody" {
					rt.Fatalf("%s, %T: may is %v, answer is %v", who.Role, c, may, err)
				}
			}
		}
	})
	for _, a := range Actions() {
		for _, r := range Roles() {
			if !tried[fmt.Sprint(r, a)] {
				t.Errorf("%s: %s was not tried", r, a)
			}
		}
	}
}

func reasonOf(err error) string {
	if r, ok := err.(*Refusal); ok {
		return r.Reason.Kind
	}
	return ""
}

// Every command belongs to an action of the table, and every action to a command.
func TestEveryActionHasACommand(t *testing.T) {
	used := map[Action]bool{}
	for kind, read := range kinds {
		c, err := read([]byte("{}"))
		if err != nil || c.kind() != kind {
			t.Fatalf("%s is read as %v: %v", kind, c, err)
		}
		used[c.action()] = true
		if !slices.Contains(Actions(), c.action()) {
			t.Errorf("%s is in no row", c.action())
		}
	}
	for _, a := range Actions() {
		if !used[a] {
			t.Errorf("nothing is %q", a)
		}
		for _, l := range []Language{English, Polish} {
			if a.In(l) == "" {
				t.Errorf("%s has no name in %s", a, l)
			}
		}
	}
}

// docs/access.md has the whole table, and nothing else.
func TestDocsHaveTheTable(t *testing.T) {
	raw, err := os.ReadFile("../../docs/access.md")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "| ") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	head := "| |"
	for _, r := range Roles() {
		head += " " + string(r) + " |"
	}
	want := []string{head}
	for _, a := range Actions() {
		row := "| " + a.In(English) + " |"
		for _, r := range Roles() {
			row += map[bool]string{true: " yes |", false: " |"}[Can(r, a)]
		}
		want = append(want, row)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/access.md has\n%s\nthe code\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Beyond the table: posts are their influencer's, confirmations one's own, links end.
func TestNarrowerRules(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, operator, PutShop{Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Parties: []Service{ola.service(), eva.service(), mm.service(), soft.service(), web.service()}}, false})
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn"})
	w.must(t, ola, PutPost{Campaign: "lip-1", Post: Post{Channel: "tiktok", At: evening}})
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: evening}})
	refused := func(who Actor, c Command, kind string) {
		t.Helper()
		if _, err := w.Decide(w.now, who, c); err == nil || reasonOf(err) != kind {
			t.Errorf("%v %T: %v, want %s", who, c, err, kind)
		}
	}
	refused(eva, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: day}, "not-yours")
	refused(eva, Cancel{Campaign: "lip-1", Moment: "lip-1.1"}, "not-yours")
	refused(eva, Cancel{Campaign: "lip-1"}, "not-yours")
	refused(eva, PostNow{Campaign: "lip-1", Post: "lip-1.1"}, "not-yours")
	refused(eva, PutPost{Campaign: "lip-1", Post: Post{ID: "lip-1.1", Channel: "tiktok", At: evening}}, "not-yours")
	refused(eva, PutPost{Campaign: "lip-1", Post: Post{Channel: "x-post", At: evening, Party: "ola"}}, "not-yours")
	w.must(t, eva, Slip{Campaign: "lip-1", Moment: "lip-1.2", By: day}) // nobody's in particular
	w.must(t, mm, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: day})

	w.must(t, mm, PutCampaign{Shop: "lip", Name: "without Eva", Influencers: []ID{"ola"}})
	refused(eva, PutCampaign{Campaign: "lip-2", Name: "Eva's"}, "not-part")
	refused(eva, Confirm{Campaign: "lip-2", Step: "entry"}, "not-part")
	refused(eva, Cancel{Campaign: "lip-2"}, "not-part")

	w.must(t, mm, GiveLink{Grant{Party: "ola", Role: Influencer, Shops: []ID{"lip"}, Expires: w.now.Add(day)}})
	link, err := w.Enter(w.now, "ola-link-1", "Kasia")
	if err != nil || link != (Actor{Role: Influencer, Party: "ola", Person: "Kasia", Grant: "ola-link-1"}) {
		t.Fatal(link, err)
	}
	w.must(t, link, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time0})
	forged := link
	forged.Role = Operator
	refused(forged, RemoveShop{"lip"}, "link-over")
	refused(link, GiveLink{Grant{Party: "ola", Role: Influencer, Expires: w.now.Add(2 * day)}}, "longer-than-own")
	w.now = w.now.Add(day)
	refused(link, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time0}, "link-over")
	if _, err := w.Shops(w.now, link); reasonOf(err) != "link-over" {
		t.Error("a link that is over still shows shops")
	}
	w.must(t, mm, GiveLink{Grant{Party: "ola", Role: Influencer, Shops: []ID{"lip"}, Expires: w.now.Add(day)}})
	w.must(t, mm, RevokeLink{Grant: "ola-link-2"})
	if _, err := w.Enter(w.now, "ola-link-2", ""); reasonOf(err) != "link-over" {
		t.Error("a revoked link opens")
	}
	refused(mm, GiveLink{Grant{Party: "soft", Role: SoftwareHouse, Expires: w.now.Add(day)}}, "unknown")
	refused(mm, GiveLink{Grant{Party: "ola", Role: Host, Expires: w.now.Add(day)}}, "unknown")
}

// Whoever was given a link of a party for some shops learns nothing of the party, and
// changes nothing that others have to do with.
func TestALimitedLinkIsNotTheParty(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, ola, PutOwnParty{Party{Name: "Ola", Contacts: []Contact{{"Ola", "tel:private"}}}})
	w.must(t, mm, GiveLink{Grant{Party: "ola", Role: Influencer, Expires: w.now.Add(day)}})
	if g := w.grants["ola-link-1"]; !slices.Equal(g.Shops, []ID{"lip"}) {
		t.Fatalf("a media house gave a link for %v", g.Shops)
	}
	link, err := w.Enter(w.now, "ola-link-1", "")
	if err != nil {
		t.Fatal(err)
	}
	if parties, err := w.Parties(w.now, link); err != nil || len(parties) > 0 {
		t.Errorf("%+v, %v", parties, err)
	}
	if _, err := w.PartyAudit(w.now, link, "ola"); reasonOf(err) != "unknown" {
		t.Error(err)
	}
	for _, c := range []Command{PutOwnParty{Party{Name: "Mallory"}}, SetOnCall{OnCall: OnCall{Contact{"x", "y"}, w.now, w.now.Add(day)}}} {
		if _, err := w.Decide(w.now, link, c); reasonOf(err) != "link-limited" {
			t.Errorf("%T: %v", c, err)
		}
	}
}

// A machine acts for the party that gave it its link, and sees no names.
func TestAMachineActsForAParty(t *testing.T) {
	w := busy(t)
	w.must(t, mm, GiveLink{Grant{Party: "mm", Role: Machine, Expires: w.now.Add(day)}})
	scheduler, err := w.Enter(w.now, "mm-link-1", "scheduler")
	if err != nil {
		t.Fatal(err)
	}
	w.must(t, scheduler, PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	w.must(t, scheduler, ReportPost{Shop: "lip"})
	for _, c := range []Command{PostNow{Campaign: "hat-1", Post: "hat-1.1"}, ReportPost{Shop: "hat"}} {
		if _, err := w.Decide(w.now, scheduler, c); reasonOf(err) != "unknown" {
			t.Errorf("%T: %v", c, err)
		}
	}
	if v, err := w.Campaign(w.now, scheduler, "lip-1"); err != nil || v.Campaign.Name != "" {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := w.Decide(w.now, scheduler, GiveLink{Grant{Party: "mm", Role: MediaHouse, Expires: w.now.Add(day)}}); reasonOf(err) != "may-not" {
		t.Error(err)
	}
	// Falochron's own measurements are of all shops.
	w.must(t, Actor{Role: Machine}, RecordCapacity{"hat", Capacity{OrdersPerMinute: 60, Evidence: Observed, At: w.now}})
}

// A link for one shop opens no other, and hands on no more.
func TestALinkOpensNoMoreThanItSays(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, operator, PutShop{Shop{ID: "sun", Name: "Sun", Zone: "Europe/Warsaw", Parties: []Service{mm.service()}}, false})
	w.must(t, mm, GiveLink{Grant{Party: "mm", Role: MediaHouse, Shops: []ID{"sun"}, Expires: w.now.Add(day)}})
	link, err := w.Enter(w.now, "mm-link-1", "")
	if err != nil {
		t.Fatal(err)
	}
	if shops, _ := w.Shops(w.now, link); len(shops) != 1 || shops[0].Shop.ID != "sun" {
		t.Errorf("%+v", shops)
	}
	if _, err := w.Decide(w.now, link, PutCampaign{Shop: "lip", Name: "x"}); reasonOf(err) != "unknown" {
		t.Error(err)
	}
	w.must(t, link, GiveLink{Grant{Party: "mm", Role: MediaHouse, Expires: w.now.Add(day)}})
	if g := w.grants["mm-link-2"]; !slices.Equal(g.Shops, []ID{"sun"}) {
		t.Errorf("handed on %v", g.Shops)
	}
	w.must(t, mm, GiveLink{Grant{Party: "mm", Role: MediaHouse, Expires: w.now.Add(day)}})
	if links, _ := w.Links(w.now, link); len(links) != 2 {
		t.Errorf("sees %+v", links)
	}
	if _, err := w.Decide(w.now, link, RevokeLink{Grant: "mm-link-3"}); reasonOf(err) != "unknown" {
		t.Error("a link for one shop ends one for all")
	}
}

const time0 = 1 // ns: the least slip
