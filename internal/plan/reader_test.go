package plan

import (
	"strings"
	"testing"
	"time"
)

// Whom a notice is for: all contacts once, who is on call for what is urgent, and nobody
// of a party or shop that is gone.
func TestReader(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -1))
	w.must(t, web, PutOwnParty{Party{Name: "Party web", Language: Polish, Quiet: Hours{60, 120}, Contacts: []Contact{{"Jan", "mailto:jan"}, {"Jan again", "mailto:jan"}, {"desk", "slack:desk"}}}})
	w.must(t, web, SetOnCall{OnCall: OnCall{Contact: Contact{"Ewa", "mailto:ewa"}, From: w.now.Add(time.Hour), Until: w.now.Add(2 * time.Hour)}})
	n := Notice{Shop: "lip", Campaign: "lip-1", To: web.service()}
	names := func(at time.Time, n Notice) string {
		r, found := w.Reader(at, &n)
		if !found {
			return "nobody"
		}
		var out []string
		for _, c := range r.Contacts {
			out = append(out, c.Name)
		}
		return r.Party + " of " + r.Shop + ": " + strings.Join(out, ", ")
	}
	urgent, everybody, stranger := n, n, n
	urgent.Urgent, everybody.Level, stranger.To.Role = true, Everybody, MediaHouse
	for what, got := range map[string][2]string{
		"calm":                {names(w.now.Add(time.Hour), n), "Party web of Lipstick: Jan, desk"},
		"urgent, before duty": {names(w.now, urgent), "Party web of Lipstick: Jan, desk"},
		"urgent":              {names(w.now.Add(time.Hour), urgent), "Party web of Lipstick: Jan, desk, Ewa"},
		"for everybody":       {names(w.now.Add(time.Hour), everybody), "Party web of Lipstick: Jan, desk, Ewa"},
		"urgent, after duty":  {names(w.now.Add(2*time.Hour), urgent), "Party web of Lipstick: Jan, desk"},
		"a part it has not":   {names(w.now, stranger), "nobody"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %s, wants %s", what, got[0], got[1])
		}
	}
	if r, _ := w.Reader(w.now, &n); r.Language != Polish || r.Quiet != (Hours{60, 120}) || r.Zone.String() != "Europe/Warsaw" {
		t.Errorf("%+v", r)
	}
}

// What is still open for one party is that of Due, at every moment, but for quiet hours.
func TestUntoldIsThatOfDue(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -20))
	w.must(t, web, PutOwnParty{Party{Name: "Party web", Quiet: Hours{18 * 60, 15 * 60}}})
	late := 0
	for at := w.now; at.Before(evening.Add(2 * day)); at = at.Add(7 * time.Hour) {
		all, _ := w.Due(at)
		for _, who := range []Actor{ola, mm, soft, web} {
			open := map[string]bool{}
			for _, n := range w.Untold(at, who.service(), "lip-1") {
				open[n.ID] = true
			}
			told := 0
			for _, n := range all {
				if n.To == who.service() && n.Campaign == "lip-1" {
					told++
					if !open[n.ID] && who != web {
						t.Errorf("%v: %s is told and not open", at, n.ID)
					}
				}
			}
			if told > len(open) {
				t.Errorf("%v: %d are told to %s, %d are open", at, told, who.Party, len(open))
			}
			late += len(open) - told
		}
	}
	if late == 0 {
		t.Error("quiet hours put nothing off")
	}
	if got := w.Untold(w.now, web.service(), "lip-9"); got != nil {
		t.Error("of no campaign:", got)
	}
}
