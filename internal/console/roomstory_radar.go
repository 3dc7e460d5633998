package console

import (
	"math"
	"time"
)

// seconds of the evening of the stories: the wave began twelve seconds after eight.
func secondsAfter(s int) time.Time { return at(20, 3).Add(time.Duration(12+s) * time.Second) }

// wavePace is people a minute, so many seconds after a post.
func wavePace(s float64) float64 {
	if s < 0 {
		return 60
	}
	return 60 + 6200*math.Min(s/50, 1)*math.Exp(-math.Max(s-50, 0)/260)
}

// liveStory is the chart of a wave that is so many seconds old: measured until then, and
// with the band of what is to come if that is known.
func liveStory(age int, known bool) *Curve {
	c := &Curve{What: Text{"People a minute", "Osób na minutę"}, Nowcast: true, Marks: []Mark{{secondsAfter(0), Text{"Story of @ola.pachnie", "Relacja @ola.pachnie"}, 1240}}}
	for s := -60; s < 600; s += 5 {
		p := CurvePoint{At: secondsAfter(s), Low: Unknown, Mid: Unknown, High: Unknown}
		switch mid := wavePace(float64(s)); {
		case s < age:
			p.Mid = max(mid+sway(s, 30+mid/40), 0)
		case known:
			p.Low, p.High = mid*0.68, mid*1.45
		}
		c.Points = append(c.Points, p)
	}
	return c
}

func fansStory() []Crowd {
	return []Crowd{
		{Text{"Browsers inside apps, by a marked link", "Przeglądarki w aplikacjach, z oznaczonego linku"}, "fans", 0.98,
			Text{"1,204 of 1,240 came back with their ticket; pictures were fetched; four pages each.", "1204 z 1240 wróciło z biletem; pobrano obrazki; po cztery strony."}, "", false},
		{Text{"iPhones and iPads", "iPhone’y i iPady"}, "fans", 0.95,
			Text{"310 of 322 came back with their ticket.", "310 z 322 wróciło z biletem."}, "", false},
	}
}

func attackStory(shadow bool) Crowd {
	return Crowd{Text{"Tools, one address of 203.0.113.0/24", "Narzędzia, jeden adres z 203.0.113.0/24"}, "attack", 0.97,
		Text{"None of 4,812 requests brought a ticket back; no pictures; like clockwork; a hosting company's network.", "Żadne z 4812 żądań nie wróciło z biletem; bez obrazków; jak w zegarku; sieć firmy hostingowej."}, "slow", shadow}
}

// The sentences of the stories, as the radar writes them.
var (
	swellSays = Text{"The 20:00 story of @ola.pachnie, 3 minutes late (71 % sure), began 20:03:12, how large it will be is not known yet.",
		"Relacja @ola.pachnie z 20:00, 3 minuty później (71 % pewności), początek o 20:03:12, nie wiadomo jeszcze, jak duża będzie."}
	stormSays = Text{"The 20:00 story of @ola.pachnie, 3 minutes late (87 % sure), began 20:03:12, about 38,000 people in 10 minutes (26,000–55,000), peak in 40 s; fans: they keep their tickets, fetch images, four pages each.",
		"Relacja @ola.pachnie z 20:00, 3 minuty później (87 % pewności), początek o 20:03:12, około 38 000 osób w 10 minut (26 000–55 000), szczyt za 40 s; fani: wracają z biletem, pobierają obrazki, po cztery strony."}
	unplannedSays = Text{"A wave from TikTok that nobody announced (80 % sure), began 20:03:12, about 38,000 people in 10 minutes (26,000–55,000), peak in 40 s; fans: they keep their tickets, fetch images. Beside it an attack (97 % sure): no ticket comes back, no images, like clockwork; they stand in a lane of their own.",
		"Niezapowiedziana fala z TikToka (80 % pewności), początek o 20:03:12, około 38 000 osób w 10 minut (26 000–55 000), szczyt za 40 s; fani: wracają z biletem, pobierają obrazki. Oprócz tego atak (97 % pewności): żaden bilet nie wraca, bez obrazków, jak w zegarku; stoją w osobnej kolejce."}
	ebbSays = Text{"The 20:00 story of @ola.pachnie, 3 minutes late (96 % sure), began 20:03:12, 36,480 people so far, it ebbs; fans: they keep their tickets, fetch images, four pages each.",
		"Relacja @ola.pachnie z 20:00, 3 minuty później (96 % pewności), początek o 20:03:12, dotąd 36 480 osób, opada; fani: wracają z biletem, pobierają obrazki, po cztery strony."}
	hostSays = Text{"The wave announced for 20:00, 3 minutes late (87 % sure), began 20:03:12, about 38,000 people in 10 minutes (26,000–55,000), peak in 40 s; fans: they keep their tickets, fetch images, four pages each.",
		"Fala zapowiedziana na 20:00, 3 minuty później (87 % pewności), początek o 20:03:12, około 38 000 osób w 10 minut (26 000–55 000), szczyt za 40 s; fani: wracają z biletem, pobierają obrazki, po cztery strony."}
)

// radarStories are what the radar adds to pages.
func radarStories() []roomStory {
	steer := []Act{ActMode, ActSeen}
	war := func(age int, r Radar, known bool) func() View {
		return warRoomStory(secondsAfter(age), steer, func(v *WarRoomView) { v.Radar, v.Arrivals = &r, liveStory(age, known) })
	}
	return []roomStory{
		{"war-room-swell", "more people than usual since eight seconds", war(8, Radar{State: "swell", Says: swellSays}, false)},
		{"war-room-storm", "half a minute of a wave, with what is to come", war(30, Radar{State: "storm", Says: stormSays, Crowds: fansStory()}, true)},
		{"war-room-attack", "a wave that nobody announced, and an attack beside it", war(45, Radar{State: "storm", Says: unplannedSays, Crowds: append([]Crowd{attackStory(false)}, fansStory()...), More: 3}, true)},
		{"war-room-shadow", "the same, while crowds are only watched", war(45, Radar{State: "storm", Says: unplannedSays, Crowds: append([]Crowd{attackStory(true)}, fansStory()...), More: 1}, true)},
		{"war-room-ebb", "the wave ebbs", war(420, Radar{State: "ebb", Says: ebbSays, Crowds: fansStory()}, true)},
		{"host-storm", "a wave at one of the shops", func() View {
			v := hostStory().(*HostView)
			v.Shops[0].Live.Radar = hostSays
			return v
		}},
	}
}
