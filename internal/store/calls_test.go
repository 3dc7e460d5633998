package store

import (
	"bytes"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/falochron/falochron"
)

// A call is one caller's to take, whichever process it comes to; what came of it is known
// to all, for a while; who never came back loses it.
func TestCallsAreRemembered(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		one, other := open(t, address), open(t, address)
		take := func(s *Store, key string, signed, now int) *Call {
			t.Helper()
			old, err := s.TakeCall(t.Context(), key, at(signed), at(now), at(now-20), at(now+600))
			if err != nil {
				t.Fatal(err)
			}
			return old
		}
		is := func(what string, got *Call, signed int, outcome string) {
			t.Helper()
			if got == nil || !got.At.Equal(at(signed)) || string(got.Outcome) != outcome {
				t.Errorf("%s: %+v", what, got)
			}
		}
		if old := take(one, "m", 0, 100); old != nil {
			t.Fatalf("of an empty store: %+v", old)
		}
		is("being taken", take(other, "m", 5, 105), 0, "")
		if err := one.EndCall(t.Context(), "m", []byte(`{"out":1}`)); err != nil {
			t.Fatal(err)
		}
		is("the same try", take(other, "m", 0, 106), 0, `{"out":1}`)
		is("a later try", take(other, "m", 10, 110), 0, `{"out":1}`)
		is("that one again", take(one, "m", 10, 111), 10, `{"out":1}`)
		// Remembered until ten minutes after its newest try.
		if old := take(one, "m", 1000, 711); old != nil {
			t.Errorf("when it is over: %+v", old)
		}
		// Refused: it may be sent again as it is.
		if err := one.EndCall(t.Context(), "m", nil); err != nil {
			t.Fatal(err)
		}
		if old := take(other, "m", 1000, 712); old != nil {
			t.Errorf("after it was refused: %+v", old)
		}
		// Who took it never came back.
		is("at once", take(one, "m", 1001, 713), 1000, "")
		if old := take(one, "m", 1002, 740); old != nil {
			t.Errorf("of who never came back: %+v", old)
		}
		for _, bad := range []string{"", "a\x00b"} {
			if _, err := one.TakeCall(t.Context(), bad, at(0), at(0), at(0), at(0)); falochron.KindOf(err) != falochron.Invalid {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if err := one.EndCall(t.Context(), "m", make([]byte, MaxBody+1)); falochron.KindOf(err) != falochron.Invalid {
			t.Error(err)
		}
	})
}

// Of many that come at once with the same call, one has it.
func TestOneOfManyTakesACall(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		var wg sync.WaitGroup
		var had atomic.Int64
		for range 2 {
			s := open(t, address)
			for range 4 {
				wg.Go(func() {
					old, err := s.TakeCall(t.Context(), "m", at(0), at(1), at(0), at(600))
					if err != nil {
						t.Error(err)
					}
					if err == nil && old == nil {
						had.Add(1)
					}
				})
			}
		}
		wg.Wait()
		if had.Load() != 1 {
			t.Errorf("%d had it", had.Load())
		}
	})
}

// Only tries that failed count as failures, however often a message was claimed.
func TestOnlyFailuresCount(t *testing.T) {
	onBoth(t, func(t *testing.T, address string) {
		s := open(t, address)
		if err := s.Enqueue(t.Context(), Message{Key: "k"}); err != nil {
			t.Fatal(err)
		}
		for i, r := range []Result{
			{Outcome: Again, PutOff: true}, {Outcome: Again}, {}, {Outcome: Again, PutOff: true}, {Outcome: Again}, {Outcome: Delivered},
		} {
			now := i * 100
			got, err := s.Claim(t.Context(), at(now), time.Minute, 1)
			if err != nil || len(got) != 1 {
				t.Fatal(got, err)
			}
			if want := []int{0, 0, 1, 1, 1, 2}[i]; got[0].Failures != want || got[0].Attempt != i+1 {
				t.Errorf("claim %d: %d failures, want %d", got[0].Attempt, got[0].Failures, want)
			}
			if r.Outcome == Pending {
				continue // who had it never came back
			}
			r.Ended, r.Next = at(now+1), at(now+2)
			if err := s.Settle(t.Context(), got[0], r); err != nil {
				t.Fatal(err)
			}
		}
		// A backup keeps what failed.
		if err := s.Enqueue(t.Context(), Message{Key: "l"}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Claim(t.Context(), at(1000), time.Minute, 1)
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		if err := s.Settle(t.Context(), got[0], Result{Outcome: Again, Ended: at(1001), Next: at(1002)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Restore(t.Context(), bytes.NewReader(backedUp(t, s)), true); err != nil {
			t.Fatal(err)
		}
		if got := claim(t, open(t, address), at(1100), 1); len(got) != 1 || got[0].Key != "l" || got[0].Failures != 1 || got[0].Attempt != 2 {
			t.Errorf("after a backup was restored: %+v", got)
		}
	})
}
