package console

import (
	"math"
	"time"
)

func readyStory() []Ready {
	return []Ready{
		{Text{"Reach has a proof", "Zasięg ma dowód"}, NotYet, Text{"300,000 was told; no screenshot has come.", "Podano 300 000; nie ma zrzutu ekranu."}},
		{Text{"Host has confirmed", "Hosting potwierdził"}, NotYet, Text{"Serwerownia Wrocław was asked on Wednesday and reminded today.", "Serwerownię Wrocław pytano w środę i dziś."}},
		{Text{"The shop takes the orders", "Sklep przyjmie zamówienia"}, NoGo, Text{"3,000 orders are asked for; measured 120 a minute in the rehearsal of 20 November.", "Potrzeba 3000 zamówień; na próbie 20 listopada zmierzono 120 na minutę."}},
		{Text{"Stock is known", "Znany jest stan magazynu"}, NoGo, Text{"The shop says 0 pieces of one product.", "Sklep podaje 0 sztuk jednego produktu."}},
		{Text{"Time for more workers", "Czas na więcej procesów"}, NotYet, Text{"The host needs 2 h; 2 h 40 min are left.", "Hosting potrzebuje 2 godz.; zostały 2 godz. 40 min."}},
		{Text{"Link, price and coupon", "Link, cena i kupon"}, Go, Text{"Checked in the shop 4 minutes ago: 59.00 zł, OLA10 works.", "Sprawdzone w sklepie 4 minuty temu: 59,00 zł, OLA10 działa."}},
		{Text{"Code is frozen", "Kod jest zamrożony"}, Go, Text{"Since Wednesday; no release is planned before Saturday.", "Od środy; do soboty nie ma wdrożenia."}},
	}
}

func checksStory() []Check {
	return []Check{
		{"p1/link", Go, Text{"Story of @ola.pachnie: the link works.", "Relacja @ola.pachnie: link działa."}, at(17, 4), false},
		{"p1/price", NoGo, Text{"Story of @ola.pachnie: the shop has another price: 69.00 PLN.", "Relacja @ola.pachnie: w sklepie jest inna cena: 69.00 PLN."}, at(17, 4), false},
		{"p1/coupon", NotYet, Text{"Story of @ola.pachnie: the coupon could not be tried: nobody has described how it is entered in this shop; try it by hand and say so.",
			"Relacja @ola.pachnie: kuponu nie udało się sprawdzić: nikt nie opisał, jak się go podaje w tym sklepie; sprawdź go i potwierdź."}, at(17, 4), false},
	}
}

func stepsStory(done int, mine bool) []Step {
	all := []Step{
		{"plan", Text{"T−14 d", "T−14 dni"}, Text{"Channel, hour and mood are in the plan", "Kanał, godzina i nastrój są w planie"}, Influencer, "Ola", at(20, 0).AddDate(0, 0, -14), false, false, "Ola", at(9, 12).AddDate(0, 0, -14), false},
		{"reach", Text{"T−14 d", "T−14 dni"}, Text{"Reach with its proof", "Zasięg z dowodem"}, MediaHouse, "Dom Mediowy Echo", at(20, 0).AddDate(0, 0, -14), false, false, "Iga", at(15, 40).AddDate(0, 0, -13), false},
		{"rehearsal", Text{"T−7 d", "T−7 dni"}, Text{"Rehearsal: a made wave, seen by all", "Próba: sztuczna fala, widzą ją wszyscy"}, Host, "Serwerownia Wrocław", at(20, 0).AddDate(0, 0, -7), false, false, "Łukasz", at(11, 5).AddDate(0, 0, -7), false},
		{"freeze", Text{"T−2 d", "T−2 dni"}, Text{"Code freeze", "Zamrożenie kodu"}, SoftwareHouse, "Kod i Spółka", at(20, 0).AddDate(0, 0, -2), false, false, "Żaneta", at(16, 30).AddDate(0, 0, -2), false},
		{"gonogo", Text{"T−24 h", "T−24 godz."}, Text{"Go or no-go", "Startujemy czy nie"}, Host, "Serwerownia Wrocław", at(20, 0).AddDate(0, 0, -1), false, false, "Łukasz", at(19, 2).AddDate(0, 0, -1), true},
		{"links", Text{"T−1 h", "T−1 godz."}, Text{"Links, price and coupon checked in the shop", "Linki, cena i kupon sprawdzone w sklepie"}, MediaHouse, "Dom Mediowy Echo", at(19, 0), false, false, "Iga", at(18, 31), true},
		{"post", Text{"T0", "T0"}, Text{"“I'm posting now”", "„Publikuję teraz”"}, Influencer, "Ola", at(20, 0), false, false, "Ola", at(20, 0), false},
		{"report", Text{"T+1 d", "T+1 dzień"}, Text{"Report and thanks", "Raport i podziękowania"}, MediaHouse, "Dom Mediowy Echo", at(20, 0).AddDate(0, 0, 1), false, false, "", time.Time{}, false},
	}
	for i := range all {
		all[i].Done = i < done
		if !all[i].Done {
			all[i].By, all[i].At = "", time.Time{}
		}
		all[i].Mine = all[i].Mine && mine
	}
	return all
}

