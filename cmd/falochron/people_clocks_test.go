package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron/internal/plan"
)

// The nights in which clocks are changed, on the pages: an hour that comes twice is told
// apart, one that does not come is refused, days are those of the calendar, and what lies
// within the night is as far away as it is.
func TestTheNightsInWhichClocksChange(t *testing.T) {
	t.Parallel()
	w := openPlanWorld(t)
	mm := plan.Actor{Role: plan.MediaHouse, Party: "mm"}
	w.must(mm, plan.PutCampaign{Shop: "lip", Name: "Night"})
	post := func(account string, at time.Time) {
		w.must(mm, plan.PutPost{Campaign: "lip-2", Post: plan.Post{Account: account, Channel: "tiktok", Reach: 900, At: at}})
	}
	// Clocks are put forward on 28 March 2027: 02:00 is 03:00.
	w.clock = time.Date(2027, 3, 26, 12, 0, 0, 0, time.UTC)
	post("before", time.Date(2027, 3, 28, 0, 59, 0, 0, time.UTC))
	post("after", time.Date(2027, 3, 28, 1, 0, 0, 0, time.UTC))
	post("next", time.Date(2027, 3, 28, 22, 30, 0, 0, time.UTC))
	w.clock = time.Date(2027, 3, 27, 22, 59, 0, 0, time.UTC) // 23:59 in Warsaw
	w.give("mm", plan.MediaHouse)
	b := w.opens("mm", plan.MediaHouse)
	b.header = http.Header{"Accept-Language": {"pl"}}
	says := text(b.get("/plan/calendar").Body.String())
	if !inOrder(says, "Jutro", "01:59", "before", "03:00", "after", "Poniedziałek, 29 marca", "00:30", "next") || strings.Contains(says, "czas letni") {
		t.Errorf("the night of 28 March: %s", says)
	}
	w.must(mm, plan.Cancel{Campaign: "lip-2", Moment: "lip-2.2"})
	w.must(mm, plan.Cancel{Campaign: "lip-2", Moment: "lip-2.3"})
	if got := b.post("/plan/next", "act", "slip", "post", "lip-2.1", "to", "2027-03-28T02:30"); got.Code != http.StatusBadRequest || !strings.Contains(text(got.Body.String()), "Nie ma takiej godziny") {
		t.Errorf("half past two of that night: %d", got.Code)
	}
	if got := b.post("/plan/next", "act", "slip", "post", "lip-2.1", "to", "2027-03-28T03:00"); got.Code != http.StatusSeeOther {
		t.Errorf("three of that night: %d %s", got.Code, text(got.Body.String()))
	}
	b.reads("/plan/next", "jutro, 03:00", "za 2 godz. 1 min") // 23:59 to 03:00 is two hours and a minute that night

	// They are put back on 31 October 2027, and were on 25 October 2026: 03:00 is 02:00.
	for _, day := range []time.Time{time.Date(2027, 10, 31, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)} {
		w := openPlanWorld(t)
		w.clock = day.Add(-3 * time.Hour) // 23:00 in Warsaw
		w.must(mm, plan.PutCampaign{Shop: "lip", Name: "Night"})
		for account, at := range map[string]time.Time{"summer": day.Add(30 * time.Minute), "winter": day.Add(90 * time.Minute), "last": day.Add(22*time.Hour + 30*time.Minute), "next": day.Add(23 * time.Hour)} {
			w.must(mm, plan.PutPost{Campaign: "lip-2", Post: plan.Post{Account: account, Channel: "tiktok", Reach: 900, At: at}})
		}
		w.give("mm", plan.MediaHouse)
		b := w.opens("mm", plan.MediaHouse)
		b.header = http.Header{"Accept-Language": {"pl"}}
		// The 25 hours of that day are one day.
		if says := text(b.get("/plan/calendar").Body.String()); !inOrder(says, "Jutro", "02:30 (czas letni)", "summer", "02:30 (czas zimowy)", "winter", "23:30", "last", "Poniedziałek", "00:00", "next") {
			t.Errorf("%s: %s", day.Format(time.DateOnly), says)
		}
		b.reads("/plan/campaign/lip-2", "jutro, 02:30 (czas letni)", "jutro, 02:30 (czas zimowy)")
		b.header = http.Header{"Accept-Language": {"en"}}
		b.reads("/plan/calendar", "02:30 (summer time)", "02:30 (winter time)")
	}
}

