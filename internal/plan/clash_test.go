package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// at is a moment so many minutes after the evening's begin.
func at(minutes int) time.Time { return evening.Add(time.Duration(minutes) * time.Minute) }

// What clashes and what does not, by minutes from 20:00.
func TestConflicts(t *testing.T) {
	post := func(shop ID, minutes int) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			who := map[ID]Actor{"lip": mm, "hat": nn}[shop]
			w.must(t, who, PutPost{Campaign: shop + "-1", Post: Post{Channel: "tv", At: at(minutes)}})
		}
	}
	night := func(shop ID, minutes int) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			who := map[ID]Actor{"lip": mm, "hat": nn}[shop]
			w.must(t, who, PutEvening{Campaign: shop + "-1", Evening: Evening{Name: "Night", Start: at(minutes), PreQueue: time.Hour, Lasts: 2 * time.Hour}})
		}
	}
	window := func(kind WindowKind, from, until int) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			w.must(t, soft, PutWindow{Window: Window{Shop: "lip", Kind: kind, From: at(from), Until: at(until)}})
		}
	}
	type steps = []func(*testing.T, *world)
	for _, tc := range []struct {
		name string
		do   steps
		want string // kind one other, of what the host sees
	}{
		{"59 minutes apart on one host", steps{post("lip", 0), post("hat", 59)}, "two-on-host lip-1.1 hat-1.1"},
		{"an hour apart", steps{post("lip", 0), post("hat", 60)}, ""},
		{"at the same moment", steps{post("hat", 0), post("lip", 0)}, "two-on-host hat-1.1 lip-1.1"},
		{"14 minutes apart in one campaign", steps{post("lip", 0), post("lip", 14)}, "too-near lip-1.1 lip-1.2"},
		{"15 minutes apart in one campaign", steps{post("lip", 0), post("lip", 15)}, ""},
		{"during the evening of another", steps{night("lip", 0), post("hat", 119)}, "evening lip-1.1 hat-1.1"},
		{"after the evening of another", steps{night("lip", 0), post("hat", 120)}, ""},
		{"while people wait for the evening of another", steps{night("lip", 0), post("hat", -60)}, "evening hat-1.1 lip-1.1"},
		{"before people wait for it, and not an hour", steps{night("lip", 0), post("hat", -61)}, ""},
		{"a post for the own evening", steps{night("lip", 0), post("lip", -30)}, ""},
		{"two evenings", steps{night("lip", 0), night("hat", 90)}, "evening lip-1.1 hat-1.1"},
		{"purge when the wave begins", steps{post("lip", 0), window(Purge, -1, 1)}, "purge lip-1.1 lip-w1"},
		{"purge after the hour", steps{post("lip", 0), window(Purge, 60, 61)}, ""},
		{"sync that ends when the wave begins", steps{post("lip", 0), window(Sync, -10, 0)}, ""},
		{"sync in the waiting time of an evening", steps{night("lip", 0), window(Sync, -50, -40)}, "sync lip-1.1 lip-w1"},
		{"release 47 hours before", steps{post("lip", 0), window(Release, -48*60, -47*60)}, "release lip-1.1 lip-w1"},
		{"release before the freeze of the matrix", steps{post("lip", 0), window(Release, -50*60, -48*60)}, ""},
		{"release before the freeze that was agreed", steps{post("lip", 0), window(Freeze, -20*60, 120), window(Release, -48*60, -30*60)}, ""},
		{"release in the freeze that was agreed", steps{post("lip", 0), window(Freeze, -20*60, 120), window(Release, -19*60, -18*60)}, "release lip-1.1 lip-w2"},
		{"release after the wave", steps{post("lip", 0), window(Release, 60, 90)}, ""},
		{"the freeze ends before the wave", steps{post("lip", 0), window(Freeze, -20*60, 30)}, "beyond-freeze lip-1.1 lip-w1"},
		{"another freeze covers it", steps{post("lip", 0), window(Freeze, -20*60, 30), window(Freeze, -60, 60)}, ""},
		{"a freeze of last month", steps{post("lip", 0), window(Freeze, -14*24*60, -13*24*60)}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := twoAgencies(t)
			w.must(t, mm, PutCampaign{Shop: "lip", Name: "A"})
			w.must(t, nn, PutCampaign{Shop: "hat", Name: "B"})
			for _, do := range tc.do {
				do(t, w)
			}
			conflicts, err := w.Conflicts(w.now, web)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range conflicts {
				got = append(got, fmt.Sprintf("%s %s %s", c.Kind, c.One.Ref, c.Other.Ref))
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("%v, want %s", got, tc.want)
			}
			// The agencies see none that lies between both.
			for _, who := range []Actor{mm, nn} {
				mine, err := w.Conflicts(w.now, who)
				if err != nil {
					t.Fatal(err)
				}
				if slices.ContainsFunc(mine, func(c Conflict) bool { return c.One.Shop != c.Other.Shop }) {
					t.Errorf("%s sees %+v", who.Party, mine)
				}
			}
		})
	}
}