// forecastStory is a story's long tail after 20:00, in people a minute.
func forecastStory(from, to int, measured func(minute int) float64) *Curve {
	c := &Curve{What: Text{"People a minute", "Osób na minutę"}, Marks: []Mark{{at(20, 0), Text{"Story of @ola.pachnie", "Relacja @ola.pachnie"}, 12_400}}}
	for m := from; m <= to; m += 3 {
		mid := 60.0
		if m >= 0 {
			mid += 2900 * math.Exp(-float64(m)/38)
		}
		p := CurvePoint{At: at(20, 0).Add(time.Duration(m) * time.Minute), Low: mid * 0.45, Mid: mid, High: mid * 2.1}
		if measured != nil {
			p.Mid = measured(m)
		}
		c.Points = append(c.Points, p)
	}
	return c
}

func auditStory() []Line {
	return []Line{
		{at(16, 40), "Iga", MediaHouse, Text{"Coupon OLA10 added", "Dodano kupon OLA10"}, Text{}},
		{at(12, 5), "", "", Text{"Reminded the host: orders a minute are not confirmed", "Przypomniano hostingowi: zamówienia na minutę niepotwierdzone"}, Text{"due at 12:00", "termin 12:00"}},
		{at(19, 2).AddDate(0, 0, -1), "Łukasz", Host, Text{"Said go", "Potwierdził start"}, Text{"after the rehearsal", "po próbie"}},
		{at(9, 12).AddDate(0, 0, -14), "Ola", Influencer, Text{"Planned the post for Friday, 20:00", "Zaplanowała post na piątek, 20:00"}, Text{}},
	}
}

func conflictsStory() []Conflict {
	return []Conflict{
		{Text{"Two posts within an hour on one host", "Dwa posty w ciągu godziny na jednym hostingu"}, "buty.example", at(20, 30), 8000},
		{Text{"Stock synchronisation empties the cache inside the window", "Synchronizacja stanów czyści pamięć podręczną w środku okna"}, "Perfumy Fala", at(20, 15), Unknown},
	}
}

func campaignStory(now time.Time, may []Act, change func(*CampaignView)) func() View {
	return func() View {
		v := &CampaignView{
			Frame: frameOf("Iga", MediaHouse, now, may...), Name: "Malinowa pomadka", Shop: "Perfumy Fala",
			Verdict: Go, Why: storyGo, Posts: []Post{*storyPost(Planned)}, Ready: readyStory()[5:], Checks: checksStory(), Steps: stepsStory(5, true),
			Forecast: forecastStory(-30, 180, nil), Audit: auditStory(), People: readyPartiesStory(), Stand: standStory(),
		}
		v.Forecast.Limit = 1200
		evening := Post{ID: "p3", Kind: "evening", Channel: "timed-drop", At: at(22, 0), Reach: 100000, Link: "perfumy.example/czarny-piatek", State: Planned}
		v.Posts = append(v.Posts, evening)
		change(v)
		return v
	}
}