// inOrder reports whether a text has all of the words, one after the other.
func inOrder(text string, words ...string) bool {
	for _, w := range words {
		i := strings.Index(strings.ToLower(text), strings.ToLower(w))
		if i < 0 {
			return false
		}
		text = text[i+len(w):]
	}
	return true
}

// A button pressed twice, since the phone is slow, or by two people at once, moves a post
// once.
func TestPressedTwiceMovesOnce(t *testing.T) {
	t.Parallel()
	w := openPlanWorld(t)
	ola, mm := w.opens("ola", plan.Influencer), w.opens("mm", plan.MediaHouse)
	const was = `name="was" value="2026-12-01T19:00:00Z"`
	if page := ola.sees("/plan/next", was); strings.Count(page, was) != 1 {
		t.Error("more than one form moves this post")
	}
	for _, b := range []*browser{ola, ola, mm} {
		got := b.post("/plan/next", "act", "slip", "post", "lip-1.1", "by", "15", "was", "2026-12-01T19:00:00Z")
		if got.Code != http.StatusSeeOther {
			t.Errorf("%d %s", got.Code, text(got.Body.String()))
		}
	}
	ola.reads("/plan/next?done", "today, 20:15", "Moved from 1 Dec, 20:00 to 1 Dec, 20:15")
	// Seen anew, it is meant anew.
	if got := ola.post("/plan/next", "act", "slip", "post", "lip-1.1", "by", "15", "was", "2026-12-01T19:15:00Z"); got.Code != http.StatusSeeOther {
		t.Errorf("%d", got.Code)
	}
	ola.reads("/plan/next", "today, 20:30")
	if got := ola.post("/plan/next", "act", "slip", "post", "lip-1.1", "by", "15", "was", "soon"); got.Code != http.StatusBadRequest {
		t.Errorf("nonsense: %d", got.Code)
	}
	if got := w.opens("web", plan.Host).post("/plan/host", "act", "slip", "post", "lip-1.1", "by", "15", "was", "2026-12-01T19:15:00Z"); got.Code != http.StatusForbidden {
		t.Errorf("a host: %d", got.Code)
	}
}

// Two sessions in one request are nobody's.
func TestTwoSessionsAreNobodys(t *testing.T) {
	w := openPlanWorld(t)
	ola, eva := w.opens("ola", plan.Influencer), w.opens("eva", plan.Influencer)
	for _, order := range [][]*http.Cookie{{ola.cookies[0], eva.cookies[0]}, {eva.cookies[0], ola.cookies[0]}} {
		b := w.stranger()
		b.cookies = order
		before := w.happened()
		for _, got := range []int{b.get("/plan/next").Code, b.get("/plan/").Code, b.post("/plan/next", "act", "cancel", "post", "lip-1.1").Code} {
			if got != http.StatusForbidden {
				t.Errorf("%d", got)
			}
		}
		if w.happened() != before {
			t.Error("something was done")
		}
	}
}

// Each byte of a link and of a session counts.
func TestEveryByteOfALinkCounts(t *testing.T) {
	t.Parallel()
	w := openPlanWorld(t)
	good, cookie := w.tokens["olainfluencer"], w.opens("ola", plan.Influencer).cookies[0].Value
	changed := func(s string, i int) string {
		other := byte('A')
		if s[i] == other {
			other = 'Q' // differs in bits that count, also in the last letter
		}
		return s[:i] + string(other) + s[i+1:]
	}
	for i := range good {
		b := w.stranger()
		b.from = "192.0.2.1:1"
		w.clock = w.clock.Add(time.Minute) // the door counts
		for _, forged := range []string{changed(good, i), good[:i], good[i+1:], good + good[i:]} {
			if got := b.get("/plan/l/" + forged).Code; got != http.StatusForbidden && got != http.StatusNotFound {
				t.Errorf("a link changed at %d: %d", i, got)
			}
			if got := b.post("/plan/l/"+forged, "act", "open"); len(got.Result().Cookies()) > 0 {
				t.Errorf("a link changed at %d gives a session", i)
			}
		}
	}
	for i := range cookie {
		b := w.stranger()
		for _, forged := range []string{changed(cookie, i), cookie[:i], cookie[i+1:]} {
			b.cookies = []*http.Cookie{{Name: planCookie, Value: forged}}
			if got := b.get("/plan/next").Code; got != http.StatusForbidden {
				t.Errorf("a session changed at %d: %d", i, got)
			}
		}
	}
	if w.stranger().get("/plan/l/"+good).Code != http.StatusOK {
		t.Error("the link itself does not open: this tests nothing")
	}
}
