package ical

import (
	"errors"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
)

func warsaw(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// Lines are at most 75 bytes long, cut between characters, and read as they were by us
// and by somebody else's reader.
func TestLinesAreFolded(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"short", strings.Repeat("x", 300), strings.Repeat("ż", 120), strings.Repeat("👩‍👩‍👧", 30), `a,b;c\d` + "\ne\r\nf\rg", "colon: \"quoted\"", "", "  spaces  ",
		strings.Repeat("x", 67), strings.Repeat("x", 68), strings.Repeat("x", 66) + "ż", "tab\tand\x00\x07control",
	} {
		var b []byte
		for _, line := range []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1"} {
			name, value, _ := strings.Cut(line, ":")
			b = AppendLine(b, name, value)
		}
		b = AppendLine(b, "SUMMARY", Escape(text))
		b = AppendLine(AppendLine(b, "END", "VEVENT"), "END", "VCALENDAR")
		for line := range strings.SplitSeq(string(b), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !strings.HasPrefix(line, " ") && line != strings.ToValidUTF8(line, "?") {
				t.Errorf("%d bytes: %q", len(line), line)
			}
		}
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "", "\x07", "").Replace(text)
		c, err := Parse(b)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		p, _ := c.Components[0].Get("SUMMARY")
		if got := Unescape(p.Value); got != want {
			t.Errorf("%q is read as %q", want, got)
		}
		theirs, err := ics.ParseCalendar(strings.NewReader(string(b)))
		if err != nil {
			t.Fatalf("%q: somebody else: %v", text, err)
		}
		if got := theirs.Events()[0].GetProperty(ics.ComponentPropertySummary); ics.FromText(got.Value) != want && got.Value != want {
			t.Errorf("%q is read by somebody else as %q", want, got.Value)
		}
	}
}

// Moments around both changes of the clock come back as they were, and the zone says
// when it changes.
func TestMomentsOverTheChangeOfClock(t *testing.T) {
	t.Parallel()
	zone := warsaw(t)
	for utc, want := range map[string]string{
		"2026-10-24T18:00:00Z": "DTSTART;TZID=Europe/Warsaw:20261024T200000",
		"2026-10-25T00:30:00Z": "DTSTART;TZID=Europe/Warsaw:20261025T023000", // the first half past two
		"2026-10-25T01:30:00Z": "DTSTART:20261025T013000Z",                   // the second
		"2026-10-25T02:00:00Z": "DTSTART;TZID=Europe/Warsaw:20261025T030000",
		"2026-10-25T19:00:00Z": "DTSTART;TZID=Europe/Warsaw:20261025T200000",
		"2027-03-28T00:59:59Z": "DTSTART;TZID=Europe/Warsaw:20270328T015959",
		"2027-03-28T01:00:00Z": "DTSTART;TZID=Europe/Warsaw:20270328T030000",
	} {
		at, err := time.Parse(time.RFC3339, utc)
		if err != nil {
			t.Fatal(err)
		}
		line := string(AppendMoment(nil, "DTSTART", at.In(zone)))
		if line != want+"\r\n" {
			t.Errorf("%s is %q", utc, line)
		}
		p, err := property(strings.TrimSpace(line), 1)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Moment(time.UTC, time.LoadLocation); err != nil || !got.Equal(at) {
			t.Errorf("%s comes back as %v, %v", utc, got, err)
		}
	}
	first := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	text := string(AppendZone(nil, zone, first, first.AddDate(0, 7, 0)))
	for _, want := range []string{
		"BEGIN:VTIMEZONE\r\nTZID:Europe/Warsaw\r\nBEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nEND:DAYLIGHT\r\n",
		"BEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nEND:STANDARD\r\n",
		"BEGIN:DAYLIGHT\r\nDTSTART:20270328T020000\r\n", "END:VTIMEZONE\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\n is not in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "BEGIN:"); n != 4 {
		t.Errorf("%d parts:\n%s", n, text)
	}
	if got := AppendZone(nil, time.UTC, first, first); got != nil {
		t.Errorf("UTC has %q", got)
	}
	if got := string(AppendMoment(nil, "DTSTART", first)); got != "DTSTART:20261001T000000Z\r\n" {
		t.Errorf("%q", got)
	}
	india := time.FixedZone("Asia/Kolkata", 5*3600+1800)
	if got := string(AppendZone(nil, india, first, first)); !strings.Contains(got, "DTSTART:19700101T000000\r\nTZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530") {
		t.Error(got)
	}
}

func TestWallClocks(t *testing.T) {
	t.Parallel()
	zone := warsaw(t)
	for wall, want := range map[string]struct {
		utc   string
		twice bool
		err   error
	}{
		"20261201T200000": {"2026-12-01T19:00:00Z", false, nil}, "20260701T200000": {"2026-07-01T18:00:00Z", false, nil},
		"20261025T015959": {"2026-10-24T23:59:59Z", false, nil}, "20261025T020000": {"2026-10-25T00:00:00Z", true, nil},
		"20261025T025959": {"2026-10-25T00:59:59Z", true, nil}, "20261025T030000": {"2026-10-25T02:00:00Z", false, nil},
		"20270328T020000": {"", false, ErrSkipped}, "20270328T023000": {"", false, ErrSkipped}, "20270328T030000": {"2027-03-28T01:00:00Z", false, nil},
	} {
		w, err := time.Parse(wallLayout, wall)
		if err != nil {
			t.Fatal(err)
		}
		got, twice, err := At(w, zone)
		if !errors.Is(err, want.err) || twice != want.twice || err == nil && got.UTC().Format(time.RFC3339) != want.utc {
			t.Errorf("%s: %v, %v, %v", wall, got, twice, err)
		}
	}
}