func campaignStories() []roomStory {
	confirm := []Act{ActConfirm, ActWithdraw, ActLook, ActRight, ActWrong, ActTellFans, ActUnplanned}
	return []roomStory{
		{"campaign-empty", "a campaign with nothing in it yet", campaignStory(at(17, 20), confirm, func(v *CampaignView) {
			*v = CampaignView{Frame: v.Frame, Name: v.Name, Shop: v.Shop}
		})},
		{"campaign-missing", "confirmations are missing", campaignStory(at(19, 20), confirm, func(v *CampaignView) {
			v.Trouble = true
			v.Verdict, v.Why, v.Ready, v.Steps = NotYet, storyNot, append(readyStory()[:2:2], readyStory()[4:]...), stepsStory(5, true)
			v.Conflicts, v.People, v.Thanks = conflictsStory(), partiesStory(), thanksStory()[1:]
		})},
		{"campaign-go", "go", campaignStory(at(19, 20), confirm, func(v *CampaignView) {
			v.Ready, v.Steps = append(readyStory()[5:], Ready{Text{"The shop takes the orders", "Sklep przyjmie zamówienia"}, Go, storyGo}), stepsStory(6, true)
			v.Checks = []Check{
				checksStory()[0], {"p1/price", Go, Text{"Story of @ola.pachnie: the price is right.", "Relacja @ola.pachnie: cena się zgadza."}, at(18, 52), true},
				{"p3/link", NotKnown, Text{"The evening: nobody has looked at the link in the shop.", "Wieczór: nikt nie sprawdził linku w sklepie."}, time.Time{}, false},
			}
		})},
		{"campaign-line", "go, with a line", campaignStory(at(19, 20), confirm, func(v *CampaignView) {
			v.Verdict, v.Steps = GoInLine, stepsStory(6, true)
		})},
		{"campaign-no", "no go, and somebody has said no", campaignStory(at(19, 20), confirm, func(v *CampaignView) {
			v.Verdict, v.Why, v.Ready = NoGo, storyNo, readyStory()
			v.Steps, v.People = stepsStory(4, true), partiesStory()
			v.Steps[4].No, v.Steps[4].By, v.Steps[4].At = true, "Łukasz", at(19, 2)
			v.Conflicts = conflictsStory()
		})},
		{"campaign-wave", "in the wave", campaignStory(at(20, 7), confirm, func(v *CampaignView) {
			v.Posts[0].State, v.Posts[0].By, v.Steps, v.Checks = Wave, 12_400, stepsStory(7, true), nil
			v.Live = &Live{People: 12400, Shop: "fine", InLine: 135, Wait: 3 * time.Minute}
			v.Tell = Text{"The shop works, you wait about 3 minutes, and your place in line is kept.", "Sklep działa, czeka się około 3 minut, a miejsce w kolejce nie przepada."}
		})},
		{"campaign-after", "the day after", campaignStory(at(21, 0).AddDate(0, 0, 1), confirm, func(v *CampaignView) {
			v.Posts[0].State, v.Posts[1].State, v.Steps, v.Checks = After, After, stepsStory(8, true), nil
			v.Thanks = thanksStory()
			v.Why = Text{"It held: 2,911 orders, longest wait 24 minutes.", "Wytrzymał: 2911 zamówień, najdłuższe czekanie 24 minuty."}
		})},
		{"campaign-cancelled", "cancelled", campaignStory(at(17, 20), nil, func(v *CampaignView) {
			v.Posts[0].State, v.Posts[1].State, v.Checks = Cancelled, Cancelled, nil
			v.Verdict, v.Why = NoGo, Text{"Ola has cancelled it: the parcels did not come.", "Ola odwołała: paczki nie dojechały."}
			v.Audit = append([]Line{{at(17, 18), "Ola", Influencer, Text{"Cancelled", "Odwołała"}, Text{"the parcels did not come", "paczki nie dojechały"}}}, v.Audit...)
		})},
		{"campaign-looker", "may look, not act", campaignStory(at(17, 20), nil, func(v *CampaignView) { v.Steps = stepsStory(5, false) })},
	}
}

