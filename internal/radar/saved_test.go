package radar

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

// A saved detector comes back the same, by way of JSON, and stays small.
func TestSavedComesBack(t *testing.T) {
	s, d := newSea(1, 3, 1.25, 30_000), NewDetector(DetectorConfig{})
	s.hear(d, monday, -time.Hour, 2*time.Minute, time.Second, func(time.Duration, Sighting) bool { return true })
	saved := d.Save()
	if !saved.State.Wave() {
		t.Fatal("no wave was told")
	}
	for i := range saved.Rate {
		saved.Rate[i], saved.Weeks[i] = 123.4567, 6
	}
	raw, err := json.Marshal(saved)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 20<<10 {
		t.Errorf("%d bytes", len(raw))
	}
	var back Saved
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	again, err := Restore(DetectorConfig{}, back)
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Save(); !reflect.DeepEqual(got, back) {
		t.Errorf("%+v\nbecame\n%+v", back, got)
	}
	if g := again.present(); g.State != d.wave.state || !g.Onset.Equal(d.wave.onset) || g.Cause != d.wave.cause {
		t.Errorf("the wave became %+v", g)
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	good := NewDetector(DetectorConfig{}).Save()
	if _, err := Restore(DetectorConfig{}, good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Saved){
		"version":  func(s *Saved) { s.Version = 2 },
		"nan":      func(s *Saved) { s.Arrivals = math.NaN() },
		"negative": func(s *Saved) { s.Seconds = -1 },
		"infinite": func(s *Saved) { s.Peak = math.Inf(1) },
		"wander":   func(s *Saved) { s.Wander = 1 },
		"short":    func(s *Saved) { s.Rate = s.Rate[:5] },
		"state":    func(s *Saved) { s.State = 9 },
		"no onset": func(s *Saved) { s.State, s.Since = Storm, time.Now() },
		"rate":     func(s *Saved) { s.Rate[3] = float32(math.Inf(1)) },
		"weeks":    func(s *Saved) { s.Weeks[3] = 200 },
		"nothing":  func(s *Saved) { *s = Saved{} },
	} {
		s := NewDetector(DetectorConfig{}).Save()
		spoil(&s)
		if _, err := Restore(DetectorConfig{}, s); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestStatesAreWords(t *testing.T) {
	for s := Calm; s <= Ebb; s++ {
		raw, err := s.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back State
		if err := back.UnmarshalText(raw); err != nil || back != s {
			t.Errorf("%v became %v, %v", s, back, err)
		}
		if s.Word("pl") == "" || s.Word("en") == "" {
			t.Errorf("%v has no word for people", s)
		}
	}
	var s State
	if err := s.UnmarshalText([]byte("flood")); err == nil {
		t.Error("flood is a state")
	}
	for k := CauseStart; k <= CauseWay; k++ {
		raw, _ := k.MarshalText()
		var back CauseKind
		if err := back.UnmarshalText(raw); err != nil || back != k {
			t.Errorf("%v became %v, %v", k, back, err)
		}
		c := Cause{Kind: k, Count: 47, Window: 3 * time.Second, Expected: 1.5, Surprise: 20, Peak: 95, Lasted: 4 * time.Minute}
		if c.Sentence("pl") == c.Sentence("en") {
			t.Errorf("%v is said in one language only", k)
		}
	}
	var k CauseKind
	if err := k.UnmarshalText([]byte("because")); err == nil {
		t.Error("because is a cause")
	}
}
