package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/falochron/falochron"
)

// outwardOf is what a shop announces.
func (w *world) outwardOf(t testing.TB, id ID) (Outward, time.Time) {
	t.Helper()
	all, next := w.Outward(w.now)
	for _, o := range all {
		if o.Shop.ID == id {
			return o, next
		}
	}
	t.Fatalf("no shop %s", id)
	return Outward{}, next
}

// What fans are told of a campaign, from a day before it until it is over.
func TestWhatFansAreTold(t *testing.T) {
	w := twoAgencies(t)
	w.now = evening.Add(-3 * day)
	w.must(t, mm, PutCampaign{Shop: "lip", Name: "Autumn"})
	w.must(t, mm, PutEvening{Campaign: "lip-1", Evening: Evening{Name: "Friday", Start: evening, PreQueue: 30 * time.Minute, Draw: true, Lasts: 2 * time.Hour}})
	says := func(at time.Time, want string) {
		t.Helper()
		w.now = at
		o, next := w.outwardOf(t, "lip")
		if o.Fans.EN != want || want != "" && (o.Fans.PL == "" || o.Fans.PL == want || !o.Until.After(w.now)) {
			t.Errorf("%v: %+v until %v, want %q", w.now, o.Fans, o.Until, want)
		}
		// It says itself when it changes: until then it is the same, and then another.
		if next.IsZero() {
			return
		}
		w.now = next.Add(-time.Second)
		if p, _ := w.outwardOf(t, "lip"); w.now.After(at) && p.Fans != o.Fans {
			t.Errorf("changed before %v: %+v", next, p.Fans)
		}
		w.now = at
	}
	says(evening.Add(-2*day), "")
	says(evening.Add(-day), "We begin at 1\u00a0Dec, 20:00; the waiting room opens at 1\u00a0Dec, 19:30.")
	w.must(t, mm, Slip{Campaign: "lip-1", Moment: "lip-1.1", By: time.Hour})
	says(evening.Add(-time.Hour), "We begin a little later: at 1\u00a0Dec, 21:00.")
	w.must(t, mm, TellFans{Shop: "lip", Words: Words{EN: " Bring tea ", PL: "Weź herbatę"}, For: 30 * time.Minute})
	says(evening.Add(-59*time.Minute), "Bring tea")
	says(evening.Add(-29*time.Minute), "We begin a little later: at 1\u00a0Dec, 21:00.")
	w.must(t, mm, Cancel{Campaign: "lip-1"})
	says(evening.Add(-28*time.Minute), "This time it does not take place; we will be back.")
	says(evening.Add(3*time.Hour), "")
}

// A sentence is taken back, ends by itself, and is refused where there is none.
func TestTellFans(t *testing.T) {
	w := twoAgencies(t)
	if _, err := w.do(ola, TellFans{Shop: "lip"}); reasonOf(err) != "fans-not-told" {
		t.Error(err)
	}
	if _, err := w.do(ola, TellFans{Shop: "hat", Words: Words{EN: "x"}}); reasonOf(err) != "unknown" {
		t.Error(err)
	}
	if _, err := w.do(ola, TellFans{Shop: "lip", Words: Words{EN: strings.Repeat("x", maxToFans+1)}}); reasonOf(err) != "too-long" {
		t.Error(err)
	}
	w.must(t, ola, TellFans{Shop: "lip", Words: Words{PL: "Zaraz"}})
	if o, next := w.outwardOf(t, "lip"); o.Fans.PL != "Zaraz" || !next.Equal(w.now.Add(toldFor)) {
		t.Errorf("%+v until %v", o.Fans, next)
	}
	w.must(t, ola, TellFans{Shop: "lip"})
	if o, _ := w.outwardOf(t, "lip"); o.Fans != (Words{}) {
		t.Errorf("%+v", o.Fans)
	}
	audit, err := w.ShopAudit(w.now, operator, "lip")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range audit.Entries {
		lines = append(lines, e.What.Sentence(English))
	}
	if all := strings.Join(lines, "\n"); !strings.Contains(all, "Told to the fans, until") || !strings.Contains(all, ": Zaraz") || !strings.Contains(all, "What was told to the fans is taken back") {
		t.Error(all)
	}
}

// Every post has a code of its own that never changes, and nothing that goes outward has
// a name that people gave, a coupon or a reach.
func TestOutwardIsForEverybody(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := busy(t)
		d := throw(rt)
		codes := map[ID]string{}
		for range d.between(1, 60) {
			w.now = w.now.Add(time.Duration(d.between(0, 300)) * time.Minute)
			who, c := w.next(d)
			if _, tells := c.(TellFans); tells {
				continue // that is for everybody
			}
			_, _ = w.do(who, c)
			all, next := w.Outward(w.now)
			if !next.IsZero() && !next.After(w.now) {
				rt.Fatalf("it changes at %v, now is %v", next, w.now)
			}
			for _, o := range all {
				seen := map[string]ID{}
				for _, p := range o.Posts {
					if code, ok := falochron.ReadShortCode(p.Code); !ok || code != p.Code || seen[p.Code] != "" {
						rt.Fatalf("%s has code %q", p.ID, p.Code)
					}
					if seen[p.Code] = p.ID; codes[p.ID] != "" && codes[p.ID] != p.Code {
						rt.Fatalf("%s had %s, has %s", p.ID, codes[p.ID], p.Code)
					}
					codes[p.ID] = p.Code
				}
				for i := range o.Posts {
					o.Posts[i].Link = "" // it is the post's own, and public
				}
				o.Shop.Name, o.Shop.Domains = "", nil
				if s := fmt.Sprintf("%+v", o); strings.Contains(s, "secret") || strings.Contains(s, "call") && strings.Contains(s, "mailto") {
					rt.Fatal(s)
				}
			}
		}
	})
}

// Two posts of a shop never have the same code: the later one gets another.
func TestCodesDoNotCollide(t *testing.T) {
	s := &shop{Shop: Shop{ID: "lip"}, codes: map[ID]string{}, coded: map[string]bool{falochron.ShortCode("lip", "lip-1.1", 0): true}}
	s.giveCode("lip-1.1")
	s.giveCode("lip-1.1")
	if got, want := s.codes["lip-1.1"], falochron.ShortCode("lip", "lip-1.1", 1); got != want || len(s.coded) != 2 {
		t.Errorf("%s, want %s", got, want)
	}
}
