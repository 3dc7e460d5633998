package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// planned is a campaign of shop lip with one post at a moment, announced at another.
func planned(t *testing.T, at, announced time.Time) *world {
	t.Helper()
	w := twoAgencies(t)
	w.now = announced
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn"})
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: at}})
	return w
}

// task is the step of a party.
func (w *world) task(t *testing.T, who Actor, step string) Task {
	t.Helper()
	v, err := w.Campaign(w.now, who, "lip-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range v.Tasks {
		if task.Who == who.service() && task.Step.ID == step {
			return task
		}
	}
	t.Fatalf("%s is not asked of %s", step, who.Party)
	return Task{}
}

// The clock changes on 25 October: two weeks before is the same hour of the day, which
// is 337 hours; a day before a go is 24 hours.
func TestStepsOverTheClockChange(t *testing.T) {
	at := time.Date(2026, 10, 25, 19, 0, 0, 0, time.UTC) // 20:00 in Warsaw, winter time
	w := planned(t, at, at.AddDate(0, 0, -30))
	for _, tc := range []struct{ step, want string }{
		{"entry", "2026-10-11 20:00 CEST"}, {"rehearsal", "2026-10-18 20:00 CEST"}, {"freeze", "2026-10-23 20:00 CEST"},
		{"go", "2026-10-24 21:00 CEST"}, {"hour", "2026-10-25 19:00 CET"}, {"zero", "2026-10-25 20:00 CET"}, {"report", "2026-10-26 20:00 CET"},
	} {
		if got := w.task(t, web, tc.step).Due.Format("2006-01-02 15:04 MST"); got != tc.want {
			t.Errorf("%s is due at %s, want %s", tc.step, got, tc.want)
		}
	}
	// In spring a day has 23 hours.
	at = time.Date(2027, 3, 28, 18, 0, 0, 0, time.UTC) // 20:00 in Warsaw, summer time
	w = planned(t, at, at.AddDate(0, 0, -30))
	for _, tc := range []struct{ step, want string }{
		{"freeze", "2027-03-26 20:00 CET"}, {"go", "2027-03-27 19:00 CET"}, {"report", "2027-03-29 20:00 CEST"},
	} {
		if got := w.task(t, web, tc.step).Due.Format("2006-01-02 15:04 MST"); got != tc.want {
			t.Errorf("%s is due at %s, want %s", tc.step, got, tc.want)
		}
	}
}

// A daily window keeps its hour of the day over the change, and meets what it meets.
func TestDailyWindowOverTheClockChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	local := func(day, hour, minute int) time.Time { return time.Date(2026, 10, day, hour, minute, 0, 0, zone) }
	w := Window{From: local(20, 20, 0), Until: local(20, 20, 30), Daily: true}
	for _, tc := range []struct {
		from, until time.Time
		meets       bool
	}{
		{local(24, 20, 10), local(24, 20, 20), true}, {local(25, 20, 10), local(25, 20, 20), true}, {local(25, 19, 10), local(25, 20, 0), false},
		{local(25, 20, 30), local(25, 21, 30), false}, {local(19, 20, 10), local(19, 20, 20), false}, {local(25, 10, 0), local(26, 10, 0), true},
	} {
		if begin, end, meets := w.meets(tc.from, tc.until, zone); meets != tc.meets || meets && (begin.Hour() != 20 || end.Sub(begin) != 30*time.Minute) {
			t.Errorf("%v to %v: %v to %v, %v", tc.from, tc.until, begin, end, meets)
		}
	}
	// Over midnight: the one that began yesterday counts.
	w = Window{From: local(20, 23, 30), Until: local(21, 0, 30), Daily: true}
	if begin, _, meets := w.meets(local(26, 0, 10), local(26, 0, 20), zone); !meets || !begin.Equal(local(25, 23, 30)) {
		t.Errorf("%v, %v", begin, meets)
	}
	if end, begun := w.last(local(26, 12, 0), zone); !begun || !end.Equal(local(26, 0, 30)) {
		t.Errorf("the last ended %v, %v", end, begun)
	}
}

