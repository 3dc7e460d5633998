package tale

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/falochron/falochron/internal/radar"
)

// plain has ordinary spaces, so that a test can be read.
func plain(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

var eight = time.Date(2026, 11, 27, 20, 0, 0, 0, time.FixedZone("Europe/Warsaw", 3600))

// known is the wave of the brief: 38,000 people, seen for half a minute.
func known() Wave {
	began := eight.Add(3*time.Minute + 12*time.Second)
	return Wave{
		Now: began.Add(30 * time.Second), State: radar.Storm, Onset: began, Rate: 2900, Usual: 60, Come: 1240,
		Whose: Whose{Sure: 0.87, Post: true, Kind: "instagram-story", Account: "@ola", Channel: falochron.Instagram},
		Size:  Size{Known: true, InTen: Span{25_960, 37_812, 55_400}, InHour: Span{60_000, 91_234, 144_000}, PeakAt: began.Add(70 * time.Second)},
		Fans: Crowd{There: true, Kind: falochron.CohortFans, Sure: 0.98, Signs: []falochron.CohortReason{
			{Sign: radar.SignBack, Value: 310, Of: 322, Weight: -4}, {Sign: radar.SignTool, Weight: 2}, {Sign: radar.SignFiles, Value: 900, Of: 100, Weight: -2.5},
			{Sign: SignPages, Value: 4.2}, {Sign: SignCarriers},
		}},
	}
}

func TestTheSentence(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Wave)
		en, pl string
	}{
		{"a post of the plan without a moment", func(*Wave) {},
			"A story of @ola (87 % sure), began 20:03:12, about 38,000 people in 10 minutes (26,000–55,000), peak in 40 s; fans: they keep their tickets, fetch images, four pages each, on carriers’ networks.",
			"Relacja @ola (87 % pewności), początek o 20:03:12, około 38 000 osób w 10 minut (26 000–55 000), szczyt za 40 s; fani: wracają z biletem, pobierają obrazki, po cztery strony, z sieci komórkowych."},
		{"an announced one, early", func(w *Wave) {
			w.Whose.At, w.Whose.Early, w.Fans = eight.Add(7*time.Minute), 4*time.Minute-10*time.Second, Crowd{}
		},
			"The 20:07 story of @ola, 4 minutes early (87 % sure), began 20:03:12, about 38,000 people in 10 minutes (26,000–55,000), peak in 40 s.",
			"Relacja @ola z 20:07, 4 minuty wcześniej (87 % pewności), początek o 20:03:12, około 38 000 osób w 10 minut (26 000–55 000), szczyt za 40 s."},
		{"late by one minute, its size unknown", func(w *Wave) {
			w.Whose.At, w.Whose.Early, w.Size, w.Fans, w.State = eight.Add(2*time.Minute), -72*time.Second, Size{}, Crowd{}, radar.Swell
		},
			"The 20:02 story of @ola, 1 minute late (87 % sure), began 20:03:12, how large it will be is not known yet.",
			"Relacja @ola z 20:02, 1 minutę później (87 % pewności), początek o 20:03:12, nie wiadomo jeszcze, jak duża będzie."},
		{"on time, for who may not know whose it is", func(w *Wave) { w.Whose.At, w.Whose.Hidden, w.Fans = eight, true, Crowd{} },
			"The wave announced for 20:00 (87 % sure), began 20:03:12, about 38,000 people in 10 minutes (26,000–55,000), peak in 40 s.",
			"Fala zapowiedziana na 20:00 (87 % pewności), początek o 20:03:12, około 38 000 osób w 10 minut (26 000–55 000), szczyt za 40 s."},
		{"unplanned, for him", func(w *Wave) {
			w.Whose, w.Fans = Whose{Sure: 0.8, Channel: falochron.TikTok, Hidden: true}, Crowd{There: true}
		},
			"A wave that nobody announced, began 20:03:12, about 38,000 people in 10 minutes (26,000–55,000), peak in 40 s; whether they are fans is not known yet.",
			"Niezapowiedziana fala, początek o 20:03:12, około 38 000 osób w 10 minut (26 000–55 000), szczyt za 40 s; nie wiadomo jeszcze, czy to fani."},
		{"unplanned, at its peak, with an attack beside it", func(w *Wave) {
			w.Whose, w.Now, w.Fans = Whose{Sure: 0.8, Channel: falochron.TikTok}, w.Size.PeakAt.Add(3*time.Second), Crowd{}
			w.Attack = Crowd{There: true, Kind: falochron.CohortAttack, Sure: 0.999, Treatment: falochron.TreatSlow, Signs: []falochron.CohortReason{
				{Sign: radar.SignNotBack, Weight: 5}, {Sign: radar.SignFiles, Weight: -1}, {Sign: radar.SignRegular, Weight: 1.5}, {Sign: "of a later release", Weight: 1},
			}}
		},
			"A wave from TikTok that nobody announced (80 % sure), began 20:03:12, about 38,000 people in 10 minutes (26,000–55,000), it is at its peak. Beside it an attack (99 % sure): no ticket comes back, like clockwork; they stand in a lane of their own.",
			"Niezapowiedziana fala z TikToka (80 % pewności), początek o 20:03:12, około 38 000 osób w 10 minut (26 000–55 000), właśnie trwa szczyt. Oprócz tego atak (99 % pewności): bilety nie wracają, jak w zegarku; stoją w osobnej kolejce."},
		{"one of several, the peak over, half an hour old", func(w *Wave) {
			w.Whose, w.Now, w.Come, w.Fans = Whose{Sure: 0.7, Channel: falochron.Snapchat, Several: true}, w.Onset.Add(30*time.Minute), 62_022, Crowd{}
		},
			"A wave from Snapchat, of one of several posts (70 % sure), began 20:03:12, 62,022 people so far, about 91,000 people in the hour (60,000–140,000), the peak was at 20:04:22.",
			"Fala ze Snapchata, po jednym z kilku wpisów (70 % pewności), początek o 20:03:12, dotąd 62 022 osoby, około 91 000 osób w godzinę (60 000–140 000), szczyt był o 20:04:22."},
		{"nothing is known of it, and it ebbs", func(w *Wave) { w.Whose, w.State, w.Come, w.Fans = Whose{Sure: 0.9}, radar.Ebb, 1, Crowd{} },
			"A wave of which nobody knows the post, began 20:03:12, 1 person so far, it ebbs.",
			"Fala, nie wiadomo po czyim wpisie, początek o 20:03:12, dotąd 1 osoba, opada."},
		{"calm", func(w *Wave) { w.State, w.Rate = radar.Calm, 84.4 },
			"About 84 people a minute, usual at this hour are 60.", "Około 84 osób na minutę, o tej porze zwykle 60."},
		{"calm, nothing is known, and an attack that is only watched", func(w *Wave) {
			w.State, w.Rate, w.Usual = radar.Calm, 0.5, 0
			w.Attack = Crowd{There: true, Kind: falochron.CohortAttack, Sure: 0.95, Treatment: falochron.TreatRefuse, Shadow: true}
		},
			"About 0.5 people a minute, what is usual is still being learnt. An attack (95 % sure); this is only watched, nobody is slowed for it.",
			"Około 0,5 osoby na minutę, ile jest zwykle, jeszcze się uczymy. Atak (95 % pewności); to tylko obserwacja, nikogo to nie spowalnia."},
	} {
		w := known()
		tc.change(&w)
		if en, pl := plain(w.Sentence("en")), plain(w.Sentence("pl")); en != tc.en || pl != tc.pl {
			t.Errorf("%s:\n%s\n%s\nwant\n%s\n%s", tc.name, en, pl, tc.en, tc.pl)
		}
	}
}

