package console

// PostFormView is where a post or a sales evening is put into the plan, or changed there.
// Its forms hold what was typed, as it was typed: a form that was refused comes back whole.
type PostFormView struct {
	Frame
	// Into are the campaigns in which it may stand, by shop; empty = it stands in Campaign
	// already.
	Into        []CampaignChoice
	Campaign    string
	Influencers []Choice     // of whom one is to be chosen; empty = there is nothing to choose
	Channels    []string     // as in [Post]; one that has no words is shown as written
	Post        *PostForm    // nil = it is an evening
	Evening     *EveningForm // nil = it is a post
	// Turned says that the form for an evening was used last: its part of the page is open.
	Turned bool
}

// Choice is one of several things.
type Choice struct{ ID, Name string }

// CampaignChoice are a shop's campaigns that are not over; New is sent for one that is
// begun with the post.
type CampaignChoice struct {
	Shop, New string
	Open      []Choice
}

// FormHead is what both forms begin with.
type FormHead struct {
	ID   string // sent as "post"; empty = it is new
	Into string // the chosen campaign
	New  string // name of a campaign that is begun
	Name string
	At   string // local time
	Was  string // At as it was shown
}

// PostForm is the form for a post.
type PostForm struct {
	FormHead
	Party, Channel, Account, Slip, Reach, Followers, Link, Coupon, Price, Stock string
	Limited                                                                     bool
	Out                                                                         bool // it is out: its moment stays
}

// EveningForm is the form for a sales evening.
type EveningForm struct {
	FormHead
	Lasts, PreQueue, Reach string
	Draw                   bool
}

func (*PostFormView) template() string { return "post.html" }

// postFormStories are the states of that page.
func postFormStories() []roomStory {
	story := func(who string, role Role, change func(*PostFormView)) func() View {
		return func() View {
			v := &PostFormView{
				Frame:    frameOf(who, role, at(17, 20), ActPutPost, ActPutEvening),
				Into:     []CampaignChoice{{"Perfumy Fala", "new:fala", []Choice{{"fala-3", "Jesienna pomadka"}, {"fala-2", "Zapachy"}}}},
				Channels: []string{"instagram-story", "instagram-reel", "tiktok", "live", "tv", "timed-drop"},
				Post:     &PostForm{FormHead: FormHead{At: "2026-11-28T18:00"}},
				Evening:  &EveningForm{FormHead: FormHead{At: "2026-11-28T18:00"}, Lasts: "180", PreQueue: "30"},
			}
			change(v)
			return v
		}
	}
	houses := []Choice{{"ola", "Ola"}, {"eva", "Ewa"}}
	full := func(v *PostFormView) {
		v.Into, v.Campaign, v.Influencers, v.Evening = nil, "Jesienna pomadka", houses, nil
		v.Post = &PostForm{
			FormHead: FormHead{ID: "fala-3.1", Name: "Premiera", At: "2026-11-27T20:00", Was: "2026-11-27T20:00"}, Party: "ola", Channel: "instagram-story", Account: "ola.maluje",
			Slip: "15", Reach: "300000", Followers: "900000", Link: "https://perfumy.example/pomadka", Coupon: "OLA20", Price: "59", Stock: "2000", Limited: true,
		}
	}
	return []roomStory{
		{"post-new", "an influencer plans a post", story("Ola", Influencer, func(*PostFormView) {})},
		{"post-change", "a media house completes a post", story("Dom Mediowy Echo", MediaHouse, full)},
		{"post-out", "a post is out, and its moment stays", story("Dom Mediowy Echo", MediaHouse, func(v *PostFormView) { full(v); v.Post.Out = true })},
		{"post-many", "a media house with several shops", story("Dom Mediowy Echo", MediaHouse, func(v *PostFormView) {
			v.Influencers = houses
			v.Into = append(v.Into, CampaignChoice{"Herbata Mgła", "new:mgla", nil})
		})},
		{"post-refused", "what was typed was refused", story("Ola", Influencer, func(v *PostFormView) {
			v.Failed = Text{"This is no number that makes sense here.", "To nie jest liczba, która ma tu sens."}
			v.Post = &PostForm{FormHead: FormHead{Into: "new:fala", New: "Zima", Name: "Rolka", At: "2026-11-28T18:00"}, Channel: "tiktok", Account: "ola", Reach: "dużo"}
		})},
		{"post-evening", "a sales evening is changed", story("Dom Mediowy Echo", MediaHouse, func(v *PostFormView) {
			v.Into, v.Campaign, v.Post, v.Turned = nil, "Jesienna pomadka", nil, true
			v.Evening = &EveningForm{FormHead: FormHead{ID: "fala-3.2", Name: "Czarny Piątek", At: "2026-11-27T20:00", Was: "2026-11-27T20:00"}, Lasts: "180", PreQueue: "30", Reach: "20000", Draw: true}
		})},
		{"post-none", "there is no shop for which one could plan", story("Ola", Influencer, func(v *PostFormView) { v.Into, v.Post, v.Evening = nil, nil, nil })},
	}
}