// levels are what one party was to be told of one matter, as hour and level.
func levels(t *testing.T, w *world, who Actor, about string, from, until time.Time) (out []string) {
	t.Helper()
	seen := map[string]bool{}
	for now := from; !now.After(until); {
		notices, next := w.Due(now)
		for _, n := range notices {
			if n.To == who.service() && strings.Contains(n.ID, about) && !seen[n.ID] {
				seen[n.ID] = true
				if n.At.After(now) {
					t.Errorf("%s is told before its time", n.ID)
				}
				out = append(out, n.At.Format("02 15:04 ")+[...]string{"", "asking", "again", "everybody"}[n.Level])
			}
		}
		if next.IsZero() {
			return out
		}
		if !next.After(now) {
			t.Fatalf("at %v the next is due at %v", now, next)
		}
		now = next
	}
	return out
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The ladder: the owner, the owner again, everybody; waking up at the moments that Due
// names is enough to miss nothing.
func TestLadder(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -20)) // 1 December 20:00, known on 11 November
	from, until := w.now, evening.Add(2*day)
	same(t, "owner, nobody answers", levels(t, w, web, "/step/entry/web/", from, until), "15 20:00 asking", "17 20:00 again", "18 20:00 everybody", "19 20:00 everybody", "20 20:00 everybody", "21 20:00 everybody", "22 20:00 everybody", "23 20:00 everybody", "24 20:00 everybody", "26 14:00 everybody", "27 21:30 everybody", "28 21:30 everybody", "29 21:30 everybody", "30 21:30 everybody")
	same(t, "another", levels(t, w, ola, "/step/entry/web/", from, until), "18 20:00 everybody", "19 20:00 everybody", "20 20:00 everybody", "21 20:00 everybody", "22 20:00 everybody", "23 20:00 everybody", "24 20:00 everybody", "26 14:00 everybody", "27 21:30 everybody", "28 21:30 everybody", "29 21:30 everybody", "30 21:30 everybody")
	same(t, "go", levels(t, w, web, "/step/go/web/", from, until), "30 08:00 asking", "30 20:00 again", "30 22:00 everybody", "01 00:00 everybody", "01 02:00 everybody", "01 04:00 everybody", "01 06:00 everybody", "01 08:00 everybody", "01 10:00 everybody", "01 12:30 everybody", "01 14:30 everybody", "01 16:30 everybody", "01 18:30 everybody")
	same(t, "report, two days late is after the end of this story", levels(t, w, web, "/step/report/web/", from, until), "02 20:00 asking", "03 20:00 again")

	// Acknowledged: the owner is left alone until everybody hears of it.
	w.now = evening.AddDate(0, 0, -15)
	notices, _ := w.Due(w.now)
	for _, n := range notices {
		if n.To == web.service() && strings.Contains(n.ID, "/step/entry/") {
			w.must(t, web, Acknowledge{Campaign: "lip-1", About: n.About})
		}
	}
	same(t, "acknowledged", levels(t, w, web, "/step/entry/web/", w.now, until), "18 20:00 everybody")
	w.must(t, web, Confirm{Campaign: "lip-1", Step: "entry"})
	same(t, "done", levels(t, w, web, "/step/entry/web/", w.now, until))
}

