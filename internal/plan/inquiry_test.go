package plan

import (
	"strings"
	"testing"
	"time"
)

// asked is a world in which a wave has begun that nobody announced.
func asked(t *testing.T) (*world, func(who Actor, c Command, kind string)) {
	w := twoAgencies(t)
	w.must(t, operator, PutShop{Shop{ID: "lip", Name: "Lipstick", Zone: "Europe/Warsaw", Parties: []Service{ola.service(), eva.service(), mm.service(), soft.service(), web.service()}}, false})
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn"})
	w.now = evening.Add(-4 * time.Minute)
	w.must(t, ola, PutPost{Campaign: "lip-1", Post: Post{Channel: "instagram-story", Account: "@ola", At: evening}})
	w.must(t, eva, PutPost{Campaign: "lip-1", Post: Post{Channel: "tiktok", Account: "@eva", At: evening.Add(time.Hour)}})
	return w, func(who Actor, c Command, kind string) {
		t.Helper()
		if _, err := w.Decide(w.now, who, c); err == nil || reasonOf(err) != kind {
			t.Errorf("%s %T: %v, want %s", who.Role, c, err, kind)
		}
	}
}

// A wave is asked of once; who answers says which post it is.
func TestAWaveIsAskedOfOnce(t *testing.T) {
	w, refused := asked(t)
	onset := w.now.Add(-10 * time.Second)
	ask := AskPost{Shop: "lip", Onset: onset, Channel: "instagram"}
	refused(ola, ask, "may-not")
	refused(Actor{Role: Machine, Party: "mm"}, ask, "only-falochron-asks")
	refused(machine, AskPost{Shop: "lip", Onset: w.now.Add(time.Hour)}, "in-future")
	refused(machine, AskPost{Shop: "lip", Onset: w.now.Add(-2 * time.Hour)}, "long-ago")
	refused(machine, AskPost{Shop: "lip", Onset: onset, Channel: "Ż"}, "bad-channel")
	w.must(t, machine, ask)
	ask.Onset = onset.Add(3 * time.Second) // told better now: the same wave
	refused(machine, ask, "asked-already")

	told := func(who Actor) (out []string) {
		all, _ := w.Due(w.now)
		for _, n := range all {
			if n.To == who.service() && n.Reason.Kind == "whose-wave" {
				if !n.Urgent || n.About != "" || n.Campaign != "" || n.Shop != "lip" {
					t.Errorf("%+v", n)
				}
				out = append(out, n.ID)
			}
		}
		return out
	}
	if got := strings.Join(told(ola), " "); got != "lip-ask-1/asked/ola/influencer" {
		t.Errorf("ola is told %s", got)
	}
	if len(told(eva)) != 1 || len(told(mm)) != 0 || len(told(web)) != 0 || len(told(soft)) != 0 {
		t.Error("others are told, or eva is not")
	}
	w.now = w.now.Add(3 * time.Minute)
	if got := strings.Join(told(ola), " "); got != "lip-ask-1/again/ola/influencer" || len(told(mm)) != 1 {
		t.Errorf("ola is told %s, the media house %v", got, told(mm))
	}
	if got := len(w.Untold(w.now, ola.service(), "")); got != 1 {
		t.Errorf("%d are still open", got)
	}

	open, err := w.Inquiries(w.now, ola, "lip")
	if err != nil || len(open) != 1 || len(open[0].Posts) != 1 || open[0].Posts[0].What != "instagram-story @ola" {
		t.Fatalf("%+v %v", open, err)
	}
	q := open[0].Asks()
	for l, want := range map[Language]string{
		English: "Many people are coming since 1 Dec, 19:55 (Instagram), and no post in the plan explains it: did you just post?",
		Polish:  "Od 1 grudnia, 19:55 przychodzi dużo osób (Instagram), a w planie nie ma takiego wpisu: czy właśnie coś opublikowano?",
	} {
		if got := spaces(q.Sentence(l)); got != want {
			t.Errorf("%s", got)
		}
	}
	if all, _ := w.Inquiries(w.now, mm, "lip"); len(all) != 1 || len(all[0].Posts) != 2 || all[0].Posts[0].Post != "lip-1.1" {
		t.Errorf("the media house may choose of %+v", all)
	}
	if none, err := w.Inquiries(w.now, web, "lip"); err != nil || len(none) != 0 {
		t.Errorf("the host is asked: %v %v", none, err)
	}
	if _, err := w.Inquiries(w.now, nn, "lip"); reasonOf(err) != "unknown" {
		t.Errorf("another agency: %v", err)
	}

	refused(web, AnswerPost{Shop: "lip", Inquiry: "lip-ask-1"}, "may-not")
	refused(ola, AnswerPost{Shop: "lip", Inquiry: "lip-ask-9"}, "unknown")
	refused(ola, AnswerPost{Shop: "lip", Inquiry: "lip-ask-1", Yes: true, Post: "lip-1.2"}, "not-yours")
	refused(ola, AnswerPost{Shop: "lip", Inquiry: "lip-ask-1", Yes: true, Post: "lip-1.9"}, "unknown")
	refused(ola, AnswerPost{Shop: "lip", Inquiry: "lip-ask-1", Yes: true, Post: "hat-1.1"}, "unknown")
	w.must(t, ola, AnswerPost{Shop: "lip", Inquiry: "lip-ask-1", Yes: true, Post: "lip-1.1"})
	refused(mm, AnswerPost{Shop: "lip", Inquiry: "lip-ask-1"}, "answered-already")
	if p := w.campaigns["lip-1"].post("lip-1.1"); p.State != Out || !p.At.Equal(onset) {
		t.Errorf("%+v", p)
	}
	if len(told(ola)) != 0 || len(w.Untold(w.now, ola.service(), "")) != 0 {
		t.Error("it is asked still")
	}
	if got, found := w.Inquired("lip", onset.Add(time.Minute)); !found || got.Answer != AnswerYes || got.Post != "lip-1.1" || got.By != ola.service() {
		t.Errorf("%+v", got)
	}
	if _, found := w.Inquired("lip", onset.Add(time.Hour)); found {
		t.Error("of another wave it was asked, too")
	}
	// A slip of the finger is taken back like any other word.
	w.must(t, ola, TakeBack{Campaign: "lip-1", Post: "lip-1.1"})
	if p := w.campaigns["lip-1"].post("lip-1.1"); p.State != Planned || !p.At.Equal(evening) {
		t.Errorf("%+v", p)
	}
}