func calendarStory() View {
	entry := func(e Entry, kind string, h, m int) Entry {
		e.Kind, e.At = kind, at(h, m)
		if e.Size == 0 {
			e.Size = Unknown
		}
		return e
	}
	campaign := Path("/storybook/campaign-missing")
	today := []Entry{
		entry(Entry{Shop: "Perfumy Fala", Name: "Malinowa pomadka", Href: campaign, Till: at(23, 59), State: ""}, "freeze", 19, 0),
		entry(Entry{Shop: "Perfumy Fala", Name: "Malinowa pomadka", What: "@kasia.maluje", Href: campaign, State: Planned, Verdict: NotYet, Size: 30000, Clash: Text{"another campaign on the same host half an hour later", "pół godziny później inna kampania na tym samym hostingu"}}, "post", 20, 0),
		entry(Entry{Shop: "Perfumy Fala", Name: "ERP", Clash: Text{"empties the cache inside the window", "czyści pamięć podręczną w środku okna"}}, "sync", 20, 15),
		entry(Entry{Shop: "buty.example", Others: true, Size: 8000}, "post", 20, 30),
		entry(Entry{Shop: "Perfumy Fala", Name: "Malinowa pomadka", Href: campaign, State: Planned, Verdict: Go, Size: 12000, Till: at(23, 30)}, "evening", 22, 0),
	}
	later := []Entry{
		entry(Entry{Shop: "Herbata Mgła", Name: "Zimowa mieszanka", Href: campaign, State: Planned, Verdict: NotKnown, Size: 900}, "post", 18, 0),
		entry(Entry{Shop: "Herbata Mgła", Name: "Live z Kasią", Href: campaign, State: Cancelled, Verdict: Go}, "post", 19, 30),
		entry(Entry{Shop: "Perfumy Fala", Name: "2.14"}, "release", 23, 0),
		entry(Entry{Shop: "Herbata Mgła", Name: "CDN"}, "purge", 23, 30),
	}
	for i := range later {
		later[i].At = later[i].At.AddDate(0, 0, 4)
	}
	return &CalendarView{Frame: frameOf("Iga", MediaHouse, at(17, 20)), Feed: "https://plan.example/plan/feed/AQAAbW0tbGluay0xKf0Jr8vT2mQ5nHc3xW7y.ics", Import: importStory(nil), Days: []Day{{at(0, 0), today}, {at(0, 0).AddDate(0, 0, 4), later}},
		Earlier: "/storybook/calendar", Later: "/storybook/calendar-empty"}
}

func importStory(came *Taken) *ImportForm {
	return &ImportForm{Action: "/plan/import", Shops: []ImportShop{{"fala", "Perfumy Fala", false}, {"mgla", "Herbata Mgła", true}}, Campaign: "Zimowa mieszanka", Taken: came}
}

func calendarImported(came *Taken) func() View {
	return func() View {
		return &CalendarView{Frame: frameOf("Iga", MediaHouse, at(17, 20)), Import: importStory(came)}
	}
}

func historyStory() View {
	post := func(day int, state State, came *Came) PastPost {
		p := *storyPost(state)
		p.At = p.At.AddDate(0, 0, -day)
		return PastPost{p, came}
	}
	return &HistoryView{Frame: frameOf("Iga", MediaHouse, roomNow()), Campaigns: []PastCampaign{
		{"Malinowa pomadka", "Perfumy Fala", "/storybook/campaign-after", at(20, 0).AddDate(0, 0, -7), false, []PastPost{
			post(7, After, &Came{Minute: 412, Hour: 8310, Before: 96, Low: 180, Mid: 520, High: 1500, Orders: 611, Longest: 14 * time.Minute, Wave: &CameWave{Began: at(20, 0).AddDate(0, 0, -7).Add(9 * time.Second), Ten: 3120, Low: 2400, High: 4900, Peak: 498, PeakAt: at(20, 2).AddDate(0, 0, -7)}}),
			post(6, After, &Came{Minute: 38, Hour: 400, Before: Unknown, Low: Unknown, Mid: Unknown, High: Unknown, Orders: Unknown, Down: 42 * time.Second}),
		}, auditStory()},
		{"Jesienna mgiełka", "Perfumy Fala", "/storybook/campaign-cancelled", time.Time{}, true, []PastPost{post(30, Cancelled, nil)}, nil},
		{"Letnia kolekcja", "Herbata Mgła", "", at(18, 0).AddDate(0, -4, 0), false, nil, nil},
	}, More: 12}
}