// A post that may slip by an hour is not late before that hour is over: nobody is called
// until five minutes after, and then also at night. One that may not slip is late as ever.
func TestAPostIsNotLateWhileItMaySlip(t *testing.T) {
	at := time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC) // 21:00 in Warsaw
	for slip, want := range map[time.Duration]struct {
		late   string // from when it counts as late
		ladder []string
		called []string
	}{
		0:                {"21:05", []string{"01 20:50 asking", "01 21:00 again", "01 21:10 everybody"}, []string{"01 21:10 everybody"}},
		15 * time.Minute: {"21:15", []string{"01 20:50 asking", "01 21:00 again", "01 21:20 everybody"}, []string{"01 21:20 everybody"}},
		time.Hour:        {"22:00", []string{"01 20:50 asking", "01 21:00 again", "01 22:05 everybody"}, []string{"01 22:05 everybody"}},
	} {
		w := twoAgencies(t)
		w.now = at.AddDate(0, 0, -20)
		w.must(t, ola, PutOwnParty{Party{Name: "Ola", Quiet: Hours{22 * 60, 8 * 60}}})
		w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn"})
		w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Channel: "tv", At: at, Slip: slip}})
		w.now = at
		late := ""
		for ; late == ""; w.now = w.now.Add(time.Minute) {
			if w.task(t, ola, "zero").Status == Overdue {
				late = w.now.In(w.shops["lip"].zone).Format("15:04")
			}
		}
		if late != want.late {
			t.Errorf("slip of %v: late at %s, want %s", slip, late, want.late)
		}
		until := at.Add(slip + 11*time.Minute)
		same(t, fmt.Sprint("Ola, slip of ", slip), levels(t, w, ola, "/step/zero/ola/", at.AddDate(0, 0, -2), until), want.ladder...)
		same(t, fmt.Sprint("the host, slip of ", slip), levels(t, w, web, "/step/zero/ola/", at.AddDate(0, 0, -2), until), want.called...)
	}
}

// Quiet hours put off what is not of the last day: in the shop's zone, over midnight,
// over the change of the clock.
func TestQuietHours(t *testing.T) {
	at := time.Date(2026, 10, 26, 22, 30, 0, 0, time.UTC) // 23:30 in Warsaw
	w := planned(t, at, at.AddDate(0, 0, -20))
	w.must(t, web, PutOwnParty{Party{Name: "Party web", Quiet: Hours{22 * 60, 8 * 60}}})
	until := at.Add(day)
	// Freeze is asked on the 23rd and due on the 24th at 23:30, which is quiet; 8:00 on
	// the 25th is winter time already. Everybody hears twelve hours after it was due,
	// which is 10:30 because the night had one more.
	same(t, "freeze", levels(t, w, web, "/step/freeze/web/", w.now, until), "24 08:00 asking", "25 08:00 again", "25 10:30 everybody", "26 08:00 everybody", "26 10:30 everybody", "26 22:30 everybody")
	// Go is asked at 11:30 and due on the 25th at 23:30: the last day, not quiet any more.
	same(t, "go", levels(t, w, web, "/step/go/web/", w.now, until), "25 11:30 asking", "25 23:30 again", "26 01:30 everybody", "26 08:00 everybody", "26 09:30 everybody", "26 11:30 everybody", "26 13:30 everybody", "26 16:00 everybody", "26 18:00 everybody", "26 20:00 everybody", "26 22:00 everybody")
	// Somebody else has no quiet hours.
	same(t, "freeze of another", levels(t, w, soft, "/step/freeze/soft/", w.now, until), "23 23:30 asking", "24 23:30 again", "25 10:30 everybody", "25 22:30 everybody", "26 10:30 everybody", "26 22:30 everybody")

	for _, tc := range []struct {
		quiet      Hours
		hour, want int // want: hours later; 0 is at once
	}{
		{Hours{22 * 60, 8 * 60}, 21, 0}, {Hours{22 * 60, 8 * 60}, 22, 10}, {Hours{22 * 60, 8 * 60}, 3, 5}, {Hours{22 * 60, 8 * 60}, 8, 0},
		{Hours{9 * 60, 17 * 60}, 9, 8}, {Hours{9 * 60, 17 * 60}, 17, 0}, {Hours{9 * 60, 17 * 60}, 3, 0}, {Hours{5, 5}, 0, 0},
	} {
		w.parties["web"].Quiet = tc.quiet
		at := time.Date(2026, 12, 1, tc.hour, 0, 0, 0, time.UTC)
		if got := w.awake("web", at).Sub(at); got != time.Duration(tc.want)*time.Hour {
			t.Errorf("%v at %d: %v later, want %d h", tc.quiet, tc.hour, got, tc.want)
		}
	}
}

