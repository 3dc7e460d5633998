package plan

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// A party has as many shifts as it has nights; of two people the one named last is on call,
// and what is left of the other's shift stays his.
func TestShifts(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 12, day, hour, 0, 0, 0, time.UTC) }
	jan, ewa, leo := Contact{Name: "Jan", Address: "tel:1"}, Contact{Name: "Ewa", Address: "tel:2"}, Contact{Name: "Leo", Address: "tel:3"}
	for name, tc := range map[string]struct {
		set  []OnCall
		now  time.Time // when they are set
		want string    // what is to come then
	}{
		"one after the other":                {[]OnCall{{jan, at(1, 18), at(2, 2)}, {ewa, at(2, 18), at(3, 2)}}, at(1, 20), "Jan 1.18-2.02, Ewa 2.18-3.02"},
		"for later, while one runs":          {[]OnCall{{jan, at(1, 18), at(2, 2)}, {ewa, at(1, 22), at(2, 2)}}, at(1, 20), "Jan 1.18-1.22, Ewa 1.22-2.02"},
		"taken over now":                     {[]OnCall{{jan, at(1, 18), at(2, 2)}, {ewa, at(1, 18), at(2, 2)}}, at(1, 20), "Ewa 1.18-2.02"},
		"in the middle":                      {[]OnCall{{jan, at(1, 18), at(2, 6)}, {ewa, at(1, 22), at(2, 2)}}, at(1, 12), "Jan 1.18-1.22, Ewa 1.22-2.02, Jan 2.02-2.06"},
		"hours are corrected":                {[]OnCall{{jan, at(1, 18), at(2, 6)}, {jan, at(1, 20), at(1, 23)}}, at(1, 12), "Jan 1.20-1.23"},
		"another day of the same":            {[]OnCall{{jan, at(1, 18), at(2, 2)}, {jan, at(5, 18), at(6, 2)}}, at(1, 12), "Jan 1.18-2.02, Jan 5.18-6.02"},
		"entered out of order":               {[]OnCall{{ewa, at(5, 18), at(6, 2)}, {jan, at(1, 18), at(2, 2)}}, at(1, 12), "Jan 1.18-2.02, Ewa 5.18-6.02"},
		"over several":                       {[]OnCall{{jan, at(1, 18), at(2, 2)}, {ewa, at(2, 18), at(3, 2)}, {leo, at(1, 20), at(2, 22)}}, at(1, 12), "Jan 1.18-1.20, Leo 1.20-2.22, Ewa 2.22-3.02"},
		"nobody, in the middle":              {[]OnCall{{jan, at(1, 18), at(2, 6)}, {Contact{}, at(1, 22), at(2, 2)}}, at(1, 12), "Jan 1.18-1.22, Jan 2.02-2.06"},
		"taken out":                          {[]OnCall{{jan, at(1, 18), at(2, 6)}, {Contact{}, at(1, 18), at(2, 6)}}, at(1, 20), ""},
		"end to end is no overlap":           {[]OnCall{{jan, at(1, 18), at(2, 2)}, {ewa, at(2, 2), at(2, 8)}}, at(1, 20), "Jan 1.18-2.02, Ewa 2.02-2.08"},
		"what is over stays as it was":       {[]OnCall{{jan, at(1, 8), at(1, 12)}, {ewa, at(1, 10), at(1, 22)}}, at(1, 14), "Ewa 1.10-1.22"},
		"who is named last, of three nights": {[]OnCall{{jan, at(1, 18), at(4, 2)}, {ewa, at(2, 18), at(3, 2)}}, at(2, 20), "Ewa 2.18-3.02, Jan 3.02-4.02"},
	} {
		t.Run(name, func(t *testing.T) {
			w := emptyWorld()
			w.now = at(1, 0).AddDate(0, 0, -1)
			w.must(t, operator, PutParty{Party: Party{ID: "web", Name: "Web"}})
			w.must(t, operator, PutShop{Shop: Shop{ID: "lip", Name: "Lip", Zone: "UTC", Parties: []Service{{"web", Host}}}})
			for i, o := range tc.set {
				if i == len(tc.set)-1 {
					w.now = tc.now
				}
				w.must(t, Actor{Role: Host, Party: "web"}, SetOnCall{OnCall: o})
			}
			shops, err := w.Shops(w.now, operator)
			if err != nil {
				t.Fatal(err)
			}
			person, said := shops[0].People[0], []string{}
			for _, o := range person.Shifts {
				said = append(said, o.Contact.Name+" "+o.From.Format("2.15")+"-"+o.Until.Format("2.15"))
			}
			if got := strings.Join(said, ", "); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			if (len(said) == 0) != (person.OnCall == OnCall{}) || len(said) > 0 && person.OnCall != person.Shifts[0] {
				t.Errorf("next is %+v of %v", person.OnCall, said)
			}
			// At every hour one is on call at most, and messages go to that one.
			for h := w.now; h.Before(at(7, 0)); h = h.Add(time.Hour) {
				var here []string
				for _, o := range person.Shifts {
					if !h.Before(o.From) && h.Before(o.Until) {
						here = append(here, o.Contact.Address)
					}
				}
				r, found := w.Reader(h, &Notice{To: Service{"web", Host}, Shop: "lip", Urgent: true})
				if !found || len(here) > 1 || len(r.Contacts) != len(here) || len(here) == 1 && r.Contacts[0].Address != here[0] {
					t.Fatalf("at %v %v are on call, and %+v is written to", h, here, r.Contacts)
				}
			}
		})
	}
}

