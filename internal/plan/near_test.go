package plan

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What is asked of one campaign finds the same conflicts as what is asked of all.
func TestNearWavesAreAllThatClash(t *testing.T) {
	found := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := busy(t)
		for range throw(rt).between(10, 40) {
			who, c := w.next(throw(rt))
			a, err := w.Decide(w.now, who, c)
			if err == nil {
				w.Apply(a)
			}
		}
		for _, who := range []Actor{operator, mm, nn, web} {
			all, err := w.Conflicts(w.now, who)
			if err != nil {
				rt.Fatal(err)
			}
			for _, id := range sorted(w.campaigns) {
				k := w.campaigns[id]
				if !w.serves(who, w.shops[k.Shop]) {
					continue
				}
				want := slices.DeleteFunc(slices.Clone(all), func(c Conflict) bool { return c.One.Campaign != id && c.Other.Campaign != id })
				got := w.clashes(who, w.wavesNear(who, w.now, k, moment{}), k)
				if fmt.Sprint(got) != fmt.Sprint(want) {
					rt.Fatalf("%v of %s:\n%v\nof all\n%v", who, id, got, want)
				}
				found += len(got)
			}
		}
	})
	if found < 50 {
		t.Errorf("%d conflicts: this tests too little", found)
	}
}
