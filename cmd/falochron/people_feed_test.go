package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/falochron/falochron/internal/control"
	"github.com/falochron/falochron/internal/plan"
)

// calendar is what a party's own calendar is answered, read by somebody else's reader,
// by the ids of its events.
func (w *planWorld) calendar(grant plan.ID, query string) (map[string]*ics.VEvent, string) {
	w.t.Helper()
	got := w.stranger().get(w.feedOf(grant) + query)
	if got.Code != http.StatusOK {
		w.t.Fatalf("%d %s", got.Code, got.Body)
	}
	c, err := ics.ParseCalendar(strings.NewReader(got.Body.String()))
	if err != nil {
		w.t.Fatalf("%v\n%s", err, got.Body)
	}
	events := map[string]*ics.VEvent{}
	for _, e := range c.Events() {
		id, mark, _ := strings.Cut(e.Id(), "@")
		if mark != w.feeds.Mark()+".falochron" || events[id] != nil {
			w.t.Errorf("id %q", e.Id())
		}
		events[id] = e
	}
	for line := range strings.SplitSeq(got.Body.String(), "\r\n") {
		if len(line) > 75 || strings.Contains(line, "\n") {
			w.t.Errorf("%d bytes: %q", len(line), line)
		}
	}
	return events, got.Body.String()
}

