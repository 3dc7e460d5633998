package store

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/falochron/falochron"
	"github.com/google/go-cmp/cmp"
)

// What ended long ago is taken out, by and by; what waits, was tried lately or ended
// lately stays, however long ago it was due.
func TestForget(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		end := func(from, ended int, outcome Outcome, limit int) {
			t.Helper()
			for _, c := range claim(t, s, at(from), limit) {
				if err := s.Settle(t.Context(), c, Result{Outcome: outcome, Ended: at(ended), Next: at(1000)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		var all []Message
		for i := range 9 {
			all = append(all, Message{Key: fmt.Sprint(i), Due: at(i)})
		}
		if err := s.Enqueue(t.Context(), all...); err != nil {
			t.Fatal(err)
		}
		end(0, 10, Delivered, 1) // 0 to 2 have ended at 10, 11, 12
		end(1, 11, GivenUp, 1)
		end(2, 12, Delivered, 1)
		end(3, 13, Again, 1) // 3 is tried again
		parts := claim(t, s, at(5), 2)
		one, err := s.Gather(t.Context(), at(14), time.Minute, parts, Message{Key: "g", Due: at(5)}) // 4 and 5 ended at 14, in another
		if err != nil {
			t.Fatal(err)
		}
		end(6, 100, Delivered, 1)     // 6 was due early, and ended late
		lost := claim(t, s, at(7), 1) // 7: who claimed it never came back
		left := func() (keys []string) {
			t.Helper()
			got, err := s.Deliveries(t.Context(), 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range got {
				keys = append([]string{d.Key}, keys...)
			}
			return keys
		}
		forget := func(before, limit, want int) {
			t.Helper()
			if n, err := s.Forget(t.Context(), at(before), limit); err != nil || n != want {
				t.Errorf("before %d, %d at once: %d, %v; want %d", before, limit, n, err, want)
			}
		}
		forget(10, 100, 0)
		forget(12, 100, 2)
		if got := left(); !cmp.Equal(got, []string{"2", "3", "4", "5", "6", "7", "8", "g"}) {
			t.Errorf("left: %v", got)
		}
		forget(50, 1, 1) // step by step
		forget(50, 100, 2)
		forget(50, 100, 0)
		if got := left(); !cmp.Equal(got, []string{"3", "6", "7", "8", "g"}) {
			t.Errorf("left: %v", got)
		}
		if err := s.Settle(t.Context(), one, Result{Outcome: Delivered, Ended: at(60)}); err != nil {
			t.Error(err)
		}
		if err := s.Settle(t.Context(), lost[0], Result{Outcome: GivenUp, Ended: at(60)}); err != nil {
			t.Error(err)
		}
		forget(100, 100, 2)
		forget(101, 100, 1)

		// Numbers go on, a key is free again, and what is left can be saved and restored.
		if err := s.Enqueue(t.Context(), Message{Key: "0"}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Deliveries(t.Context(), 0, 1)
		if err != nil || len(got) != 1 || got[0].Key != "0" || got[0].ID != 11 || len(got[0].Attempts) != 0 {
			t.Errorf("%+v, %v", got, err)
		}
		var saved bytes.Buffer
		if n, err := s.Backup(t.Context(), &saved); err != nil || n.Messages != 3 || n.Attempts != 1 {
			t.Errorf("%+v, %v", n, err)
		}
		for _, limit := range []int{0, MaxActs + 1} {
			if _, err := s.Forget(t.Context(), at(1), limit); falochron.KindOf(err) != falochron.Invalid {
				t.Errorf("%d at once: %v", limit, err)
			}
		}
	})
}
