package control

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/notify"
	"github.com/falochron/falochron/internal/plan"
	"github.com/falochron/falochron/internal/store"
)

// A contact that was taken out gets nothing more, not even what was in the outbox.
func TestWhoWasTakenOutGetsNothing(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.run()
		defer s.end()
		s.do(operator, plan.PutCampaign{Shop: "lip", Name: "Autumn"})
		s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(240 * time.Hour)}})
		passes(time.Second)
		s.do(webActor, plan.PutOwnParty{Party: plan.Party{Name: "Good Hosting", Contacts: []plan.Contact{{Name: "desk", Address: "slack:desk"}, {Name: "Ewa", Address: "mailto:ewa@example.com"}}}})
		passes(time.Hour)
		if got := s.office.got("mailto:jan@example.com"); len(got) != 0 {
			t.Errorf("who was taken out: %q", got)
		}
		if len(s.office.got("slack:desk")) != 1 || len(s.office.got("mailto:ewa@example.com")) != 1 {
			t.Errorf("who stayed %q, who is new %q", s.office.got("slack:desk"), s.office.got("mailto:ewa@example.com"))
		}
		all, _, err := s.plan.Deliveries(t.Context(), time.Now(), operator, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		states := map[string]DeliveryState{}
		for _, d := range all {
			states[d.Name] = d.State
		}
		if states["Jan"] != IsDropped || states["desk"] != IsDelivered || states["Ewa"] != IsDelivered {
			t.Errorf("%v", states)
		}
	})
}

// What fails is tried again by notify's rule; what fails for good stands in the journal,
// for whom it concerns and for nobody else.
func TestTheDeliveryJournal(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.do(operator, plan.PutParty{Party: plan.Party{ID: "web", Name: "Good Hosting", Contacts: []plan.Contact{{Name: "Jan", Address: "mailto:jan@example.com"}, {Name: "loft", Address: "pigeon:loft"}}}})
		s.office.refuse = func(address string, try int) error {
			switch {
			case address == "mailto:ola@example.com":
				return &notify.Failure{Reason: notify.Gone, Final: true}
			case try <= 2:
				return &notify.Failure{Reason: notify.Busy, After: time.Minute}
			}
			return nil
		}
		s.announce(20 * time.Hour)
		s.run()
		defer s.end()
		passes(10 * time.Minute)
		read := func(who plan.Actor) map[string]DeliveryState {
			all, _, err := s.plan.Deliveries(t.Context(), time.Now(), who, 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]DeliveryState{}
			for _, d := range all {
				if !strings.Contains(strings.Join(d.What, ""), "lan") { // planned, zaplanowany
					continue
				}
				out[d.Name] = d.State
				if d.Name == "Jan" && (len(d.Tries) != 3 || d.Tries[2].Ended.Sub(d.Tries[0].Ended) < 2*time.Minute) {
					t.Errorf("tries: %+v", d.Tries)
				}
				if d.Name == "loft" && !strings.Contains(d.Tries[0].Note, "nobody carries pigeons") {
					t.Errorf("%+v", d.Tries)
				}
			}
			return out
		}
		if got := fmt.Sprint(read(operator)); got != "map[Jan:delivered Ola:failed loft:failed]" {
			t.Error(got)
		}
		if got := fmt.Sprint(read(webActor)); got != "map[Jan:delivered loft:failed]" {
			t.Error("the host reads", got)
		}
		if got := fmt.Sprint(read(olaActor)); got != "map[Ola:failed]" {
			t.Error("the influencer reads", got)
		}
		if _, _, err := s.plan.Deliveries(t.Context(), time.Now(), plan.Actor{Role: plan.Host, Party: "nobody"}, 0, 100); err == nil {
			t.Error("nobody reads the journal")
		}
	})
}

