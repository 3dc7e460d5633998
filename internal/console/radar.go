package console

// Radar is what the radar sees at a shop while a wave begins, goes on or ebbs.
type Radar struct {
	State  string // "calm", "swell", "storm" or "ebb"
	Says   Text   // whose post it is, how large it becomes, and who comes
	Crowds []Crowd
	More   int // crowds that are not shown
}

// Crowd are people or programs that are alike, with what they were judged to be.
type Crowd struct {
	Who  Text   // in a few words: "phones by the story's link"
	Kind string // "fans", "attack" or "unsure"
	Sure float64
	Why  Text
	// Done is what is done to them: "slow", "challenge" or "refuse"; empty: nothing.
	Done string
	// Shadow says that it is only written down, not done.
	Shadow bool
}
