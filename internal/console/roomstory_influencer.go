package console

import "time"

func storyPost(state State) *Post {
	return &Post{
		ID: "p1", Kind: "post", Channel: "instagram-story", Account: "@ola.pachnie", At: at(20, 0), May: 30 * time.Minute, Reach: 300000,
		Link: "perfumy.example/sklep/pomadka-malinowa", Coupon: "OLA10", Price: "59,00 zł", State: state,
		Short: "https://perfumy.example/go/k3x9pq7d", QR: "/assets/mark.svg", Prove: true,
		Proof: &Proof{"statistics", "2026-11-20", "https://dysk.example/ola-listopad.png", "z listopada"},
	}
}

// sentences of the verdicts, as the plan writes them.
var (
	storyGo  = Text{"30,000 people in the first minute, one in ten wants to buy: 3,000 orders. 34 workers are ready: about 6 minutes of line.", "30 000 osób w pierwszej minucie, co dziesiąta chce kupić: 3000 zamówień. Gotowe są 34 procesy: około 6 minut kolejki."}
	storyNot = Text{"The host has not confirmed yet; the reach has no proof. Without them nobody knows how long the line will be.", "Hosting jeszcze nie potwierdził, a zasięg nie ma dowodu. Bez tego nikt nie wie, jak długa będzie kolejka."}
	storyNo  = Text{"30,000 people in the first minute, one in ten wants to buy: 3,000 orders; your shop takes 120 a minute: an honest line of 25 minutes, or 34 workers for 6 minutes. Half an hour later there would be room.", "30 000 osób w pierwszej minucie, co dziesiąta chce kupić: 3000 zamówień; Twój sklep przyjmuje 120 na minutę: uczciwa kolejka na 25 minut albo 34 procesy na 6 minut. Pół godziny później byłoby miejsce."}
)

func thanksStory() []Thank {
	return []Thank{
		{Host, "Łukasz", Text{"stood by with 34 workers until midnight", "czuwał z 34 procesami do północy"}},
		{SoftwareHouse, "Żaneta", Text{"froze the code two days early", "zamroziła kod dwa dni wcześniej"}},
		{MediaHouse, "Echo", Text{"checked all links twice", "dwa razy sprawdził wszystkie linki"}},
	}
}

// influencerStory is an evening before the post; each story changes what differs.
func influencerStory(now time.Time, may []Act, change func(*InfluencerView)) func() View {
	return func() View {
		v := &InfluencerView{
			Frame: frameOf("Ola", Influencer, now, may...), Shop: "Perfumy Fala", Post: storyPost(Planned),
			Verdict: Go, Why: storyGo, Owe: readyPartiesStory()[1:], Thanks: thanksStory()[1:], Stand: standStory(),
		}
		change(v)
		return v
	}
}

// standStory is how the stories stand for who is asked first.
func standStory() *Stand {
	return &Stand{
		Happening: Text{"The next post goes out at 20:00.", "Następny wpis ukaże się o 20:00."}, Ask: Text{"You are asked, until 19:30: still 20:00?", "Prośba do Ciebie, do 19:30: nadal 20:00?"},
		WaitOnYou: []Text{{"Serwerownia Wrocław (host) is ready and waits on you.", "Serwerownia Wrocław (hosting): gotowe, czeka na Ciebie."}},
		WaitsOn:   []Text{{"Dom Mediowy Echo: links and coupon confirmed – until 19:00.", "Dom Mediowy Echo: linki i kupon potwierdzone – do 19:00."}}, MoreWaits: 2,
	}
}

// furtherStory are two more posts: one within the hour, and one tomorrow in another shop.
func furtherStory(now time.Time) []FurtherPost {
	near, far := *storyPost(Planned), *storyPost(Planned)
	near.ID, near.At, far.ID, far.At, far.Channel = "p4", now.Add(30*time.Minute), "p5", now.AddDate(0, 0, 1), "tiktok"
	may := []Act{ActNow, ActSoon, ActSlip, ActCancel}
	return []FurtherPost{{near, "Perfumy Fala", "/storybook/influencer-planned", may, true}, {far, "Herbata Mgła", "/storybook/influencer-line", may, false}}
}