// Whatever the plan holds, a contact gets few messages.
func TestAFloodIsBounded(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.do(operator, plan.PutParty{Party: plan.Party{ID: "web", Name: "Good Hosting", Contacts: []plan.Contact{{Name: "Jan", Address: "mailto:jan@example.com"}}}})
		s.do(operator, plan.PutCampaign{Shop: "lip", Name: "Autumn"})
		for i := range 49 {
			s.do(operator, plan.PutPost{Campaign: "lip-1", Post: plan.Post{Channel: "tv", At: time.Now().Add(time.Duration(100+i) * time.Hour)}})
		}
		s.run()
		passes(11 * time.Minute)
		if got := s.office.got("mailto:jan@example.com"); len(got) != 1 {
			t.Errorf("%d messages: %q", len(got), got)
		}
		m := s.office.all[0]
		if !strings.Contains(m.Text, "more, on your page") && !strings.Contains(m.Text, "Pozostałe") || len(m.Links) > notify.MaxLinks {
			t.Errorf("%d links\n%s", len(m.Links), m.Text)
		}
		// All is moved into the last day, one after the other: urgent, each at once, up to a
		// bound.
		before := len(s.office.got("mailto:jan@example.com"))
		for i := range 49 {
			s.do(operator, plan.Slip{Campaign: "lip-1", Moment: plan.ID(fmt.Sprintf("lip-1.%d", i+1)), To: time.Now().Add(10*time.Hour + time.Duration(i)*time.Minute)})
			passes(11 * time.Second)
		}
		if n := len(s.office.got("mailto:jan@example.com")) - before; n < maxSoon/2 || n > 2*maxSoon+2 {
			t.Errorf("%d urgent messages within ten minutes", n)
		}
		s.end()
	})
}

// flaky is a store that can be lost.
type flaky struct {
	*store.Store
	mu   sync.Mutex
	lost bool
}

func (f *flaky) gone() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lost {
		return &falochron.Error{Kind: falochron.Unavailable, Op: "use the store", Public: "the database does not answer"}
	}
	return nil
}

func (f *flaky) Settle(ctx context.Context, c store.Claimed, r store.Result) error {
	if err := f.gone(); err != nil {
		return err
	}
	return f.Store.Settle(ctx, c, r)
}

func (f *flaky) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]store.Claimed, error) {
	if err := f.gone(); err != nil {
		return nil, err
	}
	return f.Store.Claim(ctx, now, lease, limit)
}

func (f *flaky) Enqueue(ctx context.Context, messages ...store.Message) error {
	if err := f.gone(); err != nil {
		return err
	}
	return f.Store.Enqueue(ctx, messages...)
}

func (f *flaky) set(lost bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost = lost
}

// While the database is lost nothing is sent twice, it is said, and then it goes on.
func TestALostDatabase(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		f := &flaky{Store: s.plan.store.(*store.Store)}
		s.plan.mu.Lock()
		s.plan.store = f
		s.plan.mu.Unlock()
		s.office.takes = 10 * time.Second
		s.announce(20 * time.Hour)
		m := s.run()
		passes(5 * time.Second) // all is on its way
		f.set(true)
		passes(10 * time.Minute)
		first := s.office.count()
		if err := m.Trouble(); first == 0 || err == nil || !strings.Contains(m.state(), "does not answer") {
			t.Errorf("%d sent; %v, %s", first, err, m.state())
		}
		f.set(false)
		passes(2 * time.Minute)
		if err := m.Trouble(); err != nil || m.state() != "on" {
			t.Error(err)
		}
		seen := map[string]bool{}
		for _, one := range s.office.all {
			if seen[one.address+one.ID] {
				t.Errorf("%s came twice to %s", one.Subject, one.address)
			}
			seen[one.address+one.ID] = true
		}
		s.do(operator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Hour})
		passes(time.Minute)
		if s.office.count() <= first {
			t.Error("it does not go on")
		}
		m.mu.Lock()
		if m.held != 0 || len(m.late) != 0 {
			t.Errorf("%d are held, %d are not written down", m.held, len(m.late))
		}
		m.mu.Unlock()
		s.end()
	})
}

// silent is a store whose connection may be gone without a word.
type silent struct {
	*store.Store
	gone atomic.Bool
}

func (s *silent) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]store.Claimed, error) {
	if s.gone.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Store.Claim(ctx, now, lease, limit)
}

// A database that says nothing any more is in trouble as one that says no, and is asked
// again: messages do not wait until the system gives up its connection.
func TestASilentDatabase(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		quiet := &silent{Store: s.plan.store.(*store.Store)}
		s.plan.mu.Lock()
		s.plan.store = quiet
		s.plan.mu.Unlock()
		quiet.gone.Store(true)
		s.announce(20 * time.Hour)
		m := s.run()
		passes(time.Minute)
		if m.Trouble() == nil || s.office.count() > 0 {
			t.Errorf("%d were sent, and nobody says why not", s.office.count())
		}
		quiet.gone.Store(false)
		passes(time.Minute)
		if err := m.Trouble(); err != nil || s.office.count() == 0 {
			t.Errorf("%d were sent since it answers; %v", s.office.count(), err)
		}
		s.end()
	})
}