func prop(e *ics.VEvent, name ics.ComponentProperty) string {
	if e == nil {
		return "no such event"
	}
	if p := e.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

// A party's calendar has its posts, evenings and open steps, each under an id that
// stays; what slips gets a newer number, and what is called off says so.
func TestACalendarFollowsThePlan(t *testing.T) {
	w := openPlanWorld(t)
	mm := plan.Actor{Role: plan.MediaHouse, Party: "mm"}
	events, text := w.calendar("mm-link-1", "")
	post := events["lip-1.1"]
	if at, err := post.GetStartAt(); err != nil || !at.Equal(theEvening) {
		t.Errorf("%v %v", at, err)
	}
	if at, err := events["lip-1.2"].GetEndAt(); err != nil || !at.Equal(theEvening.Add(29*time.Hour)) {
		t.Errorf("%v %v", at, err)
	}
	for name, want := range map[ics.ComponentProperty]string{
		ics.ComponentPropertySequence: "0", ics.ComponentPropertyStatus: "CONFIRMED", ics.ComponentPropertyDtstamp: "20261201T090000Z", ics.ComponentPropertyLastModified: "20261201T090000Z",
		ics.ComponentPropertySummary: "Post: secretA post · Lipstick", ics.ComponentPropertyUrl: "http://plan.example/plan/campaign/lip-1",
	} {
		if got := prop(post, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, want := range []string{"METHOD:PUBLISH\r\n", "REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n", "TZID:Europe/Warsaw\r\n", "DTSTART;TZID=Europe/Warsaw:20261201T200000\r\n", "TRIGGER:-PT15M\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if about := strings.ReplaceAll(prop(post, ics.ComponentPropertyDescription), "\u00a0", " "); !strings.Contains(about, "300,000 people") || !strings.Contains(about, "10 minutes") || !strings.Contains(about, "secretA campaign") {
		t.Errorf("%q", about)
	}
	if got := prop(events["lip-1/freeze"], ics.ComponentPropertySummary); got != "To do: confirm the links · Lipstick" {
		t.Errorf("a step: %q", got)
	}
	if len(events["lip-1/freeze"].Alarms()) != 1 || events["lip-1.1/hour"] == nil || events["lip-1.2/hour"] == nil {
		t.Error("steps have alarms, and those of each post are there for each")
	}
	for id := range events {
		if strings.HasPrefix(id, "hat") {
			t.Errorf("another agency's %s", id)
		}
	}

	w.clock = w.clock.Add(time.Hour)
	w.must(mm, plan.Confirm{Campaign: "lip-1", Step: "freeze"})
	w.must(mm, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: 45 * time.Minute})
	w.must(mm, plan.Cancel{Campaign: "lip-1", Moment: "lip-1.2"})
	events, _ = w.calendar("mm-link-1", "")
	post = events["lip-1.1"]
	if at, err := post.GetStartAt(); err != nil || !at.Equal(theEvening.Add(45*time.Minute)) || prop(post, ics.ComponentPropertySequence) != "1" || prop(post, ics.ComponentPropertyLastModified) != "20261201T100000Z" {
		t.Errorf("after the slip: %v %v %+v", at, err, post)
	}
	if off := events["lip-1.2"]; prop(off, ics.ComponentPropertyStatus) != "CANCELLED" || prop(off, ics.ComponentPropertySequence) != "1" || len(off.Alarms()) != 0 {
		t.Errorf("called off: %+v", off)
	}
	if events["lip-1.2/hour"] != nil {
		t.Error("steps of what was called off are still asked")
	}
	w.must(mm, plan.PutPost{Campaign: "lip-1", Post: plan.Post{ID: "lip-1.1", Party: "ola", Name: "Renamed", Channel: "tiktok", At: theEvening.Add(45 * time.Minute)}})
	w.clock = w.clock.Add(time.Hour)
	w.must(mm, plan.PutPost{Campaign: "lip-1", Post: plan.Post{ID: "lip-1.1", Party: "ola", Name: "Again", Channel: "tiktok", At: theEvening.Add(45 * time.Minute)}})
	w.must(mm, plan.Cancel{Campaign: "lip-1"})
	events, _ = w.calendar("mm-link-1", "")
	if post = events["lip-1.1"]; prop(post, ics.ComponentPropertyStatus) != "CANCELLED" || prop(post, ics.ComponentPropertySequence) != "2" || prop(post, ics.ComponentPropertyLastModified) != "20261201T110000Z" {
		t.Errorf("after all was called off: %+v", post)
	}
}

// Posts on both sides of the change of clock stand at the hour of the shop.
func TestACalendarOverTheChangeOfClock(t *testing.T) {
	w := openPlanWorld(t)
	w.clock = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	mm := plan.Actor{Role: plan.MediaHouse, Party: "mm"}
	w.must(mm, plan.PutCampaign{Shop: "lip", Name: "Spring"})
	for _, at := range []time.Time{time.Date(2027, 3, 27, 19, 0, 0, 0, time.UTC), time.Date(2027, 3, 28, 18, 0, 0, 0, time.UTC), time.Date(2027, 10, 31, 1, 30, 0, 0, time.UTC)} {
		w.must(mm, plan.PutPost{Campaign: "lip-2", Post: plan.Post{Channel: "tiktok", At: at}})
	}
	events, text := w.calendar(w.give("mm", plan.MediaHouse).ID, "?lang=pl")
	for id, want := range map[string]struct{ line, utc string }{
		"lip-2.1": {"DTSTART;TZID=Europe/Warsaw:20270327T200000", "2027-03-27T19:00:00Z"},
		"lip-2.2": {"DTSTART;TZID=Europe/Warsaw:20270328T200000", "2027-03-28T18:00:00Z"},
		"lip-2.3": {"DTSTART:20271031T013000Z", "2027-10-31T01:30:00Z"}, // 2:30 comes twice that night
	} {
		if !strings.Contains(text, "\r\n"+want.line+"\r\n") {
			t.Errorf("%s: no %s in\n%s", id, want.line, text)
		}
		if at, err := events[id].GetStartAt(); err != nil || at.UTC().Format(time.RFC3339) != want.utc {
			t.Errorf("%s: %v %v", id, at, err)
		}
	}
	if n := strings.Count(text, "BEGIN:DAYLIGHT"); n != 1 || strings.Count(text, "BEGIN:STANDARD") != 2 {
		t.Errorf("the clock changes otherwise:\n%s", text)
	}
	if got := prop(events["lip-2/go"], ics.ComponentPropertySummary); !strings.HasPrefix(got, "Do zrobienia: ") {
		t.Errorf("in Polish: %q", got)
	}
}

// The windows of the shop stand in the calendar, a daily one once with its rule; a change
// is a newer number, and another agency's are not there.
func TestACalendarHasTheWindows(t *testing.T) {
	w := openPlanWorld(t)
	soft := plan.Actor{Role: plan.SoftwareHouse, Party: "soft"}
	w.must(soft, plan.PutWindow{Window: plan.Window{Shop: "lip", Kind: plan.Sync, Daily: true, From: theEvening.Add(-6 * time.Hour), Until: theEvening.Add(-5 * time.Hour), What: "secretA ERP"}})
	w.must(soft, plan.PutWindow{Window: plan.Window{Shop: "lip", Kind: plan.Freeze, From: theEvening.AddDate(0, 0, 401), Until: theEvening.AddDate(0, 0, 402)}})
	events, text := w.calendar("mm-link-1", "")
	release, sync := events["lip-w1"], events["lip-w2"]
	for _, tc := range []struct {
		e    *ics.VEvent
		name ics.ComponentProperty
		want string
	}{
		{release, ics.ComponentPropertySummary, "Release: secretA window · Lipstick"}, {release, ics.ComponentPropertySequence, "0"}, {release, ics.ComponentPropertyRrule, ""},
		{release, ics.ComponentPropertyDtStart, "20261201T190000"}, {release, ics.ComponentPropertyUrl, "http://plan.example/plan/calendar"}, {release, ics.ComponentPropertyDtstamp, "20261201T090000Z"},
		{sync, ics.ComponentPropertySummary, "Stock is synchronised: secretA ERP · Lipstick"}, {sync, ics.ComponentPropertyRrule, "FREQ=DAILY"}, {sync, ics.ComponentPropertyDtStart, "20261201T140000"},
		{sync, ics.ComponentPropertyDtEnd, "20261201T150000"},
	} {
		if got := prop(tc.e, tc.name); got != tc.want {
			t.Errorf("%s is %q, want %q", tc.name, got, tc.want)
		}
	}
	if len(release.Alarms()) != 0 || events["hat-w1"] != nil || events["lip-w3"] != nil {
		t.Error("a window rings nobody, is not another agency's, and not 400 days away")
	}
	// The rule goes on over the change of the clock, which must be in the file.
	if n := strings.Count(text, "BEGIN:DAYLIGHT"); n == 0 {
		t.Errorf("no summer:\n%s", text)
	}
	if _, text := w.calendar("mm-link-1", "?lang=pl"); !strings.Contains(text, "SUMMARY:Synchronizacja stanów: secretA ERP · Lipstick\r\n") {
		t.Errorf("not in Polish:\n%s", text)
	}
	events, _ = w.calendar("web-link-1", "")
	if got := prop(events["lip-w2"], ics.ComponentPropertySummary); got != "Stock is synchronised · Lipstick" || prop(events["hat-w1"], ics.ComponentPropertySummary) != "Release · Hats" {
		t.Errorf("a host sees kinds and times of both: %q", got)
	}

	w.clock = w.clock.Add(time.Hour)
	w.must(soft, plan.PutWindow{Window: plan.Window{ID: "lip-w2", Shop: "lip", Kind: plan.Sync, Daily: true, From: theEvening.Add(-4 * time.Hour), Until: theEvening.Add(-3 * time.Hour)}})
	w.must(soft, plan.RemoveWindow{Shop: "lip", Window: "lip-w1"})
	events, _ = w.calendar("mm-link-1", "")
	if sync = events["lip-w2"]; prop(sync, ics.ComponentPropertySequence) != "1" || prop(sync, ics.ComponentPropertyLastModified) != "20261201T100000Z" || prop(sync, ics.ComponentPropertyDtStart) != "20261201T160000" {
		t.Errorf("changed: %+v", sync)
	}
	if events["lip-w1"] != nil {
		t.Error("what was taken out is still there")
	}

	// In the hour that comes twice a rule would be told in UTC, and leave the shop's clock.
	w.clock = time.Date(2027, 10, 1, 12, 0, 0, 0, time.UTC)
	w.must(soft, plan.PutWindow{Window: plan.Window{Shop: "lip", Kind: plan.Purge, Daily: true, From: time.Date(2027, 10, 31, 1, 30, 0, 0, time.UTC), Until: time.Date(2027, 10, 31, 1, 40, 0, 0, time.UTC)}})
	_, text = w.calendar(w.give("mm", plan.MediaHouse).ID, "")
	if !strings.Contains(text, "DTSTART;TZID=Europe/Warsaw:20271101T023000\r\n") {
		t.Errorf("the rule of that night:\n%s", text)
	}
}

// Of nobody's calendar more can be read than its party may see; a host sees shop, time
// and size.
func TestACalendarShowsWhatItsPartyMaySee(t *testing.T) {
	w := openPlanWorld(t)
	for _, p := range planParties {
		_, text := w.calendar(plan.ID(p.id+"-link-1"), "")
		text = strings.ReplaceAll(text, "\r\n ", "")
		for _, side := range []string{"A", "B"} {
			if strings.Contains(text, "secret"+side) != (p.side == side) {
				t.Errorf("%s: words of side %s: %v\n%s", p.id, side, p.side != side, text)
			}
		}
		if p.role == plan.Host && (!strings.Contains(text, "Lipstick") || !strings.Contains(text, "Hats") || !strings.Contains(text, "300,000\u00a0people") && !strings.Contains(text, "300\\,000")) {
			t.Errorf("a host sees shops, times and sizes:\n%s", text)
		}
		if strings.Contains(text, "secretA coupon") || strings.Contains(text, "secretB coupon") || strings.Contains(text, "lip.example") {
			t.Errorf("%s: links and coupons are on the page, where nobody subscribes to them", p.id)
		}
	}
}

// The address ends with its link, opens nothing else, and is asked for cheaply.
func TestACalendarsAddress(t *testing.T) {
	w := openPlanWorld(t)
	b := w.stranger()
	path := w.feedOf("ola-link-1")
	first := b.get(path)
	tag, h := first.Header().Get("ETag"), first.Header()
	if h.Get("Content-Type") != "text/calendar; charset=utf-8; method=PUBLISH" || h.Get("Cache-Control") != "private, no-cache" || tag == "" {
		t.Errorf("%v", h)
	}
	w.clock = w.clock.Add(time.Minute)
	b.header.Set("If-None-Match", tag)
	if got := b.get(path); got.Code != http.StatusNotModified || got.Body.Len() != 0 {
		t.Errorf("nothing changed: %d, %d bytes", got.Code, got.Body.Len())
	}
	w.must(plan.Actor{Role: plan.Influencer, Party: "ola"}, plan.Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Hour})
	if got := b.get(path); got.Code != http.StatusOK || got.Header().Get("ETag") == tag {
		t.Errorf("after a slip: %d", got.Code)
	}
	b.header.Del("If-None-Match")
	if got := b.send(http.MethodHead, path, ""); got.Code != http.StatusOK || len(got.Result().Cookies()) > 0 {
		t.Errorf("HEAD: %d", got.Code)
	}
	if got := b.send(http.MethodPost, path, "act=open"); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.Code)
	}
	token := strings.TrimSuffix(strings.TrimPrefix(path, feedPath), ".ics")
	for _, other := range []string{"/plan/l/" + token, feedPath + w.tokens["olainfluencer"] + ".ics", feedPath + "ola-link-1.ics", feedPath + token + "x.ics"} {
		if got := b.get(other).Code; got != http.StatusForbidden && got != http.StatusNotFound {
			t.Errorf("%s: %d", other, got)
		}
	}
	c := w.stranger()
	c.cookies = []*http.Cookie{{Name: planCookie, Value: token}}
	if got := c.get("/plan/next").Code; got != http.StatusForbidden {
		t.Errorf("a session from a calendar's address: %d", got)
	}
	c.from = "192.0.2.9:1"
	for range triesAMinute {
		c.get(feedPath + "forged.ics")
	}
	if got := c.get(feedPath + "forged.ics"); got.Code != http.StatusTooManyRequests {
		t.Errorf("who guesses: %d", got.Code)
	}

	// The page gives its reader the address, in his language; an operator has none.
	page := regexp.MustCompile(`webcal://plan\.example(/plan/feed/[A-Za-z0-9_.-]+)\?lang=(en|pl)`)
	for lang, words := range map[string]string{"en": "This calendar on your phone", "pl": "Ten kalendarz w telefonie"} {
		body := w.opens("ola", plan.Influencer).sees("/plan/calendar?lang="+lang, words)
		m := page.FindStringSubmatch(body)
		if m == nil || m[2] != lang || w.stranger().get(m[1]).Code != http.StatusOK || !strings.Contains(body, "<code>http://plan.example"+m[1]+"?lang="+lang) {
			t.Errorf("%s: %v", lang, m)
		}
	}
	if body := w.asOperator().get("/plan/calendar").Body.String(); strings.Contains(body, feedPath) {
		t.Error("an operator has no link that a calendar could end with")
	}

	w.must(anOperator, plan.RevokeLink{Grant: "ola-link-1"})
	if got := b.get(path); got.Code != http.StatusGone || strings.Contains(got.Body.String(), "Lipstick") {
		t.Errorf("revoked: %d", got.Code)
	}
	w.clock = w.clock.Add(24 * time.Hour)
	if got := b.get(w.feedOf("mm-link-1")); got.Code != http.StatusGone {
		t.Errorf("expired: %d", got.Code)
	}
	if got := b.get(w.feedOf("nobody-link-1")); got.Code != http.StatusGone {
		t.Errorf("of nobody: %d", got.Code)
	}
}