func influencerStories() []roomStory {
	before := []Act{ActNow, ActSoon, ActSlip, ActCancel, ActUnplanned, ActConfirm, ActTellFans}
	soon := []Act{ActNow, ActSlip, ActCancel, ActUnplanned, ActUndo}
	out := []Act{ActUnplanned, ActUndo}
	wave := func(f func(*InfluencerView)) func(*InfluencerView) {
		return func(v *InfluencerView) {
			v.Post.State = Wave
			v.Live = &Live{People: 12400, Shop: "fine", InLine: 135, Wait: 3 * time.Minute}
			flow := waveFlow()
			flow.InLine, flow.InLineBefore, flow.Wait = 135, 90, 3*time.Minute
			v.Flow = &flow
			v.Tell = Text{"So many of you! The shop works, you wait about 3 minutes, and your place in line is kept. Nobody needs to reload.", "Ale Was dużo! Sklep działa, czeka się około 3 minut, a miejsce w kolejce nie przepada. Nie trzeba odświeżać."}
			v.Radar = &Radar{State: "storm", Says: stormSays}
			v.Owe, v.Further, v.Later = nil, furtherStory(at(20, 7)), 3
			v.Stand.Happening = Text{"12,400 people in the shop; the shop is fine, the line takes 3 minutes.", "W sklepie: 12 400 osób; sklep działa, kolejka na 3 minuty."}
			f(v)
		}
	}
	return []roomStory{
		{"influencer-empty", "nothing is planned", influencerStory(at(17, 20), []Act{ActUnplanned}, func(v *InfluencerView) {
			v.Post, v.Verdict, v.Why, v.Owe, v.Thanks, v.Stand = nil, NotKnown, Text{}, nil, nil, nil
		})},
		{"influencer-planned", "a post is planned, and it will hold", influencerStory(at(17, 20), before, func(v *InfluencerView) { v.Ask = []Task{storyStill} })},
		{"influencer-missing", "confirmations are missing", influencerStory(at(17, 20), before, func(v *InfluencerView) {
			v.Verdict, v.Why, v.Owe, v.Missing = NotYet, storyNot, partiesStory()[1:], readyStory()[:3]
			v.More, v.Whole = 17, "/storybook/campaign-missing"
		})},
		{"influencer-no", "it will not hold", influencerStory(at(17, 20), before, func(v *InfluencerView) {
			v.Verdict, v.Why, v.Owe, v.Missing = NoGo, storyNo, partiesStory()[1:], readyStory()[2:5]
		})},
		{"influencer-line", "it will hold, with a line", influencerStory(at(17, 20), before, func(v *InfluencerView) {
			v.Verdict, v.Why = GoInLine, Text{"The shop holds; people wait about 6 minutes.", "Sklep wytrzyma; ludzie poczekają około 6 minut."}
		})},
		{"influencer-unknown", "nothing can be said yet", influencerStory(at(17, 20), before, func(v *InfluencerView) {
			v.Verdict, v.Why = NotKnown, Text{"The shop has not been measured yet.", "Sklepu jeszcze nie zmierzono."}
		})},
		{"influencer-slipped", "moved by half an hour", influencerStory(at(17, 20), append([]Act{ActUndo}, before...), func(v *InfluencerView) {
			v.Post.At = at(20, 30)
			v.Done = Text{"Moved to 20:30. All four know; the host has confirmed already.", "Przesunięte na 20:30. Wszyscy czworo wiedzą; hosting już potwierdził."}
		})},
		{"influencer-soon", "announced: in ten minutes", influencerStory(at(19, 55), soon, func(v *InfluencerView) {
			v.Post.State, v.Post.At = Soon, at(20, 5)
			v.Done = Text{"Everybody knows: out at about 20:05.", "Wszyscy wiedzą: około 20:05."}
		})},
		{"influencer-posting", "said to be out; nobody has come yet", influencerStory(at(20, 0), out, func(v *InfluencerView) {
			v.Post.State = Posting
			v.Live = &Live{Shop: "fine"}
			v.Done = Text{"Everybody knows, the shop is prepared. Post now!", "Wszyscy wiedzą, sklep jest gotowy. Publikuj!"}
			v.Tell = Text{"If there is a line, wait on the page: your place is kept.", "Jeśli będzie kolejka, zostań na stronie: Twoje miejsce nie przepada."}
		})},
		{"influencer-wave", "in the wave", influencerStory(at(20, 7), []Act{ActUnplanned, ActTellFans}, wave(func(v *InfluencerView) { v.Post.By = 12_400 }))},
		{"influencer-down", "in the wave, and the shop does not answer", influencerStory(at(20, 9), []Act{ActUnplanned}, wave(func(v *InfluencerView) {
			v.Live.Shop, v.Live.Wait, v.Live.InLine = "down", 0, 2204
			flow := downFlow()
			v.Flow = &flow
			v.Tell = Text{"The shop takes a short break. Your place in line is kept; Łukasz is on it.", "Sklep ma krótką przerwę. Miejsca w kolejce nie przepadają, Łukasz już działa."}
		}))},
		{"influencer-held", "in the wave, and nobody is let in", influencerStory(at(20, 9), []Act{ActUnplanned}, wave(func(v *InfluencerView) {
			v.Live.Shop, v.Live.Wait, v.Live.InLine = "held", 0, 2204
			flow := heldFlow()
			v.Flow = &flow
			v.Tell = Text{"The shop lets nobody in for a moment; your place is kept, you need not reload.", "Sklep na chwilę nikogo nie wpuszcza; miejsce jest zachowane, nie trzeba odświeżać."}
		}))},
		{"influencer-opening", "an evening is on, and its waiting room is open", influencerStory(at(19, 50), []Act{ActUnplanned}, wave(func(v *InfluencerView) {
			v.Live.Shop, v.Live.Wait, v.Live.InLine = "opening", 0, 2204
			v.Tell = Text{"The waiting room is open, we begin at 20:00; you need not reload.", "Poczekalnia jest otwarta, zaczynamy 20:00; nie trzeba odświeżać."}
		}))},
		{"influencer-after", "the day after", influencerStory(at(20, 0).AddDate(0, 0, 1), []Act{ActUnplanned}, func(v *InfluencerView) {
			v.Post.State, v.Live, v.Owe, v.Thanks = After, nil, nil, thanksStory()
			v.Verdict, v.Why = Go, Text{"It held.", "Wytrzymał."}
			v.Report = &Report{People: 41230, Orders: 2911, Longest: 24 * time.Minute, Gone: 812}
		})},
		{"influencer-cancelled", "cancelled", influencerStory(at(17, 20), []Act{ActUnplanned}, func(v *InfluencerView) {
			v.Post.State, v.Owe = Cancelled, nil
			v.Done = Text{"Cancelled. All four have been told.", "Odwołane. Wszyscy czworo już wiedzą."}
		})},
		{"influencer-unplanned", "posted without a plan", influencerStory(at(18, 2), []Act{ActUndo}, func(v *InfluencerView) {
			v.Post = &Post{ID: "p2", Kind: "post", Channel: "instagram-story", Account: "@ola.pachnie", At: at(18, 2), Reach: Unknown, State: Unplanned}
			v.Live = &Live{People: 2, Shop: "busy", InLine: 1}
			v.Done = Text{"Told everybody. The shop gets ready as fast as it can.", "Wszyscy wiedzą. Sklep szykuje się tak szybko, jak może."}
			v.Owe, v.Thanks, v.Further = nil, nil, furtherStory(at(18, 2))
		})},
		{"influencer-asked", "a wave that nobody announced: whose is it?", influencerStory(at(19, 57), append([]Act{ActAnswer}, before...), func(v *InfluencerView) {
			v.Asked = []Inquiry{{
				ID:    "ola-ask-1",
				What:  Text{"Many people are coming since 27 Nov, 19:56 (Instagram), and no post in the plan explains it: did you just post?", "Od 27 listopada, 19:56 przychodzi dużo osób (Instagram), a w planie nie ma takiego wpisu: czy właśnie coś opublikowano?"},
				Posts: []InquiryPost{{"p1", "instagram-story @ola.pachnie", at(20, 0)}, {"p4", "tiktok @ola.pachnie", at(20, 30)}},
			}}
		})},
		{"influencer-asked-none", "the same, and nothing of hers is near", influencerStory(at(14, 57), []Act{ActAnswer, ActUnplanned}, func(v *InfluencerView) {
			v.Asked = []Inquiry{{ID: "ola-ask-2", What: Text{"Many people are coming since 27 Nov, 14:56, and no post in the plan explains it: did you just post?", "Od 27 listopada, 14:56 przychodzi dużo osób, a w planie nie ma takiego wpisu: czy właśnie coś opublikowano?"}}}
		})},
		{"influencer-refused", "an act was refused", influencerStory(at(17, 20), before, func(v *InfluencerView) {
			v.Failed = Text{"Not moved: 21:00 is taken by another campaign on the same host. 20:15 and 20:30 are free.", "Nie przesunięto: o 21:00 na tym samym hostingu jest inna kampania. Wolne są 20:15 i 20:30."}
		})},
		{"influencer-looker", "may look, not act", influencerStory(at(17, 20), nil, func(v *InfluencerView) {
			v.Further = furtherStory(at(17, 20))[1:]
			v.Further[0].May = nil
		})},
	}
}