// The post may slip, so what would meet it then clashes as well; when it is certain, no
// more.
func TestSlipClashes(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "A"})
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: at(0), Slip: 30 * time.Minute}})
	a, err := w.do(soft, PutWindow{Window: Window{Shop: "lip", Kind: Purge, From: at(-20), Until: at(-10)}})
	if err != nil || len(a.Warnings) != 1 || a.Warnings[0].Kind != PurgeInWave || !a.Warnings[0].Grave {
		t.Fatalf("%+v, %v", a.Warnings, err)
	}
	w.now = at(-5)
	w.must(t, ola, PostNow{Campaign: "lip-1", Post: "lip-1.1", In: 5 * time.Minute})
	if conflicts, _ := w.Conflicts(w.now, mm); len(conflicts) > 0 {
		t.Errorf("%+v", conflicts)
	}
}

// Whatever it clashes with, nobody is kept from slipping; an agency is not warned of
// what it may not know, the host's view has it at once.
func TestSlipIsNeverForbidden(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "A"})
	w.must(t, nn, PutCampaign{Shop: "hat", Name: "B"})
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: at(0)}})
	w.must(t, nn, PutPost{Campaign: "hat-1", Post: Post{Channel: "tv", At: at(300)}})
	w.must(t, soft, PutWindow{Window: Window{Shop: "lip", Kind: Freeze, From: at(-60), Until: at(60)}})
	a, err := w.do(ola, Slip{Campaign: "lip-1", Moment: "lip-1.1", To: at(301)})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Warnings) != 1 || a.Warnings[0].Kind != FreezeTooSoon {
		t.Errorf("warned of %+v", a.Warnings)
	}
	conflicts, _ := w.Conflicts(w.now, web)
	if !slices.ContainsFunc(conflicts, func(c Conflict) bool { return c.Kind == HostClash }) {
		t.Errorf("the host sees %+v", conflicts)
	}
}

// The life of a post: what is out stays out, what is called off stays off, and the
// rest can be moved to and fro.
func TestLifeOfAPost(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "A"})
	for range 3 {
		w.now = w.now.Add(time.Minute)
		w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: at(int(w.now.Unix() % 1000))}})
	}
	refused := func(c Command, kind string) {
		t.Helper()
		if _, err := w.Decide(w.now, ola, c); reasonOf(err) != kind {
			t.Errorf("%T: %v, want %s", c, err, kind)
		}
	}
	refused(Slip{Campaign: "lip-1", Moment: "lip-1.1", To: w.now.Add(-3 * time.Minute)}, "in-past")
	refused(Slip{Campaign: "lip-1", Moment: "lip-1.1"}, "empty")
	refused(Slip{Campaign: "lip-1", Moment: "lip-1.9", By: day}, "unknown")
	refused(PutPost{Campaign: "lip-1", Post: Post{Channel: "tiktok", At: w.now.Add(-time.Hour)}}, "in-past")
	w.must(t, ola, PostNow{Campaign: "lip-1", Post: "lip-1.1", In: 10 * time.Minute})
	if s := w.campaigns["lip-1"].Posts[0].State; s != Called {
		t.Errorf("it is %q", s)
	}
	w.must(t, ola, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Hour})
	if s := w.campaigns["lip-1"].Posts[0].State; s != Planned {
		t.Errorf("it is %q", s)
	}
	w.must(t, ola, PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	refused(Slip{Campaign: "lip-1", Moment: "lip-1.1", By: day}, "out-already")
	refused(Cancel{Campaign: "lip-1", Moment: "lip-1.1"}, "out-already")
	refused(PostNow{Campaign: "lip-1", Post: "lip-1.1"}, "out-already")
	w.must(t, ola, Cancel{Campaign: "lip-1", Moment: "lip-1.2"})
	refused(Cancel{Campaign: "lip-1", Moment: "lip-1.2"}, "cancelled-already")
	refused(PostNow{Campaign: "lip-1", Post: "lip-1.2"}, "cancelled-already")
	// Calling off the rest leaves what is out.
	w.must(t, ola, Cancel{Campaign: "lip-1"})
	k := w.campaigns["lip-1"]
	if k.Cancelled || k.Posts[0].State != Out || k.Posts[2].State != Cancelled {
		t.Errorf("%+v", k.Campaign)
	}
	refused(Cancel{Campaign: "lip-1"}, "nothing-ahead")
	w.now = w.now.Add(8 * day)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "B"})
	if lines, err := w.Campaigns(w.now, ola); err != nil || len(lines) != 2 || lines[0].Name != "B" || lines[0].Over || !lines[0].Begins.IsZero() || !lines[1].Over {
		t.Errorf("%+v, %v", lines, err)
	}
	refused(Confirm{Campaign: "lip-1", Step: "report"}, "campaign-over")
}