// A change is told to all but who made it; a newer one is a new matter; near T the
// ladder is short.
func TestChangesAreTold(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -20))
	change := "/change/lip-1.1/1/"
	same(t, "far away, twelve times 20 and 40 minutes", levels(t, w, ola, change, w.now, w.now.Add(day)), "11 20:00 asking", "12 00:00 again", "12 04:00 everybody", "12 12:00 everybody", "12 20:00 everybody")
	same(t, "who made it hears that the others did not", levels(t, w, mm, change, w.now, w.now.Add(day)), "12 04:00 everybody", "12 12:00 everybody", "12 20:00 everybody")
	w.must(t, ola, Acknowledge{Campaign: "lip-1", About: "lip-1/change/lip-1.1/1"})
	if _, err := w.do(ola, Acknowledge{Campaign: "lip-1", About: "lip-1/change/lip-1.1/1"}); reasonOf(err) != "heard-already" {
		t.Error(err)
	}
	if _, err := w.do(mm, Acknowledge{Campaign: "lip-1", About: "lip-1/change/lip-1.1/1"}); reasonOf(err) != "unknown" {
		t.Error("who made a change acknowledges it:", err)
	}
	w.now = evening.Add(-3 * time.Hour)
	w.must(t, mm, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 5 * time.Minute})
	same(t, "the same day", levels(t, w, ola, "/change/lip-1.1/2/", w.now, evening), "01 17:00 asking", "01 17:20 again", "01 17:40 everybody", "01 18:20 everybody", "01 19:00 everybody", "01 19:40 everybody")
	w.must(t, ola, PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	same(t, "now", levels(t, w, web, "/change/lip-1.1/3/", w.now, evening), "01 17:00 asking", "01 17:02 again", "01 17:04 everybody", "01 17:08 everybody", "01 17:12 everybody", "01 17:16 everybody", "01 17:20 everybody", "01 17:24 everybody", "01 17:28 everybody", "01 17:36 everybody", "01 17:52 everybody")
	w.now = w.now.Add(2 * day)
	if notices, _ := w.Due(w.now); len(notices) > 0 && strings.Contains(notices[0].ID, "/change/") {
		t.Error("two days later it is still told")
	}
}

// Slipping voids what others confirmed for the old moment beyond what was said, and
// one tap on the latest step renews what went before.
func TestSlipVoidsAndOneTapRenews(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -20))
	w.now = evening.Add(-90 * time.Minute)
	for _, who := range []Actor{ola, web} {
		for _, step := range []string{"entry", "freeze", "go"} {
			w.must(t, who, Confirm{Campaign: "lip-1", Step: step})
		}
	}
	w.now = w.now.Add(time.Minute)
	w.must(t, ola, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 15 * time.Minute})
	if s := w.task(t, web, "go").Status; s != Done {
		t.Errorf("a quarter of an hour later: %s", s)
	}
	w.now = w.now.Add(time.Minute)
	w.must(t, ola, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Minute})
	status := func(who Actor) (out []string) {
		for _, step := range []string{"entry", "freeze", "go"} {
			task := w.task(t, who, step)
			word := string(task.Status)
			if task.Covered {
				word += " covered"
			}
			out = append(out, word)
		}
		return out
	}
	same(t, "the host, 16 minutes later, asked for the hour", status(web), "done", "asked covered", "asked covered")
	same(t, "who slipped it", status(ola), "done", "done", "done")
	// It stands against a go all the same, until it is said.
	missing := func() (out []string) {
		r, err := w.Readiness(w.now, mm, "lip-1", Facts{})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range r.Items {
			if i.Kind == AboutStep && i.Status != OK && i.Reason.Who == "Party web" {
				out = append(out, i.Reason.Kind+": "+i.Reason.Step.EN)
			}
		}
		return out
	}
	same(t, "missing", missing(), "step-overdue: confirm the limit in orders a minute", "step-void: say go or no-go")
	w.now = w.now.Add(time.Minute)
	w.must(t, web, Confirm{Campaign: "lip-1", Step: "go"})
	same(t, "missing after it", missing(), "step-overdue: confirm the limit in orders a minute")
	same(t, "after one tap", status(web), "done", "done", "done")
	w.must(t, web, Withdraw{Campaign: "lip-1", Step: "freeze"})
	if task := w.task(t, web, "freeze"); task.Status == Done || !task.Refused {
		t.Errorf("%+v", task.Status)
	}
}