// Two processes on one plan: each message is sent by one of them.
func TestTwoProcesses(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		one := newStory(t, file)
		other := &story{t: t, file: file, office: one.office, window: one.window}
		other.open()
		ctx, stop := context.WithCancel(context.Background())
		var following sync.WaitGroup
		for _, s := range []*story{one, other} {
			following.Go(func() { s.plan.Run(ctx) })
		}
		one.run()
		other.run()
		one.announce(20 * time.Hour)
		for i := range 3 {
			passes(3 * time.Minute)
			[]*story{one, other}[i%2].do(operator, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Minute})
		}
		passes(22 * time.Minute)
		seen := map[string]int{}
		for _, m := range one.office.all {
			seen[m.address+" "+m.ID+" "+m.Subject]++
		}
		for what, n := range seen {
			if n != 1 {
				t.Errorf("%d times: %s", n, what)
			}
		}
		if n := one.office.things(); n < 20 {
			t.Errorf("of %d things", n)
		}
		stop()
		following.Wait()
		one.end()
		other.end()
	})
}

// What a link in a message opens: one matter, for one party, until it is over.
func TestHearing(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.announce(20 * time.Hour)
		defer s.end()
		h := Hearing{To: plan.Service{Party: "web", Role: plan.Host}, Campaign: "lip-1", matter: matterOf("lip-1/change/lip-1.1/1"), contact: mark("mailto:jan@example.com"), until: time.Now().Add(time.Hour)}
		again, ok := ParseHearing(h.says())
		if !ok || again.says() != h.says() || len(h.says()) > 200 {
			t.Errorf("%q reads as %+v", h.says(), again)
		}
		longest := Hearing{To: plan.Service{Party: plan.ID(strings.Repeat("x", 64)), Role: plan.SoftwareHouse}, Campaign: plan.ID(strings.Repeat("y", 64)), matter: h.matter, contact: h.contact, until: h.until}
		if n := len(longest.says()); n > 200 {
			t.Errorf("the longest link says %d bytes, which are not opened", n)
		}
		for _, bad := range []string{"", "a/b", h.says() + "/x", "web/host/lip-1/x/y/!"} {
			if _, ok := ParseHearing(bad); ok {
				t.Errorf("%q is taken for a hearing", bad)
			}
		}
		before := s.plan.seq
		got, err := s.plan.LookAt(time.Now(), h)
		if err != nil || !got.Open || got.Who.Person != "Jan" || got.Shop != "Lipstick" || s.plan.seq != before {
			t.Fatalf("%+v, %v", got, err)
		}
		for name, no := range map[string]Hearing{
			"expired":             {To: h.To, Campaign: h.Campaign, matter: h.matter, contact: h.contact, until: time.Now()},
			"a contact taken out": {To: h.To, Campaign: h.Campaign, matter: h.matter, contact: mark("mailto:eve@example.com"), until: h.until},
			"another's shop":      {To: plan.Service{Party: "web", Role: plan.MediaHouse}, Campaign: h.Campaign, matter: h.matter, contact: h.contact, until: h.until},
			"no campaign":         {To: h.To, Campaign: "lip-9", matter: h.matter, contact: h.contact, until: h.until},
		} {
			if _, err := s.plan.Hear(t.Context(), time.Now(), no); falochron.KindOf(err) != falochron.Denied {
				t.Errorf("%s: %v", name, err)
			}
		}
		if other, err := s.plan.Hear(t.Context(), time.Now(), Hearing{To: h.To, Campaign: h.Campaign, matter: matterOf("something else"), contact: h.contact, until: h.until}); err != nil || other.Open || s.plan.seq != before {
			t.Errorf("of another matter: %+v, %v", other, err)
		}
		if _, err := s.plan.Hear(t.Context(), time.Now(), h); err != nil || s.plan.seq != before+1 {
			t.Fatal(err)
		}
		if got, err := s.plan.Hear(t.Context(), time.Now(), h); err != nil || got.Open || s.plan.seq != before+1 {
			t.Errorf("a second time: %+v, %v", got, err)
		}
	})
}