func TestMomentsThatAreRead(t *testing.T) {
	t.Parallel()
	zone := warsaw(t)
	for line, want := range map[string]struct {
		utc string
		err error
	}{
		"DTSTART:20261201T190000Z": {"2026-12-01T19:00:00Z", nil}, "DTSTART:20261201T190000": {"2026-12-01T18:00:00Z", nil},
		"DTSTART;TZID=America/New_York:20261201T190000":                      {"2026-12-02T00:00:00Z", nil},
		`DTSTART;TZID="Central European Standard Time":20261201T190000`:      {"2026-12-01T18:00:00Z", nil},
		"DTSTART;TZID=/softwarestudio.org/Europe/London:20261201T19":         {"", ErrNoTime},
		"DTSTART;TZID=/mozilla.org/20070129_1/Europe/London:20261201T190000": {"2026-12-01T19:00:00Z", nil},
		"DTSTART;TZID=Mars/Olympus:20261201T190000":                          {"", ErrNoZone}, "DTSTART;TZID=Local:20261201T190000": {"", ErrNoZone},
		"DTSTART;VALUE=DATE:20261201": {"", ErrDay}, "DTSTART:20261201": {"", ErrDay}, "DTSTART:tomorrow": {"", ErrNoTime}, "DTSTART:20261301T190000Z": {"", ErrNoTime},
		"DTSTART;TZID=Europe/Warsaw:20270328T023000": {"", ErrSkipped},
	} {
		p, err := property(line, 1)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Moment(zone, time.LoadLocation)
		if !errors.Is(err, want.err) || err == nil && got.UTC().Format(time.RFC3339) != want.utc {
			t.Errorf("%s: %v, %v", line, got, err)
		}
	}
}

func TestWhatIsNoCalendar(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                        "line 1: the calendar has no end",
		"hello":                                   "line 1: this is no line",
		"BEGIN:VEVENT\nEND:VEVENT":                "line 1: one calendar",
		"BEGIN:VCALENDAR\nBEGIN:VEVENT\n":         "line 2: the calendar has no end",
		"BEGIN:VCALENDAR\nEND:VEVENT":             "line 2: END:VEVENT ends nothing; VCALENDAR is open",
		"BEGIN:VCALENDAR\nX;A:1\nEND:VCALENDAR":   "line 2: a parameter of X has no value",
		"BEGIN:VCALENDAR\nX;A=\"1:1":              "line 2: a quote in X is not closed",
		"BEGIN:VCALENDAR\nX;A=1\nEND:VCALENDAR":   "line 2: X has no value",
		"BEGIN:VCALENDAR\nEND:VCALENDAR\nX:1":     "line 3: a calendar begins",
		"BEGIN:VCALENDAR\r\n\xff:1\r\n":           "line 1: the calendar is not written in UTF-8",
		strings.Repeat("BEGIN:VCALENDAR\n", 10):   "line 9: too many parts",
		"BEGIN:VCALENDAR\nA:\n  folded\n on\nB\n": "line 5: this is no line",
		strings.Repeat("x", MaxBytes+1):           "line 1: the calendar is longer",
	} {
		c, err := Parse([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.60q: %v, %v", text, c, err)
		}
	}
	c, err := Parse([]byte("\ufeffbegin:vcalendar\nX;a=1;B=\"2;:,\":v:w\n\nBEGIN:VEVENT\nSUM\n MARY:a\n\t b\nEND:VEVENT\nEND:VCALENDAR"))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := c.Get("X")
	q, _ := c.Components[0].Get("SUMMARY")
	if p.Params["A"] != "1" || p.Params["B"] != "2;:," || p.Value != "v:w" || q.Value != "a b" || q.Line != 5 || c.Components[0].Line != 4 {
		t.Errorf("%+v %+v", p, q)
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{0: "PT0S", 15 * time.Minute: "PT15M", -2 * time.Hour: "-PT2H", 90 * time.Second: "PT90S", 36 * time.Hour: "PT36H"} {
		if got := Duration(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}

// Whatever is read, it ends, names its line, and what was read can be written.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"BEGIN:VCALENDAR\r\nX;A=\"1\";B=2:v\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/Warsaw:20261025T023000\r\nSUMMARY:a\\n\r\n b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "BEGIN:VCALENDAR\n;=", "\ufeff", " \n", "A:\n "} {
		f.Add([]byte(s))
	}
	zone := warsaw(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			if s, ok := errors.AsType[*SyntaxError](err); !ok || s.Line < 1 {
				t.Errorf("%v", err)
			}
			return
		}
		for _, e := range c.Components {
			for _, p := range e.Properties {
				if at, err := p.Moment(zone, time.LoadLocation); err == nil && at.IsZero() && p.Value[:4] != "0001" {
					t.Errorf("%+v is no moment", p)
				}
				for line := range strings.SplitSeq(string(AppendLine(nil, p.Name, Escape(Unescape(p.Value)))), "\r\n") {
					if len(line) > 75 {
						t.Errorf("%q", line)
					}
				}
			}
		}
	})
}
