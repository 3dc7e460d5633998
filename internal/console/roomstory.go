package console

import (
	"net/http"
	"time"
)

// roomStory is one state of a page of the campaign room, with canned data. Each
// has its own copy.
type roomStory struct {
	Name  string
	Tells string
	View  func() View
}

// warsaw is the zone of the stories, in winter.
func warsaw() *time.Location { return time.FixedZone("Europe/Warsaw", 60*60) }

// roomNow is the evening of the stories, told in the shop's own time.
func roomNow() time.Time { return storyNow.In(warsaw()) }

// roomStories are all states in the order of the storybook.
func roomStories() []roomStory {
	all := []roomStory{
		{"access-closed", "a signed link, before it is opened", func() View { return accessStory(DoorClosed) }},
		{"access-expired", "a link that is too old", func() View { return accessStory(DoorExpired) }},
		{"access-revoked", "a link that was withdrawn", func() View { return accessStory(DoorRevoked) }},
		{"access-unknown", "no link, or none of ours", func() View { return accessStory(DoorUnknown) }},
		{"access-left", "the device has been left", func() View { return accessStory(DoorLeft) }},
		{"access-forbidden", "no permission for this page", func() View { return accessStory(DoorForbidden) }},
	}
	all = append(all, hearStories()...)
	all = append(all, radarStories()...)
	all = append(all, influencerStories()...)
	all = append(all, campaignStories()...)
	all = append(all, teamStories()...)
	all = append(all, vesselStories()...)
	all = append(all, ownStories()...)
	all = append(all, postFormStories()...)
	for _, name := range []string{"access-closed", "hear", "influencer-after", "influencer-wave", "influencer-missing", "campaign-missing", "calendar", "history", "host", "my-shops", "vessels-wave", "war-room-wave", "own", "own-refused", "own-many", "post-change", "post-many", "post-evening"} {
		for _, s := range all {
			if s.Name == name {
				all = append(all, roomStory{name + "-nasty", "the same with markup, long words and other scripts in every text", func() View {
					v := s.View()
					spoil(v, nasty())
					return v
				}})
			}
		}
	}
	for i, s := range all {
		all[i].View = func() View {
			v := s.View()
			v.frame().Home = Path("/storybook/" + s.Name)
			return v
		}
	}
	return all
}

// storyAfter says which story an act leads to; others stay where they are.
func storyAfter(act Act) string {
	switch act {
	case ActOpen:
		return "influencer-planned"
	case ActNow:
		return "influencer-posting"
	case ActSoon:
		return "influencer-soon"
	case ActSlip:
		return "influencer-slipped"
	case ActCancel:
		return "influencer-cancelled"
	case ActUnplanned, ActAnswer:
		return "influencer-unplanned"
	case ActUndo:
		return "influencer-planned"
	default:
		return ""
	}
}

// actInStory answers the buttons of the storybook: canned, as all there.
func actInStory(w http.ResponseWriter, r *http.Request) {
	to := storyAfter(Act(r.PostFormValue("act")))
	for _, s := range roomStories() {
		if to == "" && s.Name == r.PathValue("story") {
			to = s.Name
		}
	}
	if to == "" {
		http.NotFound(w, r)
		return
	}
	http.Redirect(w, r, "/storybook/"+to, http.StatusSeeOther)
}

func at(h, m int) time.Time { return time.Date(2026, 11, 27, h, m, 0, 0, warsaw()) }

func frameOf(who string, role Role, now time.Time, may ...Act) Frame {
	f := Frame{Now: now, Who: who, Role: role, May: may}
	if role != "" {
		f.Leave = "/storybook/access-left"
	}
	switch role {
	case Influencer:
		f.Nav = []Link{{"influencer", "", "/storybook/influencer-planned"}, {"campaign", "", "/storybook/campaign-looker"}, {"vessels", "", "/storybook/vessels-wave"}}
	case Host:
		f.Nav = []Link{{"host", "", "/storybook/host"}, {"calendar", "", "/storybook/calendar"}, {"vessels", "", "/storybook/vessels-wave"}, {"war-room", "", "/storybook/war-room-wave"}}
	default:
		f.Nav = []Link{{"calendar", "", "/storybook/calendar"}, {"history", "", "/storybook/history"}, {"campaign", "", "/storybook/campaign-missing"}, {"vessels", "", "/storybook/vessels-wave"}, {"war-room", "", "/storybook/war-room-wave"}}
	}
	return f
}

func accessStory(state Door) View {
	v := &AccessView{Frame: Frame{Now: roomNow()}, State: state}
	if state == DoorClosed {
		v.Who, v.Role, v.Shop, v.Until = "Ola", Influencer, "Perfumy Fala", roomNow().AddDate(0, 0, 14)
	}
	return v
}