// Shifts are bounded, whatever is entered; and who was taken out in his shift can answer
// nothing any more, who gave it over as planned for a day.
func TestShiftsAreBoundedAndWhoServed(t *testing.T) {
	w := emptyWorld()
	w.must(t, operator, PutParty{Party: Party{ID: "web", Name: "Web"}})
	w.must(t, operator, PutShop{Shop: Shop{ID: "lip", Name: "Lip", Zone: "UTC", Parties: []Service{{"web", Host}}}})
	web, begin := Actor{Role: Host, Party: "web"}, w.now
	served := func(at time.Time) (names string) {
		for _, c := range w.Served(at, "web") {
			names += c.Name
		}
		return names
	}
	w.must(t, web, SetOnCall{OnCall: OnCall{Contact{"A", "tel:1"}, begin, begin.Add(8 * time.Hour)}})
	w.must(t, web, SetOnCall{OnCall: OnCall{Contact{"B", "tel:2"}, begin.Add(4 * time.Hour), begin.Add(8 * time.Hour)}})
	if got := served(begin.Add(5 * time.Hour)); got != "AB" {
		t.Errorf("after a shift was given over as planned: %s", got)
	}
	w.now = begin.Add(6 * time.Hour)
	w.must(t, web, SetOnCall{OnCall: OnCall{Contact{"C", "tel:3"}, begin.Add(5 * time.Hour), begin.Add(8 * time.Hour)}})
	if got := served(w.now); got != "AC" {
		t.Errorf("after B was taken out: %s", got)
	}
	refused := 0
	for i := range 500 {
		c := SetOnCall{OnCall: OnCall{Contact{"N", "tel:4"}, begin.Add(time.Duration(10+2*i) * time.Hour), begin.Add(time.Duration(11+2*i) * time.Hour)}}
		if _, err := w.do(web, c); err != nil {
			refused++
		}
		c.OnCall.Contact = Contact{}
		c.From, c.Until = c.From.Add(20*time.Minute), c.From.Add(40*time.Minute)
		if _, err := w.do(web, c); err != nil {
			refused++
		}
	}
	if n := len(w.party("web").shifts); n > 2*maxShifts || refused < 400 {
		t.Errorf("%d shifts are kept, %d refused", n, refused)
	}
}

// Who is on call is shown to everybody of a campaign, and an address that holds a secret
// is not: neither to others nor on the own page, which may hang on a wall.
func TestAnAddressWithASecretIsNotShown(t *testing.T) {
	w := emptyWorld()
	now := w.now
	do := func(who Actor, c Command) { t.Helper(); w.must(t, who, c) }
	for _, id := range []ID{"ola", "web"} {
		do(operator, PutParty{Party: Party{ID: id, Name: string(id)}})
	}
	do(operator, PutShop{Shop: Shop{ID: "lip", Name: "Lip", Zone: "UTC", Parties: []Service{{"ola", Influencer}, {"web", Host}}}})
	do(operator, PutCampaign{Shop: "lip", Name: "Autumn"})
	do(operator, PutPost{Campaign: "lip-1", Post: Post{Channel: "tiktok", At: now.Add(time.Hour)}})
	web, ola := Actor{Role: Host, Party: "web"}, Actor{Role: Influencer, Party: "ola"}
	for address, shown := range map[string]bool{
		"tel:+48600100200": true, "+48 600 100 200": true, "mailto:jan@web.example": true, "channel:host-room": true,
		"generic+https://web.example/hook#whsec_c2VjcmV0": false, "smtp://user:secret@mail.example/?to=jan@web.example": false,
		"https://hooks.slack.com/services/T0/B0/secret": false,
	} {
		do(web, SetOnCall{OnCall: OnCall{Contact: Contact{Name: "Jan", Address: address}, From: now, Until: now.Add(3 * time.Hour)}})
		for _, who := range []Actor{operator, web, ola} {
			shops, err := w.Shops(now, who)
			if err != nil {
				t.Fatal(err)
			}
			k, err := w.Campaign(now, who, "lip-1")
			if err != nil {
				t.Fatal(err)
			}
			for what, people := range map[string][]Person{"shop": shops[0].People, "campaign": k.People} {
				text, err := json.Marshal(people)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(text), "secret") || strings.Contains(string(text), "c2Vj") || strings.Contains(string(text), address) != shown || !strings.Contains(string(text), `"Jan"`) {
					t.Errorf("the %s as %s sees it, with %s: %s", what, who.Role, address, text)
				}
			}
		}
	}
}
