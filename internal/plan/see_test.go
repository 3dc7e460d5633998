package plan

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Two agencies, one host: nothing leaks. Whatever anybody of side A types holds
// "secretA" in campaigns and "callA" in whom to ring. In nothing that B sees is
// either, nor A's shop; in nothing that the host sees is a name, link or coupon of any
// campaign. Refusals and warnings count, and so do links and what is sent out.
func TestNothingLeaks(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := busy(t)
		for range throw(rt).between(10, 40) {
			who, c := w.next(throw(rt))
			a, err := w.Decide(w.now, who, c)
			if err != nil {
				// The id that was asked for is said back.
				leaks(rt, who, strings.ReplaceAll(err.Error(), string(err.(*Refusal).Reason.Ref), ""))
				continue
			}
			leaks(rt, who, fmt.Sprintf("%+v", a.Warnings))
			w.Apply(a)
		}
		for _, who := range []Actor{ola, mm, soft, eva, nn, dev, web} {
			text := fmt.Sprintf("%+v", look(w.Book, w.now, who))
			leaks(rt, who, text)
			for _, own := range []string{"secret", "call"} {
				seen[side(who)+own] += strings.Count(text, own)
			}
		}
		for _, id := range sorted(w.grants) {
			if who, err := w.Enter(w.now, id, ""); err == nil {
				leaks(rt, who, fmt.Sprintf("%+v", look(w.Book, w.now, who)))
			}
		}
		notices, _ := w.Due(w.now)
		for _, n := range notices {
			to := Actor{Role: n.To.Role, Party: n.To.Party}
			leaks(rt, to, fmt.Sprintf("%+v %s", n, n.Reason.Sentence(English)))
		}
	})
	// There was something to leak, and the host was shown what it may see.
	for _, want := range []string{"Asecret", "Bsecret", "Acall", "Bcall", "call"} {
		if seen[want] == 0 {
			t.Errorf("%s was never seen", want)
		}
	}
	if seen["secret"] != 0 {
		t.Errorf("the host saw %d secrets", seen["secret"])
	}
}

// leaks fails if the text holds what the actor may not know.
func leaks(t interface{ Fatalf(string, ...any) }, who Actor, text string) {
	var not []string
	switch {
	case who.Role == Operator:
		return
	case who.Role == Machine && who.Party == "":
		not = []string{"secret"} // Falochron itself: all shops, and no names
	case who.Role == Host:
		not = []string{"secret"}
	case side(who) == "A":
		not = []string{"secretB", "callB", "hat-", "Hats", "Party eva", "Party nn", "Party dev"}
	case side(who) == "B":
		not = []string{"secretA", "callA", "lip-", "Lipstick", "Party ola", "Party mm", "Party soft"}
	}
	for _, word := range not {
		if i := strings.Index(text, word); i >= 0 {
			t.Fatalf("%v sees %s: ...%s...", who, word, text[max(0, i-200):min(len(text), i+100)])
		}
	}
}

