package notify

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones on machines that have none
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func clock(t *testing.T, s string) Clock {
	t.Helper()
	c, err := ParseClock(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// When quiet hours end, on common nights, when clocks change, and where they change at
// odd times.
func TestQuiet(t *testing.T) {
	for _, tc := range []struct {
		zone, from, to, now string
		end                 string // with its offset; empty for not quiet
	}{
		{"Europe/Warsaw", "22:00", "07:00", "2026-11-27T21:59:59+01:00", ""},
		{"Europe/Warsaw", "22:00", "07:00", "2026-11-27T22:00:00+01:00", "2026-11-28T07:00:00+01:00"},
		{"Europe/Warsaw", "22:00", "07:00", "2026-11-28T03:00:00+01:00", "2026-11-28T07:00:00+01:00"},
		{"Europe/Warsaw", "22:00", "07:00", "2026-11-28T06:59:59+01:00", "2026-11-28T07:00:00+01:00"},
		{"Europe/Warsaw", "22:00", "07:00", "2026-11-28T07:00:00+01:00", ""},
		{"Europe/Warsaw", "12:00", "14:00", "2026-11-28T13:00:00+01:00", "2026-11-28T14:00:00+01:00"},
		{"Europe/Warsaw", "12:00", "14:00", "2026-11-28T14:00:00+01:00", ""},
		{"Europe/Warsaw", "07:00", "07:00", "2026-11-28T07:00:00+01:00", ""},
		{"Europe/Warsaw", "00:00", "06:00", "2026-12-31T23:30:00Z", "2027-01-01T06:00:00+01:00"},
		// Somebody who lives elsewhere has another night.
		{"America/New_York", "22:00", "07:00", "2026-11-28T04:00:00+01:00", "2026-11-28T07:00:00-05:00"},
		{"America/New_York", "22:00", "07:00", "2026-11-28T13:30:00+01:00", ""},
		// 29 March 2026: at 02:00 clocks go to 03:00, the night is an hour short.
		{"Europe/Warsaw", "22:00", "07:00", "2026-03-28T22:00:00+01:00", "2026-03-29T07:00:00+02:00"},
		{"Europe/Warsaw", "22:00", "02:30", "2026-03-29T01:59:00+01:00", "2026-03-29T03:00:00+02:00"}, // 02:30 is left out
		{"Europe/Warsaw", "22:00", "02:30", "2026-03-29T03:00:00+02:00", ""},
		{"Europe/Warsaw", "02:30", "06:00", "2026-03-29T01:59:59+01:00", ""},
		{"Europe/Warsaw", "02:30", "06:00", "2026-03-29T03:00:00+02:00", "2026-03-29T06:00:00+02:00"},
		{"Europe/Warsaw", "02:00", "02:59", "2026-03-29T03:00:00+02:00", ""}, // all of it is left out
		// 25 October 2026: at 03:00 clocks go to 02:00, 02:30 is there twice.
		{"Europe/Warsaw", "22:00", "07:00", "2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"},
		{"Europe/Warsaw", "22:00", "02:30", "2026-10-25T02:29:00+02:00", "2026-10-25T02:30:00+01:00"},
		{"Europe/Warsaw", "22:00", "02:30", "2026-10-25T02:45:00+02:00", "2026-10-25T02:30:00+01:00"},
		{"Europe/Warsaw", "22:00", "02:30", "2026-10-25T02:29:59+01:00", "2026-10-25T02:30:00+01:00"},
		{"Europe/Warsaw", "22:00", "02:30", "2026-10-25T02:30:00+01:00", ""},
		{"Europe/Warsaw", "02:30", "06:00", "2026-10-25T02:29:59+02:00", ""},
		{"Europe/Warsaw", "02:30", "06:00", "2026-10-25T02:30:00+02:00", "2026-10-25T06:00:00+01:00"},
		{"Europe/Warsaw", "02:30", "06:00", "2026-10-25T02:00:00+01:00", "2026-10-25T06:00:00+01:00"}, // once quiet it stays so
		// Half an hour, at 02:00; and at midnight, which is left out.
		{"Australia/Lord_Howe", "22:00", "02:15", "2026-10-04T01:59:00+10:30", "2026-10-04T02:30:00+11:00"},
		{"Africa/Cairo", "00:00", "06:00", "2026-04-23T23:59:00+02:00", ""},
		{"Africa/Cairo", "00:00", "06:00", "2026-04-24T01:00:00+03:00", "2026-04-24T06:00:00+03:00"},
		{"Asia/Kathmandu", "22:00", "06:00", "2026-11-27T16:15:00Z", "2026-11-28T06:00:00+05:45"},
	} {
		now, err := time.Parse(time.RFC3339, tc.now)
		if err != nil {
			t.Fatal(err)
		}
		end, quiet := Quiet{clock(t, tc.from), clock(t, tc.to)}.until(now, zone(t, tc.zone))
		got := ""
		if quiet {
			got = end.In(zone(t, tc.zone)).Format(time.RFC3339)
		}
		if got != tc.end {
			t.Errorf("%s %s–%s at %s: until %q, want %q", tc.zone, tc.from, tc.to, tc.now, got, tc.end)
		}
	}
}

// Through two years, the nights of four clock changes among them: when quiet hours hold,
// a naive reading of the clock agrees but on a day of change, the end is in the future,
// and there they are over.
func TestQuietAlways(t *testing.T) {
	for _, name := range []string{"Europe/Warsaw", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"} {
		z := zone(t, name)
		for _, q := range []Quiet{{22 * 60, 7 * 60}, {1 * 60, 2*60 + 30}, {13 * 60, 15 * 60}, {0, 1}} {
			naive := func(at time.Time) bool {
				c := Clock(at.In(z).Hour()*60 + at.In(z).Minute())
				return q.From < q.To && c >= q.From && c < q.To || q.From > q.To && (c >= q.From || c < q.To)
			}
			end := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)
			for at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(end); at = at.Add(37 * time.Minute) {
				until, quiet := q.until(at, z)
				_, before := at.Add(-24 * time.Hour).In(z).Zone()
				_, after := at.Add(24 * time.Hour).In(z).Zone()
				if quiet != naive(at) && before == after {
					t.Fatalf("%s %v at %s: %t", name, q, at.In(z), quiet)
				}
				if !quiet {
					continue
				}
				if _, still := q.until(until, z); still || !until.After(at) || until.Sub(at) > 25*time.Hour {
					t.Fatalf("%s %v at %s: until %s", name, q, at.In(z), until.In(z))
				}
			}
		}
	}
}

// Many messages, one evening: what goes when.
func TestDue(t *testing.T) {
	z := zone(t, "Europe/Warsaw")
	at := func(s string) time.Time {
		d, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-"+s, z)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	r := Rhythm{Zone: z, Quiet: Quiet{clock(t, "22:00"), clock(t, "07:00")}, Window: 10 * time.Minute}
	m := func(id string, since string, u Urgency) Waiting {
		return Waiting{Message: Message{ID: id, Recipient: "ola", Subject: "S" + id, Line: "L" + id, Urgency: u, Links: []Link{{URL: "https://x.example/" + id}}}, Since: at(since)}
	}
	calm, urgent := Normal, Urgent
	for name, tc := range map[string]struct {
		r       Rhythm
		waiting []Waiting
		last    time.Time
		now     string
		send    string
		again   time.Time
	}{
		"nothing":                        {r, nil, time.Time{}, "27 12:00", "", time.Time{}},
		"the first goes at once":         {r, []Waiting{m("1", "27 12:00", calm)}, time.Time{}, "27 12:00", "1", time.Time{}},
		"another waits":                  {r, []Waiting{m("2", "27 12:03", calm)}, at("27 12:00"), "27 12:03", "", at("27 12:10")},
		"what waited goes as one":        {r, []Waiting{m("3", "27 12:05", calm), m("2", "27 12:03", calm)}, at("27 12:00"), "27 12:10", "2+3", time.Time{}},
		"urgent goes at once, as one":    {r, []Waiting{m("2", "27 12:03", calm), m("3", "27 12:04", urgent), m("4", "27 12:04", urgent)}, at("27 12:00"), "27 12:05", "3+4", at("27 12:10")},
		"at night it waits":              {r, []Waiting{m("1", "27 22:30", calm)}, at("27 12:00"), "27 22:30", "", at("28 07:00")},
		"at night urgent goes":           {r, []Waiting{m("1", "27 22:30", calm), m("2", "27 23:00", urgent)}, at("27 12:00"), "27 23:00", "2", at("28 07:00")},
		"the window ends in the night":   {r, []Waiting{m("1", "27 21:56", calm)}, at("27 21:55"), "27 21:56", "", at("28 07:00")},
		"in the morning all go as one":   {r, []Waiting{m("1", "27 22:30", calm), m("2", "28 03:00", calm), m("3", "28 06:59", calm)}, at("27 21:55"), "28 07:00", "1+2+3", time.Time{}},
		"twice is once":                  {r, []Waiting{m("1", "27 12:00", calm), m("1", "27 12:00", calm), m("2", "27 12:00", urgent), m("2", "27 12:01", urgent)}, time.Time{}, "27 12:01", "2 1", time.Time{}},
		"no window, nothing is gathered": {Rhythm{Zone: z}, []Waiting{m("1", "27 12:00", calm), m("2", "27 12:01", calm)}, at("27 12:00"), "27 12:01", "1 2", time.Time{}},
		"no zone is UTC":                 {Rhythm{Quiet: r.Quiet}, []Waiting{m("1", "27 22:30", calm)}, time.Time{}, "27 22:30", "1", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(tc.waiting)
			send, again := tc.r.Due(tc.waiting, tc.last, at(tc.now))
			var got []string
			for _, b := range send {
				got = append(got, strings.Join(b.IDs, "+"))
				if err := b.Message.Check(); err != nil {
					t.Error(err)
				}
			}
			if strings.Join(got, " ") != tc.send || !again.Equal(tc.again) {
				t.Errorf("%q and again %s, want %q and %s", got, again, tc.send, tc.again)
			}
			for i := range before {
				if before[i].Message.ID != tc.waiting[i].Message.ID {
					t.Error("the order of what was given is changed")
				}
			}
		})
	}
}

// A flood becomes few messages, each of which can be sent, and none is lost.
func TestFlood(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	var flood []Waiting
	for i := range 73 {
		m := Message{ID: fmt.Sprint("m", i), Subject: strings.Repeat("długi tytuł ", 40), Language: "pl"}
		for range i % 4 {
			m.Links = append(m.Links, Link{URL: "https://x.example/" + m.ID})
		}
		flood = append(flood, Waiting{Message: m, Since: now.Add(time.Duration(i) * time.Second)})
	}
	send, again := Rhythm{Window: time.Minute}.Due(flood, time.Time{}, now.Add(time.Hour))
	var ids []string
	links := 0
	discord := sender(t, discordHook, newDiscord(t))
	for _, b := range send {
		ids = append(ids, b.IDs...)
		links += len(b.Message.Links)
		if err := b.Message.Check(); err != nil {
			t.Error(err)
		}
		if _, err := discord.Send(t.Context(), b.Message); err != nil {
			t.Error(err)
		}
	}
	if len(ids) != 73 || ids[0] != "m0" || ids[72] != "m72" || links != 18*6 || len(send) > 7 || !again.IsZero() {
		t.Errorf("%d messages in %d, %d links: %q", len(ids), len(send), links, ids)
	}
	same, _ := Rhythm{Window: time.Minute}.Due(flood, time.Time{}, now.Add(2*time.Hour))
	if same[0].Message.ID != send[0].Message.ID || same[1].Message.ID == send[0].Message.ID {
		t.Error("the id is not that of what is in it")
	}
}

// What a gathered message says, letter by letter.
func TestGathered(t *testing.T) {
	z := zone(t, "Europe/Warsaw")
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	b := gather([]Waiting{
		{Message: Message{ID: "1", Recipient: "ola", Language: "pl", Subject: "Post o 20:00", Line: "Potwierdź.", Text: "więcej", Links: []Link{{URL: "https://x.example/1"}}}, Since: now},
		{Message: Message{ID: "2", Line: "Sklep stoi", Text: "od\nminuty"}, Since: now.Add(time.Minute)},
	}, z)
	want := Message{
		ID: b.Message.ID, Recipient: "ola", Language: "pl", Subject: "2 wiadomości", Line: "Post o 20:00 · Sklep stoi",
		Text: "13:00  Post o 20:00\nPotwierdź.\n\n13:01  Sklep stoi\nod\nminuty", Links: []Link{{Label: "Potwierdzam: Post o 20:00", URL: "https://x.example/1"}},
	}
	if fmt.Sprintf("%q", b.Message) != fmt.Sprintf("%q", want) || !strings.HasPrefix(b.Message.ID, "gathered-") {
		t.Errorf("%q\nwant\n%q", b.Message, want)
	}
}

// What is urgent at the same moment is one message: what leads is the headline, whenever
// it was written, and the others are listed by what they have in common.
func TestHeaded(t *testing.T) {
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	urgent := func(id, subject, line string, leads bool, after time.Duration) Waiting {
		return Waiting{Message: Message{ID: id, Recipient: "jan", Subject: subject, Line: line, Text: "Press.", Urgency: Urgent, Links: []Link{{URL: "https://x.example/" + id}}}, Since: now.Add(after), Leads: leads}
	}
	all := []Waiting{
		urgent("1", "Freeze the code", "Asked of you", false, 0), urgent("2", "Moved to 21:00", "News", true, time.Second),
		urgent("3", "Say go", "Asked of you", false, 0), urgent("4", "Warm the pages", "A reminder", false, 2*time.Second),
	}
	send, again := Rhythm{Window: time.Minute}.Due(all, now, now.Add(2*time.Second))
	if len(send) != 1 || !again.IsZero() {
		t.Fatalf("%d messages, again at %s", len(send), again)
	}
	m := send[0].Message
	want := Message{
		ID: m.ID, Recipient: "jan", Urgency: Urgent, Subject: "Moved to 21:00", Line: "News",
		Text: "Asked of you\n• Freeze the code\n• Say go\n\nA reminder\n• Warm the pages\n\nPress.",
		Links: []Link{
			{Label: "Acknowledge: Moved to 21:00", URL: "https://x.example/2"}, {Label: "Acknowledge: Freeze the code", URL: "https://x.example/1"},
			{Label: "Acknowledge: Say go", URL: "https://x.example/3"}, {Label: "Acknowledge: Warm the pages", URL: "https://x.example/4"},
		},
	}
	if fmt.Sprintf("%q", m) != fmt.Sprintf("%q", want) || strings.Join(send[0].IDs, "") != "2134" || m.ID == "2" {
		t.Errorf("%q, %q\nwant\n%q", m, send[0].IDs, want)
	}
	if alone, _ := (Rhythm{}).Due(all[:1], now, now); len(alone) != 1 || alone[0].Message.ID != "1" || alone[0].Message.Text != "Press." {
		t.Errorf("one alone stays as it is: %+v", alone)
	}
	for range 30 { // whatever comes, each can be sent
		all = append(all, urgent(fmt.Sprint("more", len(all)), strings.Repeat("długi tytuł ", 40), "x", false, 0))
	}
	send, _ = Rhythm{}.Due(all, now, now.Add(2*time.Second))
	n := 0
	discord := sender(t, discordHook, newDiscord(t))
	for _, b := range send {
		n += len(b.IDs)
		if _, err := discord.Send(t.Context(), b.Message); err != nil {
			t.Error(err)
		}
	}
	if len(send) != 2 || n != len(all) {
		t.Errorf("%d of %d in %d messages", n, len(all), len(send))
	}
}

func TestParseClock(t *testing.T) {
	for s, want := range map[string]Clock{"00:00": 0, "07:05": 425, "23:59": 1439} {
		if got, err := ParseClock(s); got != want || err != nil {
			t.Errorf("%s: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "24:00", "7", "22:00:00", "noon"} {
		if _, err := ParseClock(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}
