package listen

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/falochron/falochron/internal/plan"
)

func options(t testing.TB) Options {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Zone: zone, Zones: time.LoadLocation, Campaign: "Autumn"}
}

var evening = time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)

// read is a file without faults, with moments in UTC and without what only names items.
func read(t *testing.T, text string) []Item {
	t.Helper()
	f := Read([]byte(text), options(t))
	if len(f.Faults) > 0 {
		t.Fatalf("%q: %+v", text, f.Faults)
	}
	for i := range f.Items {
		it := &f.Items[i]
		if it.Source.Key == "" || it.Source.Print == "" {
			t.Errorf("%+v has no source", it)
		}
		it.Post.At, it.Evening.Start, it.Source = it.Post.At.UTC(), it.Evening.Start.UTC(), plan.Source{}
	}
	return f.Items
}

// However a spreadsheet writes the same row, it is the same post.
func TestTheHabitsOfSpreadsheets(t *testing.T) {
	t.Parallel()
	want := []Item{{Line: 2, Campaign: "Autumn", Post: plan.Post{Name: "Film", Channel: "tiktok", Account: "ola", Reach: 12000, Price: 59.99, Click: 0.03, Proof: true, At: evening, Slip: 10 * time.Minute}}}
	for name, text := range map[string]string{
		"commas":         "campaign,name,channel,account,at,reach,price,click,proof,slip_minutes\nAutumn,Film,tiktok,ola,2026-12-01 20:00,12000,59.99,3%,yes,10\n",
		"semicolons":     "campaign;name;channel;account;at;reach;price;click;proof;slip_minutes\r\nAutumn;Film;tiktok;ola;01.12.2026 20:00;12 000;59,99;3%;tak;10\r\n",
		"tabs":           "campaign\tname\tchannel\taccount\tat\treach\tprice\tclick\tproof\tslip_minutes\nAutumn\tFilm\ttiktok\tola\t1.12.2026 20:00\t12\u00a0000\t59,99\t0,03\tx\t10",
		"a mark before":  "\ufeffcampaign;name;channel;account;at;reach;price;click;proof;slip_minutes\nAutumn;Film;tiktok;ola;01.12.2026 20:00;12000;59,99;0.03;1;10\n\n;;;;;;;;;\n",
		"Polish headers": "Kampania;Nazwa;Kanał;Konto;Termin;Zasięg;Cena;Kliknie;Dowód;Poślizg minuty\nAutumn;Film;tiktok;ola;2026-12-01T20:00:00+01:00;12000;59,99;3%;prawda;10\n",
		"date and time":  "name,channel,account,date,time,reach,price,click,proof,slip_minutes\n\"Film\",tiktok,ola,2026-12-01,20:00,12000,\"59,99\",\"0,03\",yes,10\n",
	} {
		if d := cmp.Diff(want, read(t, text)); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
	if got := read(t, "sep=;\nname;at\nFilm;2026-12-01 20:00\n"); got[0].Line != 3 {
		t.Errorf("the line is %d", got[0].Line)
	}
	night := read(t, "kind;name;at;lasts_minutes;pre_queue_minutes;draw;reach\nwieczór;Black Friday;27.11.2026 20:00;180;30;tak;5000\n")
	if d := cmp.Diff([]Item{{Line: 2, Campaign: "Autumn", IsEvening: true, Evening: plan.Evening{
		Name: "Black Friday", Start: evening.AddDate(0, 0, -4), Lasts: 3 * time.Hour, PreQueue: 30 * time.Minute, Draw: true, Reach: 5000,
	}}}, night); d != "" {
		t.Error(d)
	}
	if got := read(t, "name,at,link\n\"two\nlines, \"\"quoted\"\"\",2026-12-01 20:00,https://x.example/?a=1\nlast,2026-12-01 20:00,\n"); got[0].Post.Name != "two\nlines, \"quoted\"" || got[1].Line != 4 {
		t.Errorf("%+v", got)
	}
}

// How a reach was shown comes with the file: what it was, of which day, where and in words,
// in both languages.
func TestAProofInATable(t *testing.T) {
	t.Parallel()
	got := read(t, "name;at;dowód;dowód z dnia;dowód link;proof_note\n"+
		"A;2026-12-01 20:00;statystyki;20.11.2026;https://drive.example/ola.png;z listopada\n"+
		"B;2026-12-01 21:00;Media Kit;;;\n"+
		"C;2026-12-01 22:00;tak;2026-11-20;;pokazała\n"+
		"D;2026-12-01 23:00;tak;;;\nE;2026-12-02 20:00;nie;;;\nF;2026-12-02 21:00;;;https://drive.example/f.png;\n")
	for i, want := range []plan.Post{
		{Proof: true, Shown: plan.Proof{Kind: plan.Statistics, Date: "2026-11-20", Link: "https://drive.example/ola.png", Note: "z listopada"}},
		{Proof: true, Shown: plan.Proof{Kind: plan.MediaKit}},
		{Proof: true, Shown: plan.Proof{Date: "2026-11-20", Note: "pokazała"}},
		{Proof: true}, {},
		{Proof: true, Shown: plan.Proof{Link: "https://drive.example/f.png"}},
	} {
		if p := got[i].Post; p.Proof != want.Proof || p.Shown != want.Shown {
			t.Errorf("%s: %v %+v", p.Name, p.Proof, p.Shown)
		}
	}
	o := options(t)
	o.Language = plan.Polish
	f := Read([]byte("name;at;proof;proof_date;proof_link\nA;2026-12-01 20:00;plotka;20 lis;\nB;2026-12-01 20:00;nie;;https://x.example/a\n"), o)
	var said []string
	for _, x := range f.Faults {
		said = append(said, x.Message+": "+x.Hint)
	}
	if d := cmp.Diff([]string{
		`"plotka" to ani tak, ani nie: tak, nie, statystyki, media kit, wcześniejsze wpisy albo inny`, `"20 lis" to nie jest dzień: napisz 20.11.2026 albo 2026-11-20`,
		"napisano, że dowodu nie ma, i zarazem jaki jest: zostaw puste albo napisz, co pokazano",
	}, said); d != "" {
		t.Error(d)
	}
}

// All that is wrong is said at once, each with its line, its column and what to write.
func TestAllFaultsOfATable(t *testing.T) {
	t.Parallel()
	text := strings.Join([]string{
		"kind;name;channel;at;reach;price;click;proof;slip_minutes;lasts_minutes;uid",
		"post;Good;tiktok;2026-12-01 20:00;1;1;1;tak;1;;a",
		"story;A;tiktok;tomorrow;many;-1;30;maybe;x;;b",
		"post;;;;;;;;;;c",
		"post;B;tiktok;2026-10-25 02:30;;;;;;;d",
		"post;C;tiktok;2027-03-28 02:30;;;;;;;e",
		"evening;D;tiktok;2026-12-01 20:00;;;;;;;f",
		"post;E;tiktok;2026-12-01 20:00;;;;;;60;g",
		"post;F;tiktok;2026-12-01 20:00;;;;;;;a",
		"post;G;tiktok;2026-12-01 20:00;;;;;;;h;more",
	}, "\n")
	f := Read([]byte(text), options(t))
	var got []string
	for _, x := range f.Faults {
		got = append(got, fmt.Sprintf("%d %s: %s", x.Line, x.Column, x.Message))
		if x.Hint == "" {
			t.Errorf("%+v has no hint", x)
		}
	}
	want := []string{
		`3 kind: "story" is no kind`, `3 at: "tomorrow" is no moment`, `3 reach: "many" is no whole number`, `3 proof: "maybe" is neither yes nor no`, `3 click: "30" is no share`,
		`3 slip_minutes: "x" is no whole number`, `3 price: "-1" is no number`,
		"4 at: is missing", "4 name: is missing",
		"5 at: 2026-10-25 02:30 comes twice in Europe/Warsaw", "6 at: 2027-03-28 02:30 is skipped in Europe/Warsaw",
		"7 channel: an evening has no channel", "7 lasts_minutes: is missing", "8 lasts_minutes: a post has no lasts_minutes",
		"9 uid: this is line 2 again", `10 : there is a cell below no column: "more"`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(f.Items) != 1 {
		t.Errorf("%d good rows", len(f.Items))
	}
}

func TestFilesThatAreNoFilesOfPosts(t *testing.T) {
	t.Parallel()
	rows := func(n int) string {
		var b strings.Builder
		b.WriteString("name,at\n")
		for i := range n {
			fmt.Fprintf(&b, "P%d,2026-12-01 20:00\n", i)
		}
		return b.String()
	}
	for text, want := range map[string]string{
		"":                                "1 : the file is empty",
		"\ufeff \r\n":                     "1 : the file is empty",
		"\xff\xfen\x00a\x00":              "1 : the file is not written in UTF-8",
		"name,at\nZwyk\xb3a,2026-12-01 ":  "1 : the file is not written in UTF-8",
		"name,price\nx,1\n":               "1 : a column at is missing, or date and time",
		"name,at,colour\nx,1,2\n":         "1 colour: this column is not known",
		"name,at,nazwa\nx,1,2\n":          "1 nazwa: the column name is there twice",
		"name,at\n":                       "1 : there is nothing but a header",
		"name,at\n\"x,2026-12-01 20:00\n": "2 : the quotes of this row are not closed or stand in the middle of a cell",
		"name,at\nx\"y,2026-12-01 20:00":  "2 : the quotes of this row are not closed or stand in the middle of a cell",
		rows(MaxRows + 1):                 "502 : there are more than 500 posts and evenings",
		strings.Repeat("x", MaxFile+1):    "1 : the file is longer than 1048576 bytes",
		"<html><body>":                    "1 <html><body>: this column is not known",
	} {
		f := Read([]byte(text), options(t))
		if len(f.Faults) == 0 {
			t.Errorf("%.40q is taken", text)
			continue
		}
		if x := f.Faults[0]; fmt.Sprintf("%d %s: %s", x.Line, x.Column, x.Message) != want || x.Hint == "" {
			t.Errorf("%.40q: %+v, want %s", text, f.Faults[0], want)
		}
	}
	if f := Read([]byte("name,at\n"+strings.Repeat("x,never\n", 300)), options(t)); len(f.Faults) != MaxFaults || f.Left != 200 {
		t.Errorf("%d faults, %d left out", len(f.Faults), f.Left)
	}
	o := options(t)
	o.Campaign = ""
	if f := Read([]byte("name,at\nx,2026-12-01 20:00"), o); len(f.Faults) != 1 || f.Faults[0].Column != "campaign" {
		t.Errorf("%+v", f.Faults)
	}
}

// A row is known again by its id, or by what it is; its fingerprint changes with
// anything of it.
func TestWhatIsTheSameRow(t *testing.T) {
	t.Parallel()
	source := func(text string) plan.Source {
		f := Read([]byte(text), options(t))
		if len(f.Faults) > 0 {
			t.Fatal(f.Faults)
		}
		return f.Items[0].Source
	}
	a := source("name,at,price,uid\nA,2026-12-01 20:00,1,x")
	moved := source("name,at,price,uid\nA,2026-12-01 21:00,1,x")
	if a.Key != "x" || moved.Key != "x" || a.Print == moved.Print {
		t.Errorf("%+v %+v", a, moved)
	}
	b, other, later := source("name,at,price\nA,2026-12-01 20:00,1"), source("price;at;name\n2;2026-12-01T19:00:00Z;A"), source("name,at,price\nA,2026-12-01 21:00,1")
	if b.Key != other.Key || b.Print == other.Print || b.Key == later.Key {
		t.Errorf("%+v %+v %+v", b, other, later)
	}
	long := source("name,at,uid\nA,2026-12-01 20:00," + strings.Repeat("y", 400))
	if len(long.Key) > 200 {
		t.Errorf("%d characters", len(long.Key))
	}
}

const calendarHead = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n"

func calendar(events ...string) string {
	out := calendarHead
	for _, e := range events {
		out += "BEGIN:VEVENT\r\n" + e + "\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
	}
	return strings.ReplaceAll(out+"END:VCALENDAR\r\n", "\r\n\r\n", "\r\n")
}

func TestACalendarIsRead(t *testing.T) {
	t.Parallel()
	got := read(t, calendar(
		"UID:1@x\r\nDTSTART:20261201T190000Z\r\nSUMMARY:Lipstick\\, red\r\nURL:https://lip.example/p\r\nX-FALOCHRON-CHANNEL:Instagram-Story\r\nX-FALOCHRON-ACCOUNT:ola\r\nX-FALOCHRON-REACH:300 000\r\nX-FALOCHRON-COUPON:OLA10\r\nX-FALOCHRON-PARTY:ola",
		"UID:2@x\r\nDTSTART;TZID=Europe/Warsaw:20261201T200000\r\nSUMMARY:Named zone\r\nX-FALOCHRON-CAMPAIGN:Winter",
		"UID:3@x\r\nDTSTART:20261201T200000\r\nSUMMARY:Floating\r\nSTATUS:CANCELLED",
		"UID:4@x\r\nDTSTART;TZID=\"Central European Standard Time\":20261201T200000\r\nDTEND;TZID=Europe/Warsaw:20261201T230000\r\nSUMMARY:Black Friday\r\nX-FALOCHRON-KIND:evening",
	))
	want := []Item{
		{Line: 4, Campaign: "Autumn", Post: plan.Post{Name: "Lipstick, red", At: evening, Link: "https://lip.example/p", Channel: "instagram-story", Account: "ola", Reach: 300000, Coupon: "OLA10", Party: "ola"}},
		{Line: 18, Campaign: "Winter", Post: plan.Post{Name: "Named zone", At: evening}},
		{Line: 27, Campaign: "Autumn", Post: plan.Post{Name: "Floating", At: evening}, Cancelled: true},
		{Line: 36, Campaign: "Autumn", IsEvening: true, Evening: plan.Evening{Name: "Black Friday", Start: evening, Lasts: 3 * time.Hour}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAllFaultsOfACalendar(t *testing.T) {
	t.Parallel()
	f := Read([]byte(calendar(
		"UID:1\r\nDTSTART:20261201T190000Z\r\nSUMMARY:A\r\nRRULE:FREQ=DAILY",
		"DTSTART:20261201T190000Z\r\nSUMMARY:B",
		"UID:3\r\nDTSTART;VALUE=DATE:20261201\r\nSUMMARY:C",
		"UID:4\r\nSUMMARY:D",
		"UID:5\r\nDTSTART;TZID=Mars/Olympus:20261201T190000\r\nSUMMARY:E",
		"UID:6\r\nDTSTART:20270328T023000\r\nSUMMARY:F\r\nX-FALOCHRON-REACH:many",
		"UID:7\r\nDTSTART:soon",
		"UID:8\r\nDTSTART:20261201T190000Z\r\nSUMMARY:G\r\nX-FALOCHRON-KIND:EVENING",
		"UID:9\r\nDTSTART:20261201T190000Z\r\nSUMMARY:H\r\nRECURRENCE-ID:20261201T190000Z",
		"UID:10\r\nDTSTART:20261201T190000Z\r\nSUMMARY:I", "UID:10\r\nDTSTART:20261201T190000Z\r\nSUMMARY:I", "UID:11\r\nDTSTART:20261201T190000Z\r\nSUMMARY:J\r\nX-FALOCHRON-KIND:PARTY",
	)), options(t))
	var got []string
	for _, x := range f.Faults {
		got = append(got, fmt.Sprintf("%s: %s", x.Column, x.Message))
		if x.Hint == "" || x.Line < 4 {
			t.Errorf("%+v", x)
		}
	}
	want := []string{
		"RRULE: an event that repeats is not read", "UID: is missing", "DTSTART: a whole day is no moment", "DTSTART: is missing", `DTSTART: the time zone "Mars/Olympus" is not known`,
		"DTSTART: 20270328T023000 is skipped that day", `X-FALOCHRON-REACH: "many" is no whole number`, `DTSTART: "soon" is no moment`, "SUMMARY: is missing", "DTEND: is missing",
		"RECURRENCE-ID: an event that repeats is not read", `X-FALOCHRON-KIND: "PARTY" is no kind`,
	}
	sub := regexp.MustCompile(`UID: this is line \d+ again`)
	var rest []string
	for _, s := range got {
		if !sub.MatchString(s) {
			rest = append(rest, s)
		}
	}
	if d := cmp.Diff(want, rest); d != "" || len(rest) != len(got)-1 {
		t.Errorf("%s\n%q", d, got)
	}
	for text, want := range map[string]string{
		calendarHead + "END:VCALENDAR":                "there is no event in this calendar",
		calendarHead + "METHOD:CANCEL\nEND:VCALENDAR": "this calls events off that are not in it",
		calendarHead + "oops":                         "the calendar is broken here: this is no line of a calendar: NAME:value is expected",
	} {
		if f := Read([]byte(text), options(t)); len(f.Faults) != 1 || f.Faults[0].Message != want {
			t.Errorf("%+v", f.Faults)
		}
	}
}

// A channel of which nobody knows how many come is refused, with those that are known.
func TestUnknownChannels(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Channels = []string{"tiktok", "email"}
	table := "Nazwa;Kanał;Termin\nFilm;tiktokk;2026-12-01 20:00\nFilm;tiktok;2026-12-01 20:00\nFilm;;2026-12-02 20:00\n"
	f := Read([]byte(table), o)
	if len(f.Items) != 2 || len(f.Faults) != 1 || f.Faults[0] != (Fault{Line: 2, Column: "Kanał", Message: `the channel "tiktokk" is not known`, Hint: "take the one most like it: tiktok, email"}) {
		t.Errorf("%+v", f)
	}
	o.Language = plan.Polish
	event := calendarHead + "BEGIN:VEVENT\nUID:1\nSUMMARY:Film\nDTSTART:20261201T200000\nX-FALOCHRON-CHANNEL:tiktokk\nEND:VEVENT\nEND:VCALENDAR"
	f = Read([]byte(event), o)
	if len(f.Items) != 0 || len(f.Faults) != 1 || f.Faults[0].Column != propChannel || f.Faults[0].Message != `kanał "tiktokk" nie jest znany` || f.Faults[0].Hint != "wybierz najbardziej podobny: tiktok, email" {
		t.Errorf("%+v", f)
	}
	o.Channels = nil
	if f = Read([]byte(table), o); len(f.Items) != 3 || len(f.Faults) != 0 {
		t.Errorf("%+v", f)
	}
}

// Whatever a file holds, it is read within bounds: items that can be told apart, or
// faults with their lines.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"name;at\nA;2026-12-01 20:00\n", "sep=,\nname,at\n\"a\nb\",1.12.2026 20:00", "kind,name,at,lasts_minutes\nevening,x,2026-10-25 02:30,99999999999", "\ufeffname\tat\n",
		calendar("UID:1\r\nDTSTART:20261201T190000Z\r\nSUMMARY:A"), calendar("UID:1\r\nDTSTART;TZID=../x:20261201T190000\r\nSUMMARY:\\"),
	} {
		f.Add([]byte(s))
	}
	o := options(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		got := Read(b, o)
		if len(got.Items) > MaxRows || len(got.Faults) > MaxFaults || len(got.Items)+len(got.Faults) == 0 {
			t.Errorf("%d items, %d faults", len(got.Items), len(got.Faults))
		}
		seen := map[string]bool{}
		for i := range got.Items {
			it := &got.Items[i]
			if it.Line < 1 || it.Campaign == "" || it.Name() == "" || it.Source.Key == "" || seen[it.Source.Key] {
				t.Errorf("%+v", it)
			}
			seen[it.Source.Key] = true
		}
		for _, x := range got.Faults {
			if x.Line < 1 || x.Message == "" || x.Hint == "" {
				t.Errorf("%+v", x)
			}
		}
	})
}

// docs/news.md lists the columns, in their order, with every name that is taken.
func TestDocsNameTheColumns(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/news.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(raw), "| column |")
	table, _, _ = strings.Cut(table, "\n\n")
	var named []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([^|]*)\\|").FindAllStringSubmatch(table, -1) {
		named = append(named, row[1])
		for name := range strings.SplitSeq(row[2], ", ") {
			name = strings.ReplaceAll(strings.TrimSpace(name), " ", "_")
			if i := slices.Index(Columns(), row[1]); name != "" && i >= 0 && !slices.Contains(columns[i].names, name) {
				t.Errorf("%s is not called %s", row[1], name)
			}
		}
	}
	if d := cmp.Diff(Columns(), named); d != "" {
		t.Error(d)
	}
}