// What nobody acknowledges is told on until the end of what it is about; one acknowledgement ends it for who gave it, all of them for everybody.
func TestWhatNobodyHearsIsToldOn(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -20))
	w.now = evening.Add(-3 * time.Hour)
	w.must(t, mm, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 5 * time.Minute})
	change := "/change/lip-1.1/2/"
	on := []string{"01 17:00 asking", "01 17:20 again", "01 17:40 everybody", "01 18:20 everybody", "01 19:00 everybody", "01 19:40 everybody", "01 20:20 everybody"}
	same(t, "until the wave is over, at 21:00", levels(t, w, ola, change, w.now, evening.Add(day)), on...)
	same(t, "who made it", levels(t, w, mm, change, w.now, evening.Add(day)), on[2:]...)
	deaf := func(at time.Time) (out string) {
		notices, _ := w.Due(at)
		for _, n := range notices {
			if n.To == mm.service() && strings.Contains(n.ID, change) {
				out = n.Reason.Who
			}
		}
		return out
	}
	w.now = evening.Add(-time.Hour)
	w.must(t, ola, Acknowledge{Campaign: "lip-1", About: "lip-1/change/lip-1.1/2"})
	if got := deaf(w.now); strings.Contains(got, "ola") || !strings.Contains(got, "web") {
		t.Errorf("still to hear of it: %q", got)
	}
	for _, who := range []Actor{web, soft} {
		w.must(t, who, Acknowledge{Campaign: "lip-1", About: "lip-1/change/lip-1.1/2"})
	}
	if got := deaf(w.now); got != "" {
		t.Errorf("everybody has heard of it, and %q is told of", got)
	}

	// Less and less often where the end is far, and thicker again towards it.
	w = planned(t, evening, evening.AddDate(0, 0, -20))
	same(t, "a change three weeks ahead", levels(t, w, ola, "/change/lip-1.1/1/", w.now, evening.Add(day)),
		"11 20:00 asking", "12 00:00 again", "12 04:00 everybody", "12 12:00 everybody", "12 20:00 everybody", "13 04:00 everybody",
		"13 12:00 everybody", "13 20:00 everybody", "14 04:00 everybody", "14 20:00 everybody", "16 04:00 everybody", "18 20:00 everybody",
		"22 02:00 everybody", "24 12:30 everybody", "26 08:22 everybody", "27 17:16 everybody", "28 17:57 everybody", "29 12:28 everybody",
		"30 02:21 everybody", "30 12:45 everybody", "30 20:45 everybody", "01 04:45 everybody", "01 12:45 everybody", "01 20:45 everybody")
	// A step that is late, until its owner has heard of it.
	from, until := w.now, evening.Add(2*day)
	same(t, "a late step", levels(t, w, soft, "/step/entry/soft/", from, until),
		"15 20:00 asking", "17 20:00 again", "18 20:00 everybody", "19 20:00 everybody", "20 20:00 everybody", "21 20:00 everybody",
		"22 20:00 everybody", "23 20:00 everybody", "24 20:00 everybody", "26 14:00 everybody", "27 21:30 everybody", "28 21:30 everybody",
		"29 21:30 everybody", "30 21:30 everybody")
	w.now = evening.AddDate(0, 0, -12)
	w.must(t, soft, Acknowledge{Campaign: "lip-1", About: w.about(t, soft, "entry")})
	same(t, "a late step that was heard of", levels(t, w, soft, "/step/entry/soft/", from, until), "18 20:00 everybody")
}