// What is there and not for the actor is answered like what is not there at all.
func TestForeignIsUnknown(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn"})
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: evening}})
	w.must(t, mm, GiveLink{Grant{Party: "mm", Role: MediaHouse, Expires: evening}})
	for _, pair := range [][2]Command{
		{PutCampaign{Shop: "lip", Name: "x"}, PutCampaign{Shop: "pil", Name: "x"}},
		{PutCampaign{Campaign: "lip-1", Name: "x"}, PutCampaign{Campaign: "pil-1", Name: "x"}},
		{PutPost{Campaign: "lip-1"}, PutPost{Campaign: "pil-1"}},
		{PutEvening{Campaign: "lip-1"}, PutEvening{Campaign: "pil-1"}},
		{Slip{Campaign: "lip-1", Moment: "lip-1.1"}, Slip{Campaign: "pil-1", Moment: "lip-1.1"}},
		{Cancel{Campaign: "lip-1"}, Cancel{Campaign: "pil-1"}},
		{PostNow{Campaign: "lip-1", Post: "lip-1.1"}, PostNow{Campaign: "pil-1", Post: "lip-1.1"}},
		{ReportPost{Shop: "lip"}, ReportPost{Shop: "pil"}},
		{ReportPost{Campaign: "lip-1"}, ReportPost{Campaign: "pil-1"}},
		{Confirm{Campaign: "lip-1", Step: "go"}, Confirm{Campaign: "pil-1", Step: "go"}},
		{Withdraw{Campaign: "lip-1", Step: "go"}, Withdraw{Campaign: "pil-1", Step: "go"}},
		{Acknowledge{Campaign: "lip-1", About: "x"}, Acknowledge{Campaign: "pil-1", About: "x"}},
		{RevokeLink{Grant: "mm-link-1"}, RevokeLink{Grant: "nn-link-9"}},
		{GiveLink{Grant{Party: "ola", Role: Influencer, Expires: evening}}, GiveLink{Grant{Party: "alo", Role: Influencer, Expires: evening}}},
		{GiveLink{Grant{Party: "mm", Role: MediaHouse, Expires: evening}}, GiveLink{Grant{Party: "m", Role: MediaHouse, Expires: evening}}},
	} {
		_, there := w.Decide(w.now, nn, pair[0])
		_, none := w.Decide(w.now, nn, pair[1])
		if there == nil || none == nil {
			t.Fatalf("%T: %v, %v", pair[0], there, none)
		}
		same := strings.NewReplacer("pil", "lip", "nn-link-9", "mm-link-1", "alo", "ola", " m.", " mm.")
		if same.Replace(none.Error()) != there.Error() {
			t.Errorf("%T: %q of what is there, %q of what is not", pair[0], there, none)
		}
	}
}

// A host sees moments and sizes, and can act on them.
func TestHostSeesShopTimeAndSize(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn", Stock: 500})
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: evening, Reach: 70_000, Coupon: "OLA10", Link: "https://lip.example/x", Price: 59}})
	v, err := w.Campaign(w.now, web, "lip-1")
	if err != nil {
		t.Fatal(err)
	}
	p := v.Campaign.Posts[0]
	if v.Campaign.Name != "" || p.Coupon+p.Link+p.Channel != "" || p.Price != 0 || v.Campaign.Stock != 0 {
		t.Errorf("the host sees %+v", v.Campaign)
	}
	if lines, err := w.Campaigns(w.now, web); err != nil || len(lines) != 1 || lines[0].Name != "" || !lines[0].Begins.Equal(evening) {
		t.Errorf("the host's list: %+v, %v", lines, err)
	}
	if v.ShopName != "Lipstick" || p.Reach != 70_000 || !p.At.Equal(evening) || p.ID != "lip-1.1" {
		t.Errorf("the host does not see shop, time and size: %+v", v.Campaign)
	}
	for _, task := range v.Tasks {
		if task.Who == web.service() && task.Step.ID == "entry" {
			w.must(t, web, Confirm{Campaign: "lip-1", Step: "entry"})
			return
		}
	}
	t.Error("the host is asked for nothing")
}

// What a view hands out can be changed without changing the book.
func TestViewsAreCopies(t *testing.T) {
	w := twoAgencies(t)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn", Influencers: []ID{"ola"}})
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: evening}})
	v, err := w.Campaign(w.now, mm, "lip-1")
	if err != nil {
		t.Fatal(err)
	}
	v.Campaign.Posts[0].Channel, v.Campaign.Influencers[0], v.People[0].Name = "x", "x", "x"
	shops, err := w.Shops(w.now, mm)
	if err != nil {
		t.Fatal(err)
	}
	shops[0].Shop.Parties[0].Party, shops[0].Shop.Domains[0] = "x", "x"
	if again, _ := w.Campaign(w.now, mm, "lip-1"); again.Campaign.Posts[0].Channel != "tv" || again.Campaign.Influencers[0] != "ola" || again.People[0].Name != "Party ola" {
		t.Errorf("%+v", again)
	}
	if again, _ := w.Shops(w.now, mm); again[0].Shop.Parties[0].Party != "ola" || again[0].Shop.Domains[0] != "lip.example" {
		t.Errorf("%+v", again)
	}
}