// What waits on whom in the stories.
var (
	storyReach = Task{"reach", Text{"Reach of the story, with a screenshot", "Zasięg relacji ze zrzutem ekranu"}, at(17, 0), []Role{Host, SoftwareHouse}}
	storyLinks = Task{"links", Text{"Links and coupon confirmed", "Linki i kupon potwierdzone"}, at(19, 0), []Role{Influencer}}
	storyPurge = Task{"purge", Text{"No emptying of the cache from 19:00", "Od 19:00 nie czyścimy pamięci podręcznej"}, at(19, 0), []Role{Host}}
	storyScale = Task{"scale", Text{"34 workers ready", "Gotowe 34 procesy sklepu"}, at(19, 30), []Role{Influencer, MediaHouse}}
	storyLimit = Task{"limit", Text{"Orders a minute confirmed after the rehearsal", "Zamówienia na minutę potwierdzone po próbie"}, at(12, 0), []Role{MediaHouse}}
	storyStill = Task{"still", Text{"Still 20:00?", "Nadal 20:00?"}, at(19, 30), []Role{Host, SoftwareHouse}}
)

func partiesStory() []Party {
	return []Party{
		{Influencer, "Ola", []Task{storyStill}, 3},
		{MediaHouse, "Dom Mediowy Echo", []Task{storyReach, storyLinks}, 2},
		{SoftwareHouse, "Kod i Spółka", []Task{storyPurge}, 4},
		{Host, "Serwerownia Wrocław", []Task{storyLimit, storyScale}, 1},
	}
}

func readyPartiesStory() []Party {
	return []Party{{Influencer, "Ola", nil, 4}, {MediaHouse, "Dom Mediowy Echo", nil, 4}, {SoftwareHouse, "Kod i Spółka", nil, 5}, {Host, "Serwerownia Wrocław", nil, 5}}
}

func calmFlow() Flow {
	return Flow{
		Arrivals: 84, ArrivalsBefore: 90, ArrivalsTop: 700, EdgeShare: 0.82, ToLine: 0, InLine: 0, InLineBefore: 0, InLineTop: 20, LetIn: 15,
		Inside: 23, ShopBusy: 0.35, ShopBusyBefore: 0.33, Orders: 4, DatabaseBusy: 0.18, DatabaseBusyBefore: 0.18,
	}
}

func waveFlow() Flow {
	return Flow{
		Arrivals: 2840, ArrivalsBefore: 1900, ArrivalsTop: 3100, EdgeShare: 0.94, ToLine: 410, InLine: 965, InLineBefore: 610, InLineTop: 1400,
		Wait: 22 * time.Minute, LetIn: 45, Inside: 41, ShopBusy: 1, ShopBusyBefore: 0.97, Orders: 38, DatabaseBusy: 0.72, DatabaseBusyBefore: 0.66, Left: 84,
	}
}

func heldFlow() Flow {
	f := waveFlow()
	f.Held, f.LetIn, f.ShopBusy, f.ShopBusyBefore, f.DatabaseBusy, f.Orders, f.Inside = true, 0, 0.3, 0.9, 0.31, 22, 12
	return f
}

func downFlow() Flow {
	f := waveFlow()
	f.ShopDown, f.LetIn, f.Orders, f.DatabaseBusy, f.DatabaseBusyBefore = true, 0, 0, 1, 0.98
	return f
}

func unaskedFlow() Flow {
	f := calmFlow()
	f.DatabaseBusy, f.DatabaseBusyBefore, f.DatabaseUnasked = Unknown, Unknown, true
	return f
}

func unknownFlow() Flow {
	return Flow{Arrivals: Unknown, ArrivalsBefore: Unknown, EdgeShare: Unknown, ToLine: Unknown, InLine: Unknown, InLineBefore: Unknown, LetIn: Unknown,
		Inside: Unknown, ShopBusy: Unknown, ShopBusyBefore: Unknown, Orders: Unknown, DatabaseBusy: Unknown, DatabaseBusyBefore: Unknown, Left: Unknown}
}

func vesselStories() []roomStory {
	vessels := func(f Flow, p []Party) func() View {
		return func() View {
			return &VesselsView{Frame: frameOf("Serwerownia Wrocław", Host, roomNow()), Shop: "Perfumy Fala", Flow: f, People: p}
		}
	}
	return []roomStory{
		{"vessels-calm", "an ordinary evening, all steps done", vessels(calmFlow(), readyPartiesStory())},
		{"vessels-wave", "a wave, steps open and late", vessels(waveFlow(), partiesStory())},
		{"vessels-held", "an operator holds the line", vessels(heldFlow(), partiesStory())},
		{"vessels-down", "the shop is down, the database full", vessels(downFlow(), partiesStory())},
		{"vessels-many", "more parties than fit side by side", vessels(calmFlow(), append(partiesStory(), append(readyPartiesStory(), Party{"fotograf", "Studio Mgła", []Task{storyLinks}, 0})...))},
		{"vessels-unasked", "the shop does not say how busy its database is", vessels(unaskedFlow(), readyPartiesStory())},
		{"vessels-empty", "nothing is known and nobody is in the campaign", vessels(unknownFlow(), nil)},
	}
}