// about is what an acknowledgement of a party's step names.
func (w *world) about(t *testing.T, who Actor, step string) string {
	t.Helper()
	notices, _ := w.Due(w.now)
	for _, n := range notices {
		if n.To == who.service() && n.About != "" && strings.Contains(n.About, "/step/"+step+"/") {
			return n.About
		}
	}
	t.Fatalf("%s is not told of %s", who.Party, step)
	return ""
}

// Of what is called off with its campaign nothing else is told, and it says which campaign.
func TestCalledOffIsAllThatIsTold(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -20))
	w.must(t, mm, PutEvening{Campaign: "lip-1", Evening: Evening{Name: "Night", Start: evening.Add(26 * time.Hour), Lasts: time.Hour}})
	w.must(t, soft, Withdraw{Campaign: "lip-1", Step: "entry"})
	told := func(who Actor) (out []string) {
		notices, _ := w.Due(w.now)
		for _, n := range notices {
			if n.To == who.service() && strings.Contains(n.ID, "/change") {
				out = append(out, n.Reason.Sentence(English))
			}
		}
		return out
	}
	if got := told(web); len(got) != 3 {
		t.Fatalf("before: %q", got)
	}
	w.now = w.now.Add(time.Minute)
	w.must(t, mm, Cancel{Campaign: "lip-1", Why: "sold out"})
	same(t, "the host", told(web), "The whole campaign lip-1 is called off.")
	same(t, "the influencer", told(ola), "The whole campaign Autumn is called off: sold out.")
	// A post of its own that was called off is told as that.
	w = planned(t, evening, evening.AddDate(0, 0, -20))
	w.now = w.now.Add(time.Minute)
	w.must(t, mm, Cancel{Campaign: "lip-1", Moment: "lip-1.1"})
	if got := told(web); len(got) != 1 || !strings.HasPrefix(got[0], "Called off, it was planned for") {
		t.Errorf("%q", got)
	}
}

// All that was done is told in the zone of its shop, by name: a party's as its shops'.
func TestHistoriesNameTheirZone(t *testing.T) {
	w := planned(t, evening, evening.AddDate(0, 0, -20))
	w.must(t, operator, GiveLink{Grant: Grant{Party: "soft", Role: SoftwareHouse, Expires: evening}})
	w.must(t, soft, SetOnCall{OnCall: OnCall{Contact: Contact{Name: "Jan", Address: "tel:+48"}, From: evening.Add(-time.Hour), Until: evening.Add(time.Hour)}})
	party, err := w.PartyAudit(w.now, operator, "soft")
	if err != nil {
		t.Fatal(err)
	}
	campaign, err := w.CampaignAudit(w.now, operator, "lip-1")
	if err != nil {
		t.Fatal(err)
	}
	n := len(party.Entries)
	if got := spaces(party.Entries[n-1].Sentence(English)); got != "11 Nov, 20:00 CET · Party soft (the software house): Jan is on call for Party soft from 1 Dec, 19:00 to 1 Dec, 21:00 CET." {
		t.Error(got)
	}
	if got := spaces(party.Entries[n-2].Sentence(Polish)); !strings.HasPrefix(got, "11 listopada, 20:00 CET · ") || !strings.HasSuffix(got, "do 1 grudnia, 20:00 CET.") {
		t.Error(got)
	}
	if got := spaces(campaign.Entries[0].Sentence(English)); !strings.HasPrefix(got, "11 Nov, 20:00 CET · ") {
		t.Error(got)
	}
	// A party of no shop has no zone.
	w.must(t, operator, PutParty{Party: Party{ID: "new", Name: "New"}})
	if party, err = w.PartyAudit(w.now, operator, "new"); err != nil || !strings.Contains(spaces(party.Entries[0].Sentence(English)), "19:00 UTC · ") {
		t.Error(err, party)
	}
	// In the hour that comes twice the zone stands there once.
	e := Entry{At: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC).In(w.shops["lip"].zone), Name: "x"}
	if got := spaces(e.Sentence(English)); !strings.HasPrefix(got, "25 Oct, 02:30 CET · ") {
		t.Error(got)
	}
}
