package control

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
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
		// A breath after the first message.
		s.do(operator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 30 * time.Minute, Why: "the train is late"})
		passes(41 * time.Minute)
		jan := about(s.office.got("mailto:jan@example.com"), "oved")
		wants(t, "the host", jan,
			"3s Lipstick: Moved from 1 Jan, 21:00 to 1 Jan, 21:30 (lip-1.1) | News · Good Hosting (the host)",
			"20m1s Lipstick: Moved from 1 Jan, 21:00 to 1 Jan, 21:30 (lip-1.1) | A reminder · Good Hosting (the host)")
		wants(t, "the host, when nobody has answered", about(s.office.got("mailto:jan@example.com"), "Not acknowledged"),
			"40m1s Lipstick: Not acknowledged by Ola, Good Hosting: the change (lip-1.1) | Somebody has not answered yet · Good Hosting (the host)")
		if desk := about(s.office.got("slack:desk"), "oved"); len(desk) != 2 {
			t.Errorf("the host's second contact: %v", desk)
		}
		wants(t, "the influencer, in Polish and with the reason", about(s.office.got("mailto:ola@example.com"), "Przesunięto"),
			"3s Lipstick: Przesunięto z 1 stycznia, 21:00 na 1 stycznia, 21:30 (tv): the train is late | Nowa wiadomość · Ola (influencer)",
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
		due, err := s.plan.store.(*store.Store).Deliveries(t.Context(), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		due = slices.DeleteFunc(due, func(d store.Delivery) bool { return strings.HasPrefix(d.Key, gathered) })
		if n := s.office.things(); n != len(due) || n < 10 {
			t.Errorf("%d things were told, %d were to be told", n, len(due))
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

// A post that is announced late is one message to each, at once, with the post as its
// headline and what is asked below it, each with a button; and however often it is moved
// within a breath, there is one more.
func TestWhatIsUrgentAtOnceIsOneMessage(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.run()
		defer s.end()
		s.do(operator, plan.PutCampaign{Shop: "lip", Name: "Autumn"})
		s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(20 * time.Minute)}})
		passes(time.Second)
		for _, address := range []string{"mailto:jan@example.com", "mailto:ola@example.com", "slack:desk"} {
			if got := s.office.got(address); len(got) != 1 || len(about(got, "lan")) != 1 { // planned, zaplanowany
				t.Errorf("%s got %q", address, got)
			}
		}
		first := s.office.last("mailto:jan@example.com")
		if n := tells(first); n != 6 || len(first.Links) != 7 || first.Urgency != notify.Urgent {
			t.Errorf("it tells of %d things, with %d buttons:\n%s\n%+v", n, len(first.Links), first.Text, first.Links)
		}
		if want := "Something is asked of you · Good Hosting (the host)\n• Lipstick: You are asked, until "; !strings.HasPrefix(strings.ReplaceAll(first.Text, "\u00a0", " "), want) {
			t.Errorf("it says\n%s\nand does not begin with\n%s", first.Text, want)
		}
		seen := map[string]bool{}
		for _, l := range first.Links {
			if seen[l.URL] {
				t.Errorf("two buttons lead to %s", l.URL)
			}
			seen[l.URL] = true
		}
		if last := first.Links[len(first.Links)-1]; last.Label != "Open the page" || last.URL != "https://plan.example/plan/host" {
			t.Errorf("the last button is %+v", last)
		}

		passes(time.Minute)
		before := s.office.got("mailto:jan@example.com")
		for range 4 {
			s.do(operator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Minute})
			passes(700 * time.Millisecond)
		}
		passes(5 * time.Second)
		wants(t, "four moves in three seconds", s.office.got("mailto:jan@example.com")[len(before):],
			"1m1s Lipstick: Moved from 1 Jan, 01:20 to 1 Jan, 01:21 (lip-1.1) | News · Good Hosting (the host)",
			"1m4s Lipstick: Moved from 1 Jan, 01:23 to 1 Jan, 01:24 (lip-1.1) | News · Good Hosting (the host)")
		for address, most := range map[string]int{"mailto:jan@example.com": 3, "mailto:ola@example.com": 3, "slack:desk": 3} {
			if n := len(s.office.got(address)); n != most {
				t.Errorf("%s got %d messages, and not %d", address, n, most)
			}
		}
	})
}

// Urgent messages that went as one and did not arrive are tried again as they were;
// what has become urgent since goes beside them.
func TestAFurtherTryOfWhatIsUrgent(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.office.refuse = func(address string, try int) error {
			if address == "slack:desk" && try <= 2 {
				return errors.New("the line was cut")
			}
			return nil
		}
		s.announce(20 * time.Hour)
		s.run()
		passes(4 * time.Second) // the first try has failed
		s.end()                 // and the process ends
		s.open()
		s.run()
		s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "radio", At: time.Now().Add(19 * time.Hour)}})
		passes(5 * time.Minute)
		if jan, desk := s.office.of("mailto:jan@example.com"), s.office.of("slack:desk"); len(jan) != 2 || len(desk) != 2 || tells(jan[0]) < 4 ||
			!slices.ContainsFunc(desk, func(m sent) bool { return m.Subject == jan[0].Subject && m.Text == jan[0].Text }) ||
			!slices.ContainsFunc(desk, func(m sent) bool { return m.Subject == jan[1].Subject && m.Text == jan[1].Text }) {
			t.Errorf("who was out of reach is told otherwise than who was not:\n%+v\n%+v", jan, desk)
		}
		s.end()
	})
}

// What was told months ago is taken out of the outbox, and what is still open of it is not
// told again, by this process or by one that knows of nothing.
func TestWhatIsForgottenIsNotToldAgain(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.do(operator, plan.PutCampaign{Shop: "lip", Name: "In two years"})
		s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(700 * 24 * time.Hour)}})
		window := func() { // in which all that is due goes
			s.run()
			passes(s.window + time.Minute)
			s.end()
		}
		window()
		const last = 173 // days: nobody acknowledges it, and everybody is told so for the last time until day 304
		time.Sleep(last * 24 * time.Hour)
		s.open()
		window()
		told := s.office.count()
		if told < 6 {
			t.Fatalf("%d messages", told)
		}
		keys := func() (n int) {
			all, err := s.plan.store.(*store.Store).Deliveries(t.Context(), 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		for _, days := range []int{40, 89, 94, 95} {
			time.Sleep(time.Until(s.office.began.AddDate(0, 0, last+days)))
			s.open()
			open := 0
			s.plan.Read(func(b *plan.Book) {
				all, _ := b.Due(time.Now())
				open = len(all)
			})
			if open < 3 {
				t.Errorf("after %d days %d things are open: this proves nothing", days, open)
			}
			window()
			s.open()
			if n := keys(); (n == 0) != (days > 93) {
				t.Errorf("after %d days the outbox has %d messages", days, n)
			}
			if err := s.plan.Close(); err != nil {
				t.Error(err)
			}
		}
		if n := s.office.count() - told; n != 0 {
			t.Errorf("%d messages were sent again", n)
		}

		// It is not deaf: what is new is told.
		s.open()
		s.do(operator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Hour})
		window()
		if n := len(about(s.office.got("mailto:jan@example.com"), "oved")); n != 1 {
			t.Errorf("a move, months later, was told %d times", n)
		}
	})
}
