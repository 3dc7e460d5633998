package console

// HearView is what the link in a message opens: one thing to be heard of, and a button.
// Programs that check messages open links too, so looking does nothing.
type HearView struct {
	Frame
	Shop string
	What Text // what the message said; zero when Open is false
	// Open says that it waits to be acknowledged; Heard that the reader has just done so.
	Open, Heard bool
	Page        Path // the reader's own page
}

func (*HearView) template() string { return "hear.html" }

// hearStories are the states of that page.
func hearStories() []roomStory {
	story := func(change func(*HearView)) func() View {
		return func() View {
			v := &HearView{
				Frame: Frame{Now: at(17, 20), Who: "Łukasz", Role: Host, May: []Act{ActSeen}}, Shop: "Perfumy Fala", Open: true, Page: "/storybook/host",
				What: Text{"Moved from 20:00 to 20:45 (fala-1.1).", "Przesunięto z 20:00 na 20:45 (fala-1.1)."},
			}
			change(v)
			return v
		}
	}
	return []roomStory{
		{"hear", "the link in a message, before the button is pressed", story(func(*HearView) {})},
		{"hear-done", "and after", story(func(v *HearView) { v.Open, v.Heard, v.What, v.May = false, true, Text{}, nil })},
		{"hear-over", "somebody else has answered, or it is over", story(func(v *HearView) { v.Open, v.What, v.May = false, Text{}, nil })},
	}
}