// Polish counts: one, two to four, five and more, in each form that sentences need; 12 to
// 14 are many, 22 are few, and parts have a form of their own.
func TestPolishPlurals(t *testing.T) {
	w := wordsOf("pl")
	for _, tc := range []struct {
		got, want string
	}{
		{w.people(0), "0 osób"}, {w.people(1), "1 osoba"}, {w.people(2), "2 osoby"}, {w.people(4), "4 osoby"}, {w.people(5), "5 osób"}, {w.people(11), "11 osób"},
		{w.people(12), "12 osób"}, {w.people(14), "14 osób"}, {w.people(21), "21 osób"}, {w.people(22), "22 osoby"}, {w.people(112), "112 osób"}, {w.people(1002), "1002 osoby"},
		{w.people(38_012), "38 012 osób"}, {w.people(62_022), "62 022 osoby"},
		{w.about(1), "1 osoby"}, {w.about(2), "2 osób"}, {w.about(5), "5 osób"}, {w.about(22), "22 osób"},
		{w.minutes(1), "1 minutę"}, {w.minutes(2), "2 minuty"}, {w.minutes(4), "4 minuty"}, {w.minutes(5), "5 minut"}, {w.minutes(12), "12 minut"}, {w.minutes(22), "22 minuty"}, {w.minutes(25), "25 minut"},
		{w.each(0.4), "po jednej stronie"}, {w.each(1), "po jednej stronie"}, {w.each(2.4), "po dwie strony"}, {w.each(4), "po cztery strony"}, {w.each(5), "po pięć stron"},
		{w.each(10), "po dziesięć stron"}, {w.each(12), "po 12 stron"}, {w.each(22), "po 22 strony"},
		{w.count(1.5, personNoun), "1,5 osoby"},
	} {
		if plain(tc.got) != tc.want {
			t.Errorf("%q, want %q", plain(tc.got), tc.want)
		}
	}
	e := wordsOf("en")
	for _, tc := range []struct{ got, want string }{
		{e.people(1), "1 person"}, {e.people(0), "0 people"}, {e.minutes(1), "1 minute"}, {e.each(1), "one page each"}, {e.each(4), "four pages each"}, {e.each(12), "12 pages each"}, {e.people(1234), "1,234 people"},
	} {
		if plain(tc.got) != tc.want {
			t.Errorf("%q, want %q", plain(tc.got), tc.want)
		}
	}
}