// A yes without a post is one that nobody had announced; a no is kept, and asked again
// only of another wave.
func TestTheOtherAnswers(t *testing.T) {
	w, refused := asked(t)
	onset := w.now
	w.must(t, machine, AskPost{Shop: "lip", Onset: onset, Channel: "tiktok"})
	w.must(t, ola, AnswerPost{Shop: "lip", Inquiry: "lip-ask-1", Yes: true, Account: "@ola"})
	k := w.campaigns["lip-2"]
	if k == nil || !k.Unplanned || len(k.Posts) != 1 || k.Posts[0].Channel != "tiktok" || k.Posts[0].State != Out || !k.Posts[0].At.Equal(onset) {
		t.Fatalf("%+v", k)
	}
	w.now = w.now.Add(time.Minute)
	w.must(t, ola, TakeBack{Campaign: "lip-2", Post: "lip-2.1"})

	w.now = w.now.Add(time.Hour)
	w.must(t, machine, AskPost{Shop: "lip", Onset: w.now})
	w.must(t, eva, AnswerPost{Shop: "lip", Inquiry: "lip-ask-2"})
	refused(machine, AskPost{Shop: "lip", Onset: w.now.Add(time.Minute)}, "asked-already")
	if got, _ := w.Inquired("lip", w.now); got.Answer != AnswerNo || got.Post != "" {
		t.Errorf("%+v", got)
	}
	audit, err := w.ShopAudit(w.now, ola, "lip")
	if err != nil || spaces(audit.Entries[len(audit.Entries)-1].What.Sentence(English)) != "The wave of 1 Dec, 20:57 is no post of ours." {
		t.Errorf("%v %+v", err, audit.Entries[len(audit.Entries)-1])
	}

	// Nobody answers: after an hour nobody is asked any more, and another wave is asked of.
	w.now = w.now.Add(time.Hour)
	w.must(t, machine, AskPost{Shop: "lip", Onset: w.now})
	refused(machine, AskPost{Shop: "lip", Onset: w.now.Add(-40 * time.Minute)}, "asked-already") // one at a time
	_, next := w.Due(w.now)
	if next.IsZero() || next.After(w.now.Add(2*time.Minute)) {
		t.Errorf("next at %s", next)
	}
	w.now = w.now.Add(time.Hour)
	if open, _ := w.Inquiries(w.now, ola, "lip"); len(open) != 0 {
		t.Errorf("%+v", open)
	}
	refused(ola, AnswerPost{Shop: "lip", Inquiry: "lip-ask-3"}, "inquiry-over")
	w.must(t, machine, AskPost{Shop: "lip", Onset: w.now})

	// What somebody has just said needs no question.
	w.now = w.now.Add(2 * time.Hour)
	w.must(t, eva, PostNow{Campaign: "lip-1", Post: "lip-1.2"})
	refused(machine, AskPost{Shop: "lip", Onset: w.now.Add(30 * time.Second)}, "reported-already")
	refused(machine, AskPost{Shop: "lip", Onset: w.now.Add(30 * time.Second), Channel: "tiktok"}, "reported-already")
	w.must(t, machine, AskPost{Shop: "lip", Onset: w.now.Add(30 * time.Second), Channel: "instagram"})

	// A post that is out already can be the answer, too.
	w.must(t, eva, AnswerPost{Shop: "lip", Inquiry: "lip-ask-5", Yes: true, Post: "lip-1.2"})

	// A shop without influencers has nobody to ask.
	w.must(t, operator, PutShop{Shop{ID: "solo", Name: "Solo", Zone: "Europe/Warsaw", Parties: []Service{web.service()}}, false})
	refused(machine, AskPost{Shop: "solo", Onset: w.now}, "nobody-to-ask")
}