func hostStory() View {
	return &HostView{
		Frame: toldFrame(frameOf("Łukasz", Host, at(17, 20), ActConfirm, ActWithdraw, ActUnplanned)), Name: "Serwerownia Wrocław",
		Tasks: []Task{storyLimit, storyScale, {"report", Text{"Look at the curve of capacity", "Obejrzyj krzywą wydajności"}, at(20, 0).AddDate(0, 0, 1), nil}}, MoreTasks: 2, Conflicts: conflictsStory(), MoreConflicts: 5,
		Untold: []Line{
			{at(16, 40), "Ola", Influencer, Text{"not reached by e-mail", "nie dotarła: e-mail"}, Text{"the mailbox is not there", "nie ma takiej skrzynki"}},
		},
		Stands: hostStands(), Report: []ImportShop{{"fala", "Perfumy Fala", false}, {"mgla", "Herbata Mgła", false}},
		Shops: []HostShop{
			{"Perfumy Fala", "/storybook/campaign-missing", at(20, 0), 30000, 500, 120, at(11, 0).AddDate(0, 0, -7), NoGo, Live{Shop: "fine"}, time.Time{}},
			{"buty.example", "", at(20, 30), 8000, Unknown, Unknown, time.Time{}, NotKnown, Live{Shop: "busy", InLine: 41}, at(17, 5)},
			{"Herbata Mgła", "/storybook/campaign-go", at(18, 0).AddDate(0, 0, 4), 900, 15, 90, at(9, 0).AddDate(0, 0, -2), Go, Live{Shop: "fine"}, time.Time{}},
			{"Antykwariat pod Lipą", "/storybook/campaign-empty", time.Time{}, Unknown, Unknown, 30, at(9, 0).AddDate(0, -1, 0), NotKnown, Live{}, time.Time{}},
		},
	}
}

// hostStands are how two campaigns stand for their host.
func hostStands() []Stand {
	one, two := *standStory(), *standStory()
	one.Ask, one.WaitOnYou = Text{"You are asked, until 19:30: 34 workers ready.", "Prośba do Ciebie, do 19:30: gotowe 34 procesy sklepu."}, []Text{{"Ola (the influencer) is ready and waits on you.", "Ola (influencer): gotowe, czeka na Ciebie."}}
	one.Campaign, one.Shop, one.Href, one.Owe, one.Thanks = "Malinowa pomadka", "Perfumy Fala", "/storybook/campaign-missing", partiesStory()[:3], thanksStory()[1:]
	two.Campaign, two.Shop, two.Href, two.WaitOnYou, two.WaitsOn, two.MoreWaits = "Zimowa mieszanka", "Herbata Mgła", "/storybook/campaign-go", nil, nil, 0
	two.Happening, two.Ask = Text{"The next post goes out on Tuesday at 18:00.", "Następny wpis ukaże się we wtorek o 18:00."}, Text{"Nothing is asked of you now.", "Teraz nic nie musisz robić."}
	return []Stand{one, two}
}

func shopsStory() View {
	pages := func(campaign string) []Link {
		return []Link{{"influencer", "", "/storybook/influencer-planned"}, {"campaign", campaign, "/storybook/campaign-missing"}, {"vessels", "", "/storybook/vessels-wave"}, {"war-room", "", "/storybook/war-room-wave"}, {"history", "", "/storybook/history"}}
	}
	return &ShopsView{Frame: frameOf("Iga", MediaHouse, at(17, 20)), Shops: []ShopPages{{"Perfumy Fala", at(20, 0), pages("Malinowa pomadka")}, {"Herbata Mgła", time.Time{}, pages("Zimowa mieszanka")}}}
}

func warRoomStory(now time.Time, may []Act, change func(*WarRoomView)) func() View {
	return func() View {
		v := &WarRoomView{
			Frame: frameOf("Łukasz", Host, now, may...), Shop: "Perfumy Fala", Campaign: "Malinowa pomadka", Mode: "auto",
			Live: &Live{People: 12400, Shop: "fine", InLine: 965, Wait: 22 * time.Minute}, Orders: 38, Flow: waveFlow(), People: partiesStory(),
			Arrivals: forecastStory(-30, 60, func(m int) float64 {
				if m > 7 {
					return Unknown
				}
				return max(60+sway(m, 9), 0) + max(0, float64(m))*420
			}),
			OnCall: []OnCall{
				{Host, "Łukasz", "+48 600 000 001", at(20, 6), true}, {SoftwareHouse, "Żaneta", "+48 600 000 002", at(20, 5), true},
				{MediaHouse, "Iga", "Slack: iga", at(19, 12), false}, {Influencer, "Ola", "", time.Time{}, false},
			},
			Decisions: []Line{
				{at(20, 5), "Łukasz", Host, Text{"Ceiling 8 → 12", "Pułap 8 → 12"}, Text{"database has room", "baza ma zapas"}},
				{at(20, 0).Add(22 * time.Second), "", "", Text{"The line has formed", "Powstała kolejka"}, Text{"41 people inside use up the shop", "41 osób w środku zajmuje cały sklep"}},
				{at(20, 0), "Ola", Influencer, Text{"I'm posting now", "Publikuję teraz"}, Text{}},
			},
		}
		change(v)
		return v
	}
}

