package plan

import (
	"strings"
	"testing"
	"time"
)

// Polish counts: one, two to four, five and more; 12 to 14 are many, 22 are few, and
// parts have a form of their own.
func TestPolishCounts(t *testing.T) {
	for _, tc := range []struct {
		n    float64
		of   string
		want string
	}{
		{0, "people", "0 osób"}, {1, "people", "1 osoba"}, {2, "people", "2 osoby"}, {4, "people", "4 osoby"}, {5, "people", "5 osób"},
		{11, "people", "11 osób"}, {12, "people", "12 osób"}, {14, "people", "14 osób"}, {21, "people", "21 osób"}, {22, "people", "22 osoby"},
		{25, "people", "25 osób"}, {101, "people", "101 osób"}, {102, "people", "102 osoby"}, {112, "people", "112 osób"}, {1_000_000, "people", "1 000 000 osób"},
		{1, "orders", "1 zamówienie"}, {3, "orders", "3 zamówienia"}, {3000, "orders", "3 000 zamówień"},
		{1, "workers", "1 proces sklepu"}, {34, "workers", "34 procesy sklepu"}, {36, "workers", "36 procesów sklepu"},
		{1, "replicas", "1 replika sklepu"}, {2, "replicas", "2 repliki sklepu"}, {9, "replicas", "9 replik sklepu"},
		{1, "pieces", "1 sztuka"}, {23, "pieces", "23 sztuki"}, {500, "pieces", "500 sztuk"},
		{1, "things", "1 rzecz nie jest gotowa"}, {2, "things", "2 rzeczy nie są gotowe"}, {5, "things", "5 rzeczy nie jest gotowych"},
		{1, "letters", "1 znak"}, {64, "letters", "64 znaki"}, {120, "letters", "120 znaków"},
		{1, "minute", "1 minutę"}, {2, "minute", "2 minuty"}, {25, "minute", "25 minut"}, {1.5, "hour", "1,5 godziny"}, {1, "day", "1 dzień"}, {2.5, "day", "2,5 dnia"},
	} {
		if got := spaces(Polish.count(tc.n, tc.of)); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
	for _, tc := range []struct{ got, want string }{
		{English.count(1, "people"), "1 person"}, {English.count(0, "people"), "0 people"}, {English.count(12_400, "people"), "12,400 people"},
		{English.count(1, "things"), "1 thing is"}, {Language("de").count(2, "orders"), "2 orders"},
		{Polish.Number(0.25), "0,25"}, {English.Number(0.025), "0.03"}, {English.Percent(0.015), "1.5 %"}, {Polish.Percent(0.35), "35 %"},
		{English.Span(45 * time.Second), "45 seconds"}, {English.Span(90 * time.Minute), "1.5 hours"}, {Polish.Span(-25 * time.Minute), "25 minut"}, {English.Span(72 * time.Hour), "3 days"},
		{oneIn(English, 0.1), "one in ten wants to buy"}, {oneIn(Polish, 0.1), "1 na 10 chce kupić"}, {oneIn(English, 0.05), "one in 20 wants to buy"},
		{oneIn(English, 0.5), "50 % of them want to buy"}, {oneIn(English, 1), "all of whom want to buy"}, {oneIn(Polish, 0.015), "1,5 % z nich chce kupić"},
		{oneIn(English, 0), "0 % of them want to buy"}, {upper("ściana"), "Ściana"}, {upper(""), ""},
	} {
		if got := spaces(tc.got); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

// Moments are said in the shop's zone; in the hour that comes twice, with the zone.
func TestClocks(t *testing.T) {
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		at     time.Time
		en, pl string
	}{
		{evening, "1 Dec, 20:00", "1 grudnia, 20:00"},
		{time.Date(2027, 3, 28, 0, 30, 0, 0, time.UTC), "28 Mar, 01:30", "28 marca, 01:30"},
		{time.Date(2027, 3, 28, 1, 30, 0, 0, time.UTC), "28 Mar, 03:30", "28 marca, 03:30"},
		{time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), "25 Oct, 02:30 CEST", "25 października, 02:30 CEST"},
		{time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), "25 Oct, 02:30 CET", "25 października, 02:30 CET"},
		{time.Date(2026, 10, 25, 2, 30, 0, 0, time.UTC), "25 Oct, 03:30", "25 października, 03:30"},
	} {
		at := tc.at.In(warsaw)
		if en, pl := spaces(English.Clock(at)), spaces(Polish.Clock(at)); en != tc.en || pl != tc.pl {
			t.Errorf("%q, %q, want %q, %q", en, pl, tc.en, tc.pl)
		}
	}
}

// What is said back of an id that nobody gave commands no terminal.
func TestARefusalSaysBackOnlyWhatIsSeen(t *testing.T) {
	w := twoAgencies(t)
	for id, want := range map[ID]string{
		"x\x1b[31my\u009b2J\u202ez\n": "There is no such thing here: campaign x[31my2Jz.", ID(strings.Repeat("ż", 5000)): "There is no such thing here: campaign " + strings.Repeat("ż", maxID) + ".",
	} {
		if _, err := w.Campaign(w.now, mm, id); err == nil || err.Error() != want {
			t.Errorf("%q: %v", id, err)
		}
	}
}
