package plan

import "testing"

// People are told that all is sold out when the edge knows it of all that a campaign's
// posts lead to, and not before.
func TestAllIsSoldOut(t *testing.T) {
	w, _ := readied(t)
	w.must(t, mm, PutPost{Campaign: "lip-1", Post: Post{Name: "second", Channel: "tiktok", At: evening.Add(2 * day), Link: "https://lip.example/szminka%20czerwona"}})
	w.must(t, ola, PostNow{Campaign: "lip-1", Post: "lip-1.1"})
	for _, tc := range []struct {
		gone      []string
		now, fans string
	}{
		{nil, "now-well", "fans-open"},
		{[]string{"/go/ola"}, "now-well", "fans-open"},
		{[]string{"/go/ola", "/szminka czerwona"}, "now-sold-out", "fans-sold-out"},
		{[]string{"/go/ola", "/szminka%20czerwona"}, "now-sold-out", "fans-sold-out"},
		{[]string{"/szminka czerwona", "/"}, "now-well", "fans-open"},
	} {
		live := &Live{People: 5, Well: true, SoldOut: map[string]bool{}}
		for _, path := range tc.gone {
			live.SoldOut[path] = true
		}
		for _, who := range []Actor{ola, web} { // the host does not see the links
			s, err := w.Standing(w.now, who, "lip-1", live)
			if err != nil || s.Happening.Kind != tc.now || s.Fans.Kind != tc.fans {
				t.Errorf("%v for %s: %v, %s and %s", tc.gone, who.Party, err, s.Happening.Kind, s.Fans.Kind)
			}
		}
	}
	w.must(t, mm, PutEvening{Campaign: "lip-1", Evening: Evening{Name: "evening", Start: evening.Add(4 * day), Lasts: 3 * 3600e9}})
	live := &Live{Well: true, SoldOut: map[string]bool{"/go/ola": true, "/szminka czerwona": true}}
	if s, err := w.Standing(w.now, ola, "lip-1", live); err != nil || s.Fans.Kind != "fans-open" {
		t.Errorf("nobody knows what an evening sells: %v, %s", err, s.Fans.Kind)
	}
}