func teamStories() []roomStory {
	steer := []Act{ActMode, ActSeen}
	return []roomStory{
		{"calendar-empty", "nothing is planned", func() View { return &CalendarView{Frame: frameOf("Iga", MediaHouse, at(17, 20))} }},
		{"calendar", "two days, with clashes and another agency's campaign", calendarStory},
		{"calendar-refused", "a file with faults", calendarImported(&Taken{Left: 3, Faults: []FileFault{
			{2, "at", Text{`"jutro" is no moment`, `"jutro" to nie jest data z godziną`}, Text{"write 2026-12-01 20:00", "napisz 01.12.2026 20:00"}},
			{7, "", Text{"This moment is over: 1 Jan, 12:00.", "Ta chwila już minęła: 1 stycznia, 12:00."}, Text{}},
		}})},
		{"calendar-tried", "a file that was only checked", calendarImported(&Taken{Tried: true, Added: 12, Changed: 1, Same: 3})},
		{"host-empty", "a host without shops", func() View { return &HostView{Frame: frameOf("Łukasz", Host, at(17, 20), ActConfirm)} }},
		{"my-shops", "an agency of two shops", shopsStory},
		{"my-shops-empty", "nobody has a shop yet", func() View { return &ShopsView{Frame: frameOf("Iga", MediaHouse, at(17, 20))} }},
		{"history", "what is over: counted, not counted, called off", historyStory},
		{"history-empty", "nothing is over yet", func() View { return &HistoryView{Frame: frameOf("Iga", MediaHouse, roomNow()), Shop: "Perfumy Fala"} }},
		{"host", "four shops, one of another agency", hostStory},
		{"host-told", "all messages got through", func() View {
			v := hostStory().(*HostView)
			v.Untold, v.Conflicts, v.MoreConflicts = nil, nil, 0
			return v
		}},
		{"host-unsure", "which messages got through cannot be said now", func() View {
			v := hostStory().(*HostView)
			v.Untold, v.Unsure = nil, true
			return v
		}},
		{"war-room-empty", "before anything is known", warRoomStory(at(19, 30), steer, func(v *WarRoomView) {
			v.Arrivals, v.OnCall, v.Decisions, v.People, v.Flow, v.Orders, v.Live = nil, nil, nil, nil, unknownFlow(), Unknown, nil
		})},
		{"war-room-wave", "seven minutes after the post", warRoomStory(at(20, 7), steer, func(v *WarRoomView) {
			v.Replicas = &Replicas{Ready: 3, Wanted: 8, Starting: 5, Why: Text(replicasOfWave().Why)}
		})},
		{"war-room-hold", "on hold, the shop down", warRoomStory(at(20, 7), steer, func(v *WarRoomView) {
			v.Mode, v.Flow, v.Live.Shop, v.Live.Wait, v.Orders = "hold", heldFlow(), "down", 0, 0
			v.Replicas = &Replicas{Ready: 4, Wanted: 4, Failed: 1, Most: 4, Advice: true, Fault: true, Why: Text(replicasInTrouble().Why)}
		})},
		{"war-room-watch", "watched only, and nothing to draw yet", warRoomStory(at(20, 7), steer, func(v *WarRoomView) {
			v.Mode, v.Flow, v.Live, v.Orders, v.Decisions = "watch", calmFlow(), &Live{People: 84, Shop: "fine"}, 4, nil
			v.Arrivals = &Curve{What: Text{"People a minute", "Osób na minutę"}}
		})},
		{"war-room-shop", "everybody stands in line for the whole shop", warRoomStory(at(20, 7), steer, func(v *WarRoomView) { v.Mode = "shop" })},
		{"war-room-off", "the line is switched off", warRoomStory(at(20, 7), steer, func(v *WarRoomView) {
			v.Mode, v.Live.InLine, v.Live.Wait, v.Live.Shop = "off", 0, 0, "busy"
		})},
		{"war-room-looker", "may look, not act", warRoomStory(at(20, 7), nil, func(v *WarRoomView) {})},
	}
}

// toldFrame is that of a page whose Falochron sends messages.
func toldFrame(f Frame) Frame {
	f.Told = true
	return f
}