// No id is ever given twice, also if a shop was taken out and comes back.
func TestIdsAreGivenOnce(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "A"})
	w.must(t, soft, PutWindow{Window: Window{Shop: "lip", Kind: Purge, From: at(0), Until: at(1)}})
	w.must(t, mm, GiveLink{Grant{Party: "mm", Role: MediaHouse, Expires: at(0)}})
	s := w.shops["lip"].Shop
	if _, err := w.do(operator, RemoveShop{"lip"}); reasonOf(err) != "shop-has-campaign" {
		t.Error(err)
	}
	w.must(t, ola, Cancel{Campaign: "lip-1"})
	w.must(t, operator, RemoveShop{"lip"})
	if _, err := w.Campaign(w.now, operator, "lip-1"); reasonOf(err) != "unknown" {
		t.Error("a campaign of a shop that is gone:", err)
	}
	w.must(t, operator, RemoveParty{"mm"})
	if _, err := w.Enter(w.now, "mm-link-1", ""); reasonOf(err) != "link-over" {
		t.Error("a link of a party that is gone:", err)
	}
	w.must(t, operator, PutParty{Party: Party{ID: "mm", Name: "Other"}})
	w.must(t, operator, PutShop{Shop: s})
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "A"})
	w.must(t, soft, PutWindow{Window: Window{Shop: "lip", Kind: Purge, From: at(0), Until: at(1)}})
	w.must(t, mm, GiveLink{Grant{Party: "mm", Role: MediaHouse, Expires: at(0)}})
	if w.campaigns["lip-2"] == nil || w.shops["lip"].window("lip-w2") == nil || w.grants["mm-link-2"] == nil {
		t.Error("an id was given twice")
	}
}

// Whatever is typed, a campaign holds so much and no more.
func TestACampaignIsBounded(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "A"})
	long := strings.Repeat("ż", maxName)
	for i := range 3 * maxPosts {
		_, err := w.do(mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", Name: long, At: at(i), Link: "https://lip.example/" + strings.Repeat("x", 900)}})
		if (err == nil) != (i < maxPosts) {
			t.Fatalf("post %d: %v", i, err)
		}
	}
	if _, err := w.do(mm, PutCampaign{Campaign: "lip-1", Name: long + "x"}); reasonOf(err) != "too-long" {
		t.Error(err)
	}
	for i := range 2 * maxAudit {
		w.must(t, ola, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Duration(1 - 2*(i%2)), Why: long})
		w.must(t, web, Acknowledge{Campaign: "lip-1", About: fmt.Sprintf("lip-1/change/lip-1.1/%d", i+2)})
	}
	k := w.campaigns["lip-1"]
	if n := len(k.log.entries); n != maxAudit || k.log.older != 1+maxPosts+4*maxAudit-maxAudit {
		t.Errorf("%d entries, %d older", n, k.log.older)
	}
	if len(k.changes) != maxPosts || len(k.heard) != 1 {
		t.Errorf("%d changes, %d heard", len(k.changes), len(k.heard))
	}
	raw := w.acts[len(w.acts)-1]
	if len(raw.Body) > maxAct {
		t.Errorf("an act of %d bytes", len(raw.Body))
	}
}

// The longest shop that may be put can be read again.
func TestTheLongestActCanBeRead(t *testing.T) {
	w := emptyWorld()
	s := Shop{ID: "lip", Name: strings.Repeat("<", maxName), Zone: "Europe/Warsaw"}
	for i := range maxServices {
		id := ID(fmt.Sprintf("%0*d", maxID, i))
		w.must(t, operator, PutParty{Party: Party{ID: id, Name: "x"}})
		s.Parties = append(s.Parties, Service{id, SoftwareHouse})
	}
	for i := range maxDomains {
		s.Domains = append(s.Domains, fmt.Sprintf("%0253d", i))
	}
	w.must(t, operator, PutShop{Shop: s})
	stored(t, w.acts[len(w.acts)-1])
	p := Party{ID: "p", Name: strings.Repeat("<", maxName)}
	for range maxContacts {
		p.Contacts = append(p.Contacts, Contact{strings.Repeat("<", maxName), strings.Repeat("\u2029x"[3:], maxName)})
	}
	w.must(t, operator, PutParty{Party: p})
	stored(t, w.acts[len(w.acts)-1])
}
