package console

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func speakers() (en, pl *speaker) {
	all := loadRoomWords()
	return &speaker{"en", all["en"]}, &speaker{"pl", all["pl"]}
}

// CLDR, Polish: one for 1; few for 2–4, 22–24, … but not 12–14; else many.
func TestPolishPlurals(t *testing.T) {
	en, pl := speakers()
	for n, want := range map[int]string{
		0: "0 osób", 1: "1 osoba", 2: "2 osoby", 4: "4 osoby", 5: "5 osób", 11: "11 osób", 12: "12 osób", 14: "14 osób", 21: "21 osób", 22: "22 osoby",
		24: "24 osoby", 25: "25 osób", 101: "101 osób", 102: "102 osoby", 112: "112 osób", 1002: "1002 osoby", 12400: "12\u00a0400 osób", 1000002: "1\u00a0000\u00a0002 osoby",
	} {
		if got, err := pl.count("live.people", n); err != nil || got != want {
			t.Errorf("%d: %q %v", n, got, err)
		}
	}
	for n, want := range map[int]string{0: "0 people", 1: "1 person", 2: "2 people", 12400: "12,400 people"} {
		if got, err := en.count("live.people", n); err != nil || got != want {
			t.Errorf("%d: %q %v", n, got, err)
		}
	}
}

func TestNumbersAreSaid(t *testing.T) {
	en, pl := speakers()
	for _, q := range []struct {
		n      float64
		en, pl string
	}{
		{0, "0", "0"}, {0.4, "0.4", "0,4"}, {3, "3", "3"}, {9.97, "10", "10"}, {38.4, "38", "38"}, {999, "999", "999"}, {8412, "8,412", "8412"},
		{84120, "84,120", "84\u00a0120"}, {1234567, "1,234,567", "1\u00a0234\u00a0567"}, {Unknown, "not known", "nie wiadomo"},
	} {
		if en.number(q.n) != q.en || pl.number(q.n) != q.pl {
			t.Errorf("%g: %q and %q", q.n, en.number(q.n), pl.number(q.n))
		}
	}
	if en.share(0.944) != "94%" || en.share(Unknown) != "not known" {
		t.Error(en.share(0.944), en.share(Unknown))
	}
	for d, want := range map[time.Duration]string{
		0: "0 s", 59 * time.Second: "59 s", 89 * time.Second: "1 min", 3 * time.Minute: "3 min", 89 * time.Minute: "89 min", 2 * time.Hour: "2 h",
		160 * time.Minute: "2 h 40 min", -5 * time.Minute: "5 min", 47 * time.Hour: "47 h", 49 * time.Hour: "2 days", 14 * 24 * time.Hour: "14 days",
	} {
		if got := strings.ReplaceAll(en.length(d), narrow, " "); got != want {
			t.Errorf("%s: %q", d, got)
		}
	}
	if got := pl.length(5 * 24 * time.Hour); got != "5"+narrow+"dni" {
		t.Error(got)
	}
}

// Days are counted by the calendar of the shop's zone, also where clocks change:
// 25 October 2026 has 25 hours in Warsaw, 29 March 2026 has 23.
func TestDaysAreThoseOfTheZone(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	en, pl := speakers()
	for _, q := range []struct{ now, at, en, pl string }{
		{"2026-11-27T19:10:00+01:00", "2026-11-27T20:00:00+01:00", "today, 20:00", "dziś, 20:00"},
		{"2026-11-27T19:10:00+01:00", "2026-11-27T23:30:00Z", "tomorrow, 00:30", "jutro, 00:30"},
		{"2026-11-27T00:10:00+01:00", "2026-11-26T22:00:00Z", "yesterday, 23:00", "wczoraj, 23:00"},
		{"2026-11-27T19:10:00+01:00", "2026-12-04T20:00:00+01:00", "Friday 4 December, 20:00", "piątek, 4 grudnia, 20:00"},
		{"2026-11-27T19:10:00+01:00", "2027-01-02T20:00:00+01:00", "Saturday 2 January 2027, 20:00", "sobota, 2 stycznia 2027, 20:00"},
		{"2026-10-24T23:59:00+02:00", "2026-10-25T23:59:00+01:00", "tomorrow, 23:59", "jutro, 23:59"},
		{"2026-10-25T00:01:00+02:00", "2026-10-25T23:59:00+01:00", "today, 23:59", "dziś, 23:59"},
		{"2026-03-28T23:59:00+01:00", "2026-03-30T00:01:00+02:00", "Monday 30 March, 00:01", "poniedziałek, 30 marca, 00:01"},
		{"2026-03-29T00:01:00+01:00", "2026-03-29T03:00:00+02:00", "today, 03:00", "dziś, 03:00"},
	} {
		now, err := time.Parse(time.RFC3339, q.now)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, q.at)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := en.whenPlain(now.In(warsaw), at), pl.whenPlain(now.In(warsaw), at); a != q.en || b != q.pl {
			t.Errorf("%s at %s: %q, %q", q.at, q.now, a, b)
		}
	}
	now := roomNow()
	for d, want := range map[time.Duration]string{0: "now", 59 * time.Second: "now", -59 * time.Second: "now", 10 * time.Minute: "in 10 min", -3 * time.Hour: "3 h ago"} {
		if got := strings.ReplaceAll(en.till(now, now.Add(d)), narrow, " "); got != want {
			t.Errorf("%s: %q", d, got)
		}
	}
}

