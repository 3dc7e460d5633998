package control

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// Asked, again after 20 minutes, everybody after 40; whoever acknowledges hears no more.
func TestUntilSomebodyAnswers(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.announce(20 * time.Hour)
		s.run()
		defer s.end()
		passes(time.Second)
		s.office.mu.Lock()
		s.office.all = nil // what is asked when a post is announced so late
		s.office.mu.Unlock()
		s.do(operator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 30 * time.Minute, Why: "the train is late"})
		passes(41 * time.Minute)
		jan := about(s.office.got("mailto:jan@example.com"), "oved")
		wants(t, "the host", jan,
			"1s Lipstick: Moved from 1 Jan, 21:00 to 1 Jan, 21:30 (lip-1.1) | News · Good Hosting (the host)",
			"20m1s Lipstick: Moved from 1 Jan, 21:00 to 1 Jan, 21:30 (lip-1.1) | A reminder · Good Hosting (the host)")
		wants(t, "the host, when nobody has answered", about(s.office.got("mailto:jan@example.com"), "Not acknowledged"),
			"40m1s Lipstick: Not acknowledged by Ola, Good Hosting: the change (lip-1.1) | Somebody has not answered yet · Good Hosting (the host)")
		if desk := about(s.office.got("slack:desk"), "oved"); len(desk) != 2 {
			t.Errorf("the host's second contact: %v", desk)
		}
		wants(t, "the influencer, in Polish and with the reason", about(s.office.got("mailto:ola@example.com"), "Przesunięto"),
			"1s Lipstick: Przesunięto z 1 stycznia, 21:00 na 1 stycznia, 21:30 (tv): the train is late | Nowa wiadomość · Ola (influencer)",
			"20m1s Lipstick: Przesunięto z 1 stycznia, 21:00 na 1 stycznia, 21:30 (tv): the train is late | Przypomnienie · Ola (influencer)")
	})
}

// Who has acknowledged is left alone, and nobody else is told that they have not.
func TestStopsWhenAcknowledged(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.announce(20 * time.Hour)
		s.run()
		defer s.end()
		passes(time.Second)
		s.do(operator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 30 * time.Minute})
		passes(5 * time.Minute)
		for _, who := range []plan.Actor{olaActor, webActor} {
			s.do(who, plan.Acknowledge{Campaign: "lip-1", About: "lip-1/change/lip-1.1/2"})
		}
		passes(50 * time.Minute)
		for _, address := range []string{"mailto:jan@example.com", "mailto:ola@example.com", "slack:desk"} {
			got := s.office.got(address)
			if n := len(about(got, "1 Jan, 21:00")) + len(about(got, "1 stycznia, 21:00")); n != 2 { // planned for, and moved from
				t.Errorf("%s was told of it %d times: %q", address, n, got)
			}
		}
	})
}

// A process that ends, in good order or not, at any moment: what is due is told once by
// those that come after.
func TestNothingTwiceAndNothingLostOverRestarts(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.announce(20 * time.Hour)
		ids := func() map[string]int {
			n := map[string]int{}
			for _, m := range s.office.all {
				n[m.address+" "+m.ID]++
			}
			return n
		}

		// It dies after it has put all into the outbox, and before it has sent any.
		dead := s.messenger()
		box, seq, err := s.plan.outbox()
		if err != nil {
			t.Fatal(err)
		}
		dead.box = box
		if err := dead.enqueue(t.Context(), seq, time.Now()); err != nil {
			t.Fatal(err)
		}
		// Another dies with what it has claimed.
		lost, err := box.Claim(t.Context(), time.Now(), dead.lease(), 3)
		if err != nil || len(lost) != 3 {
			t.Fatal(len(lost), err)
		}
		s.end()
		s.open()
		s.run()
		passes(time.Second)
		before := s.office.count()
		passes(2 * time.Minute)
		if after := s.office.count(); after != before+3 {
			t.Errorf("%d were sent, and %d after the claims of the dead had ended", before, after)
		}
		all := s.office.count()
		for range 3 {
			s.end()
			s.open()
			s.run()
			passes(time.Minute)
		}
		if n := s.office.count(); n != all {
			t.Errorf("%d messages, and %d after restarts", all, n)
		}
		for id, n := range ids() {
			if n != 1 {
				t.Errorf("%s came %d times", id, n)
			}
		}
		s.end()
	})
}

// What is not urgent is gathered, and waits for quiet hours to end; which messages went
// into which is on disk before it is sent.
func TestGatheredAndNotAtNight(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(20*time.Hour + time.Minute) // 21:01 in Warsaw
		s := newStory(t, file)
		s.do(operator, plan.PutParty{Party: plan.Party{ID: "web", Name: "Good Hosting", Quiet: plan.Hours{From: 21*60 + 15, Until: 22 * 60}, Contacts: []plan.Contact{{Name: "Jan", Address: "mailto:jan@example.com"}}}})
		s.do(operator, plan.PutCampaign{Shop: "lip", Name: "Autumn"})
		s.run()
		for i := range 3 { // three posts within a window, in ten days
			s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(time.Duration(240+i) * time.Hour)}})
			passes(time.Minute)
		}
		if n := s.office.count(); n != 0 {
			t.Errorf("%d messages before the window is over", n)
		}
		passes(8 * time.Minute)
		jan := s.office.got("mailto:jan@example.com")
		if len(jan) != 1 || !strings.Contains(jan[0], "messages") {
			t.Fatalf("three posts in a window: %q", jan)
		}
		m := s.office.all[slices.IndexFunc(s.office.all, func(m sent) bool { return m.address == "mailto:jan@example.com" })]
		if n := strings.Count(m.Text, "Post planned for"); n != 3 || len(m.Links) < 3 {
			t.Errorf("it tells of %d, with %d links:\n%s", n, len(m.Links), m.Text)
		}
		passes(8 * time.Minute) // 21:20: quiet
		before := s.office.count()
		s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "radio", At: time.Now().Add(300 * time.Hour)}})
		passes(39 * time.Minute)
		if got := s.office.got("mailto:jan@example.com"); len(got) != 1 {
			t.Errorf("in quiet hours: %q", got[1:])
		}
		if s.office.count() == before {
			t.Error("the influencer, who has no quiet hours, was not told")
		}
		passes(12 * time.Minute) // until 22:11: they end at 22:00, and what was put off is gathered
		if got := s.office.got("mailto:jan@example.com"); len(got) != 2 {
			t.Errorf("after them: %q", got)
		}
		s.end()
	})
}

// A message that was gathered is the same in every further try, whatever came since.
func TestAFurtherTryHasTheSameBatch(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.window = 2 * time.Minute
		var ids []string
		s.office.refuse = func(address string, try int) error {
			if address == "slack:desk" && try <= 2 {
				return errors.New("the line was cut")
			}
			return nil
		}
		s.do(operator, plan.PutCampaign{Shop: "lip", Name: "Autumn"})
		s.run()
		post := func() {
			s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(240 * time.Hour)}})
		}
		post()
		passes(time.Minute)
		post()
		for range 4 {
			passes(2 * time.Minute)
			post()
		}
		passes(5 * time.Minute)
		s.end()
		for _, m := range s.office.all {
			if m.address == "slack:desk" {
				ids = append(ids, m.ID)
			}
		}
		slices.Sort(ids)
		if len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("a batch came twice: %v", ids)
		}
		told := 0
		for _, m := range s.office.all {
			if m.address == "slack:desk" {
				told += max(1, strings.Count(m.Text, "Post planned for"))
			}
		}
		if told != 6 {
			t.Errorf("%d of 6 posts were told", told)
		}
	})
}
