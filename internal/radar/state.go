package radar

import "fmt"

// State is what a detector holds to be going on.
type State uint8

// The states. A wave goes from calm over swell, storm and ebb back to calm; a swell
// that comes to nothing goes back to calm, an ebb that rises again back to storm.
const (
	Calm  State = iota // what comes is usual
	Swell              // more come than chance explains: a wave has begun
	Storm              // it is large: surely more than twice what is usual, three times as seen
	Ebb                // it has passed its peak and is falling
)

// states are the words for programs, and for people in both languages.
var states = [...]struct{ code, en, pl string }{
	{"calm", "calm", "spokój"},
	{"swell", "swell", "wzbiera"},
	{"storm", "storm", "szczyt"},
	{"ebb", "ebb", "opada"},
}

// String is the word for programs: "calm", "swell", "storm", "ebb".
func (s State) String() string {
	if int(s) < len(states) {
		return states[s].code
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Word is the word for people, in Polish for "pl" and in English otherwise.
func (s State) Word(language string) string {
	switch {
	case int(s) >= len(states):
		return s.String()
	case language == "pl":
		return states[s].pl
	}
	return states[s].en
}

// Wave reports whether a wave is going on.
func (s State) Wave() bool { return s != Calm }

// MarshalText writes the word for programs.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word for programs; what is none is an error.
func (s *State) UnmarshalText(text []byte) error {
	for i, w := range states {
		if w.code == string(text) {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no state of a wave", text)
}