// A sentence that is there in one language only is shown in it, and marked.
func TestTextsInOneLanguage(t *testing.T) {
	en, pl := speakers()
	for _, q := range []struct {
		s    *speaker
		text Text
		want string
	}{
		{en, Text{"a", "b"}, "<bdi>a</bdi>"}, {pl, Text{"a", "b"}, "<bdi>b</bdi>"}, {pl, Text{EN: "a"}, `<bdi lang="en">a</bdi>`},
		{en, Text{PL: "<b>"}, `<bdi lang="pl">&lt;b&gt;</bdi>`}, {en, Text{}, "<bdi></bdi>"},
	} {
		if got := q.s.text(q.text); string(got) != q.want {
			t.Errorf("%+v: %s", q.text, got)
		}
	}
	if en.plain(Text{PL: "b"}) != "b" || pl.plain(Text{EN: "a", PL: "b"}) != "b" || en.plain(Text{"a", "b"}) != "a" || pl.plain(Text{EN: "a"}) != "a" {
		t.Error("in attributes")
	}
}

func TestSayNeedsItsWords(t *testing.T) {
	en, _ := speakers()
	if _, err := en.say("no.such.text"); err == nil {
		t.Error("a text that is not there")
	}
	if _, err := en.say("ago", "length"); err == nil {
		t.Error("a name without a value")
	}
	if _, err := en.wide("5"); err == nil {
		t.Error("a text is no number")
	}
	if got := en.word("channel.", "my own thing"); got != "my own thing" {
		t.Error(got)
	}
}

// Both languages have the same texts with the same {names}; each that counts has
// all plural forms of its language; none is there without use, and none hides a
// text of the live page.
func TestWordsOfTheRoom(t *testing.T) {
	live, all := loadWords(), loadRoomWords()
	var source strings.Builder
	for _, name := range sourcesOfTheRoom(t) {
		body, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(body)
	}
	source.WriteString(goSources(t))
	forms := map[string][]string{"en": {"one", "other"}, "pl": {"one", "few", "many", "other"}}
	plurals := regexp.MustCompile(`\.(one|few|many|other)$`)
	keys := map[string]map[string]bool{"en": {}, "pl": {}}
	for lang, words := range all {
		for key, text := range words {
			if _, old := live[lang][key]; old {
				if live[lang][key] != text {
					t.Errorf("%s: %s hides a text of the live page", lang, key)
				}
				continue
			}
			if text == "" {
				t.Errorf("%s: %s is empty", lang, key)
			}
			base := plurals.ReplaceAllString(key, "")
			keys[lang][base] = true
			if base != key {
				for _, f := range forms[lang] {
					if words[base+"."+f] == "" {
						t.Errorf("%s: %s lacks the form %s", lang, base, f)
					}
				}
			}
			other := all[map[string]string{"en": "pl", "pl": "en"}[lang]]
			twin, ok := other[key]
			if base != key {
				twin, ok = other[base+".other"]
			}
			a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(twin, -1)
			slices.Sort(a)
			slices.Sort(b)
			if !ok || !slices.Equal(a, b) {
				t.Errorf("%s: %s: %v and %v", lang, key, a, b)
			}
		}
	}
	made := []string{"role.", "page.", "weekday.", "month.", "channel.", "kind.", "hold.", "go.", "ready.", "over.", "stands.", "door.", "live.shop.", "trend.", "proof.kind-", "radar."}
	for key := range keys["en"] {
		if !strings.Contains(source.String(), `"`+key+`"`) && !slices.ContainsFunc(made, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("nobody asks for %q", key)
		}
	}
	for _, need := range []struct {
		prefix string
		values []string
	}{
		{"role.", []string{string(Influencer), string(MediaHouse), string(SoftwareHouse), string(Host)}},
		{"hold.", verdicts()}, {"go.", verdicts()}, {"ready.", verdicts()}, {"over.", states()}, {"stands.", states()},
		{"door.", []string{string(DoorExpired), string(DoorRevoked), string(DoorForbidden), string(DoorUnknown)}}, {"live.shop.", []string{"fine", "busy", "down", "held", "opening"}},
		{"kind.", []string{"post", "evening", "freeze", "purge", "sync", "release"}},
		{"page.", []string{"access", "influencer", "campaign", "calendar", "host", "vessels", "war-room"}},
	} {
		for _, v := range need.values {
			for lang := range all {
				if all[lang][need.prefix+v] == "" {
					t.Errorf("%s has no words for %s%s", lang, need.prefix, v)
				}
			}
		}
	}
}

func verdicts() []string {
	return []string{string(NotKnown), string(Go), string(GoInLine), string(NotYet), string(NoGo)}
}

func states() []string {
	return []string{string(Planned), string(Soon), string(Posting), string(Wave), string(After), string(Cancelled), string(Unplanned)}
}

// sourcesOfTheRoom are the pages of the campaign room.
func sourcesOfTheRoom(t *testing.T) (names []string) {
	t.Helper()
	list, err := files.ReadDir("room/pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, "room/pages/"+f.Name())
	}
	return names
}

// goSources is the text of the package's own code.
func goSources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"speak.go", "vessels.go", "curve.go", "room.go"} {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(body)
	}
	return all.String()
}