// Lengths ahead are told no finer than they are known.
func TestLengths(t *testing.T) {
	for d, want := range map[time.Duration]string{
		8 * time.Second: "8 s", 38 * time.Second: "40 s", 84 * time.Second: "80 s", 100 * time.Second: "2 min", 44 * time.Minute: "44 min", 100 * time.Minute: "2 h",
	} {
		if got := plain(wordsOf("pl").length(d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// Both languages have all words, and each channel and sign has both.
func TestNoWordIsMissing(t *testing.T) {
	for c := falochron.ChannelUnknown + 1; c < falochron.NumChannels; c++ {
		if name := channels[c]; name[0] == "" || !strings.HasPrefix(name[1], "z ") && !strings.HasPrefix(name[1], "ze ") {
			t.Errorf("%v: %q", c, name)
		}
	}
	for _, sign := range []string{
		radar.SignNotBack, radar.SignUnticketed, radar.SignBusting, radar.SignFaults, radar.SignForged, radar.SignSpread, radar.SignCarts, radar.SignBlind, radar.SignRestless,
		radar.SignNoFiles, radar.SignRegular, radar.SignTool, radar.SignPartial, radar.SignHosting, radar.SignBack, radar.SignFiles,
	} {
		if w := signWords[sign]; w[0] == "" || w[1] == "" {
			t.Errorf("%s has no words", sign)
		}
	}
	for c := range falochron.NumClients {
		if clients[c][0] == "" || clients[c][1] == "" {
			t.Errorf("%v has no words", c)
		}
	}
	for kind := falochron.CohortUnsure; kind <= falochron.CohortAttack; kind++ {
		if english.crowds[kind] == "" || polish.crowds[kind] == "" {
			t.Errorf("%v has no words", kind)
		}
	}
	for d := falochron.TreatSlow; d < falochron.NumTreatments; d++ {
		if english.treatments[d] == "" || polish.treatments[d] == "" {
			t.Errorf("%v has no words", d)
		}
	}
}

// Of an address no more than its network is told.
func TestWho(t *testing.T) {
	for _, tc := range []struct {
		key    falochron.CohortKey
		en, pl string
	}{
		{falochron.CohortKey{Net: netip.MustParsePrefix("203.0.113.77/32"), Client: falochron.ClientTool}, "Tools, one address of 203.0.113.0/24", "Narzędzia, jeden adres z 203.0.113.0/24"},
		{falochron.CohortKey{Net: netip.MustParsePrefix("2001:db8:1:2::/64"), Client: falochron.ClientNone}, "Programs without a name, one address of 2001:db8:1::/48", "Programy bez nazwy, jeden adres z 2001:db8:1::/48"},
		{falochron.CohortKey{Net: netip.MustParsePrefix("203.0.113.0/24"), Client: falochron.ClientChromeMobile}, "Chrome on phones, 203.0.113.0/24", "Chrome na telefonach, 203.0.113.0/24"},
		{falochron.CohortKey{Client: falochron.ClientApp, Marked: true}, "Browsers inside apps, by a marked link", "Przeglądarki w aplikacjach, z oznaczonego linku"},
		{falochron.CohortKey{Client: falochron.NumClients}, "Other programs", "Inne programy"},
	} {
		if en, pl := Who(tc.key, "en"), Who(tc.key, "pl"); en != tc.en || pl != tc.pl {
			t.Errorf("%q, %q, want %q, %q", en, pl, tc.en, tc.pl)
		}
	}
}
