package console

// storyRadar is what the live page needs of the radar, field by field as the control API
// writes it.
type storyRadar struct {
	State  string       `json:"state"`
	Says   storyWords   `json:"says"`
	Crowds []storyCrowd `json:"crowds"`
	Shadow bool         `json:"shadow"`
}

type storyCrowd struct {
	Who        storyWords `json:"who"`
	Kind       string     `json:"kind"`
	Confidence float64    `json:"confidence"`
	Treatment  string     `json:"treatment"`
	Why        storyWords `json:"why"`
}

type storyWords struct {
	EN string `json:"en,omitempty"`
	PL string `json:"pl,omitempty"`
}

// radarOfWave is a wave that ebbs, with an attack beside it.
func radarOfWave() *storyRadar {
	words := func(t Text) storyWords { return storyWords(t) }
	out := &storyRadar{State: "ebb", Says: words(ebbSays)}
	for _, c := range append([]Crowd{attackStory(false)}, fansStory()...) {
		done := c.Done
		if done == "" {
			done = "none"
		}
		out.Crowds = append(out.Crowds, storyCrowd{words(c.Who), c.Kind, c.Sure, done, words(c.Why)})
	}
	return out
}
