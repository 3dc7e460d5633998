package page

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestPluralOfPeople(t *testing.T) {
	for n, want := range map[int][2]string{
		1:       {"osoba przed Tobą", "person ahead of you"},
		2:       {"osoby przed Tobą", "people ahead of you"},
		4:       {"osoby przed Tobą", "people ahead of you"},
		5:       {"osób przed Tobą", "people ahead of you"},
		11:      {"osób przed Tobą", "people ahead of you"},
		12:      {"osób przed Tobą", "people ahead of you"},
		14:      {"osób przed Tobą", "people ahead of you"},
		20:      {"osób przed Tobą", "people ahead of you"},
		21:      {"osób przed Tobą", "people ahead of you"},
		22:      {"osoby przed Tobą", "people ahead of you"},
		25:      {"osób przed Tobą", "people ahead of you"},
		100:     {"osób przed Tobą", "people ahead of you"},
		101:     {"osób przed Tobą", "people ahead of you"},
		102:     {"osoby przed Tobą", "people ahead of you"},
		112:     {"osób przed Tobą", "people ahead of you"},
		122:     {"osoby przed Tobą", "people ahead of you"},
		1000000: {"osób przed Tobą", "people ahead of you"},
		0:       {"Nikogo przed Tobą", "Nobody ahead of you"},
	} {
		for i, lang := range offered {
			if got := words[lang].say(n, 0, 0).Ahead; got != want[i] {
				t.Errorf("%s %d: %q, want %q", lang, n, got, want[i])
			}
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1234: "1234", 12345: "12_345", 1234567: "1_234_567"} {
		for _, lang := range offered {
			v := words[lang]
			if got := v.number(n); got != strings.ReplaceAll(want, "_", v.Thousands) {
				t.Errorf("%s: %d is %q", lang, n, got)
			}
		}
	}
}

func TestWaitIsToldAsARange(t *testing.T) {
	const m, h = time.Minute, time.Hour
	for _, c := range []struct {
		low, high time.Duration
		pl, en    string
	}{
		{0, 0, "Jeszcze nie wiemy, ile to potrwa", "We do not know yet how long"},
		{0, 30 * time.Second, "mniej niż minutę", "less than a minute"},
		{0, time.Minute, "do 1 minuty", "up to 1 minute"},
		{30 * time.Second, 4 * m, "do 4 minut", "up to 4 minutes"},
		{m, 2 * m, "od 1 do 2 minut", "about 1–2 minutes"},
		{5 * m, 5 * m, "około 5 minut", "about 5 minutes"},
		{m, m, "około 1 minuty", "about 1 minute"},
		{10 * m, 15 * m, "od 10 do 15 minut", "about 10–15 minutes"},
		{10*m + 59*time.Second, 14*m + time.Second, "od 10 do 15 minut", "about 10–15 minutes"},
		{22 * m, 31 * m, "od 20 do 35 minut", "about 20–35 minutes"},
		{80 * m, 2 * h, "od 80 minut do 2 godzin", "about 80 minutes to 2 hours"},
		{95 * m, 115 * m, "od 1,5 do 2 godzin", "about 1.5–2 hours"},
		{89 * m, 89 * m, "od 85 minut do 1,5 godziny", "about 85 minutes to 1.5 hours"},
		{3 * h, 10 * h, "od 3 do 10 godzin", "about 3–10 hours"},
		{20 * m, 5 * m, "około 20 minut", "about 20 minutes"}, // a range the wrong way round
	} {
		for i, want := range []string{c.pl, c.en} {
			got := strings.ReplaceAll(words[offered[i]].wait(c.low, c.high), "\u00a0", " ")
			if got != want {
				t.Errorf("%s %v–%v: %q, want %q", offered[i], c.low, c.high, got, want)
			}
		}
	}
}

// A range in words never promises less than the longer bound nor more than the
// shorter one: rounding goes outwards.
func TestWaitRoundsOutwards(t *testing.T) {
	size := func(a amount) int {
		if a.hours {
			return a.halves * 1800
		}
		return a.halves * 30
	}
	for s := range 12 * 3600 {
		if lo := size(roundAmount(s, false)); lo > s {
			t.Fatalf("%d s is told as at least %d s", s, lo)
		}
		if hi := size(roundAmount(s, true)); hi < s {
			t.Fatalf("%d s is told as at most %d s", s, hi)
		}
	}
}

func TestCountdown(t *testing.T) {
	for left, want := range map[time.Duration]string{
		-time.Second: "Zaraz zaczynamy", 5 * time.Second: "0:05", 12*time.Minute + 5*time.Second: "12:05",
		time.Hour + 2*time.Minute + 33*time.Second: "1:02:33", 47 * time.Hour: "47:00:00", 75 * time.Hour: "3\u00a0dni",
	} {
		if got := polish.countdown(left); got != want {
			t.Errorf("%v: %q, want %q", left, got, want)
		}
	}
}

func TestDateNamesItsZone(t *testing.T) {
	at := time.Date(2026, 6, 5, 20, 0, 0, 0, time.FixedZone("CEST", 7200))
	if got := polish.date(at); got != "piątek, 5 czerwca, godz. 20:00 (CEST)" {
		t.Error(got)
	}
	if got := english.date(at); got != "Friday, 5 June at 20:00 (CEST)" {
		t.Error(got)
	}
}

// No word is missing in either language.
func TestVocabulariesAreComplete(t *testing.T) {
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			if v.String() == "" {
				t.Errorf("%s is empty", path)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Array:
			for i := range v.Len() {
				walk(path, v.Index(i))
			}
		case reflect.Map:
			want := 5 // states
			if strings.HasSuffix(path, "Kinds") {
				want = len(kinds)
			}
			if v.Len() != want {
				t.Errorf("%s has %d of %d", path, v.Len(), want)
			}
			for _, k := range v.MapKeys() {
				walk(path+"."+k.String(), v.MapIndex(k))
			}
		}
	}
	for _, lang := range offered {
		walk(lang, reflect.ValueOf(*words[lang]))
		walk(lang+".errors", reflect.ValueOf(*errorText[lang]))
	}
}
