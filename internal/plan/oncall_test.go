package plan

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

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