// On either listener: operators' phones and schedulers come to the one that is open.
func TestCalendarsAndHooksOnBothListeners(t *testing.T) {
	w := openPlanWorld(t)
	w.hooks = control.NewHooks(control.HooksConfig{Plan: w.plan, Secret: w.feeds.HookSecret, Now: func() time.Time { return w.clock }})
	got := httptest.NewRecorder()
	w.forOperators(got, httptest.NewRequest(http.MethodGet, w.feedOf("mm-link-1"), nil), "")
	if got.Code != http.StatusOK || !strings.HasPrefix(got.Body.String(), "BEGIN:VCALENDAR\r\n") {
		t.Errorf("the operators' listener: %d %s", got.Code, got.Body)
	}

	opens := opensOf(w.ring, "mm-link-1")
	if opens.Pages != "/plan/l/"+w.tokens["mmmedia-house"] || opens.Feed != w.feedOf("mm-link-1") {
		t.Errorf("%+v", opens)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(opens.Secret, "whsec_"))
	if err != nil || len(key) != 32 {
		t.Fatalf("%q: %v", opens.Secret, err)
	}
	body := `{"type":"post.scheduled","data":{"id":"b-1","campaign":"Signed","name":"Film","at":"2026-12-20T20:00:00+01:00"}}`
	stamp := strconv.FormatInt(w.clock.Unix(), 10)
	m := hmac.New(sha256.New, key)
	m.Write([]byte("msg_1." + stamp + "." + body))
	b := w.stranger()
	b.header = http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))}}
	if got := b.send(http.MethodPost, opens.Hook, body); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"outcome":"added","campaign":"lip-2"`) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	events, _ := w.calendar("ola-link-1", "") // and the influencer's phone shows it
	if got := prop(events["lip-2.1"], ics.ComponentPropertySummary); got != "Post: Film · Lipstick" {
		t.Errorf("%q", got)
	}
}

// The calendar of a host of 10 shops with 1,000 campaigns: how long the plan stands
// still for it (read), and all of it with the writing.
func BenchmarkCalendarOfAHost(b *testing.B) {
	book := plan.New(plan.DefaultMatrix(), time.LoadLocation)
	do := func(c plan.Command) {
		a, err := book.Decide(theEvening, anOperator, c)
		if err != nil {
			b.Fatal(err)
		}
		book.Apply(a)
	}
	do(plan.PutParty{Party: plan.Party{ID: "web", Name: "Web"}})
	for i := range 10 {
		shop := plan.ID(fmt.Sprintf("shop%d", i))
		do(plan.PutShop{Shop: plan.Shop{ID: shop, Name: "Shop", Zone: "Europe/Warsaw", Parties: []plan.Service{{Party: "web", Role: plan.Host}}}})
		for n := range 100 {
			do(plan.PutCampaign{Shop: shop, Name: fmt.Sprint(n)})
			do(plan.PutPost{Campaign: plan.ID(fmt.Sprintf("%s-%d", shop, n+1)), Post: plan.Post{Channel: "tiktok", Account: "ola", Reach: 10_000, At: theEvening.Add(time.Duration(n*48+i) * time.Hour)}})
		}
	}
	do(plan.GiveLink{Grant: plan.Grant{Party: "web", Role: plan.Host, Expires: theEvening.AddDate(0, 1, 0)}})
	f := feed{now: theEvening, base: "https://plan.example", mark: "0"}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			one := f
			if err := one.read(book, "web-link-1"); err != nil || len(one.events) < 900 || len(one.tasks) == 0 {
				b.Fatal(err, len(one.events), len(one.tasks))
			}
		}
	})
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			one := f
			if err := one.read(book, "web-link-1"); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(len(one.write())), "bytes")
		}
	})
}