// What was sent to somebody on call he may acknowledge for a day after his shift, also when
// the next one has begun; not when he was taken out in the middle of it.
func TestHearingAfterAShift(t *testing.T) {
	file := planFile(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStory(t, file)
		s.announce(20 * time.Hour)
		defer s.end()
		shift := func(name string, from, until time.Duration) {
			s.do(webActor, plan.SetOnCall{OnCall: plan.OnCall{Contact: plan.Contact{Name: name, Address: "slack:" + name}, From: s.office.began.Add(from), Until: s.office.began.Add(until)}})
		}
		opens := func(name string) bool {
			h := Hearing{To: plan.Service{Party: "web", Role: plan.Host}, Campaign: "lip-1", matter: matterOf("lip-1/change/lip-1.1/1"), contact: mark("slack:" + name), until: time.Now().Add(hearingFor)}
			got, err := s.plan.LookAt(time.Now(), h)
			if err == nil && (got.Who.Person != name || !got.Open) {
				t.Errorf("%s opens %+v", name, got)
			}
			return err == nil
		}
		is := func(when string, want map[string]bool) {
			t.Helper()
			for name, want := range want {
				if got := opens(name); got != want {
					t.Errorf("%s: the link of %s opens: %v", when, name, got)
				}
			}
		}
		shift("night", 0, 6*time.Hour)
		passes(5 * time.Hour)
		is("in the shift", map[string]bool{"night": true, "day": false})
		shift("day", 6*time.Hour, 14*time.Hour)
		is("the next is named", map[string]bool{"night": true, "day": false})
		passes(time.Hour)
		is("it has begun", map[string]bool{"night": true, "day": true})
		passes(time.Hour)
		shift("spare", 7*time.Hour, 14*time.Hour) // the day was not to be reached
		is("one was cut short", map[string]bool{"night": true, "day": false, "spare": true})
		passes(8 * time.Hour)
		is("nobody is on call", map[string]bool{"night": true, "day": false, "spare": true})
		passes(16 * time.Hour)
		is("a day after the night", map[string]bool{"night": false, "day": false, "spare": true})
		passes(8 * time.Hour)
		is("a day after all", map[string]bool{"night": false, "day": false, "spare": false})
	})
}

// The API shows the journal to operators whole, and to a party what is its own.
func TestDeliveriesByTheAPI(t *testing.T) {
	t.Parallel()
	campaigns := lipstick(t, time.Now())
	c := planControl(t, campaigns, nil)
	if w := look(c, "/deliveries", ""); w.Code != 200 || w.Body.String() != `{"deliveries":[]}`+"\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := look(c, "", ""); !strings.Contains(w.Body.String(), `"messages":"off"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	box, _, err := campaigns.outbox()
	if err != nil {
		t.Fatal(err)
	}
	var all []store.Message
	for _, party := range []plan.Service{{Party: "hosting", Role: plan.Host}, {Party: "ola", Role: plan.Influencer}, {Party: "hosting", Role: plan.MediaHouse}} {
		l := letter{Key: "n-" + string(party.Party) + string(party.Role), Shop: "lipstick", To: party, Level: plan.Again, Name: "phone of " + string(party.Party), Subject: "hello"}
		all = append(all, store.Message{Key: l.Key, Lane: laneNotice, Body: (&envelope{Letters: []letter{l}}).body()})
	}
	if err := box.Enqueue(t.Context(), append(all, store.Message{Key: "of something else", Lane: "else"})...); err != nil {
		t.Fatal(err)
	}
	for link, want := range map[string][]string{"": {"phone of hosting", "phone of ola", `"state":"waiting"`, `"level":"again"`, `"next":1`}, "hosting-link-1": {"phone of hosting"}} {
		w := look(c, "/deliveries", link)
		for _, word := range want {
			if w.Code != 200 || !strings.Contains(w.Body.String(), word) {
				t.Errorf("%q: %d %s, wants %s", link, w.Code, w.Body, word)
			}
		}
		if link != "" && (strings.Contains(w.Body.String(), "phone of ola") || strings.Count(w.Body.String(), `"id"`) != 1) {
			t.Errorf("by a link: %s", w.Body)
		}
	}
	if w := look(c, "/deliveries?before=1", ""); w.Code != 200 || w.Body.String() != `{"deliveries":[]}`+"\n" {
		t.Errorf("the last page: %s", w.Body)
	}
	for path, status := range map[string]int{"/deliveries?before=x": 400, "/deliveries?before=-1": 400} {
		if w := look(c, path, ""); w.Code != status {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := look(c, "/deliveries", "hosting-link-9"); w.Code != 403 {
		t.Errorf("by no link: %d", w.Code)
	}
}
