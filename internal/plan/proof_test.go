package plan

import (
	"strings"
	"testing"
	"time"
)

// How a reach was shown is told to those who may know it, counts as shown, and is taken
// back; a change of the post leaves it.
func TestHowAReachWasShown(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -20))
	post := func(who Actor) Post {
		t.Helper()
		v, err := w.Campaign(w.now, who, "lip-1")
		if err != nil {
			t.Fatal(err)
		}
		return v.Campaign.Posts[0]
	}
	reach := func() (kinds []string) {
		t.Helper()
		r, err := w.Readiness(w.now, mm, "lip-1", Facts{})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range r.Items {
			if i.Kind == AboutReach {
				kinds = append(kinds, string(i.Status)+" "+i.Reason.Kind)
			}
		}
		return kinds
	}
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{ID: "lip-1.1", Channel: "tv", At: evening, Reach: 5000}})
	same(t, "told", reach(), string(NotYet)+" reach-told")
	shown := Proof{Kind: Statistics, Date: "2026-11-20", Link: "https://drive.example/ola.png", Note: "of November"}
	w.must(t, mm, ShowReach{Campaign: "lip-1", Post: "lip-1.1", Shown: shown})
	same(t, "shown", reach(), string(OK)+" reach-shown")
	if p := post(ola); !p.Proof || p.Shown != shown {
		t.Errorf("the influencer sees %+v", p.Shown)
	}
	if p := post(web); !p.Proof || p.Shown != (Proof{Kind: Statistics}) {
		t.Errorf("the host sees %+v", p.Shown)
	}
	// Who changes the post and says nothing of it leaves it; who says that it was not shown does not.
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{ID: "lip-1.1", Channel: "tv", At: evening, Reach: 6000, Proof: true}})
	if p := post(ola); p.Shown != shown {
		t.Errorf("after a change: %+v", p.Shown)
	}
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{ID: "lip-1.1", Channel: "tv", At: evening, Reach: 6000}})
	if p := post(ola); p.Proof || p.Shown != (Proof{}) {
		t.Errorf("after a change that denies it: %+v", p)
	}
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{ID: "lip-1.1", Channel: "tv", At: evening, Reach: 6000, Shown: Proof{Note: "she showed it at the meeting"}}})
	if p := post(ola); !p.Proof || p.Shown.Kind != OtherProof {
		t.Errorf("a note alone: %+v", p)
	}
	w.must(t, mm, ShowReach{Campaign: "lip-1", Post: "lip-1.1"})
	same(t, "taken back", reach(), string(NotYet)+" reach-told")
	a, err := w.CampaignAudit(w.now, mm, "lip-1")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range a.Entries {
		if strings.HasPrefix(e.What.Kind, "proof") {
			said = append(said, e.What.Sentence(English))
		}
	}
	same(t, "the history", said, "It was shown how many see it (tv): the channel's statistics of 2026-11-20 – of November.", "Taken back that it was shown how many see it (tv).")

	for _, bad := range []Proof{
		{Kind: Statistics, Date: "20 Nov"}, {Kind: Statistics, Date: "2026-02-30"}, {Date: "2026-11-20"}, {Kind: "rumour"}, {Kind: OtherProof}, {Link: "javascript:alert(1)"}, {Link: "data:text/html,x"}, {Link: "//x.example/a"}, {Link: "https://"},
		{Link: "https://user:word@x.example/"}, {Kind: Statistics, Note: "a\u202eb"}, {Kind: Statistics, Note: strings.Repeat("x", maxText+1)}, {Link: "https://x.example/" + strings.Repeat("x", maxLink)}, {Link: "https://x.example/\n"},
	} {
		if _, err := w.do(mm, ShowReach{Campaign: "lip-1", Post: "lip-1.1", Shown: bad}); err == nil {
			t.Errorf("%+v is taken for a proof", bad)
		}
	}
	for _, who := range []Actor{soft, web} {
		if _, err := w.do(who, ShowReach{Campaign: "lip-1", Post: "lip-1.1", Shown: shown}); reasonOf(err) != "may-not" {
			t.Errorf("%s shows a reach: %v", who.Role, err)
		}
	}
	w.must(t, mm, Cancel{Campaign: "lip-1", Moment: "lip-1.1"})
	w.now = w.now.Add(time.Minute)
	if _, err := w.do(mm, ShowReach{Campaign: "lip-1", Post: "lip-1.1", Shown: shown}); reasonOf(err) != "cancelled-already" {
		t.Error(err)
	}
}
